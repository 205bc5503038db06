"""What is wrong with each row, as one JSON list per row, from the marks each check left on the whole column.

A million rows have a few hundred different lists: each is written once, and its rows share the text. Only rows with
an issue that names another line get a text of their own.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from matcher.feeds.marks import Mark

_SET = 60  # marks whose presence fits into one whole number


def issue_lists(marks: Sequence[Mark]) -> pl.Series:
    """The issues of every row, in the order of the marks (of which there is at least one)."""
    hit = pl.DataFrame([mark.rows.fill_null(False).alias(str(at)) for at, mark in enumerate(marks)])
    same = {str(at): mark.text for at, mark in enumerate(marks) if isinstance(mark.text, str)}
    own = {str(at): mark.text for at, mark in enumerate(marks) if isinstance(mark.text, pl.Series)}
    keyed = hit.select(_sets(hit.columns))
    distinct = keyed.select(pl.struct(pl.all()).is_first_distinct()).to_series(0).arg_true()
    lists = keyed[distinct].with_row_index("list")
    place = keyed.join(lists, on=keyed.columns, how="left", maintain_order="left")["list"]
    written = _written(hit[distinct], same)  # none of a row with a text of its own, which follow
    if own:
        rows = hit.select(pl.any_horizontal(*own)).to_series(0).arg_true()
        mine = same | {name: text.gather(rows) for name, text in own.items()}
        place = place.scatter(rows, pl.int_range(written.len(), written.len() + rows.len(), eager=True))
        written = pl.concat(
            [written, _written(hit[rows], mine)], rechunk=True
        )  # in chunks each row would copy its text
    return written.gather(place)


def _sets(names: list[str]) -> list[pl.Expr]:
    """Which marks a row has, as whole numbers."""
    groups = [names[begin : begin + _SET] for begin in range(0, len(names), _SET)]
    return [
        pl.sum_horizontal(pl.col(name).cast(pl.Int64) * 2**at for at, name in enumerate(group)).alias(group[0])
        for group in groups
    ]


def _written(hit: pl.DataFrame, texts: Mapping[str, str | pl.Series]) -> pl.Series:
    parts = [
        pl.when(pl.col(name)).then(pl.lit(texts[name]) if isinstance(texts[name], str) else texts[name])
        for name in hit.columns
        if name in texts
    ]
    if not parts:  # every mark names other lines: no list is shared
        return pl.repeat("[]", hit.height, dtype=pl.String, eager=True).alias("issues")
    joined = pl.concat_str(*parts, separator=",", ignore_nulls=True)
    return hit.select(pl.concat_str(pl.lit("["), joined, pl.lit("]")).alias("issues")).to_series(0)
