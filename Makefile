# The front door. Meson does the building; this installs what is missing and calls it.
#   make          build               make demo   install what building needs, build, and show a whole check; no root needed to run
#   make test     everything that CI tests: unit tests under sanitizers, fuzz corpora, scenarios
#   make scenarios   those alone, JOBS=4 at a time; FILTER=TAG, id:WORD or name:WORD takes some of them
#   make fuzz     a short run of every fuzz target (FUZZ_SECONDS=10 each)     make format, make lint, make clean
#   make bench    measurements: pxekit check beside curl, pxekit watch beside libpcap's bare loop and tshark
# Variables: BUILD, BUILD_SAN, BUILD_FUZZ (folders), MESONFLAGS (further options of meson setup), JOBS.
BUILD ?= build
BUILD_SAN ?= build-san
BUILD_FUZZ ?= build-fuzz
FUZZ_SECONDS ?= 10
JOBS ?= 4
SOURCES = $(shell git ls-files '*.c' '*.h')

.PHONY: all build san demo test unit scenarios bench fuzz format lint clean install-build install-test
.NOTPARALLEL:

all build: $(BUILD)/build.ninja
	ninja -C $(BUILD)

# Without the tests: what a user builds must not need Criterion.
$(BUILD)/build.ninja:
	meson setup $(BUILD) -Dtests=false $(MESONFLAGS)

san: $(BUILD_SAN)/build.ninja
	ninja -C $(BUILD_SAN)

$(BUILD_SAN)/build.ninja:
	meson setup $(BUILD_SAN) -Dtests=true -Doptimization=1 -Db_sanitize=address,undefined -Dwerror=true $(MESONFLAGS)

install-build:
	packaging/install.sh build

install-test:
	packaging/install.sh build test
	packaging/foreign.sh $(BUILD)/foreign

demo: install-build build
	$(BUILD)/cli/pxekit demo

test: install-test build san
	JOBS=$(JOBS) tests/all $(BUILD) $(BUILD_SAN)

unit: san
	tests/gate $(BUILD_SAN)/reports-unit tests/unit/run $(BUILD_SAN)

scenarios: build
	$(BUILD)/cli/pxekit run --no-skip -j $(JOBS) $(if $(FILTER),--filter '$(FILTER)') --artifacts $(BUILD)/scenarios scenarios

bench: build
	PXEKIT=$(BUILD)/cli/pxekit tests/bench/check-vs-curl
	BUILD=$(BUILD) tests/bench/watch-vs-tshark

$(BUILD_FUZZ)/build.ninja:
	CC=clang meson setup $(BUILD_FUZZ) -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false $(MESONFLAGS)

fuzz: $(BUILD_FUZZ)/build.ninja
	ninja -C $(BUILD_FUZZ)
	tests/fuzz/run $(BUILD_FUZZ) $(FUZZ_SECONDS)

format:
	clang-format -i $(SOURCES)

lint: san
	clang-tidy --quiet -p $(BUILD_SAN) $(filter-out tests/%,$(filter %.c,$(SOURCES)))
	git ls-files ':!tests/fuzz/corpus' | xargs grep -lE '^#!/bin/(ba)?sh' | xargs shellcheck -x -e SC2016

clean:
	rm -rf $(BUILD) $(BUILD_SAN) $(BUILD_FUZZ)
