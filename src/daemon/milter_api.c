#include "daemon/milter_api.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "mail/answers.h"

#define NAME "psirtd"
#define REPLY_PART 64

static struct {
	struct milter_calls calls;
	enum filter_mode mode;
	int listener, silence[2]; /* a pipe that nobody writes to */
} self;

/* Macros that are asked for, where they are set for the first time. */
static const struct {
	int stage;
	const char *names;
} macros[] = {
	{SMFIM_ENVFROM, "{auth_authen}"},
	{SMFIM_DATA, "i"},
	{SMFIM_EOM, "i"},
};

/* --- answers --- */

/* Code, status and text apart; the class has to be that of the answer. */
static sfsistat
say(SMFICTX *ctx, const char *reply)
{
	char code[4], status[8], text[REPLY_PART];

	snprintf(code, sizeof(code), "%.3s", reply);
	snprintf(status, sizeof(status), "%.5s", reply + ANSWER_STATUS_AT);
	snprintf(text, sizeof(text), "%s", reply + ANSWER_TEXT_AT);
	if (smfi_setreply(ctx, code, status, text) != MI_SUCCESS)
		return SMFIS_TEMPFAIL;
	return code[0] == '5' ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

static sfsistat
answer(SMFICTX *ctx, const struct filter *f, enum filter_answer a)
{
	switch (a) {
	case FILTER_GO_ON:
		return SMFIS_CONTINUE;
	case FILTER_PASS:
		return SMFIS_ACCEPT;
	case FILTER_REFUSE:
		break;
	}
	return say(ctx, filter_reply(f));
}

/* The same where the whole message hangs on it: when it is refused or let pass,
 * libmilter calls nobody any more before the next MAIL. */
static sfsistat
answer_message(SMFICTX *ctx, struct filter *f, enum filter_answer a)
{
	sfsistat status = answer(ctx, f, a);

	if (a != FILTER_GO_ON)
		filter_reset(f);
	return status;
}

static struct filter *
filter_of(SMFICTX *ctx)
{
	return smfi_getpriv(ctx);
}

/* --- the connection --- */

/* Exact bytes of the header, where the MTA can; and all that we need. */
static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
	unsigned long more, unsigned long further, unsigned long *actions_r,
	unsigned long *steps_r, unsigned long *more_r, unsigned long *further_r)
{
	unsigned long wanted = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_DELRCPT;
	size_t i;

	(void)more;
	(void)further;
	if ((actions & wanted) != wanted || (steps & SMFIP_HDR_LEADSPC) == 0) {
		log_event(LOG_ERROR, "milter-unfit",
			LOG_NUMBER("actions", (int64_t)actions),
			LOG_NUMBER("steps", (int64_t)steps));
		return SMFIS_REJECT;
	}
	for (i = 0; actions & SMFIF_SETSYMLIST && i < countof(macros); i++) {
		wanted |= SMFIF_SETSYMLIST;
		smfi_setsymlist(ctx, macros[i].stage, (char *)macros[i].names);
	}
	*actions_r = wanted;
	*steps_r = SMFIP_HDR_LEADSPC;
	*more_r = *further_r = 0;
	return SMFIS_CONTINUE;
}

static void
address_text(const struct sockaddr *sa, char text[static INET6_ADDRSTRLEN])
{
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;

	text[0] = '\0';
	if (sa != NULL && sa->sa_family == AF_INET)
		inet_ntop(AF_INET, &in->sin_addr, text, INET6_ADDRSTRLEN);
	else if (sa != NULL && sa->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &in6->sin6_addr, text, INET6_ADDRSTRLEN);
}

static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	struct filter *f = self.calls.open();
	char text[INET6_ADDRSTRLEN];

	if (f == NULL || smfi_setpriv(ctx, f) != MI_SUCCESS) {
		self.calls.close(&f);
		return SMFIS_CONTINUE;
	}
	address_text((const struct sockaddr *)address, text);
	filter_client(f, name, text);
	return SMFIS_CONTINUE;
}

static sfsistat
on_helo(SMFICTX *ctx, char *name)
{
	struct filter *f = filter_of(ctx);

	if (f != NULL)
		filter_helo(f, name);
	return SMFIS_CONTINUE;
}

static sfsistat
on_close(SMFICTX *ctx)
{
	struct filter *f = filter_of(ctx);

	smfi_setpriv(ctx, NULL);
	self.calls.close(&f);
	return SMFIS_CONTINUE;
}

/* --- the envelope --- */

static sfsistat
on_mail(SMFICTX *ctx, char **arguments)
{
	struct filter *f = filter_of(ctx);

	if (f == NULL)
		return SMFIS_CONTINUE;
	return answer(ctx, f,
		filter_mail(f, arguments,
			smfi_getsymval(ctx, (char *)"{auth_authen}")));
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **arguments)
{
	struct filter *f = filter_of(ctx);

	if (f != NULL)
		return answer(ctx, f, filter_rcpt(f, arguments[0]));
	return self.calls.is_ours(arguments[0]) ? say(ctx, ANSWER_BUSY)
						: SMFIS_CONTINUE;
}

static sfsistat
on_data(SMFICTX *ctx)
{
	struct filter *f = filter_of(ctx);

	if (f == NULL)
		return SMFIS_ACCEPT;
	return answer_message(
		ctx, f, filter_data(f, smfi_getsymval(ctx, (char *)"i")));
}

/* --- the message --- */

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct filter *f = filter_of(ctx);

	if (f == NULL)
		return SMFIS_ACCEPT;
	return answer_message(ctx, f, filter_header(f, name, value));
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	struct filter *f = filter_of(ctx);

	if (f == NULL)
		return SMFIS_ACCEPT;
	return answer_message(ctx, f, filter_body(f, data, len));
}

static int
edit(SMFICTX *ctx, const struct filter_edits *edits)
{
	char *field = (char *)edits->add_field;
	size_t i;

	for (i = 0; i < edits->remove_count; i++)
		if (smfi_delrcpt(ctx, edits->remove[i]) != MI_SUCCESS)
			return -1;
	/* The second takes the place of the first. */
	for (i = edits->add_stale; i > 0; i--)
		if (smfi_chgheader(ctx, field, (int)i, NULL) != MI_SUCCESS)
			return -1;
	if (field != NULL) {
		/* With the blank: header bytes are exact here. */
		char value[REPLY_PART * 2];

		snprintf(value, sizeof(value), " %s", edits->add_value);
		if (smfi_insheader(ctx, 0, field, value) != MI_SUCCESS)
			return -1;
	}
	return 0;
}

static sfsistat
on_end(SMFICTX *ctx)
{
	struct filter *f = filter_of(ctx);
	char number[SPOOL_NUMBER_MAX] = "";
	struct filter_edits edits;
	enum filter_answer a;
	sfsistat status;
	struct err e;

	if (f == NULL)
		return SMFIS_ACCEPT;
	a = filter_end(f);
	if (a != FILTER_GO_ON) {
		status = answer(ctx, f, a);
	} else if (self.calls.keep(f, number, &e) == -1) {
		status = say(ctx, ANSWER_LATER);
	} else {
		fault_point("milter-kept");
		edits = filter_edits(f, number);
		status = edit(ctx, &edits) == -1 ? say(ctx, ANSWER_LATER)
			: edits.discard		 ? SMFIS_DISCARD
						 : SMFIS_ACCEPT;
	}
	filter_reset(f);
	return status;
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	struct filter *f = filter_of(ctx);

	if (f != NULL)
		filter_reset(f);
	return SMFIS_CONTINUE;
}

/* --- the library --- */

int
milter_prepare(int fd, int64_t timeout, enum filter_mode mode,
	const struct milter_calls *calls, struct err *e)
{
	struct smfiDesc desc = {.xxfi_name = (char *)NAME,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_DELRCPT |
			SMFIF_SETSYMLIST,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_header = on_header,
		.xxfi_body = on_body,
		.xxfi_eom = on_end,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_data = on_data,
		.xxfi_negotiate = on_negotiate};
	char place[16];

	self.calls = *calls;
	self.mode = mode;
	self.listener = fd;
	/* Two generations may wake up for one connection: who comes late must
	 * not wait in accept(). */
	if (pipe2(self.silence, O_CLOEXEC) == -1 ||
		fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		return err_errno(e, "milter");
	snprintf(place, sizeof(place), "fd:%d", fd);
	if (smfi_setconn(place) != MI_SUCCESS ||
		smfi_settimeout((int)(timeout / SECOND)) != MI_SUCCESS ||
		smfi_register(desc) != MI_SUCCESS)
		return err_temporary(e, "4.3.0", "libmilter cannot be set up");
	return 0;
}

void
milter_run(void)
{
	smfi_main();
}

int
milter_turn_away(struct err *e)
{
	/* Where the listening socket was, nobody calls any more. */
	return dup2(self.silence[0], self.listener) == -1
		? err_errno(e, "milter")
		: 0;
}
