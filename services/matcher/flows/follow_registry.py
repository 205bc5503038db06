"""A change's journey: the registry's people, coverage and divisions into our snapshot, the ledger's news to the list.

The cursor, the list of files, the answers and the counters move in one transaction: a worker killed in between follows
the same changes once more and comes to the same state.
"""

from datetime import timedelta
from typing import Any

import polars as pl

from kit.columns import now
from kit.database import reading
from kit.logs import get_logger
from matcher.flows.desk import Desk, Hold
from matcher.flows.encoded_people import areas_print
from matcher.flows.hear_answers import hear, keep
from matcher.people import snapshot
from matcher.people import store as people
from matcher.places import store as places
from matcher.registry_client import CursorGone
from matcher.settlements.history import follow

_log = get_logger("follow_registry")
PAGES = 50  # of one turn: an import of the registry must not keep a batch waiting for ever


def follow_registry(hold: Hold) -> bool:
    """Take over what changed. True when something did. Raises RegistryDown, RegistryRefused."""
    desk = hold.desk
    with reading(desk.database) as session:
        standing = people.standing(session)
        cursor, asked, files = standing.cursor, standing.asked_at, list(standing.files)
    if cursor is None or not snapshot.is_current(files):
        return _take_all(hold)
    poll = timedelta(seconds=desk.settings.worker_poll_seconds)
    if asked is not None and abs(now() - asked) < poll:  # one that lies ahead was noted by a clock since put right
        return False
    try:
        return _take_changes(hold, cursor)
    except CursorGone:
        _log.warning("cursor_gone")
        return _take_all(hold)


def _take_all(hold: Hold) -> bool:
    """The first time, or after we slept too long: everybody anew, and every case as it stands."""
    export = hold.desk.registry.export()
    frame = snapshot.from_lines(export.lines)
    areas = hold.desk.registry.areas()
    name = hold.desk.people.write(frame)
    with reading(hold.desk.database) as session:
        heard = hear(hold.desk, session, export.cases)
    with hold.writing() as session:
        keep(hold.desk, session, heard)
        follow(session, export.merged)  # who was merged while we slept
        standing = people.standing(session)
        standing.cursor, standing.files, standing.asked_at = export.cursor, [name], now()
        standing.identities += 1
        standing.inputs += 1
        standing.facts_on = None
        session.add(standing)
        places.replace(session, areas)
    hold.desk.people.sweep([name])
    _log.info("registry_taken", people=frame.height, places=len(areas), cases=len(export.cases))
    return True


def _cases(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [change["case"] for change in changes if change["kind"] == "case" and change.get("case")]


def _take_changes(hold: Hold, cursor: str) -> bool:
    desk = hold.desk
    changes = []
    for _ in range(PAGES):
        page = desk.registry.changes(cursor, desk.settings.follow_page)
        changes += page.changes
        cursor = page.cursor
        if not page.more:
            break
    kinds = {change["kind"] for change in changes}
    areas = desk.registry.areas() if "area" in kinds else None
    with reading(desk.database) as session:
        files = list(people.standing(session).files)
        heard = hear(desk, session, _cases(changes))
        called = areas_print(places.frame(session))
    before = desk.people.read(files)
    delta = snapshot.from_changes(changes)
    told = delta.height > 0 and snapshot.identity_changed(before, delta)
    files = _add_file(desk, files, delta)
    with hold.writing() as session:
        decided = keep(desk, session, heard)
        decided |= follow(session, snapshot.survivors(delta))
        standing = people.standing(session)
        standing.cursor, standing.files, standing.asked_at = cursor, files, now()
        standing.identities += told or decided
        if changes:  # whatever it was may have altered what is derived of people (flows/fetch_facts.py)
            standing.facts_on = None
        standing.inputs += bool(delta.height or areas is not None or heard.screens)
        session.add(standing)
        if areas is not None:
            places.replace(session, areas)
            standing.identities += areas_print(places.frame(session)) != called  # names of places are told by addresses
    if delta.height:
        desk.people.sweep(files)
        _log.info("registry_followed", changes=len(changes), people=delta.height)
    return bool(changes)


def _add_file(desk: Desk, files: list[str], delta: pl.DataFrame) -> list[str]:
    """The new list of files: one more, or one for all when there are many."""
    if not delta.height:
        return files
    if len(files) > desk.settings.snapshot_deltas:
        return [desk.people.write(snapshot.overlay(desk.people.read(files), delta))]
    return [*files, desk.people.write(delta)]
