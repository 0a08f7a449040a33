/* The way of a mail, from the store; the audit; see daemon/service.h. */
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/output.h"
#include "daemon/service_call.h"
#include "store/trace.h"

static void
trace_json(struct service_call *s, const struct trace_step *step)
{
	struct output *o = output_new();

	output_instant(o, "at", step->at);
	output_text(o, "step", step->step);
	output_text(o, "spool", step->spool);
	output_text(o, "queue", step->queue);
	output_text(o, "case", step->public_id);
	output_number(o, "message", step->message);
	output_number(o, "letter", step->letter);
	output_text(o, "message_id", step->message_id);
	output_text(o, "detail", step->detail);
	output_finish(&o, &s->out);
}

static int
trace_step(void *arg, const struct trace_step *step)
{
	struct service_call *s = arg;
	char at[INSTANT_TEXT];

	if (s->json) {
		trace_json(s, step);
		return 0;
	}
	buf_printf(&s->out, "%s %s", instant_iso(step->at, at), step->step);
	if (step->spool[0] != '\0')
		buf_printf(&s->out, " spool=%s", step->spool);
	if (step->queue[0] != '\0')
		buf_printf(&s->out, " queue=%s", step->queue);
	if (step->public_id[0] != '\0')
		buf_printf(&s->out, " case=%s", step->public_id);
	if (step->letter != 0)
		buf_printf(&s->out, " letter=%" PRId64, step->letter);
	if (step->message_id[0] != '\0')
		buf_printf(&s->out, " message-id=<%s>", step->message_id);
	if (step->detail[0] != '\0')
		buf_printf(&s->out, " %s", step->detail);
	buf_putc(&s->out, '\n');
	return 0;
}

int
service_trace(struct service_call *s)
{
	struct err e;
	int found;

	if (s->count != 1)
		return service_usage(
			s, "trace QUEUEID|MESSAGE-ID|RECORD [--json]");
	found = trace(s->desk->store, s->words[0], trace_step, s, &e);
	if (found == -1)
		return service_fail(s, &e);
	if (found == 0) {
		buf_printf(&s->err, "psirtctl: nothing is known of %s\n",
			s->words[0]);
		return EX_NOINPUT;
	}
	return EX_OK;
}

int
service_audit(struct service_call *s)
{
	struct audit_result r;
	struct output *o;
	struct err e;

	if (s->count != 1 || strcmp(s->words[0], "verify") != 0)
		return service_usage(s, "audit verify [--json]");
	if (audit_verify(s->desk->store, &r, &e) == -1)
		return service_fail(s, &e);
	if (s->json) {
		o = output_new();
		output_number(o, "events", r.events);
		output_number(o, "forgotten", r.forgotten);
		output_number(o, "cases", r.cases);
		output_text(o, "head", r.head);
		output_finish(&o, &s->out);
		return EX_OK;
	}
	buf_printf(&s->out,
		"%" PRId64 " events in %" PRId64 " cases: the "
		"chain is whole (%" PRId64 " forgotten).\n"
		"Head, to be noted elsewhere: %s\n",
		r.events, r.cases, r.forgotten, r.head);
	return EX_OK;
}
