"""The stamp of a kind: a print of everything its rows are made from, found without making them.

A follower asks for the stamps with every change it hears of, so a stamp reads a few small tables only: the list of
payout lists instead of the payments, the last number of the changefeed instead of the people.
"""

import hashlib
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlmodel import col

from registry.changes.tables import Change
from registry.facts.catalogue import DAY, MERGES, PAYMENTS, WORDS, Kind
from registry.facts.ground import Ground
from registry.facts.tables import FactCount
from registry.payments.tables import PaymentImport
from registry.persons.tables import PersonMerge
from registry.registers.petition_tables import PetitionRepeat
from registry.registers.tables import RegisterEntry

# Raised when the same ground gives other rows: followers then fetch once more.
VERSION = 1
LETTERS = 32
AREAS, PEOPLE = "feed:area", "feed:person"  # standards are told of as their area's


def stamp_of(ground: Ground, kind: Kind) -> str:
    """The stamp as of now, for this caller."""
    followed = (AREAS,) if kind.calm else (AREAS, PEOPLE)
    marks = [_read(ground, one) for one in (*kind.moves, *followed)]
    told = [VERSION, kind.id, ground.caller.area, marks]
    return hashlib.sha256(orjson.dumps(told, default=str)).hexdigest()[:LETTERS]


def _read(ground: Ground, name: str) -> Any:
    if name not in ground.marks:
        ground.marks[name] = _mark(ground, name)
    return ground.marks[name]


def _mark(ground: Ground, name: str) -> Any:
    if name in {AREAS, PEOPLE}:
        return _last(ground, name.removeprefix("feed:"))
    if name == DAY:
        return ground.day
    if name == PAYMENTS:
        lists = select(func.count(), func.sum(col(PaymentImport.rows_done)), func.max(col(PaymentImport.touched_at)))
        return list(ground.session.execute(lists.where(col(PaymentImport.dry_run).is_(False))).one())
    if name == WORDS:
        return ground.session.execute(select(func.max(col(PetitionRepeat.word_id)))).scalar()
    table: Any = PersonMerge if name == MERGES else RegisterEntry
    believed = select(func.count(), func.max(col(table.recorded_at)), func.max(col(table.superseded_at)))
    if name != MERGES:
        believed = believed.where(col(RegisterEntry.register_id) == name)
    return list(ground.session.execute(believed).one())


def _last(ground: Ground, kind: str) -> int | None:
    """The number of the last change of that kind."""
    query = select(col(Change.seq)).where(col(Change.kind) == kind).order_by(col(Change.seq).desc()).limit(1)
    return ground.session.execute(query).scalar()


def rows_known(ground: Ground, kind: Kind, stamp: str) -> int | None:
    """How many rows were told under this stamp; None where nobody asked for them yet."""
    found = ground.session.get(FactCount, _count_id(ground, kind))
    return found.rows if found is not None and found.stamp == stamp else None


def keep_rows(ground: Ground, kind: Kind, stamp: str, rows: int) -> None:
    """Write down how many there were."""
    ground.session.merge(FactCount(count_id=_count_id(ground, kind), stamp=stamp, rows=rows))
    ground.session.flush()


def _count_id(ground: Ground, kind: Kind) -> str:
    return f"{kind.id} {ground.caller.area}"
