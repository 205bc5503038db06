# The same words as ./run, for people who type make; nothing here that ./run cannot do.
.PHONY: demo test soak bench lint contracts configuration ci

demo: ; ./run demo
test: ; ./run test
soak: ; ./run soak
bench: ; ./run bench
lint: ; ./run lint
contracts: ; ./run contracts
configuration: ; ./run configuration
ci: ; bash .ci/run
