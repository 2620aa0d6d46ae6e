#include "check/versions.h"

#include <idn2.h>
#include <jansson.h>
#include <libconfig.h>
#include <netinet/in.h>
#include <arpa/nameser.h>
#include <openssl/crypto.h>

#include <opendkim/dkim.h>
#include <spf2/spf.h>

void
versions_print(FILE *out, const char *prefix)
{
	int major = 0, minor = 0, patch = 0;
	unsigned long dkim = (unsigned long)dkim_libversion();

	SPF_get_lib_version(&major, &minor, &patch);
	fprintf(out, "%slibspf2 %d.%d.%d\n", prefix, major, minor, patch);
	fprintf(out, "%slibopendkim %lu.%lu.%lu\n", prefix, dkim >> 24, dkim >> 16 & 0xff,
	    dkim >> 8 & 0xff);
	fprintf(out, "%slibopendmarc (it does not tell its version)\n", prefix);
	fprintf(out, "%slibconfig %d.%d.%d\n", prefix, LIBCONFIG_VER_MAJOR, LIBCONFIG_VER_MINOR,
	    LIBCONFIG_VER_REVISION);
	fprintf(out, "%slibidn2 %s\n", prefix, idn2_check_version(NULL));
	fprintf(out, "%sjansson %s\n", prefix, jansson_version_str());
	fprintf(out, "%s%s\n", prefix, OpenSSL_version(OPENSSL_VERSION));
}
