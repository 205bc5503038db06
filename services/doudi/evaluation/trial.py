"""How good a trial's leads.csv is: who should have been listed, who was, and what the number alone would have done."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from doudi.evaluation.county_folder import AS_OF, CountyFolder, read_county

UNCOVERED = "uncovered-at-risk"
DEAD = "covered-but-dead"
# The screens the invented counties have a truth for. What others find (a dead breadwinner's family) is neither right
# nor wrong by it.
UNCOVERED_SCREENS = (
    *("uncovered-severe-disability", "uncovered-serious-illness"),
    *("uncovered-monitored", "uncovered-monitored-incapable"),
)
# The four the county's truth is told by: what has to be so of a person by truth_people.csv, and what must not be.
TRUTH_OF_SCREENS = {
    "uncovered-severe-disability": (("severe_disability",), ("covered", "dead")),
    "uncovered-serious-illness": (("serious_illness",), ("covered", "dead")),
    "uncovered-monitored": (("monitored",), ("covered", "dead")),
    DEAD: (("covered", "dead"), ()),
}
X_LIKE = "[xｘＸ×*χ]$"


@dataclass(frozen=True)
class ListScore:
    """A list of people against those expected: counts, so that counties can be pooled."""

    expected: int
    found: int  # of the expected
    entries: int  # of the list; an entry whose rows belong to nobody in particular counts as wrong
    right: int  # entries whose person is expected

    @property
    def recall(self) -> float:
        """Share of the expected who are listed."""
        return self.found / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        """Share of the entries that belong there."""
        return self.right / self.entries if self.entries else 1.0


@dataclass(frozen=True)
class TrialScore:
    """The figures a trial is accepted by."""

    uncovered: ListScore
    baseline: ListScore  # the same by a join on the number alone
    dead: ListScore  # every covered person who died
    dead_sound: ListScore  # those whose number stands soundly in the registry and on a death certificate
    leads: int
    people: int  # distinct persons behind the leads
    listed_twice: int  # of them, with more than one lead
    missed: tuple[int, ...]  # expected uncovered persons not listed
    wrong: tuple[int, ...]  # persons listed as uncovered who are not expected

    @property
    def twice_per_thousand(self) -> float:
        """Listed twice, per thousand people listed."""
        return 1000 * self.listed_twice / self.people if self.people else 0.0


def evaluate_trial(
    leads_csv: Path, county_folder: Path, as_of: date = AS_OF, answered: Collection[int] = ()
) -> TrialScore:
    """Score leads.csv against the truth files in `county_folder`, told for the day `as_of`.

    `answered` are persons a human has settled: they are expected on no list, and wrong on one, whatever is true.

    Of its columns (township, household, tier, name, id_number, screens, sources, grade, person_id) screens, ids joined
    by commas, and sources, file:line joined by |, are read.

    Leads of screens the truth says nothing of are only counted.
    A lead is about the person most of its rows belong to, the first of them at a draw.
    Raises ValueError where a source is no row of the county.
    """
    county = read_county(county_folder, as_of)
    leads = _owned(_leads(leads_csv), county)
    uncovered = leads.filter(_screened(pl.element().is_in(UNCOVERED_SCREENS)))
    dead = leads.filter(_screened(pl.element() == DEAD))
    expected, expected_dead = (_expected(county, kind) - set(answered) for kind in (UNCOVERED, DEAD))
    sound = expected_dead & _sound_numbers(county)
    listed = set(uncovered["person"].to_list())
    scored = leads.filter(_screened(pl.element().is_in([*UNCOVERED_SCREENS, DEAD])))
    times = scored.filter(pl.col("person").is_not_null()).group_by("person").len()
    return TrialScore(
        uncovered=_score(uncovered, expected),
        baseline=_score(number_join(county), expected),
        dead=_score(dead, expected_dead),
        dead_sound=_score(dead.filter(pl.col("person").is_in(list(sound))), sound),
        leads=leads.height,
        people=times.height,
        listed_twice=int((times["len"] > 1).sum()),
        missed=tuple(sorted(expected - listed)),
        wrong=tuple(sorted(one for one in listed - expected if one is not None)),
    )


def evaluate_screens(leads_csv: Path, county_folder: Path, as_of: date = AS_OF) -> dict[str, ListScore]:
    """Each of the four screens by itself: the people it lists against those it is for. Raises as `evaluate_trial`."""
    county = read_county(county_folder, as_of)
    leads = _owned(_leads(leads_csv), county)
    return {
        screen: _score(leads.filter(_screened(pl.element() == screen)), _meant(county, screen))
        for screen in TRUTH_OF_SCREENS
    }


def _meant(county: CountyFolder, screen: str) -> set[int]:
    so, not_so = TRUTH_OF_SCREENS[screen]
    told = [*(pl.col(name) == "1" for name in so), *(pl.col(name) == "0" for name in not_so)]
    return set(county.people.filter(pl.all_horizontal(told))["person"].to_list())


def _leads(path: Path) -> pl.DataFrame:
    frame = pl.read_csv(path, infer_schema=False)
    return frame.with_columns(pl.col("screens", "sources").fill_null("")).with_row_index("lead")


def _screened(test: pl.Expr) -> pl.Expr:
    return pl.col("screens").str.replace_all(" ", "").str.split(",").list.eval(test).list.any()


def _owned(leads: pl.DataFrame, county: CountyFolder) -> pl.DataFrame:
    """`leads` with `person`: whose rows stand behind it."""
    parts = (
        leads.select("lead", source=pl.col("sources").str.split("|"))
        .explode("source", empty_as_null=False)
        .filter(pl.col("source") != "")
        .with_columns(
            file=pl.col("source").str.strip_chars().str.replace(":[^:]*$", ""),
            line=pl.col("source").str.extract(r":(\d+)\s*$").cast(pl.Int32),
        )
        .with_row_index("order")
    )
    rows = parts.join(county.rows.select("file", "line", "person"), on=["file", "line"], how="left")
    strangers = rows.filter(pl.col("person").is_null())
    if strangers.height:
        raise ValueError(f"{strangers.height} sources are no row of the county, such as {strangers['source'][0]!r}")
    owner = (
        rows.group_by("lead", "person")
        .agg(pl.len().alias("rows"), pl.col("order").min())
        .sort("lead", "rows", "order", descending=[False, True, False])
        .group_by("lead", maintain_order=True)
        .first()
    )
    return leads.join(owner.select("lead", "person"), on="lead", how="left", maintain_order="left")


def _expected(county: CountyFolder, kind: str) -> set[int]:
    return set(county.people.filter(pl.col("expected") == kind)["person"].to_list())


def _score(entries: pl.DataFrame, expected: set[int]) -> ListScore:
    """`entries` has one row per listed entry and a column `person` (null where nobody's)."""
    right = entries.filter(pl.col("person").is_in(list(expected)))
    return ListScore(
        expected=len(expected), found=right["person"].n_unique(), entries=entries.height, right=right.height
    )


def _sound_numbers(county: CountyFolder) -> set[int]:
    """Persons whose own number stands both in the registry and on a death certificate (a final X in any writing)."""
    own = county.people.select("person", own="id_number")
    said = county.rows.join(own, on="person").with_columns(pl.col("number").str.replace(X_LIKE, "X"))
    right = said.filter(pl.col("number") == pl.col("own"))
    both = [set(right.filter(pl.col("file") == name)["person"].to_list()) for name in ("registry.xlsx", "deaths.csv")]
    return both[0] & both[1]


def number_join(county: CountyFolder) -> pl.DataFrame:
    """The list an office makes with a spreadsheet: at risk, and the number not among the covered nor among the dead.

    One entry per number, and one per row without a number; `person` is whom the entry is about.
    """
    away = pl.concat([county.of_kind("covered"), county.of_kind("dead")])["number"].drop_nulls()
    rows = county.at_risk().filter(~pl.col("number").is_in(away.implode()) | pl.col("number").is_null())
    entry = pl.col("number").fill_null(pl.format("{}:{}", "file", "line"))
    return rows.group_by(entry.alias("entry"), maintain_order=True).agg(pl.col("person").mode().min())


def pooled(scores: Sequence[ListScore]) -> ListScore:
    """Several counties as one."""
    return ListScore(
        expected=sum(score.expected for score in scores),
        found=sum(score.found for score in scores),
        entries=sum(score.entries for score in scores),
        right=sum(score.right for score in scores),
    )
