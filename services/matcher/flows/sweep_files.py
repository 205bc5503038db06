"""Files no row knows of: what a request stored whose transaction then failed, or whose process was killed before it."""

from datetime import timedelta
from pathlib import Path

from sqlmodel import col, select

from kit.columns import now
from kit.database import reading
from kit.logs import get_logger
from matcher.batches.tables import Batch
from matcher.flows.desk import Desk

_log = get_logger("sweep_files")
YOUNG = timedelta(hours=1)  # a request may still be about to commit


def sweep_files(desk: Desk) -> int:
    """Remove the folders of deliveries that never came to be. Gives their number."""
    before = (now() - YOUNG).timestamp()
    found = [path for path in _folders(desk) if path.stat().st_mtime < before]
    with reading(desk.database) as session:
        known = set(session.exec(select(Batch.id).where(col(Batch.id).in_([path.name for path in found]))))
    gone = [path.name for path in found if path.name not in known]
    for batch_id in gone:
        desk.files.discard(batch_id)
    if gone:
        _log.info("deliveries_swept", count=len(gone))
    return len(gone)


def _folders(desk: Desk) -> list[Path]:
    folder = desk.settings.data_dir / "batches"
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
