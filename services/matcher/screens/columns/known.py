"""What is known on one day, as every part of the scene looks at it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import polars as pl

from matcher.frames import COVERAGE, FACT, conform
from matcher.screens.columns.settings import TRUSTED_GRADES
from matcher.screens.parameters import Parameters

COVERED = "coverage"  # stands among the kinds of facts for coverage by any programme

# A fact past its last day counts no more, but for kinds whose end is what is asked about: their screens look at it.
LASTING = frozenset({
    "disability-card",  # a lapsed card is a screen of its own
    "card-differs", "identity-differs",  # what a row says against itself stays so
    "payout", "payout-peak", "account-peak", "account-change", "unowed-payment",  # payments of the past
    "reserve-payment", "temporary-aid", "exit", "mass-exit",
    "exempt",  # whom a policy spared, once it ended
    "disability-subsidy",  # paid to the end of its month
    "care-agreement",  # what ended, and when, is told
    "custodian", "phase-out", "application", "placement-wish", "self-care", "self-care-change",  # what became overdue
})  # fmt: skip


@dataclass(frozen=True)
class Known:
    """`coverage` (COVERAGE, and `paused`: since when it is suspended on the day); `now`: of it what holds on the day;
    `facts`: FACT that began by the day and has not ended (but for LASTING), and `record`;
    `trusted`: those of a trusted link; `coming`: trusted ones that begin later, for what is agreed already; `kinds`:
    every kind of fact and programme of coverage that anybody ever told, of whomever; `here`: the kinds of these facts,
    and COVERED where there is coverage."""

    coverage: pl.DataFrame
    now: pl.DataFrame
    facts: pl.DataFrame
    trusted: pl.DataFrame
    coming: pl.DataFrame
    kinds: frozenset[str]
    here: frozenset[str]
    as_of: date
    parameters: Parameters

    @classmethod
    def of(
        cls,
        coverage: pl.DataFrame,
        facts: pl.DataFrame,
        as_of: date,
        parameters: Parameters,
        kinds: frozenset[str] | None = None,
    ) -> "Known":
        """From frames of shape COVERAGE and FACT. `kinds`: where these frames are but a part of what is known."""
        begun = pl.col("valid_from").is_null() | (pl.col("valid_from") <= as_of)
        holds = pl.col("valid_to").is_null() | (pl.col("valid_to") >= as_of) | pl.col("kind").is_in(list(LASTING))
        told = conform(facts, FACT).with_columns(record=pl.col("batch_id") + ":" + pl.col("line").cast(pl.String))
        known = told.filter(begun & holds)
        believed = pl.col("grade").is_in(list(TRUSTED_GRADES.of(parameters)))
        coming = told.filter(believed & ~begun)
        told_here = frozenset(told["kind"].unique().drop_nulls())
        covered = conform(coverage, COVERAGE).with_columns(paused=paused(as_of))
        every = kinds_told(covered, told) if kinds is None else kinds
        here = told_here | {COVERED} if covered.height else told_here
        now = on_day(covered, as_of)
        return cls(covered, now, known, known.filter(believed), coming, every, here, as_of, parameters)

    def of_kind(self, *kinds: str) -> pl.DataFrame:
        """The trusted facts of these kinds."""
        return self.trusted.filter(pl.col("kind").is_in(list(kinds)))

    def at_hand(self, kinds: Collection[str]) -> bool:
        """Whether these people have any of these kinds, COVERED among them; always where none is named."""
        return not kinds or not self.here.isdisjoint(kinds)

    def told(self, *kinds: str) -> bool:
        """Whether anybody ever told one of these, of whomever: else nobody can be found to lack one."""
        return not self.kinds.isdisjoint(kinds)


def kinds_told(coverage: pl.DataFrame, facts: pl.DataFrame) -> frozenset[str]:
    """The kinds of facts and the programmes in frames of shape COVERAGE and FACT."""
    return frozenset(facts["kind"].drop_nulls().unique()) | frozenset(coverage["programme"].drop_nulls().unique())


def on_day(coverage: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Coverage that holds on the day: from its start to the end of the month in which it ends."""
    last = pl.col("end").dt.month_end()
    return coverage.filter(
        (pl.col("start").is_null() | (pl.col("start") <= as_of)) & (last.is_null() | (as_of <= last))
    )


def paused(as_of: date) -> pl.Expr:
    """Of COVERAGE the suspensions that hold on the day; null where there is none."""
    one = pl.element().struct
    holds = (one.field("start") <= as_of) & (one.field("end").is_null() | (as_of <= one.field("end")))
    since = pl.col("suspensions").list.eval(pl.when(holds).then(one.field("start")))
    return since.list.max()


def distinct(records: pl.Expr) -> pl.Expr:
    """Of a group its records, each once."""
    return records.drop_nulls().unique(maintain_order=True)
