"""The certificate of a batch: how many of its links are false and how many were missed, each with a 90 % interval.

False: a link to somebody the record is not. Missed: a record whose person is in the registry and that is not linked to
her; a link to the wrong one of two people is both. Three things are added up: posteriors of what was linked and of what
was not, bent and widened by what became of such posteriors elsewhere (dispersion), what no key found (recapture), and
what humans have answered, which tells how far this county differs from those the dispersion was learnt on.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.linkage import dispersion as learnt
from matcher.linkage.block import KEY_NAMES
from matcher.linkage.dispersion import KINDS, Dispersion, Floats
from matcher.linkage.groups import dimensions_of, wide_groups
from matcher.linkage.recapture import Caught, Seldom, caught
from matcher.linkage.tally import Chances, Expected, Part, Rate, expected

# What humans answered about pairs drawn with known probability, in this batch or in others of the same county and
# model. `assigned`: whether the pair was a link; `inclusion`: the probability of being asked, null = nobody knows.
LABELS: Final = pl.Schema(
    {
        "probability": pl.Float64,
        "pattern": pl.Int64,
        "assigned": pl.Boolean,
        "same": pl.Boolean,
        "inclusion": pl.Float64,
    }
)
ALL: Final = "all"
_HEAVIEST: Final = 10.0  # how much more than the mean one label may weigh


@dataclass(frozen=True)
class Figure:
    """One group's part (or the whole): records, how many are linked, how many have no candidate at all, and the errors
    to expect. `unseen`: of the missed, those whose person is not among the candidates."""

    dimension: str
    group: str
    records: int
    linked: int
    alone: int
    false: Expected
    missed: Expected
    unseen: Expected


@dataclass(frozen=True)
class Certificate:
    """What to expect of the links of one run. `labels`: answers it rests on beside the posteriors."""

    whole: Figure
    groups: tuple[Figure, ...]
    labels: int

    def as_json(self) -> dict[str, Any]:
        """Plain values, as they are kept and shown."""
        return asdict(self)


@dataclass(frozen=True)
class Grounds:
    """What a certificate rests on beside links and records.

    `on`: the day ages are reckoned for; `labels`: LABELS; `dispersion`: the shipped one by default.
    """

    on: date | None = None
    labels: pl.DataFrame | None = None
    dispersion: Dispersion | None = None


def certify(links: pl.DataFrame, records: pl.DataFrame, grounds: Grounds) -> Certificate:
    """The certificate of `links` (LINK, every candidate above the floor) of `records` (IDENTITY).

    Pairs a human decided are no longer doubtful: leave them out of `links`.
    """
    labels = LABELS.to_frame() if grounds.labels is None else grounds.labels
    answers = labels.filter(pl.col("inclusion").is_not_null())
    held = _Held(links, answers, grounds.dispersion or Dispersion.default())
    whole = held.figure(ALL, ALL, len(records), np.ones(len(links), dtype=np.bool_))
    wide = wide_groups(records, grounds.on)
    linked = links.select("record_id").join(wide, on="record_id", how="left", maintain_order="left")
    figures = [
        held.figure(dimension, group, size, (linked[column] == group).fill_null(value=False).to_numpy())
        for column, dimension in dimensions_of(wide).items()
        for group, size in wide[column].drop_nulls().value_counts().iter_rows()
    ]
    figures.sort(key=lambda one: (one.dimension, one.group))
    return Certificate(whole, tuple(figures), len(answers))


@dataclass(frozen=True)
class _Held:
    """The links of a run beside what is known of their trustworthiness."""

    links: pl.DataFrame
    labels: pl.DataFrame
    dispersion: Dispersion

    @cached_property
    def strain(self) -> float:
        return learnt.strain_of(self.links)

    @cached_property
    def kind(self) -> NDArray[np.int64]:
        return learnt.kinds(self.links)

    @cached_property
    def said(self) -> Floats:
        return learnt.said_by(self.links)

    @cached_property
    def county(self) -> Mapping[str, tuple[Floats, Floats]]:
        """For each kind the county's effects considered and how likely each is, after the labels."""
        kinds, said = learnt.kinds(self.labels), learnt.said_by(self.labels)
        return {
            name: _after(self.dispersion.trust[name].odds(said[kinds == place], self.strain), effects, weight, answered)
            for place, name in enumerate(KINDS)
            for effects, weight in [learnt.cases(self.dispersion.trust[name])]
            for answered in [self.labels.filter(pl.Series(kinds == place))]
        }

    @cached_property
    def right(self) -> Floats:
        """The chance that each candidate is the person."""
        out = np.zeros(len(self.links))
        for place, name in enumerate(KINDS):
            rows = self.kind == place
            effects, weight = self.county[name]
            odds = self.dispersion.trust[name].odds(self.said[rows], self.strain)
            out[rows] = weight @ learnt.logistic(odds[None, :] + effects[:, None])
        return out

    @cached_property
    def caught(self) -> Caught:
        return caught(self.links["keys"].to_numpy(), KEY_NAMES)

    @cached_property
    def whole(self) -> Seldom:
        return self.caught.seldom(self.right)

    def figure(self, dimension: str, group: str, size: int, rows: NDArray[np.bool_]) -> Figure:
        unseen = self._unseen(rows, size)
        assigned = self.links["assigned"].to_numpy()
        false = [self._chances("linked", rows, wrong=True)]
        missed: list[Part] = [self._chances(name, rows, wrong=False) for name in KINDS[1:]]
        return Figure(
            dimension=dimension,
            group=group,
            records=size,
            linked=int((assigned & rows).sum()),
            alone=size - self.links.filter(pl.Series(rows))["record_id"].n_unique(),
            false=expected(false),
            missed=expected([*missed, unseen]),
            unseen=expected([unseen]),
        )

    def _chances(self, name: str, rows: NDArray[np.bool_], *, wrong: bool) -> Chances:
        said, count = np.unique(self.said[rows & (self.kind == KINDS.index(name))], return_counts=True)
        effects, weight = self.county[name]
        odds = self.dispersion.trust[name].odds(said, self.strain)[None, :] + effects[:, None]
        return Chances(learnt.logistic(-odds if wrong else odds), count.astype(np.float64), weight)

    def _unseen(self, rows: NDArray[np.bool_], size: int) -> Rate:
        """The part of the whole's loss that falls to these rows: by how many of theirs were found seldom."""
        loss = self.dispersion.loss
        mine = self.caught.seldom(self.right, rows)
        mean = loss.ratio * self.whole.chao + loss.share * self.whole.once + loss.least
        part = (mine.once + loss.least) / (self.whole.once + loss.least)
        doubt = loss.spread**2 + 4 / (mine.once + 1) + 1 / (mine.twice + 1)
        return Rate(mean * (1.0 if rows.all() else part) if size else 0.0, 1 / doubt)


def _after(odds: Floats, effects: Floats, weight: Floats, answered: pl.DataFrame) -> tuple[Floats, Floats]:
    """The county's effects, reweighed by how well each tells what humans answered.

    An answer counts by the inverse of the probability that it was asked for, bounded and on the whole as one answer
    each: a sample drawn unevenly then speaks for all pairs of its kind."""
    if not len(odds):
        return effects, weight
    turn = 1 / np.maximum(answered["inclusion"].to_numpy(), 1e-6)
    turn = np.minimum(turn / turn.mean(), _HEAVIEST)
    same = answered["same"].to_numpy()
    told = odds[None, :] + effects[:, None]
    log = -(np.logaddexp(0, np.where(same[None, :], -told, told)) * (turn / turn.mean())[None, :]).sum(axis=1)
    after = weight * np.exp(log - log.max())
    return effects, after / after.sum()
