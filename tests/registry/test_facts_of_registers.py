"""What registers and support say of people, on both sides of each boundary; made through the API, as staff do it."""

from datetime import date
from typing import Any

import pytest

from registry.facts.conduct import relation_of
from registry.facts.incomes import standard_of
from registry.standards.store import Said as Standard
from tests.registry.fact_asks import facts, said, stamps
from tests.registry.house import COUNTY, House, id_number
from tests.registry.payouts import HEAD, registered
from tests.registry.register_cases import RIGHT
from tests.registry.test_coverage_entry import standard
from tests.registry.test_registers import add

BOTH = ("registers:read", "registers:write")
ME = {"name": "马有福", "id_number": HEAD["身份证号"]}
OTHER = {"name": "王五", "id_number": id_number("19800101", 71)}


def entry(house: House, register: str, **values: Any) -> dict[str, Any]:
    """The right entry of that register with these values; None leaves one out."""
    told = {**RIGHT[register], **values}
    return add(house, register, values={name: value for name, value in told.items() if value is not None})


def step(house: House, register: str, made: dict[str, Any], what: str, **body: Any) -> dict[str, Any]:
    path = f"/registers/{register}/entries/{made['entry_id']}/{what}"
    answer = house.call("POST", path, *BOTH, json=body, headers={"If-Match": f'"{made["version"]}"'})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    ("post", "relation", "code"),
    [
        ("village-cadre", "父子", "cadre"), ("programme-staff", "邻居", "staff"), ("official", "其他", "staff"),
        ("none", "侄子", "relative"), ("none", "同村村民", "villager"), ("other", "邻居", "villager"),
        ("none", "社工", "other"), ("none", "夫妻", "relative"),
    ],
)  # fmt: skip
def test_who_a_custodian_is(post: str, relation: str, code: str) -> None:
    assert relation_of(post, relation) == code


def test_a_custodian_is_told_with_all_the_cards_until_the_entry_ends(house: House) -> None:
    ids = registered(house)
    first = entry(house, "custodian", beneficiary=ME, custodian=OTHER)
    entry(house, "custodian", beneficiary=ME, custodian=OTHER, card_last4="5678", post="village-cadre")
    stranger = {"name": "不在册", "id_number": id_number("19410101", 91)}
    entry(house, "custodian", beneficiary=stranger, custodian=OTHER)
    rows = facts(house, "custodian")
    assert said(rows, "subject_id", "text", "code", "count", "valid_from", "valid_to") == [
        (ids["person_id"], "王五", code, 3, "2021-01-01", "2021-12-31") for code in ("cadre", "relative")
    ]
    assert len({row["about"] for row in rows}) == 1
    assert {(row["batch_id"], row["line"]) for row in rows} >= {(first["entry_id"], 0)}
    assert OTHER["id_number"] not in str(rows)
    before = stamps(house)
    step(house, "custodian", first, "end", on="2021-05-01", reason="取回")
    assert said(facts(house, "custodian"), "code", "count") == [("cadre", 2)]
    moved = {kind for kind, stamp in stamps(house).items() if stamp != before[kind]}
    assert moved == {"custodian", "payout"}  # the payee of a payout may be a custodian; nothing else looks at it


def test_a_filed_relative_is_the_subject_and_staff_is_one_token(house: House) -> None:
    ids = registered(house)
    entry(house, "staff-relative", staff=OTHER, beneficiary=ME)
    entry(house, "custodian", beneficiary=ME, custodian=OTHER)
    (row,) = facts(house, "staff-relative")
    assert said([row], "subject_id", "text", "code", "valid_from") == [(ids["person_id"], "王五", "父子", "2020-04-20")]
    assert row["about"] == facts(house, "custodian")[0]["about"]  # one person, in whichever register


def test_an_agreement_is_complete_with_the_particulars_of_both(house: House) -> None:
    registered(house)
    entry(house, "care-agreement", beneficiary=ME)
    whole = {"beneficiary_address": "柳树村3组", "carer_relation": "侄子"}
    entry(house, "care-agreement", beneficiary=ME, begins_on="2021-02-01", **whole)
    entry(house, "care-agreement", beneficiary=ME, begins_on="2021-03-01", **{**whole, "carer_relation": None})
    assert said(facts(house, "care-agreement"), "text", "code", "valid_from", "valid_to") == [
        ("马小福", "complete", "2021-02-01", "2021-12-31"), ("马小福", "incomplete", "2021-01-01", "2021-12-31"),
        ("马小福", "incomplete", "2021-03-01", "2021-12-31"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, ("wants", "2021-03-01", None)),
        ({"wish": "home"}, ("unwilling", "2021-03-01", None)),
        ({"wish": "undecided"}, ("undecided", "2021-03-01", None)),
        ({"placed_on": "2021-04-01", "institution": "敬老院"}, ("placed", "2021-03-01", "2021-04-01")),
    ],
)
def test_a_wish_for_a_place(house: House, values: dict[str, Any], told: tuple[Any, ...]) -> None:
    registered(house)
    entry(house, "placement-wish", beneficiary=ME, **values)
    assert said(facts(house, "placement-wish"), "code", "valid_from", "valid_to") == [told]


NOBODY = {"obligor": None, "relation": None, "reason": None, "ability": "none", "evidence": "户籍底册、村委会证明"}
ABLE = {"reason": None, "ability": "able"}


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([{}], ("unable", 1, "2021-03-01")),
        ([ABLE], ("able", 1, "2021-03-01")),
        ([NOBODY], ("none", 0, "2021-03-01")),
        # One who is able is enough, whoever was looked at later.
        ([ABLE, {"obligor": {"name": "马二"}, "checked_on": "2021-04-01"}], ("able", 2, "2021-04-01")),
        ([{}, {"obligor": {"name": "马二"}, "checked_on": "2021-04-01"}], ("unable", 2, "2021-04-01")),
        # Whoever is named outweighs a word that there is nobody, also a later one.
        ([{}, {**NOBODY, "checked_on": "2021-05-01"}], ("unable", 1, "2021-03-01")),
    ],
)
def test_obligors_are_one_answer_of_all_of_them(house: House, entries: list[dict[str, Any]], told: Any) -> None:
    ids = registered(house)
    made = [entry(house, "obligor", beneficiary=ME, **one) for one in entries]
    rows = facts(house, "obligor")
    assert said(rows, "subject_id", "code", "count", "valid_from") == [(ids["person_id"], *told)]
    assert rows[0]["batch_id"] in {one["entry_id"] for one in made}
    assert "马小福" not in str(rows), "whose son or daughter it is says nothing to the question"


def test_an_obligor_is_asked_of_nobody_else_and_no_more_once_the_entry_ended(house: House) -> None:
    registered(house)
    entry(house, "obligor", beneficiary={"name": "不在册", "id_number": id_number("19410101", 91)})
    assert facts(house, "obligor") == []
    able = entry(house, "obligor", beneficiary=ME, **ABLE)
    before = stamps(house)
    step(house, "obligor", able, "end", on="2021-05-01", reason="义务人去世")
    assert facts(house, "obligor") == []
    assert {kind for kind, stamp in stamps(house).items() if stamp != before[kind]} == {"obligor"}


def test_an_obligor_looked_at_again_is_a_new_state_and_due_when_it_was_said(house: House) -> None:
    registered(house)
    made = entry(house, "obligor", beneficiary=ME, review_by="2021-06-20")
    due = house.call("GET", "/registers/obligor/due", *BOTH).json()["items"]
    assert [(one["reason"], one["entry_id"]) for one in due] == [("obligor-review", made["entry_id"])]
    step(house, "obligor", made, "changes", on="2021-05-02", values={"ability": "able", "checked_on": "2021-05-02"})
    assert said(facts(house, "obligor"), "code", "valid_from") == [("able", "2021-05-02")]


def test_a_choice_of_dibao_is_told_with_its_last_day(house: House) -> None:
    ids = registered(house)
    made = entry(house, "voluntary-dibao", beneficiary=ME)
    entry(house, "voluntary-dibao", beneficiary=ME, signed_on="2019-03-01", ends_on=None)
    told = said(facts(house, "voluntary-dibao"), "subject_id", "code", "valid_from", "valid_to")
    who = ids["person_id"]
    assert told == [(who, "valid", "2019-03-01", None), (who, "valid", "2021-03-01", "2022-02-28")]
    step(house, "voluntary-dibao", made, "end", on="2021-05-01", reason="本人改变主意")
    assert said(facts(house, "voluntary-dibao"), "valid_from") == [("2019-03-01",)]


@pytest.mark.parametrize(
    ("unmet", "text", "code"),
    [
        (0, "全自理", "full"),
        (1, "半失能（部分丧失）", "partly"),
        (3, "半失能（部分丧失）", "partly"),
        (4, "失能（完全丧失）", "none"),
    ],
)
def test_a_grade_follows_from_the_items_not_met(house: House, unmet: int, text: str, code: str) -> None:
    registered(house)
    items = dict.fromkeys(("eats", "dresses", "gets_up", "toilet", "walks", "washes"), True)
    items |= dict.fromkeys(list(items)[:unmet], False)
    entry(house, "self-care-assessment", beneficiary=ME, **items)
    assert said(facts(house, "self-care"), "text", "code", "count", "valid_from", "valid_to") == [
        (text, code, unmet, "2021-03-01", None)
    ]
    assert facts(house, "self-care-change") == []


@pytest.mark.parametrize(("reported", "rows"), [("2021-03-01", 1), ("2021-04-01", 1), ("2021-02-28", 0)])
def test_a_change_waits_until_it_is_assessed(house: House, reported: str, rows: int) -> None:
    registered(house)
    made = entry(house, "self-care-assessment", beneficiary=ME, change_reported_on=reported, change="卧床")
    found = facts(house, "self-care-change")
    assert [row["valid_from"] for row in found] == [reported] * rows
    assert all(row["valid_to"] == made["due_on"] for row in found)
    assert [row["valid_to"] for row in facts(house, "self-care")] == [made["due_on"]]


def test_petitions_repeat_as_clusters_until_somebody_denies_them(house: House) -> None:
    ids = registered(house)
    matter = "反映低保被无故停发请求恢复"
    made = [
        entry(
            house,
            "petition",
            petitioner=ME,
            number=f"X{year}",
            received_on=f"{year}-03-01",
            answer_by=None,
            matter=text,
        )
        for year, text in (
            (2019, matter),
            (2020, f"再次{matter}"),
            (2021, f"第三次{matter}"),
            (2018, "邻居占用宅基地道路纠纷"),
        )
    ]
    (row,) = facts(house, "petition")
    told = said([row], "subject_id", "text", "code", "count", "valid_from")
    assert told == [(ids["person_id"], f"第三次{matter}", "repeat", 3, "2021-03-01")]
    before = stamps(house)["petition"]
    for one in made[1:3]:
        body = {"first": made[0]["entry_id"], "second": one["entry_id"], "decision": "deny", "reason": "不同事项"}
        assert house.call("POST", "/registers/petition/repeats", *BOTH, json=body).status_code < 300
    (row,) = facts(house, "petition")
    assert (row["count"], stamps(house)["petition"] != before) == (2, True)
    body = {"first": made[1]["entry_id"], "second": made[2]["entry_id"], "decision": "deny", "reason": "不同事项"}
    assert house.call("POST", "/registers/petition/repeats", *BOTH, json=body).status_code < 300
    assert facts(house, "petition") == []


def test_aid_is_told_by_type_and_state(house: House) -> None:
    registered(house)
    entry(house, "temporary-aid", recipient=ME, papers_on="2021-05-05")
    waits = {"aided_at": None, "amount": None, "approver": None, "form": None, "fund": None, "aid_first": False}
    entry(house, "temporary-aid", recipient=ME, number="L-2", type="expense", cause="illness", **waits)
    no = {"declined_on": "2021-05-09", "declined_why": "不符合"}
    entry(house, "temporary-aid", recipient=ME, number="L-3", type="expense", cause="illness", **waits, **no)
    assert said(facts(house, "temporary-aid"), "text", "code", "number", "valid_from") == [
        ("因灾", "emergency-granted", 1000.0, "2021-05-01"), ("因病", "expenditure-declined", None, "2021-05-09"),
        ("因病", "expenditure-open", None, "2021-05-01"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, [("农村低保", "open", "2021-05-01", None)]),
        ({"state": "accepted"}, [("农村低保", "open", "2021-05-01", None)]),
        ({"state": "refused", "decided_on": "2021-05-20"}, [("农村低保", "decided", "2021-05-01", "2021-05-20")]),
        ({"state": "granted", "decided_on": "2021-05-20"}, [("农村低保", "decided", "2021-05-01", "2021-05-20")]),
        ({"state": "withdrawn"}, []),
    ],
)
def test_an_application_is_open_or_decided(house: House, values: dict[str, Any], told: list[Any]) -> None:
    registered(house)
    entry(house, "application", applicant=ME, **values)
    assert said(facts(house, "application"), "text", "code", "valid_from", "valid_to") == told


def test_a_payment_out_of_the_reserve_is_told_for_each_thing_wrong_with_it(house: House) -> None:
    registered(house)
    standard(house, Standard(COUNTY, "aid-emergency-township", 1000_00, date(2020, 1, 1)))
    entry(house, "temporary-aid", recipient=ME, papers_on="2021-05-05")
    sound = entry(house, "reserve-fund", recipient=ME)
    assert facts(house, "reserve-payment") == []
    entry(house, "reserve-fund", recipient=ME, number="P-2", amount=1000_01, booked_on="2020-05-01")
    entry(house, "reserve-fund", recipient=ME, number="P-3", receipt=None, booked_on="2019-05-01")
    entry(house, "reserve-fund", recipient=ME, number="P-4", aid_number="L-9", booked_on="2018-05-01")
    rows = facts(house, "reserve-payment")
    assert said(rows, "code", "number", "count", "valid_from") == [
        ("incomplete", 1000.0, 1, "2018-05-01"), ("incomplete", 1000.0, 1, "2019-05-01"),
        ("over-tier", 1000.01, 1, "2020-05-01"),
    ]  # fmt: skip
    assert len({row["about"] for row in rows}) == 1
    entry(house, "reserve-fund", recipient=ME, number="P-5", booked_on="2021-06-01")
    again = [row for row in facts(house, "reserve-payment") if row["code"] == "repeated"]
    assert (len(again), {row["count"] for row in again}) == (2, {2})
    assert sound["entry_id"] in {row["batch_id"] for row in again}


def test_aid_given_first_leaves_its_payment_incomplete_until_its_papers_come(house: House) -> None:
    registered(house)
    aid = entry(house, "temporary-aid", recipient=ME)
    entry(house, "reserve-fund", recipient=ME)
    assert said(facts(house, "reserve-payment"), "code") == [("incomplete",)]
    step(house, "temporary-aid", aid, "changes", on="2021-05-20", values={"papers_on": "2021-05-10"})
    assert facts(house, "reserve-payment") == []


def test_a_pick_up_by_proxy(house: House) -> None:
    registered(house)
    entry(house, "proxy-pickup", beneficiary=ME, proxy=OTHER)
    assert said(facts(house, "proxy-pickup"), "text", "valid_from", "about") == [("王五", "2021-05-10", None)]


def test_whoever_comes_into_the_registry_after_the_entry_is_found(house: House) -> None:
    entry(house, "proxy-pickup", beneficiary=ME, proxy=OTHER)
    before = stamps(house)["proxy-pickup"]
    assert facts(house, "proxy-pickup") == []
    ids = registered(house)
    assert said(facts(house, "proxy-pickup"), "subject_id") == [(ids["person_id"],)]
    assert stamps(house)["proxy-pickup"] != before


def test_income_is_per_head_and_its_ratio_by_the_standard_of_that_day(house: House) -> None:
    ids = registered(house)
    line = {"earner": {"name": "马有福"}, "household": "JY0000001"}
    entry(house, "income-sheet", **line, amount=60_00)
    entry(house, "income-sheet", **line, item="other", source="低保金", amount=999_00, counted=False, why_not="不计入")
    entry(house, "income-sheet", **line, period="2021-03", amount=1_00)
    assert said(facts(house, "income"), "subject_id", "number", "valid_from") == [
        (ids["person_id"], 30.0, "2021-04-01")
    ]
    assert facts(house, "income-ratio") == []  # no standard, no ratio
    standard(
        house,
        Standard(COUNTY, "dibao-rural", 20_00, date(2020, 1, 1)),
        Standard(COUNTY, "dibao-rural", 40_00, date(2021, 4, 2)),
        Standard(COUNTY, "dibao-urban", 60_00, date(2020, 1, 1)),
    )
    assert said(facts(house, "income-ratio"), "number", "valid_from") == [(1.5, "2021-04-01")]


@pytest.mark.parametrize(
    ("village", "kind"),
    [
        ("001", "dibao-urban"),
        ("199", "dibao-urban"),
        ("200", "dibao-rural"),
        ("399", "dibao-rural"),
        ("000", None),
        ("400", None),
    ],
)
def test_a_division_says_whether_it_is_town_or_country(village: str, kind: str | None) -> None:
    assert standard_of(f"640499100{village}") == kind
