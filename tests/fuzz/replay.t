#!/bin/sh
# Each corpus once through its fuzz target, under ASan and UBSan.
BUILD=${BUILD-build/asan}
count=0
for fuzzer in "$BUILD"/fuzz/*; do
	[ -x "$fuzzer" ] || continue
	name=${fuzzer##*/}
	count=$((count + 1))
	if [ -z "$(find "tests/fuzz/corpus/$name" -type f 2>/dev/null)" ]; then
		echo "not ok $count - $name has a corpus"
	elif said=$(find "tests/fuzz/corpus/$name" -type f |
		sort | xargs "$fuzzer" 2>&1); then
		echo "ok $count - $name: $said"
	else
		echo "not ok $count - $name"
		printf '%s\n' "$said" | sed 's/^/# /' | tail -n 40
	fi
done
[ "$count" -gt 0 ] || echo "not ok 1 - there are no fuzz targets in $BUILD"
echo "1..$count"
