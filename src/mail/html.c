#include "mail/html.h"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <string.h>
#include <strings.h>

#include "mail/field.h"

#define STYLE_BYTES 1000
#define URL_BYTES 1000
#define LEGACY_CLASS "header-protection-legacy-display"

/* What an element does to the text around it. */
enum effect {
	EFFECT_LINE, /* stands on lines of its own */
	EFFECT_PARAGRAPH, /* with an empty line before and after */
	EFFECT_BREAK,
	EFFECT_CELL,
	EFFECT_ITEM,
	EFFECT_QUOTE,
	EFFECT_VERBATIM,
	EFFECT_LINK,
	EFFECT_SILENT, /* never for people */
	EFFECT__COUNT
};

static const char *const effect_elements[] = {
	[EFFECT_LINE] = " div tr dt dd address article section header footer "
			"form fieldset center table dl hr nav main aside ",
	[EFFECT_PARAGRAPH] = " p h1 h2 h3 h4 h5 h6 ul ol ",
	[EFFECT_BREAK] = " br ",
	[EFFECT_CELL] = " td th ",
	[EFFECT_ITEM] = " li ",
	[EFFECT_QUOTE] = " blockquote ",
	[EFFECT_VERBATIM] = " pre ",
	[EFFECT_LINK] = " a ",
	[EFFECT_SILENT] = " script style title template object textarea "
			  "select svg math ",
};
_Static_assert(countof(effect_elements) == EFFECT__COUNT, "elements for each");

/* An open element. */
struct level {
	int effect; /* EFFECT__COUNT for none */
	bool silent, hidden;
};

struct writer {
	struct buf *out;
	struct limits *hit;
	xmlParserCtxtPtr parser;
	bool legacy;
	struct level level[HTML_DEPTH_MAX];
	size_t depth, quotes, verbatim;
	int lines; /* line ends that are due before the next text */
	size_t lines_quotes; /* the least of quotes since they are due */
	bool begun, space; /* any text yet; a blank is due */
	bool item; /* "- " is due */
	bool hidden_noted;
	size_t link_at;
	char url[URL_BYTES];
};

static enum effect
effect_of(const char *element)
{
	char word[32];
	int i;

	snprintf(word, sizeof(word), " %s ", element);
	for (i = 0; i < EFFECT__COUNT; i++)
		if (strstr(effect_elements[i], word) != NULL)
			return i;
	return EFFECT__COUNT;
}

static void
due_lines(struct writer *w, int lines)
{
	if (w->lines == 0 || w->quotes < w->lines_quotes)
		w->lines_quotes = w->quotes;
	if (w->lines < lines)
		w->lines = lines;
	w->space = false;
}

/* Write what is due before text. */
static void
begin_text(struct writer *w)
{
	bool fresh = !w->begun || w->lines > 0;
	size_t i;

	for (; w->begun && w->lines > 0; w->lines--) {
		buf_putc(w->out, '\n');
		for (i = 0; w->lines > 1 && i < w->lines_quotes; i++)
			buf_putc(w->out, '>');
	}
	for (i = 0; fresh && i < w->quotes; i++)
		buf_puts(w->out, i + 1 == w->quotes ? "> " : ">");
	if (w->item)
		buf_puts(w->out, "- ");
	else if (w->space && !fresh)
		buf_putc(w->out, ' ');
	w->lines = 0;
	w->begun = true;
	w->space = w->item = false;
}

static void
note_hidden(struct writer *w)
{
	if (w->hidden_noted)
		return;
	w->hidden_noted = true;
	due_lines(w, 1);
	begin_text(w);
	buf_puts(w->out, HTML_HIDDEN);
	due_lines(w, 1);
}

/* How long the blank at the front is, 0 when there is none. */
static size_t
blank_length(struct span s)
{
	if (is_space(s.data[0]) || s.data[0] == '\f')
		return 1;
	return span_begins(s, "\xc2\xa0") ? 2 : 0; /* no-break space */
}

static void
write_verbatim(struct writer *w, struct span s)
{
	for (; s.len > 0; span_skip(&s, 1)) {
		if (s.data[0] == '\n') {
			w->lines++;
		} else if (s.data[0] != '\r') {
			begin_text(w);
			buf_putc(w->out, s.data[0]);
		}
	}
}

static void
write_text(struct writer *w, struct span s)
{
	size_t blank;

	while (s.len > 0) {
		blank = blank_length(s);
		if (blank > 0) {
			w->space = true;
			span_skip(&s, blank);
			continue;
		}
		begin_text(w);
		while (s.len > 0 && blank_length(s) == 0) {
			buf_putc(w->out, s.data[0]);
			span_skip(&s, 1);
		}
	}
}

static bool
is_hidden(const struct writer *w)
{
	return w->depth > 0 && w->level[w->depth - 1].hidden;
}

static void
on_text(void *arg, const xmlChar *text, int len)
{
	struct writer *w = arg;
	struct span s = {(const char *)text, (size_t)len};

	if (w->depth > 0 && w->level[w->depth - 1].silent)
		return;
	if (is_hidden(w)) {
		while (s.len > 0 && blank_length(s) > 0)
			span_skip(&s, blank_length(s));
		if (s.len > 0)
			note_hidden(w);
	} else if (w->verbatim > 0) {
		write_verbatim(w, s);
	} else {
		write_text(w, s);
	}
}

static const char *
attribute(const xmlChar **list, const char *name)
{
	for (; list != NULL && list[0] != NULL; list += 2)
		if (strcasecmp((const char *)list[0], name) == 0)
			return list[1] != NULL ? (const char *)list[1] : "";
	return NULL;
}

/* Is there "property:value", the value ending where it does here? */
static bool
declares(const char *style, const char *declaration)
{
	const char *p = style;

	for (; (p = strstr(p, declaration)) != NULL; p++) {
		p += strlen(declaration);
		if (strspn(p, "0123456789.") == strspn(p, "0."))
			return true;
	}
	return false;
}

static bool
style_hides(const char *style)
{
	static const char *const hiding[] = {"display:none",
		"visibility:hidden", "mso-hide:all", "font-size:0", "opacity:0",
		"max-height:0"};
	char text[STYLE_BYTES];
	size_t i, n = 0;

	for (; *style != '\0' && n + 1 < sizeof(text); style++)
		if (!is_space(*style))
			text[n++] = (char)(*style >= 'A' && *style <= 'Z'
					? *style + ('a' - 'A')
					: *style);
	text[n] = '\0';
	for (i = 0; i < countof(hiding); i++)
		if (declares(text, hiding[i]))
			return true;
	return false;
}

static bool
hides(const xmlChar **attributes)
{
	const char *style = attribute(attributes, "style");

	return attribute(attributes, "hidden") != NULL ||
		(style != NULL && style_hides(style));
}

/* The address of a link, when it is of a kind that tells a person something. */
static void
begin_link(struct writer *w, const char *url)
{
	static const char *const schemes[] = {
		"http:", "https:", "mailto:", "ftp:"};
	struct span s = span_trim(span_of(url != NULL ? url : ""));
	size_t i;

	w->url[0] = '\0';
	w->link_at = w->out->len;
	for (i = 0; i < countof(schemes); i++)
		if (span_begins_nocase(s, schemes[i]) && s.len < URL_BYTES)
			snprintf(w->url, sizeof(w->url), "%.*s", (int)s.len,
				s.data);
}

/* An address without what programs and people leave out. */
static struct span
bare_url(struct span s)
{
	static const char *const fronts[] = {
		"mailto:", "http://", "https://", "www."};
	size_t i;

	for (i = 0; i < countof(fronts); i++)
		if (span_begins_nocase(s, fronts[i]))
			span_skip(&s, strlen(fronts[i]));
	while (s.len > 0 && s.data[s.len - 1] == '/')
		s.len--;
	return s;
}

static void
end_link(struct writer *w)
{
	struct span text = {.data = ""}, url = bare_url(span_of(w->url));

	if (w->out->len > w->link_at)
		text = span_from(buf_view(w->out), w->link_at);
	text = bare_url(span_trim(text));
	if (url.len > 0 && text.len > 0 &&
		(text.len != url.len ||
			strncasecmp(text.data, url.data, url.len) != 0)) {
		w->space = true;
		begin_text(w);
		buf_printf(w->out, "<%s>", w->url);
	}
	w->url[0] = '\0';
}

static void
begin_effect(struct writer *w, int effect, const xmlChar **attributes)
{
	switch (effect) {
	case EFFECT_LINE:
		due_lines(w, 1);
		break;
	case EFFECT_BREAK:
		due_lines(w, w->lines < 2 ? w->lines + 1 : 2);
		break;
	case EFFECT_CELL:
		w->space = true;
		break;
	case EFFECT_ITEM:
		due_lines(w, 1);
		w->item = true;
		break;
	case EFFECT_QUOTE:
		due_lines(w, 2);
		w->quotes++;
		break;
	case EFFECT_VERBATIM:
		due_lines(w, 2);
		w->verbatim++;
		break;
	case EFFECT_PARAGRAPH:
		due_lines(w, 2);
		break;
	case EFFECT_LINK:
		begin_link(w, attribute(attributes, "href"));
		break;
	default:
		break;
	}
}

static void
on_start(void *arg, const xmlChar *name, const xmlChar **attributes)
{
	struct writer *w = arg;
	const char *class = attribute(attributes, "class");
	struct level *l, above = {.silent = false};

	if (w->depth == HTML_DEPTH_MAX) {
		limit_note(w->hit, LIMIT_HTML_DEPTH);
		xmlStopParser(w->parser);
		return;
	}
	if (w->depth > 0)
		above = w->level[w->depth - 1];
	l = &w->level[w->depth++];
	l->effect = effect_of((const char *)name);
	l->silent = above.silent || l->effect == EFFECT_SILENT ||
		(w->legacy && class != NULL &&
			strcmp(class, LEGACY_CLASS) == 0);
	l->hidden = above.hidden || hides(attributes);
	if (!l->silent && !l->hidden)
		begin_effect(w, l->effect, attributes);
	if (l->hidden && !above.hidden)
		w->hidden_noted = false;
}

static void
end_effect(struct writer *w, int effect)
{
	switch (effect) {
	case EFFECT_LINE:
	case EFFECT_ITEM:
		due_lines(w, 1);
		break;
	case EFFECT_CELL:
		w->space = true;
		break;
	case EFFECT_QUOTE:
		w->quotes--;
		due_lines(w, 2);
		break;
	case EFFECT_VERBATIM:
		due_lines(w, 2);
		w->verbatim--;
		break;
	case EFFECT_PARAGRAPH:
		due_lines(w, 2);
		break;
	case EFFECT_LINK:
		end_link(w);
		break;
	default:
		break;
	}
}

static void
on_end(void *arg, const xmlChar *name)
{
	struct writer *w = arg;
	const struct level *l;

	(void)name;
	if (w->depth == 0)
		return;
	l = &w->level[--w->depth];
	if (!l->silent && !l->hidden)
		end_effect(w, l->effect);
}

/* As much of HTML as has no tag of too many attributes. */
static struct span
without_huge_tags(struct span html, struct limits *hit)
{
	size_t i, marks = 0;
	bool inside = false;

	for (i = 0; i < html.len; i++) {
		if (html.data[i] == '<' || html.data[i] == '>') {
			inside = html.data[i] == '<';
			marks = 0;
		} else if (inside &&
			(is_space(html.data[i]) || html.data[i] == '=') &&
			++marks > HTML_TAG_MAX) {
			limit_note(hit, LIMIT_HTML_DEPTH);
			return span_front(html, i);
		}
	}
	return html;
}

void
html_to_text(struct span html, bool legacy, struct limits *hit, struct buf *out)
{
	const int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
		HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC;
	struct writer w = {.out = out, .hit = hit, .legacy = legacy};
	htmlParserCtxtPtr parser = htmlNewParserCtxt();

	html = without_huge_tags(html, hit);
	if (parser == NULL || html.len == 0 || html.len > INT32_MAX) {
		htmlFreeParserCtxt(parser);
		return;
	}
	*parser->sax = (xmlSAXHandler){.startElement = on_start,
		.endElement = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.initialized = 1};
	parser->userData = &w;
	w.parser = parser;
	/* No tree is built, so what it returns is NULL. */
	htmlCtxtReadMemory(
		parser, html.data, (int)html.len, NULL, "UTF-8", options);
	htmlFreeParserCtxt(parser);
}

void
html_open(void)
{
	struct buf out = BUF_INIT(100);
	struct limits hit = {.hit = {false}};

	xmlInitParser();
	html_to_text(SPAN("<p style='color:red'>&auml; &#228;</p>"), false,
		&hit, &out);
	buf_release(&out);
}
