"""What the registry derives of people reaches the screens: fetched when it moved, kept sealed, and gone when it is."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from kit.database import reading, transaction
from matcher.facts.files import TOLD, parsed
from matcher.flows import fetch_facts as fetching
from matcher.flows.screen_people import seen_in, view_of
from matcher.frames import FACT
from matcher.people import store as people
from matcher.registry_client import RegistryDown
from matcher.screens import again
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.fake_registry import COUNTY
from tests.matcher.life import told

PERSON = "01a00000-0000-7000-8000-000000000001"


def known(matcher: Matcher) -> pl.DataFrame:
    """FACT as the screens get them of the registry."""
    found: list[pl.DataFrame] = []
    scene_of = again.scene_of
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(again, "scene_of", lambda *args: (found.append(args[2]), scene_of(*args))[1])
        seen_in(matcher.worker.desk, view_of(matcher.worker.desk), date(2021, 6, 1))
    return found[0].filter(pl.col("feed") == "registry")


def inputs(matcher: Matcher) -> int:
    with reading(matcher.database) as session:
        return people.standing(session).inputs


def tomorrow(matcher: Matcher) -> Any:
    return told(matcher, as_of=date(2021, 6, 2))


def test_a_fact_is_certain_of_the_registry_and_goes_with_what_it_came_from(matcher: Matcher) -> None:
    matcher.registry.put_person(county.person("马有福", county.number("19500101", 11), person_id=PERSON))
    matcher.registry.derive("custodian", {"subject_id": PERSON, "text": "王五", "count": 3, "valid_from": "2021-01-01"})
    matcher.work()
    (row,) = known(matcher).iter_rows(named=True)
    assert set(row) == set(FACT)
    assert {name: row[name] for name in ("subject_id", "kind", "text", "count", "grade", "batch_id", "line")} == {
        "subject_id": PERSON, "kind": "custodian", "text": "王五", "count": 3, "grade": "certain", "batch_id": "entry",
        "line": 0,
    }  # fmt: skip
    assert (row["valid_from"], row["valid_to"], row["number"]) == (date(2021, 1, 1), None, None)
    before = inputs(matcher)
    matcher.registry.derive("custodian")
    matcher.work()
    assert known(matcher).is_empty()
    assert inputs(matcher) > before


def test_only_what_moved_is_fetched_and_only_after_the_feed_moved_or_on_another_day(matcher: Matcher) -> None:
    matcher.registry.derive("custodian", {"subject_id": PERSON})
    matcher.registry.derive("exit", {"subject_id": PERSON})
    matcher.work()
    assert sorted(matcher.registry.fetched) == ["custodian", "exit"]
    matcher.registry.derive("exit")
    matcher.work()
    assert sorted(matcher.registry.fetched) == ["custodian", "exit", "exit"]
    before = inputs(matcher)
    assert matcher.registry.facts is not None
    matcher.registry.facts["custodian"] = []  # nobody is told: the day will tell
    matcher.work()
    assert (len(matcher.registry.fetched), inputs(matcher)) == (3, before)
    with tomorrow(matcher):
        matcher.work()
    assert matcher.registry.fetched[3:] == ["custodian"]
    assert known(matcher).is_empty()


def test_files_are_sealed_and_none_is_left_that_no_longer_counts(matcher: Matcher) -> None:
    vault = matcher.worker.desk.facts.vault
    matcher.registry.derive("payout", {"subject_id": PERSON, "text": "王五六七"})
    matcher.work()
    (name,) = vault.names("facts")
    assert "王五六七".encode() not in (vault.root / f"{name}.sealed").read_bytes()
    matcher.registry.derive("payout", {"subject_id": PERSON, "text": "另一人"})
    matcher.work()
    assert len(vault.names("facts")) == 1
    assert vault.names("facts") != [name]


def test_a_registry_that_derives_nothing_is_borne(matcher: Matcher) -> None:
    matcher.registry.derive("payout", {"subject_id": PERSON})
    matcher.work()
    assert known(matcher).height == 1
    matcher.registry.facts = None
    with tomorrow(matcher):
        matcher.work()
    assert known(matcher).is_empty()
    assert matcher.worker.desk.facts.vault.names("facts") == []


def test_a_stream_that_broke_off_counts_for_nothing_and_is_asked_for_again(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    matcher.registry.derive("exit", {"subject_id": PERSON})
    matcher.registry.sends_at_most = 10
    matcher.work()
    assert (known(matcher).height, matcher.registry.fetched) == (0, ["exit"])  # and not at every turn
    matcher.registry.sends_at_most = None
    matcher.work()
    assert known(matcher).is_empty()
    monkeypatch.setattr(fetching, "AGAIN", timedelta(0))
    matcher.work()
    assert known(matcher).height == 1
    with pytest.raises(RegistryDown):
        matcher.registry.down = True
        matcher.worker.desk.registry.facts()


def test_what_was_fetched_before_a_later_kind_broke_off_counts(matcher: Matcher) -> None:
    matcher.registry.derive("custodian", {"subject_id": PERSON})
    matcher.registry.derive("exit", *({"subject_id": PERSON, "text": f"{at}"} for at in range(99)))
    matcher.registry.sends_at_most = 1000
    matcher.work()
    assert known(matcher)["kind"].to_list() == ["custodian"]


def test_a_subject_that_is_somebody_else_now_is_that_one(matcher: Matcher) -> None:
    matcher.registry.derive("custodian", {"subject_id": "gone"})
    matcher.work()
    with transaction(matcher.database) as session:
        people.mint(session, pl.Series(["gone"]), COUNTY)
        merge = {"subject_id": ["gone"], "survivor_id": [PERSON], "registered": [True]}
        people.merge(session, pl.DataFrame(merge, schema=people.REDIRECTS), "registry")
    assert known(matcher)["subject_id"].to_list() == [PERSON]


@pytest.mark.parametrize(
    "record", ["01a2274c-0000-7000-8000-000000000001:0", "01a2274c-0000-7000-8000-000000000001:12"]
)
def test_a_lead_may_rest_on_a_row_of_the_registry(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch, record: str
) -> None:
    findings = again.findings_in

    def more(*args: Any) -> pl.DataFrame:
        return findings(*args).with_columns(pl.col("records").list.concat(pl.lit([record])))

    monkeypatch.setattr(again, "findings_in", more)
    matcher.deliver("disability-cards", [county.card("马有福", county.number("19500101", 11))])
    matcher.work()
    (lead,) = matcher.leads()
    assert record in lead["sources"]
    shown = matcher.get(f"/leads/{lead['lead_id']}")
    (row,) = (one for one in shown["findings"][0]["records"] if one["record"] == record)
    assert (row["feed"], row["grade"], row["levels"]) == (None, None, None)
    # Answered, the lead goes its way like any other.
    matcher.registry.answer(lead["lead_id"], "02")
    matcher.work()
    assert matcher.get(f"/leads/{lead['lead_id']}")["sources"] == lead["sources"]


def test_nothing_told_is_a_frame_without_rows() -> None:
    assert parsed(b"").schema == pl.Schema(TOLD)
