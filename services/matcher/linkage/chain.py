"""The whole chain: clean, encode, block, compare, weigh, decide; a batch and a single record walk it alike."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from matcher.frames import LINK, conform
from matcher.linkage import levels as scale
from matcher.linkage.block import Pairs
from matcher.linkage.clean import clean
from matcher.linkage.compare import compare
from matcher.linkage.decide import GRADES, Candidates, assign, candidates, grades, reasons
from matcher.linkage.doubts import warnings_of
from matcher.linkage.encode import Encoded, encode_beside
from matcher.linkage.households import household_levels, household_pairs
from matcher.linkage.index import PeopleIndex
from matcher.linkage.levels import FIELDS, Patterns
from matcher.linkage.model import Model
from matcher.linkage.pool import Pool
from matcher.linkage.search import LINKING, bound, key_masks, search
from matcher.linkage.weigh import weigh


@dataclass(frozen=True)
class Linked:
    """Links of a run: LINK columns plus one column per compared field with the name of its level."""

    links: pl.DataFrame
    yields: pl.DataFrame  # key, pairs, new, retired
    report: dict[str, Any] = field(default_factory=dict)


def link(people: pl.DataFrame, records: pl.DataFrame, model: Model, *, areas: pl.DataFrame | None = None) -> Linked:
    """Candidates of every record among the people, both IDENTITY frames with text as sent.

    `people.id` may repeat (several spellings of one person); the best row counts. `areas` (code, name, level, parent)
    lets a 12-digit division stand for its township's and village's names. Candidates below the model's floor are left
    out; at most one candidate per record is `assigned`.
    """
    return link_to(PeopleIndex.of(people, areas), records, model, areas=areas)


def link_to(index: PeopleIndex, records: pl.DataFrame, model: Model, *, areas: pl.DataFrame | None = None) -> Linked:
    """`link` with people who are encoded already."""
    return link_encoded(encode_beside(index, clean(records, areas)), model)


def link_encoded(encoded: Encoded, model: Model) -> Linked:
    """Candidates of every record of two sides laid out already."""
    count = encoded.people.people
    found = search(encoded, bound(model, count, model.thresholds["floor"], LINKING))
    certain = model.thresholds["certain"]
    first = candidates(encoded, found.pairs, found.patterns, weigh(found.patterns, model, count), certain)
    sure = ~first.mismatch
    pairs, patterns = _second_pass(encoded, found.pairs, found.patterns, first.pairs(sure))
    last = candidates(encoded, pairs, patterns, weigh(patterns, model, count), model.thresholds["floor"])
    links = _links(encoded, last, model)
    report = report_of(links, len(encoded.records), count, model)
    return Linked(
        links, found.yields, {**report, "warnings": warnings_of(encoded.people.odd, encoded.records, found.yields)}
    )


def link_within(records: pl.DataFrame, model: Model, *, areas: pl.DataFrame | None = None) -> pl.DataFrame:
    """CLUSTER: which of these records, that are nobody's, are one person; one row per record, sorted as given.

    `household` must be comparable between the records: prefix it with the feed where feeds number households alike.
    """
    return Pool.of(records, model, areas).clusters()


def _second_pass(encoded: Encoded, pairs: Pairs, patterns: Patterns, sure: Pairs) -> tuple[Pairs, Patterns]:
    """The candidates again, with those the household suggests, weighed with what is known of the household."""
    more = _not_among(household_pairs(encoded, sure), pairs)
    everything = np.concatenate([pairs, more])
    order = np.argsort(everything, kind="stable")
    everything, known = everything[order], np.concatenate([patterns, compare(encoded, more)])[order]
    return everything, scale.replace(known, "household", household_levels(encoded, everything, sure))


def _not_among(asked: Pairs, known: Pairs) -> Pairs:
    """The distinct pairs of `asked` that `known` (ascending) has not."""
    distinct = np.unique(asked)
    place = np.minimum(np.searchsorted(known, distinct), max(len(known) - 1, 0))
    return distinct[known[place] != distinct] if len(known) else distinct


def _links(encoded: Encoded, found: Candidates, model: Model) -> pl.DataFrame:
    frame = decided(encoded, found, model).with_columns(
        encoded.records.ids.gather(found.record).alias("record_id"),
        encoded.people.side.ids.gather(found.row).alias("person_id"),
        pl.Series("keys", key_masks(encoded, found.record << 32 | found.row)),
    )
    return with_levels(frame)


def decided(encoded: Encoded, found: Candidates, model: Model) -> pl.DataFrame:
    """LINK of the candidates without ids and keys: probability, grade, assigned, pattern, reason."""
    grade = grades(found, model)
    assigned = assign(encoded, found, grade)
    why = reasons(encoded, found, grade, assigned)
    return pl.DataFrame(
        {
            "probability": found.probability,
            "grade": pl.Series(grade).replace_strict(dict(enumerate(GRADES)), return_dtype=pl.String),
            "assigned": assigned,
            "pattern": found.pattern,
            "reason": pl.Series(why, dtype=pl.String),
        }
    )


def with_levels(frame: pl.DataFrame) -> pl.DataFrame:
    """LINK with a column for each compared field: the name of its level."""
    named = scale.unpack(frame["pattern"].to_numpy())
    evidence = [
        pl.Series(f"{f.name}_level", named[f.name]).replace_strict(
            {number: name for number, (name, _) in enumerate(f.levels)}, return_dtype=pl.String
        )
        for f in FIELDS
    ]
    return pl.concat([conform(frame, LINK), pl.DataFrame(evidence)], how="horizontal")


def report_of(links: pl.DataFrame, records: int, people: int, model: Model) -> dict[str, Any]:
    """What a run says of its links (LINK) in figures."""
    taken = links.filter("assigned")
    doubt = links.filter(pl.col("reason").is_not_null())
    return {
        "model": model.version,
        "records": records,
        "people": people,
        "linked": len(taken),
        "grades": dict(taken.group_by("grade").len().sort("grade").iter_rows()),
        "doubts": dict(doubt.group_by("reason").agg(pl.col("record_id").n_unique()).sort("reason").iter_rows()),
        "expected_false": round(float((1 - taken["probability"]).sum()), 2),
    }
