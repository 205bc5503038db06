"""After a screening the queue of doubts says what there is to ask.

What a human has decided is asked no more; an entry whose candidates merged, vanished or were answered otherwise closes;
one with other candidates than before is asked anew, for earlier readings were of another question.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import insert
from sqlmodel import Session, col, select

from kit.columns import new_id, now
from matcher.flows.desk import Desk
from matcher.flows.draft_reviews import Asked, Draft
from matcher.leads.tables import Lead
from matcher.reviews import queue
from matcher.reviews.rule import CLOSED, DEFERRED, FIRST, OPEN, SETTLED, second_draw
from matcher.reviews.tables import Doubt
from matcher.reviews.value import Stake, value_of, value_of_sample
from matcher.settlements.rule import CONFIRM
from matcher.settlements.store import decisions

SIDES = "doubt.sides"
_BEGINNING = {"round": 1, "version": 1, "fencing_token": 0}


def put_queue(desk: Desk, session: Session, draft: Draft) -> None:
    """Make the queue say what there is to ask, in the transaction of the screening."""
    _Turn(desk, session, draft).write()


class _Turn:
    """One comparison of the queue with what it should be."""

    def __init__(self, desk: Desk, session: Session, draft: Draft) -> None:
        self.desk, self.session, self.draft = desk, session, draft
        self.at: datetime = now()
        self.added: list[dict[str, Any]] = []
        self.decided: dict[str, dict[str, str]] = defaultdict(dict)
        for record_print, person_id, verdict in decisions(session).iter_rows():
            self.decided[record_print][person_id] = verdict
        self.asked = [left for one in draft.asked if (left := self._undecided(one)) is not None]
        known = queue.standing(session, {one.record_print for one in draft.asked})
        self.rows = {(row.area, row.record_print): row for row in known}
        self.listed = set(session.exec(select(Lead.subject_id).where(col(Lead.state) == "open")))
        self.drafted = {(one.area, one.record_print) for one in draft.asked}

    def write(self) -> None:
        """Add, alter, close."""
        for one in self.asked:
            row = self.rows.pop((one.area, one.record_print), None)
            if row is None:
                self._add(one)
            else:
                self._alter(row, one)
        for (area, record_print), row in self.rows.items():
            if row.state in (OPEN, DEFERRED):
                self._close(row, "answered" if (area, record_print) in self.drafted else "no-question")
        self.session.flush()
        if self.added:
            self.session.execute(insert(Doubt), self.added)

    def _undecided(self, one: Asked) -> Asked | None:
        """Without those a human told apart from the record; None when nothing is left to ask. Links and pairs are as
        they were when linking began: what was decided since is in them only after the next one."""
        verdicts = self.decided.get(one.record_print, {})
        if CONFIRM in verdicts.values():
            return None
        left = tuple(person for person in one.candidates if person["person_id"] not in verdicts)
        open_ = one.sampled is not None or any(person["reason"] is not None for person in left)
        return replace(one, candidates=left) if left and open_ else None

    def _worth(self, one: Asked) -> tuple[float, list[dict[str, Any]]]:
        if one.sampled is not None:
            return value_of_sample(one.grade, one.sampled)
        concerned = {one.subject_id, *(person["person_id"] for person in one.candidates)}
        leads = len(concerned & self.listed)
        return value_of(Stake(leads, one.records, one.candidates[0]["probability"], self.draft.threshold))

    def _add(self, one: Asked) -> None:
        ring, (value, why) = self.desk.ring, self._worth(one)
        twice = second_draw(one.record_print) < self.desk.settings.review_second_share
        self.added.append(
            {
                "id": new_id(),
                "record_print": one.record_print,
                "area": one.area,
                "state": OPEN,
                "stage": FIRST,
                "wanted": 2 if twice else 1,
                "value": value,
                "why": why,
                "sides": ring.encrypt(orjson.dumps(one.sides).decode(), SIDES),
                "made_at": self.at,
                "changed_at": self.at,
                **_BEGINNING,
                **one.columns(ring),
            }
        )

    def _untouched(self, row: Doubt) -> bool:
        """Lock the row, unless somebody has just answered it: what that means is for the next screening to see."""
        seen = row.version
        self.session.refresh(row, with_for_update=True)
        return row.version == seen

    def _alter(self, row: Doubt, one: Asked) -> None:
        columns, (value, why) = one.columns(self.desk.ring), self._worth(one)
        others = {person["person_id"] for person in row.candidates} != {
            person["person_id"] for person in one.candidates
        }
        anew = others or row.kind != one.kind or row.state == SETTLED
        moved = anew or row.state == CLOSED or row.fingerprint != columns["fingerprint"]
        if moved and not self._untouched(row):
            return
        if anew:
            row.round, row.stage = row.round + 1, FIRST
        if anew or row.state == CLOSED:
            row.state, row.closed_reason, row.not_before = OPEN, None, None
        if row.fingerprint != columns["fingerprint"]:
            row.sides = self.desk.ring.encrypt(orjson.dumps(one.sides).decode(), SIDES)
        if moved:
            row.version, row.changed_at = row.version + 1, self.at
        for name, told in {**columns, "value": value, "why": why}.items():
            if getattr(row, name) != told:
                setattr(row, name, told)
        self.session.add(row)

    def _close(self, row: Doubt, reason: str) -> None:
        if not self._untouched(row):
            return
        row.state, row.closed_reason, row.version, row.changed_at = CLOSED, reason, row.version + 1, self.at
        queue.release(row)
        self.session.add(row)
