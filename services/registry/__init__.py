"""The registry: persons, households, coverage, areas, access and the ledger of cases; a set of nouns."""
