"""What a payout list means for what is on record: which of its lines are new, restated, there already, or twice in it.

Pure: frames in, frames out. Two lines are one payment when month, programme, kind, household, name, number, account,
amount and serial number agree; what the bank said, the days and the holder's name are told of it, and may come later.
What a list leaves open never wipes out what is known.
"""

from dataclasses import dataclass

import polars as pl

from kit.columns import new_ids
from registry.intake.issues import Rows, issue
from registry.payments.known import Known

UNIT = ("month", "programme", "kind", "household_number", "name", "party")
KEY = (*UNIT, "account_key", "amount_fen", "serial")
TOLD = ("payee", "bank", "paid_on", "bank_return", "return_reason", "returned_on", "area")
LINKS = ("person_id", "household_id")
OUTCOMES = ("accepted", "updated", "unchanged", "duplicate", "rejected")


@dataclass(frozen=True)
class Plan:
    """`rows`: every line of the file with its outcome; those accepted or updated with payment_id and version;
    `issues`: all of them."""

    rows: pl.DataFrame
    issues: pl.DataFrame

    @property
    def to_write(self) -> pl.DataFrame:
        """Lines that are not on record yet as they stand, in order."""
        return self.rows.filter(pl.col("outcome").is_in(["accepted", "updated"]) & ~pl.col("written"))


@dataclass(frozen=True)
class Refs:
    """Ids of the accounts and numbers of a list that are known: `value`, `id`."""

    accounts: pl.DataFrame
    parties: pl.DataFrame


def make_plan(read: Rows, known: Known, refs: Refs, area: str, import_id: str) -> Plan:
    """The outcome of every line. `area`: of whoever imports, for lines that name no other."""
    placed = _placed(read.frame.rename({"household": "household_number"}), known, area)
    outside = placed.filter("outside")
    more = [issue(outside, "household-outside")]
    placed = placed.with_columns(pl.col("rejected") | pl.col("outside")).drop("outside")
    sound = _keyed(placed.filter(~pl.col("rejected")), refs)
    unknown = pl.col("household_id").is_null() & pl.col("person_id").is_null()
    more.append(issue(sound.filter(unknown), "household-unknown"))
    first = sound.with_columns(first=pl.struct(KEY).is_first_distinct())
    more.append(issue(first.filter(~pl.col("first")), "duplicate-in-file"))
    judged = _judged(first.filter("first").drop("first"), _present(known), import_id)
    more += [
        issue(judged.filter("return_kept"), "bank-return-kept"),
        issue(_seconds(judged, _present(known)), "second-payment"),
    ]
    rows = pl.concat(
        [
            judged.drop("return_kept"),
            _without(first.filter(~pl.col("first")), "duplicate"),
            _without(placed.filter("rejected"), "rejected"),
        ],
        how="diagonal",
    )
    return Plan(rows.sort("line"), pl.concat([read.issues, *more]))


def _without(rows: pl.DataFrame, outcome: str) -> pl.DataFrame:
    """Lines nothing is written of."""
    return rows.select("line", "amount_fen", outcome=pl.lit(outcome), written=pl.lit(value=True))


def _placed(rows: pl.DataFrame, known: Known, area: str) -> pl.DataFrame:
    """Whose each line is, as far as the registry knows, and the area that scopes it."""
    # A number of another name may be a slip into the next line, or the payee's: then the household says who.
    people = known.people.unique(["id_key", "person_name"], keep="first", maintain_order=True)
    homes = known.households.unique(["county", "number"], keep="first", maintain_order=True)
    rows = rows.with_columns(county=pl.col("division").fill_null(area).str.slice(0, 6))
    rows = rows.join(
        homes.with_columns(taken=pl.lit(value=True)),
        left_on=["county", "household_number"],
        right_on=["county", "number"],
        how="left",
        maintain_order="left",
    )
    rows = rows.join(
        people, left_on=["id_key", "name"], right_on=["id_key", "person_name"], how="left", maintain_order="left"
    )
    rows = rows.join(known.members, on=["household_id", "name"], how="left", maintain_order="left")
    return rows.with_columns(
        pl.coalesce("person_id", "member_id").alias("person_id"),
        pl.coalesce("division", "home", "person_area", pl.lit(area)).alias("area"),
        outside=pl.col("taken").fill_null(value=False) & pl.col("household_id").is_null(),
    ).drop("county", "home", "taken", "person_area", "member_id")


def _keyed(rows: pl.DataFrame, refs: Refs) -> pl.DataFrame:
    """With what lines are compared by: an account or number not known yet equals none on record."""
    for values, name, found in (("account", "account_key", refs.accounts), ("id_number", "party", refs.parties)):
        rows = rows.join(found.rename({"value": values, "id": name}), on=values, how="left", maintain_order="left")
        rows = rows.with_columns(pl.coalesce(name, pl.concat_str(pl.lit("?"), values)).alias(name))
    return rows


def _present(known: Known) -> pl.DataFrame:
    return known.present.rename({"account_id": "account_key", "party_id": "party"})


def _judged(rows: pl.DataFrame, present: pl.DataFrame, import_id: str) -> pl.DataFrame:
    """New, restated, or there already; the values as they will stand."""
    there = present.unique(list(KEY), keep="first", maintain_order=True)
    was = {name: f"{name}_was" for name in (*TOLD, *LINKS)}
    there = there.rename({**was, "source_import": "source_was"})
    rows = rows.join(there, on=list(KEY), how="left", nulls_equal=True, maintain_order="left")
    old = pl.col("payment_id").is_not_null()
    open_ = pl.col("bank_return").is_null() | (pl.col("bank_return") == "none")
    kept = old & open_ & pl.col("bank_return_was").is_in(["paid", "returned"])
    rows = rows.with_columns(
        return_kept=kept & pl.col("bank_return").is_not_null(),
        bank_return=pl.when(open_).then(None).otherwise("bank_return"),
        area=pl.when(old & pl.col("division").is_null()).then("area_was").otherwise("area"),
    )
    rows = rows.with_columns(
        *(pl.coalesce(name, was[name]).alias(name) for name in TOLD if name != "bank_return"),
        *(pl.coalesce(was[name], name).alias(name) for name in LINKS),
        bank_return=pl.coalesce("bank_return", "bank_return_was", pl.lit("none")),
    )
    changed = pl.any_horizontal(pl.col(name).ne_missing(pl.col(was[name])) for name in (*TOLD, *LINKS))
    mine = old & (pl.col("source_was") == import_id)  # a chunk written before the process ended
    brought = pl.when(pl.col("version") == 1).then(pl.lit("accepted")).otherwise(pl.lit("updated"))
    outcome = pl.when(mine).then(brought).when(~old).then(pl.lit("accepted"))
    outcome = outcome.when(changed).then(pl.lit("updated"))
    rows = rows.with_columns(written=mine, outcome=outcome.otherwise(pl.lit("unchanged")))
    rows = rows.drop(*was.values(), "source_was")
    fresh = pl.Series("fresh", new_ids(rows.height), dtype=pl.String)
    return rows.with_columns(
        payment_id=pl.coalesce("payment_id", fresh),
        version=pl.when("written").then("version").otherwise(pl.col("version").fill_null(0) + 1),
    )


def _seconds(rows: pl.DataFrame, present: pl.DataFrame) -> pl.DataFrame:
    """New regular payments to somebody who has another for that month and programme."""
    fresh = rows.filter((pl.col("outcome") == "accepted") & (pl.col("kind") == "regular"))
    every = pl.concat([present.select("payment_id", *UNIT), fresh.select("payment_id", *UNIT)]).unique("payment_id")
    twice = every.group_by(UNIT).len().filter(pl.col("len") > 1).drop("len")
    return fresh.join(twice, on=list(UNIT), how="semi", nulls_equal=True)
