# tests/sweep - every system call of an act is cut short or fails once: the runner (cut), and the service that it is tried on.
tests/sweep.parts := main plan trace calls filter memory hurry

sweep := $(out)/tests/sweep/cut $(out)/tests/sweep/toy
$(out)/tests/sweep/cut: $(tests/sweep.parts:%=$(out)/native/tests/sweep/%.o)
$(out)/tests/sweep/toy: $(out)/native/tests/sweep/toy.o
$(out)/tests/sweep/toy: LDFLAGS := -static
$(sweep):
	@echo '  link    $@' && mkdir -p $(@D) && $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

check-sweep: all $(sweep) ## each system call of each command is cut short and fails, once (root; 40 minutes; SAMPLE=8: half a minute)
	@$(programs) SWEEP=$(abspath $(out)/tests/sweep) tests/sweep/sweep.sh
.PHONY: check-sweep
