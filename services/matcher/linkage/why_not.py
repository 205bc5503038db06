"""Why a record is taken for a person, and why not: the whole story of one pair, compared or not.

Prior, evidence, competitors, vetoes, what a human decided, which keys met or missed, and the smallest change that would
turn the decision; as data, and in Chinese a village officer understands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import polars as pl

from matcher.linkage.explain import NATURAL_TO_BITS, Explanation, explain_pattern
from matcher.linkage.key_outcomes import KeyOutcome, key_outcomes
from matcher.linkage.known_people import KnownPeople, Pair
from matcher.linkage.shown import shown
from matcher.linkage.smallest_change import Change, smallest_change
from matcher.linkage.weigh import weigh

Decided = Literal["confirmed", "rejected", "given-to-another"]
Veto = Literal["id-name-mismatch", "weak-evidence", "outdone", "roster"]
GRADE_TITLES: Final[Mapping[str, str]] = {
    "certain": "确定",
    "probable": "较确定",
    "possible": "存疑",
    "certainly-not": "不是",
}


@dataclass(frozen=True)
class Rival:
    """Another candidate of the same record, and how much of the probability it takes."""

    person_id: str
    probability: float
    grade: str


@dataclass(frozen=True)
class Why:
    """One record and one person. `competition` (bits) is what the other candidates leave of the score, so that the
    explanation's score and it give `probability`; `nobody` is the share of "none of them"."""

    record_id: str
    person_id: str
    explanation: Explanation
    competition: float
    probability: float
    grade: str | None  # None: the chain never compared the two
    linked: bool
    decided: Decided | None
    veto: Veto | None
    reason: str | None
    rivals: tuple[Rival, ...]
    nobody: float
    keys: tuple[KeyOutcome, ...]
    change: Change | None
    thresholds: Mapping[str, float]
    people: int

    @property
    def compared(self) -> bool:
        """Whether the chain held the two against each other by itself."""
        return self.grade is not None

    @property
    def total(self) -> float:
        """The whole sum in bits: above nought, more likely the same person than not."""
        return self.explanation.score + self.competition


def why(
    known: KnownPeople, records: pl.DataFrame, person_id: str, *, decided: Decided | None = None, masked: bool = True
) -> Why:
    """The first of `records` (IDENTITY; the others stand in its household's roster) and the person.

    `decided`: what a human said, which outranks every score. Raises KeyError for somebody not among the people.
    """
    links = known.link(records)
    pair = known.pair(records, person_id, links)
    mine = links.filter(pl.col("record_id") == records["id"][0])
    link = next(iter(mine.filter(pl.col("person_id") == person_id).to_dicts()), None)
    others = mine.filter(pl.col("person_id") != person_id)
    alone = _with_sides(explain_pattern(pair.pattern, known.model, people=known.count), records, pair, masked=masked)
    competition = _competition(alone, float(link["probability"]) if link else None, others, known)
    total = (alone.score + competition) / NATURAL_TO_BITS
    assigned = bool(link and link["assigned"])
    linked = {"confirmed": True, "rejected": False, "given-to-another": False}.get(decided or "", assigned)
    grade = str(link["grade"]) if link else "certainly-not" if pair.compared else None
    probability = float(link["probability"]) if link else float(1 / (1 + np.exp(-total)))
    free = mine.filter(pl.col("reason").fill_null("") != "id-name-mismatch")["probability"].to_list()
    return Why(
        record_id=str(records["id"][0]),
        person_id=person_id,
        explanation=alone,
        competition=competition,
        probability=probability,
        grade=grade,
        linked=linked,
        decided=decided,
        veto=_veto(known, link, others),
        reason=link["reason"] if link else None,
        rivals=_rivals(others),
        nobody=min(max(1 - sum(free), 0.0), 1.0),
        keys=key_outcomes(pair),
        change=None if decided else smallest_change(known, records, pair, linked=assigned),
        thresholds=known.model.thresholds,
        people=known.count,
    )


def _with_sides(alone: Explanation, records: pl.DataFrame, pair: Pair, *, masked: bool) -> Explanation:
    """What each side says beside each field."""
    ours = shown(pair.person_row, pair.person, masked=masked)
    theirs = shown(records.row(0, named=True), pair.record, masked=masked)
    fields = [replace(one, record=theirs.get(one.field), person=ours.get(one.field)) for one in alone.fields]
    return replace(alone, fields=tuple(fields))


def _competition(alone: Explanation, probability: float | None, others: pl.DataFrame, known: KnownPeople) -> float:
    """Bits between the score of the pair alone and its share among all candidates and "nobody"."""
    if probability is not None and 1e-9 < probability < 1 - 1e-9:
        return float(np.log2(probability / (1 - probability))) - alone.score
    free = others.filter(pl.col("reason").fill_null("") != "id-name-mismatch")
    odds = weigh(free["pattern"].to_numpy(), known.model, known.count)
    return -float(np.logaddexp.reduce(np.append(odds, 0.0))) * NATURAL_TO_BITS


def _veto(known: KnownPeople, link: dict[str, object] | None, others: pl.DataFrame) -> Veto | None:
    """What kept a candidate from being linked although its probability would do."""
    if link is None or link["assigned"] or float(str(link["probability"])) < known.model.thresholds["probable"]:
        return None
    if link["reason"] == "id-name-mismatch":
        return "id-name-mismatch"
    if link["grade"] in ("possible", "certainly-not"):
        return "weak-evidence"
    return "outdone" if others.filter("assigned").height else "roster"


def _rivals(others: pl.DataFrame) -> tuple[Rival, ...]:
    ranked = others.sort(["probability", "person_id"], descending=[True, False]).head(10)
    told = ranked.select("person_id", "probability", "grade")
    return tuple(Rival(person, share, grade) for person, share, grade in told.iter_rows())
