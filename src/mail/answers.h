/*
 * answers: what is said to a host whose mail is not taken.  Constants, for
 * their text comes back in bounces; the same by LMTP and by the milter, which
 * needs code, status and text apart: they stand at fixed places.
 */
#ifndef MAIL_ANSWERS_H
#define MAIL_ANSWERS_H

#define ANSWER_TOO_LARGE "552 5.3.4 Message is too large"
#define ANSWER_NO_ROOM "452 4.3.1 Insufficient system storage"
#define ANSWER_NOT_STORED "451 4.3.1 Insufficient system storage"
#define ANSWER_TOO_MANY "452 4.5.3 Too many recipients"
#define ANSWER_LATER "451 4.3.0 Try again later"
#define ANSWER_BUSY "451 4.3.2 Too busy, try again"
#define ANSWER_LOOP "554 5.4.6 Message loops"
#define ANSWER_REFUSED "554 5.6.0 Message refused"

#define ANSWER_STATUS_AT 4
#define ANSWER_TEXT_AT 10

#endif
