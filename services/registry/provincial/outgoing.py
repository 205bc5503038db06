"""The recognised in the province's own import sheet: its columns, its order, its codes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kit.sheets_out import Column, Sheet, Value
from registry.provincial.layout import DATES, OutColumn, Outgoing


@dataclass(frozen=True)
class Recognised:
    """Somebody recognised, by the values a layout may name; None where it is not told."""

    told: Mapping[str, str | date | None]


def sheet_of(outgoing: Outgoing, people: Sequence[Recognised]) -> Sheet:
    """The sheet; everything but dates is text, no cell is a formula (kit/sheets_out.py)."""
    columns = [Column(one.header, one.width, text=not _is_date(one)) for one in outgoing.columns]
    rows = [[_cell(one, person.told) for one in outgoing.columns] for person in people]
    return Sheet(outgoing.sheet, columns, rows, (outgoing.title,))


def _is_date(column: OutColumn) -> bool:
    return column.value in DATES and column.format is None


def _cell(column: OutColumn, told: Mapping[str, str | date | None]) -> Value:
    if column.constant is not None:
        return column.constant
    value = told[str(column.value)]
    if column.codes and isinstance(value, str):
        return column.codes[value]
    if column.format is not None and isinstance(value, date):
        return value.strftime(column.format)
    return value


def named(names: Mapping[str, str], area: str) -> dict[str, str | None]:
    """county, township and village of a code, by name; none below where the code lies."""
    parts: dict[str, Callable[[str], Any]] = {
        "county": lambda code: f"{code[:6]}000000",
        "township": lambda code: f"{code[:9]}000" if code[6:9] != "000" else "",
        "village": lambda code: code if code[9:] != "000" else "",
    }
    return {name: names.get(of(area)) for name, of in parts.items()}
