#include "rules/language.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define SLOTS 4096 /* a power of two, more than twice the words */
#define WORD_MAX 24 /* bytes */
#define LEAST 4 /* points: a word that no other language has, or two */

/* Points of a word, by how many languages have it. */
static const int points[] = {0, 6, 3, 2};

enum script {
	SCRIPT_OTHER, /* Latin, Cyrillic and all that stands between words */
	SCRIPT_HAN,
	SCRIPT_KANA,
	SCRIPT_HANGUL,
	SCRIPT_GREEK,
	SCRIPT_HEBREW,
	SCRIPT_ARABIC,
	SCRIPT_THAI,
	SCRIPT__COUNT
};

static const struct block {
	uint32_t first, last;
	enum script script;
} blocks[] = {
	{0x370, 0x3ff, SCRIPT_GREEK},
	{0x590, 0x5ff, SCRIPT_HEBREW},
	{0x600, 0x6ff, SCRIPT_ARABIC},
	{0xe00, 0xe7f, SCRIPT_THAI},
	{0x1f00, 0x1fff, SCRIPT_GREEK},
	{0x3040, 0x30ff, SCRIPT_KANA},
	{0x3400, 0x4dbf, SCRIPT_HAN},
	{0x4e00, 0x9fff, SCRIPT_HAN},
	{0xac00, 0xd7af, SCRIPT_HANGUL},
};

/* In these a writing system stands for one language. */
static const char *const script_codes[] = {
	[SCRIPT_HAN] = "zh",
	[SCRIPT_KANA] = "ja",
	[SCRIPT_HANGUL] = "ko",
	[SCRIPT_GREEK] = "el",
	[SCRIPT_HEBREW] = "he",
	[SCRIPT_ARABIC] = "ar",
	[SCRIPT_THAI] = "th",
};
_Static_assert(countof(script_codes) == SCRIPT__COUNT, "a code for each");

static const struct language {
	const char *code;
	const char *words; /* lower case; the commonest that carry no subject */
	const char *letters; /* that few others have */
} languages[] = {
	{"en",
		"the and of to in is that it was for on are with as this be at "
		"by an have from or not which has can will when if there we i "
		"you your our their been would could should does allows using "
		"before through into without any all via these they but more "
		"found may due because after where while",
		""},
	{"de",
		"der die das und ist nicht ein eine einer eines einen einem zu "
		"den dem des mit von auf im für wir ich sie es sich auch bei "
		"nach wird werden wurde kann können dass wenn oder aber durch "
		"über als noch zum zur diese dieser haben habe hat sind ihre "
		"ihnen keine aus an wie ohne",
		"ßäöü"},
	{"fr",
		"le la les des et est une un du dans pour que qui pas sur avec "
		"par au aux ce cette nous vous je il elle ne se sont être peut "
		"plus ou mais votre notre sans lors à été j'ai d'une d'un "
		"lorsque ont leur ces en de trop qu'il lorsqu'il c'est n'est",
		"œ"},
	{"es",
		"el la los las de y es que en una un por con para del se no al "
		"lo como más pero su sus está son ha hemos este esta puede "
		"cuando sin sobre he usted desde también fue ser si o mi nos "
		"muy sido",
		"ñ"},
	{"pt",
		"o a os as de e é que em uma um por com para do da dos das se "
		"não no na ao como mais mas seu sua está são foi pode quando "
		"sem sobre eu você desde também ser ou nos pela pelo isso este "
		"esta há",
		"ãõ"},
	{"it",
		"il lo la i gli le di e è che in una un per con del della dei "
		"delle nel nella non si al alla come più ma suo sua sono può "
		"quando senza questo questa ho abbiamo anche da dal dalla "
		"essere viene stato o ed gentile degli",
		""},
	{"nl",
		"de het een en van is dat niet in op te voor met zijn aan er "
		"door ook naar bij om als maar wordt worden kan wij ik u deze "
		"dit die uit heeft hebben geen of over zonder wanneer nog kunt "
		"onze uw je we",
		""},
	{"sv",
		"och det att i en är som på för av med den till inte har ett "
		"jag vi om kan när från eller men så utan också efter genom "
		"denna detta blir mot vid finns ni hittat mig vilken helst "
		"blev",
		"åäö"},
	{"da",
		"og det at i en er som på for af med den til ikke har et jeg "
		"vi om kan når fra eller men så uden også efter gennem denne "
		"dette bliver mod ved findes hvad mig nogen blev kunne "
		"jeres fundet modtager går",
		"åæø"},
	{"no",
		"og det at i en er som på for av med den til ikke har et jeg "
		"vi om kan når fra eller men så uten også etter gjennom denne "
		"dette blir mot ved finnes hva meg noen ble kunne deres funnet "
		"mottar går",
		"åæø"},
	{"fi",
		"ja on ei että se oli joka tämä mutta kun kuin ovat voi olen "
		"myös tai jos niin kaikki sen tässä jossa hän ole sekä ilman "
		"voidaan joten siitä minä me jonka",
		"äö"},
	{"pl",
		"i w na z jest nie że do się to o jak przez dla od po oraz ale "
		"który która które może są jako przy bez można został być tego "
		"tej tym ze czy lub gdy mnie znalazłem",
		"łąęńźż"},
	{"cs",
		"a v na je se že s to z do o jako pro k ve které který která "
		"není jsou nebo ale při bez může být tak po od jsem také když "
		"aby tato tento lze podle",
		"řěů"},
	{"hu",
		"a az és hogy nem egy is van ez meg de ha vagy csak már mint "
		"lehet volt amely ami által kell után ezt nélkül találtam "
		"tisztelt keresztül szerint",
		"őűöü"},
	{"ro",
		"și în de la pe cu este nu un o care din pentru sunt prin mai "
		"fi sau dar că poate fără această acest am al ale fost dacă "
		"când unui unei",
		"țșă"},
	{"tr",
		"ve bir bu için ile da de olarak değil olan var daha ne gibi "
		"çok ama veya sonra kadar ise üzerinden tarafından olduğu "
		"edilebilir ben biz yok",
		"ğışöü"},
	{"ru",
		"и в на не с что это по из для к как от при но или он мы я "
		"можно может есть был была были версии через если без также "
		"так же у о за до этой вашем вашего ваш нашёл нашел",
		"ыэё"},
	{"uk",
		"і в на не з що це по із для до як від при але або він ми я "
		"можна може є був була були через якщо без також так у за та "
		"цей ця вашому вашого знайшов ваш",
		"їєґ"},
	{"bg",
		"и в на не с че това по от за до как при но или той ние аз "
		"може има е беше чрез ако без също така се са да ще",
		""},
};

#define LANGUAGES countof(languages)
_Static_assert(LANGUAGES <= 32, "a bit for each");

struct word {
	struct span text; /* empty: a free slot */
	uint32_t bits; /* which languages have it */
};

struct languages {
	struct word slots[SLOTS];
};

/* Where TEXT stands, or the free slot where it would. */
static size_t
slot_of(const struct languages *l, struct span text)
{
	uint32_t hash = 2166136261;
	size_t i;

	for (i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.data[i]) * 16777619;
	for (i = hash & (SLOTS - 1); l->slots[i].text.len > 0;
		i = (i + 1) & (SLOTS - 1))
		if (l->slots[i].text.len == text.len &&
			memcmp(l->slots[i].text.data, text.data, text.len) == 0)
			break;
	return i;
}

struct languages *
languages_new(void)
{
	struct languages *l = xcalloc(1, sizeof(*l));
	const char *at;
	struct span text;
	struct word *w;
	size_t i;

	for (i = 0; i < LANGUAGES; i++) {
		for (at = languages[i].words; *at != '\0';) {
			text = (struct span){at, strcspn(at, " ")};
			w = &l->slots[slot_of(l, text)];
			w->text = text;
			w->bits |= 1u << i;
			at += text.len + (at[text.len] == ' ');
		}
	}
	return l;
}

void
languages_free(struct languages **l)
{
	free(*l);
	*l = NULL;
}

struct count {
	int scripts[SCRIPT__COUNT];
	int score[LANGUAGES];
};

/* The code point at *AT of clean UTF-8, which moves behind it. */
static uint32_t
take_code_point(struct span text, size_t *at)
{
	unsigned char c = (unsigned char)text.data[(*at)++];
	uint32_t code = c < 0x80 ? c
		: c < 0xe0	 ? c & 0x1fu
		: c < 0xf0	 ? c & 0x0fu
				 : c & 0x07u;

	while (*at < text.len && ((unsigned char)text.data[*at] & 0xc0) == 0x80)
		code = code << 6 | ((unsigned char)text.data[(*at)++] & 0x3fu);
	return code;
}

static enum script
script_of(uint32_t code)
{
	size_t i;

	for (i = 0; i < countof(blocks); i++)
		if (code >= blocks[i].first && code <= blocks[i].last)
			return blocks[i].script;
	return SCRIPT_OTHER;
}

/* Of the alphabets above: those of Latin and Cyrillic. */
static bool
is_letter(uint32_t code)
{
	return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
		(code >= 0xc0 && code <= 0x24f && code != 0xd7 &&
			code != 0xf7) ||
		(code >= 0x400 && code <= 0x4ff);
}

static uint32_t
lower(uint32_t code)
{
	if ((code >= 'A' && code <= 'Z') || (code >= 0xc0 && code <= 0xde) ||
		(code >= 0x410 && code <= 0x42f))
		return code + 0x20;
	if (code >= 0x400 && code <= 0x40f)
		return code + 0x50;
	/* Pairs of a capital, which is even there, and a small letter. */
	if ((code >= 0x100 && code <= 0x137) ||
		(code >= 0x14a && code <= 0x177) ||
		(code >= 0x218 && code <= 0x21b) ||
		(code >= 0x490 && code <= 0x491))
		return code | 1;
	if (code >= 0x139 && code <= 0x17e && code % 2 == 1)
		return code + 1;
	return code;
}

static void
add_code_point(struct buf *word, uint32_t code)
{
	if (code < 0x80) {
		buf_putc(word, (char)code);
	} else {
		buf_putc(word, (char)(0xc0 | code >> 6));
		buf_putc(word, (char)(0x80 | (code & 0x3f)));
	}
}

static void
count_word(const struct languages *l, struct buf *word, struct count *c)
{
	const struct word *w;
	const char *letter;
	size_t i, shared = 0, at;

	if (word->len == 0 || word->failed)
		return;
	w = &l->slots[slot_of(l, buf_view(word))];
	for (i = 0; i < LANGUAGES; i++)
		shared += w->bits >> i & 1;
	for (i = 0; i < LANGUAGES; i++) {
		if (w->bits >> i & 1)
			c->score[i] +=
				shared < countof(points) ? points[shared] : 1;
		for (letter = languages[i].letters; *letter != '\0';
			letter += at) {
			at = (unsigned char)*letter >= 0xc0 ? 2 : 1;
			if (memmem(word->data, word->len, letter, at) != NULL)
				c->score[i] += 3;
		}
	}
}

/* Words in paths, names, addresses, vectors and numbers are no prose. */
static bool
is_joint(uint32_t code)
{
	return (code >= '0' && code <= '9') || code == '_' || code == '/' ||
		code == '@' || code == '=' || code == ':' || code == '\\';
}

static void
count_words(const struct languages *l, struct span text, struct count *c)
{
	struct buf word = BUF_INIT(WORD_MAX);
	uint32_t code, before = ' ';
	size_t at = 0;

	while (at < text.len) {
		code = take_code_point(text, &at);
		c->scripts[script_of(code)]++;
		if (is_letter(code) || (code == '\'' && word.len > 0)) {
			add_code_point(&word, lower(code));
			continue;
		}
		/* A colon may stand behind one. */
		if (!is_joint(before) && (code == ':' || !is_joint(code)))
			count_word(l, &word, c);
		buf_clear(&word);
		before = code;
	}
	if (!is_joint(before))
		count_word(l, &word, c);
	buf_release(&word);
}

/* A sign of these counts as much as some letters of the others: two signs of
 * Chinese are a word, and so are about four of an alphabet. */
static const char *
by_script(const struct count *c, int best, int *score_r)
{
	int han = c->scripts[SCRIPT_HAN], kana = c->scripts[SCRIPT_KANA];
	int most = 0, i;
	enum script s = SCRIPT_OTHER;

	for (i = SCRIPT_HAN; i < SCRIPT__COUNT; i++) {
		if (c->scripts[i] > most) {
			most = c->scripts[i];
			s = (enum script)i;
		}
	}
	if (most < 2 || most * 2 <= best)
		return NULL;
	/* Japanese has both, and Chinese no kana. */
	if ((s == SCRIPT_HAN || s == SCRIPT_KANA) && kana * 8 > han)
		s = SCRIPT_KANA;
	*score_r = most >= 10 ? 95 : 70;
	return script_codes[s];
}

const char *
language_of(const struct languages *l, struct span text, int *score_r)
{
	struct count c = {0};
	int first = 0, second = 0;
	size_t best = 0, i;
	const char *code;

	if (text.len > LANGUAGE_TEXT_MAX)
		text.len = LANGUAGE_TEXT_MAX;
	count_words(l, text, &c);
	for (i = 0; i < LANGUAGES; i++) {
		if (c.score[i] > first) {
			second = first;
			first = c.score[i];
			best = i;
		} else if (c.score[i] > second) {
			second = c.score[i];
		}
	}
	if ((code = by_script(&c, first, score_r)) != NULL)
		return code;
	if (first < LEAST || first == second)
		return NULL;
	*score_r = 50 + (first - second) * 50 / (first + 5);
	return languages[best].code;
}
