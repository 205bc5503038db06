"""Files no row knows of: what a request stored whose transaction then failed, or whose process was killed before it,
and what a process was just writing when it was killed."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from sqlmodel import col, select

from kit.columns import now
from kit.database import reading
from kit.logs import get_logger
from matcher.batches.tables import Batch
from matcher.flows.desk import Desk
from matcher.sealed import ASIDE

_log = get_logger("sweep_files")
YOUNG = timedelta(hours=1)  # a request may still be about to commit


def sweep_files(desk: Desk) -> int:
    """Remove the folders of deliveries that never came to be. Gives their number."""
    before = (now() - YOUNG).timestamp()
    found = [path for path in _folders(desk) if _is_old(path, before)]
    with reading(desk.database) as session:
        known = set(session.exec(select(Batch.id).where(col(Batch.id).in_([path.name for path in found]))))
    gone = [path.name for path in found if path.name not in known]
    for batch_id in gone:
        desk.files.discard(batch_id)
    halves = [half for path in found for half in path.glob(f"*{ASIDE}") if _is_old(half, before)]
    for half in halves:
        half.unlink(missing_ok=True)
    if halves:
        _log.info("halves_swept", count=len(halves))
    if gone:
        _log.info("deliveries_swept", count=len(gone))
    return len(gone)


def _is_old(path: Path, before: float) -> bool:
    with suppress(FileNotFoundError):  # its writer is done with it
        return path.stat().st_mtime < before
    return False


def _folders(desk: Desk) -> list[Path]:
    folder = desk.settings.data_dir / "batches"
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
