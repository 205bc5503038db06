"""How many links of a delivery are wrong, as far as can be told."""
