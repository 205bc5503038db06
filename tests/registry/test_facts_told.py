"""How facts travel: stamps, what is not sent again, to whom, and what the journal keeps of it."""

from typing import Any

import pytest

from registry.facts.catalogue import KINDS
from tests.registry.fact_asks import facts, fetched, stamps
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, VILLAGE, House
from tests.registry.payouts import pay, payout, payouts, registered
from tests.registry.test_facts_of_registers import ME, OTHER, entry, step
from tests.registry.test_facts_of_support import merged

MONEY = {"payout", "payout-peak", "account-peak", "account-change", "unowed-payment"}


def test_every_kind_is_listed_with_a_stamp_that_stands_while_nothing_moves(house: House) -> None:
    registered(house)
    before = stamps(house)
    assert list(before) == list(KINDS)
    assert len(set(before.values())) == len(KINDS)
    assert stamps(house) == before


def test_what_was_seen_is_not_sent_again(house: House) -> None:
    registered(house)
    pay(house, payouts([payout()]))
    answer = fetched(house, "payout")
    tag = answer.headers["ETag"]
    assert tag == f'"{stamps(house)["payout"]}"'
    for header in (tag, f"W/{tag}", f'"other", {tag}'):
        again = fetched(house, "payout", **{"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert fetched(house, "payout", **{"If-None-Match": '"other"'}).status_code == 200
    pay(house, payouts([payout(发放年月="202102")]))
    assert fetched(house, "payout", **{"If-None-Match": tag}).status_code == 200


def test_rows_are_known_beforehand_once_told_under_that_stamp(house: House) -> None:
    registered(house)
    pay(house, payouts([payout(), payout(发放年月="202103")]))

    def rows(area: str = COUNTY) -> int | None:
        told = house.call("GET", "/facts", "registry:follow", area=area).json()
        found: int | None = next(one["rows"] for one in told if one["kind"] == "payout")
        return found

    assert rows() is None
    facts(house, "payout")
    assert (rows(), rows(TOWN)) == (2, None)
    pay(house, payouts([payout(发放年月="202105")]))
    assert rows() is None


def moved(house: House, before: dict[str, str]) -> set[str]:
    return {kind for kind, stamp in stamps(house).items() if stamp != before[kind]}


def test_a_stamp_moves_with_what_its_rows_are_made_of_and_with_no_other(house: House) -> None:
    registered(house)
    before = stamps(house)
    pay(house, payouts([payout()]))
    assert moved(house, before) == MONEY
    before = stamps(house)
    made = entry(house, "income-sheet", earner={"name": "马有福"}, household="JY0000001")
    assert moved(house, before) == {"income", "income-ratio"}
    before = stamps(house)
    step(house, "income-sheet", made, "end", on="2021-06-01", reason="重复")
    assert moved(house, before) == {"income", "income-ratio"}
    before = stamps(house)
    body = {"mode": "change", "value": 400_00, "valid_from": "2021-01-01"}
    path = f"/standards/{COUNTY}/dibao-rural"
    assert house.call("PUT", path, "standards:write", json=body).status_code in {200, 201}
    assert moved(house, before) == set(KINDS)


def test_what_payments_say_is_reckoned_anew_with_the_day_and_not_with_every_person(house: House) -> None:
    registered(house)
    before = stamps(house)
    made = house.call("POST", "/persons", "registry:write", json={"name": "新来", "valid_from": "2021-01-01"})
    assert made.status_code == 201
    assert moved(house, before) == set(KINDS) - MONEY
    before = stamps(house)
    house.told(as_of=house.app.state.settings.as_of.replace(day=2))
    assert moved(house, before) == MONEY | {"phase-out", "exit", "mass-exit"}


def test_what_was_written_of_somebody_merged_is_told_of_who_remained(house: House) -> None:
    ids = registered(house)
    other = house.call("POST", "/persons", "registry:write", json={"name": "马有福", "valid_from": "2021-01-01"})
    kept = str(other.json()["person_id"])
    pay(house, payouts([payout()]))
    entry(house, "custodian", beneficiary=ME, custodian=OTHER)
    before = stamps(house)
    merged(house, ids["person_id"], kept)
    assert moved(house, before) == set(KINDS)
    for kind in ("payout", "payout-peak", "custodian"):
        assert {row["subject_id"] for row in facts(house, kind)} == {kept}


@pytest.mark.parametrize(("area", "seen"), [(COUNTY, True), (TOWN, True), (VILLAGE, True), (OTHER_COUNTY, False)])
def test_facts_are_of_the_callers_area(house: House, area: str, seen: bool) -> None:
    registered(house)
    pay(house, payouts([payout()]))
    entry(house, "custodian", beneficiary=ME, custodian=OTHER)
    for kind in ("payout", "payout-peak", "custodian"):
        assert bool(facts(house, kind, area)) is seen


def test_a_payment_next_door_adds_nothing(house: House) -> None:
    registered(house)
    pay(house, payouts([payout()]))
    whole = {kind: facts(house, kind) for kind in KINDS}
    there = {"户号": None, "区划代码": "640498100201", "开户姓名": "别人", "发放金额": 9}
    pay(house, payouts([payout(**there)]), OTHER_COUNTY)
    assert {kind: facts(house, kind) for kind in KINDS} == whole


@pytest.mark.parametrize(
    ("path", "scopes", "status"),
    [
        ("/facts/nothing", ("registry:follow",), 404), ("/facts/NO", ("registry:follow",), 422),
        ("/facts", ("registry:read",), 403), ("/facts/payout", ("payments:read", "registry:read"), 403),
    ],
)  # fmt: skip
def test_who_may_not_ask_is_told_so(house: House, path: str, scopes: tuple[str, ...], status: int) -> None:
    answer = house.call("GET", path, *scopes)
    assert answer.status_code == status
    assert answer.json()["code"]


def entries(house: House, subject: str) -> list[dict[str, Any]]:
    answer = house.call("GET", "/audit", "audit:read", params={"subject": subject})
    found: list[dict[str, Any]] = answer.json()["entries"]
    return found


def test_whoever_fetches_is_in_the_journal_and_on_the_persons_report(house: House) -> None:
    ids = registered(house)
    answer = fetched(house, "payout")
    (noted,) = entries(house, answer.headers["Watermark"])
    assert (noted["action"], noted["detail"]["kind"], noted["detail"]["rows"]) == ("registry.facts", "payout", 0)
    report = house.call("POST", f"/subjects/{ids['person_id']}/report", "audit:report")
    assert report.status_code == 200, report.text
    assert "提取由发放" in report.text
    before = len(house.call("GET", "/audit", "audit:read", params={"limit": 1000}).json()["entries"])
    fetched(house, "payout", **{"If-None-Match": answer.headers["ETag"]})
    after = house.call("GET", "/audit", "audit:read", params={"limit": 1000}).json()["entries"]
    assert [one["action"] for one in after[before:]] in ([], ["audit.read"])
