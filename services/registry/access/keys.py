"""The keys tokens are signed with: published without their private half, and published before they are used.

Beside the key in use stands the one that will follow it. So a rotation, by call or by command, is known to every
verifier before the first token of the new key arrives.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

import orjson
from joserfc.jwk import ECKey, KeySetSerialization
from sqlmodel import Session, col, or_, select

from kit.columns import new_id, now
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from registry.access.tables import SigningKey
from registry.table import take_turns

CONTEXT = "signing_key.private"
# A retired key stays published for longer than any token it signed can live.
PUBLISHED_AFTER_RETIREMENT = timedelta(hours=2)


def signing_key(database: Database, ring: KeyRing) -> ECKey:
    """The key in use, made with the one after it at the first need."""
    with reading(database) as session:
        in_use, following = _living(session)
    if in_use is not None and following is not None:
        return _open(in_use, ring)
    with transaction(database) as session:
        take_turns(session, "signing_key")
        return _open(_complete(session, ring), ring)


def _living(session: Session) -> tuple[SigningKey | None, SigningKey | None]:
    """The key in use and the one that follows it."""
    rows = session.exec(select(SigningKey).where(col(SigningKey.retired_at).is_(None))).all()
    in_use = next((row for row in rows if row.in_use_from is not None), None)
    return in_use, next((row for row in rows if row.in_use_from is None), None)


def _complete(session: Session, ring: KeyRing) -> SigningKey:
    """See to it that a key is in use and another published to follow; the one in use."""
    in_use, following = _living(session)
    if in_use is None:
        in_use, following = following or _make(session, ring), None
        in_use.in_use_from = now()
        session.add(in_use)
    if following is None:
        _make(session, ring)
    session.flush()
    return in_use


def rotate(session: Session, ring: KeyRing) -> str:
    """Sign with the following key from now on; its kid. It has been published since the last rotation, so whoever
    verifies knows it; the one before stays published until its tokens have died; the next one is made."""
    take_turns(session, "signing_key")
    before = _complete(session, ring)
    before.retired_at = now()
    session.add(before)
    session.flush()
    return _complete(session, ring).kid


def published(database: Database) -> KeySetSerialization:
    """The public keys tokens may still be signed with (RFC 7517)."""
    with reading(database) as session:
        return cast(KeySetSerialization, {"keys": [row.public for row in _published(session)]})


def published_kids(session: Session) -> list[str]:
    """The ids of the published keys, oldest first."""
    return [row.kid for row in _published(session)]


def _published(session: Session) -> Sequence[SigningKey]:
    alive = or_(col(SigningKey.retired_at).is_(None), col(SigningKey.retired_at) > now() - PUBLISHED_AFTER_RETIREMENT)
    return session.exec(select(SigningKey).where(alive).order_by(col(SigningKey.created_at))).all()


def _make(session: Session, ring: KeyRing) -> SigningKey:
    kid = new_id()
    key = ECKey.generate_key("P-256", {"kid": kid, "alg": "ES256", "use": "sig"})
    private = orjson.dumps(key.as_dict(private=True)).decode()
    public = {name: str(value) for name, value in key.as_dict(private=False).items() if isinstance(value, str)}
    sealed = ring.encrypt(private, f"{CONTEXT}.{kid}")
    row = SigningKey(kid=kid, public=public, private_sealed=sealed, created_at=now())
    session.add(row)
    session.flush()
    return row


def _open(row: SigningKey, ring: KeyRing) -> ECKey:
    return ECKey.import_key(orjson.loads(ring.decrypt(row.private_sealed, f"{CONTEXT}.{row.kid}")))
