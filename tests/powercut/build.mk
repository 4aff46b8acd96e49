# tests/powercut - a disk that remembers, what a cut leaves of it, and the mutant that never flushes.
powercut := $(addprefix $(out)/tests/powercut/,disk cut)
$(powercut): $(out)/tests/powercut/%: $(out)/native/tests/powercut/%.o
	@echo '  link    $@' && mkdir -p $(@D) && $(CC) $(CFLAGS) $(sanitize) -pie -o $@ $^
$(out)/tests/powercut/unflushed.so: $(out)/native/tests/powercut/unflushed.o
	@echo '  link    $@' && mkdir -p $(@D) && $(CC) $(CFLAGS) -shared -o $@ $^
