"""A model: what the chain knows before it sees a file. Frozen data, told apart by the hash of its content.

For each level of each compared field it holds how probable the level is in three kinds of pairs: the same person, two
people of one household, strangers taken at random from the whole county. Relatives share surname, village, phone and
even the number on a form; with two classes they would be taken for matches.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.linkage.calibrate import Calibration
from matcher.linkage.levels import FIELDS

CLASSES: Final = ("same", "household", "stranger")
FLOOR: Final = 1e-9  # no level is impossible: a probability of nought would make one typo outweigh all other evidence


class ModelInvalid(ValueError):
    """A model file that does not fit the fields and levels of this version."""


@dataclass(frozen=True)
class Model:
    """Weights, priors and thresholds of one version.

    `weights[field][class]` are probabilities in the order of the field's levels. `present` is the share of records
    whose person is among the people; `mates` how many other people of a person's household are among them.
    `thresholds`: certain > probable > possible > floor, on the posterior probability of a candidate. `calibration`
    corrects log-odds by what humans have answered; None = they stand as they are.
    """

    weights: Mapping[str, Mapping[str, tuple[float, ...]]]
    present: float
    mates: float
    thresholds: Mapping[str, float]
    note: str = ""
    calibration: Calibration | None = None

    def __post_init__(self) -> None:
        for field in FIELDS:
            for kind in CLASSES:
                row = self.weights.get(field.name, {}).get(kind, ())
                if len(row) != len(field.levels) or not all(0 < p <= 1 for p in row):
                    raise ModelInvalid(f"model: field {field.name}, class {kind}: needs {len(field.levels)} weights")
        order = [self.thresholds.get(name, -1.0) for name in ("certain", "probable", "possible", "floor")]
        if order != sorted(order, reverse=True) or not 0 < order[-1] <= order[0] < 1:
            raise ModelInvalid("model: thresholds must fall from certain to probable, possible and floor")
        if not (0 < self.present < 1 and self.mates > 0):
            raise ModelInvalid("model: present must lie between 0 and 1, mates above 0")

    @cached_property
    def version(self) -> str:
        """Sixteen hex digits of the content's SHA-256: two models with one version score alike."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    def posterior(self, odds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Natural log-odds as they are meant: what fields say together, corrected by what humans answered."""
        return odds if self.calibration is None else self.calibration.apply(odds)

    def said(self, odds: NDArray[np.float64]) -> NDArray[np.float64]:
        """The other way round: what fields must say together for these log-odds to be meant."""
        return odds if self.calibration is None else self.calibration.undo(odds)

    def log(self, kind: str) -> Mapping[str, NDArray[np.float64]]:
        """Natural logarithms of one class's probabilities, one array per field; to be read only."""
        return self._logs[kind]

    @cached_property
    def _logs(self) -> dict[str, dict[str, NDArray[np.float64]]]:
        return {
            kind: {field.name: np.log(np.maximum(self.weights[field.name][kind], FLOOR)) for field in FIELDS}
            for kind in CLASSES
        }

    @cached_property
    def text(self) -> str:
        """The model as JSON, as `parse` reads it."""
        content: dict[str, Any] = {
            "weights": {
                field.name: {kind: list(self.weights[field.name][kind]) for kind in CLASSES} for field in FIELDS
            },
            "present": self.present,
            "mates": self.mates,
            "thresholds": dict(self.thresholds),
            "note": self.note,
        }
        if self.calibration is not None:  # left out where there is none: documents of before keep their version
            content["calibration"] = {"said": list(self.calibration.said), "meant": list(self.calibration.meant)}
        return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)

    def save(self, path: Path) -> None:
        """Write the model as JSON; `load` gives back the same version."""
        path.write_text(self.text, encoding="utf-8")

    @classmethod
    def parse(cls, text: str) -> "Model":
        """A model from its JSON; ModelInvalid says what does not fit."""
        try:
            data = json.loads(text)
            weights = {
                name: {kind: tuple(float(p) for p in row) for kind, row in kinds.items()}
                for name, kinds in data["weights"].items()
            }
            priors = float(data["present"]), float(data["mates"])
            return cls(weights, *priors, data["thresholds"], data.get("note", ""), _calibration(data))
        except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
            raise ModelInvalid(f"model: not a model file ({type(error).__name__})") from error

    @classmethod
    def load(cls, path: Path) -> "Model":
        """A model from a file written by `save`."""
        return cls.parse(path.read_text(encoding="utf-8"))

    @classmethod
    def default(cls) -> "Model":
        """The shipped model: fitted on synthetic counties of all error levels (tuning seeds only)."""
        return cls.parse(resources.files("matcher.linkage").joinpath("data/default.json").read_text(encoding="utf-8"))


def _calibration(data: Mapping[str, Any]) -> Calibration | None:
    """The map of a document, None where it has none. Raises ModelInvalid where it is no rising map."""
    told = data.get("calibration")
    if told is None:
        return None
    try:
        return Calibration(tuple(map(float, told["said"])), tuple(map(float, told["meant"])))
    except ValueError as error:
        raise ModelInvalid(f"model: {error}") from error
