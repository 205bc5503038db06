"""How good one delivery's data are, for the agency that sent it: what is missing, what is wrong, what got worse.

It speaks of the file alone. Whether a row was linked, or its person is covered, is not in it: a batch of one row would
tell that of one person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from china.dates import read_column as read_dates
from china.id_numbers import read_column as read_numbers
from china.phones import read_column as read_phones
from china.text import plain_column

LINES_NAMED = 20
# A number that needs no mending: eighteen characters, or the disability card that begins with them.
_AS_WRITTEN = r"^[0-9]{17}[0-9X](?:[1-7][1-4][0-9A-Z]{0,2})?$"
_ISSUE = pl.List(
    pl.Struct(
        {
            "code": pl.String,
            "severity": pl.String,
            "pointer": pl.String,
            "message_zh": pl.String,
            "hint": pl.String,
        }
    )
)


@dataclass(frozen=True)
class Field:
    """A column of the delivery: our name, its title, and the kind of value it holds."""

    name: str
    title: str
    kind: str


def quality_of(rows: pl.DataFrame, records: pl.DataFrame, fields: Sequence[Field]) -> dict[str, Any]:
    """The figures of one delivery.

    `rows`: line, outcome, issues (JSON) of every row; `records`: the cells of the rows taken, text as sent. Shares are
    of the rows taken, a column's `valid` of its filled cells; None where there is nothing to have a share of.
    """
    total = rows.height
    outcomes = dict(rows.group_by("outcome").len().sort("outcome").iter_rows())
    return {
        "rows": total,
        "outcomes": outcomes,
        "rejected_share": share(outcomes.get("rejected", 0), total),
        "warned_share": share(outcomes.get("accepted_with_warnings", 0), total),
        "duplicate_share": share(outcomes.get("duplicate_in_batch", 0), total),
        "issues": _issues(rows),
        "columns": [_column(field, records) for field in fields if field.name in records.columns],
        "id_numbers": _numbers(records["id_number"]) if "id_number" in records.columns else None,
    }


def differences(now: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """What moved since the delivery before: shares in points, issues in rows; keys as in the figures themselves."""
    filled = {column["name"]: column for column in before["columns"]}
    issues = {issue["code"]: 0 for issue in [*before["issues"], *now["issues"]]}
    for issue in now["issues"]:
        issues[issue["code"]] += issue["rows"]
    for issue in before["issues"]:
        issues[issue["code"]] -= issue["rows"]
    return {
        "rows": now["rows"] - before["rows"],
        **{name: _moved(now[name], before[name]) for name in ("rejected_share", "warned_share", "duplicate_share")},
        "issues": {code: moved for code, moved in sorted(issues.items()) if moved},
        "columns": {
            column["name"]: moved
            for column in now["columns"]
            if (moved := _moved(column["filled_share"], filled.get(column["name"], {}).get("filled_share")))
        },
        "id_valid_share": _moved(*((one["id_numbers"] or {}).get("valid_share") for one in (now, before))),
    }


def share(part: int, whole: int) -> float | None:
    """A share rounded to four places; None of nothing."""
    return round(part / whole, 4) if whole else None


def _moved(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else round(now - before, 4)


def _issues(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """By code and column, the commonest first: how many rows, the text of the first, and where to look."""
    marked = rows.filter(pl.col("issues") != "[]").select("line", pl.col("issues").str.json_decode(_ISSUE))
    one = marked.explode("issues").unnest("issues")
    found = one.group_by("code", "severity", "pointer", maintain_order=True).agg(
        rows=pl.col("line").n_unique(),
        message=pl.col("message_zh").first(),
        hint=pl.col("hint").first(),
        lines=pl.col("line").unique(maintain_order=True).head(LINES_NAMED),
    )
    found = found.sort(["rows", "code", "pointer"], descending=[True, False, False])
    return [{**row, "share": share(row["rows"], rows.height)} for row in found.iter_rows(named=True)]


def _column(field: Field, records: pl.DataFrame) -> dict[str, Any]:
    """How often a column is filled and, where its kind can be read, how often what it holds is sound."""
    counted = records.group_by(pl.col(field.name).alias("cell")).len("times")  # what is said often is read once
    filled = plain_column(counted["cell"]).is_not_null()
    count = int(counted["times"].filter(filled).sum())
    sound = _sound(field.kind, counted["cell"])
    valid = None if sound is None else int(counted["times"].filter(sound & filled).sum())
    return {
        "name": field.name,
        "title": field.title,
        "kind": field.kind,
        "filled": count,
        "filled_share": share(count, records.height),
        "valid_share": None if valid is None else share(valid, count),
    }


def _sound(kind: str, cells: pl.Series) -> pl.Series | None:
    if kind in ("date", "birth_date"):
        found = read_dates(cells)
        return found["date"].is_not_null() | (found["reason"] == "open-ended").fill_null(value=False)
    if kind == "phone":
        return read_phones(cells)["valid"].fill_null(value=False)
    if kind in ("id_number", "card"):
        return read_numbers(cells)["valid"].fill_null(value=False)
    return None


def _numbers(cells: pl.Series) -> dict[str, Any]:
    """The number each row is known by: sound as written, sound once mended (blanks, full width, fifteen digits), wrong,
    or not there."""
    read = read_numbers(cells)
    sound = read["valid"].fill_null(value=False)
    written = cells.str.contains(_AS_WRITTEN).fill_null(value=False)
    total = len(cells)
    counts = {
        "valid": int((sound & written).sum()),
        "repairable": int((sound & ~written).sum()),
        "invalid": int((~sound & read["text"].is_not_null()).sum()),
        "missing": int(read["text"].is_null().sum()),
    }
    assert sum(counts.values()) == total, "every row's number is counted once"
    return {**counts, **{f"{name}_share": share(count, total) for name, count in counts.items()}}
