"""What there is to ask of reviewers: one entry per record, with everybody it may be.

Drawn up from the pairs linking is unsure of and, to measure how often links are right, from a keyed sample of the links
nobody doubts. Rows that say the same, of several feeds or standing twice in one, are one question: one answer holds for
all of them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from kit.crypto import KeyRing
from matcher.batches.tables import Batch
from matcher.flows.desk import Desk
from matcher.flows.draw_sample import draw_sample
from matcher.flows.models_in_force import model_in_force
from matcher.reviews.differences import NAMES
from matcher.reviews.value import band_of
from matcher.settlements.prints import record_prints

SAMPLE = "sample"
PLACES_KEPT = 20
RECORD, PEOPLE = "record", "people"


@dataclass(frozen=True)
class Asked:
    """One entry of the queue as it should be."""

    record_print: str
    area: str
    feed: str
    places: tuple[str, ...]  # the newest delivery's first
    subject_id: str
    registered: bool
    grade: str
    records: int
    candidates: tuple[dict[str, Any], ...]  # the likeliest first
    sides: Mapping[str, Any]
    sampled: float | None = None  # of a sample: the share it was drawn with

    @property
    def kind(self) -> str:
        """Whether linking doubts, or we look at what it does not doubt."""
        return "doubt" if self.sampled is None else SAMPLE

    @property
    def selection(self) -> str:
        """How it came into the queue, for whoever learns from the answer."""
        chosen = self.grade if self.sampled is not None else band_of(self.candidates[0]["probability"])
        return f"{'queue' if self.sampled is None else SAMPLE}:{chosen}"

    @property
    def _reason(self) -> str:
        """Of the likeliest candidate in doubt: whom the record is taken for is one only under another name."""
        return next(str(one["reason"]) for one in self.candidates if one["reason"] is not None)

    def columns(self, ring: KeyRing) -> dict[str, Any]:
        """What of it a Doubt keeps in the clear; `fingerprint` covers everything a reviewer looks at."""
        batch_id, _, line = self.places[0].rpartition(":")
        shown = orjson.dumps([self.candidates, self.sides, self.subject_id], option=orjson.OPT_SORT_KEYS)
        return {
            "feed": self.feed,
            "kind": self.kind,
            "reason": SAMPLE if self.sampled is not None else self._reason,
            "batch_id": batch_id,
            "line": int(line),
            "places": list(self.places),
            "records": self.records,
            "subject_id": self.subject_id,
            "registered": self.registered,
            "grade": self.grade,
            "candidates": list(self.candidates),
            "probability": self.candidates[0]["probability"],
            "fingerprint": ring.mac(b"doubt" + shown),
            "selection": self.selection,
            "inclusion": self.sampled,
        }


@dataclass(frozen=True)
class Draft:
    """The whole queue as it should be, before it is known what humans decided meanwhile."""

    asked: list[Asked]
    threshold: float  # from which a pair is linked without a human


@dataclass(frozen=True)
class Ground:
    """What a queue is drawn up from: SEEN records, links.FRAME, reviews.FRAME, snapshot.PEOPLE."""

    counting: Sequence[Batch]
    seen: pl.DataFrame
    links: pl.DataFrame
    reviews: pl.DataFrame
    registry: pl.DataFrame


def draft_queue(desk: Desk, ground: Ground) -> Draft:
    """What there is to ask of the records that count. Nothing is written."""
    drawn = draw_sample(desk, ground.seen, _undoubted(ground))
    place = ["batch_id", "line"]
    wanted = pl.concat([ground.reviews.select(place), drawn.select(place)]).unique()
    rows = ground.seen.drop("subject_id", "registered").join(wanted, on=place, how="semi")
    rows = rows.join(ground.links.drop("reason"), on=place).join(drawn, on=place, how="left")
    rows = rows.with_columns(record_prints(rows, desk.ring.macs)).sort("batch_id", "line", descending=[True, False])
    found = _Entries(ground, rows)
    return Draft(found.asked(), model_in_force(desk.database).thresholds["probable"])


def _undoubted(ground: Ground) -> pl.DataFrame:
    """Links to registered people by the score alone that leave no doubt: what a sample is drawn from."""
    sure = pl.col("registered") & pl.col("reason").is_null() & pl.col("grade").is_in(["certain", "probable"])
    return ground.links.filter(sure).join(ground.reviews, on=["batch_id", "line"], how="anti")


class _Entries:
    """The entries of the queue out of rows: few, so a row at a time."""

    def __init__(self, ground: Ground, rows: pl.DataFrame) -> None:
        self._areas = {batch.id: batch.area for batch in ground.counting}
        self._rows = rows
        self._count = dict(ground.links.group_by("subject_id").len().iter_rows())
        self._pairs: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
        for pair in ground.reviews.iter_rows(named=True):
            self._pairs[pair["batch_id"], pair["line"]].append(pair)
        ids = {pair["candidate_id"] for pairs in self._pairs.values() for pair in pairs}
        ids |= set(rows.filter("registered")["subject_id"])
        known = ground.registry.filter(pl.col("person_id").is_in(sorted(ids)))
        self._people = {row["person_id"]: row for row in known.select("person_id", *NAMES).iter_rows(named=True)}

    def asked(self) -> list[Asked]:
        """One entry per area and print, in a fixed order."""
        grouped: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for row in self._rows.iter_rows(named=True):
            grouped[self._areas[row["batch_id"]], row["record_print"]].append(row)
        entries = (self._entry(key, rows) for key, rows in sorted(grouped.items()))
        return [entry for entry in entries if entry is not None]

    def _entry(self, key: tuple[str, str], rows: list[dict[str, Any]]) -> Asked | None:
        area, record_print = key
        first = rows[0]  # of the newest delivery
        candidates = self._candidates(rows)
        if not candidates:
            return None
        doubted = any((row["batch_id"], row["line"]) in self._pairs for row in rows)
        people = {one["person_id"]: _side(self._people[one["person_id"]]) for one in candidates}
        return Asked(
            record_print=record_print,
            area=area,
            feed=first["feed"],
            places=tuple(f"{row['batch_id']}:{row['line']}" for row in rows[:PLACES_KEPT]),
            subject_id=first["subject_id"],
            registered=first["registered"],
            grade=first["grade"],
            records=self._count.get(first["subject_id"], 0),
            candidates=tuple(candidates),
            sides={RECORD: _side(first), PEOPLE: people},
            sampled=None if doubted else first["share"],
        )

    def _candidates(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Everybody the record may be, once, with the best evidence; whom it is taken for is one of them."""
        best: dict[str, dict[str, Any]] = {}
        for row in rows:
            taken = row["subject_id"] if row["registered"] else None
            newest = row is rows[0]
            for pair in self._pairs.get((row["batch_id"], row["line"]), ()):
                person_id = pair["candidate_id"]
                _better(best, person_id, {**pair, "linked": newest and person_id == taken})
            if taken is not None:
                _better(best, taken, {**row, "reason": None, "linked": newest})
        known = [one for one in best.values() if one["person_id"] in self._people]
        return sorted(known, key=lambda one: (-one["probability"], one["person_id"]))


def _better(best: dict[str, dict[str, Any]], person_id: str, told: dict[str, Any]) -> None:
    columns = ("probability", "pattern", "reason", "model_version", "linked")
    known = best.get(person_id)
    if known is None or (told["linked"], told["probability"]) > (known["linked"], known["probability"]):
        best[person_id] = {"person_id": person_id, **{name: told[name] for name in columns}}


def _side(row: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: row.get(name) for name in NAMES}
