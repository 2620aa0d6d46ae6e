# DMARC by Perl's Mail::DMARC (RFC 7489), its resolver replaced by the case's zone.  A case: zone (see zonetext.py),
# author, spf and dkim (domains that passed, or ""); an answer: result, disposition, SPF aligned, DKIM aligned, text.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use Mail::DMARC::PurePerl;
use ZoneResolver;

my $resolver = ZoneResolver->new;

sub judge {
	my ($case) = @_;
	my $dmarc = Mail::DMARC::PurePerl->new;
	$dmarc->set_resolver($resolver);
	$resolver->answer_from($case->{zone});
	$dmarc->header_from($case->{author});
	$dmarc->dkim($case->{dkim} ne '' ? [ { domain => $case->{dkim}, result => 'pass', selector => 's' } ] : []);
	$dmarc->spf([ $case->{spf} ne '' ? { domain => $case->{spf}, scope => 'mfrom', result => 'pass' }
	    : { domain => 'elsewhere.org', scope => 'mfrom', result => 'fail' } ]);
	my $result = $dmarc->validate;
	my $reason = join ' ', map { $_->comment // '' } @{ $result->reason // [] };
	return [$result->result, lc($result->disposition // 'none'), ($result->spf // '') eq 'pass' ? 1 : 0,
	    ($result->dkim // '') eq 'pass' ? 1 : 0, $reason];
}

$SIG{__WARN__} = sub { };
while (my $line = <STDIN>) {
	my $case = decode_json($line);
	my $answer = eval { judge($case) } // ['exception', '', 0, 0, "$@"];
	print JSON::PP->new->ascii->encode($answer), "\n";
}
