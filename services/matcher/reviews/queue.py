"""The queue of doubts in the database: brought up to date after every screening, claimed by one reviewer at a time.

Every query of a caller carries its scope. Two who claim at once get different doubts: on PostgreSQL a row somebody is
just taking is passed over, on SQLite the write lock does it.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from kit.auth import Caller
from kit.columns import now
from kit.problems import NotFound
from kit.scope import within
from matcher.reviews.rule import ANSWERS, DEFERRED, OPEN, REVOKE, SETTLED
from matcher.reviews.tables import Doubt, Reading

CHUNK = 5000


@dataclass(frozen=True)
class Filters:
    """What a list or a claim is narrowed to; None = not narrowed."""

    state: str | None = None
    kind: str | None = None
    reason: str | None = None
    feed: str | None = None

    def clauses(self) -> list[ColumnElement[bool]]:
        """As clauses over Doubt."""
        named = {"state": self.state, "kind": self.kind, "reason": self.reason, "feed": self.feed}
        return [getattr(Doubt, name) == value for name, value in named.items() if value is not None]


def page(
    session: Session, caller: Caller, filters: Filters, after: tuple[float, str] | None, limit: int
) -> list[Doubt]:
    """The caller's doubts, the most valuable first, after the one of that value and id."""
    query = select(Doubt).where(within(caller, col(Doubt.area)), *filters.clauses())
    if after is not None:
        value, doubt_id = after
        query = query.where(or_(col(Doubt.value) < value, and_(col(Doubt.value) == value, col(Doubt.id) > doubt_id)))
    return list(session.exec(query.order_by(col(Doubt.value).desc(), col(Doubt.id)).limit(limit)))


def find(session: Session, caller: Caller, doubt_id: str, *, lock: bool = False) -> Doubt:
    """One doubt. Raises NotFound when absent or not within the caller's area."""
    query = select(Doubt).where(col(Doubt.id) == doubt_id, within(caller, col(Doubt.area)))
    doubt = session.exec(query.with_for_update() if lock else query).first()
    if doubt is None:
        raise NotFound
    return doubt


def claim(session: Session, caller: Caller, filters: Filters, minutes: int, first: str | None = None) -> Doubt | None:
    """The most valuable free doubt the caller may read, held for `minutes`; what the caller holds already comes first,
    then `first`, if it is free.

    Nobody reads a doubt twice: the second reading and the adjudication are other people's.
    """
    mine = and_(col(Doubt.leased_by) == caller.client_id, col(Doubt.leased_until) >= now())
    held = (within(caller, col(Doubt.area)), col(Doubt.state) == OPEN)
    doubt = session.exec(select(Doubt).where(*held, mine).with_for_update()).first()
    if doubt is None:
        doubt = session.exec(_free(caller, filters, first).with_for_update(skip_locked=True)).first()
        if doubt is None:
            return None
        doubt.claimed_at = now()
        doubt.fencing_token += 1
    doubt.leased_by, doubt.leased_until = caller.client_id, now() + timedelta(minutes=minutes)
    session.add(doubt)
    session.flush()
    return doubt


def _free(caller: Caller, filters: Filters, first: str | None) -> Any:
    revoking = aliased(Reading)
    taken_back = exists().where(col(revoking.revokes) == col(Reading.id), col(revoking.verdict) == REVOKE)
    same = and_(col(Reading.doubt_id) == col(Doubt.id), col(Reading.round) == col(Doubt.round))
    answered = and_(col(Reading.reviewer) == caller.client_id, col(Reading.verdict).in_(ANSWERS))
    query = select(Doubt).where(
        within(caller, col(Doubt.area)),
        col(Doubt.state) == OPEN,
        or_(col(Doubt.leased_until).is_(None), col(Doubt.leased_until) < now()),
        or_(col(Doubt.not_before).is_(None), col(Doubt.not_before) <= now()),
        ~exists().where(same, answered, ~taken_back),
        *filters.clauses(),
    )
    asked = [] if first is None else [(col(Doubt.id) == first).desc()]
    return query.order_by(*asked, col(Doubt.value).desc(), col(Doubt.id)).limit(1)


def release(doubt: Doubt) -> None:
    """Nobody holds it any more."""
    doubt.leased_by, doubt.leased_until, doubt.claimed_at = None, None, None


def standing(session: Session, prints: Collection[str]) -> list[Doubt]:
    """All doubts that wait (open, deferred), and those of these rows, whatever their state."""
    found = {row.id: row for row in session.exec(select(Doubt).where(col(Doubt.state).in_((OPEN, DEFERRED))))}
    for part in _parts(prints):
        found |= {row.id: row for row in session.exec(select(Doubt).where(col(Doubt.record_print).in_(part)))}
    return list(found.values())


def share_read(session: Session, selection: str) -> float | None:
    """Of the doubts that came into the queue in this way, the share that was answered: how likely an answer was."""
    of_it = (col(Doubt.selection) == selection, col(Doubt.state).in_((OPEN, DEFERRED, SETTLED)))
    counted = dict(session.exec(select(Doubt.state, func.count()).where(*of_it).group_by(col(Doubt.state))).all())
    total = sum(counted.values())
    return counted.get(SETTLED, 0) / total if total else None


def _parts(ids: Collection[str]) -> Iterator[Sequence[str]]:
    every = sorted(ids)
    for start in range(0, len(every), CHUNK):
        yield every[start : start + CHUNK]
