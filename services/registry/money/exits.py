"""停发、核减: whose support ends, pauses or falls in a month, on what ground, and what was paid after all the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Literal

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.scope import in_part, within
from registry.coverage.amounts import months_later
from registry.coverage.rules import EXCLUSIVE
from registry.coverage.tables import Coverage, Suspension
from registry.ledger.outcome_codes import OUTCOMES, STOPPING
from registry.ledger.store import visible
from registry.ledger.tables import Case, CaseItem, Outcome
from registry.payments import unowed
from registry.payments.tables import Payment
from registry.payments.unowed import Unowed, runs_in
from registry.settings import CHINA
from registry.times import NOW, believed

Kind = Literal["ended", "suspended", "left", "reduced"]
KINDS: dict[Kind, str] = {"ended": "停发", "suspended": "暂停发放", "left": "核减（减员）", "reduced": "核减（降额）"}
BULK = 500


@dataclass(frozen=True)
class Exit:
    """One line of the sheet. `before`/`now`: the household's monthly amount; `unpaid` is told by `paid_after`."""

    kind: Kind
    row: Coverage
    from_month: str
    reason: str | None
    before: int | None = None
    now: int | None = None
    outcomes: tuple[str, ...] = ()
    paid_after: Sequence[Unowed] = field(default=())

    @property
    def months_after(self) -> int:
        """How many months were paid that were owed to nobody."""
        return len({one.payment.month for one in self.paid_after})

    @property
    def fen_after(self) -> int:
        """How much that was."""
        return sum(one.payment.amount_fen for one in self.paid_after)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """By what lines are in order."""
        return self.row.area, self.row.household_id or "", self.kind, self.row.coverage_id


@dataclass(frozen=True)
class Looking:
    """Who asks, about which month and which part of their area (leading digits)."""

    session: Session
    caller: Caller
    month: str
    area: str | None = None

    @property
    def first(self) -> date:
        """The month's first day."""
        return date.fromisoformat(f"{self.month}-01")

    def mine(self) -> list[ColumnElement[bool]]:
        """Periods within the area asked for, as believed now."""
        clauses = [within(self.caller, col(Coverage.area)), col(Coverage.programme).in_(sorted(EXCLUSIVE))]
        return clauses if self.area is None else [*clauses, in_part(self.caller, col(Coverage.area), self.area)]


def sheet(asked: Looking) -> list[Exit]:
    """Every line of the month's sheet, in order of area and household."""
    found = [*_ended(asked), *_suspended(asked), *_reduced(asked)]
    outcomes = _outcomes(asked, [one.row.person_id for one in found])
    after = _after(asked) if any(one.kind == "ended" for one in found) else {}
    lines = [
        replace(
            one,
            outcomes=tuple(outcomes.get(one.row.person_id, ())),
            paid_after=after.get((*_unit(one.row), one.row.programme), ()) if one.kind == "ended" else (),
        )
        for one in found
    ]
    return _once(sorted(lines, key=lambda one: one.key))


def _once(lines: Sequence[Exit]) -> list[Exit]:
    """What a household was paid after all stands on its first line alone, so that the sheet adds up."""
    seen: set[tuple[str, str, str]] = set()
    found: list[Exit] = []
    for one in lines:
        of = (*_unit(one.row), one.row.programme)
        found.append(one if of not in seen else replace(one, paid_after=()))
        if one.paid_after:
            seen.add(of)
    return found


def _unit(row: Coverage) -> unowed.Unit:
    return ("household", row.household_id) if row.household_id else ("person", row.person_id)


def _ended(asked: Looking) -> Iterator[Exit]:
    """Periods whose last month was the one before, but of those who go on in another programme."""
    last = months_later(asked.first, -1)
    ends = (col(Coverage.end) >= last, col(Coverage.end) < asked.first)
    query = select(Coverage).where(*believed(Coverage, NOW), *asked.mine(), *ends)
    rows = asked.session.exec(query.order_by(col(Coverage.coverage_id))).all()
    running = _running(asked, rows)
    persons = {row.person_id for row in running}
    homes = {(row.household_id, row.programme) for row in running if row.household_id}
    for row in rows:
        if row.person_id not in persons:
            kind: Kind = "left" if (row.household_id, row.programme) in homes else "ended"
            yield Exit(kind, row, asked.month, row.end_reason, row.amount_fen, None if kind == "left" else 0)


def _running(asked: Looking, rows: Sequence[Coverage]) -> list[Coverage]:
    """What runs in the month, of the same persons and households."""
    found: list[Coverage] = []
    for start in range(0, len(rows), BULK):
        part = rows[start : start + BULK]
        people = [row.person_id for row in part]
        homes = sorted({row.household_id for row in part if row.household_id})
        query = select(Coverage).where(
            *believed(Coverage, NOW),
            within(asked.caller, col(Coverage.area)),
            col(Coverage.programme).in_(sorted(EXCLUSIVE)),
            or_(col(Coverage.person_id).in_(people), col(Coverage.household_id).in_(homes)),
            col(Coverage.start) < months_later(asked.first, 1),
            or_(col(Coverage.end).is_(None), col(Coverage.end) >= asked.first),
        )
        found += asked.session.exec(query).all()
    return found


def _suspended(asked: Looking) -> Iterator[Exit]:
    """Suspensions that begin in the month."""
    query = (
        select(Coverage, Suspension.reason)
        .join(Suspension, col(Suspension.coverage_id) == col(Coverage.coverage_id))
        .where(
            *believed(Coverage, NOW),
            *believed(Suspension, NOW),
            *asked.mine(),
            col(Suspension.start) >= asked.first,
            col(Suspension.start) < months_later(asked.first, 1),
        )
    )
    for row, reason in asked.session.exec(query.order_by(col(Coverage.coverage_id))):
        yield Exit("suspended", row, asked.month, reason, row.amount_fen, 0)


def _reduced(asked: Looking) -> Iterator[Exit]:
    """Amounts put on record in the month that are lower than those before; once for each household, whose they are."""
    begins, ends = (
        datetime.combine(day, time(), CHINA).astimezone(UTC) for day in (asked.first, months_later(asked.first, 1))
    )
    former = aliased(Coverage)
    query = (
        select(Coverage, former.amount_fen)
        .join(former, col(former.coverage_id) == col(Coverage.coverage_id))
        .where(
            col(former.version) == col(Coverage.version) - 1,
            *asked.mine(),
            col(Coverage.recorded_at) >= begins,
            col(Coverage.recorded_at) < ends,
            col(Coverage.amount_fen) < col(former.amount_fen),
        )
    )
    seen: set[tuple[unowed.Unit, str]] = set()
    for row, before in asked.session.exec(query.order_by(col(Coverage.recorded_at), col(Coverage.coverage_id))):
        if (_unit(row), row.programme) in seen or not runs_in(row.start, row.end, asked.month):
            continue
        seen.add((_unit(row), row.programme))
        yield Exit("reduced", row, asked.month, None, before, row.amount_fen)


def _outcomes(asked: Looking, people: Sequence[str]) -> Mapping[str, list[str]]:
    """What visits found of them that stops support, as the ledger holds it now."""
    ids, found = sorted(set(people)), dict[str, list[str]]()
    for start in range(0, len(ids), BULK):
        query = (
            select(CaseItem.person_id, CaseItem.code, Outcome.stop_from)
            .join(Case, col(Case.case_id) == col(CaseItem.case_id))
            .join(Outcome, col(Outcome.outcome_id) == col(CaseItem.outcome_id), isouter=True)
            .where(
                visible(asked.caller),
                col(CaseItem.person_id).in_(ids[start : start + BULK]),
                col(CaseItem.code).in_(sorted(STOPPING)),
            )
        )
        for person_id, code, stop_from in asked.session.exec(query.order_by(col(CaseItem.item_id))):
            told = f"{code} {OUTCOMES[str(code)].title}" + (f" {stop_from} 起" if stop_from else "")
            found.setdefault(str(person_id), []).append(told)
    return found


def _after(asked: Looking) -> dict[tuple[str, str, str], list[Unowed]]:
    """Payments owed to nobody from the month on, by whose they were and the programme."""
    clauses = [*believed(Payment, NOW), col(Payment.month) >= asked.month]
    found: dict[tuple[str, str, str], list[Unowed]] = {}
    for one in unowed.find(asked.session, asked.caller, clauses):
        if one.unowed:
            found.setdefault((*one.unit, one.payment.programme), []).append(one)
    return found
