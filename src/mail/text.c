#include "mail/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "mail/field.h"

#define ATTRIBUTION_LINES 4
#define ATTRIBUTION_BYTES 400
#define SIGNATURE_LINES 15
#define HEADER_LINES 8
#define DEVICE_BYTES 100

/* The verbs of attributions, as Gmail, Apple, Thunderbird and mutt write. */
static const char *const verbs[] = {"wrote", "schrieb", "a écrit", "escribió",
	"escribio", "ha scritto", "escreveu", "schreef", "skrev", "napisał",
	"napsal", "kirjoitti", "пишет", "написал", "писал", "写道", "寫道",
	"写信", "書きました", "のメール", "작성"};

/* What they begin with, where they do not begin with a name. */
static const char *const openings[] = {"On ", "Am ", "Le ", "El ", "Il ", "Em ",
	"Op ", "Den ", "Pe ", "W dniu ", "Dnia ", "Dne ", "В ", "在 ", "于 ",
	"於 "};

/* What stands between dashes, or before a colon, above a whole mail.  Beyond
 * ASCII the case is the one that programs write. */
static const char *const separators[] = {"original message",
	"original appointment", "forwarded message", "ursprüngliche nachricht",
	"originalnachricht", "weitergeleitete nachricht",
	"weitergeleiteten nachricht", "message d'origine", "message d’origine",
	"message original", "message transféré", "message réexpédié",
	"mensaje original", "mensaje reenviado", "mensagem original",
	"mensagem encaminhada", "messaggio originale", "messaggio inoltrato",
	"oprindelig besked", "Исходное сообщение", "Пересылаемое сообщение",
	"Пересланное сообщение", "原始邮件", "原始郵件", "邮件原件",
	"转发的邮件", "转发邮件", "轉寄的郵件", "轉寄郵件", "元のメッセージ",
	"転送されたメッセージ"};

static const char *const from_labels[] = {"from", "von", "de", "da", "van",
	"fra", "från", "От", "发件人", "寄件者", "寄件人", "差出人", "送信者"};

static const char *const other_labels[] = {"sent", "date", "to", "cc",
	"subject", "gesendet", "datum", "an", "a", "betreff", "envoyé",
	"envoyé le", "à", "À", "objet", "sujet", "enviado", "enviado el",
	"fecha", "para", "asunto", "inviato", "data", "oggetto", "verzonden",
	"aan", "onderwerp", "dato", "til", "emne", "Отправлено", "Дата", "Кому",
	"Тема", "发送时间", "日期", "收件人", "主题", "傳送時間", "寄件日期",
	"收件者", "主旨", "送信日時", "日時", "宛先", "件名"};

/* What a device adds below, without a delimiter. */
static const char *const devices[] = {"Sent from my ", "Sent from Mail for ",
	"Sent from Outlook", "Get Outlook for ", "Von meinem ", "Gesendet von ",
	"Envoyé de mon ", "Envoyé depuis ", "Envoyé à partir de ",
	"Enviado desde mi ", "Enviado do meu ", "Inviato da ", "Отправлено с ",
	"Отправлено из ", "发自我的", "從我的", "iPhoneから送信"};

/* A split in work. */
struct cutter {
	struct buf *own, *cut;
	size_t blank; /* empty lines that are due in own */
	bool cut_since; /* something was cut since own's last line */
};

static bool
is_quote(struct span line)
{
	return span_begins(span_trim(line), ">");
}

static bool
is_blank_line(struct span line)
{
	return span_trim(line).len == 0;
}

static bool
contains(struct span s, const char *word)
{
	return memmem(s.data, s.len, word, strlen(word)) != NULL;
}

static bool
contains_any(struct span s, const char *const *words, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (contains(s, words[i]))
			return true;
	return false;
}

static bool
ends_with_any(struct span s, const char *const *words, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (span_ends_nocase(s, words[i]))
			return true;
	return false;
}

static bool
begins_with_any(struct span s, const char *const *words, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (span_begins_nocase(s, words[i]))
			return true;
	return false;
}

/* A year, or a time of day. */
static bool
has_date(struct span s)
{
	size_t i, digits = 0;

	for (i = 0; i < s.len; i++) {
		if (isdigit((unsigned char)s.data[i])) {
			if (++digits == 4)
				return true;
			continue;
		}
		if (digits > 0 && s.data[i] == ':' && i + 2 < s.len &&
			isdigit((unsigned char)s.data[i + 1]) &&
			isdigit((unsigned char)s.data[i + 2]))
			return true;
		digits = 0;
	}
	return false;
}

enum likeness {
	UNLIKE,
	LIKELY, /* an attribution, if quotation follows */
	SURELY
};

static enum likeness
attribution_likeness(struct span s)
{
	bool colon = span_ends_nocase(s, ":") || span_ends_nocase(s, "：");
	bool verb, at, opening, date;

	if (!colon && !ends_with_any(s, verbs, countof(verbs)))
		return UNLIKE;
	verb = contains_any(s, verbs, countof(verbs));
	at = memchr(s.data, '@', s.len) != NULL;
	opening = begins_with_any(s, openings, countof(openings));
	date = has_date(s);
	if (date &&
		((verb && (at || opening)) ||
			(at && span_ends_nocase(s, ">:"))))
		return SURELY;
	return (verb && (at || opening || date)) || (at && date) ? LIKELY
								 : UNLIKE;
}

static bool
next_is_quote(struct span left)
{
	struct span line;
	size_t n;

	for (n = 0; n < ATTRIBUTION_LINES && take_line(&left, &line); n++)
		if (!is_blank_line(line))
			return is_quote(line);
	return false;
}

static bool
begins_attribution(struct span line)
{
	return has_date(line) ||
		begins_with_any(line, openings, countof(openings));
}

/*
 * How many lines, LINE and those at the front of LEFT, are an attribution; 0
 * when they are none.  ALL_R: no quotation marks follow, so what it speaks of
 * is all the rest.
 */
static size_t
attribution(struct span line, struct span left, bool *all_r)
{
	struct buf joined = BUF_INIT(ATTRIBUTION_BYTES);
	enum likeness likeness = UNLIKE;
	size_t n = 0;

	for (; n < ATTRIBUTION_LINES && likeness == UNLIKE; n++) {
		if (is_blank_line(line) || is_quote(line))
			break;
		if (n > 0)
			buf_putc(&joined, ' ');
		buf_span(&joined, span_trim(line));
		if (joined.failed)
			break;
		likeness = attribution_likeness(buf_view(&joined));
		if (likeness != UNLIKE)
			continue;
		/* It may go on, if this looks like its beginning. */
		if ((n == 0 && !begins_attribution(line)) ||
			!take_line(&left, &line))
			break;
	}
	buf_release(&joined);
	*all_r = likeness != UNLIKE && !next_is_quote(left);
	return likeness == SURELY || (likeness == LIKELY && !*all_r) ? n : 0;
}

/* The text between the dashes at both ends; the line itself if none begin. */
static struct span
between_dashes(struct span line)
{
	while (line.len > 0 && strchr("-_*", line.data[0]) != NULL)
		span_skip(&line, 1);
	while (line.len > 0 && strchr("-_*", line.data[line.len - 1]) != NULL)
		line.len--;
	return span_trim(line);
}

static bool
is_separator(struct span line)
{
	struct span text = span_trim(line);
	bool dashes = span_begins(text, "--");
	char lower[ATTRIBUTION_BYTES];
	size_t i;

	if (text.len > sizeof(lower) ||
		!(dashes || span_ends_nocase(text, ":")))
		return false;
	if (dashes && attribution_likeness(between_dashes(text)) == SURELY)
		return true;
	for (i = 0; i < text.len; i++)
		lower[i] = (char)tolower((unsigned char)text.data[i]);
	text.data = lower;
	return text.len < 100 &&
		contains_any(text, separators, countof(separators));
}

/* Is LINE "Label: ...", the label one of WORDS?  What stands behind it. */
static bool
label_value(struct span line, const char *const *words, size_t count,
	struct span *value)
{
	const char *colon, *wide;
	size_t i, len;

	*value = line;
	line = span_front(span_trim(line), 40);
	colon = memchr(line.data, ':', line.len);
	wide = memmem(line.data, line.len, "：", strlen("："));
	if (colon == NULL || (wide != NULL && wide < colon))
		colon = wide;
	if (colon == NULL)
		return false;
	len = (size_t)(colon - value->data) +
		(colon == wide ? strlen("：") : 1);
	*value = span_from(*value, len);
	line = between_dashes(span_front(line, (size_t)(colon - line.data)));
	for (i = 0; i < count; i++)
		if (span_is_nocase(line, words[i]))
			return true;
	return false;
}

static bool
has_label(struct span line, const char *const *words, size_t count)
{
	struct span value;

	return label_value(line, words, count, &value);
}

bool
text_from_label(struct span line, struct span *value)
{
	return label_value(line, from_labels, countof(from_labels), value);
}

/* Outlook: From, Sent, To, Subject above the mail that is answered. */
static bool
begins_header(struct span line, struct span left)
{
	size_t n, others = 0;

	if (!has_label(line, from_labels, countof(from_labels)))
		return false;
	for (n = 0; n < HEADER_LINES && take_line(&left, &line); n++) {
		if (is_blank_line(line))
			break;
		others += has_label(line, other_labels, countof(other_labels));
	}
	return others >= 2;
}

static bool
ends_own_text(struct span line, struct span left)
{
	bool all = false;

	return is_separator(line) || begins_header(line, left) ||
		(attribution(line, left, &all) > 0 && all);
}

static bool
begins_signature(struct span line)
{
	return span_is(line, "-- ") || span_is(line, "--");
}

/*
 * The lines of the signature that LINE begins, LINE among them; 0 when it is
 * only a line of two dashes.
 */
static size_t
signature(struct span line, struct span left)
{
	bool all;
	size_t n;

	if (!begins_signature(line))
		return 0;
	for (n = 1; n <= SIGNATURE_LINES; n++) {
		if (!take_line(&left, &line))
			return n;
		line = line_text(line);
		if (begins_signature(line) || is_quote(line) ||
			ends_own_text(line, left) ||
			attribution(line, left, &all) > 0)
			return n;
	}
	return 0;
}

static void
keep(struct cutter *c, struct span line)
{
	if (is_blank_line(line)) {
		c->blank++;
		return;
	}
	if (c->own->len == 0)
		c->blank = 0;
	else if (c->cut_since)
		c->blank = 1;
	for (; c->blank > 0; c->blank--)
		buf_putc(c->own, '\n');
	buf_span(c->own, line);
	buf_putc(c->own, '\n');
	c->cut_since = false;
}

static void
cut(struct cutter *c, struct span line)
{
	buf_span(c->cut, line);
	buf_putc(c->cut, '\n');
	c->cut_since = true;
}

/* Cut LINE and N - 1 more. */
static void
cut_lines(struct cutter *c, struct span line, struct span *left, size_t n)
{
	cut(c, line);
	while (--n > 0 && take_line(left, &line))
		cut(c, line_text(line));
}

/* Where the last line of OWN begins. */
static size_t
last_line(const struct buf *own)
{
	const char *end;

	if (own->len < 2)
		return 0;
	end = memrchr(own->data, '\n', own->len - 1);
	return end != NULL ? (size_t)(end + 1 - own->data) : 0;
}

static bool
is_device(struct span line)
{
	return line.len <= DEVICE_BYTES && !span_ends_nocase(line, ".") &&
		begins_with_any(line, devices, countof(devices));
}

/* Rulers above a quotation, and what a device wrote. */
static void
trim_end(struct cutter *c)
{
	struct buf *own = c->own;
	struct span line;
	size_t at;

	while (own->len > 0) {
		at = last_line(own);
		line = span_trim(span_from(buf_view(own), at));
		if (line.len > 0 && !is_device(line) &&
			!(c->cut_since && between_dashes(line).len == 0))
			return;
		if (line.len > 0)
			cut(c, line);
		buf_cut(own, at);
	}
}

void
reply_split(struct span text, struct buf *new_text, struct buf *quoted)
{
	struct cutter c = {.own = new_text, .cut = quoted};
	struct span left = text, line;
	size_t n;
	bool all;

	while (take_line(&left, &line)) {
		line = line_text(line);
		if (is_quote(line))
			cut(&c, line);
		else if (ends_own_text(line, left))
			cut_lines(&c, line, &left, SIZE_MAX);
		else if ((n = attribution(line, left, &all)) > 0 ||
			(n = signature(line, left)) > 0)
			cut_lines(&c, line, &left, n);
		else
			keep(&c, line);
	}
	trim_end(&c);
}

/* A line of format=flowed, taken apart. */
struct flowed {
	size_t quotes;
	struct span text;
	bool soft; /* goes on in the next line */
};

static struct flowed
flowed_line(struct span line, bool delsp)
{
	struct flowed f = {.quotes = 0};

	while (take_char(&line, '>'))
		f.quotes++;
	take_char(&line, ' '); /* stuffed */
	f.soft = line.len > 0 && line.data[line.len - 1] == ' ' &&
		!span_is(line, "-- ");
	if (f.soft && delsp)
		line.len--;
	f.text = line;
	return f;
}

void
flowed_join(struct span text, bool delsp, struct buf *out)
{
	struct flowed f, last = {.soft = false};
	struct span line;
	size_t i;

	while (take_line(&text, &line)) {
		f = flowed_line(line_text(line), delsp);
		/* "-- " ends a paragraph even where the line before is soft. */
		if (!last.soft || last.quotes != f.quotes ||
			span_is(f.text, "-- ")) {
			if (last.soft)
				buf_putc(out, '\n');
			for (i = 0; i < f.quotes; i++)
				buf_putc(out, '>');
			if (f.quotes > 0)
				buf_putc(out, ' ');
		}
		buf_span(out, f.text);
		if (!f.soft)
			buf_putc(out, '\n');
		last = f;
	}
	if (last.soft)
		buf_putc(out, '\n');
}
