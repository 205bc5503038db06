"""The civil affairs export, as it comes, month after month."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import update

from kit.columns import now
from kit.database import transaction
from registry.imports import take as story
from registry.imports.tables import Import
from registry.intake import store as shelves
from registry.ledger.terms import Terms
from tests.registry.house import COUNTY, OTHER_COUNTY, OTHER_VILLAGE, TOWN, House, id_number, person_row, workbook

HEAD = person_row()
WIFE = person_row(
    姓名="马秀英", 身份证号=id_number("19720304", 22), 性别="女", 出生日期="19720304", 与户主关系="配偶",
)  # fmt: skip


def codes(house: House, done: dict[str, Any]) -> dict[int, list[str]]:
    return {row["line"]: [issue["code"] for issue in row["issues"]] for row in house.rows(done["import_id"])}


def outcomes(house: House, done: dict[str, Any]) -> list[str]:
    return [row["outcome"] for row in house.rows(done["import_id"])]


def only(house: House) -> dict[str, Any]:
    """The one person the registry holds."""
    _, people = house.export()
    assert len(people) == 1
    return people[0]


def test_an_export_comes_in_with_title_and_total_counted_and_never_read(house: House) -> None:
    done = house.take(workbook([HEAD, WIFE]))
    assert done["counts"] == {"created": 2}
    assert done["progress"] == {"phase": "done", "rows_total": 2, "rows_done": 2}
    assert (done["skipped"]["title"], done["skipped"]["closing"]) == (1, 1)
    _, people = house.export()
    by_name = {one["name"]: one for one in people}
    head, wife = by_name["马有福"], by_name["马秀英"]
    assert (head["is_head"], wife["is_head"], wife["relation"]) == (True, False, "配偶")
    assert head["household_id"] == wife["household_id"]
    assert (head["sex"], head["birth_date"], head["ethnic"]) == ("1", "1970-01-02", "回族")
    assert head["source"] == {"import_id": done["import_id"], "line": 3}


def test_form_household_size_and_covered_count_are_three_things(house: House) -> None:
    house.take(workbook([person_row(保障方式="单人保", 家庭人口="4", 保障人数="1", 月保障金="1,319.50元")]))
    held = only(house)["coverage"][0]
    assert (held["form"], held["household_size"], held["covered_count"]) == ("single", 4, 1)
    assert held["amount_fen"] == 131950


@pytest.mark.parametrize(
    ("written", "programme"),
    [("农村低保", "dibao-rural"), ("城市低保", "dibao-urban"), ("集中供养", "tekun-institution"),
     ("分散供养", "tekun-home"),
     ("低保边缘", "dibao-margin"), ("刚性支出困难家庭", "rigid-expenditure"), ("临时救助", "temporary-aid")],
)  # fmt: skip
def test_every_programme_of_the_export_has_its_code(house: House, written: str, programme: str) -> None:
    house.take(workbook([person_row(救助类别=written)]))
    assert only(house)["coverage"][0]["programme"] == programme


@pytest.mark.parametrize("written", ["202012", 202012, "2020-12", "2020年12月", "2020.12"])
def test_an_ended_period_ends_on_the_last_day_of_its_month(house: House, written: str | int) -> None:
    house.take(workbook([person_row(停保年月=written)]))
    held = only(house)["coverage"][0]
    assert (held["start"], held["end"]) == ("2019-07-01", "2020-12-31")


def test_the_same_file_again_changes_nothing_and_tells_nobody(house: House) -> None:
    house.take(workbook([HEAD, WIFE]))
    cursor, before = house.export()
    assert house.take(workbook([HEAD, WIFE]))["counts"] == {"unchanged": 2}
    assert house.export()[1] == before
    assert house.call("GET", "/changes", "registry:follow", params={"cursor": cursor}).json()["changes"] == []


def test_every_row_has_an_outcome_and_they_add_up(house: House) -> None:
    foreign = person_row(户号="JY9", 姓名="远客", 身份证号=id_number("19900101", 5), 区划代码="640498100201")
    done = house.take(workbook([HEAD, WIFE, HEAD, foreign, person_row(姓名=None, 身份证号=None)]))
    assert outcomes(house, done) == ["created", "created", "duplicate", "rejected", "rejected"]
    assert sum(done["counts"].values()) == done["progress"]["rows_total"] == 5
    found = codes(house, done)
    assert "area-outside" in found[6]
    assert "name-missing" in found[7]


def test_a_number_stored_as_a_number_is_destroyed_and_its_ghost_is_not_kept(house: House) -> None:
    done = house.take(workbook([person_row(身份证号=int(id_number("19700102", 11)[:15] + "000"))]))
    assert "id-number-was-numeric" in codes(house, done)[3]
    assert only(house)["id_number"] is None


def test_a_repaired_number_finds_its_person_by_household_name_and_birth_date(house: House) -> None:
    house.take(workbook([person_row(身份证号=None)]))
    before = only(house)["person_id"]
    done = house.take(workbook([HEAD]))
    assert done["counts"] == {"updated": 1}
    after = only(house)
    assert (after["person_id"], after["id_number"]) == (before, HEAD["身份证号"])
    assert after["former"] == [{"name": "马有福", "id_number": None}]


def test_two_people_with_one_number_stay_two_and_are_pointed_out(house: House) -> None:
    done = house.take(workbook([HEAD, {**WIFE, "身份证号": HEAD["身份证号"]}]))
    assert done["counts"] == {"created": 2}
    assert all("id-number-shared" in found for found in codes(house, done).values())
    assert house.take(workbook([HEAD, {**WIFE, "身份证号": HEAD["身份证号"]}]))["counts"] == {"unchanged": 2}


def test_a_corrected_name_keeps_the_person(house: House) -> None:
    house.take(workbook([HEAD, WIFE]))
    done = house.take(workbook([HEAD, {**WIFE, "姓名": "马秀瑛"}]))
    assert done["counts"] == {"unchanged": 1, "updated": 1}
    assert "renamed" in codes(house, done)[4]
    assert {one["name"] for one in house.export()[1]} == {"马有福", "马秀瑛"}


def test_twins_with_a_borrowed_number_are_never_taken_for_one(house: House) -> None:
    born, borrowed = "20150601", id_number("20150601", 7)
    twins = [person_row(姓名=name, 身份证号=borrowed, 出生日期=born, 与户主关系="之子") for name in ("马龙", "马虎")]
    house.take(workbook(twins))
    renamed = [person_row(姓名=name, 身份证号=borrowed, 出生日期=born, 与户主关系="之子") for name in ("马骏", "马骥")]
    assert house.take(workbook(renamed))["counts"] == {"created": 2}


def test_an_ended_and_a_current_period_of_one_person_are_both_kept(house: House) -> None:
    rows = [person_row(起保年月="201501", 停保年月="201712"), HEAD]
    assert house.take(workbook(rows))["counts"] == {"created": 2}
    held = only(house)["coverage"]
    assert [(one["start"], one["end"]) for one in held] == [("2015-01-01", "2017-12-31"), ("2019-07-01", None)]
    assert house.take(workbook(rows))["counts"] == {"unchanged": 2}


def test_a_later_support_ends_the_one_it_replaces_on_the_day_before(house: House) -> None:
    house.take(workbook([person_row(救助类别="低保边缘", 保障方式=None)]))
    done = house.take(workbook([person_row(起保年月="202103")]))
    assert "coverage-replaced" in codes(house, done)[3]
    assert [(one["programme"], one["end"]) for one in only(house)["coverage"]] == [
        ("dibao-margin", "2021-02-28"), ("dibao-rural", None),
    ]  # fmt: skip


def test_a_stop_and_its_withdrawal_arrive(house: House) -> None:
    for stop in ("202105", None):
        assert house.take(workbook([person_row(停保年月=stop)]))["counts"] in ({"created": 1}, {"updated": 1})
    held = only(house)["coverage"]
    assert [one["end"] for one in held] == [None]


def test_a_truncated_file_ends_nobodys_support(house: House) -> None:
    house.take(workbook([HEAD, WIFE]))
    house.take(workbook([HEAD]))
    assert [one["coverage"][0]["end"] for one in house.export()[1]] == [None, None]


def test_a_move_is_a_change_in_the_world_and_leaves_the_past_as_it_was(house: House) -> None:
    house.take(workbook([HEAD]), as_of="2021-01-01")
    house.take(workbook([person_row(区划代码=OTHER_VILLAGE, 户籍地址="河源镇某村1号")]), as_of="2021-05-01")
    path = f"/persons/{only(house)['person_id']}"
    then = house.call("GET", path, "registry:read", params={"as_of": "2021-04-30"}).json()
    now = house.call("GET", path, "registry:read").json()
    assert (then["division"], now["division"]) == (HEAD["区划代码"], OTHER_VILLAGE)
    assert house.export(area=TOWN)[1] == []


def test_an_unknown_programme_registers_the_person_without_coverage(house: House) -> None:
    done = house.take(workbook([person_row(救助类别="高龄津贴")]))
    assert "programme-unknown" in codes(house, done)[3]
    assert only(house)["coverage"] == []


def test_a_missing_start_is_assumed_once_and_not_again_every_month(house: House) -> None:
    done = house.take(workbook([person_row(起保年月=None)]), as_of="2021-04-15")
    assert "start-assumed" in codes(house, done)[3]
    assert house.take(workbook([person_row(起保年月=None)]), as_of="2021-06-01")["counts"] == {"unchanged": 1}
    assert [one["start"] for one in only(house)["coverage"]] == ["2021-04-01"]


def test_a_blank_cell_takes_nothing_away(house: House) -> None:
    house.take(workbook([HEAD]))
    blank = person_row(联系电话=None, 户籍地址=None, 区划代码=None, 民族=None, 月保障金=None, 银行账号=None)
    assert house.take(workbook([blank]))["counts"] == {"unchanged": 1}
    found = only(house)
    assert (found["phone"], found["division"], found["coverage"][0]["amount_fen"]) == (
        "13800000001", HEAD["区划代码"], 31900,
    )  # fmt: skip


def test_a_rehearsal_reports_the_same_and_writes_nothing(house: House) -> None:
    rehearsed = house.take(workbook([HEAD, WIFE]), dry_run=True)
    assert (rehearsed["counts"], rehearsed["dry_run"]) == ({"created": 2}, True)
    assert house.export()[1] == []
    assert {row["person_id"] for row in house.rows(rehearsed["import_id"])} == {None}
    assert house.take(workbook([HEAD, WIFE]))["counts"] == {"created": 2}


def test_a_csv_in_gb18030_under_other_headers_is_the_same_import(house: House) -> None:
    text = (
        "家庭编号,保障类别,成员姓名,公民身份号码,起始保障年月,行政区划代码\n"
        f"JY0000001,农低保,马有福,{HEAD['身份证号']},2019年7月,640499100201\n"
    )
    house.take(text.encode("gb18030"))
    found = only(house)
    assert (found["name"], found["household_number"], found["coverage"][0]["start"]) == (
        "马有福", "JY0000001", "2019-07-01",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("姓名,身份证号\n甲,1\n".encode(), "import-columns-wrong"),
        (b"", "import-unreadable"),
        (b"\xff\xfe\x00\x01\x02", "import-unreadable"),
        ("甲,乙\n1,2\n".encode(), "import-unreadable"),
    ],
)
def test_a_file_that_is_none_of_ours_says_the_way_out_and_leaves_nothing(
    house: House, content: bytes, code: str
) -> None:
    answer = house.call("POST", "/imports", "imports:write", content=content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert house.call("GET", "/imports", "imports:write").json()["imports"] == []


def test_too_many_rows_and_a_damaged_body_are_refused_before_anything_is_written(house: House) -> None:
    house.told(import_max_rows=1)
    long = house.call("POST", "/imports", "imports:write", content=workbook([HEAD, WIFE]))
    damaged = house.call(
        "POST", "/imports", "imports:write", content=b"x", headers={"Content-Digest": "sha-256=:AAAA:"}
    )
    assert (long.json()["code"], damaged.json()["code"]) == ("import-too-long", "digest-mismatch")
    assert house.call("GET", "/imports", "imports:write").json()["imports"] == []


def family(count: int) -> list[dict[str, Any]]:
    return [
        person_row(户号=f"JY{index}", 姓名=f"马{index}", 身份证号=id_number("19700102", index), 户主姓名=f"马{index}")
        for index in range(count)
    ]


def test_an_import_killed_half_way_goes_on_where_it_stopped(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.told(import_chunk_rows=4)
    plain, calls = story.write_chunk, Counter[str]()

    def dies(*arguments: Any) -> Any:
        calls["chunk"] += 1
        if calls["chunk"] == 3:
            raise KeyboardInterrupt
        return plain(*arguments)

    monkeypatch.setattr(story, "write_chunk", dies)
    content = workbook(family(10))
    settings = house.app.state.settings
    taking = story.Taking(
        house.database, house.ring, _importer(house), settings.as_of, chunk_rows=4, max_rows=100,
        terms=Terms.of(settings),
    )  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        story.take(taking, content)
    monkeypatch.undo()
    assert len(house.export()[1]) == 8
    refused = house.call("POST", "/imports", "imports:write", content=content)
    assert (refused.status_code, refused.json()["code"]) == (409, "import-running")
    monkeypatch.setattr(story.store.SHELF, "abandoned", timedelta(0))
    done = house.take(content)
    assert done["counts"] == {"created": 10}
    assert len(house.rows(done["import_id"])) == len(house.export()[1]) == 10


def test_an_import_whose_process_is_dead_is_gone_on_with_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    done = house.take(workbook(family(3)))
    with transaction(house.database) as session:
        session.execute(update(Import).values(state="running", touched_at=now(), holder="here:1:0a1b2c3d"))
    refused = house.call("POST", "/imports", "imports:write", content=workbook(family(3)))
    assert (refused.status_code, refused.json()["code"]) == (409, "import-running")
    monkeypatch.setattr(shelves, "is_gone", lambda name: name == "here:1:0a1b2c3d")
    assert house.take(workbook(family(3)))["import_id"] == done["import_id"]


def test_a_process_thought_dead_cannot_go_on_beside_its_successor(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.told(import_chunk_rows=4)
    plain, done = transaction, Counter[str]()

    def between(database: Any) -> Any:
        done["transactions"] += 1
        if done["transactions"] == 2:
            with plain(database) as session:
                session.execute(update(Import).values(fence=Import.fence + 1, holder="here:1:0a1b2c3d"))
        return plain(database)

    monkeypatch.setattr(story, "transaction", between)
    content = workbook(family(10))
    refused = house.call("POST", "/imports", "imports:write", content=content)
    assert (refused.status_code, refused.json()["code"]) == (409, "import-running")
    (stopped,) = house.call("GET", "/imports", "imports:write").json()["imports"]
    assert (stopped["state"], stopped["progress"]["rows_done"]) == (
        "running",
        4,
    )  # nor is its successor's called failed
    monkeypatch.undo()
    monkeypatch.setattr(shelves, "is_gone", lambda name: name == "here:1:0a1b2c3d")
    assert house.take(content)["counts"] == {"created": 10}


def test_a_rehearsal_that_failed_hides_no_import_that_stopped(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.told(import_chunk_rows=4)
    monkeypatch.setattr(story, "write_chunk", _breaks)
    content = workbook(family(5))
    with pytest.raises(RuntimeError):
        house.call("POST", "/imports", "imports:write", content=content)
    monkeypatch.undo()
    monkeypatch.setattr(story, "make_plan", _breaks)
    with pytest.raises(RuntimeError):
        house.call("POST", "/imports", "imports:write", content=content, params={"dry_run": True})
    monkeypatch.undo()
    rehearsed, stopped = house.call("GET", "/imports", "imports:write").json()["imports"]
    assert (rehearsed["dry_run"], rehearsed["state"], stopped["state"]) == (True, "failed", "failed")
    assert house.take(content)["import_id"] == stopped["import_id"]


def test_an_import_that_fails_says_so_and_is_gone_on_with(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.told(import_chunk_rows=4)
    monkeypatch.setattr(story, "tell", _breaks)  # the last of a chunk: rows and report are written by then
    with pytest.raises(RuntimeError):
        house.call("POST", "/imports", "imports:write", content=workbook(family(5)))
    assert house.export()[1] == []
    assert house.call("GET", "/imports", "imports:write").json()["imports"][0]["state"] == "failed"
    monkeypatch.undo()
    assert house.take(workbook(family(5)))["counts"] == {"created": 5}


def _breaks(*_arguments: Any, **_named: Any) -> None:
    raise RuntimeError


def test_a_person_registered_by_hand_between_two_chunks_is_not_registered_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.told(import_chunk_rows=4)
    plain, done = transaction, Counter[str]()
    last = {"name": "马9", "id_number": id_number("19700102", 9), "division": HEAD["区划代码"]}

    def between(database: Any) -> Any:
        done["transactions"] += 1
        if done["transactions"] == 2:
            assert house.call("POST", "/persons", "registry:write", json=last).status_code == 201
        return plain(database)

    monkeypatch.setattr(story, "transaction", between)
    house.token("registry:write")
    assert house.take(workbook(family(10)))["counts"] == {"created": 9, "updated": 1}
    assert len(house.export()[1]) == 10


def test_an_import_is_seen_only_within_its_area(house: House) -> None:
    done = house.take(workbook([HEAD]))
    assert house.call("GET", f"/imports/{done['import_id']}", "imports:write", area=OTHER_COUNTY).status_code == 404
    assert house.call("GET", "/imports", "imports:write", area=OTHER_COUNTY).json()["imports"] == []
    page = house.call(
        "GET", f"/imports/{done['import_id']}/rows", "imports:write", params={"outcome": "created", "limit": 1}
    )
    assert [row["line"] for row in page.json()["rows"]] == [3]
    assert 'rel="next"' in page.headers["link"]


def _importer(house: House) -> Any:
    return house.app.state.verifier.caller(house.token("imports:write", area=COUNTY))
