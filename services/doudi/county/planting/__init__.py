"""Known cases planted into a written county, for every screen its own truth says nothing of.

The county's own people stay as they are: the planted live beside them. What no agency and no register tells (an account
changed just before a payout, support in two counties, an obligor's means) stands apart, as the facts themselves.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from doudi.county.circumstances import circumstances_of
from doudi.county.exports import Export
from doudi.county.planting import care, conduct, covered, exits, money, ordinary, uncovered
from doudi.county.planting.bed import Bed, Sown
from doudi.county.population import Population, people_of
from doudi.county.reading import MadeOf, read_exports
from doudi.county.tables import places
from doudi.county.truth import truth_from_rows, truth_rows
from doudi.county.writing import write_export, write_table

PLANTED_STREAM = 11  # keeps the planted apart from the county's own chance, whatever seed both bear
# The feed of each file beside the four every county has.
FILES = {
    "medical-settlements": "settlements.csv",
    "unemployment": "unemployment.xlsx",
    "emergencies": "emergencies.xlsx",
    "cremations": "cremations.csv",
    "police-answers": "police.csv",
    "village-slip": "village.csv",
    "disability-subsidies": "subsidies.xlsx",
    "economic-check": "economic.xlsx",
    "left-behind": "left-behind.xlsx",
    "staff-roster": "staff.xlsx",
}
PAYMENTS = "payments-planted.csv"
TRUTH, FACTS = "truth_planted.csv", "planted_facts.csv"
FAMILIES = (uncovered, covered, money, exits, care, conduct)
FACT_COLUMNS = ("kind", "text", "code", "count", "valid_from", "valid_to")
NOBODY = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class PlantedSummary:
    """What was planted: people, rows by file, and of each screen how many are to be listed and how many are not."""

    people: int
    rows: dict[str, int]
    listed: dict[str, int]
    near: dict[str, int]


def sheet_of(register: str) -> str:
    """The file of a register's entries, as its own import takes them."""
    return f"register-{register}.xlsx"


def plant_cases(folder: Path) -> PlantedSummary:
    """Plant into the county of `folder`, made by `make_county`: its files are written anew with the planted rows.

    Beside them are written the ten other feeds, registers, a payout list, planted_facts.csv (what none of these tells)
    and truth_planted.csv (person, id_number, name, screen, expected, why). The same county gets the same cases. Raises
    ValueError where the county was not made here, or has been planted already.
    """
    if (folder / TRUTH).exists():
        raise ValueError(f"{folder.name} has its planted cases already")
    made_of = MadeOf.read(folder)
    population, lives, *_ = np.random.default_rng(made_of.seed).spawn(4)
    people = people_of(population, made_of.people)
    bed = Bed(people, np.random.default_rng([made_of.seed, PLANTED_STREAM]))
    for family in FAMILIES:
        family.plant(bed)
    ordinary.plant(bed, circumstances_of(lives, people))
    files = {name: _with(export, bed.rows[name]) for name, export in read_exports(folder).items()}
    others = {name: _export(name, bed.rows[name]) for name in FILES.values()}
    for export in (*files.values(), *others.values(), *_books(bed)):
        write_export(folder, export)
    write_table(folder / "truth_rows.csv", truth_rows([*files.values(), *others.values()]))
    _write_people(folder, people, bed.sown, files, made_of)
    write_table(folder / FACTS, _facts(bed))
    truth = _truth(bed)
    write_table(folder / TRUTH, truth)
    rows = {name: len(bed.rows[name]) for name in (*files, *others)}
    return PlantedSummary(len(bed.sown), rows, _counted(truth, "yes"), _counted(truth, "no"))


def _frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    """Columns in the order they were first told; what a row does not tell is blank."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pl.DataFrame({name: [row.get(name, "") for row in rows] for name in names})


def _who(rows: list[tuple[Sown, dict[str, object]]]) -> np.ndarray:
    return np.array([who.at for who, _ in rows], dtype=np.int64)


def _with(export: Export, rows: list[tuple[Sown, dict[str, object]]]) -> Export:
    """The export with the planted rows below its own; a column only they have is blank above."""
    if not rows:
        return export
    both = pl.concat([export.rows, _frame([cells for _, cells in rows])], how="diagonal")
    total = None if export.total is None else f"合计：{both.height}人"
    texts = [name for name, kind in both.schema.items() if kind == pl.String]
    both = both.with_columns(pl.col(texts).fill_null(""))
    return replace(export, rows=both, person=np.concatenate([export.person, _who(rows)]), total=total)


def _export(name: str, rows: list[tuple[Sown, dict[str, object]]]) -> Export:
    return Export(name, _frame([cells for _, cells in rows]), _who(rows))


def _books(bed: Bed) -> list[Export]:
    """What the registry's own imports take: registers, and a payout list."""
    registers = [Export(sheet_of(name), _frame(entries), NOBODY) for name, entries in bed.entries.items()]
    return [*registers, Export(PAYMENTS, _frame(bed.payments), NOBODY)]


def _write_people(folder: Path, people: Population, sown: list[Sown], files: dict[str, Export], of: MadeOf) -> None:
    """truth_people.csv with the planted, by the same rules as everybody's."""
    before = pl.read_csv(folder / "truth_people.csv", infer_schema=False).with_columns(pl.all().fill_null(""))
    planted = pl.DataFrame(
        {
            "person": [one.at + 1 for one in sown],
            "id_number": [one.number for one in sown],
            "name": [one.name for one in sown],
            "township": [str(places().township_codes[one.village]) for one in sown],
        }
    )
    told = truth_from_rows(people, files, of.as_of, planted).filter(pl.col("person") > len(people))
    write_table(folder / "truth_people.csv", pl.concat([before, told.cast(pl.String)]))


def _facts(bed: Bed) -> pl.DataFrame:
    rows = [{"person": who.at + 1, **{name: told.get(name) for name in FACT_COLUMNS}} for who, told in bed.facts]
    kinds = {"person": pl.Int64, **dict.fromkeys(FACT_COLUMNS, pl.String), "count": pl.Int64}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _truth(bed: Bed) -> pl.DataFrame:
    rows = [
        {
            "person": one.who.at + 1,
            "id_number": one.who.number,
            "name": one.who.name,
            "screen": one.screen,
            "expected": "yes" if one.listed else "no",
            "why": one.why,
        }
        for one in bed.expected
    ]
    found = pl.DataFrame(rows)
    if found.select("person", "screen").is_duplicated().any():
        raise ValueError("of a planted person one screen is expected to say two things")
    return found


def _counted(truth: pl.DataFrame, expected: str) -> dict[str, int]:
    counts = truth.filter(pl.col("expected") == expected).group_by("screen").len().sort("screen")
    return dict(counts.iter_rows())
