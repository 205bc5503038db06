"""The registry's people as frames, from sealed files: a base, and beside it what changed since.

The files are never altered; the standing row lists which of them count, in order, so that a killed worker
finds either the old list or the new one. Frames only: who reads a person at a time asks the registry.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from kit.columns import new_id
from matcher.frames import COVERAGE, IDENTITY, PAUSES, PERSON, conform
from matcher.sealed import Vault

FOLDER = "people"
# A file holds what the registry told of a person when it was written: one made before something more was told lacks
# it, and everybody is taken anew (`is_current`).
MARK = f"{FOLDER}/2-"
NOBODY = "-"  # the survivor of somebody the registry no longer has

_FORMER = pl.Struct({"name": pl.String, "id_number": pl.String})
_PAUSE = pl.Struct({"start": pl.String, "end": pl.String})
_SOURCE = pl.Struct({"import_id": pl.String, "line": pl.Int64})
_COVERAGE = pl.Struct(
    {
        "coverage_id": pl.String,
        "programme": pl.String,
        "form": pl.String,
        "start": pl.String,
        "end": pl.String,
        "household_id": pl.String,
        "household_size": pl.Int64,
        "covered_count": pl.Int64,
        "amount_fen": pl.Int64,
        "suspensions": pl.List(_PAUSE),
        "source": _SOURCE,
    }
)
# A person as the registry sends one (PersonOut), column by column.
PEOPLE: dict[str, pl.DataType | type[pl.DataType]] = {
    "person_id": pl.String,
    "subject_id": pl.String,
    "survivor_id": pl.String,
    "name": pl.String,
    "id_number": pl.String,
    "sex": pl.String,
    "birth_date": pl.String,
    "ethnic": pl.String,
    "division": pl.String,
    "address": pl.String,
    "phone": pl.String,
    "household_id": pl.String,
    "household_number": pl.String,
    "relation": pl.String,
    "is_head": pl.Boolean,
    "former": pl.List(_FORMER),
    "coverage": pl.List(_COVERAGE),
    "source": _SOURCE,
}
# What linking looks at: while none of these changes, no link can change.
_TELLING = [name for name in PEOPLE if name not in ("survivor_id", "relation", "is_head", "coverage", "source")]


def is_current(files: Sequence[str]) -> bool:
    """Whether these files hold all the registry tells of a person nowadays."""
    return all(name.startswith(MARK) for name in files)


def from_lines(lines: Sequence[bytes]) -> pl.DataFrame:
    """The PEOPLE frame of an export's NDJSON lines."""
    if not lines:
        return pl.DataFrame(schema=PEOPLE)
    schema: dict[str, pl.DataType | type[pl.DataType]] = {"kind": pl.String, "person": pl.Struct(PEOPLE)}
    return pl.read_ndjson(b"\n".join(lines), schema=schema).select("person").unnest("person")


def from_changes(changes: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """The last word of each changed person, with `gone` for those who are nobody any more (merged, erased)."""
    last: dict[str, dict[str, Any]] = {}
    for change in changes:
        if change["kind"] == "person":
            gone = {"person_id": str(change["id"]), "survivor_id": change.get("survivor_id") or NOBODY}
            last[str(change["id"])] = change.get("person") or gone
    rows = [{name: person.get(name) for name in PEOPLE} for person in last.values()]
    return pl.DataFrame(rows, schema=PEOPLE, orient="row")


def survivors(delta: pl.DataFrame) -> dict[str, str]:
    """Merged person → who remained, of those `delta` tells it of."""
    merged = delta.filter(pl.col("survivor_id").is_not_null() & (pl.col("survivor_id") != NOBODY))
    return dict(merged.select("person_id", "survivor_id").iter_rows())


def identity_changed(before: pl.DataFrame, delta: pl.DataFrame) -> bool:
    """Whether `delta` touches anything linking looks at."""
    return altered(before, delta).height > 0


def altered(before: pl.DataFrame, delta: pl.DataFrame) -> pl.DataFrame:
    """The people of `delta` of whom it says anything that linking looks at and `before` does not say already."""
    known = before.join(delta, on="person_id", how="semi").select("person_id", _told().alias("was"))
    both = delta.join(known, on="person_id", how="left", maintain_order="left").with_columns(_told().alias("is"))
    gone = pl.col("survivor_id").is_not_null()
    other = pl.when(gone).then(pl.col("was").is_not_null()).otherwise(pl.col("was").ne_missing(pl.col("is")))
    return both.filter(other).select(list(PEOPLE))


def _told() -> pl.Expr:
    return pl.struct(_TELLING).hash()


def overlay(before: pl.DataFrame, delta: pl.DataFrame) -> pl.DataFrame:
    """`before` with every person of `delta` as it says, and without those it says are gone."""
    kept = before.join(delta, on="person_id", how="anti")
    return pl.concat([kept, alive(delta)])


def alive(people: pl.DataFrame) -> pl.DataFrame:
    """Those who are nobody else now."""
    return people.filter(pl.col("survivor_id").is_null())


@dataclass
class PeopleFiles:
    """Reads and writes the files of the snapshot, and keeps the last one read in memory."""

    vault: Vault
    _files: tuple[str, ...] = ()
    _frame: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PEOPLE), repr=False)

    def write(self, frame: pl.DataFrame) -> str:
        """A new file; it counts once the standing row names it."""
        name = f"{MARK}{new_id()}"
        self.vault.put_frame(name, frame)
        return name

    def read(self, files: Sequence[str]) -> pl.DataFrame:
        """Everybody alive according to `files`, one row each."""
        wanted = tuple(files)
        if wanted != self._files:
            known = len(self._files)
            if known and wanted[:known] == self._files:
                frame, rest = self._frame, wanted[known:]
            else:
                frame, rest = pl.DataFrame(schema=PEOPLE), wanted
            for name in rest:
                frame = overlay(frame, conform(self.vault.get_frame(name), PEOPLE))
            self._files, self._frame = wanted, frame
        return self._frame

    def sweep(self, files: Sequence[str]) -> None:
        """Remove the files no longer named. Only for the holder of the standing row."""
        for name in set(self.vault.names(FOLDER)) - set(files):
            self.vault.drop(name)


def identities(people: pl.DataFrame) -> pl.DataFrame:
    """IDENTITY rows: everybody as known now, and once more for each former name or number."""
    base = people.rename({"person_id": "id", "household_id": "household"})
    former = base.explode("former").filter(pl.col("former").is_not_null())
    former = former.with_columns(
        pl.coalesce(pl.col("former").struct.field("name"), "name").alias("name"),
        pl.coalesce(pl.col("former").struct.field("id_number"), "id_number").alias("id_number"),
    )
    rows = pl.concat([conform(base, IDENTITY), conform(former, IDENTITY)])
    return rows.unique(maintain_order=True)


def persons(people: pl.DataFrame) -> pl.DataFrame:
    """PERSON rows of the registered."""
    return conform(
        people.select(
            pl.col("person_id").alias("subject_id"),
            pl.lit(True).alias("registered"),
            pl.col("household_id").alias("household_key"),
            pl.col("division").alias("area"),
            pl.col("birth_date").str.to_date("%Y-%m-%d", strict=False),
        ),
        PERSON,
    )


def coverage(people: pl.DataFrame) -> pl.DataFrame:
    """COVERAGE rows of the registered."""
    part = pl.col("coverage").struct
    pause = pl.element().struct
    days = pl.struct(
        pause.field("start").str.to_date("%Y-%m-%d", strict=False),
        pause.field("end").str.to_date("%Y-%m-%d", strict=False),
    )
    rows = people.select("person_id", "household_id", "coverage").explode("coverage")
    rows = rows.filter(pl.col("coverage").is_not_null())
    return conform(
        rows.select(
            pl.col("person_id").alias("subject_id"),
            pl.coalesce(part.field("household_id"), "household_id").alias("household_key"),
            part.field("programme"),
            part.field("form"),
            part.field("start").str.to_date("%Y-%m-%d", strict=False),
            part.field("end").str.to_date("%Y-%m-%d", strict=False),
            part.field("household_size"),
            part.field("suspensions").list.eval(days).cast(PAUSES),
            pl.format(
                "{}:{}",
                part.field("source").struct.field("import_id"),
                part.field("source").struct.field("line"),
            ).alias("source"),
        ),
        COVERAGE,
    )
