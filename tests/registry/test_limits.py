"""Dear calls are counted in the database, by client and by area; heads, bodies and their depth are bounded."""

import time
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from sqlmodel import select

from kit import limits
from kit.database import transaction
from kit.limits import count
from registry.table import CallCount
from tests.registry.house import COUNTY, TOWN, House, id_number

NUMBER = {"id_number": id_number("19700102", 11)}


@pytest.fixture(autouse=True)
def minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """All calls of a test are of one minute and one day, also of one begun at the end of either."""
    at = time.time()
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: at))


def look_up(house: House, **who: Any) -> httpx.Response:
    return house.call("POST", "/persons/lookup", "registry:read", json=NUMBER, **who)


def test_a_client_that_asks_too_often_is_told_when_to_come_back(house: House) -> None:
    house.told(dear_calls_per_client=2)
    first, second, third = (look_up(house) for _ in range(3))
    assert [one.status_code for one in (first, second, third)] == [404, 404, 429]
    problem = third.json()
    assert (problem["code"], problem["args"]["limit"]) == ("too-many-requests", 2)
    assert 0 < int(third.headers["Retry-After"]) <= 60
    assert third.headers["RateLimit-Policy"] == '"dear";q=2;w=60'
    assert third.headers["RateLimit"].startswith('"dear";r=0;t=')


def test_an_answer_says_how_many_calls_are_left(house: House) -> None:
    house.told(dear_calls_per_client=5)
    answer = house.call(
        "POST", "/coverage/check", "coverage:check", json={"on_date": "2021-06-01", "queries": [NUMBER]}
    )
    assert answer.status_code == 200
    assert answer.headers["RateLimit"].startswith('"dear";r=4;t=')


def test_another_client_goes_on_until_their_area_has_had_enough(house: House) -> None:
    house.told(dear_calls_per_client=2, dear_calls_per_area=3)
    assert [look_up(house).status_code for _ in range(3)] == [404, 404, 429]
    house.tokens.clear()  # another client of the same area: the area's third call is spent by the refused one
    assert look_up(house).status_code == 429
    assert look_up(house, area=TOWN).status_code == 404


def test_cheap_calls_are_not_counted(house: House) -> None:
    house.told(dear_calls_per_client=1)
    assert [house.call("GET", "/areas", "registry:read").status_code for _ in range(5)] == [200] * 5


def test_the_count_begins_anew_every_minute_and_old_rows_go(house: House) -> None:
    def made(key: str, minute: int) -> int:
        with transaction(house.database) as session:
            return count(session, CallCount, key, minute)

    assert [made("a", 100), made("a", 100), made("a", 101), made("b", 101)] == [1, 2, 1, 1]
    made("c", 100_000)
    with transaction(house.database) as session:
        assert [row.key for row in session.exec(select(CallCount))] == ["c"]


@pytest.mark.parametrize("deep", ["[" * 50_000, '{"a":' * 50_000, "[" * 50_000 + "]" * 50_000])
def test_a_body_nested_without_end_is_refused_and_not_followed(house: House, deep: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = house.call("POST", "/persons/lookup", "registry:read", content=deep.encode(), headers=headers)
    assert answer.status_code == 422
    assert answer.json()["code"] == "body-too-deep"


@pytest.mark.parametrize("more", [{"headers": {"X-Long": "a" * 40_000}}, {"params": {"cursor": "a" * 40_000}}])
def test_a_head_beyond_its_bound_is_refused(house: House, more: dict[str, Any]) -> None:
    answer = house.call("GET", "/areas", "registry:read", **more)
    assert answer.status_code == 431
    assert answer.json()["code"] == "head-too-large"


LINES = "甲\r\nSet-Cookie: a=b\nX-Evil: 1"


def test_no_line_break_of_a_caller_reaches_a_header_or_a_log(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    """Ids and addresses that are echoed go through JSON or through the router's own encoding, never as they came."""
    body = {"kind": "problem", "area": COUNTY, "title": LINES}
    asked = [
        house.call("POST", "/cases", "cases:write", json=body),
        house.call("GET", f"/persons/{'%0d%0aSet-Cookie:%20a=b'}", "registry:read"),
        house.call("GET", "/audit", "audit:read", params={"subject": "x\r\nX-Evil: 1", "limit": 1}),
        house.call("GET", "/cases", "cases:read", params={"cursor": "x\r\nX-Evil: 1"}),
    ]
    for answer in asked:
        assert answer.status_code < 500
        assert "set-cookie" not in answer.headers
        assert "x-evil" not in answer.headers
        assert not any("\n" in value or "\r" in value for value in answer.headers.values())
    lines = [line for line in capfd.readouterr().err.splitlines() if line]
    assert all(line.startswith("{") for line in lines)
    assert not any("Evil" in line or "Set-Cookie" in line for line in lines)


def test_a_days_quota_outlasts_the_minute_and_says_when_it_ends(house: House) -> None:
    house.told(dear_calls_per_client_day=2)
    assert [look_up(house).status_code for _ in range(3)] == [404, 404, 429]
    with transaction(house.database) as session:
        for row in session.exec(select(CallCount)):
            if ":day:" not in row.key:
                session.delete(row)  # the minute is over
        minutes = {row.minute for row in session.exec(select(CallCount)) if ":day:" in row.key}
    refused = look_up(house)
    assert refused.json()["args"] == {"limit": 2, "window": 86_400, "seconds": int(refused.headers["Retry-After"])}
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    assert {(minute + 480) % 1440 for minute in minutes} == {0}  # midnight in China
