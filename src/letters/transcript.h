/*
 * transcript: what a letter to an analyst says of their commands: understood,
 * done, told to whom, not done and why, how to undo; and the likely answers to
 * it, as links that a phone needs two taps for (RFC 6068).
 */
#ifndef LETTERS_TRANSCRIPT_H
#define LETTERS_TRANSCRIPT_H

#include "letters/letter.h"

/* The values of transcript.txt and notice.txt, also of all other letters. */
void transcript_values(
	const struct letter_content *in, struct values *v, struct arena *a);

#endif
