# The same words as ./run, for people who type make; nothing here that ./run cannot do.
.PHONY: demo test soak bench lint contracts configuration audit bundle ci

demo: ; ./run demo
test: ; ./run test
soak: ; ./run soak
bench: ; ./run bench
lint: ; ./run lint
contracts: ; ./run contracts
configuration: ; ./run configuration
audit: ; ./run dependencies
bundle: ; ./run bundle
ci: ; bash .ci/run
