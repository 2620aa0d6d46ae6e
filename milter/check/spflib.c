#include "check/spflib.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include <spf2/spf.h>
#include <spf2/spf_dns.h>

#include "core/spfcanon.h"

/* A layer whose destroy is NULL is ours to keep; one server serves one evaluation. */
struct run {
	SPF_dns_server_t layer;
	const struct spflib_port *port;
	SPF_dns_rr_t *spare; /* libspf2 ends the process when it gets no answer at all */
	SPF_server_t *server;
	SPF_request_t *request;
	SPF_response_t *response;
};

/* What libspf2 takes for h_errno. */
static int
herrno_of(enum dns_status status)
{
	switch (status) {
	case DNS_FOUND:
		return NETDB_SUCCESS;
	case DNS_NODATA:
		return NO_DATA;
	case DNS_NXDOMAIN:
		return HOST_NOT_FOUND;
	default:
		return TRY_AGAIN;
	}
}

static size_t
data_size(enum dns_type type, const struct dns_record *rec)
{
	return type == DNS_A || type == DNS_AAAA ? sizeof(SPF_dns_rr_data_t) : rec->text.len + 1;
}

static void
fill(SPF_dns_rr_data_t *data, enum dns_type type, const struct dns_record *rec)
{
	char *text = type == DNS_MX ? data->mx : data->txt;

	if (type == DNS_A) {
		memcpy(&data->a, rec->addr.octets, sizeof data->a);
	} else if (type == DNS_AAAA) {
		memcpy(&data->aaaa, rec->addr.octets, sizeof data->aaaa);
	} else {
		if (rec->text.len > 0)
			memcpy(text, rec->text.p, rec->text.len);
		text[rec->text.len] = '\0';
	}
}

static bool
fill_all(SPF_dns_rr_t *rr, enum dns_type type, const struct dns_answer *ans)
{
	for (size_t i = 0; i < ans->count; i++) {
		if (SPF_dns_rr_buf_realloc(rr, (int)i, data_size(type, &ans->records[i])) !=
		    SPF_E_SUCCESS)
			return false;
		fill(rr->rr[i], type, &ans->records[i]);
		rr->num_rr = (int)i + 1;
	}
	return true;
}

static SPF_dns_rr_t *
take_spare(struct run *run)
{
	SPF_dns_rr_t *rr = run->spare;

	run->spare = NULL;
	return rr;
}

static SPF_dns_rr_t *
lookup(SPF_dns_server_t *layer, const char *name, ns_type type, int should_cache)
{
	struct run *run = layer->hook;
	const struct dns_answer *ans =
	    run->port->answer(run->port->arg, str_from(name), (enum dns_type)type);
	SPF_dns_rr_t *rr = SPF_dns_rr_new_init(layer, name, type, 0, herrno_of(ans->status));

	(void)should_cache;
	if (rr == NULL)
		return take_spare(run);
	if (fill_all(rr, (enum dns_type)type, ans))
		return rr;
	SPF_dns_rr_free(rr);
	return take_spare(run);
}

static bool
set_client(SPF_request_t *request, enum ip_family family)
{
	struct ipaddr client = spfcanon_stand_in(family);
	struct in_addr v4;
	struct in6_addr v6;

	memcpy(&v4, client.octets, sizeof v4);
	memcpy(&v6, client.octets, sizeof v6);
	return (family == IP_V6 ? SPF_request_set_ipv6(request, v6) :
				  SPF_request_set_ipv4(request, v4)) == SPF_E_SUCCESS;
}

static bool
prepare(struct run *run, enum ip_family family)
{
	enum { ABOVE_OURS = 1000 };
	static const char name[] = "libspf2";

	run->layer.lookup = lookup;
	run->layer.name = name;
	run->layer.hook = run;
	run->spare = SPF_dns_rr_new_init(&run->layer, SPFLIB_TOP, ns_t_txt, 0, TRY_AGAIN);
	if (run->spare == NULL || (run->server = SPF_server_new_dns(&run->layer, 0)) == NULL)
		return false;
	SPF_server_set_sanitize(run->server, 0);
	SPF_server_set_max_dns_mech(run->server, ABOVE_OURS);
	SPF_server_set_max_dns_mx(run->server, ABOVE_OURS);
	SPF_server_set_max_dns_ptr(run->server, ABOVE_OURS);
	if (SPF_server_set_rec_dom(run->server, SPFLIB_TOP) != SPF_E_SUCCESS)
		return false;
	run->request = SPF_request_new(run->server);
	return run->request != NULL && set_client(run->request, family) &&
	    SPF_request_set_env_from(run->request, "postmaster@" SPFLIB_TOP) == 0;
}

static enum spflib_result
result_of(SPF_response_t *response)
{
	switch (SPF_response_result(response)) {
	case SPF_RESULT_NONE:
		return SPFLIB_NONE;
	case SPF_RESULT_NEUTRAL:
		return SPFLIB_NEUTRAL;
	case SPF_RESULT_PASS:
		return SPFLIB_PASS;
	case SPF_RESULT_FAIL:
		return SPFLIB_FAIL;
	case SPF_RESULT_SOFTFAIL:
		return SPFLIB_SOFTFAIL;
	case SPF_RESULT_TEMPERROR:
		return SPFLIB_TEMPERROR;
	case SPF_RESULT_PERMERROR:
		return SPFLIB_PERMERROR;
	default:
		return SPFLIB_BROKEN;
	}
}

enum res
spflib_evaluate(enum ip_family family, const struct spflib_port *port,
    enum spflib_result *ret_result)
{
	struct run run = { .port = port };
	enum res r = RES_NOMEM;

	if (prepare(&run, family)) {
		SPF_request_query_mailfrom(run.request, &run.response);
		if (run.response != NULL) {
			*ret_result = result_of(run.response);
			r = RES_OK;
			SPF_response_free(run.response);
		}
	}
	if (run.request != NULL)
		SPF_request_free(run.request);
	if (run.server != NULL)
		SPF_server_free(run.server);
	if (run.spare != NULL)
		SPF_dns_rr_free(run.spare);
	return r;
}
