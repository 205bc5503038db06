"""Covered on a day, by what: the one definition and the batch question."""

from datetime import date

import pytest

from registry.coverage.rules import covers_on
from tests.registry.house import OTHER_COUNTY, House, id_number, person_row, workbook

START, END = date(2020, 1, 1), date(2020, 12, 31)
NUMBER = id_number("19700102", 11)


@pytest.mark.parametrize(
    ("programme", "day", "covered"),
    [
        ("dibao-rural", date(2020, 1, 1), True),
        ("dibao-rural", date(2019, 12, 31), False),
        ("dibao-rural", date(2020, 12, 31), True),
        ("dibao-rural", date(2021, 1, 1), False),
        ("dibao-urban", date(2020, 6, 1), True),
        ("tekun-institution", date(2020, 6, 1), True),
        ("tekun-home", date(2020, 6, 1), True),
        ("dibao-margin", date(2020, 6, 1), False),
        ("rigid-expenditure", date(2020, 6, 1), False),
        ("temporary-aid", date(2020, 6, 1), False),
    ],
)
def test_only_dibao_and_tekun_cover_and_only_between_start_and_end(programme: str, day: date, covered: bool) -> None:
    assert covers_on(programme, START, END, day) is covered


def test_an_open_period_covers_until_further_notice() -> None:
    assert covers_on("dibao-rural", START, None, date(2099, 1, 1))


def check(house: House, queries: list[dict[str, str]], on: str, **more: str) -> list[dict[str, object]]:
    body = {"on_date": on, "queries": queries}
    answer = house.call("POST", "/coverage/check", "coverage:check", json=body, **more)
    assert answer.status_code == 200, answer.text
    answers: list[dict[str, object]] = answer.json()["answers"]
    return answers


def test_every_query_gets_its_answer_in_order(house: House) -> None:
    shared = id_number("19800203", 44)
    house.take(
        workbook(
            [
                person_row(停保年月="202012"),
                person_row(户号="JY2", 姓名="甲", 身份证号=shared, 出生日期="19800203"),
                person_row(
                    户号="JY3", 姓名="乙", 身份证号=shared, 出生日期="19810101", 救助类别="低保边缘", 保障方式=None
                ),
            ]
        )
    )
    queries = [
        {"id_number": NUMBER},
        {"id_number": shared},
        {"id_number": shared, "name": "甲"},
        {"id_number": shared, "name": "乙"},
        {"id_number": id_number("19990101", 1)},
        {"id_number": "无"},
    ]
    during = [one["status"] for one in check(house, queries, "2020-12-31")]
    after = [one["status"] for one in check(house, queries, "2021-01-01")]
    assert during == ["covered", "ambiguous", "covered", "not-covered", "unknown", "unknown"]
    assert after == ["not-covered", "ambiguous", "covered", "not-covered", "unknown", "unknown"]
    margin = check(house, [queries[3]], "2021-01-01")[0]
    assert [(one["programme"], one["covers"]) for one in margin["holdings"]] == [("dibao-margin", False)]  # type: ignore[attr-defined]  # parsed JSON


def test_a_person_of_another_county_is_unknown(house: House) -> None:
    house.take(workbook([person_row()]))
    _, people = house.export()
    by_id = {"person_id": people[0]["person_id"]}
    assert check(house, [by_id, {"id_number": NUMBER}], "2021-06-01", area=OTHER_COUNTY) == [
        {"index": index, "status": "unknown", "person_id": None, "holdings": []} for index in (0, 1)
    ]
    assert check(house, [by_id], "2021-06-01")[0]["status"] == "covered"


def test_the_question_its_purpose_and_whom_it_concerned_are_on_record(house: House) -> None:
    house.take(workbook([person_row()]))
    _, people = house.export()
    check(house, [{"id_number": NUMBER}], "2021-06-01")
    entry = house.call("GET", "/audit", "audit:read").json()["entries"][-1]
    assert (entry["action"], entry["purpose"]) == ("coverage.check", "dynamic-monitoring")
    assert entry["detail"]["persons"] == [people[0]["person_id"]]
    assert NUMBER not in str(entry)


def test_bounds_and_shapes_of_the_question_hold(house: House) -> None:
    def status(queries: list[dict[str, str]]) -> int:
        body = {"on_date": "2021-06-01", "queries": queries}
        return house.call("POST", "/coverage/check", "coverage:check", json=body).status_code

    assert status([{"id_number": NUMBER}] * 1000) == 200
    assert status([{"id_number": NUMBER}] * 1001) == 422
    assert status([]) == 422
    assert status([{"name": "甲"}]) == 422
    assert status([{"id_number": NUMBER, "person_id": "0" * 36}]) == 422
