/*
 * classify: what sort of mail is it?
 *
 * Rules of the kind `class` (psirtd-rules(5)) say what speaks for a class; the
 * name of such a rule begins with the class: "beg-bounty-spf" speaks for
 * beg-bounty.  What speaks for a class adds up like independent chances do.  A
 * mail is a report until something else is clearly more likely: hints of a
 * vulnerability speak for a report, and at a tie it is one, because a report
 * taken for something else costs more than the reverse.
 *
 * The class is for the analysts: it chooses the answer that lies ready for
 * them.  What a stranger is told at once is the same for all classes.
 */
#ifndef RULES_CLASSIFY_H
#define RULES_CLASSIFY_H

#include "mail/reading.h"
#include "rules/hint.h"

enum mail_class {
	CLASS_REPORT, /* of a vulnerability */
	CLASS_REPLY, /* to something of ours; says nothing of its content */
	CLASS_ADVISORY, /* a vendor, or a coordinator, tells of its own */
	CLASS_BEG_BOUNTY, /* a finding without impact, for money */
	CLASS_QUESTIONNAIRE, /* of a customer, of an auditor */
	CLASS_PRIVACY, /* a data subject's request */
	CLASS_ABUSE, /* a notice of phishing, spam, infringement */
	CLASS_SPAM, /* marked by a filter in front of us */
	CLASS_ROBOT, /* see reading.robot */
	CLASS__COUNT
};

/* IS_REPLY: it belongs to a case that was there before. */
enum mail_class classify(const struct reading *r, const struct hint *hints,
	size_t count, bool is_reply);

/* The class that a rule of that name speaks for, or -1. */
int class_of_rule(const char *rule);

/* May it have a ready-made answer?  Nothing is ready for robots and spam. */
bool class_has_answer(enum mail_class class);

const char *class_name(enum mail_class class);
/* -1 when no class has that name. */
int class_of(const char *name);

#endif
