"""What stands of all that was ever decided about rows: entries are only added, and `Decision` is what they come to.

An answer taken back leaves what was said before it and by others, so undoing is exact; and a decision about a person
the registry has merged goes over to the one that remained.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from kit.columns import new_id, now
from matcher.settlements.rule import CONFIRM
from matcher.settlements.tables import Decision, DecisionEntry

REVOKE, MOVED = "revoke", "moved"
SAID = ("record_print", "person_id", "verdict", "code", "source", "lead_id", "batch_id", "line", "area", "made_at")
CHUNK = 5000


def decide(session: Session, decisions: Iterable[dict[str, Any]]) -> bool:
    """Write down decisions (a Decision's columns), in order. True when a pair stands otherwise than before."""
    prints = _append(session, [{"made_at": now(), **decision} for decision in decisions])
    return _rebuild(session, prints)


def withdraw(session: Session, source: str) -> bool:
    """Take back what `source` said. True when a pair stands otherwise than before."""
    said = session.exec(select(DecisionEntry).where(col(DecisionEntry.source) == source)).all()
    of_print = {row.record_print: row for row in said if row.verdict not in (REVOKE, MOVED)}
    entries = [{**_columns(row), "verdict": REVOKE, "made_at": now()} for row in of_print.values()]
    return _rebuild(session, _append(session, entries))


def follow(session: Session, merged: Mapping[str, str]) -> bool:
    """Decisions about merged persons (gone → survivor) go over to the survivor. True when any did."""
    ids, entries = sorted(merged), []
    for start in range(0, len(ids), CHUNK):
        concerned = select(Decision).where(col(Decision.person_id).in_(ids[start : start + CHUNK]))
        for row in session.exec(concerned.order_by(Decision.record_print, Decision.person_id)):
            moved = {"verdict": MOVED, "source": row.person_id, "person_id": _last(merged, row.person_id)}
            entries.append({**_columns(row), **moved, "made_at": now()})
    return _rebuild(session, _append(session, entries))


def _last(merged: Mapping[str, str], person_id: str) -> str:
    """Who remained of several merges told at once; a circle ends where it began."""
    seen = {person_id}
    while (following := merged.get(person_id)) is not None and following not in seen:
        seen.add(following)
        person_id = following
    return person_id


def stand(entries: Sequence[DecisionEntry]) -> dict[str, DecisionEntry]:
    """Person → the word that holds, of one row's entries in order: the latest on a pair, one person confirmed."""
    revoked = {entry.source for entry in entries if entry.verdict == REVOKE}
    held: dict[str, DecisionEntry] = {}
    for entry in entries:
        if entry.verdict == MOVED:
            gone = held.pop(entry.source, None)
            if gone is not None:
                _hold(held, entry.person_id, gone)
        elif entry.source not in revoked:
            _hold(held, entry.person_id, entry)
    return held


def _hold(held: dict[str, DecisionEntry], person_id: str, entry: DecisionEntry) -> None:
    """A later word takes the place of an earlier one; of a merged pair's two the later said holds."""
    known = held.get(person_id)
    if known is not None and (known.number or 0) > (entry.number or 0):
        return
    if entry.verdict == CONFIRM:
        for other in [one for one, said in held.items() if said.verdict == CONFIRM and one != person_id]:
            del held[other]
    held[person_id] = entry


def _append(session: Session, entries: list[dict[str, Any]]) -> list[str]:
    """Add entries; gives the rows they are about."""
    if entries:
        session.execute(insert(DecisionEntry), entries)
    return sorted({str(entry["record_print"]) for entry in entries})


def _rebuild(session: Session, prints: Collection[str]) -> bool:
    changed = False
    for print_ in prints:
        entries = select(DecisionEntry).where(col(DecisionEntry.record_print) == print_)
        held = stand(session.exec(entries.order_by(col(DecisionEntry.number))).all())
        of_row = col(Decision.record_print) == print_
        before = {(row.person_id, row.verdict) for row in session.exec(select(Decision).where(of_row))}
        changed |= before != {(person, entry.verdict) for person, entry in held.items()}
        session.execute(delete(Decision).where(of_row))
        rows = [{**_columns(entry), "id": new_id(), "person_id": person} for person, entry in held.items()]
        if rows:
            session.execute(insert(Decision), rows)
    return changed


def _columns(row: Decision | DecisionEntry) -> dict[str, Any]:
    return {name: getattr(row, name) for name in SAID}
