# tests/evil - a generator of signed bundles that nobody must install; linked from the project's own writers.
tests/evil.parts := evil build tools entries tar index frames manifests signatures containers

$(out)/tests/evil/evil: $(tests/evil.parts:%=$(out)/native/tests/evil/%.o) $(call objects,native,keys keys.bundler manifest manifest.bundler)
	@echo '  link    $@' && mkdir -p $(@D) && $(CC) $(CFLAGS) $(sanitize) -pie -o $@ $^ $(libs)
$(out)/tests/evil/clock.so: $(out)/native/tests/evil/clock.o
	@echo '  link    $@' && mkdir -p $(@D) && $(CC) $(CFLAGS) -shared -o $@ $^
