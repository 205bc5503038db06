"""What waits is counted as it is listed, and what is closed waits for nothing."""

from datetime import date, timedelta
from typing import Any

from registry.ledger import states
from tests.registry.cases import done, lead_of, put, put_all, read, reported, step, taken_over
from tests.registry.house import COUNTY, OTHER_COUNTY, OTHER_VILLAGE, TOWN, House

DAY = date(2021, 6, 1)
# As a page asks for the list behind each figure.
LISTS: dict[str, dict[str, Any]] = {
    "overdue": {"overdue": True},
    "due_soon": {"waits_before": str(DAY + timedelta(days=8)), "overdue": False},
    "awaiting_acceptance": {"state": "awaiting-acceptance"},
    "revisit": {"standing": "revisit"},
    "returned": {"state": "returned"},
    "lead_withdrawn": {"flag": "线索撤回"},
    "new_facts": {"flag": "新情况"},
    "verifying": {"state": "verifying"},
    "awaiting_approval": {"state": "awaiting-approval"},
    "in_progress": {"state": "in-progress"},
}


def waiting(house: House, by: str = TOWN, **asked: Any) -> dict[str, Any]:
    answer = house.call("GET", "/cases/waiting", "cases:read", area=by, params=asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def lists(house: House, by: str = TOWN, **asked: Any) -> dict[str, int]:
    """How long the list behind each figure is."""
    params = {name: {"limit": 1000, **asked, **narrowed} for name, narrowed in LISTS.items()}
    return {
        name: len(house.call("GET", "/cases", "cases:read", area=by, params=one).json()["cases"])
        for name, one in params.items()
    }


def figures(told: dict[str, Any]) -> dict[str, int]:
    return {name: told[name] for name in LISTS}


def filled(house: House) -> None:
    """Cases at every step; one of another village, one closed by what was found."""
    put(house, "new", household_key="F1")
    put(house, "elsewhere", household_key="F2", area=OTHER_VILLAGE)
    taken_over(house, "visiting", household_key="F3")
    taken_over(house, "again", household_key="F4")
    reported(house, "15", "again")
    taken_over(house, "said", household_key="F5")
    reported(house, "02", "said")
    taken_over(house, "back", household_key="F6")
    reported(house, "02", "back")
    done(step(house, one(house, "F6"), "return", {"reason": "请补充"}, "cases:approve"))
    taken_over(house, "done", household_key="F7")
    reported(house, "09", "done")
    assert one(house, "F7")["state"] == states.CLOSED
    taken_over(house, "gone", household_key="F8")
    put_all(house, {"lead_id": "gone", **lead_of("gone", 2, household_key="F8", state="withdrawn")})


def one(house: House, household: str) -> dict[str, Any]:
    cases = house.call("GET", "/cases", "cases:read", params={"limit": 1000}).json()["cases"]
    return read(house, next(case for case in cases if case["household_key"] == household))


def test_every_figure_is_as_long_as_the_list_it_stands_for(house: House) -> None:
    assert set(figures(waiting(house)).values()) == {0}
    filled(house)
    areas = f"code,name\n{TOWN},香山镇\n"
    house.call("POST", "/areas/import", "areas:write", content=areas.encode(), headers={"Content-Type": "text/csv"})
    asks: list[tuple[str, dict[str, str]]] = [(TOWN, {}), (COUNTY, {}), (COUNTY, {"area": TOWN}), (OTHER_COUNTY, {})]
    for by, asked in asks:
        assert figures(waiting(house, by, **asked)) == lists(house, by, **asked), (by, asked)
    told = waiting(house)
    assert told["day"] == str(DAY)
    assert told["soon_until"] == "2021-06-08"
    assert (told["awaiting_acceptance"], told["revisit"], told["returned"], told["lead_withdrawn"]) == (1, 1, 1, 1)
    assert waiting(house, COUNTY)["awaiting_acceptance"] == 2
    assert set(figures(waiting(house, OTHER_COUNTY)).values()) == {0}


def test_what_is_closed_is_not_due_though_its_day_passed(house: House) -> None:
    filled(house)
    closed = one(house, "F7")
    assert closed["due_on"] is not None
    later = str(date.fromisoformat(closed["due_on"]) + timedelta(days=1))

    def households(**asked: str) -> set[str]:
        cases = house.call("GET", "/cases", "cases:read", params={"limit": 1000, **asked}).json()["cases"]
        return {case["household_key"] for case in cases}

    assert "F7" in households(due_before=later)
    assert "F7" not in households(waits_before=later)
    assert {"F1", "F3"} <= households(waits_before="2021-12-31")


def test_how_far_soon_reaches_can_be_said_within_reason(house: House) -> None:
    filled(house)
    assert waiting(house, soon=90)["due_soon"] > waiting(house, soon=1)["due_soon"]
    for asked in ({"soon": 0}, {"soon": 91}, {"area": "64049910000x"}):
        assert house.call("GET", "/cases/waiting", "cases:read", params=asked).status_code == 422
    assert house.call("GET", "/cases/waiting", "cases:read", params={"state": "closed"}).status_code == 400
    assert house.call("GET", "/cases/waiting", "registry:read").status_code == 403
