#!/bin/sh
# A million random inputs for decide(); SEED repeats a run, STEPS bounds it.
CMOCKA_MESSAGE_OUTPUT=tap exec "${BUILD:-build/test}/long/cases_simulator"
