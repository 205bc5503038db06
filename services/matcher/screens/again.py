"""Screening again only those of whom something changed, and those it touches: the same findings as from the beginning.

What a screen says of a person rests on the person's own rows and on those of whoever shares a household or a relating
token (an account) with them, or is named as their kin. So a change of one person touches the people who share a key
with the person, before or after; and to judge these, everybody who shares a key with one of them is looked at. Nothing
reaches further but one thing: whether a kind of fact was ever told at all. When that changes everybody is judged again.

Everything is kept sorted beside an index, so that a turn costs as much as the few it touches, however many there are.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from matcher.frames import COVERAGE, FACT, PERSON, Shape, conform, empty
from matcher.screens.catalogue import findings_in
from matcher.screens.parameters import Parameters
from matcher.screens.scene import KIN, RELATING, scene_of

SUBJECT, HOUSEHOLD, ABOUT, RELATIVE = "subject_id", "household_key", "about", "relative"
_SUBJECT, _HOUSEHOLD = pl.col(SUBJECT), pl.col(HOUSEHOLD)
# A token that relates nobody is no key: a whole township may share one.
_ABOUT = pl.when(pl.col("kind").is_in(list(RELATING))).then(pl.col(ABOUT))
_RELATIVE = pl.when(pl.col("kind") == KIN).then(pl.col(ABOUT))


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
        self._facts = _Rows(facts, FACT, subject_id=_SUBJECT, about=_ABOUT, relative=_RELATIVE)
        self._kinds = _Counts(conform(coverage, COVERAGE), conform(facts, FACT))
        self._everybody = set(once[SUBJECT])
        self._as_of, self._parameters = as_of, parameters

    def turn(self, changed: Collection[str], people: pl.DataFrame, coverage: pl.DataFrame, facts: pl.DataFrame) -> Turn:
        """The subjects `changed` have these rows now (none: they are gone); everybody they touch is judged again."""
        before, kinds = self._keys(changed), self._kinds.told
        self._kinds.less(self._coverage.of(subject_id=changed), self._facts.of(subject_id=changed))
        self._people.put(changed, conform(people.unique(SUBJECT, keep="first", maintain_order=True), PERSON))
        self._coverage.put(changed, conform(coverage, COVERAGE))
        self._facts.put(changed, conform(facts, FACT))
        self._kinds.more(conform(coverage, COVERAGE), conform(facts, FACT))
        self._everybody = (self._everybody - set(changed)) | set(people[SUBJECT])
        keys = before | self._keys(changed)
        touched = set(changed) | self._sharing(keys, changed) | (keys.relatives & self._everybody)
        if self._kinds.told != kinds:
            touched |= self._everybody
        return Turn(frozenset(touched), self._judge(touched))

    def _judge(self, touched: set[str]) -> pl.DataFrame:
        keys = self._keys(touched)
        beside = touched | self._sharing(keys, touched) | keys.relatives
        scene = scene_of(
            self._people.of(subject_id=beside),
            self._coverage.of(subject_id=beside, household_key=keys.homes),
            self._facts.of(subject_id=beside, about=keys.abouts),
            self._as_of,
            self._parameters,
            self._kinds.told,
        )
        return findings_in(scene).filter(pl.col(SUBJECT).is_in(list(touched)))

    def _keys(self, subjects: Collection[str]) -> "_Keys":
        """By what these are tied to others."""
        homes = self._people.values(HOUSEHOLD, subjects) | self._coverage.values(HOUSEHOLD, subjects)
        return _Keys(homes, self._facts.values(ABOUT, subjects), self._facts.values(RELATIVE, subjects))

    def _sharing(self, keys: "_Keys", subjects: Collection[str]) -> set[str]:
        """Whoever has one of these keys, or names one of these subjects as kin."""
        found = set(self._people.of(household_key=keys.homes)[SUBJECT])
        found |= set(self._coverage.of(household_key=keys.homes)[SUBJECT])
        return found | set(self._facts.of(about=keys.abouts, relative=subjects)[SUBJECT])


@dataclass(frozen=True)
class _Keys:
    """Households, relating tokens, and whom somebody names as kin."""

    homes: set[str]
    abouts: set[str]
    relatives: set[str]

    def __or__(self, other: "_Keys") -> "_Keys":
        return _Keys(self.homes | other.homes, self.abouts | other.abouts, self.relatives | other.relatives)


class _Counts:
    """How many rows there are of each kind of fact and programme: what somebody ever told."""

    def __init__(self, coverage: pl.DataFrame, facts: pl.DataFrame) -> None:
        self._counts: Counter[str] = Counter()
        self.more(coverage, facts)

    @property
    def told(self) -> frozenset[str]:
        """The kinds there are any of."""
        return frozenset(kind for kind, number in self._counts.items() if number > 0)

    def more(self, coverage: pl.DataFrame, facts: pl.DataFrame) -> None:
        """These rows came."""
        self._counts.update(_counted(coverage, facts))

    def less(self, coverage: pl.DataFrame, facts: pl.DataFrame) -> None:
        """These rows went."""
        self._counts.subtract(_counted(coverage, facts))


def _counted(coverage: pl.DataFrame, facts: pl.DataFrame) -> dict[str, int]:
    both = pl.concat([facts["kind"], coverage["programme"]]).drop_nulls()
    return dict(both.value_counts().iter_rows())
