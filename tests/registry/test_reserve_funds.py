"""The reserve fund's book: adding up to the fen on any day, one sheet out and in, and its doubts."""

import io
from datetime import date
from itertools import pairwise
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.money.reserve import Movement, balances, board
from registry.registers.declared.reserve_fund import IN, KINDS, signed
from tests.registry.house import TOWN, VILLAGE, House
from tests.registry.register_cases import PEOPLE, RIGHT
from tests.registry.test_aid import aid, tier
from tests.registry.test_register_whole import areas, due, take
from tests.registry.test_registers import add

PAID = RIGHT["reserve-fund"]
DAYS = st.dates(date(2020, 10, 1), date(2021, 6, 30))
MOVEMENTS = st.lists(
    st.builds(
        lambda fund, kind, amount, day: Movement(
            VILLAGE, {"fund": fund, "kind": kind, "amount": amount, "booked_on": day.isoformat()}
        ),
        st.sampled_from(["甲", "乙"]), st.sampled_from(sorted(KINDS)), st.integers(0, 10**9), DAYS,
    ),
    max_size=30,
)  # fmt: skip


@given(MOVEMENTS, st.none() | st.sampled_from(["2020-12", "2021-02"]))
def test_opening_and_in_less_out_is_closing_and_the_next_months_opening(
    movements: list[Movement], first: str | None
) -> None:
    rows = board(movements, first, "2021-06")
    for of in {one.of for one in movements}:
        mine = [one for one in rows if (one.area, one.fund) == of]
        assert [one.month for one in mine] == sorted({one.month for one in mine})
        for one, after in pairwise(mine):
            assert after.opening == one.closing
        for one in mine:
            assert one.opening + one.came_in - one.went_out == one.closing
            until = [two for two in movements if two.of == of and two.month <= one.month]
            assert one.closing == sum(signed(two.values) for two in until)
        assert mine[-1].closing == balances(movements, date(2021, 6, 30))[of]


@given(MOVEMENTS, DAYS)
def test_the_balance_of_a_day_is_what_came_in_less_what_went_out_by_then(movements: list[Movement], day: date) -> None:
    found = balances(movements, day)
    done = [one.values for one in movements if one.values["booked_on"] <= day.isoformat()]
    came = sum(one["amount"] for one in done if one["kind"] in IN)
    assert sum(found.values()) == came - sum(one["amount"] for one in done if one["kind"] not in IN)


def book(house: House, number: str, kind: str, amount: int, **more: Any) -> dict[str, Any]:
    plain = {name: PAID[name] for name in ("fund", "booked_on")}
    values = PAID if kind == "payment" else plain
    said = {**values, "number": number, "kind": kind, "amount": amount, **more}
    return add(house, "reserve-fund", values={name: one for name, one in said.items() if one is not None}, area=TOWN)


def test_the_board_of_a_township_by_month_and_its_balance_on_any_day(house: House) -> None:
    areas(house)
    aid(house, "L-1", papers_on="2021-05-10")
    book(house, "1", "opening", 500000, booked_on="2021-03-01")
    book(house, "2", "top-up", 1000000, booked_on="2021-05-03")
    book(house, "3", "payment", 100001, booked_on="2021-05-04")
    late = book(house, "4", "return", 1, booked_on="2021-05-31")
    book(house, "5", "surrender", 400000, booked_on="2021-06-01")
    rows = house.call("GET", "/reserve-funds", "registers:read").json()["rows"]
    told = [(one["area"], one["month"], one["opening_fen"], one["in_fen"], one["out_fen"], one["closing_fen"],
             one["movements"], one["doubts"]) for one in rows]  # fmt: skip
    assert told == [
        (TOWN, "2021-03", 0, 500000, 0, 500000, 1, 0),
        (TOWN, "2021-04", 500000, 0, 0, 500000, 0, 0),
        (TOWN, "2021-05", 500000, 1000001, 100001, 1400000, 3, 0),
        (TOWN, "2021-06", 1400000, 0, 400000, 1000000, 1, 0),
    ]
    params = {"from": "2021-05", "to": "2021-05", "area": TOWN}
    assert house.call("GET", "/reserve-funds", "registers:read", params=params).json()["rows"] == [rows[2]]

    def held(on: str, **more: str) -> int:
        answer = house.call("GET", "/reserve-funds/balances", "registers:read", params={"on": on, **more}).json()
        assert answer["balance_fen"] == sum(one["balance_fen"] for one in answer["funds"])
        return int(answer["balance_fen"])

    assert [held(on) for on in ("2021-02-28", "2021-03-01", "2021-05-30", "2021-05-31", "2021-06-01")] == [
        0, 500000, 1399999, 1400000, 1000000,
    ]  # fmt: skip
    known = late["recorded_at"]
    answer = house.call(
        "PATCH", f"/registers/reserve-fund/entries/{late['entry_id']}", "registers:write",
        json={"values": {"amount": 11}}, headers={"If-Match": '"1"'},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert (held("2021-05-31"), held("2021-05-31", known_at=known)) == (1400010, 1400000)
    refused = house.call("GET", "/reserve-funds", "registers:read", params={"from": "2021-07"})
    assert (refused.status_code, refused.json()["code"]) == (422, "months-unordered")


def test_an_entry_is_the_townships_whoever_was_paid_and_wherever_they_live(house: House) -> None:
    areas(house)
    made = add(house, "reserve-fund", values=PAID, area=TOWN)
    assert made["area"] == TOWN


@pytest.mark.parametrize(
    ("movements", "doubted"),
    [
        ([("1", "payment", 1, {})], {"reserve-overdrawn": ["1"]}),
        ([("1", "top-up", 1, {}), ("2", "payment", 1, {})], {}),
        ([("1", "payment", 1, {}), ("2", "top-up", 1, {})], {}),  # of one day what came in counts first
        ([("1", "top-up", 1, {"booked_on": "2021-05-02"}), ("2", "payment", 1, {})], {"reserve-overdrawn": ["2"]}),
        ([("1", "top-up", 9, {}), ("2", "payment", 1, {"receipt": None})], {"reserve-receipt-missing": ["2"]}),
        ([("1", "top-up", 9, {}), ("2", "payment", 1, {"aid_number": "L-9"})], {"aid-unknown": ["2"]}),
        (
            [("1", "top-up", 9, {}), ("2", "payment", 1, {}), ("3", "payment", 1, {"booked_on": "2021-12-31"})],
            {"reserve-payee-repeated": ["2", "3"]},
        ),
        ([("1", "top-up", 9, {}), ("2", "payment", 1, {}), ("3", "payment", 1, {"booked_on": "2022-01-01"})], {}),
        ([("1", "top-up", 9, {}), ("2", "payment", 1, {}), ("3", "payment", 1, {"recipient": PEOPLE["B"]})], {}),
        ([("1", "top-up", 9**9, {}), ("2", "payment", 100000, {})], {}),
        ([("1", "top-up", 9**9, {}), ("2", "payment", 100001, {})], {"reserve-over-tier": ["2"]}),
        ([("1", "opening", 9, {}), ("2", "opening", 9, {})], {"reserve-opening-twice": ["1", "2"]}),
        ([("1", "opening", 9, {}), ("2", "opening", 9, {"fund": "乙镇备用金"})], {}),
    ],
)
def test_a_reserve_fund_tells_what_is_to_be_doubted(
    house: House, movements: list[tuple[str, str, int, dict[str, Any]]], doubted: dict[str, list[str]]
) -> None:
    tier(house, "aid-emergency-township", 100000, "2021-01-01")
    aid(house, "L-1", papers_on="2021-05-10")
    numbers = {book(house, one, kind, amount, **more)["entry_id"]: one for one, kind, amount, more in movements}
    found: dict[str, list[str]] = {}
    for code, entry in due(house, "reserve-fund"):
        found.setdefault(code, []).append(numbers[entry or ""])
    assert {code: sorted(ones) for code, ones in found.items()} == doubted
    rows = house.call("GET", "/reserve-funds", "registers:read", params={"to": "2022-01"}).json()["rows"]
    assert sum(one["doubts"] for one in rows) == sum(map(len, doubted.values()))


def test_the_book_goes_out_and_comes_in_as_one_sheet(house: House) -> None:
    areas(house)
    book(house, "1", "top-up", 1000000)
    book(house, "2", "payment", 12345)
    reveal = {"identity": "full", "reason": "supervision"}
    path = "/registers/reserve-fund/export.xlsx"
    content = house.call("GET", path, "registers:read", purpose="reveal", params=reveal).content
    assert take(house, "reserve-fund", content) == ["unchanged", "unchanged"]
    loaded = openpyxl.load_workbook(io.BytesIO(content))
    page = loaded.worksheets[0]
    head = next(row for row in page.iter_rows() if row[0].value == "登记编号")
    places = {str(cell.value): cell.column for cell in head}
    line = next(row[0].row for row in page.iter_rows() if row[places["凭证号"] - 1].value == "2")
    page.cell(line, places["金额（元）"], "123.46")
    fresh = page.max_row + 1
    for name, value in {"备用金名称": "青石镇备用金", "凭证号": "3", "日期": "2021-05-09", "收支类别": "拨入",
                        "金额（元）": "0.01", "区划代码": TOWN}.items():  # fmt: skip
        page.cell(fresh, places[name], value)
    out = io.BytesIO()
    loaded.save(out)
    assert take(house, "reserve-fund", out.getvalue()) == ["unchanged", "updated", "created"]
    (row,) = house.call("GET", "/reserve-funds", "registers:read", params={"to": "2021-05"}).json()["rows"]
    assert (row["in_fen"], row["out_fen"], row["closing_fen"]) == (1000001, 12346, 987655)
