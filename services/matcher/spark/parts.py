"""What Spark's tasks do with their part of the rows: call the functions of `matcher.linkage` on the whole part at once.

A part is gathered before it is worked on and put in order here: engines differ in whether rows come to `mapInArrow` in
the order they were sorted in. The driver cuts parts so that one fits a small task.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.frames import IDENTITY
from matcher.linkage import levels as scale
from matcher.linkage.apart import Holders, key_values, patterns_of
from matcher.linkage.block import Pairs
from matcher.linkage.cells import coded
from matcher.linkage.chain import decided
from matcher.linkage.clean import clean
from matcher.linkage.compare import unconditional
from matcher.linkage.decide import candidates
from matcher.linkage.doubts import missing
from matcher.linkage.encode import Encoded
from matcher.linkage.households import household_levels
from matcher.linkage.levels import Patterns
from matcher.linkage.model import Model
from matcher.linkage.rows import NAME, Names, Side, rate, stood
from matcher.linkage.rows import side_of as encoded_side
from matcher.linkage.search import NO_BOUND, Bound, key_masks
from matcher.linkage.weigh import Odds
from matcher.spark import wire
from matcher.spark.wire import Int, numbers

Batches = Iterator[pa.RecordBatch]
KEYS: Final = pa.schema([(name, pa.int64()) for name in ("row", "value", "tie", "household", "full")]).append(
    pa.field("key", pa.int32())
)
STOOD: Final = pa.schema([("place", pa.int32()), ("char", pa.int32()), ("many", pa.int64())])
RATED: Final = pa.schema([("full", pa.int64()), ("count", pa.int32()), ("rarity", pa.int32())])
MISSING: Final = pa.schema([("what", pa.int32()), ("many", pa.int64())])
# A compared pair: `group` is the record's household, or −2 − record where it has none; `person` the code of the
# person's id; `home` her household; `full` the hash of the record's name.
PAIR: Final = pa.schema(
    [(name, pa.int64()) for name in ("group", "record", "row", "pattern", "keys", "person", "home", "tie", "full")]
)
STRANGER: Final = pa.schema(
    [("record", pa.int64()), ("row", pa.int64()), ("pattern", pa.int64()), ("free", pa.int32())]
)
SURE: Final = pa.schema([("group", pa.int64()), ("record", pa.int64()), ("home", pa.int64())])
DECIDED: Final = pa.schema(
    [
        *((name, pa.int64()) for name in ("record", "place", "row", "pattern", "keys")),
        ("probability", pa.float64()),
        ("grade", pa.string()),
        ("assigned", pa.bool_()),
        ("reason", pa.string()),
    ]
)


class Scores(NamedTuple):
    """Log-odds of every pattern there can be, patterns ascending: what the driver reckoned, once for all."""

    patterns: Patterns
    odds: Odds

    def of(self, patterns: Patterns) -> Odds:
        """The odds of these patterns."""
        found: Odds = self.odds[np.searchsorted(self.patterns, patterns)]
        return found


@dataclass(frozen=True)
class Encoding:
    """IDENTITY rows as sent, with their `row` → wire.CARRIED. `areas`: see `clean`."""

    areas: pl.DataFrame | None = None

    def __call__(self, batches: Batches) -> Batches:
        for batch in batches:
            table = pa.Table.from_batches([batch])
            said = {name: pl.Series(table[name].to_pylist(), dtype=pl.String) for name in IDENTITY}
            yield wire.carried(encoded_side(clean(pl.DataFrame(said), self.areas)), numbers(table, "row"))


def keys(batches: Batches) -> Batches:
    """CARRIED → KEYS: by which values each row can be met."""
    for batch in batches:
        table = pa.Table.from_batches([batch])
        places, key, value = key_values(wire.side_of(table))
        told = {name: numbers(table, name)[places] for name in ("row", "tie", "household", "full")}
        yield pa.RecordBatch.from_pydict({**told, "value": value, "key": key}, schema=KEYS)


def characters(batches: Batches) -> Batches:
    """Distinct names (entry, letters, count) → STOOD: how many people have a character at a place; at place −1 how many
    people there are."""
    for batch in batches:
        names = wire.names_of(pa.Table.from_batches([batch]))
        many, total = stood(names.entries, names.letters)
        place, char = np.nonzero(many)
        columns = (np.append(place, -1), np.append(char, 0), np.append(many[place, char], total))
        yield pa.RecordBatch.from_pydict(dict(zip(STOOD.names, columns, strict=True)), schema=STOOD)


@dataclass(frozen=True)
class Rating:
    """Distinct names (full, entry, letters, count) → RATED: how rare each is where characters have these shares."""

    shares: NDArray[np.float64]
    total: float

    def __call__(self, batches: Batches) -> Batches:
        for batch in batches:
            if not batch.num_rows:
                continue
            table = pa.Table.from_batches([batch])
            names = wire.names_of(table)
            rate(names.entries, names.letters, self.shares, self.total)
            columns = {"full": numbers(table, "full"), "count": names.entries["count"].astype(np.int32)}
            columns["rarity"] = names.entries["rarity"].astype(np.int32)
            yield pa.RecordBatch.from_pydict(columns, schema=RATED)


def lacking(batches: Batches) -> Batches:
    """CARRIED → MISSING: how many rows lack what a side should not lack (doubts.missing)."""
    for batch in batches:
        many = missing(wire.side_of(pa.Table.from_batches([batch])).rows)
        yield pa.RecordBatch.from_pydict({"what": range(len(many)), "many": many}, schema=MISSING)


def _gathered(batches: Batches) -> pa.Table | None:
    """A whole part in order, null where it is empty."""
    parts = [batch for batch in batches if batch.num_rows]
    if not parts:
        return None
    table = pa.Table.from_batches(parts)
    return table.sort_by([(name, "ascending") for name in ("group", "record", "row")])


class _Part(NamedTuple):
    """Records and people of a part laid out, and its pairs with what they came with."""

    encoded: Encoded
    pairs: Pairs
    holders: Holders
    came: pa.Table


def _laid(table: pa.Table) -> _Part:
    """Rows of people (one for each pair) and of records (`row` −1) laid out as two sides."""
    own = numbers(table, "row") == -1
    records, came = table.filter(pa.array(own)), table.filter(pa.array(~own))
    _, first, at = np.unique(numbers(came, "row"), return_index=True, return_inverse=True)
    people = came.take(first)
    pairs = _places(numbers(records, "record"), numbers(came, "record")) << 32 | at
    homes = records["homes"].combine_chunks()
    begin = np.concatenate([[0], np.cumsum(pc.list_value_length(homes).to_numpy(zero_copy_only=False))])
    holders = Holders(homes.flatten().to_numpy(zero_copy_only=False).astype(np.int64), begin.astype(np.int64))
    ours, theirs = wire.side_of(people), wire.side_of(records.drop_columns("person"))
    return _Part(wire.beside(ours, numbers(people, "tie"), theirs), pairs, holders, came)


def _places(among: Int, asked: Int) -> Int:
    """Where each of the asked values stands among distinct ones."""
    order = np.argsort(among)
    found: Int = order[np.searchsorted(among[order], asked)]
    return found


@dataclass(frozen=True)
class Comparing:
    """Pairs with all that is said on both sides → PAIR, of those that `limit` lets pass."""

    limit: Bound

    def __call__(self, batches: Batches) -> Batches:
        table = _gathered(batches)
        if table is None:
            return
        part = _laid(table)
        patterns = patterns_of(part.encoded, part.pairs, part.holders, self.limit)
        kept = np.flatnonzero(patterns >= 0)
        pairs, came = part.pairs[kept], part.came.take(kept)
        theirs, ours = part.encoded.records, part.encoded.people.side
        name = theirs.rows["name"][pairs >> 32]
        full = np.where(name >= 0, theirs.names.entries["full"][np.maximum(name, 0)], -1)
        told = {column: numbers(came, column) for column in ("group", "record", "row", "person", "tie")}
        told |= {"pattern": patterns[kept], "full": full, "home": ours.rows["household"][pairs & 0xFFFFFFFF]}
        told["keys"] = key_masks(part.encoded, pairs).astype(np.int64)
        yield pa.RecordBatch.from_pydict(told, schema=PAIR)


def strangers(batches: Batches) -> Batches:
    """Random pairs with all that is said on both sides → STRANGER: patterns, and births as if no number were known."""
    table = _gathered(batches)
    if table is None:
        return
    part = _laid(table)
    told = {column: numbers(part.came, column) for column in ("record", "row")}
    patterns = patterns_of(part.encoded, part.pairs, part.holders, NO_BOUND)
    free = unconditional(part.encoded, part.pairs)["birth"].astype(np.int32)
    yield pa.RecordBatch.from_pydict({**told, "pattern": patterns, "free": free}, schema=STRANGER)


def _told(table: pa.Table) -> tuple[Encoded, Pairs]:
    """Two sides that know what deciding asks of them, and the pairs of PAIR rows."""
    _, first, at = np.unique(numbers(table, "row"), return_index=True, return_inverse=True)
    people = wire.rows_of(len(first))
    people["person"] = wire.dense(numbers(table, "person")[first])
    people["household"] = numbers(table, "home")[first]
    record, group, full = (numbers(table, name) for name in ("record", "group", "full"))
    new = np.append(True, record[1:] != record[:-1])
    names = coded(full[new])
    records = wire.rows_of(int(new.sum()))
    records["household"] = np.maximum(group[new], -1)
    records["name"] = names.codes
    ours = Side(pl.Series([None] * len(people), dtype=pl.String), people, _called(np.zeros(0, dtype=np.int64)))
    theirs = Side(pl.Series([None] * len(records), dtype=pl.String), records, _called(full[new][names.first]))
    return wire.beside(ours, numbers(table, "tie")[first], theirs), (np.cumsum(new) - 1) << 32 | at


def _called(full: Int) -> Names:
    """Names of which nothing is known but which is which."""
    entries = np.zeros(max(len(full), 1), dtype=NAME)
    entries["full"][: len(full)] = full
    nothing = pa.table({"entry": pa.array([], pa.binary()), "letters": pa.array([], pa.binary())})
    return wire.names_of(nothing)._replace(entries=entries)


def _sure(encoded: Encoded, pairs: Pairs, patterns: Patterns, deciding: "Deciding") -> Pairs:
    """The pairs the first pass takes for certain."""
    least = deciding.model.thresholds["certain"]
    found = candidates(encoded, pairs, patterns, deciding.scores.of(patterns), least)
    return found.pairs(~found.mismatch)


@dataclass(frozen=True)
class Deciding:
    """What both passes decide by."""

    model: Model
    scores: Scores

    def sure(self, batches: Batches) -> Batches:
        """PAIR of the first pass → SURE."""
        table = _gathered(batches)
        if table is None:
            return
        encoded, pairs = _told(table)
        at = np.searchsorted(pairs, _sure(encoded, pairs, numbers(table, "pattern"), self))
        yield pa.RecordBatch.from_pydict({name: numbers(table, name)[at] for name in SURE.names}, schema=SURE)

    def links(self, batches: Batches) -> Batches:
        """PAIR of both passes, with `first` (found in the first) → DECIDED."""
        table = _gathered(batches)
        if table is None:
            return
        encoded, pairs = _told(table)
        patterns, early = numbers(table, "pattern"), table["first"].to_numpy(zero_copy_only=False).astype(np.bool_)
        sure = _sure(encoded, pairs[early], patterns[early], self)
        patterns = scale.replace(patterns, "household", household_levels(encoded, pairs, sure))
        found = candidates(encoded, pairs, patterns, self.scores.of(patterns), self.model.thresholds["floor"])
        at = np.searchsorted(pairs, found.record << 32 | found.row)
        told = {name: numbers(table, name)[at] for name in ("record", "row", "keys")}
        new = np.append(True, found.record[1:] != found.record[:-1])[: len(at)]
        told["place"] = np.arange(len(at)) - np.flatnonzero(new)[np.cumsum(new) - 1]
        frame = decided(encoded, found, self.model).with_columns(**told)
        plain = frame.to_arrow(compat_level=pl.CompatLevel.oldest()).select(DECIDED.names).cast(DECIDED)
        yield from plain.combine_chunks().to_batches()
