"""Propose the next model from the county's own data and answers; it links nothing until somebody puts it in force."""

from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl
from sqlmodel import Session, col, select

from kit.database import reading
from matcher.flows.expect_links import Tell, expected, linked_under, told_of
from matcher.flows.model_ground import Ground
from matcher.frames import IDENTITY, empty
from matcher.linkage.card import fingerprint
from matcher.linkage.labels import Labels
from matcher.linkage.learn import Learnt, learn
from matcher.linkage.levels import FIELDS, STRIDES
from matcher.linkage.model import Model
from matcher.linkage.train import look
from matcher.settlements.tables import Label

MOST_RECORDS = 300_000  # beyond that every k-th in the order of ids: rates of errors are known long before
TELLING = {"match": True, "no-match": False}  # of a row that is wrong in itself an answer says nothing of the pair
_PATTERNS = int(STRIDES[-1]) * len(FIELDS[-1].levels)


def train_model(ground: Ground, start: Model, tell: Tell) -> tuple[Model, dict[str, Any]]:
    """A new model from `start` and its card. Raises TrainingFailed; then nothing has changed."""
    tell("reading", 0, 1)
    records = _sample(ground)
    with reading(ground.desk.database) as session:
        labels = answers(session)
    tell("learning", 0, 1)
    learnt = learn(look(ground.identities, records, start, areas=ground.areas), start, labels)
    told = [told_of(ground, part) for part in linked_under(ground, learnt.model, tell)]
    return learnt.model, {**_origin(ground, records, learnt, start), **expected(told)}


def answers(session: Session) -> Labels:
    """What humans said of pairs, with the chance each had of being asked about; the last word on a pair."""
    names = ("batch_id", "line", "person_id", "verdict", "pattern", "inclusion")
    columns = [getattr(Label, name) for name in names]
    asked = (col(Label.verdict).in_(list(TELLING)), col(Label.pattern).is_not(None))
    found = session.execute(select(*columns).where(*asked).order_by(col(Label.made_at), col(Label.id))).all()
    last = {row[:3]: row[3:] for row in (tuple(row) for row in found)}
    rows = [row for row in last.values() if 0 <= row[1] < _PATTERNS]
    chance = [np.nan if inclusion is None else inclusion for _, _, inclusion in rows]
    return Labels(
        np.array([pattern for _, pattern, _ in rows], dtype=np.int64),
        np.array([TELLING[verdict] for verdict, _, _ in rows], dtype=np.bool_),
        np.array(chance, dtype=np.float64),
    )


def _sample(ground: Ground) -> pl.DataFrame:
    records = pl.concat([empty(IDENTITY), *(ground.records(batch) for batch in ground.counting)])
    step = -(-records.height // MOST_RECORDS)
    return records if step <= 1 else records.sort("id").gather_every(step)


def _origin(ground: Ground, records: pl.DataFrame, learnt: Learnt, start: Model) -> dict[str, Any]:
    """What the model was made from and how it came about."""
    told = asdict(learnt)
    told.pop("model")
    return {
        "method": "em-three-classes",
        "started_from": start.version,
        "people": {"rows": ground.identities.height, "fingerprint": fingerprint(ground.identities)},
        "records": {"rows": records.height, "fingerprint": fingerprint(records)},
        "deliveries": len(ground.counting),
        "learning": {**told, "matches": round(learnt.matches, 1), "ece": learnt.ece and list(learnt.ece)},
        "present": learnt.model.present,
    }
