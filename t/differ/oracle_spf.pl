# SPF by Perl's Mail::SPF, its resolver replaced by the case's zone.  A case: zone (see zonetext.py), ip, helo, from;
# an answer: result, text, and how many different questions but for TXT came back without data.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use Mail::SPF;
use ZoneResolver;

my $resolver = ZoneResolver->new;
my $server = Mail::SPF::Server->new(dns_resolver => $resolver, hostname => 'mx.example.net', max_void_dns_lookups => 2);

sub judge {
	my ($case) = @_;
	my $from = $case->{from} ne '' ? $case->{from} : "postmaster\@$case->{helo}";
	$resolver->answer_from($case->{zone});
	my $request = Mail::SPF::Request->new(versions => [1], scope => 'mfrom', identity => $from,
	    ip_address => $case->{ip}, helo_identity => $case->{helo});
	my $result = $server->process($request);
	return [$result->code, '' . $result->text, $resolver->void_count];
}

while (my $line = <STDIN>) {
	my $case = decode_json($line);
	my $answer = eval { judge($case) } // ['exception', "$@", 0];
	print JSON::PP->new->ascii->encode($answer), "\n";
}
