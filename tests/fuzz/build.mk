# tests/fuzz - a target per door. `make fuzz SECONDS=60` runs each that long; $(fuzz.replays) run the corpora once.
fuzz.doors   := container manifest rows listing signature public secret profile plan act block json5 splice unit \
                site journal bits expect version artifact challenge
fuzz.replays := $(fuzz.doors:%=$(out)/tests/fuzz/%)
fuzz.parts    = $(filter-out %/main.o,$(call objects,$(1),installer installer.host)) $(call objects,$(1),keys keys.bundler manifest manifest.bundler) \
                $(addprefix $(out)/$(1)/bundler/,artifact.o challenge.o)
SECONDS      ?= 60

define fuzz
$(out)/tests/fuzz/$(1): $(out)/native/tests/fuzz/$(1).o $(addprefix $(out)/native/tests/fuzz/,start.o replay.o) $(call fuzz.parts,native)
	@echo '  link    $$@' && mkdir -p $$(@D) && $(CC) $(CFLAGS) $(sanitize) -pie -o $$@ $$^ $(libs)
out/fuzz/doors/$(1): out/fuzz/tests/fuzz/$(1).o out/fuzz/tests/fuzz/start.o $(patsubst $(out)/fuzz/%,out/fuzz/%,$(call fuzz.parts,fuzz))
	@echo '  link    $$@' && mkdir -p $$(@D) && clang -fsanitize=fuzzer,address,undefined -pie -o $$@ $$^ $(libs)
endef
$(foreach door,$(fuzz.doors),$(eval $(call fuzz,$(door))))

out/fuzz/%.o: %.c
	@echo '  compile $< (fuzz)' && mkdir -p $(@D) && clang $(flags) -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	  -fno-sanitize-recover=all -c -o $@ $<

# New inputs go to out/fuzz/found/DOOR; what breaks a door is out/fuzz/DOOR-crash-* and stops the run.
fuzz: $(patsubst %,out/fuzz/doors/%,$(or $(DOORS),$(fuzz.doors))) ## libFuzzer at every door, SECONDS each (60); DOORS="act unit": at these
	@for door in $(or $(DOORS),$(fuzz.doors)); do \
	  mkdir -p out/fuzz/found/$$door && echo "== $$door" && \
	  out/fuzz/doors/$$door -max_total_time=$(SECONDS) -timeout=10 -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1 -verbosity=0 \
	    $$(test ! -e tests/fuzz/corpus/$$door.dict || echo -dict=tests/fuzz/corpus/$$door.dict) \
	    -artifact_prefix=out/fuzz/$$door- out/fuzz/found/$$door tests/fuzz/corpus/$$door || exit 1; \
	done
.PHONY: fuzz
.SECONDARY: $(foreach door,$(fuzz.doors),out/fuzz/tests/fuzz/$(door).o)
-include $(shell find out/fuzz -name '*.d' 2>/dev/null)
