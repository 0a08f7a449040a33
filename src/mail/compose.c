#include "mail/compose.h"

#include <ctype.h>
#include <string.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "mail/field.h"

#define LINE_BEST 76
#define LINE_MAX 998
#define LINE_BYTES 57 /* that make a base64 line of 76 */
#define WORD_BYTES 45 /* that make an encoded word of 75 at most */
#define WORD_BYTES_MIN 12
#define WORD_FRAME 13 /* a blank, and what is around an encoded word */
#define BOUNDARY_BYTES 12
#define BOUNDARY_CHARS 20
#define DEPTH_MAX 16
#define FILE_PIECE (LINE_BYTES * 1024)

/* Append at most LINE_BYTES bytes as one piece of base64. */
static void
base64_line(struct buf *out, struct span s)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char line[LINE_BEST];
	unsigned int bits;
	size_t i, k, n = 0;

	for (i = 0; i < s.len && i < LINE_BYTES; i += 3) {
		for (bits = 0, k = i; k < i + 3; k++)
			bits = bits << 8 |
				(k < s.len ? (unsigned char)s.data[k] : 0);
		line[n++] = digits[bits >> 18];
		line[n++] = digits[bits >> 12 & 63];
		line[n++] = i + 1 < s.len ? digits[bits >> 6 & 63] : '=';
		line[n++] = i + 2 < s.len ? digits[bits & 63] : '=';
	}
	buf_add(out, line, n);
}

static void
base64_lines(struct buf *out, struct span s)
{
	struct span line;

	while (s.len > 0) {
		line = span_front(s, LINE_BYTES);
		base64_line(out, line);
		buf_puts(out, "\r\n");
		span_skip(&s, line.len);
	}
}

static bool
is_ascii(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.data[i] >= 0x80)
			return false;
	return true;
}

static bool
has_control(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.data[i] < ' ' || s.data[i] == 127)
			return true;
	return false;
}

/* A field in work: words are appended at its end, and folded at 76. */
struct folder {
	struct buf *out;
	size_t column;
	bool first; /* no word yet: nothing is gained by a fold */
};

static void
fold(struct folder *f)
{
	buf_puts(f->out, "\r\n ");
	f->column = 1;
}

/* The blank in front of WORD, or a fold, and WORD. */
static void
fold_word(struct folder *f, struct span word)
{
	if (!f->first && word.len > 0 && f->column + 1 + word.len > LINE_BEST) {
		fold(f);
	} else {
		buf_putc(f->out, ' ');
		f->column++;
	}
	buf_span(f->out, word);
	f->column += word.len;
	f->first = false;
}

/* As many encoded words as S needs, cut between characters. */
static void
fold_encoded(struct folder *f, struct span s)
{
	size_t len, room;

	while (s.len > 0) {
		room = f->column + WORD_FRAME < LINE_BEST
			? (LINE_BEST - WORD_FRAME - f->column) / 4 * 3
			: 0;
		if (room < WORD_BYTES_MIN) {
			fold(f);
			room = WORD_BYTES;
		} else {
			buf_putc(f->out, ' ');
		}
		len = utf8_cut(s, room < WORD_BYTES ? room : WORD_BYTES);
		buf_puts(f->out, "=?UTF-8?B?");
		base64_line(f->out, span_front(s, len));
		buf_puts(f->out, "?=");
		f->column += WORD_FRAME + (len + 2) / 3 * 4;
		f->first = false;
		span_skip(&s, len);
	}
}

/* Words that must not stand as they are in an unstructured field. */
static bool
needs_encoding(struct span word)
{
	return !is_ascii(word) || span_begins(word, "=?") ||
		word.len > LINE_MAX - 100;
}

/* The word at the front, up to the next blank. */
static struct span
front_word(struct span s)
{
	const char *blank = memchr(s.data, ' ', s.len);

	return span_front(s, blank != NULL ? (size_t)(blank - s.data) : s.len);
}

/* How far encoded words go: to the end of the last word that needs it. */
static size_t
encoded_run(struct span s)
{
	size_t at = 0, end = 0, len;

	while (at < s.len) {
		len = front_word(span_from(s, at)).len;
		if (len > 0 && !needs_encoding((struct span){s.data + at, len}))
			break;
		/* Blanks between encoded words count only inside of them. */
		if (len > 0)
			end = at + len;
		at += len + 1;
	}
	return end;
}

static void
fold_value(struct folder *f, struct span s)
{
	struct span word;
	size_t run;

	while (s.len > 0) {
		run = encoded_run(s);
		fold_encoded(f, span_front(s, run));
		span_skip(&s, run);
		if (run == 0) {
			word = front_word(s);
			fold_word(f, word);
			span_skip(&s, word.len);
		}
		take_char(&s, ' ');
	}
}

static int
begin_field(struct folder *f, const char *name, struct err *e)
{
	const char *p;

	for (p = name; *p != '\0'; p++)
		if (*p <= ' ' || *p >= 127 || *p == ':')
			break;
	if (p == name || *p != '\0')
		return err_bug(e, "\"%.40s\" is no name of a field", name);
	buf_printf(f->out, "%s:", name);
	f->column = strlen(name) + 1;
	f->first = true;
	return 0;
}

int
compose_field(
	struct buf *out, const char *name, const char *value, struct err *e)
{
	struct folder f = {.out = out};

	if (has_control(span_of(value)) || !utf8_valid(span_of(value)))
		return err_bug(e, "field %.40s: a control character", name);
	if (begin_field(&f, name, e) == -1)
		return -1;
	fold_value(&f, span_trim(span_of(value)));
	buf_puts(out, "\r\n");
	return 0;
}

/* A display name in quotation marks. */
static void
quote_name(struct buf *out, struct span name)
{
	size_t i;

	buf_putc(out, '"');
	for (i = 0; i < name.len; i++) {
		if (name.data[i] == '"' || name.data[i] == '\\')
			buf_putc(out, '\\');
		buf_putc(out, name.data[i]);
	}
	buf_putc(out, '"');
}

int
compose_mailbox(struct buf *out, const char *name, const char *name_shown,
	const char *address, struct err *e)
{
	struct span shown = span_of(name_shown != NULL ? name_shown : "");
	struct buf mailbox = BUF_INIT(LINE_MAX), quoted = BUF_INIT(LINE_MAX);
	struct folder f = {.out = out};
	int result = -1;

	buf_printf(&mailbox, "<%s>", address);
	if (has_control(shown) || has_control(span_of(address)) ||
		!utf8_valid(shown) || mailbox.failed) {
		err_bug(e, "field %.40s: a control character", name);
	} else if (begin_field(&f, name, e) == 0) {
		quote_name(&quoted, shown);
		if (!is_ascii(shown) || quoted.failed)
			fold_encoded(&f, shown);
		else if (shown.len > 0)
			fold_word(&f, buf_view(&quoted));
		fold_word(&f, buf_view(&mailbox));
		buf_puts(out, "\r\n");
		result = 0;
	}
	buf_release(&mailbox);
	buf_release(&quoted);
	return result;
}

/* One octet of a quoted-printable line that is *COLUMN long; folds before. */
static void
quote_octet(struct buf *out, unsigned char c, bool plain, size_t *column)
{
	size_t len = plain ? 1 : 3;

	if (*column + len > LINE_BEST - 1) {
		buf_puts(out, "=\r\n");
		*column = 0;
	}
	if (plain)
		buf_putc(out, (char)c);
	else
		buf_printf(out, "=%02X", c);
	*column += len;
}

static void
quote_line(struct buf *out, struct span line)
{
	bool from = span_begins(line, "From ");
	size_t i, column = 0;
	unsigned char c;
	bool plain;

	for (i = 0; i < line.len; i++) {
		c = (unsigned char)line.data[i];
		plain = (c > ' ' && c < 127 && c != '=') ||
			((c == ' ' || c == '\t') && i + 1 < line.len);
		/* "From " and a dot alone are what transports tamper with. */
		if (i == 0 && (from || span_is(line, ".")))
			plain = false;
		quote_octet(out, c, plain, &column);
	}
	buf_puts(out, "\r\n");
}

static void
quote_text(struct buf *out, struct span text)
{
	struct span line;

	while (take_line(&text, &line))
		quote_line(out, line_text(line));
}

static bool
mostly_beyond_ascii(struct span s)
{
	size_t i, beyond = 0;

	for (i = 0; i < s.len; i++)
		beyond += (unsigned char)s.data[i] >= 0x80;
	return beyond > s.len / 2;
}

/* Text in base64 has canonical line ends inside (RFC 2045, 6.8). */
static void
base64_text(struct buf *out, struct span text)
{
	struct buf canonical = BUF_INIT(out->max);
	struct span line;

	while (take_line(&text, &line)) {
		buf_span(&canonical, line_text(line));
		buf_puts(&canonical, "\r\n");
	}
	base64_lines(out, buf_view(&canonical));
	out->failed = out->failed || canonical.failed;
	buf_release(&canonical);
}

/* filename=, or filename*0*= and so on (RFC 2231) where it must be. */
static void
put_filename(struct buf *out, const char *name)
{
	struct span s = span_of(name);
	bool plain = is_ascii(s) && s.len < 60;
	size_t i, section = 0, column = 0;

	if (plain) {
		buf_puts(out, ";\r\n filename=");
		quote_name(out, s);
		return;
	}
	for (i = 0; i < s.len; i++) {
		if (column == 0)
			buf_printf(out, ";\r\n filename*%zu*=%s", section,
				section == 0 ? "utf-8''" : "");
		if (isalnum((unsigned char)s.data[i]) ||
			strchr("-._", s.data[i]) != NULL)
			buf_putc(out, s.data[i]);
		else
			buf_printf(out, "%%%02X", (unsigned char)s.data[i]);
		column += 3;
		if (column > 45) {
			column = 0;
			section++;
		}
	}
}

/* Parameters as they were given, each on a line of its own. */
static void
put_params(struct buf *out, struct span params)
{
	for (; params.len > 0; span_skip(&params, 1)) {
		buf_putc(out, params.data[0]);
		if (span_begins(params, "; "))
			buf_puts(out, "\r\n");
	}
}

static const char *
encoding_of(const struct compose_part *p)
{
	switch (p->kind) {
	case COMPOSE_TEXT:
		return mostly_beyond_ascii(span_of(p->text))
			? "base64"
			: "quoted-printable";
	case COMPOSE_DATA:
	case COMPOSE_FILE:
		return "base64";
	default:
		return "7bit";
	}
}

static int
compose_header(struct buf *out, const struct compose_part *p,
	const char *boundary, struct err *e)
{
	const struct compose_field *f;

	for (f = p->fields; f != NULL && f->name != NULL; f++)
		if (compose_field(out, f->name, f->value, e) == -1)
			return -1;
	if (p->name != NULL &&
		(has_control(span_of(p->name)) ||
			!utf8_valid(span_of(p->name))))
		return err_bug(e, "name of a file: a control character");
	buf_printf(out, "Content-Type: %s", p->type);
	if (p->kind == COMPOSE_TEXT)
		buf_puts(out, "; charset=utf-8");
	if (p->params != NULL)
		put_params(out, span_of(p->params));
	if (p->kind == COMPOSE_MULTIPART)
		buf_printf(out, ";\r\n boundary=\"%s\"", boundary);
	else
		buf_printf(out, "\r\nContent-Transfer-Encoding: %s",
			encoding_of(p));
	if (p->attachment || p->name != NULL)
		buf_printf(out, "\r\nContent-Disposition: %s",
			p->attachment ? "attachment" : "inline");
	if (p->name != NULL)
		put_filename(out, p->name);
	buf_puts(out, "\r\n\r\n");
	return 0;
}

static int
compose_file(struct buf *out, const struct compose_part *p, struct err *e)
{
	char piece[FILE_PIECE];
	int64_t at = p->at, left = p->len;
	size_t n;

	while (left > 0) {
		n = left < (int64_t)sizeof(piece) ? (size_t)left
						  : sizeof(piece);
		if (fs_read_at(p->fd, piece, n, at, e) == -1)
			return -1;
		base64_lines(out, (struct span){piece, n});
		at += (int64_t)n;
		left -= (int64_t)n;
	}
	explicit_bzero(piece, sizeof(piece));
	return 0;
}

static int compose_part(struct buf *out, const struct compose_part *p,
	int depth, struct err *e);

static int
compose_children(struct buf *out, const struct compose_part *p,
	const char *boundary, int depth, struct err *e)
{
	size_t i;

	for (i = 0; i < p->children_count; i++) {
		buf_printf(out, "--%s\r\n", boundary);
		if (compose_part(out, &p->children[i], depth + 1, e) == -1)
			return -1;
		/* This line end is the delimiter's, not the part's. */
		buf_puts(out, "\r\n");
	}
	buf_printf(out, "--%s--\r\n", boundary);
	return 0;
}

static int
compose_part(
	struct buf *out, const struct compose_part *p, int depth, struct err *e)
{
	char random[BOUNDARY_BYTES], boundary[BOUNDARY_CHARS + 4] = "=_";

	if (depth > DEPTH_MAX)
		return err_bug(e, "parts are nested too deep");
	random_bytes(random, sizeof(random));
	base32_of(random, sizeof(random), boundary + 2, BOUNDARY_CHARS);
	if (compose_header(out, p, boundary, e) == -1)
		return -1;
	switch (p->kind) {
	case COMPOSE_TEXT:
		if (mostly_beyond_ascii(span_of(p->text)))
			base64_text(out, span_of(p->text));
		else
			quote_text(out, span_of(p->text));
		return 0;
	case COMPOSE_DATA:
		base64_lines(out, p->data);
		return 0;
	case COMPOSE_FILE:
		return compose_file(out, p, e);
	case COMPOSE_RAW:
		buf_span(out, p->data);
		return 0;
	case COMPOSE_MULTIPART:
		return compose_children(out, p, boundary, depth, e);
	}
	return err_bug(e, "a part of unknown kind");
}

int
compose_entity(struct buf *out, const struct compose_part *root, struct err *e)
{
	if (compose_part(out, root, 0, e) == -1)
		return -1;
	if (out->failed)
		return err_permanent(e, "5.3.4", "the message is too large");
	return 0;
}

static int64_t
base64_size(int64_t bytes)
{
	return (bytes + 2) / 3 * 4 + (bytes / LINE_BYTES + 1) * 2;
}

int64_t
compose_size(const struct compose_part *root)
{
	const struct compose_field *f;
	int64_t size = 200;
	size_t i;

	for (f = root->fields; f != NULL && f->name != NULL; f++)
		size += (int64_t)(strlen(f->name) + strlen(f->value) + 4);
	for (i = 0; i < root->children_count; i++)
		size += 30 + compose_size(&root->children[i]);
	if (root->kind == COMPOSE_TEXT)
		size += base64_size((int64_t)strlen(root->text));
	else if (root->kind == COMPOSE_FILE)
		size += base64_size(root->len);
	else if (root->kind == COMPOSE_DATA)
		size += base64_size((int64_t)root->data.len);
	else if (root->kind == COMPOSE_RAW)
		size += (int64_t)root->data.len;
	return size;
}
