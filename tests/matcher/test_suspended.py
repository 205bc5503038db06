"""Who is not paid is not covered: a suspension the registry tells of reaches the list, and its end takes it off."""

import polars as pl

from kit.database import reading, transaction
from matcher.people import snapshot
from matcher.people import store as people
from tests.matcher import county
from tests.matcher.conftest import Matcher

NAME, NUMBER = county.numbered(1)[0]


def told(matcher: Matcher, *suspensions: dict[str, str | None]) -> None:
    """The registry says when the support of the one person is suspended."""
    support = county.covered(suspensions=[{"reason": "away", "end": None, **one} for one in suspensions])
    matcher.registry.put_person(county.person(NAME, NUMBER, coverage=[support], person_id="p1"))


def why(matcher: Matcher) -> list[str]:
    matcher.work()
    return [finding["reason"] for lead in matcher.leads() for finding in lead["findings"]]


def test_a_suspension_puts_a_person_on_the_list_and_its_end_takes_it_off(matcher: Matcher) -> None:
    told(matcher)
    matcher.deliver("disability-cards", [county.card(NAME, NUMBER)])
    assert why(matcher) == []
    told(matcher, {"start": "2021-05-01"})
    assert [reason.count("原有保障自2021年5月1日起停发，至今没有恢复") for reason in why(matcher)] == [1]
    told(matcher, {"start": "2021-05-01", "end": "2021-05-31"})
    assert why(matcher) == []


def test_files_that_know_no_suspensions_are_taken_anew(matcher: Matcher) -> None:
    """As after an update: the cursor stands, nothing changes, and yet what was never told must be asked for."""
    told(matcher, {"start": "2021-05-01"})
    matcher.deliver("disability-cards", [county.card(NAME, NUMBER)])
    matcher.work()
    before = matcher.leads()
    vault = matcher.worker.desk.people.vault
    with transaction(matcher.database) as session:
        standing = people.standing(session)
        frame = matcher.worker.desk.people.read(list(standing.files))
        parts = [field.name for field in snapshot._COVERAGE.fields if field.name != "suspensions"]
        less = pl.col("coverage").list.eval(pl.struct(pl.element().struct.field(name) for name in parts))
        vault.put_frame("people/of-old", frame.with_columns(less))
        standing.files = ["people/of-old"]
        session.add(standing)
    assert not snapshot.is_current(["people/of-old"])
    assert snapshot.coverage(matcher.worker.desk.people.read(["people/of-old"]))["suspensions"].to_list() == [None]
    matcher.work()
    with reading(matcher.database) as session:
        assert snapshot.is_current(people.standing(session).files)
    assert matcher.leads() == before
