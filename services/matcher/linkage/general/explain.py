"""Why a pair of a general run was or was not taken for one person: the sum its probability is made of."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from matcher.linkage.general.chain import Linked
from matcher.linkage.general.compare import Scale
from matcher.linkage.general.weigh import Scorer, frozen

TO_BITS: Final = 1 / float(np.log(2))


@dataclass(frozen=True)
class FieldEvidence:
    """One field's part in bits: above nought it speaks for the same person, against strangers."""

    field: str
    level: str
    weight: float


@dataclass(frozen=True)
class Explanation:
    """The whole sum in bits: prior + fields + together + relatives + term = log-odds of `probability`.

    `together`: what fields that hang together (the parts of one address) count less, or more, than on their own.
    `relatives`: what is taken off because people of one household would look alike too.
    `term`: what the frequency of the values themselves adds."""

    prior: float
    fields: tuple[FieldEvidence, ...]
    together: float
    relatives: float
    probability: float
    model: str
    term: float = 0.0

    @property
    def text(self) -> str:
        """English, strongest evidence first."""
        told = sorted((part for part in self.fields if part.level != "missing"), key=lambda part: -abs(part.weight))
        parts = [f"{part.field} {part.level} ({part.weight:+.1f})" for part in told]
        rest = f"fields that hang together ({self.together:+.1f}); relatives ({self.relatives:+.1f})"
        rest += f"; how frequent the values are ({self.term:+.1f})" if self.term else ""
        return f"{self.probability:.1%}: {'; '.join(parts)}; {rest}; to begin with ({self.prior:+.1f} bits)."


def explain_pattern(pattern: int, run: Linked, term: float = 0.0) -> Explanation:
    """Explain the pattern (and `term`) stored with a link of `run`: exactly what its pair was weighed on. In a file
    held against itself a pair of one cluster may be likelier than its own evidence: its cluster speaks for it."""
    model = run.model
    scale = Scale(tuple(field for field in model.fields if field.name in run.fields))
    weights = frozen(model)
    scorer = Scorer(scale, np.array([pattern], dtype=np.int64), model)
    same, mates, stranger = (float(row[0]) for row in scorer.classes(weights, run.opponents))
    one, other = scorer.fields(weights, "same"), scorer.fields(weights, "stranger")
    fields = tuple(
        FieldEvidence(
            field.name,
            field.codes[int(scorer.levels[field.name][0])],
            float(one[field.name][0] - other[field.name][0]) * TO_BITS,
        )
        for field in scale.fields
    )
    groups = zip(scorer.corrections(weights, "same"), scorer.corrections(weights, "stranger"), strict=True)
    odds = same - float(np.logaddexp(mates, stranger))
    return Explanation(
        prior=weights.begin(run.opponents) * TO_BITS,
        fields=fields,
        together=sum((float(a[0] - b[0]) for a, b in groups), 0.0) * TO_BITS,
        relatives=(odds - (same - stranger)) * TO_BITS,
        probability=1 / (1 + float(np.exp(-odds - term))),
        model=model.version,
        term=term * TO_BITS,
    )
