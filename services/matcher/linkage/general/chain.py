"""The general chain: read headers, clean, encode, block, compare, train, weigh, decide; for two files or within one."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.linkage.general.block import MASK, Blocked, Pairs, block
from matcher.linkage.general.clean import clean
from matcher.linkage.general.cluster import cluster
from matcher.linkage.general.compare import Comparison, Patterns
from matcher.linkage.general.decide import assign, grades, is_one_to_one, logit, probability
from matcher.linkage.general.encode import Sides, encode
from matcher.linkage.general.headers import HeadersRefused, Read, read
from matcher.linkage.general.model import GeneralModel
from matcher.linkage.general.train import opened, train
from matcher.linkage.general.weigh import Row, Weights, frozen, weigh


@dataclass(frozen=True)
class Linked:
    """`links`: record_id, person_id, probability, grade, assigned, pattern, and the level of each compared field;
    `term`: natural log-odds in it that the frequency of the values themselves adds; `weight`: log-odds in bits.
    `model` holds the weights the links were made with; `clusters` (id, cluster) is there for a file held against
    itself."""

    links: pl.DataFrame
    yields: pl.DataFrame
    report: dict[str, Any]
    model: GeneralModel
    fields: tuple[str, ...]  # compared, in the order of the pattern
    opponents: float
    clusters: pl.DataFrame | None = None


def link(people: pl.DataFrame, records: pl.DataFrame, model: GeneralModel) -> Linked:
    """Candidates of every record among the people, both as they came from a file. `people`'s id may repeat (several
    spellings of one person), `records`' may not. Raises HeadersRefused and TrainingFailed."""
    ours, theirs = read(people, model, "people"), read(records, model, "feed")
    _unique(theirs, "feed")
    run = _Run(ours, theirs, model, within=False)
    person = run.sides.our_ids.rank("dense").to_numpy().astype(np.int64)[run.pairs & MASK]
    record = run.pairs >> 32
    exclusive = is_one_to_one(record, person, run.odds, model)
    keep = _best_rows(record, person, run.odds) & (run.odds >= logit(model.thresholds.floor))
    rows = np.flatnonzero(keep)
    taken = assign(record[rows], person[rows], run.odds[rows], model, one_to_one=exclusive)
    found = run.told(rows, taken, None)
    unsure = (1 - found.links.filter("assigned")["probability"]).sum()
    return replace(found, report={**found.report, "one_to_one": exclusive, "expected_false": round(float(unsure), 2)})


def dedupe(records: pl.DataFrame, model: GeneralModel) -> Linked:
    """Which rows of one file are one person: pairs (each once, the later id as record), and clusters. `assigned` marks
    all pairs of a cluster. Raises HeadersRefused and TrainingFailed."""
    side = read(records, model, "file")
    _unique(side, "file")
    run = _Run(side, side, model, within=True)
    done = cluster(len(records), run.pairs, run.odds, model, run.weigh)
    run.settle(done.pairs, done.odds)
    taken = done.root[run.pairs >> 32] == done.root[run.pairs & MASK]
    rows = np.flatnonzero(taken | (run.odds >= logit(model.thresholds.floor)))
    ids = run.sides.our_ids
    clusters = pl.DataFrame({"id": ids, "cluster": ids.gather(done.root)})
    found = run.told(rows, taken[rows], clusters)
    return replace(found, report={**found.report, "people": clusters["cluster"].n_unique()})


class _Run:
    """One pass over two sides: the compared pairs with their patterns and odds."""

    def __init__(self, ours: Read, theirs: Read, model: GeneralModel, *, within: bool) -> None:
        self.read, self.given = (ours, theirs), model
        people = clean(ours.frame, model)
        self.sides: Sides = encode(people, people if within else clean(theirs.frame, model), within=within)
        self.comparison = Comparison(self.sides, model)
        if not {field.column for field in model.fields} & set(ours.frame.columns) & set(theirs.frame.columns):
            raise HeadersRefused("the two files have no column in common that the model compares")
        self.blocked: Blocked = block(self.sides, model)
        self.pairs: Pairs = self.blocked.pairs
        self.patterns: Patterns = self.comparison.compare(self.pairs)
        self.warnings = [*self.blocked.warnings]
        self.weights: Weights = self._weights()
        self.odds: Row = self.weigh(self.pairs, self.patterns)

    def _weights(self) -> Weights:
        """The file's own, or trained; where there is nothing to learn from (one field has nothing to hold its
        agreement against), the start values, with a warning."""
        if self.given.fitted:
            return frozen(self.given)
        fields = self.comparison.scale.fields
        if len(fields) <= 1 or not len(self.pairs):
            told = "no two rows share a key" if fields else "no column has values on both sides"
            if len(fields) == 1:
                told = f"only {fields[0].name} can be compared"
            self.warnings.append(f"{told}: weighed by the model's start values, untrained")
            return opened(frozen(self.given), self.comparison)
        return train(self.comparison, self.patterns, households=self.blocked.households)

    def weigh(self, pairs: Pairs, patterns: Patterns | None = None) -> Row:
        """Natural log-odds by the run's weights."""
        seen = self.comparison.compare(pairs) if patterns is None else patterns
        odds = weigh(self.comparison.scale, seen, self.given, self.weights, self.sides.opponents)
        return odds + self.comparison.terms(pairs, seen)

    def settle(self, pairs: Pairs, odds: Row) -> None:
        """Take in the (sorted) pairs of a clustering, with their odds, also those no key had brought together."""
        known = np.isin(self.pairs, pairs, assume_unique=True)
        self.odds[known] = odds[np.searchsorted(pairs, self.pairs[known])]
        new = ~np.isin(pairs, self.pairs, assume_unique=True)
        order = np.argsort(np.concatenate([self.pairs, pairs[new]]))
        self.pairs = np.concatenate([self.pairs, pairs[new]])[order]
        self.patterns = np.concatenate([self.patterns, self.comparison.compare(pairs[new])])[order]
        self.odds = np.concatenate([self.odds, odds[new]])[order]

    def told(self, rows: NDArray[np.int64], taken: NDArray[np.bool_], clusters: pl.DataFrame | None) -> Linked:
        """The links of these pairs, in the order of their ids."""
        share = probability(self.odds[rows])
        codes = self.comparison.scale.unpack(self.patterns[rows])
        frame = pl.DataFrame(
            {
                "record_id": self.sides.their_ids.gather(self.pairs[rows] >> 32),
                "person_id": self.sides.our_ids.gather(self.pairs[rows] & MASK),
                "probability": share,
                "grade": grades(share, self.given),
                "assigned": taken,
                "pattern": self.patterns[rows],
                "term": self.comparison.terms(self.pairs[rows], self.patterns[rows]),
                "weight": self.odds[rows] / np.log(2),
            }
        ).with_columns(
            pl.Series(f"{field.name}_level", codes[field.name]).replace_strict(
                dict(enumerate(field.codes)), return_dtype=pl.String
            )
            for field in self.comparison.scale.fields
        )
        links = frame.sort("record_id", "probability", "person_id", descending=[False, True, False])
        used = self.given if self.given.fitted else self.given.model_copy(update={"fitted": self.weights.fitted()})
        report = {**_report(links, self), "model": used.version}
        fields = tuple(field.name for field in self.comparison.scale.fields)
        return Linked(links, self.blocked.yields, report, used, fields, self.sides.opponents, clusters)


def _unique(side: Read, name: str) -> None:
    if side.frame["id"].is_duplicated().any():
        raise HeadersRefused(f"{name}: the id must be unique, one id per record")


def _best_rows(record: NDArray[np.int64], person: NDArray[np.int64], odds: Row) -> NDArray[np.bool_]:
    """Of several spellings of one person, the one most like the record."""
    order = np.lexsort((-odds, person, record))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (np.diff(record[order]) != 0) | (np.diff(person[order]) != 0)
    best = np.zeros(len(order), dtype=np.bool_)
    best[order[first]] = True
    return best


def _report(links: pl.DataFrame, run: _Run) -> dict[str, Any]:
    taken = links.filter("assigned")
    ours, theirs = run.read
    return {
        "records": len(theirs.frame),
        "people": len(ours.frame),
        "linked": taken.height,
        "grades": dict(taken.group_by("grade").len().sort("grade").iter_rows()),
        "columns": {"people": ours.taken, "feed": theirs.taken},
        "passed_over": {"people": ours.passed_over, "feed": theirs.passed_over},
        "compared": [field.name for field in run.comparison.scale.fields],
        "warnings": run.warnings,
    }
