/*
 * cms_open: CMS and X.509 from strangers, taken apart by libcrypto.
 *
 * Runs in psirtd-cms only, which has no files and no network (the profile "cms"
 * of daemon/sandbox.c).  RFC 5652 signed-data and enveloped-data, RFC 5083
 * auth-enveloped-data with AES-GCM, RFC 8017 RSAES-OAEP, RFC 5753 ECDH, RSASSA-
 * PSS.  Memory: twice the object's size at most; content is streamed out.
 */
#ifndef CRYPTO_CMS_OPEN_H
#define CRYPTO_CMS_OPEN_H

#include "crypto/cms_protocol.h"

/* Load what libcrypto wants from files: before the sandbox is entered. */
void cms_open_prepare(void);

/*
 * Serve the one request that comes over SOCKET.  An exit status: 0 when it was
 * answered, else the other end is gone or confused.
 */
int cms_open_serve(int socket);

#endif
