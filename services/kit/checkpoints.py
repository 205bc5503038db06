"""Signed checkpoints of a journal: how many entries it had and the digest of the last, kept in a place of its own.

Without them whoever writes the database could cut off its end, or write everything anew. A checkpoint is taken when
enough entries came or the oldest has waited long enough, stored beside the journal, and written to a file of the
month in `checkpoints_dir`, which belongs on another disk and is to be carried elsewhere (docs/decisions/0031). The
key stands in the ring; its public half lies beside the files and at `GET /.well-known/audit-keys.json`.
"""

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from sqlmodel import Field, Session, SQLModel, col, select

from kit.columns import Instant, now
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from kit.journal import JournalRow, exported, last_entry, verify, wait_for_writers
from kit.logs import get_logger
from kit.proof import Checkpoint, Verdict, Walk, public_jwk, read_checkpoint, sign
from kit.settings import ServiceSettings

_log = get_logger("checkpoints")
ENTRIES = 64  # so many new ones are not kept waiting
GLANCE_SECONDS = 1.0


class CheckpointRow(SQLModel):
    """Columns of a service's table of checkpoints; subclass it with `table=True` on the service's own base."""

    entries: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=Instant)
    signed: str


@dataclass(frozen=True)
class Chain:
    """A service's journal by name, with its tables."""

    name: str
    entries: type[JournalRow]
    checkpoints: type[CheckpointRow]


def newest(session: Session, chain: Chain) -> int:
    """How many entries the newest checkpoint covers."""
    table = chain.checkpoints
    return session.exec(select(table.entries).order_by(col(table.entries).desc()).limit(1)).first() or 0


def unvouched(session: Session, chain: Chain) -> int:
    """How many entries no checkpoint covers yet; below 0 where the journal was shortened."""
    entry = last_entry(session, chain.entries)
    return (entry.number if entry else 0) - newest(session, chain)


@dataclass
class Notary:
    """Takes the checkpoints of one journal and keeps them in two places."""

    database: Database
    ring: KeyRing
    chain: Chain
    folder: Path
    seconds: float = 60.0
    _last: float = field(default_factory=time.monotonic, repr=False)

    @classmethod
    def of(cls, settings: ServiceSettings, database: Database, ring: KeyRing, chain: Chain) -> "Notary":
        """The notary a service's settings ask for."""
        return cls(database, ring, chain, settings.checkpoints_dir, settings.checkpoint_seconds)

    def take(self) -> bool:
        """Vouch for what the journal holds now, in the table and in the file. False when nothing is new."""
        with transaction(self.database) as session:
            wait_for_writers(session, self.chain.entries)
            entry, before = last_entry(session, self.chain.entries), newest(session, self.chain)
            new = entry is not None and entry.number > before
            if entry is not None and entry.number < before:
                _log.error("journal_shortened", count=entry.number, found=before)
            if entry is not None and new:
                at, (kid, private) = now(), _private(self.ring)
                told = Checkpoint(self.chain.name, entry.number, entry.digest, at.isoformat())
                session.add(self.chain.checkpoints(entries=entry.number, at=at, signed=sign(told, kid, private)))
        self._carry()
        self._last = time.monotonic()
        return new

    def run(self, stop: threading.Event) -> None:
        """Until `stop`, and once more then: take one when it is due. A failure is told and tried again."""
        while not stop.wait(min(GLANCE_SECONDS, self.seconds)):
            self._try(self._take_if_due)
        self._try(self.take)

    def _try(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as trouble:
            _log.error("checkpoint_failed", exc_info=trouble)

    def _take_if_due(self) -> None:
        if self._due():
            self.take()

    def _due(self) -> bool:
        with reading(self.database) as session:
            new = unvouched(session, self.chain)
        return new >= ENTRIES or (new != 0 and time.monotonic() - self._last >= self.seconds)

    def verify(self, session: Session) -> Verdict:
        """Walk the journal against the checkpoints of both places."""
        signed = {*session.exec(select(self.chain.checkpoints.signed)), *self.carried()}
        return verify(session, self.chain.entries, self.ring, Walk(self.chain.name, signed, _public(self.ring)))

    def carried(self) -> Iterator[str]:
        """Every checkpoint in the files; what a crash left half written is none."""
        for path in sorted(self.folder.glob(f"{self.chain.name}-*.checkpoints")):
            yield from path.read_text(errors="replace").rpartition("\n")[0].split("\n")

    def set_aside(self, stamp: str) -> Checkpoint | None:
        """After a restore to an earlier moment: what the files vouch for and the journal no longer holds is kept in
        files of its own (`NAME-MONTH.lost-STAMP`), as proof of what was lost. Gives the furthest of it."""
        with reading(self.database) as session:
            known = set(session.exec(select(self.chain.checkpoints.signed)))
        lost: list[Checkpoint] = []
        for path in sorted(self.folder.glob(f"{self.chain.name}-*.checkpoints")):
            lines = path.read_text(errors="replace").rpartition("\n")[0].split("\n")
            gone = [line for line in lines if line and line not in known]
            if gone:
                _write_lines(path.with_name(f"{path.stem}.lost-{stamp}"), gone)
                _write_lines(path, [line for line in lines if line in known])
            lost += [told for line in gone if (told := read_checkpoint(line, _public(self.ring))) is not None]
        return max(lost, key=lambda told: told.entries, default=None)

    def export(self, folder: Path) -> list[Path]:
        """The journal, its checkpoints and the public keys as files for the stand-alone verifier."""
        folder.mkdir(parents=True, exist_ok=True)
        journal = folder / f"{self.chain.name}-journal.ndjson"
        with reading(self.database) as session:
            with journal.open("wb") as file:
                file.writelines(exported(session.connection(), self.chain.entries))
            signed = sorted({*session.exec(select(self.chain.checkpoints.signed)), *self.carried()})
        checkpoints, keys = folder / f"{self.chain.name}.checkpoints", folder / f"{self.chain.name}-keys.json"
        checkpoints.write_text("".join(f"{line}\n" for line in signed))
        keys.write_text(json.dumps(published(self.ring), indent=1))
        return [journal, checkpoints, keys]

    def _carry(self) -> None:
        """Write what the files do not hold yet, also what a crash or another machine left out."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        table, last = self.chain.checkpoints, self._last_carried()
        with reading(self.database) as session:
            query = select(table).order_by(col(table.at))
            rows = session.exec(query if last is None else query.where(col(table.at) > last)).all()
        for row in rows:
            _add_line(self.folder / f"{self.chain.name}-{row.at:%Y-%m}.checkpoints", row.signed)
        keys = self.folder / f"{self.chain.name}-keys.json"
        told = json.dumps(published(self.ring), indent=1)
        if not keys.exists() or keys.read_text() != told:
            keys.write_text(told)

    def _last_carried(self) -> datetime | None:
        paths = sorted(self.folder.glob(f"{self.chain.name}-*.checkpoints"))
        lines = paths[-1].read_text().rpartition("\n")[0].split("\n") if paths else []
        told = read_checkpoint(lines[-1], _public(self.ring)) if lines else None
        return datetime.fromisoformat(told.at) if told is not None else None


@contextmanager
def vouching(*notaries: Notary) -> Iterator[None]:
    """Checkpoints are taken while the block runs."""
    stop = threading.Event()
    threads = [threading.Thread(target=one.run, args=(stop,), daemon=True) for one in notaries]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=20)


def published(ring: KeyRing) -> dict[str, Any]:
    """The public halves of every key that signed checkpoints (RFC 7517)."""
    return {"keys": [public_jwk(kid, key) for kid, key in _public(ring).items()]}


def receipt(ring: KeyRing, claims: dict[str, Any]) -> str:
    """A compact JWS (RFC 7515, ES256) over `claims` by the key that signs checkpoints; whoever has the published keys
    verifies it with any library. Its type keeps it from being taken for a checkpoint."""
    key = ring.proof_key()
    private = ECKey.import_key(_load(key.private).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    head = {"alg": "ES256", "kid": key.id, "typ": "doudi-receipt"}
    return jws.serialize_compact(head, json.dumps(claims, ensure_ascii=False).encode(), private)


def read_receipt(ring: KeyRing, signed: str) -> dict[str, Any] | None:
    """What a receipt of ours says; None where no key of the ring signed it."""
    for key in reversed(ring.keys.proof):
        public = ECKey.import_key(
            _load(key.private).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
        try:
            told = jws.deserialize_compact(signed, public)
        except (JoseError, ValueError):
            continue
        if told.headers().get("typ") == "doudi-receipt":
            claims: dict[str, Any] = json.loads(told.payload)
            return claims
    return None


def _private(ring: KeyRing) -> tuple[str, ec.EllipticCurvePrivateKey]:
    key = ring.proof_key()
    return key.id, _load(key.private)


def _public(ring: KeyRing) -> dict[str, ec.EllipticCurvePublicKey]:
    return {key.id: _load(key.private).public_key() for key in ring.keys.proof}


def _load(private: bytes) -> ec.EllipticCurvePrivateKey:
    key = load_der_private_key(private, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _write_lines(path: Path, lines: list[str]) -> None:
    """The whole file anew, or as it was."""
    aside = path.with_name(f"{path.name}.part")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        if path.exists():  # an operator may be root, and the service is not
            os.fchown(file.fileno(), path.stat().st_uid, path.stat().st_gid)
        os.fsync(file.fileno())
    aside.replace(path)


def _add_line(path: Path, line: str) -> None:
    """Whole or not at all: half a line of a crash is cut off before the next is written."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        end = _end_of_lines(handle)
        os.ftruncate(handle, end)
        os.pwrite(handle, f"{line}\n".encode(), end)
        os.fsync(handle)
    finally:
        os.close(handle)


def _end_of_lines(handle: int) -> int:
    size = os.fstat(handle).st_size
    return os.pread(handle, size, 0).rfind(b"\n") + 1
