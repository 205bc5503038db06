"""What each step altered of a case: kept with its entry in the history, told to whoever still holds an older version.

Two people work on one case; the second is refused (412). To read everything again and compare by eye is what such
systems ask for and what nobody does: so the refusal says what was altered meanwhile, from what to what.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import orjson
from sqlmodel import Session, col, select

from china.masks import mask_in_text
from kit.crypto import KeyRing
from kit.problems import FieldIssue, VersionMismatch
from registry.desk import Counter, check_version
from registry.ledger.outcome_codes import KIND_TITLES, OUTCOMES
from registry.ledger.states import LABELS, STANDINGS
from registry.ledger.tables import Case, CaseEvent, CaseItem

ALTERED = "ledger.altered"
FIELDS = {
    "state": "状态",
    "area": "辖区",
    "tier": "核查方式",
    "flag": "提醒",
    "accept_due_on": "签收期限",
    "due_on": "办理期限",
    "suspended_until": "挂起至",
    "responsible_unit": "责任单位",
    "responsible_person": "责任人",
    "measure": "措施",
    "assigned_agency": "第三方",
    "assigned_until": "第三方办理至",
    "closed_reason": "办结方式",
}
STANDING, CODE, KIND, ENTERED = "standing", "code", "kind", "entered_on"
_OF_ITEMS = {STANDING: "核查对象状态", CODE: "核查结果", KIND: "线索类别", ENTERED: "平台录入日期"}
Values = dict[str, str | None]
Altered = dict[str, tuple[str | None, str | None]]  # field → before, after; of an item as `items.{item_id}.{field}`


def values_of(case: Case, items: Iterable[CaseItem]) -> Values:
    """What is compared of a case, as text."""
    found = {name: _text(getattr(case, name)) for name in FIELDS}
    for item in items:
        found |= {f"items.{item.item_id}.{name}": _text(getattr(item, name)) for name in _OF_ITEMS}
    return found


def _text(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, date) else value


def between(before: Values, after: Values) -> Altered:
    """What differs."""
    names = list(dict.fromkeys((*before, *after)))
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def sealed(ring: KeyRing, event_id: str, altered: Altered) -> str | None:
    """As the history keeps it: measures and people in charge are nobody else's to read."""
    return ring.encrypt(orjson.dumps(altered).decode(), f"{ALTERED}.{event_id}") if altered else None


def check_seen(counter: Counter, session: Session, if_match: str | None, case: Case) -> None:
    """The caller must have seen the case's present version. Raises VersionMissing, or VersionMismatch with what was
    altered since the version that was seen, as far as the caller may read it."""
    try:
        check_version(if_match, case.version)
    except VersionMismatch:
        seen = (if_match or "").strip().removeprefix("W/").strip('"')
        if not seen.isdecimal() or int(seen) > case.version:
            raise
        altered = _since(session, counter.ring, case, int(seen))
        terms = counter.caller.terms
        if terms is not None:
            altered = {name: pair for name, pair in altered.items() if _resource_field(name) in terms.fields}
        raise VersionMismatch(errors=_issues(altered), present=case.version) from None


def _since(session: Session, ring: KeyRing, case: Case, version: int) -> Altered:
    """From the values as that version had them to those of today; what was put back meanwhile is not there."""
    query = (
        select(CaseEvent)
        .where(col(CaseEvent.case_id) == case.case_id)
        .where(col(CaseEvent.version) > version, col(CaseEvent.version) <= case.version)
        .order_by(col(CaseEvent.version), col(CaseEvent.event_id))
    )
    found: Altered = {}
    for event in session.exec(query):
        if event.altered_sealed is not None:
            told = orjson.loads(ring.decrypt(event.altered_sealed, f"{ALTERED}.{event.event_id}"))
            for name, (before, after) in told.items():
                found[name] = (found[name][0] if name in found else before, after)
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}


def _resource_field(name: str) -> str:
    """As an agreement names it: without the item's id."""
    parts = name.split(".")
    return f"items.{parts[-1]}" if len(parts) > 1 else name


def _issues(altered: Altered) -> Sequence[FieldIssue]:
    return [
        FieldIssue(
            f"/{name.replace('.', '/')}", "altered", f"{_label(name)}：{_shown(name, was)} → {_shown(name, now)}"
        )
        for name, (was, now) in altered.items()
    ]


def _label(name: str) -> str:
    return FIELDS.get(name) or _OF_ITEMS[name.rsplit(".", 1)[-1]]


def _shown(name: str, value: str | None) -> str:
    """A value as staff read it; what people typed is masked where it holds a number."""
    kind = name.rsplit(".", 1)[-1]
    if value is None:
        return "（无）"
    if kind == CODE:
        return f"{value} {OUTCOMES[value].title}"
    if kind == STANDING:
        return STANDINGS[value]
    if kind == KIND:
        return KIND_TITLES[value]
    return LABELS.get(value, value) if kind == "state" else str(mask_in_text(value))


def taken_back(ring: KeyRing, case: Case, items: Iterable[CaseItem], since: Iterable[CaseEvent]) -> Values:
    """The case's values as they stood before these steps (the oldest first); of steps taken before alterations were
    kept, the state alone is known."""
    found = values_of(case, items)
    known: set[str] = set()
    for event in since:
        told = {} if event.altered_sealed is None else orjson.loads(
            ring.decrypt(event.altered_sealed, f"{ALTERED}.{event.event_id}")
        )  # fmt: skip
        told.setdefault("state", (event.state_before, event.state_after))
        for name, (before, _) in told.items():
            if name not in known:
                known.add(name)
                found[name] = before
    return found
