"""Every screening of a worker made twice: as a process that has just begun would make it, rolled back, and as it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from sqlmodel import Session, col, select

from kit.crypto import KeyRing
from kit.database import reading, transaction
from matcher import worker
from matcher.flows.desk import Desk, Hold
from matcher.flows.open_desk import open_desk
from matcher.flows.screen_people import screen_people
from matcher.leads import held
from matcher.leads.store import CANDIDATES, CONTENT, SNAPSHOT
from matcher.leads.tables import Finding, Lead, LeadChange, ScreenHold, Screening
from matcher.reviews.tables import Doubt
from tests.matcher.conftest import Matcher

# When it was written, and what is sealed anew each time, tells nothing.
_PASSING = {"created_at", "changed_at", "made_at", "counted_at", "id", "seq", "lead_id", "sides", "claimed_at"}


class RolledBack(Exception):
    """The end of a rehearsal."""


@dataclass(frozen=True)
class _Rehearsal(Hold):
    """A hold under which nothing stays written; `seen`: what would have been, when the writing ended."""

    seen: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with transaction(self.desk.database) as session:
            yield session
            session.flush()
            self.seen.append(standing(session, self.desk.ring))
            raise RolledBack


def standing(session: Session, ring: KeyRing) -> dict[str, Any]:
    """Everything a screening writes, told without the ids and times of new rows."""
    leads = {lead.id: lead for lead in session.exec(select(Lead))}
    whose = {lead.id: lead.subject_id for lead in leads.values()}
    runs = session.exec(select(Screening).order_by(col(Screening.id)))
    return {
        "leads": {lead.subject_id: _lead(lead, ring) for lead in leads.values()},
        "findings": sorted(_finding(row, whose[row.lead_id], ring) for row in session.exec(select(Finding))),
        "told": sorted(_text({**_columns(row), "of": whose[row.lead_id]}) for row in session.exec(select(LeadChange))),
        "holds": sorted(_text(_columns(row)) for row in session.exec(select(ScreenHold))),
        "doubts": sorted(_text(_columns(row)) for row in session.exec(select(Doubt))),
        "runs": [_columns(row) for row in runs],
    }


def _columns(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row.model_dump().items() if name not in _PASSING}


def _text(told: Any) -> str:
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS, default=str).decode()


def _lead(lead: Lead, ring: KeyRing) -> dict[str, Any]:
    sealed = {"snapshot": ring.decrypt(lead.snapshot, SNAPSHOT)}
    if lead.candidates is not None:
        sealed["candidates"] = ring.decrypt(lead.candidates, CANDIDATES)
    return {**_columns(lead), **sealed}


def _finding(row: Finding, of: str, ring: KeyRing) -> str:
    content = orjson.loads(ring.decrypt(row.content, CONTENT))
    content["records"] = sorted(content["records"], key=lambda one: str(one["record"]))
    return _text({**_columns(row), "content": content, "of": of})


@dataclass
class Screenings:
    """How the screenings were made that were compared: of everybody or in part."""

    looked_at: list[int | None] = field(default_factory=list)  # people judged; None: everybody

    @property
    def in_part(self) -> int:
        """How many were made in part."""
        return sum(one is not None for one in self.looked_at)


@contextmanager
def compared(matcher: Matcher) -> Iterator[Screenings]:
    """Every screening for the block is made twice, and both write the same."""
    made = Screenings()

    def both(hold: Hold) -> bool:
        fresh = open_desk(hold.desk.settings, hold.desk.ring, matcher.to_registry)
        rehearsal = _Rehearsal(fresh, hold.token)
        try:
            due = screen_people(rehearsal)
        except RolledBack:
            due = True
        finally:
            fresh.close()
        assert screen_people(hold) == due
        if due:
            _compare(hold.desk, rehearsal.seen[0])
            kept = hold.desk.last_screening._kept
            assert kept is not None
            made.looked_at.append(None if kept.looked.whole else kept.looked.looked_at)
        return due

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "screen_people", both)
        yield made


def _compare(desk: Desk, whole: dict[str, Any]) -> None:
    with reading(desk.database) as session:
        part, listed = standing(session, desk.ring), held.listed(session)
    for name, told in whole.items():
        assert part[name] == told, name
    kept = desk.last_screening._kept
    assert kept is not None
    assert set(kept.listed.iter_rows()) == listed, "what is kept of the list is what stands there"
