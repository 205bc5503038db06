"""Why a pair was or was not taken for one person, in words staff can read: the same levels, weights and prior as in a
batch. Any two rows can be explained, also a pair that blocking never brought together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from matcher.frames import IDENTITY, conform
from matcher.linkage import levels as scale
from matcher.linkage.clean import clean
from matcher.linkage.compare import compare
from matcher.linkage.encode import encode
from matcher.linkage.levels import FIELDS, Patterns, code
from matcher.linkage.model import Model
from matcher.linkage.weigh import Odds, class_logs, weigh

NATURAL_TO_BITS: Final = 1 / float(np.log(2))


@dataclass(frozen=True)
class FieldEvidence:
    """One field's part: `weight` in bits, above nought for "the same person"; it is against strangers and relatives
    in the mixture this pair stands in, so the weights of a pair and its prior add up to its score."""

    field: str
    level: str
    weight: float
    text: str


@dataclass(frozen=True)
class Explanation:
    """The whole sum: prior (bits), each field, and the probability if this were the record's only candidate."""

    prior: float
    fields: tuple[FieldEvidence, ...]
    probability: float
    model: str

    @property
    def text(self) -> str:
        """Chinese, strongest evidence first, for the reviewer."""
        told = sorted((part for part in self.fields if abs(part.weight) >= 0.05), key=lambda part: -abs(part.weight))
        parts = [f"{part.text}（{'支持' if part.weight > 0 else '反对'}，{abs(part.weight):.1f}）" for part in told]
        return f"单独看此人，可能性 {self.probability:.1%}。" + "；".join(parts) + "。"


def explain(
    person: Mapping[str, str | None],
    record: Mapping[str, str | None],
    model: Model,
    *,
    among: pl.DataFrame | None = None,
) -> Explanation:
    """Explain one pair from its IDENTITY rows, text as sent.

    `among`: the people the record was held against; they say how rare the name is and set the prior. Without them an
    equal name counts as neither rare nor common, among 50 000. A stored link is explained exactly by `explain_pattern`.
    """
    ours, theirs = (
        conform(pl.DataFrame([dict(row)], schema_overrides=dict(IDENTITY)), IDENTITY) for row in (person, record)
    )
    people = ours if among is None else pl.concat([ours, conform(among, IDENTITY)])
    encoded = encode(clean(people), clean(theirs))
    patterns = compare(encoded, np.zeros(1, dtype=np.int64))
    if among is not None:
        return explain_pattern(int(patterns[0]), model, people=among["id"].n_unique())
    names = scale.unpack(patterns)["name"]
    equal = (names >= code("name", "equal-1")) & (names <= code("name", "equal-5"))
    middling = scale.replace(patterns, "name", np.where(equal, code("name", "equal-3"), names))
    return explain_pattern(int(middling[0]), model, people=50_000)


def explain_pattern(pattern: int, model: Model, *, people: int) -> Explanation:
    """Explain the pattern stored with a link: exactly the evidence the decision was made on."""
    patterns = np.array([pattern], dtype=np.int64)
    score = float(weigh(patterns, model, people)[0])
    levels = scale.unpack(patterns)
    parts = []
    for field in FIELDS:
        level = int(levels[field.name][0])
        name, text = field.levels[level]
        parts.append((field, name, text, _share(patterns, field.name, level, model, people)))
    prior = score - sum(weight for *_, weight in parts)
    return Explanation(
        prior=prior * NATURAL_TO_BITS,
        fields=tuple(
            FieldEvidence(field.name, name, weight * NATURAL_TO_BITS, f"{field.zh}：{text}")
            for field, name, text, weight in parts
        ),
        probability=1 / (1 + float(np.exp(-score))),
        model=model.version,
    )


def _share(patterns: Patterns, field: str, level: int, model: Model, people: int) -> float:
    """One field's log-weight: same person against relatives and strangers, mixed as likely as the whole pair makes
    them. Without that mixture a shared village would count for a pair that is plainly husband and wife."""
    _, household, stranger = class_logs(patterns, model, people)
    relative = float(_inverse_odds(household, stranger)[0])
    weight = {kind: float(values[field][level]) for kind, values in ((k, model.log(k)) for k in model.weights[field])}
    other = relative * weight["household"] + (1 - relative) * weight["stranger"]
    return weight["same"] - other


def _inverse_odds(household: Odds, stranger: Odds) -> Odds:
    return 1 / (1 + np.exp(np.clip(stranger - household, -700, 700)))
