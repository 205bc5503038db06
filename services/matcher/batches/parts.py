"""The parts of a file on their way: which are here, which are missing. A part's row is its acknowledgement."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from kit.columns import now
from matcher.batches.problems import PartsMissing
from matcher.batches.tables import Batch, BatchPart

MOST_NAMED = 20  # missing parts told at once


def name_of(number: int, sha256: str) -> str:
    """What a part's sealed file is called: a part sent anew with another content lies beside the former until its row
    says so."""
    return f"part-{number:06d}-{sha256}"


def of_batch(session: Session, batch_id: str) -> list[BatchPart]:
    """The parts that are here, in order."""
    query = select(BatchPart).where(col(BatchPart.batch_id) == batch_id)
    return list(session.exec(query.order_by(col(BatchPart.number))))


def keep(session: Session, batch: Batch, number: int, part: tuple[int, str], hours: int) -> BatchPart:
    """Write down that part `number`, (bytes, sha256), is here; another content takes the place of the former."""
    size, sha256 = part
    values: dict[str, Any] = {"bytes": size, "sha256": sha256, "received_at": now()}
    dialects: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
    row = dialects[session.get_bind().dialect.name](BatchPart).values(batch_id=batch.id, number=number, **values)
    session.execute(row.on_conflict_do_update(index_elements=["batch_id", "number"], set_=values))
    batch.expires_at = now() + timedelta(hours=hours)
    session.add(batch)
    return BatchPart(batch_id=batch.id, number=number, **values)


def forget(session: Session, batch_id: str) -> None:
    """Nothing of the upload is here any more."""
    session.execute(delete(BatchPart).where(col(BatchPart.batch_id) == batch_id))


def check_whole(parts: Sequence[BatchPart], bytes_expected: int) -> None:
    """Whether these parts make up a file of that size. Raises PartsMissing."""
    there = {part.number for part in parts}
    gaps = [number for number in range(1, max(there, default=0) + 1) if number not in there]
    received = sum(part.bytes for part in parts)
    if not gaps and received == bytes_expected:
        return
    missing = [str(number) for number in gaps[:MOST_NAMED]]
    if len(gaps) > MOST_NAMED:
        missing.append("…")
    if not gaps:
        missing = [f"{max(there, default=0) + 1}…"]
    raise PartsMissing(missing=missing, received=received, bytes=bytes_expected)
