"""Of a change only whom it touches is judged, and only their leads are read; some things are everybody's."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event

from matcher.leads.tables import Lead
from matcher.screens import in_force
from matcher.screens.parameters import shipped
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.fake_registry import COUNTY
from tests.matcher.life import told

PEOPLE = county.numbered(15)


@contextmanager
def loaded() -> Iterator[set[str]]:
    """The subjects whose lead anybody reads as a whole for the block; what is not read cannot be written."""
    read: set[str] = set()

    def note(lead: Lead, *_: object) -> None:
        read.add(lead.subject_id)

    event.listen(Lead, "load", note)
    try:
        yield read
    finally:
        event.remove(Lead, "load", note)


def looked_at(matcher: Matcher) -> tuple[bool, int]:
    """Whether the last screening of the first worker looked at everybody, and at how many."""
    kept = matcher.worker.desk.last_screening._kept
    assert kept is not None
    return kept.looked.whole, kept.looked.looked_at


def listed(matcher: Matcher) -> dict[str, dict[str, Any]]:
    return {lead["name"]: lead for lead in matcher.leads(state="any")}


@pytest.fixture
def two_homes(matcher: Matcher) -> Matcher:
    """Four people of two households on the list, and one who is covered; the first worker has screened them."""
    matcher.registry.put_person(county.person(*PEOPLE[14], coverage=[county.covered()]))
    for number in range(4):
        home = {"household_id": f"h-{number // 2}", "household_number": f"000{number // 2}"}
        matcher.registry.put_person(county.person(*PEOPLE[number], **home))
    matcher.deliver("disability-cards", [county.card(*one) for one in PEOPLE[:4]])
    matcher.work()
    assert looked_at(matcher) == (True, 5)
    return matcher


def alter(matcher: Matcher, number: int, **more: Any) -> None:
    """Something else is known of one of the registered."""
    one = next(each for each in matcher.registry.people.values() if each["id_number"] == PEOPLE[number][1])
    matcher.registry.put_person({**one, **more})


def test_of_a_change_only_the_household_is_judged_and_only_the_person_compared(two_homes: Matcher) -> None:
    before = listed(two_homes)
    alter(two_homes, 0, coverage=[county.covered(form="single", household_id="h-0")])
    with loaded() as read:
        two_homes.work()
    assert looked_at(two_homes) == (False, 2)
    after = listed(two_homes)
    assert after[PEOPLE[0][0]]["state"] == "withdrawn"
    # The housemate's reason says that somebody of the household is covered now.
    assert read == {before[PEOPLE[number][0]]["person_id"] for number in (0, 1)}
    assert [after[PEOPLE[number][0]] for number in (2, 3)] == [before[PEOPLE[number][0]] for number in (2, 3)]


def test_what_changes_no_lead_reads_none(two_homes: Matcher) -> None:
    two_homes.registry.put_person(county.person(*PEOPLE[9]))
    with loaded() as read:
        two_homes.work()
    assert looked_at(two_homes) == (False, 1)
    assert read == set()


def test_an_answer_is_compared_with_the_lead_it_is_about_alone(two_homes: Matcher) -> None:
    lead = listed(two_homes)[PEOPLE[2][0]]
    two_homes.registry.answer(lead["lead_id"], "02")
    with loaded() as read:
        two_homes.work()
    assert looked_at(two_homes) == (False, 0), "nobody's facts are others"
    assert listed(two_homes)[PEOPLE[2][0]]["state"] == "suppressed"
    assert read == {lead["person_id"]}


def test_where_there_is_a_pace_the_township_is_compared_as_a_whole(two_homes: Matcher) -> None:
    headers = two_homes.headers("leads:read screens:read leads:pace")
    body = {"households_per_week": 1}
    assert two_homes.http.put("/paces/640499100000", headers=headers, json=body).status_code == 200
    two_homes.deliver("disability-cards", [county.card(*one) for one in PEOPLE[:7]])
    two_homes.work()
    waiting = {name for name, lead in listed(two_homes).items() if lead["state"] == "waiting"}
    assert waiting == {name for name, _ in PEOPLE[4:7]}
    for number in range(4):
        lead = listed(two_homes)[PEOPLE[number][0]]
        two_homes.registry.answer(lead["lead_id"], "02")
    two_homes.work()
    assert looked_at(two_homes) == (False, 0)
    assert sorted(lead["state"] for lead in listed(two_homes).values()) == [
        "open",
        *["suppressed"] * 4,
        *["waiting"] * 2,
    ]


def test_another_day_other_values_a_restart_and_another_worker_look_at_everybody(
    two_homes: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    alter(two_homes, 0, phone="13900000001")
    two_homes.work()
    assert looked_at(two_homes) == (False, 0), "how to reach somebody is no fact"
    with told(two_homes, as_of=date(2021, 6, 2)):
        two_homes.work()
        assert looked_at(two_homes) == (True, 5)
        profile = {"area": COUNTY, "valid_from": "2021-01-01", "valid_to": None, "values": {"illness_line_yuan": 9_000}}
        profiles = [*shipped(), profile]
        monkeypatch.setattr(in_force, "shipped", lambda: profiles)
        alter(two_homes, 0, phone="13900000002")
        two_homes.work()
        assert looked_at(two_homes) == (True, 5)
        first, second = two_homes.worker, two_homes.new_worker("second")
        object.__setattr__(second.desk, "settings", first.desk.settings)
        alter(two_homes, 0, phone="13900000003")
        two_homes.worker = second
        two_homes.work()
        assert looked_at(two_homes) == (True, 5), "a process that has just begun"
        two_homes.worker = first
        alter(two_homes, 0, phone="13900000004")
        two_homes.work()
        assert looked_at(two_homes) == (True, 5), "and one that another screened after"


def test_where_nothing_may_be_kept_everybody_is_looked_at(matcher: Matcher) -> None:
    with told(matcher, keep_screened=0):
        matcher.deliver("disability-cards", [county.card(*one) for one in PEOPLE[:4]])
        matcher.work()
        with loaded() as read:
            matcher.registry.put_person(county.person(*PEOPLE[9]))
            matcher.work()
    assert matcher.worker.desk.last_screening._kept is None
    assert len(read) == 4
