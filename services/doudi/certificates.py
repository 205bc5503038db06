"""Certificates held against the truth of invented counties: to learn the dispersion they rest on, and to see whether
their intervals hold it.

`python -m doudi.certificates FILE` links the tuning counties with the shipped model and writes what is learnt to FILE:
to be done again, and the file committed, whenever the linkage or the shipped model changes.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from doudi.county.make import make_linkage_set
from matcher.linkage.certify import Certificate, Grounds, certify
from matcher.linkage.chain import link
from matcher.linkage.learn_dispersion import Known, learn_dispersion
from matcher.linkage.model import Model

LEVELS = ("clean", "typical", "dirty", "brutal")
# People of a county → seeds it is made with; below 10, as all tuning.
PLAN: dict[int, Sequence[int]] = {
    **dict.fromkeys((2_000, 3_000, 4_000), range(1, 10)),
    10_000: range(1, 7),
    30_000: range(2, 7),
    118_000: range(2, 6),
}


@dataclass(frozen=True)
class Held:
    """One county's certificate beside what is true."""

    certificate: Certificate
    false: int
    missed: int

    @property
    def holds_false(self) -> bool:
        """Whether the number of false links lies in its interval."""
        told = self.certificate.whole.false
        return told.low <= self.false <= told.high

    @property
    def holds_missed(self) -> bool:
        """Whether the number of missed links lies in its interval."""
        told = self.certificate.whole.missed
        return told.low <= self.missed <= told.high


def hold(people: int, level: str, seed: int, model: Model) -> Held:
    """Link one county, certify it and count its errors."""
    made = make_linkage_set(people, level, seed)
    linked = link(made.people, made.feed, model)
    certificate = certify(linked.links, made.feed, Grounds())
    taken = linked.links.filter("assigned").select(feed_id="record_id", found="person_id")
    both = made.truth.join(taken, on="feed_id", how="left")
    right = both.filter(pl.col("person_id") == pl.col("found")).height
    return Held(certificate, taken.height - right, int(both["person_id"].count()) - right)


def tuning_counties(plan: dict[int, Sequence[int]], model: Model) -> Iterator[Known]:
    """The counties of a plan at every level, linked."""
    for people, seeds in plan.items():
        for seed in seeds:
            for level in LEVELS:
                made = make_linkage_set(people, level, seed)
                linked = link(made.people, made.feed, model)
                truth = made.truth.select(pl.col("feed_id").alias("record_id"), "person_id")
                yield Known(linked.links, truth)


def main() -> None:
    """Learn from the tuning counties and write the file."""
    model = Model.default()
    note = f"learnt on invented counties of 2 000 to 118 000 people, tuning seeds 1-9, with the model {model.version}"
    learnt = learn_dispersion(list(tuning_counties(PLAN, model)), note)
    Path(sys.argv[1]).write_text(learnt.text, encoding="utf-8")
    print(learnt.text)


if __name__ == "__main__":
    main()
