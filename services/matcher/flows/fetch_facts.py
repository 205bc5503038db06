"""What the registry derives of its people — payouts, registers, phase-outs, incomes, exits — into sealed files.

Asked for after the changefeed moved and once a day; only kinds whose stamp moved are fetched. Each kind counts as soon
as it is there: what is cut off later is fetched again, and nothing of it is lost.
"""

from datetime import timedelta

from kit.columns import now
from kit.database import reading
from kit.logs import get_logger
from matcher.flows.desk import Hold
from matcher.people import store as people

_log = get_logger("fetch_facts")
# After an attempt that did not end well: what took the registry long is not asked for at every turn.
AGAIN = timedelta(seconds=60)


def fetch_facts(hold: Hold) -> bool:
    """Bring what is derived up to date. True when any of it changed. Raises RegistryDown, RegistryRefused."""
    desk, day = hold.desk, hold.desk.today()
    with reading(desk.database) as session:
        standing = people.standing(session)
        asked, tried, synced = standing.facts_on, standing.facts_tried_at, standing.cursor is not None
        kept: dict[str, dict[str, str]] = dict(standing.fact_files or {})
    if not synced or asked == day or (tried is not None and abs(now() - tried) < AGAIN):
        return False
    with hold.writing() as session:
        standing = people.standing(session)
        standing.facts_tried_at = now()
        session.add(standing)
    told = desk.registry.facts()
    if told is None:
        _log.info("facts_unknown")  # a registry of an older version: nothing is derived
    fresh = {kind: one for kind, one in kept.items() if kind in (told or {})}
    for kind, stamp in (told or {}).items():
        if kept.get(kind, {}).get("stamp") != stamp:
            fresh = _fetched(hold, fresh, kind)
    with hold.writing() as session:
        standing = people.standing(session)
        standing.inputs += (standing.fact_files or {}) != fresh
        standing.fact_files, standing.facts_on, standing.facts_tried_at = fresh, day, None
        session.add(standing)
    desk.facts.sweep(fresh)
    return fresh != kept


def _fetched(hold: Hold, kept: dict[str, dict[str, str]], kind: str) -> dict[str, dict[str, str]]:
    """The files with this kind anew, written down at once."""
    desk = hold.desk
    rows = desk.registry.fact_rows(kind, kept.get(kind, {}).get("stamp"), desk.settings.facts_timeout_seconds)
    if rows is None:
        return kept
    fresh = {**kept, kind: {"stamp": rows.stamp, "file": desk.facts.write(rows.content)}}
    with hold.writing() as session:
        standing = people.standing(session)
        standing.fact_files = fresh
        standing.inputs += 1
        session.add(standing)
    _log.info("facts_fetched", count=rows.content.count(b"\n"))
    return fresh
