"""What a civil affairs import means for cases: those that waited for it close, those it contradicts open again.

Only an import covers, so only an import closes what waits for coverage (or for its end). It runs in the transaction
that ends the import and may run again: what is settled stays settled.
"""

import calendar
from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import and_, or_
from sqlmodel import col, select

from china.characters import fold
from china.text import plain
from kit.scope import within
from registry.changes.store import Touched
from registry.coverage.rules import COVERING
from registry.coverage.store import is_paid_on
from registry.coverage.tables import Coverage
from registry.ledger import states
from registry.ledger.book import BULK, Book, reset
from registry.ledger.lead_in import open_cases
from registry.ledger.outcome_codes import MISSED, OUTCOMES, STOPPING
from registry.ledger.report import said
from registry.ledger.show import snapshot
from registry.ledger.tables import Case, CaseItem, Outcome
from registry.persons.merges import MAX_REDIRECTS
from registry.persons.store import holders, number_key
from registry.persons.tables import Person, PersonVersion

Held = dict[str, list[tuple[str, date | None]]]  # person → (programme, end) of what covers the day


def follow_import(book: Book) -> list[Touched]:
    """Settle and re-open what the import of the book's day decides; what followers must hear of (tell it last).

    An item's person is whom the outcome named, else whom the lead is linked to, else the holder of the completed or
    of the snapshot's number; the latter then carries the lead's subject id, so that the matcher links its records by
    the registry's word.
    """
    items = _waiting(book)
    book.hold(item.case_id for item in items)
    people = _Persons(book, items)
    named = people.name_subjects()
    held = _held(book, {person for item in items for person in people.of(item)})
    again: list[CaseItem] = []
    for item in items:
        mine = [one for person in people.of(item) for one in held.get(person, [])]
        if item.standing == states.IN_PROGRESS and _expects(item):
            _settle_if(book, item, states.NOW_COVERED, met=_granted(item, mine))
        elif item.standing == states.IN_PROGRESS:
            _settle_if(book, item, states.NOW_STOPPED, met=bool(people.of(item)) and _stopped(book, item, mine))
        elif any(programme in COVERING and _goes_on(end, book.day) for programme, end in mine):
            again.append(item)
    _open_again(book, again)
    return [*named, *book.write()]


def _waiting(book: Book) -> list[CaseItem]:
    """Items in progress, and those settled as stopped before the day of the import."""
    stopped = and_(
        col(CaseItem.standing) == states.SETTLED,
        col(CaseItem.code).in_(sorted(STOPPING)),
        col(CaseItem.settled_on) < book.day,
    )
    query = (
        select(CaseItem)
        .join(Case, col(Case.case_id) == col(CaseItem.case_id))
        .where(or_(col(CaseItem.standing) == states.IN_PROGRESS, stopped), within(book.caller, col(Case.area)))
        .order_by(col(CaseItem.item_id))
    )
    return list(book.session.exec(query).all())


def _settle_if(book: Book, item: CaseItem, reason: str, *, met: bool) -> None:
    if met:
        book.settle(item, reason)
        book.step(book.cases[item.case_id], "import", item_id=item.item_id, lead_id=item.lead_id)


def _expects(item: CaseItem) -> frozenset[str]:
    """The programmes any of which fulfils what was answered; none where support is to stop. The answer says it: what
    its lead is about may have changed since."""
    return OUTCOMES[item.code].programmes if item.code else frozenset()


def _granted(item: CaseItem, held: Sequence[tuple[str, date | None]]) -> bool:
    return any(programme in _expects(item) for programme, _ in held)


def _stopped(book: Book, item: CaseItem, held: Sequence[tuple[str, date | None]]) -> bool:
    """An export older than the visit says nothing of what the visit led to."""
    late_enough = item.reported_on is None or item.reported_on <= book.day
    return late_enough and not any(programme in COVERING for programme, _ in held)


def _goes_on(end: date | None, day: date) -> bool:
    """Whether support lasts beyond the month of the import: one that ends within it has been stopped already."""
    return end is None or end > date(day.year, day.month, calendar.monthrange(day.year, day.month)[1])


def _open_again(book: Book, items: Sequence[CaseItem]) -> None:
    """Back to be verified, flagged: in its own case, or in the one its household has open by now."""
    there = open_cases(book, sorted({book.cases[item.case_id].subject_key for item in items}))
    for item in items:
        was = book.cases[item.case_id]
        case = was
        if was.state == states.CLOSED:
            case = next(iter(there.get(was.subject_key, [])), was)
            there.setdefault(was.subject_key, [case])
        reset(item, states.STILL_PAID)
        if case is not was:
            book.move_item(item, case)
            book.step(was, "import", item_id=item.item_id, lead_id=item.lead_id)
        book.step(case, "import", item_id=item.item_id, lead_id=item.lead_id)


def _held(book: Book, person_ids: Iterable[str]) -> Held:
    """What each person holds on the day.

    Without the caller's scope, for once: a person who moved to the next township is still paid there, and nothing of
    it is shown to anybody.
    """
    found: Held = {}
    for part in _parts(sorted(person_ids)):
        query = select(Coverage).where(
            col(Coverage.person_id).in_(part),
            col(Coverage.superseded_at).is_(None),
            col(Coverage.start) <= book.day,
            or_(col(Coverage.end).is_(None), col(Coverage.end) >= book.day),
            is_paid_on(book.day),
        )
        for row in book.session.exec(query):
            found.setdefault(row.person_id, []).append((row.programme, row.end))
    return found


def _parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    for start in range(0, len(values), BULK):
        yield values[start : start + BULK]


class _Persons:
    """Which registered persons the items mean, found for all of them at once."""

    def __init__(self, book: Book, items: Sequence[CaseItem]) -> None:
        self.book = book
        self.items = items
        self._survivors = _survivors(book, {one for item in items for one in _known(item)})
        self._numbers = _numbers(book, [item for item in items if self._by_number(item)])
        self._holders = holders(book.session, book.ring, book.caller, self._numbers.values())
        self._found = {item.item_id: self._find(item) for item in items}

    def of(self, item: CaseItem) -> list[str]:
        """The persons of an item; none when the registry knows nobody."""
        known = [self._survivors[one] for one in _known(item) if one in self._survivors]
        found = self._found[item.item_id]
        return list(dict.fromkeys([*known, *([found.person_id] if found else [])]))

    def name_subjects(self) -> list[Touched]:
        """Write the lead's subject id onto persons found by number who carry none yet."""
        found = {item.item_id: row for item in self.items if (row := self._found[item.item_id]) and not _known(item)}
        unnamed = _unnamed(self.book, {row.person_id for row in found.values()})
        touched = []
        for item in self.items:
            row = found.get(item.item_id)
            if row is None:
                continue
            item.person_id = row.person_id
            person = unnamed.get(row.person_id)
            if person is not None and person.subject_id is None and item.subject_id is not None:
                person.subject_id = item.subject_id
                touched.append(Touched("person", row.person_id, row.area))
        return touched

    @staticmethod
    def _by_number(item: CaseItem) -> bool:
        """Whether the item's person may be looked for by number: nobody is named, or a visit completed the number."""
        return item.kind == MISSED and (not _known(item) or item.number_stated)

    def _find(self, item: CaseItem) -> PersonVersion | None:
        """The one holder of the item's number.

        A number from a list may be a relative's or a slip: its holder must bear the name too. One that a visit
        completed was read from a card; a name is asked for only where several people hold it.
        """
        if not self._by_number(item):
            return None
        found = self._holders.get(self._numbers.get(item.item_id, ""), [])
        if not found or (item.number_stated and len(found) == 1):
            return next(iter(found), None)
        name = _plain(snapshot(self.book.ring, item)["name"])
        named = [row for row in found if name is not None and _plain(row.name) == name]
        living = [row for row in named if row.died_on is None] or named
        return living[0] if len(living) == 1 else None


def _plain(name: str | None) -> str | None:
    """A name without what typing adds: spaces, widths, traditional and variant characters."""
    text = plain(name)
    return None if text is None else fold(text).replace(" ", "")


def _known(item: CaseItem) -> list[str]:
    return [one for one in (item.stated_person_id or item.person_id,) if one is not None]


def _numbers(book: Book, items: Sequence[CaseItem]) -> dict[str, str]:
    """Item → the number its person is looked for by: what a visit read from a card, else the snapshot's."""
    stated: dict[str, str | None] = {}
    for part in _parts([item.outcome_id for item in items if item.number_stated and item.outcome_id is not None]):
        for row in book.session.exec(select(Outcome).where(col(Outcome.outcome_id).in_(part))):
            stated[row.item_id] = said(book.ring, row).get("id_number")
    texts = {item.item_id: stated.get(item.item_id) or snapshot(book.ring, item)["id_number"] for item in items}
    return {item_id: key for item_id, text in texts.items() if (key := number_key(text)) is not None}


def _unnamed(book: Book, ids: set[str]) -> dict[str, Person]:
    """Those of these persons the matcher's subject ids are not written on yet."""
    found: dict[str, Person] = {}
    for part in _parts(sorted(ids)):
        query = select(Person).where(col(Person.person_id).in_(part), col(Person.subject_id).is_(None))
        found.update((person.person_id, person) for person in book.session.exec(query))
    return found


def _survivors(book: Book, ids: set[str]) -> dict[str, str]:
    """Where each person went, through any number of merges; ids the registry does not know are left out."""
    found: dict[str, str] = {}
    open_ids = {one: one for one in ids}  # id asked for → how far it was followed
    for _ in range(MAX_REDIRECTS):
        step: dict[str, str | None] = {}
        for part in _parts(sorted(set(open_ids.values()))):
            query = select(Person.person_id, Person.survivor_id).where(col(Person.person_id).in_(part))
            step.update((person_id, survivor) for person_id, survivor in book.session.exec(query))
        following: dict[str, str] = {}
        for asked, at in open_ids.items():
            survivor = step.get(at)
            if survivor is not None:
                following[asked] = survivor
            elif at in step:
                found[asked] = at
        open_ids = following
    return found
