"""Repeated petitions of people the registry does not know: the ledger opens a case for each by itself (A11).

Whoever is registered is told to the matcher, whose screen lists them. Of the others nothing can be told there, for
facts are of registered people; yet nobody who petitions again and again is to be lost for not being in a list. One
case stands for one matter of one person; a petition that comes after it was closed opens the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from kit.scope import prefix
from registry.audit.store import note
from registry.changes.store import Touched
from registry.coverage.amounts import months_later
from registry.desk import Desk
from registry.ledger import states
from registry.ledger.book import Book
from registry.ledger.hand_in import open_by_hand
from registry.ledger.problems import HouseholdHasOpenCase
from registry.ledger.schemas import CaseIn, SnapshotIn
from registry.ledger.tables import Case, CaseEvent
from registry.registers import store
from registry.registers.petitions import DENY, PETITION, Opened, clusters, found
from registry.registers.placing import Clerk, come_since

TITLE = "重复信访"
TIER = "必访"
MOST_WORDS = 300  # of a matter, told in a reason
COUNTY_DIGITS = 6


@dataclass(frozen=True)
class Matter:
    """One matter of somebody the registry does not know, the petitions in the order they were received."""

    petitions: Sequence[Opened]

    @property
    def last(self) -> Opened:
        """The one received last."""
        return self.petitions[-1]

    @property
    def ids(self) -> list[str]:
        """Those of its petitions, in the order they were written down."""
        return sorted(row.entry_id for row, _ in self.petitions)

    def case(self) -> CaseIn:
        """The case it asks for."""
        row, content = self.last
        who = content.values["petitioner"]
        told = SnapshotIn(
            name=who["name"], id_number=who.get("id_number"), phone=content.values.get("petitioner_phone")
        )
        reason = (
            f"就“{content.values['matter'][:MOST_WORDS]}”已信访{len(self.petitions)}次，"
            f"最近一次{content.values['received_on']}，低收入人口登记库中没有找到此人，请分类处置、当面答复并对账销号。"
        )
        return CaseIn(kind="doubt", area=row.area, title=TITLE, snapshot=told, tier=TIER, reasons=[reason])


@dataclass(frozen=True)
class Begun:
    """The cases that were opened, and what followers must hear of: tell it after all other writes."""

    cases: Sequence[str] = ()
    touched: Sequence[Touched] = ()

    def note(self, desk: Desk) -> None:
        """Into the journal, after followers were told."""
        for case_id in self.cases:
            note(desk.session, desk.ring, desk.caller, "case.create", case_id, register=PETITION)


def begin_cases(desk: Desk, register: str) -> Begun:
    """After entries of a register (or words on petitions) were written: open the cases they ask for."""
    matters = _unanswered(desk, _matters(desk)) if register == PETITION else []
    if not matters:
        return Begun()
    book, begun = Book.at(desk), list[str]()
    for one in matters:
        try:
            begun.append(open_by_hand(book, one.case(), key=_key(one.ids[0])).case_id)
        except HouseholdHasOpenCase:
            continue  # the same number is followed there in another doubt
    return Begun(begun, book.write())


def _key(entry_id: str) -> str:
    return f"petition:{entry_id}"


def _matters(desk: Desk) -> list[Matter]:
    """What strangers brought as often and as lately as the settings say. Seen over the whole county: the same person
    may go to two townships, and whoever writes is shown nothing of it."""
    clerk = Clerk.of(desk)
    county = clerk.caller.area[:COUNTY_DIGITS].ljust(12, "0")
    if len(prefix(clerk.caller.area)) > COUNTY_DIGITS:
        clerk = replace(clerk, caller=replace(clerk.caller, area=county))
    if all(row.person_id is not None for row in store.live(clerk, PETITION)):
        return []
    pairs, _ = found(clerk)
    opened = {row.entry_id: (row, content) for pair in pairs for row, content in (pair.first, pair.second)}
    whole = [
        Matter(sorted((opened[one] for one in ids), key=lambda one: (one[1].values["received_on"], one[0].entry_id)))
        for ids in clusters([one for one in pairs if one.decision != DENY])
    ]
    often = [one for one in whole if len(one.petitions) >= desk.settings.petition_times]
    since = months_later(clerk.day, -desk.settings.petition_months).isoformat()
    lately = [one for one in often if one.last[1].values["received_on"] >= since]
    return _of_strangers(clerk, lately)


def _of_strangers(clerk: Clerk, matters: Sequence[Matter]) -> list[Matter]:
    """Those none of whose petitions is a registered person's; what is brought anonymously has nobody to be visited."""
    named = [one for one in matters if one.last[1].values.get("petitioner")]
    unknown = [one for one in named if all(row.person_id is None for row, _ in one.petitions)]
    people = [content.values["petitioner"] for one in unknown for _, content in one.petitions]
    known = come_since(clerk, people)

    def registered(who: dict[str, Any]) -> bool:
        return (who.get("id_number"), who["name"]) in known

    return [one for one in unknown if not any(registered(said.values["petitioner"]) for _, said in one.petitions)]


def _unanswered(desk: Desk, matters: Sequence[Matter]) -> list[Matter]:
    """Those without a case, and those with a petition written down after their last case was closed."""
    keys = [_key(entry_id) for one in matters for entry_id in one.ids]
    last: dict[str, tuple[str, str]] = {}
    for start in range(0, len(keys), store.BULK):
        query = (
            select(Case.subject_key, Case.state, func.max(CaseEvent.event_id))
            .join(CaseEvent, col(CaseEvent.case_id) == col(Case.case_id))
            .where(col(Case.subject_key).in_(keys[start : start + store.BULK]))
            .group_by(col(Case.case_id), col(Case.subject_key), col(Case.state))
        )
        for key, state, event_id in desk.session.execute(query):
            last[key] = max(last.get(key, ("", "")), (event_id, state))
    return [one for one in matters if _waits(one, [last[key] for key in map(_key, one.ids) if key in last])]


def _waits(one: Matter, cases: Sequence[tuple[str, str]]) -> bool:
    """By ids, which sort by the time of making: `cases` as (the last step's id, state)."""
    if any(state != states.CLOSED for _, state in cases):
        return False
    return not cases or one.ids[-1] > max(cases)[0]
