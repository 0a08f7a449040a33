#include "rules/weakness.h"

#define NAME_BYTES 64

static const struct {
	const char *name;
	int number;
} weaknesses[] = {
	{"arbitrary file upload", 434},
	{"argument injection", 88},
	{"authentication bypass", 287},
	{"billion laughs", 776},
	{"blind sql injection", 89},
	{"brute force", 307},
	{"buffer over-read", 126},
	{"buffer overflow", 120},
	{"buffer underflow", 124},
	{"cache poisoning", 349},
	{"cleartext storage", 312},
	{"cleartext transmission", 319},
	{"clickjacking", 1021},
	{"code injection", 94},
	{"command injection", 77},
	{"crlf injection", 93},
	{"cross-site request forgery", 352},
	{"cross-site scripting", 79},
	{"csrf", 352},
	{"deadlock", 833},
	{"decompression bomb", 409},
	{"deserialization of untrusted data", 502},
	{"directory traversal", 22},
	{"divide by zero", 369},
	{"division by zero", 369},
	{"dll hijacking", 427},
	{"dom-based xss", 79},
	{"double free", 415},
	{"eval injection", 95},
	{"format string", 134},
	{"hard-coded credentials", 798},
	{"hard-coded key", 321},
	{"hard-coded password", 259},
	{"hardcoded credentials", 798},
	{"hardcoded password", 259},
	{"header injection", 113},
	{"heap buffer overflow", 122},
	{"heap overflow", 122},
	{"heap-based buffer over-read", 126},
	{"heap-based buffer overflow", 122},
	{"http request smuggling", 444},
	{"http response splitting", 113},
	{"idor", 639},
	{"improper access control", 284},
	{"improper authentication", 287},
	{"improper authorization", 285},
	{"improper certificate validation", 295},
	{"improper input validation", 20},
	{"infinite loop", 835},
	{"infinite recursion", 674},
	{"information disclosure", 200},
	{"information exposure", 200},
	{"information leak", 200},
	{"insecure deserialization", 502},
	{"insecure direct object reference", 639},
	{"insecure permissions", 732},
	{"insufficient entropy", 331},
	{"integer overflow", 190},
	{"integer underflow", 191},
	{"ldap injection", 90},
	{"link following", 59},
	{"log injection", 117},
	{"mass assignment", 915},
	{"memory leak", 401},
	{"missing authentication", 306},
	{"missing authorization", 862},
	{"nosql injection", 943},
	{"null dereference", 476},
	{"null pointer dereference", 476},
	{"object injection", 915},
	{"off-by-one", 193},
	{"open redirect", 601},
	{"os command injection", 78},
	{"out-of-bounds read", 125},
	{"out-of-bounds write", 787},
	{"path traversal", 22},
	{"privilege escalation", 269},
	{"prototype pollution", 1321},
	{"race condition", 362},
	{"redos", 1333},
	{"reflected cross-site scripting", 79},
	{"reflected xss", 79},
	{"regular expression denial of service", 1333},
	{"request smuggling", 444},
	{"resource exhaustion", 400},
	{"response splitting", 113},
	{"server-side request forgery", 918},
	{"server-side template injection", 1336},
	{"session fixation", 384},
	{"shell injection", 78},
	{"side channel", 203},
	{"sql injection", 89},
	{"sqli", 89},
	{"ssrf", 918},
	{"ssti", 1336},
	{"stack buffer overflow", 121},
	{"stack overflow", 121},
	{"stack-based buffer overflow", 121},
	{"stored cross-site scripting", 79},
	{"stored xss", 79},
	{"symlink attack", 59},
	{"template injection", 1336},
	{"time-of-check time-of-use", 367},
	{"timing attack", 208},
	{"toctou", 367},
	{"type confusion", 843},
	{"uncontrolled recursion", 674},
	{"uncontrolled resource consumption", 400},
	{"uncontrolled search path", 427},
	{"uninitialized memory", 908},
	{"unrestricted file upload", 434},
	{"unsafe deserialization", 502},
	{"untrusted search path", 426},
	{"use-after-free", 416},
	{"weak password", 521},
	{"xml entity expansion", 776},
	{"xml external entity", 611},
	{"xpath injection", 643},
	{"xsrf", 352},
	{"xss", 79},
	{"xxe", 611},
	{"zip bomb", 409},
	{"zip slip", 22},
};

const char *
weakness_name(size_t index)
{
	return index < countof(weaknesses) ? weaknesses[index].name : NULL;
}

/* Append the first words of NAME with blanks for hyphens, in small letters. */
static void
fold(struct span name, struct buf *out)
{
	size_t i;
	char c;

	for (i = 0; i < name.len; i++) {
		c = name.data[i];
		if (c == '-' || c == ' ' || c == '\t' || c == '\n') {
			if (out->len > 0 && out->data[out->len - 1] != ' ')
				buf_putc(out, ' ');
		} else {
			buf_putc(out,
				c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a')
						     : c);
		}
	}
	/* "buffer overflows" */
	if (out->len > 1 && out->data[out->len - 1] == 's' &&
		out->data[out->len - 2] != 's')
		buf_cut(out, out->len - 1);
}

void
weakness_print(struct span words, struct buf *out)
{
	struct buf wanted = BUF_INIT(NAME_BYTES), name = BUF_INIT(NAME_BYTES);
	size_t i;

	fold(words, &wanted);
	for (i = 0; i < countof(weaknesses) && !wanted.failed; i++) {
		buf_clear(&name);
		fold(span_of(weaknesses[i].name), &name);
		if (span_is(buf_view(&wanted), name.data))
			break;
	}
	if (i < countof(weaknesses) && !wanted.failed)
		buf_printf(out, "CWE-%d", weaknesses[i].number);
	buf_release(&wanted);
	buf_release(&name);
}
