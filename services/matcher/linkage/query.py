"""A few records against everybody, at once: the chain without what only a delivery needs.

A description comes without a household's roster, so the second pass has nothing to say of it and no other record can
claim its person; what is left is looked up, compared, weighed and decided by the very functions of `chain`. A test
holds the two together.
"""

from dataclasses import dataclass

import polars as pl

from matcher.linkage.clean import clean
from matcher.linkage.decide import GRADES, assign, candidates, grades, reasons
from matcher.linkage.encode import encode_beside
from matcher.linkage.known_people import KnownPeople
from matcher.linkage.search import LINKING, bound, search
from matcher.linkage.weigh import weigh


@dataclass(frozen=True)
class Hit:
    """One candidate of one record: what LINK says of the pair, and the person's row."""

    record: int  # row of the asked
    row: int  # row of the people
    person_id: str
    probability: float
    grade: str
    assigned: bool
    pattern: int
    reason: str | None


def query(known: KnownPeople, records: pl.DataFrame) -> list[Hit]:
    """Candidates of records (IDENTITY) that stand in no household's roster: record by record, the likeliest first."""
    alone = records.with_columns(pl.lit(None, pl.String).alias("household"))
    encoded = encode_beside(known.index, clean(alone, _named(known.areas, records["division"])))
    model, count = known.model, known.count
    floor = model.thresholds["floor"]
    met = search(encoded, bound(model, count, floor, LINKING))
    if not len(met.pairs):
        return []
    found = candidates(encoded, met.pairs, met.patterns, weigh(met.patterns, model, count), floor)
    grade = grades(found, model)
    taken = assign(encoded, found, grade)
    why = reasons(encoded, found, grade, taken)
    ids = known.index.side.ids
    return [
        Hit(
            record=int(found.record[place]),
            row=int(found.row[place]),
            person_id=ids[int(found.row[place])],
            probability=float(found.probability[place]),
            grade=GRADES[grade[place]],
            assigned=bool(taken[place]),
            pattern=int(found.pattern[place]),
            reason=why[place],
        )
        for place in range(len(found.record))
    ]


def _named(areas: pl.DataFrame | None, divisions: pl.Series) -> pl.DataFrame | None:
    """The divisions named, and their townships: reading a county's hundreds of names takes longer than the query."""
    if areas is None or divisions.null_count() == len(divisions):
        return None
    codes = divisions.drop_nulls().str.pad_end(12, "0")
    towns = codes.str.slice(0, 9) + "000"
    return areas.filter(pl.col("code").is_in(pl.concat([codes, towns]).implode()))
