"""Counts by programme and cause, by township and month, on a day and as known at a moment (E11)."""

from typing import Any

from tests.registry.house import COUNTY, TOWN, House
from tests.registry.payouts import HEAD, WIFE
from tests.registry.test_aid import aid
from tests.registry.test_coverage_entry import does, done, entered, get, person
from tests.registry.test_exits import _coverage, _import
from tests.registry.test_register_whole import areas


def grounds(house: House, **asked: str) -> dict[tuple[str, ...], tuple[int, ...]]:
    who = {"area": asked.pop("caller")} if "caller" in asked else {}
    answer = house.call("GET", "/coverage-grounds", "registry:read", "registers:read", params=asked, **who)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    for name in ("aids", "aid_fen"):
        assert sum(one[name] for one in found["rows"]) == sum(one[name] for one in found["totals"])
    words, figures = ("area", "month", "programme", "ground"), ("covered", "began", "aids", "aid_fen")
    return {tuple(one[name] for name in words): tuple(one[name] for name in figures) for one in found["rows"]}


def test_who_is_supported_why_is_counted_by_month_programme_and_cause(house: House) -> None:
    areas(house)
    head, wife = {**HEAD, "起保年月": "202104", "致困原因": "因疫"}, {**WIFE, "起保年月": "202105", "致困原因": "因灾"}
    _import(house, [head, wife])
    who = person(house, "无因")
    other = entered(house, who, start="2021-05-01")
    of = (TOWN, "2021-05", "dibao-rural")
    assert grounds(house, **{"from": "2021-03", "to": "2021-05"}) == {
        (TOWN, "2021-04", "dibao-rural", "epidemic"): (1, 1, 0, 0),
        (*of, "epidemic"): (1, 0, 0, 0),
        (*of, "disaster"): (1, 1, 0, 0),
        (COUNTY, "2021-05", "dibao-rural", "unsaid"): (1, 1, 0, 0),
    }
    known = get(house, other)["recorded_at"]
    assert does(house, other, "correct", {"ground": "illness"}).status_code == 200
    done(house, _coverage(house, HEAD["身份证号"]), "suspend", on="2021-05-31", until="2021-05-31", reason="account")
    now = grounds(house, to="2021-05")
    assert (now[COUNTY, "2021-05", "dibao-rural", "illness"], (*of, "epidemic") in now) == ((1, 1, 0, 0), False)
    then = grounds(house, to="2021-05", known_at=known)
    assert then[COUNTY, "2021-05", "dibao-rural", "unsaid"] == (1, 1, 0, 0)
    assert then[*of, "epidemic"] == (1, 0, 0, 0)
    before = grounds(house, as_of="2021-05-30")  # the day before the suspension
    assert before[*of, "epidemic"] == (1, 0, 0, 0)
    assert set(grounds(house, to="2021-05", area=TOWN)) == {(*of, "disaster")}
    assert grounds(house, to="2021-05", caller="640499101000") == {}


def test_temporary_aid_of_the_register_is_counted_by_its_cause_and_township(house: House) -> None:
    areas(house)
    aid(house, "1", cause="epidemic", amount=50001, papers_on="2021-05-10")
    aid(house, "2", cause="epidemic", amount=50000, papers_on="2021-05-10", exceptional=True, exceptional_why="再发")
    aid(house, "3", cause="disaster", aided_at=None, amount=None, approver=None)
    aid(house, "4", cause="disaster", clue_at="2021-04-30 23:00", aided_at="2021-05-01 01:00")
    found = grounds(house, to="2021-05")
    assert found == {
        (TOWN, "2021-05", "temporary-aid", "epidemic"): (0, 0, 2, 100001),
        (TOWN, "2021-05", "temporary-aid", "disaster"): (0, 0, 1, 100000),
    }
