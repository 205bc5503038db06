"""The quarter's bulletin (L14): what was found how often, and typical cases, so that nobody can be recognised.

It goes to the public and to other counties: no id, no name, no place below the area it is of, no day; a number below
the bound for small cells is not told, and neither is a typical case of a kind that occurred less often.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.scope import lies_in, within
from registry.ledger.outcome_codes import KIND_TITLES, OUTCOMES
from registry.ledger.tables import Case, CaseItem

MOST_TYPICAL = 10
_MONTHS = 3


@dataclass(frozen=True)
class Finding:
    """One answered person, as far as it is looked at here."""

    kind: str
    code: str
    screens: tuple[str, ...]
    days: int | None  # from opening to settling


def quarter_days(quarter: str) -> tuple[date, date]:
    """First and last day of `2021Q2`."""
    year, number = int(quarter[:4]), int(quarter[-1])
    first = date(year, _MONTHS * (number - 1) + 1, 1)
    after = date(year + (number == 4), 1 if number == 4 else first.month + _MONTHS, 1)
    return first, after - timedelta(days=1)


def findings(session: Session, caller: Caller, area: str, quarter: str) -> list[Finding]:
    """Whoever was answered within the quarter, in the area as far as it lies in the caller's."""
    first, last = quarter_days(quarter)
    query = (
        select(CaseItem, col(Case.opened_on))
        .join(Case, col(Case.case_id) == col(CaseItem.case_id))
        .where(within(caller, col(Case.area)), lies_in(caller, col(Case.area), area))
        .where(col(CaseItem.code).is_not(None), col(CaseItem.reported_on) >= first, col(CaseItem.reported_on) <= last)
    )
    return [
        Finding(
            item.kind,
            item.code or "",
            tuple(sorted(item.screens)),
            None if item.settled_on is None else (item.settled_on - opened_on).days,
        )
        for item, opened_on in session.exec(query)
    ]


@dataclass(frozen=True)
class Line:
    """How often a code was the answer; None: fewer than may be told."""

    kind: str
    code: str
    number: int | None


def counted(found: Sequence[Finding], bound: int) -> list[Line]:
    """By kind and code, small numbers withheld; a lone small number would be told by the total, so the next smallest
    of its kind is withheld with it."""
    lines = []
    for kind in KIND_TITLES:
        numbers = Counter(one.code for one in found if one.kind == kind)
        small = {code for code, number in numbers.items() if number < bound}
        if len(small) == 1 and len(numbers) > 1:
            small.add(min((code for code in numbers if code not in small), key=lambda code: numbers[code]))
        lines += [Line(kind, code, None if code in small else numbers[code]) for code in OUTCOMES if code in numbers]
    return lines


def typical(found: Sequence[Finding], bound: int) -> Iterator[str]:
    """A sentence for each combination that occurred often enough to be nobody's own, the commonest first."""
    often = Counter((one.kind, one.screens, one.code) for one in found)
    for (kind, screens, code), number in often.most_common(MOST_TYPICAL):
        if number >= bound:
            days = sorted(
                one.days for one in found if (one.kind, one.screens, one.code) == (kind, screens, code) and one.days
            )
            took = f"，办结用时中位数{days[len(days) // 2]}天" if len(days) >= bound else ""
            why = "、".join(screens) or "群众反映"
            yield f"{KIND_TITLES[kind]}（{why}）：核查结果“{OUTCOMES[code].title}”，同类{number}人{took}。"
