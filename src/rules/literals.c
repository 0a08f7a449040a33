#include "rules/literals.h"

#include <stdlib.h>

#include "base/memory.h"

/* One of the marks that a state sets; the next is 1 more than its index. */
struct link {
	size_t mark, len;
	uint32_t next; /* 0: the last */
};

/*
 * State 0 is the root.  Bytes that no word has share class 0, so that a row of
 * the table is as short as the words allow and the whole stays in the cache.
 */
struct literals {
	uint8_t class[256];
	size_t classes;
	uint16_t *next; /* [state * classes + class] */
	uint32_t *marks; /* of each state: 1 + index in links, 0: none */
	struct link *links;
	size_t states;
};

static uint8_t
fold(char c)
{
	if (c == '\n' || c == '\t')
		return ' ';
	return (uint8_t)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static void
set_classes(struct literals *l, const struct literal *list, size_t count)
{
	size_t i, k;
	uint8_t c;

	l->classes = 1;
	for (i = 0; i < count; i++) {
		for (k = 0; k < list[i].word.len; k++) {
			c = fold(list[i].word.data[k]);
			if (l->class[c] == 0)
				l->class[c] = (uint8_t)l->classes++;
		}
	}
	for (c = 'A'; c <= 'Z'; c++)
		l->class[c] = l->class[fold((char)c)];
	l->class['\n'] = l->class['\t'] = l->class[' '];
}

static void
add_word(struct literals *l, const struct literal *word, uint32_t link)
{
	size_t state = 0, k;
	uint16_t *next;

	for (k = 0; k < word->word.len; k++) {
		next = &l->next[state * l->classes +
			l->class[fold(word->word.data[k])]];
		if (*next == 0)
			*next = (uint16_t)l->states++;
		state = *next;
	}
	l->links[link - 1] =
		(struct link){word->mark, word->word.len, l->marks[state]};
	l->marks[state] = link;
}

/*
 * Breadth first: where a state has no next one, it goes on as its FAIL does,
 * the state of the longest proper end of what it has read; and it sets what
 * that one sets, too.
 */
static void
close_states(struct literals *l)
{
	uint16_t *queue = xcalloc(l->states, sizeof(*queue));
	uint16_t *fail = xcalloc(l->states, sizeof(*fail));
	size_t head = 0, tail = 1, c;
	uint32_t *last;
	uint16_t state, *next, on_fail;

	while (head < tail) {
		state = queue[head++];
		for (last = &l->marks[state]; *last != 0;)
			last = &l->links[*last - 1].next;
		if (state != 0)
			*last = l->marks[fail[state]];
		for (c = 0; c < l->classes; c++) {
			next = &l->next[state * l->classes + c];
			on_fail = l->next[fail[state] * l->classes + c];
			if (*next == 0) {
				*next = on_fail;
				continue;
			}
			fail[*next] = state == 0 ? 0 : on_fail;
			queue[tail++] = *next;
		}
	}
	free(queue);
	free(fail);
}

struct literals *
literals_new(const struct literal *list, size_t count)
{
	struct literals *l = xcalloc(1, sizeof(*l));
	size_t i, most = 1;

	set_classes(l, list, count);
	for (i = 0; i < count; i++)
		most += list[i].word.len;
	l->next = xcalloc(most * l->classes, sizeof(*l->next));
	l->marks = xcalloc(most, sizeof(*l->marks));
	l->links = xcalloc(count, sizeof(*l->links));
	l->states = 1;
	for (i = 0; i < count; i++)
		add_word(l, &list[i], (uint32_t)i + 1);
	close_states(l);
	return l;
}

void
literals_free(struct literals **l)
{
	if (*l == NULL)
		return;
	free((*l)->next);
	free((*l)->marks);
	free((*l)->links);
	free(*l);
	*l = NULL;
}

void
literals_scan(const struct literals *l, struct span text, literal_found *found,
	void *arg)
{
	const struct link *w;
	size_t i, state = 0;
	uint32_t link;

	for (i = 0; i < text.len; i++) {
		state = l->next[state * l->classes +
			l->class[(uint8_t)text.data[i]]];
		for (link = l->marks[state]; link != 0; link = w->next) {
			w = &l->links[link - 1];
			found(arg, w->mark, i + 1 - w->len);
		}
	}
}
