# From fields by Mail::Address and by Email::Address::XS, which is Dovecot's reader.  A case: the field's value, folds
# included; an answer: {reader: [domains that it shows as authors]}, of those readers that are here.
use strict;
use warnings;
use JSON::PP;

my %readers = (
	'Mail::Address' => sub { return map { $_->address } Mail::Address->parse($_[0]); },
	'Email::Address::XS' => sub { return map { $_->address } Email::Address::XS->parse($_[0]); },
);

sub domain_of {
	my ($address) = @_;
	return '' if !defined $address || $address !~ /@([^@]*)\z/s;
	return lc($1 =~ s/^\s+|[\s.]+$//gr);
}

for my $name (keys %readers) {
	delete $readers{$name} if !eval "require $name";
}
$SIG{__WARN__} = sub { };
while (my $line = <STDIN>) {
	my $value = JSON::PP->new->allow_nonref->decode($line) =~ s/\n//gr;
	my %answer;
	for my $name (keys %readers) {
		$answer{$name} = [ map { domain_of($_) } eval { $readers{$name}->($value) } ];
	}
	print JSON::PP->new->ascii->encode(\%answer), "\n";
}
