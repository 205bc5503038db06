"""What humans decided, applied to the links of one batch: a rejected pair is neither linked nor asked about again, a
confirmed one is certain, whatever the score. A row is known again by its print, in whichever delivery it stands."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import polars as pl

from matcher.settlements.prints import record_prints
from matcher.settlements.rule import CONFIRM, REJECT

HUMAN = "human"


@dataclass(frozen=True)
class Decided:
    """The pairs (record_id, person_id) decided among one batch's records; a record is given to one person at most."""

    given: pl.DataFrame
    refused: pl.DataFrame

    def allowed(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """`pairs` without those a human refused, and without any of a record a human gave to somebody."""
        allowed = pairs.join(self.refused, on=["record_id", "person_id"], how="anti", maintain_order="left")
        return allowed.join(self.given, on="record_id", how="anti", maintain_order="left")

    def links(self, found: pl.DataFrame) -> pl.DataFrame:
        """record_id, person_id, probability, grade, pattern, reason of the given pairs; the evidence is that of
        `found` (LINK), where the pair was compared."""
        compared = found.select("record_id", "person_id", "pattern")
        pairs = self.given.join(compared, on=["record_id", "person_id"], how="left", maintain_order="left")
        return pairs.select(
            "record_id",
            "person_id",
            pl.lit(1.0).alias("probability"),
            pl.lit("certain").alias("grade"),
            "pattern",
            pl.lit(HUMAN).alias("reason"),
        )


def heed(
    records: pl.DataFrame, decisions: pl.DataFrame, alive: pl.Series, macs: Callable[[Iterable[bytes]], list[str]]
) -> Decided:
    """What `decisions` (settlements.DECIDED) say of `records` (IDENTITY). `alive`: ids the registry has now; somebody
    it no longer has can be given nothing."""
    if not decisions.height:
        none = pl.DataFrame(schema={"record_id": pl.String, "person_id": pl.String})
        return Decided(none, none)
    printed = pl.DataFrame({"record_id": records["id"], "record_print": record_prints(records, macs)})
    pairs = printed.join(decisions, on="record_print", maintain_order="left")
    given = pairs.filter((pl.col("verdict") == CONFIRM) & pl.col("person_id").is_in(alive.implode()))
    refused = pairs.filter(pl.col("verdict") == REJECT)
    return Decided(given.select("record_id", "person_id"), refused.select("record_id", "person_id"))
