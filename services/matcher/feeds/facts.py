"""Records → facts: what each row states, by the rules of its feed's map, over whole columns."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from china.disability_cards import CLASSES, GRADES
from china.disability_cards import read_column as read_cards
from matcher.feeds.feed import FactRule, Feed
from matcher.feeds.values import read_as, typed
from matcher.frames import FACT, OF_LINK, conform

# A fact before anybody knows whose it is: keyed by the record, without a link's grade.
STATED = {"record_id": pl.String, **{name: kind for name, kind in FACT.items() if name not in OF_LINK}}

# Kind of column → part of the card number, what it is called, its codes and words.
_OF_CARD: Mapping[str, tuple[str, str, Mapping[Any, str]]] = {
    "disability-class": ("class", "类别", CLASSES),
    "disability-grade": ("grade", "等级", GRADES),
}
SOURCES = ("text", "code", "number", "count", "about", "valid_from", "valid_to")


class _Columns:
    """The columns of one batch by their kinds, each read once however many facts it states."""

    def __init__(self, records: pl.DataFrame, feed: Feed) -> None:
        self.records, self.feed = records, feed
        self._typed: dict[str, pl.Series] = {}

    def typed(self, source: str) -> pl.Series:
        """As values.typed reads it."""
        if source not in self._typed:
            self._typed[source] = typed(self.records, self.feed, source)
        return self._typed[source]


def facts_of(records: pl.DataFrame, feed: Feed, batch_id: str | None = None) -> pl.DataFrame:
    """The facts (STATED) of the records of one batch of `feed`; several per record, or none."""
    columns = _Columns(records, feed)
    stated = [*(_stated(columns, rule) for rule in feed.facts), *_against_card(records, feed)]
    frame = pl.concat([pl.DataFrame(schema=STATED), *stated])
    return frame.with_columns(feed=pl.lit(feed.id), batch_id=pl.lit(batch_id, dtype=pl.String)).sort(
        "line", "kind", maintain_order=True
    )


def _stated(read: _Columns, rule: FactRule) -> pl.DataFrame:
    records, feed = read.records, read.feed
    columns = {"record_id": records["id"], "line": records["line"]}
    for part in SOURCES:
        source = getattr(rule, part)
        if source is not None:
            columns[part] = _ending(read.typed(source), feed, source, part).alias(part)
    frame = pl.DataFrame(columns).with_columns(kind=pl.lit(rule.kind))
    if rule.constant is not None:
        frame = frame.with_columns(code=pl.lit(rule.constant))
    says = pl.Series([True]).new_from_index(0, records.height)
    if rule.when:
        filled = [read.typed(name).is_not_null() for name in rule.when]
        says = pl.DataFrame(dict(zip(rule.when, filled, strict=True))).select(pl.any_horizontal(pl.all())).to_series(0)
    for name, wanted in rule.only.items():
        told = read_as(feed.column(name), records[name])
        meets = (
            told.list.set_intersection(list(wanted)).list.len() > 0
            if told.dtype == pl.List
            else told.is_in(list(wanted))
        )
        says &= meets.fill_null(False)
    if rule.household:
        frame, says = _shared(frame, says, records["household"])
    frame = frame.filter(says)
    several = [name for name, kind in frame.schema.items() if kind == pl.List]
    return conform(frame.explode(several) if several else frame, STATED)


def _against_card(records: pl.DataFrame, feed: Feed) -> list[pl.DataFrame]:
    """`card-differs`: class or grade as written against the card number's own (circulating tables swap them)."""
    cards = [column.name for column in feed.columns if column.kind == "card"]
    written = {column.kind: column for column in feed.columns if column.kind in _OF_CARD}
    if not cards or not written:
        return []
    card = read_cards(records[cards[0]])
    told = []
    for kind, column in written.items():
        part, title, names = _OF_CARD[kind]
        said, own = read_as(column, records[column.name]).cast(pl.String), card[part].cast(pl.String)
        name = {str(code): word for code, word in names.items()}
        words = pl.format(
            "{}写作{}，证号为{}",
            pl.lit(title),
            pl.lit(said).replace_strict(name, default="其他"),
            pl.lit(own).replace_strict(name, default="其他"),
        )
        told.append(pl.when((pl.lit(said) != pl.lit(own)).fill_null(False)).then(words))
    text = pl.select(pl.concat_str(told, separator="，", ignore_nulls=True)).to_series(0)
    frame = pl.DataFrame({"record_id": records["id"], "line": records["line"], "text": text})
    found = frame.filter(pl.col("text") != "").with_columns(kind=pl.lit("card-differs"))
    return [conform(found, STATED)]


def _ending(values: pl.Series, feed: Feed, source: str, part: str) -> pl.Series:
    """A stated month in which something ends holds to its last day."""
    return values.dt.month_end() if part == "valid_to" and feed.column(source).kind == "period" else values


def _shared(frame: pl.DataFrame, says: pl.Series, household: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """What is said of a household holds for its members whose own cells are blank (exports with merged cells)."""
    parts = [part for part in SOURCES if part in frame.columns]
    both = frame.with_columns(says=says, household=household)
    stated = both.filter(pl.col("says"))
    first = stated.group_by("household", maintain_order=True).agg(pl.col(parts).first())
    joined = both.join(first, on="household", how="left", suffix="_shared", maintain_order="left")
    told = joined.select(pl.any_horizontal(pl.col("says"), pl.col(f"{parts[0]}_shared").is_not_null())).to_series(0)
    shared = [
        pl.when(pl.col("says")).then(pl.col(part)).otherwise(pl.col(f"{part}_shared")).alias(part) for part in parts
    ]
    return joined.select(frame.columns).with_columns(joined.select(shared)), told
