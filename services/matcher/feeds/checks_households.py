"""What the members of a household say together: one head, and a spouse of the other sex (domain checks of the 防返贫
system: two heads, none, spouses of one sex by the 17th digit)."""

from collections.abc import Iterator, Mapping

import polars as pl

from china.codes import HEADS, SPOUSES
from china.text import plain_column
from matcher.feeds.feed import Feed
from matcher.feeds.marks import Mark, blank_lines, mark, mark_beside


def households_of(frame: pl.DataFrame, feed: Feed, headers: Mapping[str, str], numbers: pl.DataFrame) -> Iterator[Mark]:
    """The issues of households, where a feed names them and who is what in them."""
    if "household" not in headers or "relation" not in headers or feed.people is not None:
        return
    relation = plain_column(frame["relation"])
    sex = pl.select(pl.when(numbers["valid"].fill_null(False)).then(numbers["sex"])).to_series(0)
    members = (
        pl.DataFrame(
            {
                "household": plain_column(frame["household"]),
                "head": relation.is_in(HEADS),
                "spouse": relation.is_in(SPOUSES),
                "sex": sex,
                "id18": numbers["id18"],
                "line": frame["line"],
            }
        )
        .with_row_index("at")
        .filter(pl.col("household").is_not_null())
    )
    yield from _heads(frame, members, headers["relation"])
    if feed.load == "snapshot" and not _says_what_it_does(frame, feed):
        yield _headless(frame, members, headers["relation"])
    yield from _spouses(frame, members, headers["relation"])


def _says_what_it_does(frame: pl.DataFrame, feed: Feed) -> bool:
    """Whether rows say what they do: then only what changed was sent, and the head may be elsewhere."""
    return feed.operation is not None and feed.operation in frame.columns and frame[feed.operation].is_not_null().any()


def _heads(frame: pl.DataFrame, members: pl.DataFrame, header: str) -> Iterator[Mark]:
    """A second head; the same person twice is told as a repeated row or number."""
    heads = members.filter(pl.col("head")).with_columns(
        first=pl.col("line").first().over("household"), who=pl.col("id18").first().over("household")
    )
    other = pl.col("id18").is_null() | pl.col("who").is_null() | (pl.col("id18") != pl.col("who"))
    yield mark_beside(frame, heads.filter((pl.col("line") != pl.col("first")) & other), "heads-several", header)


def _headless(frame: pl.DataFrame, members: pl.DataFrame, header: str) -> Mark:
    """Told once, at the household's first row."""
    homes = members.group_by("household", maintain_order=True).agg(
        pl.col("head").fill_null(False).any(), pl.col("at").first()
    )
    rows = blank_lines(frame.height).is_not_null().scatter(homes.filter(~pl.col("head"))["at"], True)
    return mark(rows, "head-missing", header)


def _spouses(frame: pl.DataFrame, members: pl.DataFrame, header: str) -> Iterator[Mark]:
    heads = members.filter(pl.col("head") & pl.col("sex").is_not_null())
    one = heads.group_by("household").agg(pl.len().alias("heads"), pl.col("sex").first(), pl.col("line").first())
    both = members.filter(pl.col("spouse")).join(one.filter(pl.col("heads") == 1), on="household", suffix="_head")
    same = both.filter(pl.col("sex") == pl.col("sex_head")).rename({"line_head": "first"})
    yield mark_beside(frame, same, "spouse-same-sex", header)
