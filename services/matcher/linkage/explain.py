"""Why a pair was or was not taken for one person, in words staff can read: the same levels, weights and prior as in a
batch. Any two rows can be explained, also a pair that blocking never brought together (see `why_not`)."""

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
from matcher.linkage.levels import FIELDS, Levels, Patterns, code
from matcher.linkage.model import Model
from matcher.linkage.weigh import Odds, class_logs, weigh

NATURAL_TO_BITS: Final = 1 / float(np.log(2))
_TITLES: Final = {field.name: field.zh for field in FIELDS}


@dataclass(frozen=True)
class FieldEvidence:
    """One field's part: `weight` in bits, above nought for "the same person"; it is against strangers and relatives
    in the mixture this pair stands in, so the weights of a pair and its prior add up to its score. `record` and
    `person`: what each side says, where it may be shown."""

    field: str
    level: str
    weight: float
    text: str
    record: str | None = None
    person: str | None = None

    @property
    def title(self) -> str:
        """What staff call the field."""
        return _TITLES[self.field]

    @property
    def agreement(self) -> str:
        """How the two agree, without the field's name before it."""
        return self.text.removeprefix(f"{self.title}：")


@dataclass(frozen=True)
class Explanation:
    """The whole sum: prior (bits), each field, and the probability if this were the record's only candidate."""

    prior: float
    fields: tuple[FieldEvidence, ...]
    probability: float
    model: str
    relative: float = 0.0  # the part of relatives among those the person could be mixed up with

    @property
    def score(self) -> float:
        """Prior and evidence together, in bits."""
        return self.prior + sum(part.weight for part in self.fields)

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
    equal = (names >= code("name", scale.RAREST)) & (names <= code("name", scale.COMMONEST))
    middling = scale.replace(patterns, "name", np.where(equal, code("name", scale.MIDDLING), names))
    return explain_pattern(int(middling[0]), model, people=50_000)


def explain_pattern(pattern: int, model: Model, *, people: int) -> Explanation:
    """Explain the pattern stored with a link: exactly the evidence the decision was made on."""
    return explain_patterns([pattern], model, people=people)[0]


def explain_patterns(patterns: list[int], model: Model, *, people: int) -> list[Explanation]:
    """`explain_pattern` for the candidates of a whole query at once."""
    if not patterns:
        return []
    packed: Patterns = np.array(patterns, dtype=np.int64)
    score = weigh(packed, model, people)
    levels = scale.unpack(packed)
    _, household, stranger = class_logs(packed, model, people)
    relative: Odds = 1 / (1 + np.exp(np.clip(stranger - household, -700, 700)))
    weights = _weights(levels, relative, model)
    prior = score - np.sum(list(weights.values()), axis=0)
    alone = 1 / (1 + np.exp(-score))
    return [
        Explanation(
            prior=float(prior[place]) * NATURAL_TO_BITS,
            fields=tuple(_evidence(levels, weights, place)),
            probability=float(alone[place]),
            model=model.version,
            relative=float(relative[place]),
        )
        for place in range(len(patterns))
    ]


def _evidence(levels: Mapping[str, Levels], weights: Mapping[str, Odds], place: int) -> list[FieldEvidence]:
    parts = []
    for field in FIELDS:
        name, text = field.levels[int(levels[field.name][place])]
        bits = float(weights[field.name][place]) * NATURAL_TO_BITS
        parts.append(FieldEvidence(field.name, name, bits, f"{field.zh}：{text}"))
    return parts


def _weights(levels: Mapping[str, Levels], relative: Odds, model: Model) -> dict[str, Odds]:
    """Each field's log-weight: same person against relatives and strangers, mixed as likely as the whole pair makes
    them. Without that mixture a shared village would count for a pair that is plainly husband and wife."""
    logs = {kind: model.log(kind) for kind in ("same", "household", "stranger")}
    return {
        name: logs["same"][name][level]
        - relative * logs["household"][name][level]
        - (1 - relative) * logs["stranger"][name][level]
        for name, level in levels.items()
    }
