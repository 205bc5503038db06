"""Payouts that begin in another account than the ones before, and who had brought the new account in (A7)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import select
from sqlmodel import col

from kit.scope import within
from registry.access.account_tables import Account
from registry.access.tables import Client
from registry.coverage.tables import Coverage
from registry.facts.ground import BULK, TEXT, Ground, people, shaped
from registry.facts.paid import account_token, month_start, sourced
from registry.facts.payouts import joined, with_tokens
from registry.imports.tables import Import
from registry.payments.accounts import COVERAGE_ACCOUNT
from registry.payments.tables import PaymentImport
from registry.settings import CHINA

HAND, FILE = "by-hand", "by-import"


@dataclass(frozen=True)
class Brought:
    """How an account came in: the day, the import, whose import it was; no import: by hand."""

    on: date
    by: str | None
    code: str


def account_change(ground: Ground) -> pl.DataFrame:
    """Of each change the account's first row on record of that person: as a coverage import stated it, else as the
    payout list did."""
    rows = joined(with_tokens(ground), ("subject_id", "programme", "about")).with_row_index("at")
    found = sourced(rows.filter(pl.col("at").is_in(changes_of(rows).implode())))
    stated, lists = _stated(ground, found), _lists(ground, found["batch_id"].unique().to_list())
    names = _names(ground, [one.by for one in (*stated.values(), *lists.values()) if one.by])
    told = [
        _told(row, stated.get((row["subject_id"], row["about"])) or lists.get(row["batch_id"]), names)
        for row in found.iter_rows(named=True)
    ]
    said = pl.DataFrame(told, schema={"text": TEXT, "code": TEXT, "count": pl.Int64}, orient="row")
    whole = pl.concat([found, said], how="horizontal").with_columns(valid_from=month_start(pl.col("first")))
    return shaped("account-change", whole)


def changes_of(rows: pl.DataFrame) -> pl.Series:
    """`at` of stretches whose account got nothing in the last month paid before they began. Pure; rows: at, subject_id,
    programme, about, first, last; stretches of one account do not touch."""
    of = ["subject_id", "programme"]
    there = rows.select("at", *of, "about", "first", "last")
    # Where no account was stated, nobody can say that it was another.
    there = there.filter(pl.col("about").is_not_null()).filter(pl.len().over(of) > 1)
    pairs = there.join(there, on=of, suffix="_before").filter(pl.col("first_before") < pl.col("first"))
    reached = pl.min_horizontal(pl.col("last_before"), pl.col("first") - 1)
    same = pl.col("about") == pl.col("about_before")
    latest = pairs.group_by("at").agg(other=reached.filter(~same).max(), own=reached.filter(same).max().fill_null(-1))
    return latest.filter(pl.col("other") > pl.col("own"))["at"].sort()


def _told(row: Mapping[str, Any], brought: Brought | None, names: Mapping[str, str]) -> dict[str, Any]:
    if brought is None:
        return {"text": None, "code": None, "count": None}
    # A list of what was paid long ago brought nothing in before it was paid: how many days is then unknown.
    days = None if row["paid_on"] is None else (row["paid_on"] - brought.on).days
    return {
        "text": names.get(brought.by or ""),
        "code": brought.code,
        "count": days if days is not None and days >= 0 else None,
    }


def _stated(ground: Ground, found: pl.DataFrame) -> dict[tuple[str, str], Brought]:
    """(subject, account) → when support was first recorded with that account, of these subjects."""
    wanted = found["subject_id"].unique()
    ids = people(ground).filter(pl.col("subject_id").is_in(wanted.implode()))
    whose, first = dict(ids.iter_rows()), dict[tuple[str, str], Brought]()
    owners = _import_owners(ground)
    for row in _recorded(ground, list(whose)):
        token = account_token(ground, ground.ring.decrypt(row.account_sealed, COVERAGE_ACCOUNT))
        source = row.source_import
        brought = Brought(row.recorded_at.astimezone(CHINA).date(), owners.get(source or ""), FILE if source else HAND)
        first.setdefault((whose[row.person_id], token or ""), brought)
    return first


def _recorded(ground: Ground, ids: list[str]) -> Iterator[Any]:
    """Everything ever believed of these people's accounts, oldest first."""
    names = ("person_id", "account_sealed", "recorded_at", "source_import", "row_id")
    rows: list[Any] = []
    for start in range(0, len(ids), BULK):
        query = select(*(getattr(Coverage, name) for name in names)).where(
            col(Coverage.person_id).in_(ids[start : start + BULK]),
            col(Coverage.account_sealed).is_not(None),
            within(ground.caller, col(Coverage.area)),
        )
        rows += ground.session.execute(query).all()
    return iter(sorted(rows, key=lambda row: (row.recorded_at, row.row_id)))


def _import_owners(ground: Ground) -> dict[str, str]:
    rows = ground.session.execute(select(col(Import.import_id), col(Import.client_id))).all()
    return {str(row[0]): str(row[1]) for row in rows}


def _lists(ground: Ground, ids: list[str]) -> dict[str, Brought]:
    """Payout lists as what brought an account in."""
    found: dict[str, Brought] = {}
    for start in range(0, len(ids), BULK):
        query = select(col(PaymentImport.import_id), col(PaymentImport.client_id), col(PaymentImport.created_at)).where(
            col(PaymentImport.import_id).in_(ids[start : start + BULK])
        )
        for import_id, client, at in ground.session.execute(query):
            found[import_id] = Brought(at.astimezone(CHINA).date(), client, FILE)
    return found


def _names(ground: Ground, ids: Iterable[str]) -> dict[str, str]:
    """What these programs and staff are called."""
    wanted, found = sorted(set(ids)), dict[str, str]()
    for key, name in ((Client.client_id, Client.name), (Account.account_id, Account.name)):
        for start in range(0, len(wanted), BULK):
            query = select(col(key), col(name)).where(col(key).in_(wanted[start : start + BULK]))
            found |= {str(row[0]): str(row[1]) for row in ground.session.execute(query).all()}
    return found
