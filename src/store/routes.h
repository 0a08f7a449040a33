/*
 * routes: how a mail finds its case: tokens and Message-IDs.
 *
 * Both are minted from the store's secret by HMAC-SHA-256, so that a restored
 * backup recognises what was handed out before, and nobody can guess one.  A
 * token is 24 characters of base32 (120 bits).
 *
 *	reply    one for a case and a person: reply addresses, Ref lines
 *	bounce   one for a letter: its envelope sender
 *	command  one for a letter to an analyst: its /case line
 *	loop     one for the service, for a field of every letter: who finds it
 *	         in a mail has a letter of their own before them
 */
#ifndef STORE_ROUTES_H
#define STORE_ROUTES_H

#include "base/memory.h"
#include "store/store.h"

#define TOKEN_CHARS 24

enum token_purpose {
	TOKEN_REPLY,
	TOKEN_BOUNCE,
	TOKEN_COMMAND,
	TOKEN_LOOP,
	TOKEN__COUNT
};

struct route {
	enum token_purpose purpose; /* of a token */
	int64_t case_id, person, letter, message, made;
};

/* Mint and remember.  In a transaction. */
must_check int token_mint(struct store *s, enum token_purpose purpose,
	int64_t case_id, int64_t person, int64_t letter, int64_t now,
	char token[static TOKEN_CHARS + 1], struct err *e);

/* The same text without remembering. */
void token_text(const struct store *s, enum token_purpose purpose,
	int64_t case_id, int64_t person, int64_t letter,
	char token[static TOKEN_CHARS + 1]);

/* The Message-ID of a letter, without <>, in A. */
char *message_id_mint(const struct store *s, int64_t letter, struct arena *a);

/* 1, 0 (not one of ours) or -1.  TOKEN in any case. */
must_check int route_of_token(
	struct store *s, struct span token, struct route *r, struct err *e);

/* By the Message-ID of a letter of ours, or of a mail in a case (then letter
 * is 0 and message is not): 1, 0 or -1. */
must_check int route_of_message_id(
	struct store *s, const char *id, struct route *r, struct err *e);

/* Remember the Message-ID of a mail in a case.  In a transaction. */
must_check int route_remember(struct store *s, const char *id, int64_t case_id,
	int64_t person, int64_t message, struct err *e);

#endif
