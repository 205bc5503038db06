"""A receipt for a delivery: what came, when, and what became of its rows, signed by the key that signs checkpoints.

It says the same whenever it is asked for in one state: two receipts that differ tell of a delivery that moved.
"""

from typing import Any

from kit.checkpoints import receipt
from kit.crypto import KeyRing
from matcher.batches.states import refused
from matcher.batches.tables import Batch


def give_receipt(ring: KeyRing, batch: Batch, issuer: str) -> str:
    """A compact JWS over the delivery as it stands now. Raises Conflict while the file is not here."""
    if batch.sealed_at is None:
        raise refused(batch, "receipt")
    return receipt(ring, _claims(batch, issuer))


def _claims(batch: Batch, issuer: str) -> dict[str, Any]:
    return {
        "iss": issuer,
        "batch_id": batch.id,
        "feed": batch.feed,
        "feed_version": batch.feed_version,
        "agency": batch.agency,
        "area": batch.area,
        "load": batch.load,
        "mode": batch.mode,
        "sha256": batch.sha256,
        "bytes": batch.bytes,
        "received_at": batch.sealed_at.isoformat() if batch.sealed_at else None,
        "rows": batch.rows_total,
        "outcomes": batch.outcomes,
        "state": batch.state,
        "changed_at": batch.changed_at.isoformat(),
    }
