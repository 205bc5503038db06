"""Training: what goes wrong is an error, what files do not show stays as the model file has it."""

import numpy as np
import pytest

from matcher.linkage.general import train as training
from matcher.linkage.general.block import block
from matcher.linkage.general.clean import clean
from matcher.linkage.general.compare import Comparison
from matcher.linkage.general.encode import encode
from matcher.linkage.general.headers import read
from matcher.linkage.general.model import GeneralModel
from matcher.linkage.general.train import TrainingFailed, train
from tests.matcher.linkage.general.builders import two_files

MODEL = GeneralModel.shipped("western")


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    ours, theirs = (clean(read(side, MODEL, "file").frame, MODEL) for side in two_files(500, 520))
    return Comparison(encode(ours, theirs, within=False), MODEL)


def test_it_learns_how_many_are_in_both_files(comparison: Comparison) -> None:
    pairs = block(comparison.sides, MODEL).pairs
    weights = train(comparison, comparison.compare(pairs), households=True)
    assert weights.present == pytest.approx(1, abs=0.05)
    assert weights.mates > 0.5  # families of one to four
    assert weights.same["surname"][1:8].sum() > 0.7
    for row in (*weights.same.values(), *weights.stranger.values()):
        assert np.all((row > 0) & (row <= 1))


def test_what_does_not_settle_is_an_error(comparison: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    patterns = comparison.compare(block(comparison.sides, MODEL).pairs)
    monkeypatch.setattr(training, "MOST_ROUNDS", 2)
    with pytest.raises(TrainingFailed, match="no convergence in 2 rounds"):
        train(comparison, patterns, households=True)


def test_swapped_classes_are_an_error(comparison: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that takes those who differ in everything for one person is not allowed to end as a result."""
    patterns = comparison.compare(block(comparison.sides, MODEL).pairs)
    honest = training._round

    def swapped(*given: object) -> object:
        found = honest(*given)  # type: ignore[arg-type] - passed on as they came
        return type(found)(found.stranger, found.same, found.together, found.present, found.mates)

    monkeypatch.setattr(training, "_round", swapped)
    monkeypatch.setattr(training, "_distance", lambda *_: 0.0)
    with pytest.raises(TrainingFailed, match="classes swapped"):
        train(comparison, patterns, households=True)
