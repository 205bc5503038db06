"""Slips: whom two counties support, put to both, answered, settled, disputed, decided, followed up."""

import io
import random
from datetime import date
from typing import Any

import httpx
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.slips import rules
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, VILLAGE, House, id_number, person_row, workbook
from tests.registry.staff import journal
from tests.registry.test_ledger_steps import areas

CITY = "640400000000"
THERE = "640498100201"
NUMBER = id_number("19700102", 11)
OWN_ALONE = {"area", "county", "person_id", "coverage_id", "name", "id_number", "form", "answered_on"}
NAMES = {CITY: "固原市", COUNTY: "安宁县", OTHER_COUNTY: "他县"}
HELD = {"户籍地址": "他县他镇他村9号", "联系电话": "13911112222", "户号": "TX0000009", "银行账号": "6229000000000099"}


@pytest.fixture
def two(house: House) -> House:
    """One human whom two counties support, each having imported it under its own scope; and one whom only ours does."""
    areas(house, CITY, COUNTY, TOWN, VILLAGE, OTHER_COUNTY, THERE)
    named = [{"code": code, "name": name} for code, name in NAMES.items()]
    assert house.call("POST", "/areas/import", "areas:write", area=CITY, json={"areas": named}).status_code == 200
    alone = person_row(户号="JY0000002", 姓名="田一", 户主姓名="田一", 身份证号=id_number("19800101", 21))
    house.take(workbook([person_row(), alone]))
    house.take(workbook([person_row(区划代码=THERE, 起保年月="202003", **HELD)]), area=OTHER_COUNTY)
    return house


def find(house: House, area: str = CITY, **body: Any) -> dict[str, Any]:
    answer = house.call("POST", "/slips/find", "cases:approve", area=area, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["found"] == found["made"] + found["known"] + found["protected"]
    return found


def listed(house: House, area: str, **params: Any) -> list[dict[str, Any]]:
    answer = house.call("GET", "/slips", "cases:read", area=area, params=params)
    assert answer.status_code == 200, answer.text
    slips: list[dict[str, Any]] = answer.json()["slips"]
    return slips


def read(house: House, area: str, **more: Any) -> dict[str, Any]:
    """The one slip there is."""
    (slip,) = listed(house, area)
    answer = house.call("GET", f"/slips/{slip['slip_id']}", "cases:read", area=area, **more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found.items() >= {name: value for name, value in slip.items() if name != "sides"}.items()
    return found


def step(house: House, area: str, name: str, scope: str = "cases:write", **body: Any) -> httpx.Response:
    slip = read(house, CITY)
    headers = {"If-Match": f'"{slip["version"]}"'}
    return house.call("POST", f"/slips/{slip['slip_id']}/{name}", scope, area=area, json=body, headers=headers)


def answered(house: House, area: str, code: str, **more: Any) -> dict[str, Any]:
    if code == "stops":
        more = {"stop_from": "2021-07", **more}
    answer = step(house, area, "answer", code=code, **more)
    assert answer.status_code == 200, answer.text
    slip: dict[str, Any] = answer.json()
    return slip


def protect(house: House, person_id: str, kind: str) -> None:
    body = {"person_id": person_id, "state": "yes", "kind": kind, "reason": "保护令"}
    answer = house.call("POST", "/protections", "cases:write", "persons:protected", json=body)
    assert answer.status_code == 200, answer.text


def side(slip: dict[str, Any], *, own: bool) -> dict[str, Any]:
    (found,) = [one for one in slip["sides"] if one["own"] is own]
    return dict(found)


def test_one_number_in_two_counties_is_put_to_both_once(two: House) -> None:
    assert find(two, dry_run=True) == {
        "as_of": "2021-06-01", "found": 1, "made": 1, "known": 0, "protected": 0, "ceased": 0, "dry_run": True,
    }  # fmt: skip
    assert listed(two, CITY) == []
    assert find(two)["made"] == 1
    assert find(two).items() >= {"made": 0, "known": 1}.items()
    slip = read(two, CITY)
    assert (slip["number"], slip["area"], slip["state"]) == ("协查〔2021〕1号", CITY, "open")
    assert slip["due_on"] == "2021-06-22"  # fifteen working days after the first of June
    assert [(one["own"], one["county"], one["name"]) for one in slip["sides"]] == [
        (True, OTHER_COUNTY, "马*福"), (True, COUNTY, "马*福"),
    ]  # fmt: skip
    assert ("slip.find", None) in [(action, subject) for action, subject, _ in journal(two)]


def test_a_county_sees_its_own_side_and_of_the_other_who_gives_what_since_when(two: House) -> None:
    find(two)
    slip = read(two, COUNTY)
    assert slip["waits_for_us"]
    mine, other = side(slip, own=True), side(slip, own=False)
    assert (mine["county"], mine["area"], mine["id_number"]) == (COUNTY, VILLAGE, "640***********" + NUMBER[-4:])
    told = {name: value for name, value in other.items() if value is not None and name != "own"}
    assert set(told) == {"county_name", "programme", "programme_label", "since"}
    assert (other["programme_label"], other["since"]) == ("农村低保", "2020-03-01")
    assert all(other[name] is None for name in OWN_ALONE)


def test_two_answers_that_fit_settle_it_and_whoever_stops_is_followed(two: House) -> None:
    find(two)
    waiting = answered(two, OTHER_COUNTY, "verifying", note="人在外县打工")
    assert (waiting["state"], waiting["waits_for_us"]) == ("open", True)
    first = answered(two, COUNTY, "keeps", note="常住本村")
    assert (first["state"], first["waits_for_us"]) == ("open", False)
    before = read(two, OTHER_COUNTY)
    assert side(before, own=False)["answer"] is None
    theirs = [one for one in before["events"] if one["county_name"] == NAMES[COUNTY]]
    assert [(one["action"], one["answer"], one["word"]) for one in theirs] == [("answer", None, None)]
    done = answered(two, OTHER_COUNTY, "stops")
    assert (done["state"], done["settled_by"], done["fulfilled"]) == ("settled", "answers", False)
    assert side(done, own=False)["answer"] == "keeps"
    assert [one["word"] for one in done["events"]] == [None, "人在外县打工", None, None]
    two.told(as_of=date(2021, 7, 1))
    two.take(workbook([person_row(区划代码=THERE, 起保年月="202003", 停保年月="202106", **HELD)]), area=OTHER_COUNTY)
    assert read(two, CITY)["fulfilled"] is True
    assert step(two, COUNTY, "answer", code="keeps").json()["code"] == "slip-closed"


def test_two_that_go_on_are_put_to_the_prefecture_and_it_decides(two: House) -> None:
    find(two)
    answered(two, COUNTY, "keeps")
    assert answered(two, OTHER_COUNTY, "keeps")["state"] == "disputed"
    body = {"keeps": COUNTY, "reason": "常住安宁县"}
    assert step(two, COUNTY, "decide", "cases:approve", **body).json()["code"] == "slip-above-counties"
    wrong = step(two, CITY, "decide", "cases:approve", keeps="640497000000", reason="不相干的县")
    assert wrong.json()["code"] == "slip-county-unknown"
    done = step(two, CITY, "decide", "cases:approve", **body).json()
    assert (done["state"], done["settled_by"]) == ("settled", "decision")
    told = read(two, OTHER_COUNTY)
    assert told["keeps_name"] == done["keeps_name"] == NAMES[COUNTY]
    assert told["events"][-1]["word"] == "常住安宁县"


def test_double_support_that_has_ended_closes_the_slip(two: House) -> None:
    find(two)
    two.told(as_of=date(2021, 7, 1))
    two.take(workbook([person_row(区划代码=THERE, 起保年月="202003", 停保年月="202106", **HELD)]), area=OTHER_COUNTY)
    assert find(two).items() >= {"found": 0, "ceased": 1}.items()
    assert read(two, COUNTY)["state"] == "ceased"
    assert step(two, COUNTY, "answer", code="keeps").status_code == 409


def test_what_is_late_waits_and_is_counted_by_county(two: House) -> None:
    find(two)
    answered(two, COUNTY, "keeps")
    assert listed(two, COUNTY, waiting=True) == listed(two, CITY, overdue=True) == []
    two.told(as_of=date(2021, 6, 23))
    assert len(listed(two, OTHER_COUNTY, waiting=True)) == len(listed(two, CITY, overdue=True)) == 1
    assert len(two.call("GET", f"/slips?area={COUNTY}", "cases:read", area=CITY).json()["slips"]) == 1
    told = two.call("GET", "/statistics/slips", "statistics:read", area=CITY).json()
    rows = {row["area"]: row for row in told["rows"]}
    assert rows[COUNTY].items() >= {"received": 1, "due": 1, "in_time": 1, "keeps": 1, "overdue": 0}.items()
    assert rows[OTHER_COUNTY].items() >= {"received": 1, "due": 1, "in_time": 0, "waiting": 1, "overdue": 1}.items()
    assert told["total"]["in_time_share"] == 0.5


def test_only_whoever_stands_above_finds_and_only_a_county_answers(two: House) -> None:
    refused = two.call("POST", "/slips/find", "cases:approve", area=COUNTY, json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "slip-above-counties")
    find(two)
    for area in (CITY, TOWN):
        assert step(two, area, "answer", code="keeps").json()["code"] == "slip-answered-by-county"
    assert listed(two, TOWN) != []
    assert listed(two, "640497000000") == listed(two, "640499200000") == []


@pytest.mark.parametrize(
    "body",
    [{"code": "stops"}, {"code": "keeps", "stop_from": "2021-07"}, {"code": "verifying"}, {"code": "other-person"},
     {"code": "gone"}, {"code": "stops", "stop_from": "2021-13"}],
)  # fmt: skip
def test_an_answer_that_is_not_whole_is_refused(two: House, body: dict[str, Any]) -> None:
    find(two)
    assert step(two, COUNTY, "answer", **body).status_code == 422


def test_an_answer_needs_the_version_seen(two: House) -> None:
    find(two)
    path = f"/slips/{read(two, CITY)['slip_id']}/answer"
    assert two.call("POST", path, "cases:write", json={"code": "keeps"}).status_code == 428
    stale = two.call("POST", path, "cases:write", json={"code": "keeps"}, headers={"If-Match": '"9"'})
    assert stale.status_code == 412


def test_whom_a_protection_hides_no_slip_gives_away(two: House) -> None:
    find(two)
    mine = side(read(two, COUNTY), own=True)["person_id"]
    protect(two, mine, "domestic-violence")
    there = read(two, OTHER_COUNTY)
    assert side(there, own=True)["name"] == side(there, own=False)["county_name"] == "（受保护）"
    assert all(side(there, own=False)[name] is None for name in ("programme", "since"))
    step(two, CITY, "decide", "cases:approve", keeps=COUNTY, reason="x")
    assert read(two, OTHER_COUNTY)["keeps_name"] == "（受保护）"


def test_nobody_protected_is_put_to_a_county(two: House) -> None:
    who = two.call("POST", "/persons/lookup", "registry:read", json={"id_number": NUMBER}).json()["person_id"]
    protect(two, who, "witness")
    assert find(two).items() >= {"found": 1, "made": 0, "protected": 1}.items()
    assert listed(two, CITY) == []


def test_names_are_told_of_the_own_side_alone_and_counted(two: House) -> None:
    find(two)
    slip_id = read(two, COUNTY)["slip_id"]
    path = f"/slips/{slip_id}?reason=identity"
    assert two.call("GET", path, "cases:read").json()["code"] == "reveal-purpose-missing"
    told = two.call("GET", path, "cases:read", purpose="reveal").json()
    assert (side(told, own=True)["name"], side(told, own=True)["id_number"]) == ("马有福", NUMBER)
    assert side(told, own=False)["name"] is None
    entry = next(detail for action, _, detail in reversed(journal(two)) if action == "slip.read")
    assert (entry["revealed"], entry["reason"]) == (True, "identity")


def test_the_sheet_holds_a_line_for_each_side_and_no_more_than_the_page(two: House) -> None:
    find(two)
    answer = two.call("GET", "/slips/export.xlsx", "cases:read")
    cells = [row for row in openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0].values if row[0]]
    lines = [row for row in cells if str(row[0]).startswith("协查")]
    assert [row[6] for row in lines] == [None, "马*福"]
    assert "马有福" not in str(cells)


def texts(house: House, area: str) -> str:
    """Everything a caller can read of slips there, as a program and as a sheet."""
    found = [house.call("GET", "/slips", "cases:read", area=area).text]
    found += [
        house.call("GET", f"/slips/{one['slip_id']}?reason=identity", "cases:read", area=area, purpose="reveal").text
        for one in listed(house, area)
    ]
    sheet = house.call("GET", "/slips/export.xlsx", "cases:read", area=area)
    rows = openpyxl.load_workbook(io.BytesIO(sheet.content)).worksheets[0].values
    return "\n".join([*found, str([row for row in rows if str(row[0]).startswith("协查")])])


@pytest.mark.parametrize("seed", range(2))
def test_however_it_goes_no_county_reads_who_lives_in_the_other(house: House, seed: int) -> None:
    """Random answers and decisions on several people; the two records of one human differ in all but the number."""
    areas(house, CITY, COUNTY, TOWN, VILLAGE, OTHER_COUNTY, THERE)
    chance = random.Random(seed)
    marks: dict[str, set[str]] = {}
    for area, village, name in ((COUNTY, VILLAGE, "马有福"), (OTHER_COUNTY, THERE, "禹有福")):
        told = [
            (f"{name[0]}户{at:04}", f"{name}{at}", f"{village}第{at}家", f"1380000{village[5]}{at:03}")
            for at in range(3)
        ]
        rows = [
            person_row(户号=home, 姓名=who, 户主姓名=who, 户籍地址=where, 联系电话=phone, 区划代码=village,
                       身份证号=id_number("19700102", 11 + 2 * at), 银行账号=f"62290000{village[:6]}{at:02}")
            for at, (home, who, where, phone) in enumerate(told)
        ]  # fmt: skip
        house.take(workbook(rows), area=area)
        marks[area] = {word for row in told for word in row} | {village, area, name[0]}
    assert find(house)["made"] == 3
    for slip in listed(house, CITY):
        marks[COUNTY] |= {side["person_id"] for side in slip["sides"] if side["county"] == COUNTY}
        marks[OTHER_COUNTY] |= {side["coverage_id"] for side in slip["sides"] if side["county"] == OTHER_COUNTY}
    for _ in range(5):
        slip = chance.choice(listed(house, CITY))
        area = chance.choice((COUNTY, OTHER_COUNTY, CITY))
        body: dict[str, Any] = {"code": chance.choice(sorted(rules.ANSWERS)), "note": "见附件"}
        body |= {"stop_from": "2021-07"} if body["code"] == "stops" else {}
        kind, scope = ("decide", "cases:approve") if area == CITY else ("answer", "cases:write")
        body = {"keeps": chance.choice((None, COUNTY)), "reason": "核实"} if area == CITY else body
        path, headers = f"/slips/{slip['slip_id']}/{kind}", {"If-Match": f'"{slip["version"]}"'}
        done = house.call("POST", path, scope, area=area, json=body, headers=headers)
        assert done.status_code in {200, 409}, done.text
        for mine, other in ((COUNTY, OTHER_COUNTY), (OTHER_COUNTY, COUNTY)):
            told_there = texts(house, mine)
            assert [mark for mark in marks[other] if mark in told_there] == []
            assert any(mark in told_there for mark in marks[mine])


def test_followers_hear_of_it(two: House) -> None:
    cursor = two.export()[0]
    find(two)
    changes = two.call("GET", "/changes", "registry:follow", params={"cursor": cursor}).json()["changes"]
    assert [one["kind"] for one in changes] == ["slip"]


CODES = st.sampled_from([None, *rules.ANSWERS])
COUNTIES = st.lists(st.integers(100000, 999999).map(str), min_size=2, max_size=4, unique=True)


@given(COUNTIES.flatmap(lambda names: st.fixed_dictionaries(dict.fromkeys(names, CODES))))
def test_whatever_is_answered_nobody_falls_out_of_all_counties(answers: dict[str, str | None]) -> None:
    verdict = rules.came_to(answers)
    told = list(answers.values())
    if verdict.state == "settled":
        assert None not in told
        assert "verifying" not in told
        stopping = [county for county, code in answers.items() if code == "stops"]
        assert (verdict.keeps is not None) == bool(stopping)
        assert answers.get(verdict.keeps or "") in {"keeps", None}
        assert told.count("keeps") <= 1
    if all(code in rules.SAID for code in told):
        assert verdict.state in {"settled", "disputed"}
    else:
        assert verdict.state == "open"
