"""Issues name a column as the row's own sheet, or the row's own person, calls it: 身份证号 here, 成员3身份证 there."""

from collections.abc import Mapping

import orjson
import polars as pl

from matcher.feeds.marks import Mark
from matcher.feeds.sheets import Sheet, Sheets


def as_sent_there(marks: list[Mark], frame: pl.DataFrame, found: Sheets) -> list[Mark]:
    """Marks that name each column as the row's own sheet, or the row's own person, calls it."""
    told = list(marks)
    for sheet, part, renamed in _renames(found):
        mine = frame.select(
            pl.col("sheet").eq_missing(pl.lit(sheet.table.sheet, dtype=pl.String))
            & pl.col("part").eq_missing(pl.lit(part, dtype=pl.Int32))
        ).to_series(0)
        told = [_renamed(mark, mine & mark.rows.fill_null(False), renamed) for mark in told]
    return told


def _renames(found: Sheets) -> list[tuple[Sheet, int | None, dict[str, str]]]:
    """For each sheet and person whose columns are called otherwise than the first: header there → header here."""
    first: dict[str, str] = {}
    for sheet in found.sheets:
        for name, sent in sheet.of_person(0).items():
            first.setdefault(name, sent[0])
    groups = []
    for sheet in found.sheets:
        for part, own in enumerate(sheet.people, 1):
            here = sheet.of_person(part - 1).items()
            renamed = {first[name]: sent[0] for name, sent in here if first.get(name, sent[0]) != sent[0]}
            if renamed:
                groups.append((sheet, part if own else None, renamed))
    return groups


def _renamed(mark: Mark, rows: pl.Series, renamed: Mapping[str, str]) -> Mark:
    """In the issues of `rows`, each header by its other name: as pointer, as argument and in the sentence."""
    if not rows.any():
        return mark
    text = mark.text if isinstance(mark.text, pl.Series) else pl.repeat(mark.text, rows.len(), eager=True)
    chosen = text.filter(rows)
    pairs = [
        (_json(form.format(_pointed(before) if form[0] == "/" else before)), form, after)
        for before, after in renamed.items()
        for form in ("/{}", "{}", "“{}”")
    ]
    # In two steps: a header one column loses may be the one another gets.
    for number, (before, form, _) in enumerate(pairs):
        chosen = chosen.str.replace_all(_bounded(before, form), _bounded(f"\0{number}\0", form), literal=True)
    for number, (_, form, after) in enumerate(pairs):
        said = _json(form.format(_pointed(after) if form[0] == "/" else after))
        chosen = chosen.str.replace_all(_bounded(f"\0{number}\0", form), _bounded(said, form), literal=True)
    return Mark(mark.rows, text.clone().scatter(rows.arg_true(), chosen))


def _json(text: str) -> str:
    """As it stands within a JSON text."""
    return orjson.dumps(text).decode()[1:-1]


def _pointed(header: str) -> str:
    return header.replace("~", "~0").replace("/", "~1")


def _bounded(text: str, form: str) -> str:
    """Whole texts only: within a sentence the Chinese quotation marks bound a header."""
    return text if form[0] == "“" else f'"{text}"'
