"""The ledger of a month, frozen: numbered, hashed, signed off by another person, reported upwards; it cannot change."""
