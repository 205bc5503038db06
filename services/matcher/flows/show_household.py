"""Everybody of a household with what each receives: the card a visitor takes along.

Who the registry knows of a household stands in the snapshot; a household only an agency knows is what its list says.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from sqlmodel import Session

from matcher.flows.desk import Desk
from matcher.leads.tables import Lead
from matcher.people import store as people
from matcher.screens.scene import PROGRAMME_NAMES


@dataclass(frozen=True)
class Support:
    """One programme on the day; `until` is the last day covered, none = open."""

    programme: str
    title: str
    form: str | None
    since: date | None
    until: date | None
    suspended: bool
    amount_fen: int | None


@dataclass(frozen=True)
class Member:
    """Somebody of a household, the head first; `name` in the clear, for the caller to mask."""

    person_id: str
    name: str | None
    relation: str | None
    is_head: bool
    birth_year: int | None
    lead_id: str | None
    receives: tuple[Support, ...]


def households(desk: Desk, session: Session, leads: Sequence[Lead]) -> dict[str, list[Member]]:
    """Household → its members, of the households of these leads that the registry knows."""
    keys = sorted({lead.household_key for lead in leads if lead.household_key and lead.registered})
    if not keys:
        return {}
    everybody = desk.people.read(list(people.standing(session).files))
    rows = everybody.filter(pl.col("household_id").is_in(keys))
    listed = {lead.subject_id: lead.id for lead in leads}
    day, found = desk.today(), defaultdict(list)
    for row in rows.sort("is_head", "birth_date", descending=[True, False], nulls_last=True).iter_rows(named=True):
        found[row["household_id"]].append(_member(row, listed.get(row["person_id"]), day))
    return dict(found)


def _member(row: dict[str, Any], lead_id: str | None, day: date) -> Member:
    born = row["birth_date"]
    return Member(
        person_id=row["person_id"],
        name=row["name"],
        relation=row["relation"],
        is_head=bool(row["is_head"]),
        birth_year=int(born[:4]) if born else None,
        lead_id=lead_id,
        receives=tuple(_support(one, day) for one in row["coverage"] or () if _runs(one, day)),
    )


def _runs(one: dict[str, Any], day: date) -> bool:
    """Whether a period holds on the day."""
    start, end = _day(one["start"]), _day(one["end"])
    return (start is None or start <= day) and (end is None or end >= day)


def _support(one: dict[str, Any], day: date) -> Support:
    pauses = [(_day(pause["start"]), _day(pause["end"])) for pause in one["suspensions"] or ()]
    return Support(
        programme=one["programme"],
        title=PROGRAMME_NAMES.get(one["programme"], one["programme"]),
        form=one["form"],
        since=_day(one["start"]),
        until=_day(one["end"]),
        suspended=any((start is None or start <= day) and (end is None or day <= end) for start, end in pauses),
        amount_fen=one["amount_fen"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
