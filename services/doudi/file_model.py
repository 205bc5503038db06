"""The model two files are scored by: a frozen one with its own thresholds, or one trained on the very files.

Between files nobody reviews what is in doubt, so without a word to the contrary a false link and a missed one count
alike: whoever is likelier the person than not is taken for it. Who fears false links more says by how much.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from doudi.defects import Stop
from matcher.linkage.model import Model, ModelInvalid
from matcher.linkage.train import TrainingFailed


@dataclass(frozen=True)
class Scoring:
    """A frozen model's file, or none and what a false link costs in missed ones (None = 1: as much)."""

    model: Path | None = None
    false_cost: float | None = None

    def check(self) -> None:
        """Raise Stop where both are given, or a cost that is none."""
        if self.model is not None and self.false_cost is not None:
            raise Stop("--false-cost is for a model trained on these files; a model file has thresholds of its own")
        if self.false_cost is not None and not 0.1 <= self.false_cost <= 1000:
            raise Stop("--false-cost: a number between 0.1 and 1000, how many missed links a false one is worth")

    def made(self, train: Callable[[Model], Model]) -> tuple[Model, TrainingFailed | None]:
        """The model, and why `train` (from the shipped one) failed where the shipped one had to do. Raises Stop."""
        self.check()
        if self.model is not None:
            return _loaded(self.model), None
        start = deciding(Model.default(), 1.0 if self.false_cost is None else self.false_cost)
        try:
            return train(start), None
        except TrainingFailed as failed:
            return start, failed


def deciding(model: Model, false_cost: float) -> Model:
    """The model linking where that costs no more than leaving."""
    even = float(f"{false_cost / (1 + false_cost):.6g}")
    bounds = {**model.thresholds, "probable": even, "certain": max(model.thresholds["certain"], even)}
    return replace(model, thresholds=bounds)


def _loaded(path: Path) -> Model:
    try:
        return Model.load(path)
    except OSError as error:
        raise Stop(f"model {path}: cannot be read ({error.strerror})") from error
    except ModelInvalid as error:
        raise Stop(str(error)) from error
    except UnicodeDecodeError as error:
        raise Stop(f"model {path}: not a model file") from error
