"""The keys tokens are signed with: made once, rotated by hand, published without their private half."""

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
    """The key in use, made at the first need."""
    with reading(database) as session:
        row = _in_use(session)
        if row is not None:
            return _open(row, ring)
    with transaction(database) as session:
        take_turns(session, "signing_key")
        row = _in_use(session)
        return _make(session, ring) if row is None else _open(row, ring)


def _in_use(session: Session) -> SigningKey | None:
    query = select(SigningKey).where(col(SigningKey.retired_at).is_(None))
    return session.exec(query.order_by(col(SigningKey.created_at).desc())).first()


def rotate(session: Session, ring: KeyRing) -> str:
    """Retire the key in use and make the next; its kid."""
    take_turns(session, "signing_key")
    for row in session.exec(select(SigningKey).where(col(SigningKey.retired_at).is_(None))):
        row.retired_at = now()
        session.add(row)
    return str(_make(session, ring).kid)


def published(database: Database) -> KeySetSerialization:
    """The public keys tokens may still be signed with (RFC 7517)."""
    alive = or_(col(SigningKey.retired_at).is_(None), col(SigningKey.retired_at) > now() - PUBLISHED_AFTER_RETIREMENT)
    with reading(database) as session:
        rows = session.exec(select(SigningKey).where(alive).order_by(col(SigningKey.created_at))).all()
        return cast(KeySetSerialization, {"keys": [row.public for row in rows]})


def _make(session: Session, ring: KeyRing) -> ECKey:
    kid = new_id()
    key = ECKey.generate_key("P-256", {"kid": kid, "alg": "ES256", "use": "sig"})
    private = orjson.dumps(key.as_dict(private=True)).decode()
    public = {name: str(value) for name, value in key.as_dict(private=False).items() if isinstance(value, str)}
    session.add(
        SigningKey(kid=kid, public=public, private_sealed=ring.encrypt(private, f"{CONTEXT}.{kid}"), created_at=now())
    )
    session.flush()
    return key


def _open(row: SigningKey, ring: KeyRing) -> ECKey:
    return ECKey.import_key(orjson.loads(ring.decrypt(row.private_sealed, f"{CONTEXT}.{row.kid}")))
