"""The run of the screens: shapes, evidence, parameters by area and date, and nothing that depends on order."""

import json
from datetime import date
from typing import Any

import polars as pl
import pytest

from china.disability_cards import severe_for_assistance
from matcher.feeds.feed import feed_ids
from matcher.frames import COVERAGE, FACT, FINDING, PERSON, conform, empty
from matcher.screens.catalogue import BY_ID, CATALOGUE, REGISTRY, parameters_for, run, silent
from matcher.screens.columns.accounts import PAYEES_EXCUSED
from matcher.screens.columns.payments import PAYMENTS_SINCE
from matcher.screens.columns.settings import ILLNESS_LINE_YUAN
from matcher.screens.parameters import Parameters, shipped

DAY = date(2021, 6, 1)
AREA = "640499000000"


def people(*ids: str) -> pl.DataFrame:
    return conform(pl.DataFrame({"subject_id": ids, "registered": [False] * len(ids)}), PERSON)


def fact(subject: str, kind: str, line: int, **values: Any) -> dict[str, Any]:
    return {"subject_id": subject, "kind": kind, "grade": "certain", "batch_id": "b", "line": line} | values


def facts(*rows: dict[str, Any]) -> pl.DataFrame:
    return conform(pl.DataFrame(list(rows), schema=dict(FACT)), FACT)


def parameters(**values: Any) -> Parameters:
    profile = {"area": AREA, "valid_from": "2021-01-01", "valid_to": None, "values": values}
    return parameters_for(AREA, DAY, [*shipped(), profile])


MONITORED = {"kind": "monitored", "text": "边缘易致贫户", "code": "active"}
SEVERE = {"kind": "disability-card", "text": "4", "number": 1.0, "code": "valid"}


def test_nobody_gives_no_finding_in_the_right_shape() -> None:
    found = run(empty(PERSON), empty(COVERAGE), empty(FACT), DAY, parameters())
    assert found.height == 0
    assert dict(found.schema) == dict(FINDING)


def test_a_person_found_by_several_screens_has_a_finding_each_and_every_row_behind_each() -> None:
    found = run(
        people("甲", "乙"),
        empty(COVERAGE),
        facts(
            fact("甲", **MONITORED, line=2),
            fact("甲", **SEVERE, line=3),
            fact("甲", **SEVERE, line=4),
            fact("甲", "labour", 2, code="weak", text="弱劳动力"),
            fact("丙", **SEVERE, line=9),
        ),
        DAY,
        parameters(),
    )
    assert found.select("subject_id", "screen").rows() == [
        ("甲", "uncovered-monitored"),
        ("甲", "uncovered-monitored-incapable"),
        ("甲", "uncovered-no-labour"),
        ("甲", "uncovered-severe-disability"),
    ], "丙 is not among the people"
    rows = dict(found.select("screen", "records").iter_rows())
    assert rows["uncovered-severe-disability"] == ["b:3", "b:4"]
    assert rows["uncovered-monitored"] == ["b:2"]
    assert sorted(rows["uncovered-monitored-incapable"]) == ["b:2", "b:3", "b:4"]


def test_a_finding_keeps_what_it_was_decided_on() -> None:
    p = parameters()
    found = run(people("甲"), empty(COVERAGE), facts(fact("甲", **SEVERE, line=2)), DAY, p)
    inputs = json.loads(found["inputs"].item())
    assert inputs["as_of"] == "2021-06-01"
    assert inputs["parameters"] == p.version
    assert inputs["card_grade"] == 1
    assert inputs["covered"] is False
    assert found["version"].item() == "1"


def test_only_the_screens_asked_for_run_and_an_unknown_one_is_an_error() -> None:
    known = facts(fact("甲", **SEVERE, line=2), fact("甲", **MONITORED, line=2))
    found = run(people("甲"), empty(COVERAGE), known, DAY, parameters(), screens=["uncovered-monitored"])
    assert found["screen"].to_list() == ["uncovered-monitored"]
    with pytest.raises(KeyError, match="no-such-screen"):
        run(people("甲"), empty(COVERAGE), known, DAY, parameters(), screens=["no-such-screen"])


def test_the_order_of_people_and_facts_changes_nothing() -> None:
    who = people(*(f"p{i}" for i in range(40)))
    rows = facts(*(fact(f"p{i % 40}", **(SEVERE if i % 3 else MONITORED), line=i) for i in range(90)))
    once = run(who, empty(COVERAGE), rows, DAY, parameters())
    again = run(who.reverse(), empty(COVERAGE), rows, DAY, parameters())
    assert once.equals(again)
    shuffled = run(who, empty(COVERAGE), rows.sample(fraction=1, shuffle=True, seed=3), DAY, parameters())
    assert once.drop("records").equals(shuffled.drop("records"))
    assert once["records"].list.sort().to_list() == shuffled["records"].list.sort().to_list()


# ---- parameters


def test_a_county_changes_its_own_line_and_nobody_elses() -> None:
    ill = facts(fact("甲", "illness", 2, text="肺恶性肿瘤", number=8000.0))
    lower = parameters(illness_line_yuan=5000)
    assert run(people("甲"), empty(COVERAGE), ill, DAY, lower).height == 1
    assert run(people("甲"), empty(COVERAGE), ill, DAY, parameters()).height == 0
    values = {"illness_line_yuan": 1000}
    profile = {"area": "640500000000", "valid_from": "2021-01-01", "valid_to": None, "values": values}
    assert ILLNESS_LINE_YUAN.of(parameters_for(AREA, DAY, [*shipped(), profile])) == 10000


def test_the_most_specific_profile_valid_on_the_day_wins() -> None:
    def profile(area: str, since: str, until: str | None, line: int) -> dict[str, Any]:
        return {"area": area, "valid_from": since, "valid_to": until, "values": {"illness_line_yuan": line}}

    profiles = [
        *shipped(),
        profile(AREA, "2021-01-01", "2021-12-31", 3000),
        profile("640000000000", "2021-01-01", None, 1000),
        profile("640400000000", "2021-01-01", None, 2000),
    ]
    assert ILLNESS_LINE_YUAN.of(parameters_for(AREA, date(2021, 12, 31), profiles)) == 3000
    assert ILLNESS_LINE_YUAN.of(parameters_for(AREA, date(2022, 1, 1), profiles)) == 2000
    assert ILLNESS_LINE_YUAN.of(parameters_for("641200000000", DAY, profiles)) == 1000
    assert ILLNESS_LINE_YUAN.of(parameters_for("110000000000", DAY, profiles)) == 10000


def test_the_version_names_the_values() -> None:
    assert parameters().version == parameters_for(AREA, DAY).version
    assert parameters().version != parameters(illness_line_yuan=5000).version


def test_a_missing_or_misspelt_parameter_is_refused() -> None:
    with pytest.raises(ValueError, match="ilness_line"):
        parameters(ilness_line=1)
    with pytest.raises(ValueError, match="illness_line_yuan"):
        parameters_for(AREA, date(1999, 1, 1))


def test_the_national_set_of_severe_disabilities_is_the_one_definition() -> None:
    rows = [
        fact(f"{kind}-{grade}", "disability-card", 2, text=kind or None, number=float(grade), code="valid")
        for kind in ("", "1", "2", "3", "4", "5", "6", "7")
        for grade in (1, 2, 3, 4)
    ]
    who = people(*(row["subject_id"] for row in rows))
    found = run(who, empty(COVERAGE), facts(*rows), DAY, parameters())
    severe = {row["subject_id"] for row in rows if severe_for_assistance(row["text"], int(row["number"]))}
    assert set(found["subject_id"].to_list()) == severe


def test_screens_are_named_once() -> None:
    assert len({screen.id for screen in CATALOGUE}) == len(CATALOGUE)


def test_what_a_screen_needs_delivered_is_a_feed_that_can_be() -> None:
    """A word that is no feed's keeps a screen silent wherever it runs, and no run of it alone would show that."""
    for screen in CATALOGUE:
        assert set(screen.sources) <= {*feed_ids(), REGISTRY}, screen.id
        assert screen.id not in silent(screen.sources)


def test_a_county_widens_whom_a_screen_is_for() -> None:
    """What a county sets reaches the screens: on each side of each of these values somebody is listed or is not."""
    paid = fact("乙", "disability-subsidy", 9, code="living", valid_from=date(2020, 1, 1))
    third = fact("甲", "disability-card", 2, text="5", number=3.0, code="valid")
    margin = conform(pl.DataFrame({"subject_id": ["甲"], "programme": ["dibao-margin"], "source": ["i:3"]}), COVERAGE)
    alone = margin.with_columns(programme=pl.lit("dibao-rural"), household_size=pl.lit(1, dtype=pl.Int32))
    old = people("甲").with_columns(birth_date=pl.lit(date(1950, 1, 1)))
    ill = fact("甲", "illness", 2, text="肺癌", number=20000.0)
    aided = fact("乙", "temporary-aid", 9, code="expenditure", valid_from=date(2021, 1, 1))
    extended = {kind: [1, 2, 3] if kind in "56" else [1, 2] for kind in "1234567"}
    missing, due = "disability-subsidy-missing", "temporary-aid-due"
    for screen, setting, value, who, covered, told in (
        (missing, "living_subsidy_programmes", ["dibao-rural", "dibao-margin"], people("甲"), margin, (paid, third)),
        (missing, "care_subsidy_grades", extended, people("甲"), empty(COVERAGE), (paid, third)),
        (due, "temporary_aid_covered", True, people("甲"), alone, (ill, aided)),
        ("tekun-among-single-households", "tekun_income_by_dibao", True, old, alone, ()),
    ):
        other = parameters(**({setting: False} if screen.startswith("tekun") else {}))
        assert run(who, covered, facts(*told), DAY, other, [screen]).height == 0, setting
        assert run(who, covered, facts(*told), DAY, parameters(**{setting: value}), [screen]).height == 1, setting


def test_what_an_area_sets_does_not_make_an_emergency_wait() -> None:
    burnt = facts(fact("甲", "sudden-event", 2, code="fire", valid_from=DAY))
    longer = parameters(days={"temporary-aid-due": 60})
    assert run(people("甲"), empty(COVERAGE), burnt, DAY, longer, ["temporary-aid-due"])["due_days"].to_list() == [1]
    past = facts(fact("甲", "sudden-event", 2, code="fire", valid_from=date(2021, 3, 1)))
    assert run(people("甲"), empty(COVERAGE), past, DAY, longer, ["temporary-aid-due"])["due_days"].to_list() == [60]


def test_every_value_of_the_whole_country_has_the_document_it_comes_from() -> None:
    for profile in shipped():
        extra = {"tiers", "days", "urgencies", "monitored_states", "weak_labour", "dibao_programmes"}
        extra |= {"margin_programmes", "trusted_grades"}  # words of the feeds, no policy
        assert set(profile["values"]) - set(profile["basis"]) <= extra
        assert set(profile["basis"]) <= set(profile["values"])


# ---- settings that nobody has set


def phasing(**values: Any) -> pl.DataFrame:
    covered = pl.DataFrame({"subject_id": ["甲"], "programme": ["dibao-rural"], "source": ["i:3"]})
    ratio = facts(fact("甲", "income-ratio", 2, number=1.5, valid_from=DAY))
    return run(people("甲"), conform(covered, COVERAGE), ratio, DAY, parameters(**values), screens=["phase-out-due"])


def test_a_screen_is_silent_where_the_area_has_set_nothing_and_says_so() -> None:
    screen = BY_ID["phase-out-due"]
    assert "脱贫渐退收入上限" in str(screen.silent(parameters()))
    assert screen.silent(parameters(phase_out_multiple=2)) is None
    assert phasing().height == 0
    assert phasing(phase_out_multiple=2).height == 1
    assert phasing(phase_out_multiple=1.5).height == 0, "the bound itself is not between"
    assert BY_ID["phase-out-overdue"].silent(parameters()) is None, "a decided end needs no setting"


def test_what_may_be_left_open_is_left_open_by_null_and_by_nothing_else() -> None:
    for wrong in ("", 0.5, 6, True, []):
        with pytest.raises(ValueError, match="phase_out_multiple"):
            parameters(phase_out_multiple=wrong)
    with pytest.raises(ValueError, match="large_month_yuan"):
        parameters(large_month_yuan=None)
    assert parameters(phase_out_multiple=None).version == parameters().version


def test_a_day_is_a_day() -> None:
    assert PAYMENTS_SINCE.of(parameters(payments_since="2019-02-28")) == date(2019, 2, 28)
    for wrong in ("2019-02-29", "2019", 2019, None, "1999-12-31"):
        with pytest.raises(ValueError, match="payments_since"):
            parameters(payments_since=wrong)


# ---- payments


def payout(subject: str, line: int, code: str, **values: Any) -> dict[str, Any]:
    stretch = {"valid_from": date(2020, 1, 1), "valid_to": date(2020, 3, 31), "number": 900.0, "count": 3}
    return fact(subject, "payout", line, code=code, about="账户", **(stretch | values))


@pytest.mark.parametrize("code", PAYEES_EXCUSED.of(parameters()))
def test_a_county_may_doubt_payees_the_nation_excuses(code: str) -> None:
    rows = facts(payout("甲", 2, code))
    one = {"screens": ["payee-differs"]}
    assert run(people("甲"), empty(COVERAGE), rows, DAY, parameters(), **one).height == 0
    assert run(people("甲"), empty(COVERAGE), rows, DAY, parameters(payees_excused=[]), **one).height == 1
    own = facts(payout("甲", 2, "same"))
    assert run(people("甲"), empty(COVERAGE), own, DAY, parameters(payees_excused=[]), **one).height == 0


def test_an_account_of_as_many_households_as_the_county_says_is_shared() -> None:
    ids = [f"p{at}" for at in range(5)]
    rows = facts(*(payout(one, at, "other") for at, one in enumerate(ids, 2)))
    for bound, found in ((5, 5), (6, 0)):
        settings = parameters(shared_account_households=bound)
        assert run(people(*ids), empty(COVERAGE), rows, DAY, settings, screens=["shared-account"]).height == found


def test_what_goes_on_being_paid_alters_no_lead_and_a_new_payee_does() -> None:
    screen = BY_ID["payee-differs"]

    def told(*rows: dict[str, Any]) -> tuple[list[Any], tuple[str, ...]]:
        found = run(people("甲"), empty(COVERAGE), facts(*rows), DAY, parameters(), screens=[screen.id])
        inputs = json.loads(found["inputs"].item())
        return screen.lasting(inputs, found["reason"].item()), screen.facts_of(inputs)

    first = told(payout("甲", 2, "other", text="王五"))
    later = told(payout("甲", 2, "other", text="王五", valid_to=date(2020, 9, 30), number=2700.0, count=9))
    changed = told(payout("甲", 2, "other", text="王五"), payout("甲", 3, "other", text="赵六"))
    assert first == later
    assert changed[1] != first[1]


def test_whoever_is_told_of_as_dead_and_covered_is_not_told_of_twice() -> None:
    rows = facts(
        fact("甲", "death", 2, valid_from=date(2021, 1, 10)),
        fact("甲", "unowed-payment", 3, code="dead", number=600.0, count=2, valid_to=date(2021, 3, 31)),
    )
    covered = conform(pl.DataFrame({"subject_id": ["甲"], "programme": ["dibao-rural"], "source": ["i:3"]}), COVERAGE)
    both = ["covered-but-dead", "paid-after-end"]
    during = run(people("甲"), covered, rows, DAY, parameters(), screens=both)
    assert during["screen"].to_list() == ["covered-but-dead"]
    ended = covered.with_columns(end=pl.lit(date(2021, 1, 31)))
    after = run(people("甲"), ended, rows, DAY, parameters(), screens=both)
    assert after["screen"].to_list() == ["paid-after-end"]
