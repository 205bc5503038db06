"""What periods of support say: phase-outs, support held twice, and exits with what was assessed before (E2, E4, E5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from registry.coverage.amounts import months_later
from registry.coverage.codes import END_REASONS, word_of
from registry.coverage.rules import COVERING, EXCLUSIVE
from registry.facts.ground import FIRST_DAY, Ground, facts, periods, shaped
from registry.money.swings import Anomaly, Parameters, Period, Stretch, anomalies, before, stretches
from registry.registers.exits import Assessments, Exit, assessments, holds, labour_of

YEAR = 12  # months looked back
SOURCE = (
    pl.coalesce("source_import", "coverage_id").alias("batch_id"),
    pl.col("source_line").fill_null(0).alias("line"),
)


def phase_out(ground: Ground) -> pl.DataFrame:
    """Phase-outs of support that still runs, also one that is over while nobody ended the support."""
    until = pl.col("phase_out_until")
    months = (until.dt.year() - pl.col("phase_out_from").dt.year()) * 12 + (
        until.dt.month().cast(pl.Int64) - pl.col("phase_out_from").dt.month() + 1
    )
    runs = pl.col("end").is_null() | (pl.col("end") >= ground.day)
    found = periods(ground).filter(pl.col("phase_out_from").is_not_null() & runs)
    return shaped(
        "phase-out",
        found.select(
            "subject_id", *SOURCE, code=pl.lit("running"), count=months, valid_from="phase_out_from", valid_to=until
        ),
    )  # fmt: skip


def double_coverage(ground: Ground) -> pl.DataFrame:
    """Days on which somebody holds two programmes that exclude each other, or one in two households or counties. Each
    pair once, told of the one that began later."""
    held = periods(ground).filter(pl.col("programme").is_in(sorted(EXCLUSIVE)))
    twice = held.filter(pl.len().over("subject_id") > 1).sort("start", "coverage_id").with_row_index("at")
    pairs = twice.join(twice, on="subject_id", suffix="_other").filter(pl.col("at") < pl.col("at_other"))
    until = pl.min_horizontal("end", "end_other")
    county, other = pl.col("area").str.slice(0, 6), pl.col("area_other").str.slice(0, 6)
    differs = (
        (pl.col("programme") != pl.col("programme_other"))
        | pl.col("household_id").ne_missing(pl.col("household_id_other"))
        | (county != other)
    )
    meet = until.is_null() | (until >= pl.max_horizontal("start_other", pl.lit(FIRST_DAY)))
    found = pairs.filter(meet & differs)
    return shaped(
        "double-coverage",
        found.select(
            "subject_id",
            text="programme_other",
            code=pl.when(county != other).then(pl.lit("two-counties")).otherwise(pl.lit("same-county")),
            about=tokens(ground, "household", found["household_id_other"]),
            valid_from="start_other",
            valid_to=until,
            batch_id=pl.coalesce("source_import_other", "coverage_id_other"),
            line=pl.col("source_line_other").fill_null(0),
        ),
    )


def tokens(ground: Ground, kind: str, values: pl.Series) -> pl.Series:
    """A token for each value."""
    known = {one: ground.token(kind, one) for one in values.drop_nulls().unique()}
    return values.replace_strict(known, default=None, return_dtype=pl.String)


@dataclass(frozen=True)
class _Left:
    """Unbroken support that ended, with the row it ended with."""

    stretch: Stretch
    row: Mapping[str, Any]

    def fact(self, **told: Any) -> dict[str, Any]:
        """A row that comes from this end."""
        source = self.row["source_import"] or self.row["coverage_id"], self.row["source_line"] or 0
        return {
            "subject_id": self.stretch.person, "batch_id": source[0], "line": source[1],
            "valid_from": self.stretch.end, **told,
        }  # fmt: skip


def exits(ground: Ground) -> pl.DataFrame:
    """Support that ended within a year and was not followed by other support; `not-needed`: of whoever can work, died
    or went over to another programme there is nothing to be assessed."""
    covered = periods(ground).filter(pl.col("programme").is_in(sorted(COVERING)))
    begin = _a_year_before(ground.day)
    last = {one.stretch.person: one for one in _ended(covered)}
    running = {one.person for one in _stretches(covered) if one.end is None or one.end >= ground.day}
    left = [one for who, one in last.items() if who not in running and begin <= (one.stretch.end or begin) < ground.day]
    days = ground.settings.exit_assessment_days
    known = assessments(ground.session, ground.ring, ground.caller, [one.stretch.person for one in left], days)
    return facts("exit", (_exit(one, known) for one in left))


def _exit(one: _Left, known: Assessments) -> dict[str, Any]:
    row = one.row
    labour = labour_of(row["programme"], row["self_care"], row["ground"], row["uplift_grounds"])
    meant = Exit(row["coverage_id"], one.stretch.person, row["programme"], row["end"], row["end_reason"], labour)
    if known.lacking(meant, late=True):
        code = "unassessed"
    else:
        told = known.by_person.get(one.stretch.person, ())
        made = any(holds(said, meant, known.days, late=True) for said in told)
        code = "assessed" if made else "not-needed"
    return one.fact(text=word_of(END_REASONS, row["end_reason"]), code=code)


def _a_year_before(day: date) -> date:
    first = months_later(day, -YEAR)
    return min(
        date.fromordinal(first.toordinal() + day.day - 1), date.fromordinal(months_later(first, 1).toordinal() - 1)
    )


def _stretches(covered: pl.DataFrame) -> list[Stretch]:
    rows = covered.select("subject_id", "area", "start", "end").iter_rows()
    return stretches(Period(*row) for row in rows)


def _ended(covered: pl.DataFrame) -> Iterator[_Left]:
    """Every end of unbroken support, in order of days."""
    order = covered.sort("start", "coverage_id")
    rows = {
        (row["subject_id"], row["end"]): row for row in order.filter(pl.col("end").is_not_null()).iter_rows(named=True)
    }
    found = [one for one in _stretches(covered) if one.end is not None]
    return (_Left(one, rows[one.person, one.end]) for one in sorted(found, key=lambda one: (one.end, one.person)))


def mass_exit(ground: Ground) -> pl.DataFrame:
    """Exits of the last twelve months and this one that lie in a township's month, or on a village's day, that stands
    out (money/swings.py)."""
    month = ground.day.isoformat()[:7]
    months, told = [*before(month, YEAR), month], parameters(ground)
    since = date.fromisoformat(f"{before(months[0], told.months)[0]}-01")
    covered = periods(ground).filter(pl.col("programme").is_in(sorted(COVERING)))
    lately = [one for one in _ended(covered) if one.stretch.end and one.stretch.end >= since]
    found = [one for one in _stretches(covered) if one.end is None or one.end >= since]
    odd = [one for at in months for one in anomalies(found, at, told)]
    return facts("mass-exit", (_swing(ground, one, odd_one) for odd_one in odd for one in _within(odd_one, lately)))


def parameters(ground: Ground) -> Parameters:
    """By what a month stands out, as the settings say."""
    told = ground.settings
    return Parameters(
        told.swing_months,
        told.swing_percent,
        told.swing_least,
        told.mass_exits,
        told.mass_exit_percent,
        told.same_share_villages,
    )


def _within(odd: Anomaly, left: Sequence[_Left]) -> Iterator[_Left]:
    """The exits a finding is about."""
    for one in left:
        end, area = one.stretch.end, one.stretch.last_area
        if end is None:
            continue
        surge = odd.code == "exits-surge" and area[:9] == odd.area[:9] and end.isoformat()[:7] == odd.month
        if surge or (odd.code == "mass-exit" and area == odd.area and end == odd.day):
            yield one


def _swing(ground: Ground, one: _Left, odd: Anomaly) -> dict[str, Any]:
    surge = odd.code == "exits-surge"
    if surge:
        number = round(odd.count / odd.baseline, 3) if odd.baseline else None
    else:
        number = None if odd.per_mille is None else odd.per_mille / 1000
    return one.fact(
        text=odd.month if odd.day is None else odd.day.isoformat(),
        code="surge" if surge else "mass-day",
        number=number,
        count=odd.count,
        about=ground.token("town", odd.area[:9]),
    )
