#include "letters/draft.h"

#include <string.h>

#include "base/clock.h"
#include "mail/robot.h"

#define FIELDS_MAX 15

enum field_form {
	FIELD_PLAIN,
	FIELD_MAILBOX
};

struct field {
	const char *name;
	enum field_form form;
	const char *shown; /* of a mailbox */
	const char *outer, *inner;
};

struct fields {
	struct field field[FIELDS_MAX];
	size_t count;
};

static void
add(struct fields *f, struct field field)
{
	if (field.inner[0] != '\0')
		f->field[f->count++] = field;
}

static void
plain(struct fields *f, const char *name, const char *value)
{
	add(f, (struct field){.name = name, .outer = value, .inner = value});
}

static void
mailbox(struct fields *f, const char *name, const char *shown,
	const char *address)
{
	add(f,
		(struct field){.name = name,
			.form = FIELD_MAILBOX,
			.shown = shown,
			.outer = address,
			.inner = address});
}

static void
collect(const struct draft *d, const char *date, const char *message_id,
	const char *in_reply_to, struct fields *f)
{
	f->count = 0;
	plain(f, "Date", date);
	mailbox(f, "From", d->from_name, d->from);
	mailbox(f, "To", d->to_name, d->to);
	mailbox(f, "Reply-To", d->from_name, d->reply_to);
	plain(f, "Message-ID", message_id);
	plain(f, "In-Reply-To", in_reply_to);
	plain(f, "References", d->references);
	add(f,
		(struct field){.name = "Subject",
			.outer = d->outer_subject,
			.inner = d->subject});
	plain(f, "Auto-Submitted", d->auto_submitted);
	if (d->auto_submitted[0] != '\0')
		plain(f, "X-Auto-Response-Suppress", "All");
	plain(f, ROBOT_LOOP_FIELD, d->loop_mark);
	plain(f, "Autocrypt", d->autocrypt);
}

static int
write_field(struct buf *out, const struct field *f, const char *value,
	struct err *e)
{
	if (f->form == FIELD_MAILBOX)
		return compose_mailbox(out, f->name, f->shown, value, e);
	return compose_field(out, f->name, value, e);
}

/* "HP-Outer: Name: value": the field as it stands outside, folds and all. */
static int
write_hp_outer(struct buf *out, const struct field *f, struct err *e)
{
	buf_puts(out, "HP-Outer: ");
	return write_field(out, f, f->outer, e);
}

static int
write_inner(const struct fields *f, enum draft_form form, struct buf *entity,
	struct err *e)
{
	size_t i;

	for (i = 0; form != DRAFT_BARE && i < f->count; i++)
		if (write_field(entity, &f->field[i], f->field[i].inner, e) ==
			-1)
			return -1;
	for (i = 0; form == DRAFT_ENCRYPTED && i < f->count; i++)
		if (write_hp_outer(entity, &f->field[i], e) == -1)
			return -1;
	return 0;
}

static struct compose_part
root_part(const struct draft *d, enum draft_form form,
	struct compose_part *children)
{
	static const char *const params[] = {
		[DRAFT_ENCRYPTED] = "; hp=\"cipher\"",
		[DRAFT_SIGNED] = "; hp=\"clear\"",
		[DRAFT_BARE] = NULL,
	};
	const char *hp = params[form];
	struct compose_part text = {
		.kind = COMPOSE_TEXT, .type = "text/plain", .text = d->body};
	struct compose_part root = {.kind = COMPOSE_MULTIPART,
		.type = "multipart/mixed",
		.children = children,
		.children_count = d->attachments_count + 1};

	if (d->attachments_count == 0) {
		text.params = hp;
		return text;
	}
	children[0] = text;
	memcpy(children + 1, d->attachments,
		d->attachments_count * sizeof(*children));
	root.params = hp;
	return root;
}

int
draft_write(const struct draft *d, enum draft_form form, struct buf *outer,
	struct buf *entity, struct err *e)
{
	struct compose_part children[DRAFT_ATTACHMENTS_MAX + 1];
	struct compose_part root = root_part(d, form, children);
	char date[INSTANT_TEXT], message_id[512], in_reply_to[2100] = "";
	struct fields f;
	size_t i;

	snprintf(message_id, sizeof(message_id), "<%s>", d->message_id);
	if (d->in_reply_to[0] != '\0')
		snprintf(in_reply_to, sizeof(in_reply_to), "<%s>",
			d->in_reply_to);
	collect(d, instant_mail(d->date, date), message_id, in_reply_to, &f);
	for (i = 0; i < f.count; i++)
		if (write_field(outer, &f.field[i], f.field[i].outer, e) == -1)
			return -1;
	if (write_inner(&f, form, entity, e) == -1 ||
		compose_entity(entity, &root, e) == -1)
		return -1;
	if (outer->failed || entity->failed)
		return err_permanent(e, "5.3.4", "the letter is too long");
	return 0;
}

int64_t
draft_size(const struct draft *d)
{
	struct compose_part children[DRAFT_ATTACHMENTS_MAX + 1];
	struct compose_part root = root_part(d, DRAFT_ENCRYPTED, children);

	return compose_size(&root);
}
