"""A few records against everybody, at once: the chain without what only a delivery needs.

A description comes without a household's roster, so the second pass has nothing to say of it and no other record can
claim its person; what is left is looked up, compared, weighed and decided by the very functions of `chain`. A test
holds the two together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from matcher.linkage.clean_few import Row, clean_few
from matcher.linkage.decide import GRADES, assign, candidates, grades, reasons
from matcher.linkage.encode import encode_beside
from matcher.linkage.known_people import KnownPeople
from matcher.linkage.search import search
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


def query(known: KnownPeople, records: Sequence[Row]) -> list[Hit]:
    """Candidates of records (IDENTITY, text as sent; their household is not listened to): record by record, the
    likeliest first."""
    if not records:
        return []
    encoded = encode_beside(known.index, clean_few(records, known.named))
    model, count = known.model, known.count
    floor = model.thresholds["floor"]
    met = search(encoded, known.limit)
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
