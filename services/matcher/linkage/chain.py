"""The whole chain: clean, encode, block, compare, weigh, decide; a batch and a single record walk it alike."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from matcher.frames import CLUSTER, LINK, conform
from matcher.linkage import levels as scale
from matcher.linkage.block import Pairs, block, merge
from matcher.linkage.clean import clean
from matcher.linkage.cluster import cluster
from matcher.linkage.compare import compare, roster_levels
from matcher.linkage.decide import GRADES, Candidates, assign, candidates, grades, reasons
from matcher.linkage.encode import Encoded, encode
from matcher.linkage.households import household_levels, household_pairs
from matcher.linkage.levels import FIELDS, Patterns
from matcher.linkage.model import Model
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
    encoded = encode(clean(people, areas), clean(records, areas))
    count = people["id"].n_unique()
    pairs, yields = block(encoded)
    patterns = compare(encoded, pairs)
    first = candidates(encoded, pairs, patterns, weigh(patterns, model, count))
    sure = (first.probability >= model.thresholds["certain"]) & ~first.mismatch
    pairs, patterns = _second_pass(encoded, pairs, patterns, first.pairs(sure))
    found = candidates(encoded, pairs, patterns, weigh(patterns, model, count))
    links = _links(encoded, found, model)
    return Linked(links, yields, _report(links, len(records), count, model))


def link_within(records: pl.DataFrame, model: Model, *, areas: pl.DataFrame | None = None) -> pl.DataFrame:
    """CLUSTER: which of these records, that are nobody's, are one person; one row per record, sorted as given.

    `household` must be comparable between the records: prefix it with the feed where feeds number households alike.
    """
    cleaned = clean(records, areas)
    encoded = encode(cleaned, cleaned)
    pairs, _ = block(encoded, within=True)
    patterns = scale.replace(compare(encoded, pairs), "household", roster_levels(encoded.records, pairs))
    odds = weigh(patterns, model, len(records))
    done = cluster(encoded, pairs, patterns, 1 / (1 + np.exp(-odds)), model.thresholds["probable"])
    ids = encoded.records.ids
    return conform(
        pl.DataFrame({"record_id": ids, "cluster": ids.gather(done.root), "probability": done.probability}), CLUSTER
    )


def _second_pass(encoded: Encoded, pairs: Pairs, patterns: Patterns, sure: Pairs) -> tuple[Pairs, Patterns]:
    """The candidates again, with those the household suggests, weighed with what is known of the household."""
    more = np.setdiff1d(household_pairs(encoded, sure), pairs)
    everything = merge(pairs, more)
    known = np.zeros(len(everything), dtype=np.int64)
    known[np.searchsorted(everything, pairs)] = patterns
    known[np.searchsorted(everything, more)] = compare(encoded, more)
    return everything, scale.replace(known, "household", household_levels(encoded, everything, sure))


def _links(encoded: Encoded, found: Candidates, model: Model) -> pl.DataFrame:
    grade = grades(found, model)
    assigned = assign(encoded, found, grade)
    why = reasons(encoded, found, grade, assigned)
    frame = pl.DataFrame(
        {
            "record_id": encoded.records.ids.gather(found.record),
            "person_id": encoded.people.ids.gather(found.row),
            "probability": found.probability,
            "grade": pl.Series(grade).replace_strict(dict(enumerate(GRADES)), return_dtype=pl.String),
            "assigned": assigned,
            "pattern": found.pattern,
            "reason": pl.Series(why, dtype=pl.String),
        }
    )
    named = scale.unpack(found.pattern)
    evidence = [
        pl.Series(f"{f.name}_level", named[f.name]).replace_strict(
            {number: name for number, (name, _) in enumerate(f.levels)}, return_dtype=pl.String
        )
        for f in FIELDS
    ]
    frame = pl.concat([conform(frame, LINK), pl.DataFrame(evidence)], how="horizontal")
    return frame.filter(pl.col("probability") >= model.thresholds["floor"])


def _report(links: pl.DataFrame, records: int, people: int, model: Model) -> dict[str, Any]:
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
