"""A person who asks is told who saw them, when, what of it and why: by name, by list, by range; and nobody else's."""

import io
from datetime import timedelta
from typing import Any

import openpyxl
from sqlalchemy import update
from sqlmodel import select

from kit.columns import now
from kit.database import reading, transaction
from kit.journal import Entry, append
from registry.audit.tables import JournalEntry
from registry.changes.tables import Change, PastChange
from registry.oversight.retention import Keeper, run
from registry.persons import merges
from tests.registry.cases import lead_of
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, VILLAGE, House, id_number, person_row, workbook

NATION = "000000000000"


def enter(house: House, number: int, **more: Any) -> str:
    """Somebody new; the id."""
    body = {"name": f"马{number}", "id_number": id_number("19700102", number), "division": VILLAGE, **more}
    answer = house.call("POST", "/persons", "registry:write", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["person_id"])


def report(house: House, subject: str, **who: Any) -> list[dict[str, Any]]:
    answer = house.call("POST", f"/subjects/{subject}/report", "audit:report", **who)
    assert answer.status_code == 200, answer.text
    assert answer.json()["subject_id"] == subject
    return list(answer.json()["lines"])


def actions(lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["action"], one["how"]) for one in lines]


def test_a_sight_is_told_with_agency_action_fields_and_purpose_and_of_nobody_else(house: House) -> None:
    mine, other = enter(house, 11), enter(house, 13)
    house.call("GET", f"/persons/{mine}", "registry:read")
    house.call("GET", f"/persons/{mine}?reason=identity", "registry:read", purpose="reveal")
    house.call("GET", f"/persons/{other}", "registry:read")
    lines = report(house, mine)
    assert actions(lines) == [("person.create", "itself"), ("person.read", "itself"), ("person.read", "itself")]
    masked, full = lines[1:]
    assert (masked["agency"], masked["purpose_zh"], masked["did"]) == (
        "civil-affairs",
        "低收入人口动态监测",
        "查看个人信息",
    )
    assert "已遮盖" in masked["fields"]
    assert "未遮盖" in full["fields"]
    assert full["purpose_zh"] == "入户核查，查看身份信息"
    assert masked["who_name"] == "test"


def test_the_report_is_an_entry_itself_and_the_next_one_tells_of_it(house: House) -> None:
    mine = enter(house, 11)
    report(house, mine)
    assert actions(report(house, mine))[-1] == ("subject.report", "itself")


def test_lists_name_their_persons_and_ranges_are_told_as_a_whole(house: House) -> None:
    house.take(workbook([person_row(), person_row(身份证号=id_number("19700102", 13), 姓名="马二", 与户主关系="之子")]))
    found = house.call("POST", "/persons/lookup", "registry:read", json={"id_number": id_number("19700102", 11)}).json()
    mine = found["person_id"]
    house.call("POST", "/persons/search", "registry:read", json={"name": "马有福"})
    house.call("POST", "/persons/search", "registry:read", json={"name": "马二"})  # somebody else's
    body = {"on_date": "2021-06-01", "queries": [{"person_id": mine}]}
    house.call("POST", "/coverage/check", "coverage:check", json=body)
    house.call("GET", f"/households/{found['household_id']}", "registry:read")
    cursor, _ = house.export()
    house.call(
        "PATCH", f"/persons/{mine}", "registry:write", json={"phone": "13800000009"}, headers={"If-Match": '"1"'}
    )
    house.call("GET", "/changes", "registry:follow", params={"cursor": cursor})
    house.call("GET", "/export", "registry:follow", area=OTHER_COUNTY)
    taken = house.call("GET", "/imports", "imports:write").json()["imports"][0]["import_id"]
    house.rows(taken)
    house.call("GET", f"/imports/{taken}/rows", "imports:write", params={"limit": 1})
    told = actions(report(house, mine))
    assert told == [
        ("import.take", "part-of-whole"),
        ("person.lookup", "itself"),
        ("person.search", "itself"),
        ("coverage.check", "itself"),
        ("household.read", "itself"),
        ("registry.export", "part-of-whole"),
        ("person.correct", "itself"),
        ("registry.follow", "part-of-whole"),
        ("import.rows", "part-of-whole"),
        *([("import.rows", "part-of-whole")] if _first_line(house, mine) else []),
    ]


def _first_line(house: House, person: str) -> bool:
    """Whether the person stands in the first line of the report, which is all the second look showed."""
    rows = house.rows(house.call("GET", "/imports", "imports:write").json()["imports"][0]["import_id"])
    return any(row["person_id"] == person for row in rows[:1])


def test_an_export_before_somebody_was_entered_did_not_hold_them(house: House) -> None:
    house.export()
    mine = enter(house, 11)
    assert actions(report(house, mine)) == [("person.create", "itself")]


def test_a_follower_is_told_of_after_the_changes_themselves_are_forgotten(house: House) -> None:
    mine, other = enter(house, 11), enter(house, 13)
    cursor, _ = house.export()
    enter(house, 15)
    house.call("GET", "/changes", "registry:follow")
    house.call("GET", "/changes", "registry:follow", params={"cursor": cursor})  # of the third person alone
    with transaction(house.database) as session:
        session.execute(update(Change).values(recorded_at=now() - timedelta(days=200)))
    settings = house.app.state.settings
    run(Keeper(house.database, house.ring, settings))
    with reading(house.database) as session:
        assert len(session.exec(select(Change)).all()) == 1  # the newest, for its number
        assert {row.subject for row in session.exec(select(PastChange))} == {mine, other}
    followed = [one for one in actions(report(house, mine)) if one[0] == "registry.follow"]
    assert followed == [("registry.follow", "part-of-whole")]


def test_whoever_was_merged_away_is_the_same_person(house: House) -> None:
    gone, kept = enter(house, 11), enter(house, 13)
    house.call("GET", f"/persons/{gone}", "registry:read")
    with transaction(house.database) as session:
        merges.merge(session, gone, kept)
    assert ("person.read", "itself") in actions(report(house, kept))


def test_cases_are_found_by_their_items(house: House) -> None:
    mine = enter(house, 11)
    body = lead_of("lead-1", area=TOWN, household_key="h1", person_id=mine)
    case = house.call("PUT", "/cases/by-lead/lead-1", "cases:lead", area=NATION, json=body).json()
    house.call("GET", "/cases", "cases:read", area=TOWN)
    house.call("GET", f"/cases/{case['case_id']}?reason=visit", "cases:read", area=TOWN, purpose="reveal")
    house.call("GET", "/cases/export.xlsx", "cases:read", area=TOWN)
    lines = report(house, mine)
    assert [one["action"] for one in lines] == ["person.create", "case.lead", "case.list", "case.read", "case.export"]
    assert {one["how"] for one in lines} == {"itself"}
    assert "未遮盖" in lines[3]["fields"]


def test_who_it_was_is_told_of_the_callers_area_and_of_others_the_agency(house: House) -> None:
    mine = enter(house, 11)
    house.call("GET", f"/persons/{mine}", "registry:read")
    house.call("GET", f"/persons/{mine}", "registry:read", area=TOWN)
    by_county, by_town = report(house, mine)[1:], report(house, mine, area=TOWN)[1:3]
    assert all(one["who"] for one in by_county)
    assert [one["who"] is None for one in by_town] == [True, False]
    assert [one["agency"] for one in by_town] == ["civil-affairs"] * 2


def test_outside_the_area_or_absent_nothing_is_told(house: House) -> None:
    mine = enter(house, 11)
    for subject, area in ((mine, OTHER_COUNTY), ("00000000-0000-7000-8000-000000000000", COUNTY)):
        assert house.call("POST", f"/subjects/{subject}/report", "audit:report", area=area).status_code == 404
    assert house.call("POST", f"/subjects/{mine}/report", "audit:read").status_code == 403


def test_who_asks_is_found_by_their_card_and_nothing_more_is_told(house: House) -> None:
    mine = enter(house, 11)
    body = {"id_number": id_number("19700102", 11), "name": "马11"}
    answer = house.call("POST", "/subjects/find", "audit:report", json=body)
    assert answer.json() == {"subject_id": mine}
    assert actions(report(house, mine))[-1] == ("subject.find", "itself")
    assert house.call("POST", "/subjects/find", "audit:report", json=body | {"name": "牛"}).status_code == 404


def test_the_workbook_can_be_read_by_the_person(house: House) -> None:
    mine = enter(house, 11)
    house.call("GET", f"/persons/{mine}", "registry:read")
    answer = house.call("POST", f"/subjects/{mine}/report.xlsx", "audit:report")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))  # type: ignore[union-attr]  # it has a sheet
    text = str(rows)
    assert "个人信息保护法" in str(rows[0])
    assert rows[4][5:9] == ("做了什么", "涉及的信息", "用途", "如何涉及本人")
    assert "查看个人信息" in text
    assert "指明本人" in text
    assert id_number("19700102", 11) not in text
    assert "马11" not in text


def test_a_report_too_long_says_so_and_goes_on_after_its_last_line(house: House, monkeypatch: Any) -> None:
    mine = enter(house, 11)
    monkeypatch.setattr("kit.sights.MOST_LINES", 3)
    for _ in range(4):
        house.call("GET", f"/persons/{mine}", "registry:read")
    first = house.call("POST", f"/subjects/{mine}/report", "audit:report").json()
    assert (len(first["lines"]), first["more"]) == (3, True)
    after = {"after": first["lines"][-1]["number"]}
    rest = house.call("POST", f"/subjects/{mine}/report", "audit:report", params=after).json()
    assert [one["action"] for one in rest["lines"]] == ["person.read", "person.read", "subject.report"]
    assert rest["more"] is False


def test_an_entry_that_names_many_others_beside_is_found(house: House) -> None:
    """Ids in a detail are found wherever they stand, and a part of an id is none."""
    mine = enter(house, 11)
    with transaction(house.database) as session:
        for persons in (
            [f"p{n}" for n in range(900)],
            [*(f"p{n}" for n in range(900)), mine],
            [mine[:-1]],
            [f"x{mine}"],
        ):
            detail = {"persons": persons, "area": COUNTY, "agency": "health"}
            append(session, JournalEntry, house.ring, Entry("c", "coverage.check", None, "matching", detail))
    assert [one["action"] for one in report(house, mine)] == ["person.create", "coverage.check"]
