"""Standards by area and day, as known at a moment; and what the rules of adjustment say of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, create_engine

from kit.scope import NATION
from registry.standards import judge, store
from registry.standards.problems import StandardUnordered
from registry.standards.schemas import StandardVerdictOut
from registry.standards.store import Said, Standards
from registry.table import Table
from registry.times import Asked
from tests.examples import examples
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, House
from tests.workbooks import Cell, workbook

PROVINCE, CITY = "640000000000", "640400000000"
KIND = "dibao-rural"
DAYS = st.dates(date(2018, 1, 1), date(2018, 3, 1))
HEADER: list[Cell] = ["区划代码", "项目代码", "数值", "执行日期", "停止日期", "依据"]


def put(  # noqa: PLR0917 - what is put where, as which version, and who puts it
    house: House, area: str, kind: str, body: dict[str, Any], version: int | None = None, by: str = PROVINCE
) -> httpx.Response:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return house.call("PUT", f"/standards/{area}/{kind}", "standards:write", json=body, headers=headers, area=by)


def fix(house: House, area: str, kind: str, since: str, value: int) -> dict[str, Any]:
    """A change that must be taken."""
    version = house.call("GET", f"/standards/{area}/{kind}").json()["version"]
    answer = put(house, area, kind, {"mode": "change", "value": value, "valid_from": since}, version)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def values(house: House, area: str, on: str, **more: str) -> dict[str, tuple[int, str]]:
    answer = house.call("GET", "/standards", params={"area": area, "on": on, **more})
    assert answer.status_code == 200, answer.text
    return {one["kind"]: (one["value"], one["area"]) for one in answer.json()["standards"]}


@pytest.fixture(autouse=True)
def divisions(house: House) -> None:
    codes = (PROVINCE, CITY, COUNTY, TOWN, OTHER_COUNTY)
    body = {"areas": [{"code": code, "name": f"区划{code[:6]}"} for code in codes]}
    assert house.call("POST", "/areas/import", "areas:write", area=NATION, json=body).status_code == 200


def test_a_county_without_a_standard_has_its_prefectures_and_then_its_own(house: House) -> None:
    fix(house, CITY, KIND, "2019-01-01", 300_00)
    fix(house, COUNTY, KIND, "2020-07-01", 380_00)
    assert values(house, TOWN, "2018-12-31").get(KIND) is None
    assert values(house, TOWN, "2020-06-30")[KIND] == (300_00, CITY)
    assert values(house, TOWN, "2020-07-01")[KIND] == (380_00, COUNTY)
    assert values(house, COUNTY, "2021-01-01")["ratio-rural-upper"] == (4500, NATION)


def test_a_change_keeps_the_days_before_and_a_correction_what_was_believed(house: House) -> None:
    fix(house, COUNTY, KIND, "2019-01-01", 300_00)
    fix(house, COUNTY, KIND, "2020-01-01", 350_00)
    before = datetime.now(UTC).isoformat()
    correction = {"mode": "correction", "value": 310_00, "valid_from": "2019-07-01", "valid_to": "2020-01-01"}
    assert put(house, COUNTY, KIND, correction, 2).json()["version"] == 3
    days = {"2019-06-30": 300_00, "2019-07-01": 310_00, "2020-01-01": 350_00}
    assert {day: values(house, COUNTY, day)[KIND][0] for day in days} == days
    assert values(house, COUNTY, "2019-07-01", known_at=before)[KIND][0] == 300_00


def test_what_cannot_be_fixed_is_refused_and_leaves_nothing(house: House) -> None:
    fix(house, COUNTY, KIND, "2020-01-01", 350_00)
    change = {"mode": "change", "value": 400_00, "valid_from": "2021-01-01"}
    assert put(house, COUNTY, KIND, change).json()["code"] == "version-missing"
    assert put(house, COUNTY, KIND, change, 7).json()["code"] == "version-mismatch"
    assert put(house, COUNTY, KIND, change | {"valid_from": "2019-12-31"}, 1).json()["code"] == "standard-unordered"
    assert put(house, COUNTY, KIND, change | {"valid_to": "2022-01-01"}, 1).status_code == 422
    assert put(house, COUNTY, KIND, change, 1, by=OTHER_COUNTY).json()["code"] == "area-outside"
    yearly = {"mode": "change", "value": 10_000_00, "valid_from": "2020-02-01"}
    assert put(house, COUNTY, "consumption-rural", yearly).json()["code"] == "body-invalid"
    assert put(house, COUNTY, "bread", change).status_code in {400, 422}
    found = house.call("GET", f"/standards/{COUNTY}/{KIND}").json()
    assert [(one["value"], one["valid_from"]) for one in found["versions"]] == [(350_00, "2020-01-01")]


def test_an_answer_to_a_fixed_standard_says_what_the_rules_say(house: House) -> None:
    fix(house, PROVINCE, "consumption-rural", "2019-01-01", 10_000_00)
    fix(house, PROVINCE, "consumption-rural", "2020-01-01", 11_000_00)
    fix(house, COUNTY, KIND, "2020-01-01", 340_00)
    verdict = fix(house, COUNTY, KIND, "2021-01-01", 330_00)["verdict"]
    assert (verdict["ratio"], verdict["last_ratio"]) == (3600, 4080)
    assert {one["code"] for one in verdict["findings"]} == {"standard-falls", "ratio-falls"}


def test_proposals_are_judged_together_and_nothing_is_written(house: House) -> None:
    fix(house, PROVINCE, "care-none", "2020-01-01", 800_00)
    proposals = [
        {"area": COUNTY, "kind": "care-partial", "value": 500_00, "valid_from": "2021-01-01"},
        {"area": COUNTY, "kind": "care-full", "value": 600_00, "valid_from": "2021-01-01"},
    ]
    answer = house.call("POST", "/standards/validate", json={"proposals": proposals})
    found = [[one["code"] for one in verdict["findings"]] for verdict in answer.json()["verdicts"]]
    assert found == [["care-unordered"], ["care-unordered"]]
    assert "care-full" not in values(house, COUNTY, "2021-06-01")


def test_an_export_sent_back_changes_nothing(house: House) -> None:
    fix(house, PROVINCE, "tekun-living-rural", "2019-01-01", 455_05)
    fix(house, COUNTY, KIND, "2019-01-01", 300_00)
    fix(house, COUNTY, KIND, "2020-01-01", 350_00)
    content = house.call("GET", "/standards.xlsx", params={"area": COUNTY}).content
    answer = house.call("POST", "/standards/import", "standards:write", area=COUNTY, content=content)
    assert answer.json()["written"] == 0, answer.text
    assert answer.json()["unchanged"] == 13
    assert house.call("GET", f"/standards/{COUNTY}/{KIND}").json()["version"] == 2


def test_a_file_holds_until_its_next_row_and_is_taken_whole_or_not_at_all(house: House) -> None:
    rows: list[list[Cell]] = [
        HEADER,
        ["640499", KIND, "300", "2019-01-01", None, "某政发1号"],
        ["640499", KIND, "350.50", "2020-01-01", None, "某政发2号"],
    ]
    answer = house.call("POST", "/standards/import", "standards:write", content=workbook(rows))
    assert answer.json()["written"] == 2, answer.text
    assert values(house, COUNTY, "2019-12-31")[KIND][0] == 300_00
    assert values(house, COUNTY, "2020-01-01")[KIND][0] == 350_50
    faulty: list[list[Cell]] = [*rows, ["640499", "dibao-urban", "约四百", "2020-01-01", None, None]]
    refused = house.call("POST", "/standards/import", "standards:write", content=workbook(faulty))
    assert (refused.status_code, refused.json()["code"]) == (422, "standard-file-invalid")
    assert "数值" in refused.json()["errors"][0]["pointer"]
    other: list[list[Cell]] = [HEADER, ["640498", KIND, "300", "2019-01-01", None, None]]
    outside = house.call("POST", "/standards/import", "standards:write", content=workbook(other))
    assert (outside.status_code, outside.json()["code"]) == (403, "area-outside")


def verdict_of(last: int, now: int, spent: int = 12_000_00) -> StandardVerdictOut:
    """A rural standard of `now` after `last` (fen), consumption and interval 35 / 40 / 45 % the same in both years."""
    said = [
        *(Said(COUNTY, "consumption-rural", spent, date(year, 1, 1), date(year + 1, 1, 1)) for year in (2019, 2020)),
        *(
            Said(NATION, f"ratio-rural-{name}", value, date(2020, 1, 1))
            for name, value in (("lower", 3500), ("low-part", 4000), ("upper", 4500))
        ),
        Said(COUNTY, KIND, last, date(2020, 1, 1)),
    ]
    return judge.judge(Standards(COUNTY, [store.as_if(one) for one in said]), Said(COUNTY, KIND, now, date(2021, 1, 1)))


@pytest.mark.parametrize(
    ("last", "now", "codes"),
    [
        (420_00, 430_00, set()),
        (360_00, 370_00, set()),
        (360_00, 360_00, {"ratio-must-rise"}),
        (330_00, 340_00, {"ratio-below"}),
        (440_00, 450_00, set()),
        (440_00, 450_01, {"ratio-above"}),
        (460_00, 460_00, set()),
        (460_00, 459_00, {"standard-falls", "ratio-falls", "ratio-must-not-fall"}),
        (420_00, 419_00, {"standard-falls", "ratio-falls"}),
    ],
)
def test_the_guiding_interval_and_last_years_share_bind_as_the_documents_say(
    last: int, now: int, codes: set[str]
) -> None:
    assert {one.code for one in verdict_of(last, now).findings} == codes


def test_what_is_missing_is_said_and_not_guessed() -> None:
    known = Standards(COUNTY, [store.as_if(Said(COUNTY, "consumption-rural", 1, date(2018, 1, 1)))])
    found = judge.judge(known, Said(COUNTY, KIND, 1, date(2021, 1, 1)))
    assert {one.code for one in found.findings} == {"consumption-missing", "interval-missing", "last-ratio-missing"}
    assert {one.severity for one in found.findings} == {"unknown"}


@st.composite
def writings(draw: st.DrawFn) -> list[tuple[bool, Said]]:
    said = []
    for _ in range(draw(st.integers(1, 6))):
        since, until = draw(DAYS), draw(st.none() | DAYS)
        change = draw(st.booleans())
        value = draw(st.integers(1, 9)) if change else draw(st.none() | st.integers(1, 9))
        ends = None if change or until is None or until <= since else until
        said.append((change, Said(COUNTY, KIND, value, since, ends)))
    return said


@examples(60)
@given(writings(), DAYS)
def test_any_sequence_of_changes_and_corrections_answers_as_a_plain_calendar(
    said: list[tuple[bool, Said]], day: date
) -> None:
    engine = create_engine("sqlite://")
    Table.metadata.tables["standard"].create(engine)
    calendar: dict[date, int | None] = {}
    with Session(engine) as session:
        moments = []
        for change, one in said:
            try:
                (store.change if change else store.correct)(session, one)
            except StandardUnordered:
                continue
            span = range((one.valid_from - date(2018, 1, 1)).days, 120)
            for at in (date(2018, 1, 1) + timedelta(days) for days in span):
                if one.valid_to is None or at < one.valid_to:
                    calendar[at] = one.value
            moments.append((datetime.now(UTC), dict(calendar)))
            assert store.stands(session, one)
        for moment, then in moments:
            found = store.of_area(session, COUNTY, Asked(known_at=moment)).value(KIND, day)
            assert found == then.get(day)
    engine.dispose()
