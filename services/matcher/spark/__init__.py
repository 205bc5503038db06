"""The same linkage on Apache Spark: what is brought together is brought together by joins, what is decided is decided
by the functions of `matcher.linkage`, and the links are the same to the last bit (docs/decisions/0136)."""
