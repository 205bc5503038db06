"""The fund flow adds up to the fen from source to bank return; what does not match is told."""

import io
from typing import Any

import openpyxl
from hypothesis import given
from hypothesis import strategies as st

from registry.money.flow import flows, levels
from registry.payments.schemas import SumOut
from registry.registers.declared.fund_flow import LEVELS, STEPS
from tests.registry.house import TOWN, VILLAGE, House, id_number, person_row, workbook
from tests.registry.payouts import HEAD, WIFE, pay, payout, payouts
from tests.registry.register_cases import RIGHT
from tests.registry.test_register_whole import areas
from tests.registry.test_registers import add

WHO = ("payments:read", "registers:read")
MONTHS, PROGRAMMES = ["2021-01", "2021-02"], ["dibao-rural", "tekun-home"]
FEN = st.integers(0, 10**10)
ENTRIES = st.lists(
    st.fixed_dictionaries({
        "period": st.sampled_from(MONTHS), "programme": st.sampled_from(PROGRAMMES),
        "level": st.sampled_from(sorted(LEVELS)), "step": st.sampled_from(sorted(STEPS)), "amount": FEN,
    }), max_size=25,
)  # fmt: skip
SUMS = st.lists(
    st.builds(
        lambda month, programme, paid, returned, open_: SumOut(
            month=month, programme=programme, area=TOWN, payments=3, amount_fen=paid + returned + open_,
            paid_fen=paid, returned_fen=returned, open_fen=open_,
        ),
        st.sampled_from(MONTHS), st.sampled_from(PROGRAMMES), FEN, FEN, FEN,
    ), max_size=8,
)  # fmt: skip


@given(ENTRIES, SUMS)
def test_money_adds_up_to_the_fen_at_every_step(entries: list[dict[str, Any]], paid: list[SumOut]) -> None:
    given_, rows = levels(entries), flows(levels(entries), paid, [])
    for step in STEPS:
        whole = sum(one["amount"] for one in entries if one["step"] == step)
        assert sum(one.steps[step] for one in given_) == sum(one.steps[step] for one in rows) == whole
    assert sum(one.payout for one in rows) == sum(one.amount_fen for one in paid)
    for row in rows:
        # Whatever was raised is unallocated, withdrawn, undisbursed, unpaid, or with somebody.
        left = row.unallocated + row.undisbursed + row.steps["withdrawn"] + row.unpaid
        assert row.steps["source"] == left + row.payout - row.returned


def flow(house: House, **asked: Any) -> dict[str, Any]:
    answer = house.call("GET", "/fund-flow", *WHO, params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def given_money(house: House, step: str, amount: int, **more: Any) -> dict[str, Any]:
    values = {**RIGHT["fund-flow"], "number": f"{step}{amount}", "step": step, "amount": amount, "period": "2021-01"}
    return add(house, "fund-flow", values={**values, **more}, area="640499000000")


def test_allocation_meets_payout_by_programme_level_and_month(house: House) -> None:
    house.take(workbook([HEAD, WIFE]))
    areas(house)
    given_money(house, "source", 50000, level="central")
    given_money(house, "source", 10000, level="county")
    given_money(house, "allocated", 55000)
    given_money(house, "disbursed", 50000, level="county")
    second = {"流水号": "2", "户主姓名": "别人", "户号": None, "户主身份证号": None, "银行账号": "6229000000000002"}
    pay(house, payouts([payout(), payout(发放金额=100, 回盘结果="退回", **second)]))
    told = flow(house)
    (row,) = told["rows"]
    assert {name: row[name] for name in ("source_fen", "allocated_fen", "disbursed_fen", "payout_fen", "returned_fen",
                                         "open_fen", "unallocated_fen", "undisbursed_fen", "unpaid_fen")} == {
        "source_fen": 60000, "allocated_fen": 55000, "disbursed_fen": 50000, "payout_fen": 41900,
        "returned_fen": 10000, "open_fen": 31900, "unallocated_fen": 5000, "undisbursed_fen": 5000,
        "unpaid_fen": 18100,
    }  # fmt: skip
    steps = ("level", "source_fen", "allocated_fen", "disbursed_fen")
    assert [tuple(one[name] for name in steps) for one in told["levels"]] == [
        ("central", 50000, 0, 0), ("province", 0, 55000, 0), ("county", 10000, 0, 50000),
    ]  # fmt: skip
    assert told["unpaid_fen"] == 18100
    assert flow(house, **{"from": "2021-02"})["rows"] == []
    assert flow(house, programme="tekun-home")["rows"] == []
    assert flow(house, area=TOWN)["source_fen"] == 0  # the county's money is not the township's
    assert flow(house, area=TOWN)["payout_fen"] == 41900


def test_what_was_paid_to_the_dead_and_after_the_end_is_told(house: House) -> None:
    gone = person_row(
        户号="JY0000002", 户主姓名="赵去世", 姓名="赵去世", 身份证号=id_number("19500101", 31), 出生日期="19500101",
        家庭人口="1", 保障人数="1",
    )  # fmt: skip
    ended = [person_row(停保年月="202012"), {**WIFE, "停保年月": "202012"}]
    house.take(workbook([*ended, gone]))
    found = house.call("POST", "/persons/lookup", "registry:read", json={"id_number": gone["身份证号"]}).json()
    dead = house.call(
        "POST", f"/persons/{found['person_id']}/changes", "registry:write",
        json={"on": "2021-06-01", "died_on": "2021-01-15"}, headers={"If-Match": f'"{found["version"]}"'},
    )  # fmt: skip
    assert dead.status_code == 200, dead.text
    alone = {"户号": "JY0000002", "户主姓名": "赵去世", "户主身份证号": gone["身份证号"], "开户姓名": "赵去世",
             "银行账号": "6229000000000003", "发放金额": 100}  # fmt: skip
    rows = [
        payout(发放年月="202012"), payout(), payout(发放年月="202102"), payout(发放年月="202103", 回盘结果="退回"),
        payout(**alone), payout(**{**alone, "发放年月": "202102"}),
    ]  # fmt: skip
    pay(house, payouts(rows))
    told = {row["month"]: row for row in flow(house)["rows"]}
    figures = ("dead_payments", "dead_fen", "after_end_payments", "after_end_fen")
    assert {month: tuple(row[name] for name in figures) for month, row in told.items()} == {
        "2020-12": (0, 0, 0, 0),  # the last month supported
        "2021-01": (0, 0, 1, 31900),  # and the month somebody died in
        "2021-02": (1, 10000, 1, 31900),
        "2021-03": (0, 0, 0, 0),  # what came back was not paid
    }


def test_the_workbook_has_the_figures_of_the_answer(house: House) -> None:
    areas(house)
    given_money(house, "source", 50001)
    pay(house, payouts([payout(区划代码=VILLAGE)]))
    answer = house.call("GET", "/fund-flow.xlsx", *WHO)
    months, by_level = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
    lines = [[cell.value for cell in row] for row in months.iter_rows()]
    head = next(line for line in lines if line[0] == "年月")
    last = dict(zip(head, lines[-1], strict=True))
    assert (last["年月"], last["筹集"], last["发放"], last["未回盘"], last["发放笔数"]) == ("合计", 500.01, 319, 319, 1)
    assert [row[2].value for row in by_level.iter_rows()][-1] == "省级"
