"""What the registers of each area hold in the matrix, and what straddles the areas of whoever left support."""

from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from kit.columns import new_id, now
from kit.crypto import KeyRing
from registry.coverage.tables import Coverage
from registry.households.tables import Membership
from registry.ledger.tables import CaseItem
from registry.payments.tables import Payment
from registry.persons import store as persons
from tests.matrix.people import Planted

Entries = dict[str, tuple[str, dict[str, Any]]]


def entries(one: Planted) -> Entries:
    """Name → register and values: petitions, a line of income, and what `_money` has."""
    who = {"name": one.name, "id_number": one.number}
    told = {"petitioner": who, "class": "request", "matter": f"反映{one.name}家低保被停发"}
    line = {
        "household": one.values["household"], "earner": who, "period": "2021-04", "item": "wages", "counted": True,
        "source": "合同", "amount": 120000, "imputed": False,
    }  # fmt: skip
    return {
        **_money(one),
        "petition_first": ("petition", {**told, "number": f"{one.name}1", "received_on": "2019-01-01"}),
        "petition_second": ("petition", {**told, "number": f"{one.name}2", "received_on": "2020-01-01"}),
        "income": ("income-sheet", line),
    }


def _money(one: Planted) -> Entries:
    """An emergency that waits, a fund with money in it, money that came, and something to come back."""
    who, surname = {"name": one.name, "id_number": one.number}, one.values["surname"]
    aid = {"number": f"{surname}救1", "recipient": who, "type": "emergency", "cause": "disaster", "aid_first": True}
    fund = {"fund": f"{surname}备用金", "number": "1", "booked_on": "2021-05-01", "kind": "top-up", "amount": 10000}
    flow = {
        "number": f"{surname}文1", "step": "source", "level": "county", "programme": "dibao-rural", "amount": 10000,
        "period": "2021-01", "booked_on": "2021-01-05",
    }  # fmt: skip
    back = {
        "number": f"{surname}追1", "debtor": who, "programme": "dibao-rural", "ground": "wrongly", "overpaid": 500,
        "first_month": "2021-01", "last_month": "2021-01", "found_on": "2021-05-01", "pay_by": "2021-07-01",
    }  # fmt: skip
    return {
        "aid": ("temporary-aid", {**aid, "clue_at": "2021-05-31 12:00"}),
        "reserve": ("reserve-fund", fund),
        "fund_flow": ("fund-flow", flow),
        "recovery": ("recovery", back),
    }


def left(session: Session, ring: KeyRing, own: Planted, there: Planted) -> None:
    """Who left the township's support is supported and paid next door; somebody registered (and dead) there left
    it too; and a case next door means the township's."""
    mine = (col(Coverage.person_id) == own.values["gone"], col(Coverage.area) == own.area)
    values = session.exec(select(Coverage).where(*mine)).one().model_dump()

    def more(**changes: Any) -> None:
        session.add(Coverage(**values | {"row_id": new_id(), "coverage_id": new_id(), **changes}))

    more(area=there.area, start=date(2021, 5, 1), end=None, end_reason=None)
    told = {"name": f"{there.values['surname']}故人", "died_on": date(2021, 1, 1)}
    dead = persons.create(session, persons.columns_of(ring, told, there.area), date(2015, 1, 1))
    more(person_id=dead.person_id, household_id=there.values["household_id"])
    _headed(session, own.values["household_id"], dead.person_id)
    paid = session.exec(select(Payment).where(col(Payment.person_id) == own.values["gone"])).one()
    for month in (paid.month, "2021-02"):
        session.add(Payment(**paid.model_dump() | {"payment_id": new_id(), "area": there.area, "month": month}))
    item = session.exec(select(CaseItem).where(col(CaseItem.case_id) == there.values["case_person"])).one()
    item.person_id, item.code = own.values["gone"], "W1"
    session.add(item)


def _headed(session: Session, household_id: str, person_id: str) -> None:
    """Somebody from next door headed the township's household before anybody: its matters are told of its own head."""
    since = {"valid_from": date(2000, 1, 1), "recorded_at": now()}
    session.add(Membership(membership_id="0" + new_id()[1:], household_id=household_id, person_id=person_id,
                           relation="户主", is_head=True, **since))  # fmt: skip
