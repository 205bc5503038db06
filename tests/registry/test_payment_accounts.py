"""Whom accounts pay, how they changed, and what of payments is told to whom."""

import pytest

from tests.registry.house import COUNTY, House, id_number, person_row, workbook
from tests.registry.payouts import HEAD, export, listed, pay, payout, payouts, registered


def test_who_the_payee_is_is_told_by_the_household_now_or_formerly(house: House) -> None:
    registered(house)
    wife = person_row(姓名="马秀英", 身份证号=id_number("19720304", 22), 与户主关系="配偶")
    house.take(workbook([person_row(), wife]))
    pay(house, payouts([
        payout(发放年月="202001", 开户姓名="马 有 福"), payout(发放年月="202002", 开户姓名="马秀英"),
        payout(发放年月="202003", 开户姓名="王五"), payout(发放年月="202004", 开户姓名=None),
        payout(发放年月="202005", 户主姓名="马秀英", 户主身份证号=wife["身份证号"]),
    ]))  # fmt: skip
    found = {one["month"]: one["payee_is"] for one in listed(house, area=COUNTY)}
    assert list(found.values()) == ["same", "member", "other", "unstated", "head"]


def test_an_account_that_pays_several_is_found_with_all_of_them(house: House) -> None:
    other = {"户号": "JY2", "户主姓名": "王五", "户主身份证号": None}
    pay(house, payouts([payout(), payout(发放年月="202102"), payout(**other, 发放金额=1),
                        payout(**other, 银行账号="6229000000000002")]))  # fmt: skip
    asked = {"min_holders": 2, "from": "2021-01", "to": "2021-12"}
    answer = house.call("GET", "/payment-accounts", "payments:read", params=asked).json()
    (one,) = answer["accounts"]
    assert (one["account"], one["holders_total"], one["payments"], one["amount_fen"]) == ("****0001", 2, 3, 63900)
    assert [(who["name"], who["amount_fen"]) for who in one["holders"]] == [("马*福", 63800), ("王*", 100)]
    every = house.call("GET", "/payment-accounts", "payments:read").json()["accounts"]
    assert len(every) == 2
    assert sum(one["amount_fen"] for one in every) == 95800


def test_how_somebodys_account_changed_is_told_with_who_sent_it(house: House) -> None:
    ids = registered(house)
    first = pay(house, payouts([payout(发放年月="202001"), payout(发放年月="202002")]))
    second = pay(house, payouts([payout(发放年月="202003", 银行账号="6229000000000777")]))
    house.take(workbook([{**HEAD, "银行账号": "6229000000000777"}]))
    for asked in ({"person_id": ids["person_id"]}, {"household_id": ids["household_id"]}):
        found = house.call("GET", "/payment-accounts/history", "payments:read", params=asked).json()
        paid = [(one["account"], one["first_month"], one["last_month"], one["import_id"]) for one in found["paid"]]
        assert paid == [
            ("****0001", "2020-01", "2020-02", first["import_id"]),
            ("****0777", "2020-03", "2020-03", second["import_id"]),
        ]
        assert all(one["taken_by"] for one in found["paid"])
        stated = [one["account"] for one in found["registered"]]
        assert stated == (["****0001", "****0777"] if "person_id" in asked else [])


def test_a_protected_persons_name_and_account_are_not_told(house: House) -> None:
    ids = registered(house)
    pay(house, payouts([payout()]))
    said = {"person_id": ids["person_id"], "state": "yes", "kind": "witness", "reason": "证人"}
    assert house.call("POST", "/protections", "cases:write", json=said).status_code < 300
    (one,) = listed(house, area=COUNTY)
    assert (one["name"], one["payee"], one["account"]) == ("（受保护）", None, None)
    assert "6229000000000001" not in export(house, "csv").decode()


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"area": COUNTY, "person_id": "0" * 36}, "payment-of-whom"),
        ({"area": COUNTY, "from": "2021-02", "to": "2021-01"}, "months-unordered"),
        ({"area": COUNTY, "month": "2021-13"}, "invalid"),
        ({"area": "649999000000"}, "area-unknown"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(house: House, asked: dict[str, str], code: str) -> None:
    answer = house.call("GET", "/payments", "payments:read", params=asked)
    assert answer.status_code in {400, 422}
    assert code in answer.json()["code"]
