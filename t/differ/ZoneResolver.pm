# ZoneResolver.pm - stands for a Net::DNS::Resolver and answers from a case's zone (zonetext.py has its form).
package ZoneResolver;
use strict;
use warnings;
use Net::DNS;

sub new { my ($class) = @_; return bless { zone => {}, void => {} }, $class; }
sub errorstring { return ''; }

# A new case.
sub answer_from { my ($self, $zone) = @_; @{$self}{'zone', 'void'} = ($zone, {}); return; }

# How many different questions but for TXT came back without data.
sub void_count { my ($self) = @_; return scalar keys %{ $self->{void} }; }

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
	my ($kind, $data) = @_;
	my %rest = $kind eq 'MX' ? (preference => $data->[0], exchange => $data->[1])
	    : $kind eq 'PTR' ? (ptrdname => $data) : $kind eq 'TXT' ? (txtdata => $data) : (address => $data);
	return Net::DNS::RR->new(name => 'owner.example', type => $kind, %rest);
}

sub send {
	my ($self, $name, $kind) = @_;
	$name = lc $name =~ s/\.$//r;
	my ($status, @found) = $self->find($name, $kind);
	$self->{void}{"$name $kind"} = 1 if $status eq 'none' && $kind ne 'TXT';
	return bless { rcode => $status eq 'failed' ? 'SERVFAIL' : 'NOERROR', answer => [ map { record($kind, $_) } @found ] },
	    'ZoneResolver::Answer';
}

# As send, but nothing when there is nothing.
sub query {
	my ($self, @question) = @_;
	my $packet = $self->send(@question);
	return $packet->answer ? $packet : undef;
}

package ZoneResolver::Answer;
sub header { return $_[0]; }
sub rcode { return $_[0]{rcode}; }
sub answer { return @{ $_[0]{answer} }; }

1;
