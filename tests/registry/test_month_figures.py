"""Figures of a month, counted by hand on both sides of every definition: of what happened from a day to a day."""

from datetime import date, timedelta
from typing import Any

import pytest

from kit.columns import new_id, now
from registry.coverage.tables import Coverage
from registry.households.tables import Household, Membership
from registry.ledger.tables import Outcome
from registry.payments.tables import Payment
from registry.persons.tables import Person, PersonVersion
from tests.registry.house import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, House
from tests.registry.register_cases import RIGHT
from tests.registry.test_registers import add
from tests.registry.test_registry_statistics import (
    OPENED,
    asked,
    by_area,
    case,
    divisions,
    keep,
)

PREFECTURE = "640400000000"
MAY = {"as_of": "2021-05-31"}
BUSINESS = {"since": "2021-04-16", "as_of": "2021-05-15"}  # the month from 15th to 15th


def person(house: House, area: str = VILLAGE) -> str:
    one = Person(person_id=new_id(), created_at=OPENED)
    known = {"recorded_at": OPENED, "valid_from": date(2020, 1, 1), "area": area, "name": "某人"}
    made = PersonVersion(version_id=new_id(), person_id=one.person_id, version=1, **known)
    keep(house, one, made)
    return one.person_id


def home(house: House, area: str = VILLAGE) -> str:
    one = Household(household_id=new_id(), county=area[:6], number=new_id(), area=area, created_at=OPENED)
    keep(house, one)
    return one.household_id


def held(house: House, who: str, start: date, end: date | None = None, **values: Any) -> None:
    told = {"programme": "dibao-rural", "area": VILLAGE, "form": "household", "recorded_at": OPENED, **values}
    keep(
        house,
        Coverage(row_id=new_id(), coverage_id=new_id(), person_id=who, start=start, end=end, **told),
    )


def paid(house: House, month: str, fen: int, said: str = "paid", **values: Any) -> None:
    told = {
        "programme": "dibao-rural", "kind": "regular", "area": VILLAGE, "name": "某人", "source_import": "i",
        "source_line": 1, "recorded_at": OPENED, **values,
    }  # fmt: skip
    keep(house, Payment(payment_id=new_id(), version=1, month=month, amount_fen=fen, bank_return=said, **told))


def answered(house: House, of: tuple[str, str], day: date, code: str = "08", how: str = "visit") -> None:
    case_id, item_id = of
    told = {"area": VILLAGE, "kind": "missed", "reported_by": "x", "content_mac": "", "said_sealed": ""}
    keep(
        house,
        Outcome(
            outcome_id=new_id(), item_id=item_id, case_id=case_id, code=code, how=how, visited_on=day, reported_on=day,
            reported_at=OPENED + timedelta(days=(day - OPENED.date()).days), **told,
        ),
    )  # fmt: skip


def item_of(house: House, *, area: str = VILLAGE, **item: Any) -> tuple[str, str]:
    """A case with one item: both ids."""
    item_id = new_id()
    values = {name: item.pop(name) for name in ("due_on", "origin", "closed_at", "relapsed") if name in item}
    return case(house, area, item.pop("state", "verifying"), {"item_id": item_id, **item}, **values), item_id


# ---- 2 保障与资金


@pytest.fixture
def supported(house: House) -> House:
    """甲 and 乙 of one household all along, 丙 new on 1 May, 丁 stopped on 30 April, 戊 gone over from 低保 to 特困,
    己 single and new in April; another township has one."""
    divisions(house)
    of = home(house)
    same = {"household_id": of, "amount_fen": 60000}
    for _ in range(2):
        held(house, person(house), date(2020, 1, 1), **same)
    held(house, person(house), date(2021, 5, 1), amount_fen=30000, own_amount_fen=20000)
    held(house, person(house), date(2020, 1, 1), date(2021, 4, 30), amount_fen=1)
    moved = person(house)
    held(house, moved, date(2020, 1, 1), date(2021, 5, 14))
    held(house, moved, date(2021, 5, 15), programme="tekun-home", form=None, own_amount_fen=70000)
    held(house, person(house), date(2021, 4, 20), form="single", own_amount_fen=10000)
    held(house, person(house, OTHER_VILLAGE), date(2020, 1, 1), area=OTHER_VILLAGE)
    held(house, person(house), date(2020, 1, 1), programme="dibao-margin")
    return house


def test_new_and_stopped_make_up_the_difference_to_the_day_before_the_period(supported: House) -> None:
    body = asked(supported, "support", **MAY)
    assert (body["since"], body["as_of"]) == ("2021-05-01", "2021-05-31")
    rows = {(row["area_name"], row["programme"]): row for row in body["rows"]}
    columns = ("persons", "households", "whole", "single", "new", "stopped")
    assert [rows["香山镇", "dibao-rural"][name] for name in columns] == [4, 1, 3, 1, 1, 1]
    assert [rows["香山镇", "tekun-home"][name] for name in columns] == [1, 0, 0, 0, 0, 0]
    assert [rows["清水乡", "dibao-rural"][name] for name in columns] == [1, 0, 1, 0, 0, 0]
    before = asked(supported, "coverage", as_of="2021-04-30")["total"]["persons"]
    total = body["total"]
    assert total["persons"] == 6 == before + total["new"] - total["stopped"]
    assert total["persons"] == asked(supported, "coverage", **MAY)["total"]["persons"]


def test_a_business_month_begins_after_the_fifteenth(supported: House) -> None:
    total = asked(supported, "support", **BUSINESS)["total"]
    assert (total["persons"], total["new"], total["stopped"]) == (6, 2, 1)  # 丙 and 己 came, 丁 left
    later = asked(supported, "support", since="2021-04-21", as_of="2021-05-15")["total"]
    assert later["new"] == 1, "who began on the last day before the period is not new in it"


def test_money_is_due_once_a_household_and_paid_or_returned_by_month(supported: House) -> None:
    for said, fen in (("paid", 60000), ("returned", 30000), ("none", 5)):
        paid(supported, "2021-05", fen, said)
    paid(supported, "2021-04", 60000)
    paid(supported, "2021-05", 7, programme="dibao-margin")
    paid(supported, "2021-05", 9, superseded_at=now())
    rows = {(row["area_name"], row["programme"]): row for row in asked(supported, "support", **MAY)["rows"]}
    mine = rows["香山镇", "dibao-rural"]
    money = ("due_fen", "listed_fen", "paid_fen", "returned_fen", "returned")
    assert [mine[name] for name in money] == [60000 + 20000 + 10000, 90005, 60000, 30000, 1]
    assert rows["香山镇", "tekun-home"]["due_fen"] == 70000


def test_a_prefecture_is_the_sum_of_its_counties(supported: House) -> None:
    held(supported, person(supported, "640498100201"), date(2020, 1, 1), area="640498100201")
    body = asked(supported, "support", caller=PREFECTURE, **MAY)
    counties = {(row["area"], row["programme"]): row["persons"] for row in body["rows"]}
    assert counties["640499000000", "dibao-rural"] == 5
    assert counties["640498000000", "dibao-rural"] == 1
    assert body["total"]["persons"] == 7
    mine = asked(supported, "support", **MAY)["total"]["persons"]
    assert mine == 6 == sum(number for (area, _), number in counties.items() if area == COUNTY)


# ---- 5 核查及时


def test_in_time_is_by_the_last_day_and_of_what_was_due_in_the_period(house: House) -> None:
    divisions(house)
    days = {"on time": date(2021, 5, 20), "late": date(2021, 5, 21), "before": date(2021, 5, 10)}
    for day in days.values():
        answered(house, item_of(house, due_on=date(2021, 5, 20)), day)
    item_of(house, due_on=date(2021, 5, 31))  # nobody answered
    item_of(house, due_on=date(2021, 6, 1))
    item_of(house, due_on=date(2021, 4, 30))
    item_of(house, due_on=date(2021, 5, 20), closed_reason="线索撤回")
    row = asked(house, "verification", **MAY)["total"]
    assert [row[name] for name in ("due", "in_time", "in_time_share")] == [4, 2, 0.5]
    assert asked(house, "verification", since="2021-05-21", **MAY)["total"]["due"] == 1


def test_a_visit_counts_once_and_who_was_met_in_the_end_is_met(house: House) -> None:
    divisions(house)
    first = item_of(house)
    answered(house, first, date(2021, 5, 3), code="15")
    answered(house, first, date(2021, 5, 9), code="08", how="phone")
    answered(house, item_of(house), date(2021, 5, 9), code="15")
    answered(house, item_of(house), date(2021, 5, 31), how="phone")
    answered(house, item_of(house), date(2021, 4, 30))
    row = by_area(asked(house, "verification", **MAY), "reported", "visited", "visited_share", "not_met")["香山镇"]
    assert row == (3, 2, 0.6667, 1)


# ---- 6 核定到首次发放


def test_first_pay_is_found_through_the_household_and_not_before_the_clue(house: House) -> None:
    divisions(house)
    of, who, other, third = home(house), person(house), person(house), person(house)
    entitled = {"code": "02", "reported_on": date(2021, 5, 10), "standing": "in-progress"}
    for one in (who, other, third):
        item_of(house, person_id=one, **entitled)  # opened on 3 May
    item_of(house, **{**entitled, "code": "08", "person_id": person(house)})
    held(house, who, date(2021, 5, 1), household_id=of)
    paid(house, "2021-05", 100, household_id=of, paid_on=date(2021, 5, 25))
    paid(house, "2021-05", 100, household_id=of, paid_on=date(2021, 5, 28))
    paid(house, "2021-05", 100, "returned", person_id=other, paid_on=date(2021, 5, 20))
    paid(house, "2021-04", 100, person_id=other, paid_on=date(2021, 5, 20))
    paid(house, "2021-05", 100, person_id=other, paid_on=date(2021, 5, 20), area="640498100201")  # elsewhere: not told
    paid(house, "2021-05", 100, person_id=third)  # no day: by the end of the month
    rows = {(row["area_name"], row["code"]): row for row in asked(house, "first-pay", **MAY)["rows"]}
    columns = ("verified", "paid", "verified_ever", "paid_ever", "paid_share", "days")
    assert [rows["香山镇", "02"][name] for name in columns] == [3, 2, 3, 2, 0.6667, 25.0]  # of 22 and 28 days
    assert [rows["香山镇", "03"][name] for name in columns] == [0, 0, 0, 0, None, None]
    early = asked(house, "first-pay", since="2021-05-11", as_of="2021-05-24")["total"]
    assert [early[name] for name in columns] == [0, 0, 3, 0, 0.0, None]


# ---- 7 错保


def test_wrong_support_is_proven_stopped_overpaid_and_recovered(house: House) -> None:
    divisions(house)
    stopped = {"kind": "wrong", "code": "W1", "closed_reason": "已停发", "state": "closed"}
    item_of(house, **stopped, reported_on=date(2021, 5, 1), settled_on=date(2021, 5, 31))
    item_of(house, **stopped, reported_on=date(2021, 4, 30), settled_on=date(2021, 6, 1))
    item_of(house, kind="wrong", code="W4", reported_on=date(2021, 5, 31))
    who = person(house)
    held(house, who, date(2020, 1, 1), date(2021, 3, 31))
    for month in ("2021-03", "2021-04", "2021-05", "2021-06"):
        paid(house, month, 30000, person_id=who)
    paid(house, "2021-05", 30000, "returned", person_id=who)
    columns = ("proven", "unproven", "stopped", "claims", "months", "overpaid_fen", "recovered_fen", "outstanding_fen")
    row = by_area(asked(house, "wrong-support", **MAY), *columns)["香山镇"]
    assert row == (1, 1, 1, 1, 2, 60000, 0, 60000), "paid for April and May after the end of March"
    values = {
        **RIGHT["recovery"], "overpaid": 60000, "recovered": 45000, "recovered_on": "2021-05-20",
        "debtor": {"name": "某人", "person_id": who},
    }  # fmt: skip
    add(house, "recovery", values=values, area=VILLAGE)
    total = asked(house, "wrong-support", **MAY)["total"]
    assert [total[name] for name in (*columns[4:], "recovered_share")] == [2, 60000, 45000, 15000, 0.75]


# ---- 8 临时救助


def test_temporary_aid_counts_what_was_given_and_the_hours_of_what_was_asked(house: House) -> None:
    divisions(house)
    base = RIGHT["temporary-aid"]
    emergency = {**base, "type": "emergency", "amount": 100000}
    given = {"clue_at": "2021-05-10T08:00", "aided_at": "2021-05-11T08:00"}  # at the last minute
    add(house, "temporary-aid", values={**emergency, **given, "number": "L-1"}, area=VILLAGE)
    late = {"clue_at": "2021-05-31T08:00", "aided_at": "2021-06-01T08:01"}
    add(house, "temporary-aid", values={**emergency, **late, "number": "L-2"}, area=VILLAGE)
    early = {"clue_at": "2021-04-30T23:00", "aided_at": "2021-05-01T00:00"}
    add(house, "temporary-aid", values={**emergency, **early, "number": "L-3", "amount": 5}, area=VILLAGE)
    columns = ("times", "people", "fen", "emergencies", "met", "broken", "running", "met_share")
    row = by_area(asked(house, "temporary-aid", **MAY), *columns)["香山镇"]
    assert row == (2, 1, 100005, 2, 1, 0, 1, 1.0), "the second clue's hours were not over on 31 May"
    june = by_area(asked(house, "temporary-aid", as_of="2021-06-30"), *columns)["香山镇"]
    assert june == (1, 1, 100000, 0, 0, 0, 0, None)


def test_a_reserve_fund_adds_up_to_the_fen(house: House) -> None:
    divisions(house)
    told = (
        ("opening", 100000, "2021-04-01"), ("payment", 30001, "2021-04-30"), ("top-up", 5, "2021-05-01"),
        ("payment", 80000, "2021-05-31"), ("surrender", 1, "2021-06-01"),
    )  # fmt: skip
    for at, (kind, amount, day) in enumerate(told):
        plain = {"fund": "香山镇备用金", "number": f"P-{at}", "kind": kind, "amount": amount, "booked_on": day}
        values = {**RIGHT["reserve-fund"], **plain} if kind == "payment" else plain
        add(house, "reserve-fund", values=values, area=TOWN)
    columns = ("funds", "opening_fen", "in_fen", "paid_fen", "out_fen", "closing_fen", "payments", "overdrawn")
    row = by_area(asked(house, "reserve-funds", **MAY), *columns)["香山镇"]
    assert row == (1, 69999, 5, 80000, 80000, -9996, 1, 1)
    assert row[1] + row[2] - row[4] == row[5]


# ---- 9 信访与整改


def petition(house: House, number: str, received: str, **values: Any) -> str:
    body = {**RIGHT["petition"], "closed_on": None, "closure": None, "answer_by": None, **values}
    said = {name: value for name, value in body.items() if value is not None}
    made = add(house, "petition", values={**said, "number": number, "received_on": received}, area=VILLAGE)
    return str(made["entry_id"])


def test_petitions_are_counted_against_those_supported_and_problems_against_what_came_back(house: House) -> None:
    divisions(house)
    for _ in range(4):
        held(house, person(house), date(2020, 1, 1))
    first = petition(house, "1", "2021-04-30", answer_by="2021-05-30")
    second = petition(house, "2", "2021-05-01", closed_on="2021-05-31", closure="已答复")
    petition(house, "3", "2021-06-01")
    pair = {"first": first, "second": second, "decision": "confirm"}
    said = house.call("POST", "/registers/petition/repeats", "registers:write", json=pair)
    assert said.status_code == 200, said.text
    for state, more in (("verifying", {}), ("closed", {"closed_at": OPENED + timedelta(days=28), "relapsed": True})):
        case(house, VILLAGE, state, origin="hand", **more)
    case(house, VILLAGE, "verifying")
    columns = (
        "received", "per_thousand", "repeats", "closed", "open", "overdue", "problems", "problems_closed",
        "problems_open", "relapsed",
    )  # fmt: skip
    row = by_area(asked(house, "petitions", **MAY), *columns)["香山镇"]
    assert row == (1, 250.0, 1, 1, 1, 1, 2, 1, 1, 1)
    assert by_area(asked(house, "petitions", as_of="2021-04-30"), "repeats")["香山镇"] == (0,)


# ---- 1 户数与千分比


def test_categories_tell_households_and_thousandths_of_the_registered(house: House) -> None:
    divisions(house)
    of = home(house)
    for at in range(3):
        who = person(house)
        held(house, who, date(2020, 1, 1), household_id=of if at else None)
        joined = {"valid_from": date(2020, 1, 1), "recorded_at": OPENED}
        where = of if at else home(house, "640498100201")  # in another county: its households are not ours to count
        keep(house, Membership(membership_id=new_id(), is_head=False, household_id=where, person_id=who, **joined))
    for day, people, area in (
        ("2021-05-31", 1500, TOWN), ("2021-06-02", 9, TOWN), ("2020-12-31", 3, TOWN), ("2021-01-01", 7, VILLAGE),
    ):  # fmt: skip
        values = {**RIGHT["population"], "place": area, "counted_on": day, "persons": people, "households": 1}
        add(house, "population", values=values, area=area)
    body = asked(house, "categories")
    row = next(row for row in body["rows"] if (row["area"], row["category"]) == (TOWN, "1"))
    assert (row["persons"], row["households"], row["registered"], row["per_thousand"]) == (3, 1, 1500, 2.0)
    assert (body["total"]["registered"], body["total"]["per_thousand"]) == (None, None), "nobody counted the others"
    add(
        house,
        "population",
        values={**RIGHT["population"], "place": "县", "persons": 3000, "households": 900},
        area=COUNTY,
    )
    assert asked(house, "categories")["total"]["per_thousand"] == 1.0


# ---- what can be asked


@pytest.mark.parametrize(
    ("name", "told", "code"),
    [
        ("support", {"since": "2021-05-02", "as_of": "2021-05-01"}, "period-unfit"),
        ("support", {"since": "2020-05-30", "as_of": "2021-05-31"}, "period-unfit"),
        ("coverage", {"since": "2021-05-01"}, "statistic-of-now"),
        ("verification", {"known_at": "2021-05-01T00:00:00Z"}, "statistic-of-now"),
        ("timeliness", {"as_of": "2021-05-01"}, "statistic-of-now"),
    ],
)
def test_what_a_statistic_cannot_be_asked_is_said(house: House, name: str, told: dict[str, str], code: str) -> None:
    answer = house.call("GET", f"/statistics/{name}", "statistics:read", params=told)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_of_few_people_a_township_is_told_nothing_in_the_new_tables_either(supported: House) -> None:
    mine = asked(supported, "support", caller=TOWN, **MAY)
    assert mine["withheld"]
    told = {column["name"] for column in mine["columns"] if column["kind"] in ("count", "money")}
    assert {row[name] for row in mine["rows"] for name in told} == {None}
    assert not asked(supported, "support", area=TOWN, **MAY)["withheld"]
