"""What an explanation asks of the engine: link these records, hold these two rows against each other although nobody
did, and say on which blocking keys they could have met.

Explanations go through this file alone, so that what explains never grows into what decides: the patterns are those
of the chain, and a decision is always the chain's own.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.frames import IDENTITY, conform
from matcher.linkage import chain
from matcher.linkage import levels as scale
from matcher.linkage.cells import hashes
from matcher.linkage.clean import clean
from matcher.linkage.clean_few import Named, named
from matcher.linkage.compare import compare
from matcher.linkage.encode import encode_beside
from matcher.linkage.households import household_levels
from matcher.linkage.index import PeopleIndex
from matcher.linkage.legible import legible
from matcher.linkage.model import Model
from matcher.linkage.search import LINKING, Bound, Meeting, bound, meetings
from matcher.linkage.weigh import weigh

DEPTH: Final = 1e-9  # below what any list shows: why somebody was not linked can be asked of them too
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Pair:
    """Two rows held against each other. `compared`: whether the chain did so by itself."""

    pattern: int
    compared: bool
    record: Mapping[str, Any]  # LEGIBLE
    person: Mapping[str, Any]  # LEGIBLE
    person_row: Mapping[str, str | None]  # IDENTITY: of several rows of the person the best
    meetings: tuple[Meeting, ...]


@dataclass(frozen=True)
class KnownPeople:
    """The people a record can be, under one model: encoded, and beside them row for row as they were sent (IDENTITY).

    Rows of the dead stay in both until the index is made anew; nothing here gives them out.
    """

    index: PeopleIndex
    people: pl.DataFrame
    model: Model
    areas: pl.DataFrame | None = None

    @classmethod
    def of(cls, people: pl.DataFrame, model: Model, areas: pl.DataFrame | None = None) -> "KnownPeople":
        """Everybody in `people` (IDENTITY, text as sent). `areas`: see `chain.link`."""
        return cls(PeopleIndex.of(people, areas), people, model, areas)

    @property
    def count(self) -> int:
        """Distinct persons."""
        return self.index.people

    def ready(self) -> None:
        """Work out beforehand what the first query would have to wait for."""
        _ = self.limit, self.named, self._by_id

    @cached_property
    def limit(self) -> Bound:
        """What a candidate must be able to reach."""
        return bound(self.model, self.count, self.model.thresholds["floor"], LINKING)

    @cached_property
    def named(self) -> Named:
        """What the divisions' codes name: reading a county's hundreds of names takes longer than a query."""
        return named(self.areas)

    @cached_property
    def _by_id(self) -> Rows:
        """Rows in the order of their ids' hashes: a person is found without walking a million of them."""
        return np.argsort(self.index.keys, kind="stable")

    def places(self, person_ids: Collection[str]) -> dict[str, list[int]]:
        """Person → rows, one a spelling; only those who are there."""
        asked = list(dict.fromkeys(person_ids))
        wanted, order, keys = hashes(pl.Series(asked, dtype=pl.String)), self._by_id, self.index.keys
        low = np.searchsorted(keys, wanted, side="left", sorter=order)
        high = np.searchsorted(keys, wanted, side="right", sorter=order)
        live, ids = self.index.side.rows["live"], self.index.side.ids
        found: dict[str, list[int]] = {}
        for person_id, first, last in zip(asked, low, high, strict=True):
            rows = [int(row) for row in order[first:last] if live[row] and ids[int(row)] == person_id]
            if rows:
                found[person_id] = rows
        return found

    def told(self, person_ids: Collection[str]) -> dict[str, dict[str, str | None]]:
        """How these people stand among the people: their first spelling."""
        return {one: self.people.row(rows[0], named=True) for one, rows in self.places(person_ids).items()}

    def changed(self, gone: pl.Series, new: pl.DataFrame) -> "KnownPeople":
        """Without the people whose ids are in `gone`, and with those of `new` (IDENTITY)."""
        index = self.index.changed(gone, new, self.areas)
        before = self.people
        if len(index) != len(before) + len(new):  # made anew: without the dead
            kept = self.index.side.rows["live"] & ~self.index.side.ids.is_in(gone.implode()).to_numpy()
            before = before.filter(pl.Series(kept))
        return KnownPeople(index, pl.concat([before, conform(new, IDENTITY)]), self.model, self.areas)

    def corrected(self, person_id: str, values: Mapping[str, str | None]) -> "KnownPeople":
        """The same people, had this person these values."""
        own = self.people[self.places([person_id])[person_id]]
        altered = own.with_columns(pl.lit(value, pl.String).alias(name) for name, value in values.items())
        return self.changed(pl.Series([person_id]), altered)

    def link(self, records: pl.DataFrame) -> pl.DataFrame:
        """LINK rows with levels."""
        return chain.link_to(self.index, records, self.model, areas=self.areas).links

    def nearest(self, records: pl.DataFrame) -> list[str]:
        """Whom the first of `records` is likest, however little, the likest first."""
        deep = replace(self.model, thresholds={**self.model.thresholds, "floor": DEPTH})
        links = chain.link_to(self.index, records, deep, areas=self.areas).links
        mine = links.filter(pl.col("record_id") == records["id"][0])
        return list(mine.sort("probability", descending=True, maintain_order=True)["person_id"])

    def pair(self, records: pl.DataFrame, person_id: str, links: pl.DataFrame) -> Pair:
        """The first of `records` (the others are its roster) and the person; `links` is what `link` gave for them.

        Raises KeyError for somebody who is not among the people.
        """
        rows = np.array(self.places([person_id])[person_id], dtype=np.int64)
        said = conform(records, IDENTITY)
        encoded = encode_beside(self.index, clean(said, self.areas))
        patterns = compare(encoded, rows)  # the record is row 0 of its side, so a pair is the person's row
        homes = household_levels(encoded, rows, self._sure(records, links))
        patterns = scale.replace(patterns, "household", homes)
        mine = (pl.col("record_id") == records["id"][0]) & (pl.col("person_id") == person_id)
        found = links.filter(mine)["pattern"].to_list()
        best = int(np.argmax(weigh(patterns, self.model, self.count)))
        met = meetings(encoded, 0, rows.tolist())
        chosen = self.people[int(rows[best])]
        return Pair(
            pattern=found[0] if found else int(patterns[best]),
            compared=bool(found) or any(one.state == "met" for one in met),
            record=legible(said.head(1), self.areas).row(0, named=True),
            person=legible(chosen, self.areas).row(0, named=True),
            person_row=chosen.row(0, named=True),
            meetings=met,
        )

    def _sure(self, records: pl.DataFrame, links: pl.DataFrame) -> Rows:
        """The certain links of the roster as packed pairs: what the household's evidence rests on."""
        certain = pl.col("probability") >= self.model.thresholds["certain"]
        sure = links.filter(certain & (pl.col("reason").fill_null("") != "id-name-mismatch"))
        theirs = {record_id: row for row, record_id in enumerate(records["id"])}
        ours = self.places(sure["person_id"].to_list())
        pairs = [theirs[record] << 32 | ours[person][0] for record, person in sure[["record_id", "person_id"]].rows()]
        return np.array(sorted(pairs), dtype=np.int64)
