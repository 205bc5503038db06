"""Whose leads a screening compares: those of whom the list says something else than last time, and whom that touches.

A lead that was compared with the same words, on the same day and under the same answers is as it was left. What
reaches further than the person: an answer about somebody who turned out to be somebody else, and the pace of a
township, where a lead that is closed lets the next one out.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlmodel import Session, col, select

from matcher.flows.subject_prints import moved
from matcher.leads.merges import CHUNK
from matcher.leads.pace import TOWN
from matcher.leads.store import Ground
from matcher.leads.tables import Lead


@dataclass(frozen=True)
class Told:
    """What the list was compared with: a print of each lead's words, where each stands, and on what ground."""

    prints: pl.DataFrame  # subject_prints.PRINTS
    places: pl.DataFrame  # subject_id, area
    ground: Ground


def touched(session: Session, before: Told | None, now: Told) -> frozenset[str] | None:
    """The subjects whose leads are to be compared; None: everybody's."""
    # On another day answers end and a week begins; other paces alter the order of whole townships.
    if before is None or before.ground.day != now.ground.day or before.ground.paces != now.ground.paces:
        return None
    found = set(moved(before.prints, now.prints))
    found |= _unlike(before.ground.apart, now.ground.apart)
    found |= _answered(session, before.ground, now.ground)
    found |= _merged(before.ground.survivors, now.ground.survivors)
    return frozenset(_with_whom_it_reaches(session, found, now))


def _unlike(before: Mapping[str, Any], now: Mapping[str, Any]) -> set[str]:
    """The keys under which the two do not say the same."""
    return {key for key in before.keys() | now.keys() if before.get(key) != now.get(key)}


def _answered(session: Session, before: Ground, now: Ground) -> set[str]:
    """Whom answers are about that came, went or say something else, and whom these are now."""
    ids, found = sorted(_unlike(before.settled, now.settled)), set[str]()
    for start in range(0, len(ids), CHUNK):
        found |= set(session.exec(select(Lead.subject_id).where(col(Lead.id).in_(ids[start : start + CHUNK]))))
    return found | {now.survivors[one] for one in found if one in now.survivors}


def _merged(before: Mapping[str, str], now: Mapping[str, str]) -> set[str]:
    """Whoever is somebody else since, or was and is no longer, and whom."""
    ones = _unlike(before, now)
    return ones | {to[one] for to in (before, now) for one in ones if one in to}


def _with_whom_it_reaches(session: Session, found: set[str], now: Told) -> set[str]:
    """With everybody merged into one of them, and, of a township that has a pace, with everybody on its list."""
    into: dict[str, set[str]] = defaultdict(set)
    for one, survivor in now.ground.survivors.items():
        into[survivor].add(one)
    paced = _Paced(now)
    paced.towns |= {area[:TOWN] for area in _areas(session, found)} if now.ground.paces.by_area else set()
    while True:
        more = {one for survivor in found & into.keys() for one in into[survivor]} | paced.beside(found)
        if more <= found:
            return found
        found |= more


def _areas(session: Session, subjects: set[str]) -> set[str]:
    """Where their leads stood until now: who goes elsewhere leaves room there."""
    ids, found = sorted(subjects), set[str]()
    for start in range(0, len(ids), CHUNK):
        found |= set(session.exec(select(Lead.area).where(col(Lead.subject_id).in_(ids[start : start + CHUNK]))))
    return found


class _Paced:
    """Who is let out when: those of one township, where it has a pace."""

    def __init__(self, now: Told) -> None:
        self.towns: set[str] = set()
        self._of = now.ground.paces.of
        self._any = bool(now.ground.paces.by_area)
        self._places = now.places.with_columns(pl.col("area").str.slice(0, TOWN)) if self._any else now.places.clear()

    def beside(self, subjects: set[str]) -> set[str]:
        """Everybody on the list of a township with a pace in which one of them is, or was."""
        if not self._any:
            return set()
        self.towns |= set(self._places.filter(pl.col("subject_id").is_in(list(subjects)))["area"])
        paced = [town for town in self.towns if self._of(town) is not None]
        return set(self._places.filter(pl.col("area").is_in(paced))["subject_id"])
