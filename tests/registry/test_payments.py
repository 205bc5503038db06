"""The payout ledger: taken in whole, restated by what the bank answers, added up to the fen."""

from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlmodel import col, select

from kit.columns import now
from kit.database import reading, transaction
from registry.payments import take as story
from registry.payments.reading import MOST_FEN, fen
from registry.payments.tables import Payment, PaymentAccount, PaymentImport, PaymentParty
from tests.examples import examples
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, VILLAGE, House, id_number
from tests.registry.payouts import FULL, export, listed, pay, payout, payouts, registered, report

SECOND_VILLAGE = "640499101203"


def test_a_list_is_linked_with_the_registry_and_told_masked(house: House) -> None:
    ids = registered(house)
    done = pay(house, payouts([payout()]))
    assert (done["counts"], done["fen"]) == ({"accepted": 1}, {"accepted": 31900})
    (one,) = listed(house, person_id=ids["person_id"])
    assert (one["household_id"], one["area"], one["month"]) == (ids["household_id"], VILLAGE, "2021-01")
    assert (one["name"], one["payee"], one["account"], one["payee_is"]) == ("马*福", "马*福", "****0001", "same")
    assert (one["amount_fen"], one["kind"], one["bank_return"]) == (31900, "regular", "none")
    assert one["source"] == {"import_id": done["import_id"], "line": 3}
    assert listed(house, household_id=ids["household_id"]) == listed(house, area=COUNTY) == [one]
    assert listed(house, area=COUNTY, month="2021-02") == []
    assert listed(house, area=COUNTY, **{"from": "2020-12", "to": "2021-01"}) == [one]


def test_accounts_and_numbers_are_sealed_once_each_and_stand_nowhere_in_the_clear(
    house: House, database_url: str
) -> None:
    rows = [payout(发放年月=f"2020{month:02d}") for month in range(1, 13)]
    pay(house, payouts(rows))
    pay(house, payouts([payout(发放年月="201912")]))
    with reading(house.database) as session:
        accounts, parties = session.exec(select(PaymentAccount)).all(), session.exec(select(PaymentParty)).all()
        assert (len(accounts), len(parties), len(session.exec(select(Payment)).all())) == (1, 1, 13)
    if database_url.startswith("sqlite"):
        file = Path(str(house.database.engine.url.database))
        content = b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*"))
        assert b"6229000000000001" not in content
        assert id_number("19700102", 11).encode() not in content


def test_the_same_file_again_changes_nothing_and_tells_nobody(house: House) -> None:
    content = payouts([payout(), payout(发放年月="202102")])
    pay(house, content)
    before, first = listed(house, area=COUNTY), _news(house)
    again = pay(house, content)
    assert (again["counts"], again["fen"]) == ({"unchanged": 2}, {"unchanged": 63800})
    assert listed(house, area=COUNTY) == before
    assert _news(house) == first


def _news(house: House) -> list[dict[str, Any]]:
    answer = house.call("GET", "/changes", "registry:follow", params={"limit": 1000})
    return [one for one in answer.json()["changes"] if one["kind"] == "payment-month"]


def test_followers_hear_of_an_import_once_for_each_township(house: House) -> None:
    rows = [payout(户号=None, 户主姓名=f"人{at}", 户主身份证号=None, 区划代码=area, 银行账号=f"62290000000001{at:02d}")
            for at, area in enumerate([VILLAGE, VILLAGE, SECOND_VILLAGE])]  # fmt: skip
    done = pay(house, payouts(rows))
    assert [(one["id"], one["person"]) for one in _news(house)] == [(done["import_id"], None)] * 2


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_an_export_taken_in_again_is_unchanged_to_the_last_cell(house: House, kind: str) -> None:
    registered(house)
    rows = [
        payout(发放金额="1,244.50元", 开户银行="农信社", 流水号="007", 发放日期="2021-01-15"),
        payout(发放年月="2021年2月", 发放类型="提标补发", 回盘结果="退回", 退回原因="账号有误", 回盘日期="20210220"),
        payout(发放年月="202103", 户号=None, 户主身份证号=None, 户主姓名="无名氏", 银行账号=None, 开户姓名=None),
        payout(发放年月="202104", 银行账号="0012345", 发放金额=0.1 + 0.2),
    ]
    pay(house, payouts(rows))
    before = listed(house, area=COUNTY)
    done = pay(house, export(house, kind))
    assert done["counts"] == {"unchanged": 4}, report(house, done)
    assert listed(house, area=COUNTY) == before
    assert {one["amount_fen"] for one in before} == {124450, 31900, 30}


def test_a_masked_export_is_refused_line_by_line_when_it_is_sent_back(house: House) -> None:
    pay(house, payouts([payout()]))
    answer = house.call("GET", "/payments/export.csv", "payments:read")
    assert "6229000000000001" not in answer.text
    assert "马有福" not in answer.text
    done = pay(house, answer.content)
    assert done["counts"] == {"rejected": 1}
    assert set(report(house, done)[3][1]) == {"cell-masked"}


def test_the_whole_list_needs_the_purpose_to_reveal_and_a_reason(house: House) -> None:
    pay(house, payouts([payout()]))
    path = "/payments/export.xlsx"
    for purpose, asked, code in (
        ("dynamic-monitoring", FULL, "reveal-purpose-missing"),
        ("reveal", {"identity": "full"}, "reveal-reason-missing"),
    ):
        answer = house.call("GET", path, "payments:read", purpose=purpose, params=asked)
        assert answer.json()["code"] == code
    house.told(reveals_per_client=1)
    pay(house, payouts([payout(户主姓名="别人", 户号="JY9", 户主身份证号=id_number("19600101", 12))]))
    answer = house.call("GET", path, "payments:read", purpose="reveal", params=FULL)
    assert answer.json()["code"] == "reveal-budget-spent"


def test_what_the_bank_answers_restates_a_payment_and_the_past_stays_known(house: House) -> None:
    pay(house, payouts([payout()]))
    moment = now().isoformat()
    returned = {"回盘结果": "退回", "退回原因": "账户注销", "回盘日期": "20210120"}
    assert pay(house, payouts([payout(**returned)]))["counts"] == {"updated": 1}
    (one,) = listed(house, area=COUNTY)
    assert (one["bank_return"], one["return_reason"], one["returned_on"], one["version"]) == (
        "returned", "账户注销", "2021-01-20", 2,
    )  # fmt: skip
    (former,) = listed(house, area=COUNTY, known_at=moment)
    assert (former["payment_id"], former["bank_return"], former["version"]) == (one["payment_id"], "none", 1)
    assert house.call("GET", "/payments/summary", "payments:read").json()["returned_fen"] == 31900


def test_a_list_that_leaves_the_answer_open_never_wipes_it_out(house: House) -> None:
    pay(house, payouts([payout(回盘结果="成功")]))
    assert pay(house, payouts([payout()]))["counts"] == {"unchanged": 1}
    again = pay(house, payouts([payout(回盘结果="未回盘")]))
    assert again["counts"] == {"unchanged": 1}
    assert report(house, again) == {3: ("unchanged", ["household-unknown", "bank-return-kept"])}
    assert listed(house, area=COUNTY)[0]["bank_return"] == "paid"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"发放年月": "明年"}, "month-unreadable"),
        ({"发放年月": "2020"}, "month-unreadable"),
        ({"发放年月": "201712"}, "month-too-early"),
        ({"发放年月": "202107"}, "month-in-future"),
        ({"户主姓名": None}, "name-missing"),
        ({"户主姓名": "长" * 101}, "text-too-long"),
        ({"发放金额": "三百"}, "amount-unreadable"),
        ({"发放金额": "3.195"}, "amount-unreadable"),
        ({"发放金额": None}, "amount-unreadable"),
        ({"发放金额": "1e3"}, "amount-unreadable"),
        ({"发放金额": "0.00"}, "amount-not-positive"),
        ({"发放金额": -5}, "amount-not-positive"),
        ({"发放金额": "10000000.01"}, "amount-too-large"),
        ({"救助类别": "某某补贴"}, "programme-unknown"),
        ({"发放类型": "某某"}, "kind-unknown"),
        ({"回盘结果": "某某"}, "bank-return-unknown"),
        ({"区划代码": "640498100201"}, "area-outside"),
        ({"银行账号": 6229000000000001}, "number-was-numeric"),
        ({"开户姓名": "马*福"}, "cell-masked"),
    ],
)
def test_a_line_that_cannot_be_trusted_is_rejected_with_its_money(
    house: House, wrong: dict[str, Any], code: str
) -> None:
    done = pay(house, payouts([payout(**wrong), payout(发放年月="202012")]))
    assert done["counts"] == {"accepted": 1, "rejected": 1}
    assert done["fen"]["accepted"] == 31900
    found = report(house, done)[3]
    assert found[0] == "rejected"
    assert code in found[1]


def test_the_whole_file_is_refused_with_the_way_out_and_leaves_nothing(house: House) -> None:
    bare = "发放年月,户主姓名,发放金额\n202101,马有福,319\n"
    for content, code in (
        (bare, "payout-programme-missing"),
        ("发放年月,姓名,户号\n202101,马有福,1\n", "payout-columns-wrong"),
        ("nothing", "payout-list-unreadable"),
    ):
        answer = house.call("POST", "/payments/imports", "payments:write", content=content.encode())
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    house.told(payment_max_rows=1)
    answer = house.call("POST", "/payments/imports", "payments:write", content=payouts([payout(), payout()]))
    assert (answer.status_code, answer.json()["code"]) == (413, "payout-list-too-long")
    assert house.call("GET", "/payments/imports", "payments:write").json()["imports"] == []
    assert pay(house, bare.encode(), programme="dibao-urban")["counts"] == {"accepted": 1}
    assert listed(house, area=COUNTY)[0]["programme"] == "dibao-urban"


def test_two_equal_lines_are_one_payment_unless_a_serial_number_tells_them_apart(house: House) -> None:
    done = pay(house, payouts([payout(), payout(), payout(流水号="1"), payout(流水号="2")]))
    assert done["counts"] == {"accepted": 3, "duplicate": 1}
    assert done["fen"] == {"accepted": 95700, "duplicate": 31900}
    found = report(house, done)
    assert found[4] == ("duplicate", ["household-unknown", "duplicate-in-file"])
    assert "second-payment" in found[5][1]


def test_a_second_payment_for_a_month_is_taken_and_told_of(house: House) -> None:
    registered(house)
    pay(house, payouts([payout()]))
    done = pay(house, payouts([payout(发放金额=320), payout(发放金额=50, 发放类型="补发")]))
    assert done["counts"] == {"accepted": 2}
    assert report(house, done) == {3: ("accepted", ["second-payment"])}


def test_a_rehearsal_says_what_would_be_and_writes_no_payment(house: House) -> None:
    content = payouts([payout(), payout(), payout(发放金额="x")])
    done = pay(house, content, dry_run=True)
    assert done["counts"] == {"accepted": 1, "duplicate": 1, "rejected": 1}
    assert listed(house, area=COUNTY) == []
    assert pay(house, content)["counts"] == done["counts"]


def test_an_import_that_dies_half_way_goes_on_and_counts_as_if_it_had_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.told(payment_chunk_rows=2)
    content = payouts([payout(发放年月=f"2020{month:02d}") for month in range(1, 8)])
    real, calls = story.insert_frame, []

    def dying(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 3:
            raise RuntimeError("power")
        real(*args)

    monkeypatch.setattr(story, "insert_frame", dying)
    with pytest.raises(RuntimeError, match="power"):
        house.call("POST", "/payments/imports", "payments:write", content=content)
    monkeypatch.undo()
    (stopped,) = house.call("GET", "/payments/imports", "payments:write").json()["imports"]
    assert (stopped["state"], len(listed(house, area=COUNTY))) == ("failed", 4)
    done = pay(house, content)
    assert (done["import_id"], done["counts"]) == (stopped["import_id"], {"accepted": 7})
    assert done["fen"] == {"accepted": 7 * 31900}
    assert len(listed(house, area=COUNTY)) == 7
    assert [one["id"] for one in _news(house)] == [done["import_id"]]


def test_two_lists_of_one_place_are_not_taken_at_once_and_a_dead_one_holds_nobody_up(house: House) -> None:
    done = pay(house, payouts([payout()]))
    _leave_running(house, done["import_id"], "elsewhere:1:x")
    for area in (COUNTY, TOWN):
        answer = house.call("POST", "/payments/imports", "payments:write", area=area, content=payouts([payout()]))
        assert (answer.status_code, answer.json()["code"]) == (409, "payout-running")
    pay(house, payouts([payout(区划代码=OTHER_COUNTY)]), area=OTHER_COUNTY)
    with transaction(house.database) as session:
        row = session.get(PaymentImport, done["import_id"])
        assert row is not None
        row.touched_at = now().replace(year=2020)
        session.add(row)
    pay(house, payouts([payout(发放年月="202103")]))
    found = house.call("GET", f"/payments/imports/{done['import_id']}", "payments:write").json()
    assert found["state"] == "failed"


def _leave_running(house: House, import_id: str, holder: str) -> None:
    with transaction(house.database) as session:
        row = session.get(PaymentImport, import_id)
        assert row is not None
        row.state, row.holder, row.touched_at = "running", holder, now()
        session.add(row)


def test_a_township_neither_pays_nor_sees_next_door(house: House) -> None:
    registered(house)
    pay(house, payouts([payout()]))
    next_door = "640499200000"
    assert listed(house, seen_from=next_door) == []
    taken = {"区划代码": None, "户主身份证号": None}
    done = pay(house, payouts([payout(**taken)]), area=next_door)
    assert report(house, done) == {3: ("rejected", ["household-outside"])}


@given(st.integers(-MOST_FEN, MOST_FEN), st.sampled_from(["{}", "{}元", " {} ", "￥{}"]))
def test_yuan_are_read_to_the_fen_however_written(amount: int, written: str) -> None:
    yuan = Decimal(amount) / 100
    texts = [written.format(yuan), written.format(f"{yuan:,.2f}"), repr(float(yuan))]
    plain = [text for text in texts if "e" not in text.lower()]
    assert fen(pl.Series(plain)).to_list() == [amount] * len(plain)
    assert fen(pl.Series([f"{yuan:.2f}5"])).to_list() == [None]


LINE = st.fixed_dictionaries(
    {
        "发放年月": st.sampled_from(["202001", "202002", "2019-12"]),
        "救助类别": st.sampled_from(["农村低保", "城市低保", "无此类别"]),
        "区划代码": st.sampled_from([VILLAGE, SECOND_VILLAGE, "640498100201"]),
        "发放金额": st.one_of(st.integers(-2, 10**7).map(lambda value: f"{value / 100:.2f}"), st.just("无")),
        "回盘结果": st.sampled_from([None, "成功", "退回"]),
        "户号": st.sampled_from(["A", "B"]),
        "银行账号": st.sampled_from(["622900000001", "622900000002", None]),
    }
)


@given(lists=st.lists(st.lists(LINE, min_size=1, max_size=12), min_size=1, max_size=3))
@examples(15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_money_adds_up_to_the_fen_in_lists_sums_accounts_and_exports(
    house: House, lists: list[list[dict[str, Any]]]
) -> None:
    house.told(dear_calls_per_client=10**6, dear_calls_per_area=10**6, dear_calls_per_client_day=10**6)
    with transaction(house.database) as session:
        for row in session.exec(select(Payment)):
            session.delete(row)
    for lines in lists:
        done = pay(house, payouts([payout(户主身份证号=None, **line) for line in lines]))
        readable = [Decimal(line["发放金额"]) for line in lines if line["发放金额"] != "无"]
        assert done["fen_total"] == int(sum(readable, Decimal(0)) * 100)
    whole = sum(one["amount_fen"] for one in listed(house, area=COUNTY))
    told = house.call("GET", "/payments/summary", "payments:read").json()
    assert told["amount_fen"] == whole == told["paid_fen"] + told["returned_fen"] + told["open_fen"]
    assert sum(row["amount_fen"] for row in told["rows"]) == whole
    by_month = {}
    for one in listed(house, area=COUNTY):
        key = (one["month"], one["programme"], one["area"][:9] + "000")
        by_month[key] = by_month.get(key, 0) + one["amount_fen"]
    assert {(row["month"], row["programme"], row["area"]): row["amount_fen"] for row in told["rows"]} == by_month
    accounts = house.call("GET", "/payment-accounts", "payments:read").json()["accounts"]
    with_account = [one for one in listed(house, area=COUNTY) if one["account"] is not None]
    assert sum(one["amount_fen"] for one in accounts) == sum(one["amount_fen"] for one in with_account)
    again = pay(house, export(house, "csv"))
    assert set(again["counts"]) <= {"unchanged"}
    assert again["fen_total"] == whole


def test_only_one_version_of_a_payment_is_believed(house: House) -> None:
    for answer in (None, "成功", "退回", "成功"):
        pay(house, payouts([payout(回盘结果=answer)]))
    with reading(house.database) as session:
        rows = session.exec(select(Payment).order_by(col(Payment.version))).all()
    assert [row.version for row in rows] == [1, 2, 3, 4]
    assert [row.superseded_at is None for row in rows] == [False, False, False, True]
    assert all(one.superseded_at == two.recorded_at for one, two in pairwise(rows))
