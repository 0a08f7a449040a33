#!/bin/sh
# Near copies are found among a hundred thousand messages in no time.
CMOCKA_MESSAGE_OUTPUT=tap exec "${BUILD:-build/test}/long/store_likenesses"
