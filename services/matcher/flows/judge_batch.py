"""A delivery is judged for its sender: how good its data are, and what moved since the delivery before it.

Counted from the sealed chunks when it is first asked for, and kept beside them: what was read never changes.
"""

from typing import Any

import orjson
from sqlmodel import Session

from kit.logs import get_logger
from matcher.batches import store as batches
from matcher.batches.files import BatchFiles
from matcher.batches.states import LIVE
from matcher.batches.tables import Batch
from matcher.feeds import store as feeds
from matcher.sealed import FileMissing
from matcher.statistics.quality import Field, differences, quality_of

_log = get_logger("judge_batch")
COUNTED = "quality-1"  # another number whenever the figures come to mean something else
READ = (
    "validated",
    "needs_confirmation",
    "cancelled",
    "rolled_back",
    *LIVE,
)  # read: nothing of it moves any more


def judge_batch(session: Session, files: BatchFiles, batch: Batch) -> dict[str, Any]:
    """The quality of `batch` beside that of the last delivery of its line that was read. Raises FileMissing.

    A repetition has the quality of what it repeats.
    """
    own = batch if batch.same_as is None else session.get_one(Batch, batch.same_as)
    now = figures_of(session, files, own)
    before = _before(session, own)
    if before is None:
        return {**now, "previous": None}
    earlier = figures_of(session, files, before)
    return {
        **now,
        "previous": {
            "batch_id": before.id,
            "created_at": before.created_at,
            "rows": earlier["rows"],
            "outcomes": earlier["outcomes"],
            "difference": differences(now, earlier),
        },
    }


def keep_figures(session: Session, files: BatchFiles, batch: Batch) -> None:
    """Count while all rows are there: afterwards the figures are those of the delivery as it was read."""
    figures_of(session, files, batch)


def figures_of(session: Session, files: BatchFiles, batch: Batch) -> dict[str, Any]:
    """What was counted of one delivery that was read, by itself. Raises FileMissing."""
    try:
        known: dict[str, Any] = orjson.loads(files.figures(batch.id, COUNTED))
    except FileMissing:
        known = _counted(session, files, batch)
        if batch.state in READ:
            _keep(files, batch, known)
    return known


def _keep(files: BatchFiles, batch: Batch, figures: dict[str, Any]) -> None:
    try:
        files.write_figures(batch.id, COUNTED, orjson.dumps(figures))
    except OSError as error:
        # A full disk must not keep an agency from its figures: they are counted again the next time.
        _log.warning("figures_not_kept", batch_id=batch.id, exc_info=error)


def _counted(session: Session, files: BatchFiles, batch: Batch) -> dict[str, Any]:
    feed = feeds.load(session, batch.feed, batch.feed_version)
    sent = set(((batch.reading or {}).get("columns") or {}).values())
    fields = [Field(one.name, one.title, one.kind) for one in feed.columns if one.name in sent]
    names = list(dict.fromkeys(["id_number", *(field.name for field in fields)]))
    return quality_of(files.rows(batch.id), files.records(batch.id, batch.chunks, names), fields)


def _before(session: Session, batch: Batch) -> Batch | None:
    """The last delivery of the same feed, agency and area before this one whose rows were read."""
    found = batches.last_delivery(session, batch)
    while found is not None and found.outcomes is None:
        found = batches.last_delivery(session, found)
    return found
