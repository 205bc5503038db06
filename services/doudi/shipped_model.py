"""The model the product ships: fitted on invented counties whose truth is known.

`python -m doudi.shipped_model FILE` writes it: to be done again, and the file committed, whenever what is compared, its
levels or the invented counties change; then the dispersion of certificates is learnt anew (doudi.certificates).
"""

import sys
from dataclasses import replace
from pathlib import Path

from doudi.county.make import make_linkage_set
from matcher.linkage.levels import code
from matcher.linkage.model import Model
from matcher.linkage.train import Labelled, fit

PEOPLE, SEED = 118_000, 1  # seeds below 10 are for tuning
LEVELS = ("clean", "typical", "dirty", "brutal")
# How often a borrowed number stands beside its owner's date. Invented agencies ask for the date, and never; real ones
# may write it out of the number, and always. Between the two, until the files at hand say which it is (learn).
BORROWED = {"stated-equal": 0.05, "stated-near": 0.005, "stated-differs": 0.945}


def shipped_model() -> Model:
    """The model fitted anew, from the weights of the one that is shipped."""
    made = (make_linkage_set(PEOPLE, level, SEED) for level in LEVELS)
    note = f"fitted on invented counties, {PEOPLE} people, tuning seed {SEED}, all four error levels"
    fitted = fit([Labelled(one.people, one.feed, one.truth) for one in made], Model.default(), note)
    birth = {**fitted.weights["birth"], "household": _cautious(fitted.weights["birth"]["household"])}
    return replace(fitted, weights={**fitted.weights, "birth": birth})


def _cautious(row: tuple[float, ...]) -> tuple[float, ...]:
    told = {code("birth", level): weight for level, weight in BORROWED.items()}
    return tuple(told.get(place, weight) for place, weight in enumerate(row))


def main() -> None:
    """Fit and write."""
    model = shipped_model()
    model.save(Path(sys.argv[1]))
    print(model.version)


if __name__ == "__main__":
    main()
