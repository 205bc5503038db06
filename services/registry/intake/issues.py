"""What is wrong with lines of a file: collected by condition, told line by line, each with what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import polars as pl

from kit.columns import as_stored

ISSUE = pl.Schema({"line": pl.Int32, "code": pl.String, "column": pl.String})


class Kind(NamedTuple):
    """`severity`: error = the row or the cell is not taken; warning = taken, look at it; info = so you know. No text
    quotes a cell."""

    severity: str
    message: str
    hint: str


@dataclass(frozen=True)
class Rows:
    """`frame`: one typed row per row of the file, rejected ones included (`rejected`); `issues`: ISSUE."""

    frame: pl.DataFrame
    issues: pl.DataFrame


@dataclass
class Judge:
    """Collects issues by condition."""

    frame: pl.DataFrame
    columns: Mapping[str, str]
    found: list[pl.DataFrame] = field(default_factory=list)

    def mark(self, code: str, where: pl.Expr | pl.Series, name: str | None = None) -> None:
        """Every row for which `where` holds has that issue, at the file's own header for `name`."""
        lines = self.frame.filter(where).select("line")
        column = self.columns.get(name or "")
        self.found.append(lines.with_columns(code=pl.lit(code), column=pl.lit(column, pl.String)))

    def rows(self, rejecting: Sequence[str]) -> Rows:
        """The rows as judged; those with one of these issues are rejected."""
        issues = pl.concat([pl.DataFrame(schema=ISSUE), *(one.cast(ISSUE) for one in self.found)])
        rejected = issues.filter(pl.col("code").is_in(rejecting))["line"]
        return Rows(self.frame.with_columns(rejected=pl.col("line").is_in(rejected.implode())), issues)


def issue(rows: pl.DataFrame, code: str) -> pl.DataFrame:
    """That issue of each of these rows, at no column."""
    return rows.select("line", code=pl.lit(code), column=pl.lit(None, pl.String)).cast(ISSUE)


def explained(report: pl.DataFrame, kinds: Mapping[str, Kind], *issues: pl.DataFrame) -> pl.DataFrame:
    """A report's lines with their issues, each as the table keeps them."""
    found = pl.concat([one.cast(ISSUE) for one in issues]).unique(maintain_order=True)
    pairs = found.select("code", "column").unique()
    texts = [as_stored(_told(kinds, code, column)) for code, column in pairs.iter_rows()]
    told = found.join(
        pairs.with_columns(text=pl.Series(texts, dtype=pl.String)),
        on=["code", "column"], nulls_equal=True, maintain_order="left",
    )  # fmt: skip
    by_line = told.group_by("line", maintain_order=True).agg(pl.col("text").str.join(","))
    with_texts = report.join(by_line, on="line", how="left", maintain_order="left")
    return with_texts.with_columns(issues=pl.format("[{}]", pl.col("text").fill_null(""))).drop("text")


def _told(kinds: Mapping[str, Kind], code: str, column: str | None) -> dict[str, Any]:
    """An issue on the wire."""
    kind = kinds[code]
    return {
        "code": code, "severity": kind.severity, "pointer": column, "message": kind.message, "hint": kind.hint,
    }  # fmt: skip
