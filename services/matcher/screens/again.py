"""Screening again only those of whom something changed, and those it touches: the same findings as from the beginning.

What a screen says of a person rests on the person's own rows and on those of whoever shares a household or a relating
token (an account) with them, or is named as their kin. So a change of one person touches the people who share a key
with the person, before or after; and to judge these, everybody who shares a key with one of them is looked at. Nothing
reaches further but one thing: whether a kind of fact was ever told at all. When that changes everybody is judged again.

Everything is kept sorted beside an index, so that a turn costs as much as the few it touches, however many there are.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from matcher.frames import COVERAGE, FACT, PERSON, Shape, conform, empty
from matcher.screens.catalogue import findings_in
from matcher.screens.in_force import Group
from matcher.screens.scene import KIN, RELATING, scene_of

SUBJECT, HOUSEHOLD, ABOUT, RELATIVE = "subject_id", "household_key", "about", "relative"
FEW = 8  # keys: so many are found one by one before a query, which alone takes 0.3 ms, would have found them
_SUBJECT, _HOUSEHOLD = pl.col(SUBJECT), pl.col(HOUSEHOLD)
# A token that relates nobody is no key: a whole township may share one.
_ABOUT = pl.when(pl.col("kind").is_in(list(RELATING))).then(pl.col(ABOUT))
_RELATIVE = pl.when(pl.col("kind") == KIN).then(pl.col(ABOUT))


@dataclass(frozen=True)
class Terms:
    """What everybody is judged by: the day, the areas by the values they are decided by, the screens that speak (None:
    all), and which columns of the scene are told of whom it was that was judged."""

    as_of: date
    groups: Sequence[Group]
    screens: frozenset[str] | None = None
    told: tuple[str, ...] = (SUBJECT,)


@dataclass(frozen=True)
class Judged:
    """`findings`: FINDING, by person and screen; `people`: the columns the terms ask for, of everybody judged."""

    findings: pl.DataFrame
    people: pl.DataFrame

    def of(self, subjects: Collection[str]) -> "Judged":
        """What is said of these."""
        mine = _SUBJECT.is_in(list(subjects))
        return Judged(self.findings.filter(mine), self.people.filter(mine))


def judge(
    people: pl.DataFrame,
    coverage: pl.DataFrame,
    facts: pl.DataFrame,
    terms: Terms,
    kinds: frozenset[str] | None = None,
) -> Judged:
    """What the screens say of these people (frames of shape PERSON, COVERAGE, FACT; `kinds` as in Known).

    Where areas are decided by other values, each group of them has a scene of its own: its people, with all coverage
    and all facts. A household is in one of them, for it has one door. A scene is by far the largest of frames: there
    is one at a time.
    """
    found, seen = [], []
    for group in _concerned(people, terms.groups):
        mine = people if len(terms.groups) == 1 else people.filter(pl.col("area").is_in(group.areas))
        scene = scene_of(mine, coverage, facts, terms.as_of, group.parameters, kinds)
        found.append(findings_in(scene, terms.screens))
        seen.append(scene.people.select(terms.told))
    if len(found) == 1:
        return Judged(found[0], seen[0])
    return Judged(pl.concat(found).sort(SUBJECT, "screen"), pl.concat(seen))


def _concerned(people: pl.DataFrame, groups: Sequence[Group]) -> Sequence[Group]:
    """The groups that have any of these people; of nobody the first, whose scene is an empty one."""
    if len(groups) == 1:
        return groups
    here = set(people["area"].unique())
    return [group for group in groups if not here.isdisjoint(group.areas)] or groups[:1]


class _Index:
    """Where the rows of a key stand: the keys sorted, and for each the row it came from."""

    def __init__(self, keys: pl.Series) -> None:
        rows = pl.DataFrame({"key": keys, "row": pl.arange(0, keys.len(), eager=True, dtype=pl.UInt32)})
        rows = rows.drop_nulls("key").sort("key", maintain_order=True)
        self._keys, self._rows = rows["key"], rows["row"].to_numpy()

    def of(self, keys: Collection[str]) -> np.ndarray:
        """The rows of these keys, ascending."""
        if not keys or not self._keys.len():
            return np.zeros(0, dtype=np.uint32)
        if len(keys) <= FEW:
            parts = [self._rows[bisect_left(self._keys, key) : bisect_right(self._keys, key)] for key in keys]
            return np.sort(np.concatenate(parts))
        wanted, held = pl.Series(sorted(keys), dtype=pl.String), pl.lit(self._keys)
        bounds = pl.select(low=held.search_sorted(wanted, "left"), high=held.search_sorted(wanted, "right"))
        parts = [self._rows[low:high] for low, high in bounds.iter_rows()]
        return np.sort(np.concatenate(parts))


class _Rows:
    """A frame by the keys it is asked for by, with what changed since beside it."""

    def __init__(self, frame: pl.DataFrame, shape: Shape, **keys: pl.Expr) -> None:
        self._base = conform(frame, shape)
        self._keys = keys
        self._indexes = {name: _Index(self._base.select(key).to_series()) for name, key in keys.items()}
        self._since = empty(shape)
        self._late: dict[str, dict[str, set[int]]] = {name: {} for name in keys}  # by key the rows of `_since`
        self._void: set[int] = set()  # of these rows those that were replaced; a day sees few
        self._changed: set[str] = set()  # subjects whose rows of the base count no more

    def of(self, **wanted: Collection[str]) -> pl.DataFrame:
        """The rows that have one of these keys, by column; in the order they were given."""
        rows = np.unique(np.concatenate([self._indexes[key].of(keys) for key, keys in wanted.items()]))
        found = self._base[rows]
        kept = [row for row, subject in enumerate(found[SUBJECT]) if subject not in self._changed]
        if len(kept) < found.height:
            found = found[kept]
        late = {row for name, keys in wanted.items() for key in keys for row in self._late[name].get(key, ())}
        late -= self._void
        return pl.concat([found, self._since[sorted(late)]]) if late else found

    def values(self, subjects: Collection[str], *names: str) -> list[set[str]]:
        """What these subjects have of each of these keys."""
        told = self.of(subject_id=subjects).select(self._keys[name].alias(name) for name in names)
        return [set(column) - {None} for column in told]

    def put(self, changed: Collection[str], rows: pl.DataFrame) -> None:
        """These subjects have these rows now, and no others."""
        self._changed |= set(changed)
        self._void.update(*(self._late[SUBJECT].pop(subject, ()) for subject in changed))
        first = self._since.height
        self._since = pl.concat([self._since, rows], rechunk=True)
        for name, keys in rows.select(**self._keys).to_dict(as_series=False).items():
            for row, key in enumerate(keys, first):
                self._late[name].setdefault(key, set()).add(row)


@dataclass(frozen=True)
class Turn:
    """Who was judged again, and what is said of them; of all others what was said before holds."""

    touched: frozenset[str]
    judged: Judged


class Screened:
    """What was screened last, so that it can be screened again in part. Frames of shape PERSON, COVERAGE, FACT.

    `terms` may come to name more areas, as people move; what an area is decided by stays.
    """

    def __init__(self, people: pl.DataFrame, coverage: pl.DataFrame, facts: pl.DataFrame, terms: Terms) -> None:
        once = people.unique(SUBJECT, keep="first", maintain_order=True)
        self._people = _Rows(once, PERSON, subject_id=_SUBJECT, household_key=_HOUSEHOLD)
        self._coverage = _Rows(coverage, COVERAGE, subject_id=_SUBJECT, household_key=_HOUSEHOLD)
        self._facts = _Rows(facts, FACT, subject_id=_SUBJECT, about=_ABOUT, relative=_RELATIVE)
        self._kinds = _Counts(conform(coverage, COVERAGE), conform(facts, FACT))
        self._everybody = set(once[SUBJECT])
        self.terms = terms

    def turn(self, changed: Collection[str], people: pl.DataFrame, coverage: pl.DataFrame, facts: pl.DataFrame) -> Turn:
        """The subjects `changed` have these rows now (none: they are gone); everybody they touch is judged again."""
        before, kinds = self._keys(changed), self._kinds.told
        self._kinds.less(self._coverage.of(subject_id=changed), self._facts.of(subject_id=changed))
        self._people.put(changed, conform(people.unique(SUBJECT, keep="first", maintain_order=True), PERSON))
        self._coverage.put(changed, conform(coverage, COVERAGE))
        self._facts.put(changed, conform(facts, FACT))
        self._kinds.more(conform(coverage, COVERAGE), conform(facts, FACT))
        self._everybody.difference_update(changed)  # in place: of a million people a copy is dear
        self._everybody.update(people[SUBJECT])
        keys = before | self._keys(changed)
        touched = set(changed) | self._sharing(keys, changed) | (keys.relatives & self._everybody)
        if self._kinds.told != kinds:
            touched |= self._everybody
        return Turn(frozenset(touched), self._judge(touched))

    def _judge(self, touched: set[str]) -> Judged:
        keys = self._keys(touched)
        beside = touched | self._sharing(keys, touched) | keys.relatives
        judged = judge(
            self._people.of(subject_id=beside),
            self._coverage.of(subject_id=beside, household_key=keys.homes),
            self._facts.of(subject_id=beside, about=keys.abouts),
            self.terms,
            self._kinds.told,
        )
        return judged.of(touched)

    def _keys(self, subjects: Collection[str]) -> "_Keys":
        """By what these are tied to others."""
        (of_people,), (of_coverage,) = (each.values(subjects, HOUSEHOLD) for each in (self._people, self._coverage))
        return _Keys(of_people | of_coverage, *self._facts.values(subjects, ABOUT, RELATIVE))

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
