"""Queries by example: who of the registry's people somebody described could be, scored as in a batch."""

from collections.abc import Sequence
from dataclasses import dataclass

from kit.auth import Caller
from kit.scope import sees
from matcher.linkage.explain import Explanation, explain_patterns
from matcher.linkage.known_people import KnownPeople
from matcher.linkage.query import Hit, query

Row = dict[str, str | None]


@dataclass(frozen=True)
class Query:
    """Somebody described (IDENTITY columns, without id), and how much of the answer is wanted."""

    example: Row
    limit: int
    floor: float
    area: str | None = None  # candidates of its subtree only


@dataclass(frozen=True)
class Found:
    """One candidate: the link as a batch would have it, the person as registered, and the evidence."""

    hit: Hit
    person: Row
    explanation: Explanation


def match(known: KnownPeople, caller: Caller, queries: Sequence[Query]) -> list[list[Found]]:
    """The candidates of each query within the caller's area, the likeliest first. Whoever is outside competes all the
    same, so that a score means what it means in a batch, but is not shown."""
    hits = query(known, [{**asked.example, "id": str(n)} for n, asked in enumerate(queries)])
    persons = known.told([hit.person_id for hit in hits])
    chosen: list[list[Hit]] = [[] for _ in queries]
    for hit in hits:
        asked, mine = queries[hit.record], chosen[hit.record]
        division = persons[hit.person_id]["division"]
        inside = sees(caller, division) and (asked.area is None or caller.lineage.holds(asked.area, str(division)))
        if inside and hit.probability >= asked.floor and len(mine) < asked.limit:
            mine.append(hit)
    patterns = [hit.pattern for some in chosen for hit in some]
    told = iter(explain_patterns(patterns, known.model, people=known.count))
    return [[Found(hit, persons[hit.person_id], next(told)) for hit in some] for some in chosen]
