"""Screening again only those of whom something changed, and those it touches: the same findings as from the beginning.

What a screen says of a person rests on the person's own rows and on those of whoever shares a household or a relating
token (an account) with them. So a change of one person touches the people who share a key with the person, before or
after; and to judge these, everybody who shares a key with one of them is looked at. Nothing reaches further.

Everything is kept sorted beside an index, so that a turn costs as much as the few it touches, however many there are.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from matcher.frames import COVERAGE, FACT, PERSON, Shape, conform, empty
from matcher.screens.catalogue import findings_in
from matcher.screens.parameters import Parameters
from matcher.screens.scene import RELATING, scene_of

SUBJECT, HOUSEHOLD, ABOUT = "subject_id", "household_key", "about"
_SUBJECT, _HOUSEHOLD = pl.col(SUBJECT), pl.col(HOUSEHOLD)
# A token that relates nobody is no key: a whole township may share one.
_ABOUT = pl.when(pl.col("kind").is_in(list(RELATING))).then(pl.col(ABOUT))


class _Index:
    """Where the rows of a key stand: the keys sorted, and for each the row it came from."""

    def __init__(self, keys: pl.Series) -> None:
        rows = pl.DataFrame({"key": keys, "row": pl.arange(0, keys.len(), eager=True, dtype=pl.UInt32)})
        rows = rows.drop_nulls("key").sort("key", maintain_order=True)
        self._keys, self._rows = rows["key"], rows["row"].to_numpy()

    def of(self, keys: Collection[str]) -> np.ndarray:
        """The rows of these keys, ascending."""
        wanted = pl.Series(sorted(keys), dtype=pl.String)
        if not wanted.len() or not self._keys.len():
            return np.zeros(0, dtype=np.uint32)
        first = self._keys.search_sorted(wanted, side="left").to_numpy()
        last = self._keys.search_sorted(wanted, side="right").to_numpy()
        parts = [self._rows[low:high] for low, high in zip(first, last, strict=True)]
        return np.sort(np.concatenate(parts))


class _Rows:
    """A frame by the keys it is asked for by, with what changed since beside it."""

    def __init__(self, frame: pl.DataFrame, shape: Shape, **keys: pl.Expr) -> None:
        self._base = conform(frame, shape)
        self._keys = keys
        self._indexes = {name: _Index(self._base.select(key).to_series()) for name, key in keys.items()}
        self._since = empty(shape)
        self._changed: set[str] = set()  # subjects whose rows of the base count no more

    def of(self, **wanted: Collection[str]) -> pl.DataFrame:
        """The rows that have one of these keys, by column; in the order they were given."""
        rows = np.unique(np.concatenate([self._indexes[key].of(keys) for key, keys in wanted.items()]))
        found = self._base[rows]
        if not self._changed:
            return found
        kept = found.filter(~pl.col(SUBJECT).is_in(list(self._changed)))
        meets = pl.any_horizontal(self._keys[name].is_in(list(keys)) for name, keys in wanted.items())
        return pl.concat([kept, self._since.filter(meets.fill_null(value=False))])

    def values(self, name: str, subjects: Collection[str]) -> set[str]:
        """What these subjects have of a key."""
        return set(self.of(subject_id=subjects).select(self._keys[name]).to_series().drop_nulls())

    def put(self, changed: Collection[str], rows: pl.DataFrame) -> None:
        """These subjects have these rows now, and no others."""
        self._since = pl.concat([self._since.filter(~pl.col(SUBJECT).is_in(list(changed))), rows])
        self._changed |= set(changed)


@dataclass(frozen=True)
class Turn:
    """Who was judged again, and what was found of them (FINDING); of all others what was found before holds."""

    touched: frozenset[str]
    findings: pl.DataFrame


class Screened:
    """What was screened last, so that it can be screened again in part. Frames of shape PERSON, COVERAGE, FACT."""

    def __init__(
        self, people: pl.DataFrame, coverage: pl.DataFrame, facts: pl.DataFrame, as_of: date, parameters: Parameters
    ) -> None:
        once = people.unique(SUBJECT, keep="first", maintain_order=True)
        self._people = _Rows(once, PERSON, subject_id=_SUBJECT, household_key=_HOUSEHOLD)
        self._coverage = _Rows(coverage, COVERAGE, subject_id=_SUBJECT, household_key=_HOUSEHOLD)
        self._facts = _Rows(facts, FACT, subject_id=_SUBJECT, about=_ABOUT)
        self._as_of, self._parameters = as_of, parameters

    def turn(self, changed: Collection[str], people: pl.DataFrame, coverage: pl.DataFrame, facts: pl.DataFrame) -> Turn:
        """The subjects `changed` have these rows now (none: they are gone); everybody they touch is judged again."""
        before = self._keys(changed)
        self._people.put(changed, conform(people.unique(SUBJECT, keep="first", maintain_order=True), PERSON))
        self._coverage.put(changed, conform(coverage, COVERAGE))
        self._facts.put(changed, conform(facts, FACT))
        homes, abouts = (was | is_ for was, is_ in zip(before, self._keys(changed), strict=True))
        touched = set(changed) | self._sharing(homes, abouts)
        return Turn(frozenset(touched), self._judge(touched))

    def _judge(self, touched: set[str]) -> pl.DataFrame:
        homes, abouts = self._keys(touched)
        beside = touched | self._sharing(homes, abouts)
        scene = scene_of(
            self._people.of(subject_id=beside),
            self._coverage.of(subject_id=beside, household_key=homes),
            self._facts.of(subject_id=beside, about=abouts),
            self._as_of,
            self._parameters,
        )
        return findings_in(scene).filter(pl.col(SUBJECT).is_in(list(touched)))

    def _keys(self, subjects: Collection[str]) -> tuple[set[str], set[str]]:
        """The households and the relating tokens of these."""
        homes = self._people.values(HOUSEHOLD, subjects) | self._coverage.values(HOUSEHOLD, subjects)
        return homes, self._facts.values(ABOUT, subjects)

    def _sharing(self, homes: Collection[str], abouts: Collection[str]) -> set[str]:
        """Whoever has one of these."""
        found = set(self._people.of(household_key=homes)[SUBJECT])
        found |= set(self._coverage.of(household_key=homes)[SUBJECT])
        return found | set(self._facts.of(about=abouts)[SUBJECT])
