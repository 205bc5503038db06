"""What is known of the people, households and accounts of a payout list, as frames to join it with."""

from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import Select, not_, select
from sqlmodel import Session, col

from kit.auth import Caller
from kit.bulk import insert_frame, select_frame
from kit.columns import new_ids
from kit.crypto import KeyRing
from kit.scope import lies_in, within
from registry.households.numbers import called, county_of
from registry.households.tables import Household, Membership
from registry.payments.tables import Payment, PaymentAccount, PaymentParty
from registry.persons.sealed import ID_NUMBER
from registry.persons.tables import Person, PersonVersion
from registry.times import NOW, believed, standing

TEXT = pl.String
PRESENT = pl.Schema(
    {
        "payment_id": TEXT, "version": pl.Int64, "month": TEXT, "programme": TEXT, "kind": TEXT, "area": TEXT,
        "person_id": TEXT, "household_id": TEXT, "household_number": TEXT, "name": TEXT, "party_id": TEXT,
        "payee": TEXT, "account_id": TEXT, "bank": TEXT, "amount_fen": pl.Int64, "paid_on": pl.Date, "serial": TEXT,
        "bank_return": TEXT, "return_reason": TEXT, "returned_on": pl.Date, "source_import": TEXT,
    }
)  # fmt: skip


@dataclass(frozen=True)
class Vault:
    """A table of values that are sealed once each: its key, sealed and blind columns, and what they are bound to."""

    table: Any
    key: str
    sealed: str
    blind: str
    context: str


ACCOUNTS = Vault(PaymentAccount, "account_id", "account_sealed", "account_blind", "payment.account")
PARTIES = Vault(PaymentParty, "party_id", "number_sealed", "number_blind", "payment.number")


@dataclass(frozen=True)
class Known:
    """`people`: id_key, person_id, its name and area; `households`: county, number, household_id, area (null: it lies
    outside the caller's); `members`: household_id, name, person_id; `present`: the payments of these months."""

    people: pl.DataFrame
    households: pl.DataFrame
    members: pl.DataFrame
    present: pl.DataFrame


def load(session: Session, ring: KeyRing, caller: Caller, rows: pl.DataFrame) -> Known:
    """All that rows (as `reading` types them) can be joined with; whole, not row by row."""
    return Known(
        people=_people(session, ring, caller, rows["id_key"]),
        households=_households(session, caller),
        members=_members(session, caller),
        present=present(session, caller, rows["month"].drop_nulls().unique().to_list()),
    )


def _of(*columns: Any) -> Select[Any]:
    """A query for these columns; what each holds is said by the frame it becomes."""
    return select(*columns)


def present(session: Session, caller: Caller, months: list[str]) -> pl.DataFrame:
    """What is believed to have been paid for these months within the caller's area."""
    query = select(*(getattr(Payment, name) for name in PRESENT)).where(
        *believed(Payment, NOW), within(caller, col(Payment.area)), col(Payment.month).in_(months)
    )
    return select_frame(session, query, PRESENT)


def _forms(values: pl.Series, ring: KeyRing, context: str) -> pl.DataFrame:
    """Each distinct value with every form in which its index may stand."""
    pairs = [(one, form) for one in values.drop_nulls().unique() for form in ring.blinds(one, context)]
    return pl.DataFrame(pairs, schema={"value": TEXT, "blind": TEXT}, orient="row")


def _people(session: Session, ring: KeyRing, caller: Caller, numbers: pl.Series) -> pl.DataFrame:
    query = (
        _of(
            col(PersonVersion.person_id),
            col(PersonVersion.name),
            col(PersonVersion.area),
            col(PersonVersion.id_number_blind),
        )
        .join(Person, col(Person.person_id) == col(PersonVersion.person_id))
        .where(
            col(Person.survivor_id).is_(None),
            col(PersonVersion.id_number_blind).is_not(None),
            within(caller, col(PersonVersion.area)),
            *standing(PersonVersion, NOW),
        )
    )
    shape = {"person_id": TEXT, "person_name": TEXT, "person_area": TEXT, "blind": TEXT}
    people = select_frame(session, query, shape)
    found = _forms(numbers, ring, ID_NUMBER).join(people, on="blind").drop("blind")
    return found.rename({"value": "id_key"}).sort("id_key", "person_id")


def _households(session: Session, caller: Caller) -> pl.DataFrame:
    query = _of(col(Household.county), col(Household.number), col(Household.household_id), col(Household.area)).where(
        within(caller, col(Household.area))
    )
    own = select_frame(session, query, {"county": TEXT, "number": TEXT, "household_id": TEXT, "area": TEXT})
    others = _elsewhere(session, caller).with_columns(household_id=pl.lit(None, TEXT)).select(own.columns)
    homes = called(pl.concat([own, others]), caller)
    return homes.with_columns(home=pl.when(pl.col("household_id").is_not_null()).then("area")).drop("area")


def _elsewhere(session: Session, caller: Caller) -> pl.DataFrame:
    """Only the numbers: a household next door is not described, but its number is taken."""
    query = _of(col(Household.county), col(Household.number), col(Household.area)).where(
        lies_in(caller, col(Household.area), county_of(caller)), not_(within(caller, col(Household.area)))
    )
    return select_frame(session, query, {"county": TEXT, "number": TEXT, "area": TEXT})


def _members(session: Session, caller: Caller) -> pl.DataFrame:
    query = (
        _of(col(Membership.household_id), col(PersonVersion.name), col(PersonVersion.person_id))
        .join(PersonVersion, col(PersonVersion.person_id) == col(Membership.person_id))
        .where(*standing(Membership, NOW), *standing(PersonVersion, NOW), within(caller, col(PersonVersion.area)))
    )
    found = select_frame(session, query, {"household_id": TEXT, "name": TEXT, "member_id": TEXT})
    return found.sort("member_id").unique(["household_id", "name"], keep="first", maintain_order=True)


def ids_of(session: Session, ring: KeyRing, values: pl.Series, vault: Vault) -> pl.DataFrame:
    """The id of each distinct value that is kept already: `value`, `id`."""
    query = select(getattr(vault.table, vault.key), getattr(vault.table, vault.blind))
    there = select_frame(session, query, {"id": TEXT, "blind": TEXT})
    return _forms(values, ring, vault.context).join(there, on="blind").select("value", "id").unique("value")


def keep(session: Session, ring: KeyRing, values: pl.Series, vault: Vault) -> pl.DataFrame:
    """The id of each distinct value; each that is not kept yet is sealed, once."""
    found = ids_of(session, ring, values, vault)
    fresh = values.drop_nulls().unique().sort()
    fresh = fresh.filter(~fresh.is_in(found["value"].implode()))
    if fresh.is_empty():
        return found
    texts, ids = fresh.to_list(), new_ids(fresh.len())
    made = pl.DataFrame(
        {
            vault.key: ids,
            vault.sealed: [ring.encrypt(one, vault.context) for one in texts],
            vault.blind: [ring.blind(one, vault.context) for one in texts],
        }
    )
    insert_frame(session, vault.table.__table__, made, {})
    return pl.concat([found, pl.DataFrame({"value": texts, "id": ids})])
