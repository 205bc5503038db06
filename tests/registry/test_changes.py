"""The feed of changes: ordered by commit, followable, scoped, never silently incomplete."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from kit.columns import now
from kit.database import reading, transaction
from kit.paging import encode_cursor
from registry.changes import store
from registry.changes.store import Touched, append
from registry.changes.tables import Change
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, VILLAGE, House, id_number, person_row, workbook


def follow(house: House, cursor: str | None = None, area: str = COUNTY, **more: Any) -> dict[str, Any]:
    parameters = {**({"cursor": cursor} if cursor else {}), **more}
    answer = house.call("GET", "/changes", "registry:follow", area=area, params=parameters)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def touch(house: House, *subjects: str) -> None:
    with transaction(house.database) as session:
        append(session, [Touched("case", subject, VILLAGE) for subject in subjects])


def register(house: House, number: int) -> None:
    body = {"name": f"马{number}", "id_number": id_number("19700102", number), "division": VILLAGE}
    assert house.call("POST", "/persons", "registry:write", json=body).status_code == 201


def test_a_follower_that_reads_all_the_while_misses_no_writer(house: House) -> None:
    """Writers commit in whatever order they like; whoever read up to a number never sees a lower one later."""
    writers, each = 4, 8
    seen: list[int] = []
    done = threading.Event()

    def write(writer: int) -> None:
        for turn in range(each):
            with transaction(house.database) as session:
                append(session, [Touched("case", f"{writer}-{turn}", VILLAGE)])
                time.sleep(0.002 * (writer + 1))  # a slow transaction that holds its number back

    def read() -> None:
        while True:
            last = done.is_set()
            with reading(house.database) as session:
                rows = session.exec(store.select(Change).where(store.col(Change.seq) > (seen[-1] if seen else 0)))
                seen.extend(sorted(row.seq for row in rows))
            if last:
                return

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, range(writers)))
    done.set()
    reader.join()
    assert seen == list(range(1, writers * each + 1))


def test_a_rolled_back_writer_leaves_no_gap_that_is_filled_later(house: House) -> None:
    with pytest.raises(RuntimeError), transaction(house.database) as session:
        append(session, [Touched("case", "lost", VILLAGE)])
        raise RuntimeError
    touch(house, "kept")
    assert [(one["seq"], one["id"]) for one in follow(house)["changes"]] == [(1, "kept")]


def test_one_transaction_tells_of_one_thing_once(house: House) -> None:
    touch(house, "a", "b", "a")
    assert [one["id"] for one in follow(house)["changes"]] == ["a", "b"]


def test_an_export_and_the_changes_after_it_are_everything(house: House) -> None:
    house.take(workbook([person_row()]))
    cursor, people = house.export()
    register(house, 77)
    page = follow(house, cursor)
    assert [one["name"] for one in people] == ["马有福"]
    assert [one["person"]["name"] for one in page["changes"]] == ["马77"]
    assert page["changes"][0]["person"]["id_number"] == id_number("19700102", 77)
    assert follow(house, page["cursor"])["changes"] == []


def test_pages_go_on_without_losing_or_repeating(house: House) -> None:
    touch(house, *(str(number) for number in range(7)))
    seen, cursor, more = [], None, True
    while more:
        page = follow(house, cursor, limit=3)
        seen += [one["id"] for one in page["changes"]]
        cursor, more = page["cursor"], page["more"]
    assert seen == [str(number) for number in range(7)]


def test_a_follower_sees_its_own_area_only_and_still_moves_on(house: House) -> None:
    touch(house, "a")
    elsewhere = follow(house, area=OTHER_COUNTY)
    assert elsewhere["changes"] == []
    assert follow(house, elsewhere["cursor"], area=TOWN)["changes"] == []
    assert [one["id"] for one in follow(house, area=TOWN)["changes"]] == ["a"]


def test_waiting_ends_as_soon_as_something_changes_and_not_before(house: House) -> None:
    cursor = follow(house)["cursor"]
    house.token("registry:follow")
    timer = threading.Timer(0.6, touch, (house, "late"))
    start = time.monotonic()
    timer.start()
    page = follow(house, cursor, wait=25)
    timer.join()
    assert [one["id"] for one in page["changes"]] == ["late"]
    assert 0.5 < time.monotonic() - start < 20
    assert follow(house, page["cursor"], wait=1)["changes"] == []


def test_a_cursor_whose_changes_are_forgotten_or_never_were_says_where_to_resync(house: House) -> None:
    start = follow(house)["cursor"]
    touch(house, "a", "b", "c")
    with transaction(house.database) as session:
        assert store.prune(session, now() + timedelta(days=1)) == 2  # the newest stays
    ahead = encode_cursor(house.ring, {"seq": 99})
    for cursor in (start, ahead):
        answer = house.call("GET", "/changes", "registry:follow", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (410, "cursor-expired")
        assert answer.json()["args"] == {"resync": "/registry/v1/export"}
    touch(house, "d")
    fresh, _ = house.export()
    assert follow(house, fresh)["changes"] == []


def test_after_a_restore_no_earlier_cursor_passes_over_what_was_lost(house: House) -> None:
    """Without the numbers passed over, a follower at 3 would go on at 4 when others had taken 1 to 4 anew."""
    touch(house, "a", "b", "c")
    cursors = [encode_cursor(house.ring, {"seq": seq}) for seq in range(4)]
    with transaction(house.database) as session:
        session.execute(delete(Change).where(store.col(Change.seq) > 1))  # restored to when there was one
        beyond = store.pass_over_lost(session)
        assert store.position(session) == beyond
    fresh = encode_cursor(house.ring, {"seq": beyond})  # what an export gives now
    touch(house, "d", "e", "f", "g")
    for cursor in cursors:
        answer = house.call("GET", "/changes", "registry:follow", area=COUNTY, params={"cursor": cursor})
        assert (answer.status_code, answer.json()["args"]) == (410, {"resync": "/registry/v1/export"})
    assert [one["id"] for one in follow(house, fresh)["changes"]] == ["d", "e", "f", "g"]


def test_a_cursor_of_another_list_or_of_nobody_is_refused(house: House) -> None:
    for cursor in (encode_cursor(house.ring, {"case": "x"}), "AAAA", "不"):
        answer = house.call("GET", "/changes", "registry:follow", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor-invalid")


def test_an_export_cut_into_many_pieces_is_complete(house: House) -> None:
    house.told(export_chunk_rows=2)
    for number in range(1, 6):
        register(house, number)
    _, people = house.export()
    assert sorted(one["name"] for one in people) == [f"马{number}" for number in range(1, 6)]
