# tests - units are programs that mirror a module: tests/unit/FOLDER/MODULE.c; scenarios are stories in shell.
unit.manifest  := $(basename $(notdir $(wildcard tests/unit/manifest/*.c)))
unit.keys      := $(basename $(notdir $(wildcard tests/unit/keys/*.c)))
unit.bundler   := $(basename $(notdir $(wildcard tests/unit/bundler/*.c)))
unit.installer := $(basename $(notdir $(wildcard tests/unit/installer/*.c)))

# What a folder's tests are linked with: the folder and all below it, without its main.
beside.manifest  := $(call objects,native,manifest manifest.bundler)
beside.keys      := $(call objects,native,keys keys.bundler) $(beside.manifest)
beside.host      := $(call objects,native,installer.host) $(beside.keys)
beside.bundler   := $(filter-out %/main.o,$(call objects,native,bundler)) $(beside.host)
beside.installer := $(filter-out %/main.o,$(call objects,native,installer)) $(beside.host)

define unit
units += $(out)/tests/$(1)/$(2)
$(out)/tests/$(1)/$(2): $(out)/native/tests/unit/$(1)/$(2).o $(beside.$(1))
	@echo '  link    $$@' && mkdir -p $$(@D) && $(CC) $(CFLAGS) $(sanitize) -pie -o $$@ $$^ $$(libs) -lcmocka
endef
$(foreach f,manifest keys bundler installer,$(foreach t,$(unit.$(f)),$(eval $(call unit,$(f),$(t)))))

include tests/coverage/build.mk tests/evil/build.mk tests/fuzz/build.mk tests/powercut/build.mk tests/sweep/build.mk

# What scenarios run: the programs of this flavour.
programs = WAYBILL=$(abspath $(out)/waybill) \
           EVIL=$(abspath $(out)/tests/evil/evil) \
           PEAK=$(abspath $(out)/tests/peak) \
           CLOCK_OF=$(abspath $(out)/tests/evil/clock.so) \
           INSTALL=$(abspath $(out)/waybill-install)

# Without counters and sanitizers: it measures what others take.
$(out)/tests/peak $(out)/tests/no-exchange: $(out)/tests/%: tests/%.c
	@echo '  link    $@' && mkdir -p $(@D) && $(CC) $(filter-out -MMD -MP,$(flags)) -O2 -static -o $@ $<

# One generator of JSON Schemas per program: both know the shapes of their documents.
schemas := $(foreach p,bundler installer,$(out)/tests/schemas/$(p))
define schema
$(out)/tests/schemas/$(1): $(out)/native/tests/schemas/$(1).o $(out)/native/tests/schemas/schema.o $(beside.$(1))
	@echo '  link    $$@' && mkdir -p $$(@D) && $(CC) $(CFLAGS) $(sanitize) -pie -o $$@ $$^ $$(libs)
endef
$(foreach p,bundler installer,$(eval $(call schema,$(p))))
$(unit.bundler:%=$(out)/tests/bundler/%) $(out)/tests/schemas/bundler: libs += -lcurl

# What runs on several threads, as ThreadSanitizer wants it compiled: a flavour of its own.
watched       := -fsanitize=thread
threads.tests := $(addprefix $(out)/threads/unit/,manifest/base_pool bundler/scan)
threads       := $(out)/threads/waybill $(out)/threads/waybill-install $(threads.tests)
threads.below := $(filter-out %/main.o,$(call objects,threads,bundler installer.host keys keys.bundler manifest manifest.bundler))

$(out)/threads/waybill: $(out)/threads/bundler/main.o $(threads.below)
$(out)/threads/waybill-install: $(call objects,threads,installer installer.host keys manifest)
$(threads.tests): $(out)/threads/unit/%: $(out)/threads/tests/unit/%.o $(threads.below)
$(threads.tests): libs += -lcmocka
$(filter-out %-install,$(threads)): libs += -lcurl
$(threads):
	@echo '  link    $@' && mkdir -p $(@D) && $(CC) $(CFLAGS) $(watched) -pie -o $@ $^ $(libs)
$(out)/threads/%.o: %.c
	@echo '  compile $< (threads)' && mkdir -p $(@D) && $(CC) $(flags) $(CFLAGS) $(watched) -fPIE -c -o $@ $<

beside.stories := $(out)/tests/evil/evil $(out)/tests/evil/clock.so $(out)/tests/peak $(out)/native/waybill-install
tests: $(units) $(schemas) $(fuzz.replays) $(beside.stories) ## builds what check runs
check: check-units check-scenarios check-json check-fuzz check-shape ## every test; SANITIZE=1: with ASan and UBSan; CC=clang: by clang
# Sanitizers look at what reads bytes of strangers; the rest of the stories is about steps and time.
stories = $(if $(SANITIZE),$(wildcard $(addprefix tests/scenario/,apply.sh carry.sh damage.sh evil.sh hostile-reads.sh mend.sh rollback.sh torn.sh volumes.sh)))
check-units: $(units)
	@for t in $^; do echo "== $$t"; $$t || exit 1; done
check-scenarios: all $(beside.stories)
	@$(programs) tests/run.sh $(stories)
check-json: all $(schemas)
	@$(programs) SCHEMAS=$(abspath $(out)/tests/schemas) tests/json.sh
check-fuzz: $(fuzz.replays)
	@for t in $^; do $$t || exit 1; done
check-shape: all
	@tests/architecture.sh && tests/shape.sh && tests/field-failures.sh && tests/threat-model.sh && $(programs) tests/help.sh
check-threads: $(threads) ## several threads at work, by ThreadSanitizer
	@WAYBILL=$(abspath $(out)/threads/waybill) INSTALL=$(abspath $(out)/threads/waybill-install) \
	  UNITS="$(abspath $(threads.tests))" tests/threads.sh
check-machines: all installers $(out)/tests/no-exchange ## the installer of each machine, by qemu in an empty root (root, .ci/deps.sh cross); OpenClaw once demo-openclaw built it
	@OPENCLAW=$(abspath out/openclaw/demo) NO_EXCHANGE=$(abspath $(out)/tests/no-exchange) WAYBILL=$(abspath $(out)/waybill) INSTALL=$(abspath $(out)/waybill-install) tests/machines.sh $(abspath $(out)/waybill-install $(machines:%=$(out)/waybill-install-%))
check-fat: all ## a stick with a real FAT file system, in a machine that qemu emulates (.ci/deps.sh fat; FULL=1: 4 GiB)
	@$(programs) tests/fat.sh $(abspath $(out)/fat)
check-memory: $(out)/waybill $(out)/native/waybill-install ## the commands under valgrind
	@WAYBILL=$(abspath $(out)/waybill) INSTALL=$(abspath $(out)/native/waybill-install) tests/memory.sh
check-longlife: all $(out)/tests/peak ## 400 acts in a row on one node, 100 pairs of installers at once
	@FULL=1 $(programs) tests/run.sh tests/scenario/long-life.sh
check-nodes: all ## stories on machines with a real systemd (root, .ci/deps.sh nodes; PARTS=n: n eighths); with OpenClaw once demo-openclaw built it
	@why=$$(tests/node/node.sh possible) || { echo "check-nodes: skipped: $$why"; exit 0; } && \
	  export JOBS=$${JOBS:-$$(($$(nproc) + 1))} && $(programs) tests/run.sh $$(grep -lx finish tests/node/*.sh) # they wait more than they work
check-powercut: all $(powercut) $(out)/tests/powercut/unflushed.so $(out)/native/waybill-install ## power cuts at every write of a disk (root); SAMPLE=n: at n of each
	@$(programs) DISK=$(abspath $(out)/tests/powercut/disk) CUT=$(abspath $(out)/tests/powercut/cut) \
	  UNFLUSHED=$(abspath $(out)/tests/powercut/unflushed.so) NATIVE=$(abspath $(out)/native/waybill-install) tests/powercut/run.sh
bench: all ## ratios to peers and peak memory, measured here and now
	@$(programs) tests/bench.sh
demo: all ## the whole job on an embedded sample, every step visible
	@$(programs) tests/demo.sh
demo-openclaw: all ## the whole job on the real OpenClaw, built from npm
	@.ci/deps.sh openclaw && tests/openclaw/demo.sh $(abspath $(out)/waybill) $(abspath $(out)/waybill-install) $(abspath out/openclaw)
check-natives: $(out)/tests/installer/host_bits_real ## the native files of the real OpenClaw against readelf and friends (after demo-openclaw)
	@UNIT=$(abspath $<) tests/openclaw/natives.sh out/openclaw || [ $$? = 77 ]
.PHONY: bench tests check check-fat check-natives check-units check-scenarios check-json check-fuzz check-longlife check-machines check-memory check-nodes check-powercut check-shape check-threads demo demo-openclaw
