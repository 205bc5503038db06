"""Code tables as agencies hand them over: what each row does, two times, and people whose code is an old one."""

import random
from typing import Any

import pytest

from kit.columns import now
from tests.registry.house import COUNTY, House, id_number, person_row, workbook
from tests.registry.payouts import pay, payout, payouts

OLD_TOWN, NEW_TOWN, OTHER_TOWN = "640499100000", "640499110000", "640499120000"
SNAPSHOT = """code12,name,level,parent12
640499000000,试验县,3,640400000000
640499100000,香山镇,4,640499000000
640499100201,暖水村委会,5,640499100000
640499401000,试验县工业园区,4,640499000000
640499100000,香山镇,5,640499000000
640498000000,别处县,3,640400000000
12345,坏行,4,
640499101000,河源镇,4,640499000000
640499101203,河口村委会,5,640499101000
"""
TIMELINE = """code6,name,start_year,end_year,table
649921,试验县,,2000,main
640499,试验县,2001,,main
649922,旧县,,1990,main
640497,老城区,,1994,main
640497,新城区,1995,,main
"""
MERGED = f"""原代码,原名称,现代码,现名称,变更日期
{OLD_TOWN},香山镇,{NEW_TOWN},香河镇,2020-07-01
640499101000,河源镇,{NEW_TOWN},香河镇,2020-07-01
640499100201,暖水村委会,640499110201,暖水村委会,2020-07-01
"""


def hand_over(house: House, text: str, area: str = COUNTY, **asked: Any) -> dict[str, Any]:
    answer = house.call("POST", "/areas/tables", "areas:write", area=area, content=text.encode(), params=asked)
    return {"status": answer.status_code, **answer.json()}


def book(house: House, **asked: Any) -> list[dict[str, Any]]:
    answer = house.call("GET", "/areas", "registry:read", params={"limit": 500, **asked})
    found: list[dict[str, Any]] = answer.json()["areas"]
    return found


def resolve(house: House, **asked: Any) -> list[tuple[str, str, list[str]]]:
    answer = house.call("GET", "/areas/resolve", "registry:read", params=asked)
    assert answer.status_code == 200, answer.text
    return [(one["code"], one["by"], [area["code"] for area in one["standing"]]) for one in answer.json()["found"]]


def actions(report: dict[str, Any]) -> dict[int, tuple[str, str | None]]:
    return {row["line"]: (row["action"], row["issue"]) for row in report["rows"]}


def register(house: House, number: int, division: str, area: str = COUNTY) -> str:
    body = {"name": f"马{number}", "id_number": id_number("19700102", number), "division": division}
    answer = house.call("POST", "/persons", "registry:write", area=area, json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["person_id"])


def sees(house: House, town: str, person_id: str) -> bool:
    status = house.call("GET", f"/persons/{person_id}", "registry:read", area=town).status_code
    assert status in {200, 404}
    return status == 200


def test_every_row_of_a_snapshot_is_answered_and_a_dry_run_writes_nothing(house: House) -> None:
    tried = hand_over(house, SNAPSHOT, as_of="2023-06-30", dry_run=True)
    assert book(house) == []
    done = hand_over(house, SNAPSHOT, as_of="2023-06-30")
    assert {**done, "dry_run": True} == tried
    assert (done["shape"], done["outside"]) == ("snapshot", 1)
    assert actions(done)[6] == ("left", "code-twice")
    assert actions(done)[8] == ("left", "code-unreadable")
    assert done["counts"] == {"created": 6, "left": 2}
    assert {one["name"] for one in book(house) if one["functional"]} == {"试验县工业园区"}
    again = hand_over(house, SNAPSHOT, as_of="2023-06-30")
    assert again["counts"] == {"unchanged": 6, "left": 2}


def test_a_later_snapshot_renames_adds_and_ends_nothing_by_itself(house: House) -> None:
    hand_over(house, SNAPSHOT, as_of="2019-06-30")
    later = "code12,name,level\n640499100000,香山街道,4\n640499102000,新河镇,4\n640499100201,暖水村委会,5\n"
    done = hand_over(house, later, as_of="2020-06-30")
    assert done["issues"] == {"missing-here": 3}
    names = {day: {one["code"]: one["name"] for one in book(house, as_of=day)} for day in ("2020-06-29", "2020-06-30")}
    assert (names["2020-06-29"][OLD_TOWN], names["2020-06-30"][OLD_TOWN]) == ("香山镇", "香山街道")
    assert "640499102000" not in names["2020-06-29"]
    assert names["2020-06-30"].keys() >= {"640499102000", "640499101000", "640499101203"}


def test_years_date_what_stood_and_a_code_is_followed_by_the_one_of_its_name(house: House) -> None:
    nation = "000000000000"
    hand_over(house, SNAPSHOT, as_of="2023-06-30")
    done = hand_over(house, TIMELINE, area=nation)
    assert actions(done)[2] == ("succeeded", None)
    assert actions(done)[3] == ("dated", None)
    assert actions(done)[4] == ("created", "successor-unknown")
    assert resolve(house, code="649921", as_of="1999-01-01") == [("649921000000", "code", ["649921000000"])]
    assert resolve(house, code="649921", as_of="2001-01-01") == [("649921000000", "code", [COUNTY])]
    assert resolve(house, code="640499", as_of="1999-01-01") == [(COUNTY, "code", ["649921000000"])]
    names = {one["name"] for one in book(house, as_of="1990-01-01") if one["code"] == "640497000000"}
    assert names == {"老城区"}
    again = hand_over(house, TIMELINE, area=nation)
    assert set(again["counts"]) == {"unchanged"}


def test_what_was_believed_before_is_told_as_of_then(house: House) -> None:
    hand_over(house, SNAPSHOT, as_of="2019-06-30")
    before = now().isoformat()
    hand_over(house, MERGED)
    asked = {"as_of": "2021-01-01"}
    assert resolve(house, code=OLD_TOWN, **asked) == [(OLD_TOWN, "code", [NEW_TOWN])]
    assert resolve(house, code=OLD_TOWN, known_at=before, **asked) == [(OLD_TOWN, "code", [OLD_TOWN])]
    codes = {one["code"] for one in book(house, known_at=before, **asked)}
    assert OLD_TOWN in codes
    assert NEW_TOWN not in codes
    assert {one["code"] for one in book(house, **asked)} & {OLD_TOWN, NEW_TOWN} == {NEW_TOWN}


def test_names_and_aliases_are_found_under_what_took_their_place(house: House) -> None:
    hand_over(house, SNAPSHOT, as_of="2019-06-30")
    told = {"areas": [{"code": "640499101000", "name": "河源镇", "aliases": ["河源乡"]}]}
    assert house.call("POST", "/areas/import", "areas:write", json=told).json()["updated"] == 1
    hand_over(house, MERGED)
    assert resolve(house, called="河源乡", under=COUNTY) == [("640499101000", "alias", [NEW_TOWN])]
    assert resolve(house, called="暖水村委会", under=NEW_TOWN) == [
        ("640499100201", "name", ["640499110201"]), ("640499110201", "name", ["640499110201"]),
    ]  # fmt: skip
    assert resolve(house, called="暖水村委会", under="640499101000") == []
    assert house.call("GET", "/areas/resolve", "registry:read").json()["code"] == "area-asked-of-nothing"


def test_a_township_does_not_end_without_somebody_in_its_place(house: House) -> None:
    hand_over(house, SNAPSHOT, as_of="2019-06-30")
    done = hand_over(house, f"原代码,原名称,现代码,现名称,变更日期\n{OLD_TOWN},香山镇,,,2020-07-01\n")
    assert actions(done) == {2: ("left", "successor-missing")}
    told = {"areas": [{"code": OLD_TOWN, "name": "香山镇", "valid_to": "2020-07-01"}]}
    assert house.call("POST", "/areas/import", "areas:write", json=told).json()["code"] == "area-file-invalid"
    assert next(one for one in book(house) if one["code"] == OLD_TOWN)["valid_to"] is None


def test_nobody_takes_another_countys_people_by_a_table(house: House) -> None:
    hand_over(house, SNAPSHOT, area="000000000000", as_of="2019-06-30")
    theft = "原代码,原名称,现代码,现名称,变更日期\n640498000000,别处县,640499000000,试验县,2020-07-01\n"
    done = hand_over(house, theft)
    assert (done["outside"], done["counts"]) == (1, {})


def test_people_of_merged_townships_are_seen_by_the_new_one_and_figures_stay_whole(house: House) -> None:
    hand_over(house, SNAPSHOT, as_of="2019-06-30")
    people = [register(house, 21, "640499100201"), register(house, 22, "640499101203"), register(house, 23, OLD_TOWN)]
    house.take(workbook([person_row(区划代码="640499100201")]))
    assert not any(sees(house, NEW_TOWN, one) for one in people)
    hand_over(house, MERGED)
    assert all(sees(house, NEW_TOWN, one) for one in people)
    assert not any(sees(house, OTHER_TOWN, one) for one in people)
    answer = house.call("GET", "/statistics/coverage", "statistics:read", params={"area": COUNTY})
    assert answer.status_code == 200, answer.text
    counted = {row["area"] for row in answer.json()["rows"] if row["persons"]}
    assert counted == {NEW_TOWN}
    listed = house.call("GET", "/coverage", "registry:read", params={"area": NEW_TOWN}).json()["coverage"]
    assert len(listed) == 1


LISTS = {
    "/coverage": ("registry:read", "coverage"),
    "/households": ("registry:read", "households"),
    "/payments": ("payments:read", "payments"),
    "/registers/petition/entries": ("registers:read", "entries"),
    "/coverage/export.csv": ("registry:read", None),
}


def test_what_was_written_under_a_code_of_before_is_on_every_list_of_the_new_township(house: House) -> None:
    hand_over(house, SNAPSHOT, as_of="2019-06-30")
    village = "640499100201"
    house.take(workbook([person_row(区划代码=village)]))
    pay(house, payouts([payout(区划代码=village)]))
    petition = {"number": "X1", "petitioner": {"name": "马有福"}, "matter": "低保", "class": "request"}
    body = {"area": village, "values": {**petition, "received_on": "2021-05-01"}}
    answer = house.call("POST", "/registers/petition/entries", "registers:write", json=body)
    assert answer.status_code == 201, answer.text
    hand_over(house, MERGED)
    for path, (scope, key) in LISTS.items():
        for who, asked in (
            (NEW_TOWN, {}),
            (COUNTY, {"area": NEW_TOWN}),
            (OTHER_TOWN, {}),
            (COUNTY, {"area": OTHER_TOWN}),
        ):
            told = house.call("GET", path, scope, area=who, params=asked)
            assert told.status_code in {200, 400}, told.text
            rows = told.json().get(key, []) if key else told.text.splitlines()[2:]
            assert len(rows) == (1 if NEW_TOWN in {who, *asked.values()} else 0), (path, who, asked)


def test_a_file_that_still_writes_the_old_code_is_taken_as_the_new(house: House) -> None:
    hand_over(house, SNAPSHOT, as_of="2019-06-30")
    hand_over(house, MERGED)
    done = house.take(workbook([person_row(区划代码="640499100201")]))
    issues = {issue["code"] for row in house.rows(done["import_id"]) for issue in row["issues"]}
    assert not issues & {"area-outside", "division-unknown"}
    _, people = house.export()
    assert {one["division"] for one in people} == {"640499110201"}


TOWNS = ("640499100000", "640499101000", "640499102000")
VILLAGES = ("640499100201", "640499101201", "640499102201")


@pytest.mark.parametrize("seed", range(6))
def test_no_person_is_outside_every_townships_list(house: House, seed: int, pytestconfig: pytest.Config) -> None:
    """Whatever is merged, split or given a new code afterwards: the same stories in the suite, others in each soak."""
    chance = random.Random(None if pytestconfig.getoption("--soak") else seed)
    standing = {*TOWNS, *VILLAGES}
    rows = [f"{code},某{code[6:]},{4 if code in TOWNS else 5}" for code in sorted(standing)]
    hand_over(house, "\n".join(["code12,name,level", *rows]), as_of="2019-06-30")
    people = {code: register(house, 100 + number, code) for number, code in enumerate(sorted(standing))}
    done: list[list[str]] = []
    for day in range(1, 6):
        old, to = _step(chance, standing, day)
        done.append([old, *to])
        rows = [f"{old},旧,{one},新{one[6:]},2020-0{day}-01" for one in to]
        report = hand_over(house, "\n".join(["原代码,原名称,现代码,现名称,变更日期", *rows]))
        assert "left" not in report["counts"], report
        standing = (standing - {old}) | set(to)
    towns = sorted(code for code in standing if code.endswith("000"))
    for code, person_id in people.items():
        assert any(sees(house, town, person_id) for town in towns), (code, done)
        assert sees(house, COUNTY, person_id)


def _step(chance: random.Random, standing: set[str], day: int) -> tuple[str, list[str]]:
    towns = sorted(code for code in standing if code.endswith("000"))
    villages = sorted(standing - set(towns))
    new = [f"640499{500 + 10 * day + one}000" for one in range(2)]
    kind = chance.choice(["merge", "split", "recode", "village"])
    if kind == "village" and villages:
        return chance.choice(villages), [f"{chance.choice(towns)[:9]}{800 + day}"]
    old = chance.choice(towns)
    others = [one for one in towns if one != old]
    if kind == "merge" and others:
        return old, [chance.choice(others)]
    return old, new if kind == "split" else new[:1]
