"""Several sources of one thing: one is taken by a stated rule, in whatever order they come; the rest stays visible."""

import json
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.feeds.feed import feed_ids
from matcher.frames import COVERAGE, FACT, PERSON, conform
from matcher.screens.catalogue import parameters_for, run
from matcher.screens.columns.illness import columns, window
from matcher.screens.columns.known import LASTING, Known
from matcher.screens.columns.registration import WORDS
from matcher.screens.columns.sources import NAMES, SOURCE_ORDER
from matcher.screens.parameters import Unsettled, shipped
from tests.examples import examples

DAY, AREA = date(2021, 6, 1), "640499000000"
PEOPLE = conform(pl.DataFrame({"subject_id": ["甲"], "registered": [True]}), PERSON)
COVERED = conform(pl.DataFrame({"subject_id": ["甲"], "programme": ["dibao-rural"], "source": ["i:3"]}), COVERAGE)


def facts(rows: list[dict[str, Any]]) -> pl.DataFrame:
    told = [{"subject_id": "甲", "grade": "certain", "batch_id": "b", "line": at} | row for at, row in enumerate(rows)]
    return conform(pl.DataFrame(told, schema=dict(FACT)), FACT)


def found(rows: list[dict[str, Any]], screen: str, day: date = DAY) -> dict[str, Any] | None:
    """The finding of a screen, with its inputs as values; None where it finds nobody."""
    made = run(PEOPLE, COVERED, facts(rows), day, parameters_for(AREA, day), screens=[screen])
    return {**made.row(0, named=True), "inputs": json.loads(made["inputs"][0])} if made.height else None


SAID = st.fixed_dictionaries(
    {
        "kind": st.just("household-registration"),
        "code": st.sampled_from(list(WORDS)),
        "feed": st.sampled_from(["police-answers", "village-slip", "a-countys-own"]),
        "own_number": st.sampled_from([True, False]),
        "batch_id": st.sampled_from(["b1", "b2"]),
        "valid_from": st.dates(date(2020, 1, 1), DAY) | st.none(),
    }
)


@given(rows=st.lists(SAID, min_size=1, max_size=5), data=st.data())
@examples(60)
def test_the_one_taken_is_the_best_by_the_stated_rule_in_any_order(rows: list[dict[str, Any]], data: Any) -> None:
    told = [{**row, "line": at} for at, row in enumerate(rows)]
    order = list(SOURCE_ORDER.of(parameters_for(AREA, DAY))["household-registration"])

    def belief(row: dict[str, Any]) -> tuple[Any, ...]:
        place = order.index(row["feed"]) if row["feed"] in order else len(order)
        return (not row["own_number"], place, -int(row["batch_id"][1]), -(row["valid_from"] or date.min).toordinal())

    best = min(told, key=lambda row: (*belief(row), -row["line"]))
    says = {}
    for row in sorted(told, key=lambda row: (*belief(row), -row["line"])):
        says.setdefault(row["feed"], row["code"])
    one = found(told, "covered-but-gone")
    assert (one is not None) == (best["code"] != "here")
    assert found(data.draw(st.permutations(told)), "covered-but-gone") == one
    if one is None:
        return
    inputs = one["inputs"]
    assert inputs["registration"] == best["code"]
    disputed = len(set(says.values())) > 1
    assert inputs["registration_disputed"] is disputed
    if disputed:
        assert one["tier"] == "电话核实", "a disputed fact decides nothing alone"
        assert inputs["registration_conflict"].startswith(f"{NAMES.get(best['feed'], '其他来源（a-countys-own）')}：")
        assert all(WORDS[code] in inputs["registration_conflict"] for code in says.values())
    else:
        assert inputs["registration_conflict"] is None


DEAD = st.fixed_dictionaries(
    {
        "kind": st.just("death"),
        "feed": st.sampled_from(["health-deaths", "cremations", "police-answers", "village-slip"]),
        "grade": st.sampled_from(["certain", "probable", "possible"]),
        "own_number": st.sampled_from([True, False]),
        "valid_from": st.dates(date(2020, 1, 1), date(2021, 5, 31)),
    }
)


@given(deaths=st.lists(DEAD, min_size=1, max_size=4), alive=st.none() | st.dates(date(2020, 1, 1), DAY))
@examples(80)
def test_confidence_counts_sources_with_the_number_and_doubt_never_sends_anybody(
    deaths: list[dict[str, Any]], alive: date | None
) -> None:
    here = {"kind": "household-registration", "code": "here", "feed": "police-answers", "valid_from": alive}
    one = found([*deaths, *([here] if alive else [])], "covered-but-dead")
    assert one is not None
    trusted = [row for row in deaths if row["grade"] != "possible"]
    own = {row["feed"] for row in trusted if row["own_number"]}
    confidence = one["inputs"]["death_confidence"]
    if len(own) > 1:
        assert confidence == "several-sources"
    elif not own:
        assert confidence == "doubtful"
    else:
        assert confidence in {"one-source", "doubtful"}
        assert (confidence == "doubtful") == one["inputs"]["disputed_before"]
    if confidence == "doubtful":
        assert one["tier"] == "电话核实"
    if one["inputs"]["disputed_before"]:
        assert alive is not None
        assert "在册" in one["inputs"]["death_conflict"]
        assert "请电话问清是否在世" in one["reason"]
    assert one["inputs"]["doubted_before"] == (not trusted)


def test_whom_a_register_contradicts_is_struck_from_no_list() -> None:
    dead = {"kind": "death", "feed": "cremations", "valid_from": date(2021, 3, 1)}
    here = {"kind": "household-registration", "code": "here", "feed": "police-answers", "valid_from": date(2021, 5, 1)}
    card = {"kind": "disability-card", "text": "4", "number": 1.0, "code": "valid"}
    nobody = COVERED.clear()

    def listed(*rows: dict[str, Any]) -> pl.DataFrame:
        screens = ["uncovered-severe-disability"]
        return run(PEOPLE, nobody, facts(list(rows)), DAY, parameters_for(AREA, DAY), screens=screens)

    assert listed(card, dead).height == 0
    one = listed(card, dead, here).row(0, named=True)
    assert json.loads(one["inputs"])["death_conflict"] == "公安：在册；殡葬：已死亡"
    assert "是否在世说法不一（公安：在册；殡葬：已死亡）" in one["reason"]


def test_days_that_differ_are_told_and_the_trusted_sources_is_taken() -> None:
    rows = [
        {"kind": "death", "feed": "village-slip", "valid_from": date(2021, 5, 3)},
        {"kind": "death", "feed": "health-deaths", "valid_from": date(2021, 2, 10)},
    ]
    one = found(rows, "covered-but-dead")
    assert one is not None
    assert one["inputs"]["died_month"] == "2021-02"
    assert one["inputs"]["death_conflict"] == "卫生健康：2021年2月10日死亡；村级月报：2021年5月3日死亡"


@pytest.mark.parametrize("day", [date(2021, 5, 31), date(2021, 6, 1), date(2021, 6, 2)])
def test_a_fact_counts_to_its_last_day_unless_its_kind_outlasts_it(day: date) -> None:
    kinds = ["unemployed", *sorted(LASTING)]
    rows = facts([{"kind": kind, "valid_to": date(2021, 6, 1)} for kind in kinds])
    known = Known.of(COVERED, rows, day, parameters_for(AREA, DAY))
    wanted = kinds if day <= date(2021, 6, 1) else sorted(LASTING)
    assert sorted(known.trusted["kind"]) == sorted(wanted)


def test_twelve_full_months_end_before_the_month_of_the_day() -> None:
    assert window(date(2021, 6, 1)) == window(date(2021, 6, 30)) == (date(2020, 6, 1), date(2021, 6, 1))
    assert window(date(2024, 2, 29)) == (date(2023, 2, 1), date(2024, 2, 1))
    assert window(date(2021, 1, 15)) == (date(2020, 1, 1), date(2021, 1, 1))


BILL = st.fixed_dictionaries(
    {
        "kind": st.just("settlement"),
        "about": st.sampled_from(["S1", "S2", "S3"]) | st.none(),
        "code": st.sampled_from(["settled", "reversed", "resettled"]) | st.none(),
        "number": st.integers(-9000, 9000).map(float),
        "valid_from": st.dates(date(2020, 4, 1), DAY),
    }
)


@given(bills=st.lists(BILL, max_size=7), data=st.data())
@examples(80)
def test_the_sum_of_twelve_months_is_that_of_the_bills_settled_in_them(bills: list[dict[str, Any]], data: Any) -> None:
    first, end = window(DAY)

    def paid(bill: dict[str, Any]) -> float:
        return -abs(bill["number"]) if bill["code"] == "reversed" else bill["number"]

    begun: dict[str, date] = {}
    for bill in bills:
        if bill["about"]:
            begun[bill["about"]] = min(begun.get(bill["about"], DAY), bill["valid_from"])
    once = {(b["about"] or at, b["code"], paid(b), b["valid_from"]): b for at, b in enumerate(bills)}.values()
    within = [b for b in once if first <= begun.get(b["about"] or "", b["valid_from"]) < end]
    known = Known.of(COVERED, facts(data.draw(st.permutations(bills))), DAY, parameters_for(AREA, DAY))
    told = columns(known)
    assert told.height == (1 if within else 0)
    if within:
        assert told["self_paid_12m"].item() == pytest.approx(sum(map(paid, within)))
        assert told["serious"].item() == (sum(map(paid, within)) >= 10000)


def test_every_shipped_feed_has_a_name_for_staff() -> None:
    assert set(feed_ids()) <= NAMES.keys()


def test_an_order_names_a_kind_and_each_source_once() -> None:
    def told(order: Any) -> None:
        profile = {"area": AREA, "valid_from": "2021-01-01", "valid_to": None, "values": {"source_order": order}}
        parameters_for(AREA, DAY, [*shipped(), profile])

    told({"death": ["village-slip", "health-deaths"]})
    for wrong in ({"illness": ["a"]}, {"death": ["a", "a"]}, {"death": "a"}, ["a"]):
        with pytest.raises(Unsettled, match="来源先后"):
            told(wrong)
