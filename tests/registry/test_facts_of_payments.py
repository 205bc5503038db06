"""What payments say of people: rows on both sides of each boundary, and all of it as a naive model has it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlmodel import Session

from kit.auth import Caller
from kit.columns import new_id, now
from kit.crypto import KeyRing
from kit.database import Database, reading
from registry.coverage.tables import Coverage
from registry.facts import moves, payouts, peaks, unowed
from registry.facts.ground import Ground
from registry.payments import unowed as rule
from registry.payments.tables import Payment, PaymentAccount
from registry.persons.tables import Person, PersonVersion
from registry.registers.placing import Clerk
from registry.settings import RegistrySettings
from registry.times import NOW, believed
from tests.conftest import fresh_database
from tests.examples import examples
from tests.migrated import migrated
from tests.registry.fact_asks import facts, said
from tests.registry.house import COUNTY, VILLAGE, House, id_number, person_row, workbook
from tests.registry.payouts import HEAD, WIFE, pay, payout, registered
from tests.registry.payouts import payouts as lists
from tests.registry.register_cases import RIGHT
from tests.registry.test_registers import add

NEW = "6229000000000777"
SHOWN = ("text", "code", "number", "count", "valid_from", "valid_to")


def paid(month: str, **more: Any) -> dict[str, Any]:
    return payout(发放年月=month, **more)


def test_months_in_a_row_are_one_stretch_and_a_gap_begins_another(house: House) -> None:
    ids = registered(house)
    done = pay(
        house, lists([paid("202011"), paid("202012"), paid("202101"), paid("202103"), paid("202104", 回盘结果="退回")])
    )
    rows = facts(house, "payout")
    assert said(rows, "subject_id", *SHOWN) == [
        (ids["person_id"], "马有福", "same", 319.0, 1, "2021-03-01", "2021-03-31"),
        (ids["person_id"], "马有福", "same", 957.0, 3, "2020-11-01", "2021-01-31"),
    ]
    assert {row["batch_id"] for row in rows} == {done["import_id"]}
    assert {row["line"] for row in rows} == {3, 6}
    assert len({row["about"] for row in rows}) == 1
    assert "6229" not in str(rows)


def test_who_the_payee_is_and_a_custodian_on_record_in_those_months(house: House) -> None:
    registered(house)
    who = {"beneficiary": {"name": "马有福", "id_number": HEAD["身份证号"]}}
    who |= {"custodian": {"name": "王 五", "id_number": id_number("19800101", 71)}}
    entry = add(
        house, "custodian", values={**RIGHT["custodian"], **who, "begins_on": "2020-02-10", "ends_on": "2020-04-05"}
    )
    pay(house, lists([
        paid("202001", 开户姓名="马 有 福"), paid("202003", 开户姓名="马秀英"), paid("202005", 开户姓名=None),
        *(paid(month, 开户姓名="王五") for month in ("201912", "202002", "202004", "202006")),
    ]))  # fmt: skip
    # The custody of part of a month counts for it; before and after, whoever it is holds the card as a stranger.
    by_month = {row["valid_from"][:7]: row["code"] for row in facts(house, "payout")}
    assert by_month == {
        "2019-12": "other", "2020-01": "same", "2020-02": "custodian", "2020-03": "member", "2020-04": "custodian",
        "2020-05": "unstated", "2020-06": "other",
    }  # fmt: skip
    # Ended on a day within it, the custody held until then.
    ended = house.call(
        "POST", f"/registers/custodian/entries/{entry['entry_id']}/end", "registers:read", "registers:write",
        json={"on": "2020-03-31", "reason": "本人取回"}, headers={"If-Match": '"1"'},
    )  # fmt: skip
    assert ended.status_code == 200, ended.text
    by_month = {row["valid_from"][:7]: row["code"] for row in facts(house, "payout")}
    assert (by_month["2020-02"], by_month["2020-04"]) == ("custodian", "other")


def test_the_greatest_month_of_a_year_by_kind_with_its_account(house: House) -> None:
    registered(house)
    pay(house, lists([
        paid("202001"), paid("202002", 发放金额=400), paid("202003", 发放金额=300),
        paid("202003", 发放金额=100, 银行账号=NEW),
        paid("202004", 发放类型="补发", 发放金额=1200), paid("202101", 发放金额=10),
    ]))  # fmt: skip
    rows = facts(house, "payout-peak")
    # February and March came to the same: the first is told.
    assert sorted(said(rows, "text", "code", "number", "count", "valid_from", "valid_to")) == [
        ("back-pay", "month", 1200.0, 1, "2020-04-01", "2020-04-30"),
        ("regular", "month", 10.0, 1, "2021-01-01", "2021-01-31"),
        ("regular", "month", 400.0, 1, "2020-02-01", "2020-02-29"),
    ]
    assert len({row["about"] for row in rows}) == 1
    pay(house, lists([paid("202003", 发放金额=1, 流水号="1")]))
    (march,) = (row for row in facts(house, "payout-peak") if row["valid_from"] == "2020-03-01")
    assert (march["number"], march["count"], march["about"]) == (401.0, 3, rows[0]["about"])


def test_an_account_is_told_from_its_second_payment_in_a_month_on(house: House) -> None:
    ids = registered(house)
    wife = house.call("POST", "/persons/lookup", "registry:read", json={"id_number": WIFE["身份证号"]}).json()[
        "person_id"
    ]
    hers = {"户号": None, "户主姓名": "马秀英", "户主身份证号": WIFE["身份证号"]}
    pay(house, lists([paid("202001"), paid("202002", **hers)]))
    assert facts(house, "account-peak") == []
    stranger = {"户号": None, "户主姓名": "无名", "户主身份证号": None}
    pay(
        house,
        lists(
            [
                paid("202003"),
                paid("202003", **stranger),
                paid("202003", **stranger, 流水号="2"),
                paid("202002", 流水号="9"),
            ]
        ),
    )
    told = {(row["subject_id"], row["valid_from"], row["count"]) for row in facts(house, "account-peak")}
    assert told == {(ids["person_id"], "2020-03-01", 3), (wife, "2020-02-01", 2)}


def test_an_account_that_changed_is_told_with_who_brought_it_in_and_how_long_before(house: House) -> None:
    ids = registered(house)
    pay(house, lists([paid("202001"), paid("202002")]))
    assert facts(house, "account-change") == []
    house.take(workbook([{**HEAD, "银行账号": NEW}, WIFE]))
    later = date.fromordinal(now().date().toordinal() + 40).isoformat()
    pay(house, lists([paid("202004", 银行账号=NEW, 发放日期=later)]))
    (row,) = facts(house, "account-change")
    assert (row["subject_id"], row["valid_from"], row["valid_to"]) == (ids["person_id"], "2020-04-01", None)
    assert (row["text"], row["code"], row["count"] in {39, 40, 41}) == ("test", "by-import", True)
    new = {one["about"] for one in facts(house, "payout") if one["valid_from"] == "2020-04-01"}
    assert {row["about"]} == new
    # Without an account stated, nobody can say that it was another.
    pay(house, lists([paid("202005", 银行账号=None, 救助类别="城市低保"), paid("202006", 救助类别="城市低保")]))
    assert len(facts(house, "account-change")) == 1
    # Paid before it was taken in: nobody can say how long it had been there.
    pay(house, lists([paid("202005", 银行账号="6229000000000888", 发放日期="2020-05-20")]))
    counts = {one["valid_from"]: one["count"] for one in facts(house, "account-change")}
    assert counts["2020-05-01"] is None


def test_what_nobody_was_owed_is_told_from_the_month_after_the_end(house: House) -> None:
    house.take(workbook([person_row(停保年月="202012"), {**WIFE, "停保年月": "202012"}]))
    pay(house, lists([paid("202012")]))
    assert facts(house, "unowed-payment") == []
    pay(house, lists([paid("202101"), paid("202103"), paid("202103", 流水号="1"), paid("202104", 回盘结果="退回")]))
    (row,) = facts(house, "unowed-payment")
    assert tuple(row[name] for name in SHOWN) == ("马有福", "ended", 957.0, 2, "2021-01-01", "2021-03-31")


def test_what_was_paid_after_a_death_is_told_of_the_dead(house: House) -> None:
    gone = person_row(
        户号="JY0000002", 户主姓名="赵去世", 姓名="赵去世", 身份证号=id_number("19500101", 31), 出生日期="19500101",
        家庭人口="1", 保障人数="1",
    )  # fmt: skip
    house.take(workbook([gone]))
    found = house.call("POST", "/persons/lookup", "registry:read", json={"id_number": gone["身份证号"]}).json()
    house.call(
        "POST", f"/persons/{found['person_id']}/changes", "registry:write",
        json={"on": "2021-06-01", "died_on": "2021-01-15"}, headers={"If-Match": f'"{found["version"]}"'},
    )  # fmt: skip
    alone = {"户号": "JY0000002", "户主姓名": "赵去世", "户主身份证号": gone["身份证号"], "开户姓名": "赵小"}
    pay(house, lists([paid("202101", **alone)]))
    assert facts(house, "unowed-payment") == []  # the month somebody died in
    pay(house, lists([paid("202102", **alone), paid("202103", **alone)]))
    (row,) = facts(house, "unowed-payment")
    assert said([row], *SHOWN) == [("赵小", "dead", 638.0, 2, "2021-02-01", "2021-03-31")]
    assert row["subject_id"] == found["person_id"]


def test_a_households_payment_is_told_of_its_head(house: House) -> None:
    ids = registered(house)
    pay(house, lists([payout(户主姓名="不在册的人", 户主身份证号=None)]))
    assert said(facts(house, "payout"), "subject_id", "code") == [(ids["person_id"], "head")]


# ---- the same as a naive model has it

PEOPLE, ACCOUNTS, MONTHS = ("a", "b"), ("x", "y"), tuple(f"20{20 + at // 12}-{at % 12 + 1:02d}" for at in range(18))
ROW = st.fixed_dictionaries({
    "person": st.sampled_from((*PEOPLE, "gone")), "account": st.sampled_from(ACCOUNTS),
    "month": st.sampled_from(MONTHS), "programme": st.sampled_from(("dibao-rural", "tekun-home")),
    "kind": st.sampled_from(("regular", "uplift")), "fen": st.integers(1, 5), "payee": st.sampled_from(("甲", "乙")),
    "back": st.sampled_from((False, False, False, True)),
})  # fmt: skip
PERIOD = st.fixed_dictionaries({
    "person": st.sampled_from(PEOPLE), "programme": st.sampled_from(("dibao-rural", "tekun-home")),
    "start": st.integers(0, 17), "months": st.none() | st.integers(0, 8),
})  # fmt: skip
DEAD = st.dictionaries(st.sampled_from(PEOPLE), st.integers(0, 17), max_size=1)
CALLER = Caller("c", "civil-affairs", COUNTY, frozenset({"registry:follow"}), "matching")


@pytest.fixture(scope="module")
def database(databases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with fresh_database(tmp_path_factory.mktemp("facts")) as url:
        found = Database.open(url)
        migrated(found, "registry:migrations")
        yield found
        found.dispose()


class World:
    """Two people, one merged into the first, and what they were paid; gone when the block ends."""

    def __init__(self, session: Session, rows: list[dict[str, Any]], ring: KeyRing) -> None:
        self.session, self.ring = session, ring
        self.ids = {name: new_id() for name in (*PEOPLE, "gone")}
        self.accounts = {name: new_id() for name in ACCOUNTS}
        for name in PEOPLE:
            session.add(Person(person_id=self.ids[name], created_at=now()))
        session.flush()
        session.add(Person(person_id=self.ids["gone"], survivor_id=self.ids["a"], created_at=now()))
        for name, key in self.accounts.items():
            session.add(
                PaymentAccount(account_id=key, account_sealed=ring.encrypt(name, "payment.account"), account_blind=key)
            )
        session.flush()
        for at, row in enumerate(rows):
            session.add(Payment(
                payment_id=new_id(), version=1, month=row["month"], programme=row["programme"], kind=row["kind"],
                area=VILLAGE, person_id=self.ids[row["person"]], name="甲", payee=row["payee"],
                account_id=self.accounts[row["account"]], amount_fen=row["fen"] * 100,
                bank_return="returned" if row["back"] else "paid", source_import="i", source_line=at, recorded_at=now(),
            ))  # fmt: skip

    def standing(self, dead: dict[str, int]) -> None:
        for name in PEOPLE:
            self.session.add(PersonVersion(
                version_id=new_id(), person_id=self.ids[name], version=1, name=name, area=VILLAGE,
                died_on=date.fromisoformat(f"{MONTHS[dead[name]]}-15") if name in dead else None,
                valid_from=date(2019, 1, 1), recorded_at=now(),
            ))  # fmt: skip
        self.session.flush()

    def ground(self) -> Ground:
        told = RegistrySettings(as_of=date(2021, 12, 1))
        clerk = Clerk(self.session, self.ring, CALLER, date(2021, 12, 1), terms=None)  # type: ignore[arg-type]  # no fact asks for terms here
        return Ground(clerk, told)


def whose(person: str) -> str:
    return "a" if person == "gone" else person


def at(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def in_a_row(months: list[int]) -> list[list[int]]:
    """Months as runs without a gap."""
    order = sorted(set(months))
    return [[one for _, one in run] for _, run in groupby(enumerate(order), key=lambda one: one[1] - one[0])]


def first_of(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, max_size=14))
def test_stretches_and_peaks_are_what_a_naive_model_says(database: Database, rows: list[dict[str, Any]]) -> None:
    with reading(database) as session:
        world = World(session, rows, KeyRing.ephemeral())
        world.standing({})
        ground = world.ground()
        names = {key: name for name, key in world.ids.items()}
        token = {ground.token("account", name): name for name in ACCOUNTS}
        found = payouts.payout(ground).with_columns(pl.col("about").replace(token), pl.col("subject_id").replace(names))
        top = peaks.payout_peak(ground).with_columns(pl.col("subject_id").replace(names))
        busy = peaks.account_peak(ground).with_columns(
            pl.col("about").replace(token), pl.col("subject_id").replace(names)
        )
        moved = moves.account_change(ground).with_columns(
            pl.col("about").replace(token), pl.col("subject_id").replace(names)
        )
    rows = [row for row in rows if not row["back"]]
    assert sorted(found.select("subject_id", "about", "text", "count", "number", "valid_from").rows()) == _stretches(
        rows
    )
    assert sorted(top.select("subject_id", "text", "valid_from", "number", "count").rows()) == _peaks(rows)
    assert sorted(busy.select("subject_id", "about", "valid_from", "count").rows()) == _busy(rows)
    assert sorted(moved.select("subject_id", "about", "valid_from").rows()) == _moved(rows)


def _stretches(rows: list[dict[str, Any]]) -> list[Any]:
    groups = defaultdict(list)
    for row in rows:
        groups[whose(row["person"]), row["programme"], row["account"], row["payee"]].append(row)
    return sorted(
        (who, account, payee, len(those), float(sum(one["fen"] for one in those)), first_of(run[0]))
        for (who, _, account, payee), ones in groups.items()
        for run in in_a_row([at(one["month"]) for one in ones])
        for those in [[one for one in ones if at(one["month"]) in run]]
    )


def _peaks(rows: list[dict[str, Any]]) -> list[Any]:
    sums: dict[Any, list[int]] = defaultdict(list)
    for row in rows:
        sums[whose(row["person"]), row["kind"], row["month"]].append(row["fen"])
    best: dict[Any, Any] = {}
    for (who, kind, month), fen in sorted(sums.items(), key=lambda one: one[0][2]):
        year = (who, kind, month[:4])
        if year not in best or sum(fen) > best[year][1]:
            best[year] = (month, sum(fen), len(fen))
    return sorted(
        (who, kind, first_of(at(month)), float(fen), count) for (who, kind, _), (month, fen, count) in best.items()
    )


def _busy(rows: list[dict[str, Any]]) -> list[Any]:
    counts: dict[Any, int] = defaultdict(int)
    for row in rows:
        counts[row["account"], row["month"]] += 1
    best: dict[Any, Any] = {}
    for row in sorted(rows, key=lambda one: one["month"]):
        number, of = counts[row["account"], row["month"]], (whose(row["person"]), row["account"])
        if number > 1 and number > best.get(of, ("", 0))[1]:
            best[of] = (row["month"], number)
    return sorted((who, account, first_of(at(month)), number) for (who, account), (month, number) in best.items())


def _moved(rows: list[dict[str, Any]]) -> list[Any]:
    months: dict[Any, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        months[whose(row["person"]), row["programme"]][at(row["month"])].add(row["account"])
    found = []
    for (who, _), by_month in months.items():
        order = sorted(by_month)
        for before, month in zip(order, order[1:], strict=False):  # noqa: RUF007 - the last has no next
            fresh = by_month[month] - by_month[before]
            found += [(who, account, first_of(month)) for account in fresh]
    return sorted(found)


@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, max_size=12), st.lists(PERIOD, max_size=5), DEAD)
def test_what_nobody_was_owed_is_what_the_rule_says_payment_by_payment(
    database: Database, rows: list[dict[str, Any]], periods: list[dict[str, Any]], dead: dict[str, int]
) -> None:
    with reading(database) as session:
        world = World(session, rows, KeyRing.ephemeral())
        world.standing(dead)
        for one in periods:
            last = None if one["months"] is None else first_of(at(MONTHS[0]) + one["start"] + one["months"])
            session.add(Coverage(
                row_id=new_id(), coverage_id=new_id(), person_id=world.ids[one["person"]], area=VILLAGE,
                programme=one["programme"], start=first_of(at(MONTHS[0]) + one["start"]), end=last, recorded_at=now(),
            ))  # fmt: skip
        session.flush()
        names = {key: whose(name) for name, key in world.ids.items()}
        found = unowed.unowed_payment(world.ground()).with_columns(pl.col("subject_id").replace(names))
        naive: dict[Any, list[Any]] = defaultdict(list)
        for one in rule.find(session, CALLER, believed(Payment, NOW)):
            if one.unowed:
                naive[names[one.payment.person_id or ""], one.payment.programme].append(one)
    told = sorted(found.select("subject_id", "code", "number", "count", "valid_from").rows())
    assert told == sorted(
        (
            who,
            "dead" if any(one.dead for one in ones) else "ended",
            sum(one.payment.amount_fen for one in ones) / 100,
            len({one.payment.month for one in ones}),
            date.fromisoformat(f"{min(one.payment.month for one in ones)}-01"),
        )
        for (who, _), ones in naive.items()
    )
