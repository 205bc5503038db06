"""What is found behind each door: the truth decides where it can, the family's own dice where people decide."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from doudi.county import make_county, make_mistakes
from doudi.demo.villagers import Round, Village, Visits, visit

DAY = date(2021, 6, 1)
FILES = {"i": "registry.xlsx", "d": "deaths.csv", "h": "health.csv"}
OWNER = {
    "health.csv:2": 1,
    "health.csv:3": 2,
    "health.csv:4": 3,
    "health.csv:5": 9,
    "registry.xlsx:3": 4,
    "registry.xlsx:4": 5,
    "registry.xlsx:5": 7,
    "deaths.csv:2": 6,
    "deaths.csv:3": 4,
    "deaths.csv:4": 7,
}


def person(number: int, **said: str) -> dict[str, str]:
    blank = {
        "covered": "0",
        "dead": "0",
        "expected": "",
        "name": f"马{number}",
        "id_number": f"6404991980010100{number}0",
    }
    return {**blank, **said}


PEOPLE = {
    1: person(1, expected="uncovered-at-risk"),
    2: person(2, covered="1"),
    3: person(3, dead="1"),
    4: person(4, covered="1", dead="1", expected="covered-but-dead"),
    5: person(5, covered="1"),
    6: person(6, dead="1"),
    7: person(7, covered="1", dead="1", expected="covered-but-dead"),
}
VILLAGE = Village(PEOPLE, OWNER, {3: "2021-02-03", 4: "2021-12-09", 6: "2021-01-01", 7: "2021-03-31"}, FILES)


class Registry:
    """People 2, 4 and 5 stand in it under ids that say who they are."""

    def find(self, number: str, name: str) -> str | None:
        known = {(PEOPLE[one]["id_number"], PEOPLE[one]["name"]): f"person-{one}" for one in (2, 4, 5)}
        return known.get((number, name))

    def row_of(self, person_id: str) -> str | None:
        return {"person-4": "i:3", "person-5": "i:4"}.get(person_id)


def lead(name: str, *sources: str, screen: str = "uncovered-serious-illness", **more: Any) -> dict[str, Any]:
    return {"lead_id": name, "case_id": name, "screens": [screen], "sources": list(sources), "candidates": [], **more}


def said(one: dict[str, Any], **round_: Any) -> dict[str, Any]:
    visits = visit(VILLAGE, [one], Registry(), Round(DAY, 1, **round_))
    return visits.outcomes[one["lead_id"]]


DEAD = "covered-but-dead"


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (lead("covered", "h:3"), {"code": "01", "person_id": "person-2"}),
        (lead("died", "h:4"), {"code": "10", "died_on": "2021-02-03"}),
        (lead("stranger", "h:5"), {"code": "12"}),
        (lead("beside", "h:5", screen="single-person-dibao"), {"code": "08"}),
        (lead("alive", "i:4", "d:2", screen=DEAD), {"code": "W4"}),
        (lead("dead", "d:3", "i:3", screen=DEAD), {"code": "W1", "died_on": "2021-12-09", "stop_from": "2022-01"}),
        (lead("dead2", "d:4", "i:5", screen=DEAD), {"code": "W1", "died_on": "2021-03-31", "stop_from": "2021-04"}),
    ],
)
def test_where_truth_decides_the_outcome_is_the_truth(one: dict[str, Any], expected: dict[str, str]) -> None:
    assert expected.items() <= said(one).items()


def test_of_two_candidates_the_dead_one_is_named_and_nobody_where_both_live() -> None:
    doubt = lead(
        "which", "i:4", "i:3", "d:3", screen=DEAD, candidates=[{"person_id": "person-5"}, {"person_id": "person-4"}]
    )
    assert said(doubt).items() >= {"code": "W1", "person_id": "person-4"}.items()
    other = lead("none", "i:4", "d:2", screen=DEAD, candidates=[{"person_id": "person-5"}, {"person_id": "person-6"}])
    assert said(other)["code"] == "W4"


def test_a_family_says_that_support_has_ended_only_as_often_as_the_round_has_it() -> None:
    dead = [lead("a", "i:3", screen=DEAD), lead("b", "i:5", screen=DEAD)]
    visits = visit(VILLAGE, dead, Registry(), Round(DAY, 1, said_stopped=1))
    assert (visits.code("a"), visits.code("b")) == ("W3", "W1")
    assert visits.paid_on() == [4]
    answers = visits.answers()
    assert (set(answers.stopped), answers.still_paid) == ({7}, 0)
    assert 4 in answers.settled


def test_the_same_visit_told_twice_is_the_same_outcome_and_another_day_another() -> None:
    first, again = (said(lead("x", "h:2")) for _ in range(2))
    assert first == again
    later = visit(VILLAGE, [lead("x", "h:2")], Registry(), Round(date(2021, 7, 1), 1)).outcomes["x"]
    assert later["outcome_id"] != first["outcome_id"]
    assert later["code"] == first["code"]


def test_a_door_nobody_knows_is_not_visited() -> None:
    assert visit(VILLAGE, [lead("x", "h:99")], Registry(), Round(DAY, 1)).outcomes == {}


def test_what_is_about_care_alone_waits() -> None:
    care = lead("x", "i:4", screen="tekun-among-single-households")
    assert visit(VILLAGE, [care], Registry(), Round(DAY, 1)).outcomes == {}
    both = lead("y", "h:5", screen="severe-card-lapsed")
    assert said(both)["code"] == "08"


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Village, Visits]:
    """Every row of serious illness as a lead of its own."""
    folder = make_county(tmp_path_factory.mktemp("county"), 12_000, "typical", 8).folder
    lent = make_mistakes(folder, 1, ["640499100"], []).lent
    village = Village.read(folder, {"h": "health.csv"}, lent)
    leads = [lead(place, f"h:{place.split(':')[1]}") for place in village.owner if place.startswith("health.csv:")]
    return folder, village, visit(village, leads, Registry(), Round(DAY, 7))


def test_families_at_risk_mostly_apply_and_some_do_not(visited: tuple[Path, Village, Visits]) -> None:
    _, village, visits = visited
    at_risk = {person for person, row in village.people.items() if row["expected"] == "uncovered-at-risk"}
    codes = Counter(visits.code(one) for one, person in visits.person.items() if person in at_risk)
    assert sum(codes.values()) >= 25
    assert codes["02"] + codes["03"] > sum(codes.values()) / 3
    assert len(codes) >= 5
    assert not set(codes) & {"01", "10", "12"}


def test_whoever_lent_her_card_says_that_it_is_not_her(visited: tuple[Path, Village, Visits]) -> None:
    folder, village, visits = visited
    lent = [place for place in visits.outcomes if visits.person[place] not in village.people]
    assert lent
    assert {visits.code(place) for place in lent} == {"12"}
    assert f"health.csv:{len((folder / 'health.csv').read_bytes().splitlines())}" in lent


def test_answers_name_everybody_visited_once_as_admitted_denied_or_settled(
    visited: tuple[Path, Village, Visits],
) -> None:
    _, _, visits = visited
    answers = visits.answers()
    assert set(answers.admitted) | set(answers.settled) == set(visits.person.values())
    assert not set(answers.admitted) & (set(answers.settled) | set(answers.denied))
    assert set(answers.admitted.values()) <= {"household", "single", "home"}
