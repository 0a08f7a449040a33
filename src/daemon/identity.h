/*
 * identity: by what a message is known when it comes again.
 *
 * SHA-256 over its bytes below the header fields that our own host puts on
 * top: at delivery Return-Path, Delivered-To, X-Original-To, and when it takes
 * a mail in the one Received on top, and the mark of the milter (mail/mark.h).
 * So a redelivery after a lost reply is the same message, be it ours or that of
 * the sender's host (which is then received twice), and so is one by import, or
 * by LMTP what the milter has copied.
 */
#ifndef DAEMON_IDENTITY_H
#define DAEMON_IDENTITY_H

#include "base/err.h"
#include "base/hash.h"

must_check int identity_of(
	int fd, int64_t len, struct hash *identity, struct err *e);

#endif
