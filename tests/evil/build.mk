# tests/evil - a generator of signed bundles that nobody must install; linked from the project's own writers.
tests/evil.parts := evil build tools entries tar index frames manifests signatures containers

$(out)/tests/evil/evil: $(tests/evil.parts:%=$(out)/native/tests/evil/%.o) $(call objects,native,keys keys.bundler manifest manifest.bundler)
	@echo '  link    $@' && mkdir -p $(@D) && $(CC) $(CFLAGS) $(sanitize) -pie -o $@ $^ $(libs)
# Without sanitizers: it is loaded into programs that have them already.
$(out)/tests/evil/clock.so: tests/evil/clock.c
	@echo '  link    $@' && mkdir -p $(@D) && $(CC) $(filter-out -MMD -MP,$(flags)) -O2 -fPIC -shared -o $@ $<
