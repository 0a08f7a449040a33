# psirtd: build, test, install.  GNU make and pkg-config; see HACKING.
#
#	make              the programs, in build/release
#	make demo         the whole way on this machine, in a minute
#	make check        every test; also installs what is missing
#
# VARIANT names a build beside the others: release, test (release and the test
# clock and fault points), asan (test under ASan and UBSan), fuzz.

VERSION = 0.1
VARIANT ?= release
B = build/$(VARIANT)

PREFIX ?= /usr
SYSCONFDIR ?= /etc
LIBEXECDIR ?= $(PREFIX)/libexec/psirtd
DATADIR ?= $(PREFIX)/share/psirtd
MANDIR ?= $(PREFIX)/share/man

LAYERS = base mail crypto rules cases store letters daemon ctl

ifeq ($(origin CC),default)
CC = gcc
endif
# V=1 shows the commands.
Q = $(if $(V),,@)
say = $(if $(V),,@echo "  $(1) $(2)")
WARNINGS = -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wwrite-strings -Wconversion \
	-Wno-sign-conversion -Wundef -Wpointer-arith
HARDENING = -fstack-protector-strong -fPIE -fno-plt
PKG_CFLAGS := $(shell pkg-config --cflags gpgme libxml-2.0 2>/dev/null)
CPPFLAGS_ALL = -D_GNU_SOURCE -Isrc -include src/base/banned.h \
	-DGPG_AGENT='"/usr/bin/gpg-agent"' -DGPG='"/usr/bin/gpg"' \
	-DPSIRTD_CONF='"$(SYSCONFDIR)/psirtd/psirtd.conf"' \
	-DPSIRTD_VERSION='"$(VERSION)"' -DPSIRTD_LIBEXECDIR='"$(LIBEXECDIR)"' \
	$(PKG_CFLAGS)
CFLAGS ?= -O2 -g
CFLAGS_ALL = -std=gnu17 $(WARNINGS) $(HARDENING) $(CFLAGS) $(VARIANT_FLAGS)
LDFLAGS_ALL = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(VARIANT_LDFLAGS) \
	$(LDFLAGS)

FORTIFY = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
VARIANT_FLAGS_release = $(FORTIFY)
VARIANT_FLAGS_test = $(FORTIFY) -DPSIRTD_TEST
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
VARIANT_FLAGS_asan = $(SANITIZE) -DPSIRTD_TEST -O1
VARIANT_LDFLAGS_asan = $(SANITIZE)
VARIANT_FLAGS_fuzz = $(SANITIZE) -fsanitize=fuzzer-no-link -O1
VARIANT_LDFLAGS_fuzz = $(SANITIZE)
VARIANT_FLAGS = $(VARIANT_FLAGS_$(VARIANT))
VARIANT_LDFLAGS = $(VARIANT_LDFLAGS_$(VARIANT))

# What each layer's own third-party library needs at link time.  libetpan's
# own flags switch position-independent executables off: name it by hand.
LIBS_base = -liniparser -lgcrypt -lgpg-error -ljansson
LIBS_mail = -letpan -lxml2
LIBS_crypto = -lgpgme -lassuan -lgpg-error -lcrypto
LIBS_rules = -lpcre2-8
LIBS_store = -lsqlite3
LIBS_daemon = -lesmtp -lidn2 -lmilter -lseccomp

layer_sources = $(sort $(wildcard src/$(1)/*.c))
layer_objects = $(patsubst src/%.c,$(B)/obj/%.o,$(call layer_sources,$(1)))
archive = $(B)/lib/lib$(1).a
# A layer and those below it, the upper first: what a linker wants.
upto = $(call reverse,$(call take_upto,$(1),$(LAYERS)))
reverse = $(if $(1),$(call reverse,$(wordlist 2,99,$(1))) $(firstword $(1)))
take_upto = $(firstword $(2)) $(if $(filter $(1),$(firstword $(2))),,\
	$(call take_upto,$(1),$(wordlist 2,99,$(2))))
archives_upto = $(foreach l,$(call upto,$(1)),$(call archive,$(l)))
libs_upto = $(foreach l,$(call upto,$(1)),$(LIBS_$(l)))

# psirtd-* are started by the others, and lie in libexec.
HELPERS = psirtd-reader psirtd-cms
LINKED = psirtd psirtctl $(HELPERS)
PROGRAMS = $(addprefix $(B)/,$(LINKED) psirtd-confine)

all: $(PROGRAMS)

$(B)/obj/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(CPPFLAGS) -MMD -MP -c -o $@ $<

define layer_rule
$(call archive,$(1)): $(call layer_objects,$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(call say,AR,$$@)
	$$(Q)ar rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer_rule,$(l))))

# The helper that GPGME is told is gpg: a link to psirtd-confine.  It starts at
# each operation, so nothing is left to be looked up; nor does it want ASan.
$(B)/psirtd-confine: SANITIZE =
$(B)/psirtd-confine: $(B)/obj/confine.o
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -static-pie -o $@ $<
	@mkdir -p $(B)/libexec
	$(Q)ln -sf ../psirtd-confine $(B)/libexec/gpg

$(addprefix $(B)/,$(LINKED)): $(B)/%: $(B)/obj/%.o \
		$(call archives_upto,$(lastword $(LAYERS)))
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ \
		$(call libs_upto,$(lastword $(LAYERS)))
	@mkdir -p $(B)/libexec
	$(Q)ln -sf $(addprefix ../,$(HELPERS)) $(B)/libexec

# --- tests ---

# tests/unit/LAYER_SUBJECT.c links LAYER and what is below it, no more.
UNIT = $(patsubst tests/unit/%.c,$(B)/unit/%,$(sort $(wildcard tests/unit/*.c)))
layer_of = $(firstword $(subst _, ,$(notdir $(1))))

unit: $(UNIT)

# tests/long/LAYER_SUBJECT.c likewise: what runs for longer.
LONG = $(patsubst tests/long/%.c,$(B)/long/%,$(sort $(wildcard tests/long/*.c)))
long: $(LONG)

define link_test
@mkdir -p $(@D)
$(call say,LD,$@)
$(Q)$(CC) $(CPPFLAGS_ALL) -Itests/unit $(CFLAGS_ALL) $(CPPFLAGS) \
	$(LDFLAGS_ALL) -MMD -MP -MF $@.d -o $@ $< \
	$(call archives_upto,$(call layer_of,$*)) -lcmocka \
	$(call libs_upto,$(call layer_of,$*))
endef

.SECONDEXPANSION:
$(B)/unit/%: tests/unit/%.c Makefile \
		$$(call archives_upto,$$(call layer_of,$$*))
	$(link_test)
$(B)/long/%: tests/long/%.c Makefile \
		$$(call archives_upto,$$(call layer_of,$$*))
	$(link_test)

# Fuzz targets: under libFuzzer in the fuzz variant, else they replay corpora.
FUZZ = $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,\
	$(filter-out tests/fuzz/replay.c,$(sort $(wildcard tests/fuzz/*.c))))
FUZZ_MAIN = $(if $(filter fuzz,$(VARIANT)),,tests/fuzz/replay.c)
FUZZ_FLAGS = $(if $(filter fuzz,$(VARIANT)),-fsanitize=fuzzer)
ALL_ARCHIVES = $(call archives_upto,$(lastword $(LAYERS)))

fuzzers: $(FUZZ)

$(B)/fuzz/%: tests/fuzz/%.c $(FUZZ_MAIN) Makefile $(ALL_ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) $(FUZZ_FLAGS) \
		-o $@ $< $(FUZZ_MAIN) $(ALL_ARCHIVES) \
		$(call libs_upto,$(lastword $(LAYERS)))

# Everything, on the project's own fixtures.  First as it is shipped (but for
# the test clock and the fault points), then under ASan and UBSan; in both the
# sandbox is in force.
# Postfix starts its daemons as several users, so end to end means as root.
PROVE = CMOCKA_MESSAGE_OUTPUT=tap prove -j2 --timer
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo -n) env
units_of = $$(find build/$(1)/unit -maxdepth 1 -type f -perm -u+x | sort)
E2E = $(sort $(wildcard tests/e2e/*.t))
ASAN_UNIT = ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
ASAN_E2E = ASAN_OPTIONS=detect_leaks=0:hard_rss_limit_mb=1024 \
	UBSAN_OPTIONS=print_stacktrace=1

check: deps-check
	$(Q)$(MAKE) --no-print-directory VARIANT=release all
	$(Q)$(MAKE) --no-print-directory VARIANT=test all unit
	$(Q)$(MAKE) --no-print-directory VARIANT=asan all unit fuzzers
	$(Q)tests/lib/fixtures build/fixtures
	$(PROVE) $(call units_of,test)
	$(PROVE) tests/lint
	$(AS_ROOT) BUILD=build/test $(PROVE) $(E2E)
	$(ASAN_UNIT) $(PROVE) $(call units_of,asan)
	$(ASAN_UNIT) BUILD=build/asan $(PROVE) tests/fuzz
	$(AS_ROOT) $(ASAN_E2E) BUILD=build/asan $(PROVE) $(E2E)

# Mails that others wrote: CORPORA is a directory of them.
CORPORA ?= ../shared/corpora
check-corpora: deps-check
	$(Q)$(MAKE) --no-print-directory VARIANT=test all
	$(Q)tests/lib/fixtures build/fixtures
	$(AS_ROOT) BUILD=build/test CORPORA=$(CORPORA) prove -v tests/corpora

# What takes longer.
check-long: deps-check
	$(Q)$(MAKE) --no-print-directory VARIANT=test all long
	$(Q)tests/lib/fixtures build/fixtures
	$(AS_ROOT) BUILD=build/test prove -v --timer tests/long

bench: deps-bench
	$(Q)$(MAKE) --no-print-directory VARIANT=release all bench-programs
	$(Q)tests/lib/fixtures build/fixtures
	$(AS_ROOT) BUILD=build/release tests/bench/reports
	$(AS_ROOT) BUILD=build/release tests/bench/intake

BENCH = $(B)/bench/floor $(B)/bench/past
bench-programs: $(BENCH)
$(B)/bench/%: tests/bench/%.c Makefile $(call archives_upto,store)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< \
		$(call archives_upto,store) $(call libs_upto,store)

bench-hints: deps
	$(Q)$(MAKE) --no-print-directory VARIANT=release all
	tests/bench/hints --psirtctl build/release/psirtctl \
		$(CORPORA)/reports/dev.jsonl

# Each target for TIME seconds; the corpora grow in build/corpus.
TIME ?= 60
fuzz: deps-fuzz
	$(Q)$(MAKE) --no-print-directory VARIANT=fuzz CC=clang fuzzers
	tests/fuzz/run build/fuzz/fuzz build/corpus $(TIME)

lint: deps-check
	$(Q)$(MAKE) --no-print-directory VARIANT=release all
	$(Q)$(MAKE) --no-print-directory VARIANT=test all
	prove tests/lint
	cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr \
		--enable=warning,portability --suppress=missingIncludeSystem \
		--suppress=unknownMacro --suppress=ctuuninitvar -Isrc $(addprefix src/,$(LAYERS)) \
		$(patsubst %,src/%.c,$(LINKED)) src/confine.c

demo: deps-demo
	$(Q)$(MAKE) --no-print-directory VARIANT=release all
	$(Q)BUILD=build/release contrib/demo

# --- dependencies, installation, packages ---

deps:
	$(Q)contrib/deps build
deps-%:
	$(Q)contrib/deps $*

SYSTEMD = $(DESTDIR)$(PREFIX)/lib
install: all
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/bin \
		$(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(DATADIR)/rules \
		$(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5 \
		$(DESTDIR)$(MANDIR)/man7 $(DESTDIR)$(MANDIR)/man8 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(SYSTEMD)/systemd/system \
		$(SYSTEMD)/sysusers.d $(SYSTEMD)/tmpfiles.d
	install $(B)/psirtd $(DESTDIR)$(PREFIX)/sbin/psirtd
	install $(B)/psirtctl $(DESTDIR)$(PREFIX)/bin/psirtctl
	install $(B)/psirtd-confine $(DESTDIR)$(LIBEXECDIR)/psirtd-confine
	install $(addprefix $(B)/,$(HELPERS)) $(DESTDIR)$(LIBEXECDIR)
	ln -sf psirtd-confine $(DESTDIR)$(LIBEXECDIR)/gpg
	install -m 644 rules/*.rules $(DESTDIR)$(DATADIR)/rules
	for l in $(notdir $(wildcard templates/*)); do \
		install -d $(DESTDIR)$(DATADIR)/templates/$$l && \
		install -m 644 templates/$$l/*.txt \
			$(DESTDIR)$(DATADIR)/templates/$$l || exit 1; \
	done
	for s in 1 5 7 8; do \
		install -m 644 man/*.$$s $(DESTDIR)$(MANDIR)/man$$s || exit 1; \
	done
	install -m 644 contrib/completion/psirtctl \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/psirtctl
	install -m 644 contrib/systemd/*.service $(SYSTEMD)/systemd/system
	install -m 644 contrib/systemd/sysusers.conf \
		$(SYSTEMD)/sysusers.d/psirtd.conf
	install -m 644 contrib/systemd/tmpfiles.conf \
		$(SYSTEMD)/tmpfiles.d/psirtd.conf

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/psirtd $(DESTDIR)$(PREFIX)/bin/psirtctl
	rm -rf $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(DATADIR)
	rm -f $(foreach m,$(notdir $(wildcard man/*)),\
		$(DESTDIR)$(MANDIR)/man$(lastword $(subst ., ,$(m)))/$(m))
	rm -f $(addprefix $(SYSTEMD)/systemd/system/,\
		$(notdir $(wildcard contrib/systemd/*.service)))
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/psirtctl
	rm -f $(SYSTEMD)/sysusers.d/psirtd.conf \
		$(SYSTEMD)/tmpfiles.d/psirtd.conf

DIST = psirtd-$(VERSION)
dist:
	@mkdir -p build
	git archive --prefix=$(DIST)/ -o build/$(DIST).tar.gz HEAD

deb: deps-deb dist
	rm -rf build/deb
	mkdir -p build/deb
	cp build/$(DIST).tar.gz build/deb/psirtd_$(VERSION).orig.tar.gz
	tar -xzf build/$(DIST).tar.gz -C build/deb
	cp -R build/deb/$(DIST)/contrib/debian build/deb/$(DIST)/debian
	cd build/deb/$(DIST) && dpkg-buildpackage -us -uc -b
	lintian --fail-on error build/deb/*.changes

clean:
	rm -rf build

.PHONY: all unit long fuzzers check check-corpora check-long bench bench-programs \
	bench-hints fuzz lint demo deps install uninstall dist deb clean
.DELETE_ON_ERROR:

-include $(shell find $(B) -name '*.d' 2>/dev/null)
