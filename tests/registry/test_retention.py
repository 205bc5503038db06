"""What has had its time is gone from the database's files; what is under hold stays; both stand on record."""

import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from kit.columns import now
from kit.database import reading, transaction
from kit.idempotency import KEPT
from kit.retention import TURN, keeping, turn
from registry.access.account_tables import Account, AccountSession, Attempt, SpentHandle
from registry.audit.tables import JournalEntry
from registry.changes.tables import Change
from registry.imports.tables import Import, ImportRow
from registry.oversight.retention import Keeper, keep_time, run
from registry.oversight.tables import Deletion, RetentionTurn
from registry.table import CallCount, IdempotencyKey
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, VILLAGE, House, id_number, person_row, workbook

OLD = timedelta(days=4000)
SECRETS = ("handle-of-long-ago", "spent-handle-of-long-ago", "sealed-answer-of-long-ago", "activation-of-long-ago")


def keeper(house: House, *, dry: bool = False) -> Keeper:
    return Keeper(house.database, house.ring, house.app.state.settings, dry)


def deleted(house: House, **more: Any) -> dict[str, dict[str, int]]:
    return {one.job: one.deleted for one in run(keeper(house, **more))}


def fill(house: House) -> None:
    """Old and new of everything."""
    at = now()
    person = {"agency": "civil-affairs", "area": TOWN, "roles": ["township-worker"], "created_at": at}
    with transaction(house.database) as session:
        session.add(Account(account_id="a1", login="a1", name="甲", staff_number="1", **person))
        late = {"activation_hash": SECRETS[3], "activation_until": at - timedelta(days=1)}
        session.add(Account(account_id="a2", login="a2", name="乙", staff_number="2", **person, **late))
        session.flush()
        for name, handle, ended in (("old", SECRETS[0], at - OLD), ("new", "h2", at), ("open", "h3", None)):
            session.add(
                AccountSession(
                    session_id=name, account_id="a1", stage="open", handle_hash=handle, purpose="x",
                    created_at=at - OLD, seen_at=at, ended_at=ended,
                )
            )  # fmt: skip
        session.flush()
        session.add(SpentHandle(handle_hash=SECRETS[1], session_id="old"))
        session.add(SpentHandle(handle_hash="s2", session_id="open"))
        for key, made in ((SECRETS[2], at - KEPT - timedelta(hours=1)), ("fresh", at)):
            session.add(IdempotencyKey(key=key, fingerprint="f", created_at=made, body="x"))
        session.add(Attempt(key="address:192.0.2.7", failures=1, failed_at=at - timedelta(days=3)))
        session.add(CallCount(key="lookup:client:x", minute=1, spent=1))


def bytes_of(house: House, folder: Path) -> bytes:
    """Everything in the files of the database."""
    house.database.engine.dispose()
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and "db" in path.name)


def test_what_is_old_goes_and_what_is_young_stays(house: House) -> None:
    fill(house)
    rehearsed = deleted(house, dry=True)
    with reading(house.database) as session:
        assert session.get(AccountSession, "old") is not None
        assert session.exec(select(Deletion)).all() == []
    done = deleted(house)
    assert done == rehearsed
    assert done["sessions"] == {"sessions": 1, "handles": 1}
    assert (done["answers"], done["activations"]) == ({"answers": 1}, {"secrets": 1})
    assert done["counts"] == {"failures": 1, "calls": 1}
    with reading(house.database) as session:
        assert {row.session_id for row in session.exec(select(AccountSession))} == {"new", "open"}
        assert [row.handle_hash for row in session.exec(select(SpentHandle))] == ["s2"]
        assert [row.key for row in session.exec(select(IdempotencyKey))] == ["fresh"]
    assert set(map(str, deleted(house).values())) <= {str(dict.fromkeys(one, 0)) for one in done.values()}


def test_a_deleted_value_stands_in_no_file_of_the_database(house: House, tmp_path: Path) -> None:
    if house.database.dialect != "sqlite":
        pytest.skip("what PostgreSQL keeps of a page until VACUUM is the site's matter, see docs/decisions/0059")
    fill(house)
    folder = Path(str(house.database.engine.url.database)).parent
    before = bytes_of(house, folder)
    assert all(one.encode() in before for one in SECRETS)
    run(keeper(house))
    after = bytes_of(house, folder)
    assert [one for one in SECRETS if one.encode() in after] == []


def _imports(house: House) -> dict[str, str]:
    """Two old imports and a young one; the ids."""
    found = {}
    for name, area, number in (("old", COUNTY, 11), ("other", OTHER_COUNTY, 21), ("young", COUNTY, 31)):
        division = VILLAGE if area == COUNTY else "640498100201"
        county = area[:6]
        row = person_row(
            户号=f"JY-{name}", 身份证号=id_number("19700102", number, county), 姓名=f"马{number}", 区划代码=division
        )
        found[name] = house.take(workbook([row]), area=area)["import_id"]
    with transaction(house.database) as session:
        old = col(Import.import_id).in_([found["old"], found["other"]])
        session.execute(update(Import).where(old).values(created_at=now() - OLD))
    return found


def reports(house: House) -> set[str]:
    with reading(house.database) as session:
        return set(session.exec(select(ImportRow.import_id)))


def test_reports_of_old_imports_go_and_the_persons_stay(house: House) -> None:
    found = _imports(house)
    assert deleted(house)["import-rows"] == {"rows": 2}
    assert reports(house) == {found["young"]}
    known = house.call("POST", "/persons/lookup", "registry:read", json={"id_number": id_number("19700102", 11)})
    assert known.status_code == 200


@pytest.mark.parametrize("kind", ["person", "import", "area", "village", "county"])
def test_what_is_under_hold_is_not_deleted_until_it_is_lifted(house: House, kind: str) -> None:
    found = _imports(house)
    known = house.call("POST", "/persons/lookup", "registry:read", json={"id_number": id_number("19700102", 11)}).json()
    targets = {"person": known["person_id"], "import": found["old"], "area": TOWN, "village": VILLAGE, "county": COUNTY}
    path = f"/holds/{kind if kind in ('person', 'import') else 'area'}/{targets[kind]}"
    placed = house.call("PUT", path, "holds:write", json={"reason": "信访 2026-17"})
    assert placed.status_code == 200, placed.text
    outcome = next(one for one in run(keeper(house)) if one.job == "import-rows")
    assert (outcome.deleted, outcome.held) == ({"rows": 1}, 1)
    assert reports(house) == {found["old"], found["young"]}
    lifted = house.call("DELETE", path, "holds:write").json()
    assert lifted["lifted_at"] is not None
    assert deleted(house)["import-rows"] == {"rows": 1}
    assert reports(house) == {found["young"]}
    with reading(house.database) as session:
        told = [row.action for row in session.exec(select(JournalEntry)) if row.action.startswith("hold.")]
    assert told == ["hold.place", "hold.lift"]


def test_a_hold_says_who_why_and_when_and_a_second_one_changes_nothing(house: House) -> None:
    first = house.call("PUT", f"/holds/area/{TOWN}", "holds:write", json={"reason": "信访"}).json()
    again = house.call("PUT", f"/holds/area/{TOWN}", "holds:write", json={"reason": "另一事"}).json()
    assert again == first
    assert (first["reason"], first["area"], first["lifted_by"]) == ("信访", TOWN, None)
    assert house.call("GET", "/holds", "audit:read").json()["holds"] == [first]
    assert house.call("GET", "/holds", "audit:read", area=OTHER_COUNTY).json()["holds"] == []
    assert house.call("DELETE", f"/holds/area/{TOWN}", "holds:write", area=OTHER_COUNTY).status_code == 404
    assert house.call("DELETE", f"/holds/area/{TOWN}", "holds:write").status_code == 200
    assert house.call("DELETE", f"/holds/area/{TOWN}", "holds:write").status_code == 404


@pytest.mark.parametrize("reason", ["", "a\nb", "x" * 301])
def test_a_reason_is_one_line_of_text(house: House, reason: str) -> None:
    assert house.call("PUT", f"/holds/area/{TOWN}", "holds:write", json={"reason": reason}).status_code == 422


def test_every_pass_is_on_record_in_the_journal_and_in_the_list(house: House) -> None:
    fill(house)
    due = {one["job"]: one for one in house.call("GET", "/audit/deletions/due", "audit:read").json()["due"]}
    assert due["sessions"]["deleted"] == {"sessions": 1, "handles": 1}
    run(keeper(house))
    listed = house.call("GET", "/audit/deletions", "audit:read").json()["deletions"]
    assert {one["job"]: one["deleted"] for one in listed} == {name: one["deleted"] for name, one in due.items()}
    assert listed[0]["title"] == "已结束的登录会话"
    with reading(house.database) as session:
        told = [row for row in session.exec(select(JournalEntry)) if row.action == "retention.delete"]
    assert {row.detail["job"]: row.detail["deleted"] for row in told} == {one["job"]: one["deleted"] for one in listed}
    page = house.call("GET", "/audit/deletions", "audit:read", params={"limit": 2}).json()
    assert [one["job"] for one in page["deletions"]] == [one["job"] for one in listed[:2]]
    assert page["cursor"]


def test_one_process_does_it_once_a_day(house: House) -> None:
    fill(house)
    assert keep_time(keeper(house))
    assert keep_time(keeper(house)) == []
    with transaction(house.database) as session:
        session.get_one(RetentionTurn, TURN).done_on = date(2020, 1, 1)
    with turn(house.database, RetentionTurn, date(2026, 1, 1)) as mine:
        assert mine
        with turn(house.database, RetentionTurn, date(2026, 1, 1)) as second:
            assert not second
    with transaction(house.database) as session:
        assert session.get_one(RetentionTurn, TURN).done_on == date(2026, 1, 1)


def test_a_pass_that_fails_is_made_again(house: House) -> None:
    with pytest.raises(RuntimeError), turn(house.database, RetentionTurn, date(2026, 1, 1)) as mine:
        assert mine
        raise RuntimeError
    with turn(house.database, RetentionTurn, date(2026, 1, 1)) as again:
        assert again


def test_a_thread_looks_after_it_and_survives_a_failure(house: House) -> None:
    looked, thrice = list[int](), threading.Event()

    def look() -> None:
        looked.append(1)
        if len(looked) == 3:
            thrice.set()
        raise RuntimeError

    with keeping(look, 0.01):
        assert thrice.wait(60)


def test_the_feed_goes_on_after_its_old_changes_are_gone(house: House) -> None:
    for number in (11, 13, 15):
        body = {"name": f"马{number}", "id_number": id_number("19700102", number), "division": VILLAGE}
        assert house.call("POST", "/persons", "registry:write", json=body).status_code == 201
    with transaction(house.database) as session:
        session.execute(update(Change).values(recorded_at=now() - OLD))
    assert deleted(house)["changes"] == {"changes": 2}
    assert house.call("GET", "/changes", "registry:follow").status_code == 410
    assert len(house.export()[1]) == 3
