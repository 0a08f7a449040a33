/*
 * packet: one record and a few descriptors between two processes, over a
 * SOCK_SEQPACKET socket: whole or not at all.  The receiver decodes with a
 * schema and so trusts nothing; descriptors that it did not expect are closed.
 */
#ifndef BASE_PACKET_H
#define BASE_PACKET_H

#include "base/record.h"

#define PACKET_BYTES 65536
#define PACKET_FDS 4

struct packet {
	struct buf bytes; /* release with packet_release() */
	int fds[PACKET_FDS];
	int count;
};

/* A connected pair, both close-on-exec. */
must_check int packet_pair(int pair[2], struct err *e);

void packet_init(struct packet *p);
/* Closes the descriptors that it still holds. */
void packet_release(struct packet *p);

/* Encode and send; blocks until there is room.  Keeps the descriptors. */
must_check int packet_send(int socket, const struct record_schema *schema,
	const void *from, const int *fds, int count, struct err *e);

/*
 * 1 with a packet, 0 when the other end is gone, -1 on error (temporary).
 * Waits at most TIMEOUT microseconds, for ever when it is negative; a time-out
 * is an error with status 4.4.1.
 */
must_check int packet_receive(
	int socket, struct packet *p, int64_t timeout, struct err *e);

/* Hand over descriptor I; the packet no longer closes it.  -1 if none. */
int packet_take_fd(struct packet *p, int i);

#endif
