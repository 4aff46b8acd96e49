# tests/coverage - which lines the tests reach, counted by gcc and collected by lcov. `make coverage` runs
# make again with COVERAGE=1, which is a build of its own below $(out)/coverage.

coverage: ## lines that the tests reach: a table, and pages below out/coverage; NODES=1: with check-nodes
	@tests/coverage/coverage.sh
.PHONY: coverage
