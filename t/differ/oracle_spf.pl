# SPF by Perl's Mail::SPF, its resolver replaced by the case's zone.  A case: zone (see zonetext.py), ip, helo, from;
# an answer: result, text, and how many different questions but for TXT came back without data.
use strict;
use warnings;
use JSON::PP;
use Mail::SPF;
use Net::DNS;

package Resolver {
	sub new { my ($class) = @_; return bless { zone => {}, error => '' }, $class; }
	sub errorstring { return $_[0]{error}; }

	# ("found" or "none" or "failed", data), aliases followed
	sub find {
		my ($self, $name, $kind) = @_;
		for (0 .. 10) {
			my $lines = $self->{zone}{$name} // [];
			my @found = map { $_->[1] } grep { $_->[0] eq $kind } @$lines;
			return ('failed') if grep { !ref && $_ eq '!' } @found;
			return ('found', @found) if @found;
			my ($alias) = map { $_->[1] } grep { $_->[0] eq 'CNAME' } @$lines;
			return ('none') if !defined $alias;
			$name = lc $alias;
		}
		return ('failed');
	}

	sub record {
		my ($name, $kind, $data) = @_;
		my %rest = $kind eq 'MX' ? (preference => $data->[0], exchange => $data->[1])
		    : $kind eq 'PTR' ? (ptrdname => $data) : $kind eq 'TXT' ? (txtdata => $data) : (address => $data);
		my $rr = Net::DNS::RR->new(name => 'owner.example', type => $kind, %rest);
		$rr->{owner} = Net::DNS::DomainName1035->new('owner.example');
		return $rr;
	}

	sub send {
		my ($self, $name, $kind) = @_;
		my ($status, @found) = $self->find(lc $name =~ s/\.$//r, $kind);
		$self->{void}{"$name $kind"} = 1 if $status eq 'none' && $kind ne 'TXT';
		return bless { rcode => $status eq 'failed' ? 'SERVFAIL' : 'NOERROR', answer => [
		    map { record($name, $kind, $_) } @found ] }, 'Answer';
	}
}

package Answer {
	sub header { return $_[0]; }
	sub rcode { return $_[0]{rcode}; }
	sub answer { return @{ $_[0]{answer} }; }
}

package main;

my $resolver = Resolver->new;
my $server = Mail::SPF::Server->new(dns_resolver => $resolver, hostname => 'mx.example.net', max_void_dns_lookups => 2);
my $json = JSON::PP->new->allow_nonref;

sub judge {
	my ($case) = @_;
	my $from = $case->{from} ne '' ? $case->{from} : "postmaster\@$case->{helo}";
	@{$resolver}{'zone', 'void'} = ($case->{zone}, {});
	my $request = Mail::SPF::Request->new(versions => [1], scope => 'mfrom', identity => $from,
	    ip_address => $case->{ip}, helo_identity => $case->{helo});
	my $result = $server->process($request);
	return [$result->code, '' . $result->text, scalar keys %{ $resolver->{void} }];
}

while (my $line = <STDIN>) {
	my $case = decode_json($line);
	my $answer = eval { judge($case) };
	$answer //= ['exception', "$@", 0];
	print $json->ascii->encode($answer), "\n";
}
