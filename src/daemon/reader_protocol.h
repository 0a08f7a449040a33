/* reader_protocol: what goes over the reader's socket; see daemon/reader.h. */
#ifndef DAEMON_READER_PROTOCOL_H
#define DAEMON_READER_PROTOCOL_H

#include "daemon/reader.h"

/* To the zygote, with descriptors: message, plain, extract, answer. */
struct reader_call {
	struct reader_source *sources;
	size_t count;
	bool attachments;
};

/* From the zygote, when the child is gone. */
struct reader_report {
	int end; /* enum reader_end */
	bool again; /* not the mail's doing: killed from outside, no process */
	char *text;
};

extern const struct record_schema reader_call_schema;
extern const struct record_schema reader_report_schema;
extern const struct record_schema reader_answer_schema;

#endif
