"""What is known on one day, as every part of the scene looks at it."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from matcher.frames import COVERAGE, FACT, conform
from matcher.screens.columns.settings import TRUSTED_GRADES
from matcher.screens.parameters import Parameters

# A fact past its last day counts no more, but for kinds whose end is what is asked about: their screens look at it.
LASTING = frozenset({
    "disability-card",  # a lapsed card is a screen of its own
    "card-differs", "identity-differs",  # what a row says against itself stays so
    "payout", "payout-peak", "account-peak", "account-change", "unowed-payment",  # payments of the past
    "reserve-payment", "temporary-aid", "exit", "mass-exit",
    "custodian", "phase-out", "application", "placement-wish", "self-care", "self-care-change",  # what became overdue
})  # fmt: skip


@dataclass(frozen=True)
class Known:
    """`coverage` (COVERAGE); `facts`: FACT that began by the day and has not ended (but for LASTING), and `record`;
    `trusted`: those of a trusted link."""

    coverage: pl.DataFrame
    facts: pl.DataFrame
    trusted: pl.DataFrame
    as_of: date
    parameters: Parameters

    @classmethod
    def of(cls, coverage: pl.DataFrame, facts: pl.DataFrame, as_of: date, parameters: Parameters) -> "Known":
        """From frames of shape COVERAGE and FACT."""
        begun = pl.col("valid_from").is_null() | (pl.col("valid_from") <= as_of)
        holds = pl.col("valid_to").is_null() | (pl.col("valid_to") >= as_of) | pl.col("kind").is_in(list(LASTING))
        known = conform(facts, FACT).filter(begun & holds)
        known = known.with_columns(record=pl.col("batch_id") + ":" + pl.col("line").cast(pl.String))
        trusted = known.filter(pl.col("grade").is_in(list(TRUSTED_GRADES.of(parameters))))
        return cls(conform(coverage, COVERAGE), known, trusted, as_of, parameters)

    def of_kind(self, *kinds: str) -> pl.DataFrame:
        """The trusted facts of these kinds."""
        return self.trusted.filter(pl.col("kind").is_in(list(kinds)))


def distinct(records: pl.Expr) -> pl.Expr:
    """Of a group its records, each once."""
    return records.drop_nulls().unique(maintain_order=True)
