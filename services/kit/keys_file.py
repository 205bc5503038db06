"""keys.json: which keys a service has, from when each of them writes, and how the next one is added.

The file is replaced as a whole (written aside, flushed, renamed), mode 600, its owner kept, one writer at a time. A
new key stands in the file for a while before it writes anything, so that every process can open and find what the
first of them writes with it. Keys are never taken out: an old journal entry or a backup still needs them.
"""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kit.suites import SUITES

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
NOTICE = timedelta(seconds=30)  # from a key's making until it writes: several looks of every process
# A former key is asked for at least so long after the next began to write: no import or export runs longer.
ASKED_AFTER = timedelta(days=1)
BARE, NAMED = "bare", "named"


class KeyProblem(Exception):
    """The ring is missing, unreadable, open to others, or does not fit the data."""


@dataclass(frozen=True)
class Key:
    """One key: its id (hex, 8), 32 bytes, suite, from when it writes, and whether an index may stand under it.

    `index` is `named` (the index names the key), `bare` (as the first version wrote it) or None: asked no more.
    """

    id: str
    secret: bytes
    suite: str = "international"
    since: datetime = ALWAYS
    index: str | None = NAMED


@dataclass(frozen=True)
class ProofKey:
    """An ES256 key checkpoints are signed with, its private half as PKCS 8."""

    id: str
    private: bytes


@dataclass(frozen=True)
class Keys:
    """A whole ring, oldest key first. The first one also makes what must never change (prints, pseudonyms)."""

    keys: tuple[Key, ...]
    proof: tuple[ProofKey, ...] = ()


def fresh_keys(suite: str) -> Keys:
    """A new ring of one key."""
    return Keys((make_key(suite),), (make_proof_key(),))


def make_key(suite: str, since: datetime = ALWAYS, beside: tuple[Key, ...] = ()) -> Key:
    """A new key of `suite`, told from those `beside` by the first 30 bits of its id (five letters of Base64)."""
    if suite not in SUITES:
        raise KeyProblem(f"no such suite: {suite}; known: {', '.join(SUITES)} · 没有这种算法套件")
    taken = {base64.b64encode(bytes.fromhex(key.id))[:5] for key in beside}
    while True:
        name = bytes([SUITES[suite].code]) + secrets.token_bytes(3)
        if base64.b64encode(name)[:5] not in taken:
            return Key(name.hex(), secrets.token_bytes(32), suite, since)


def make_proof_key() -> ProofKey:
    """A new key for checkpoints."""
    private = ec.generate_private_key(ec.SECP256R1())
    return ProofKey(secrets.token_hex(8), private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def read_keys(path: Path) -> Keys:
    """The ring at `path`. Raises KeyProblem when absent, readable by others, or malformed."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise KeyProblem(
            f"no key ring at {path.name}: make it once with `serve` or `keys`, then keep it safe · 没有密钥环，请先生成"
        ) from None
    if mode & 0o077:
        raise KeyProblem(f"{path.name} can be read by others: chmod 600 · 密钥环权限过宽")
    try:
        found = _from_document(json.loads(path.read_text()))
    except (ValueError, KeyError, TypeError):
        raise KeyProblem(f"{path.name} is not a key ring · 不是密钥环文件") from None
    if not found.keys or any(len(key.secret) != 32 for key in found.keys):
        raise KeyProblem(f"{path.name} holds no 32-byte key · 密钥长度不对")
    unknown = {key.suite for key in found.keys} - set(SUITES)
    if unknown:
        raise KeyProblem(f"{path.name} names a suite this version does not know: {', '.join(sorted(unknown))}")
    return found


def create(path: Path, suite: str) -> None:
    """Make a new ring at `path`. Raises KeyProblem where one stands: an existing ring is never overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        if path.exists():
            raise KeyProblem(f"a key ring already stands at {path.name} · 密钥环已存在")
        _write(path, fresh_keys(suite))


def make_or_complete(path: Path, suite: str) -> None:
    """A ring at `path`, made once where none is; one of an earlier version gets what it lacks. Only serve, demo,
    trial, link --index and the word `keys` may call this."""
    if not path.exists():
        create(path, suite)
    if not read_keys(path).proof:
        change(path, lambda keys: replace(keys, proof=(make_proof_key(),)))


def rotate(path: Path, suite: str, notice: timedelta = NOTICE) -> str:
    """Add a key of `suite` that writes from `notice` on; its id. Services need not be told: they look."""
    made: list[str] = []

    def with_next(keys: Keys) -> Keys:
        key = make_key(suite, datetime.now(UTC) + notice, keys.keys)
        made.append(key.id)
        return replace(keys, keys=(*keys.keys, key))

    change(path, with_next)
    return made[0]


def rotate_proof(path: Path) -> str:
    """Add a key for checkpoints, which signs from now on; its id. Publish it before anybody has to verify."""
    key = make_proof_key()
    change(path, lambda keys: replace(keys, proof=(*keys.proof, key)))
    return key.id


def ask_no_more(path: Path, ids: set[str]) -> None:
    """No index stands under these keys any more."""

    def without(keys: Keys) -> Keys:
        return replace(keys, keys=tuple(replace(key, index=None) if key.id in ids else key for key in keys.keys))

    change(path, without)


def change(path: Path, alter: Callable[[Keys], Keys]) -> None:
    """Replace the ring by what `alter` makes of it, one change after the other. Raises KeyProblem."""
    with _alone(path):
        _write(path, alter(read_keys(path)))


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(path: Path, keys: Keys) -> None:
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(_to_document(keys), file, indent=1)
        file.flush()
        if path.exists():  # an operator may be root, and the service is not
            os.fchown(file.fileno(), path.stat().st_uid, path.stat().st_gid)
        os.fsync(file.fileno())
    aside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _to_document(keys: Keys) -> dict[str, Any]:
    return {
        "keys": [
            {
                "id": key.id,
                "key": base64.b64encode(key.secret).decode(),
                "suite": key.suite,
                "since": key.since.isoformat(),
                "index": key.index,
            }
            for key in keys.keys
        ],
        "proof": [{"id": key.id, "key": base64.b64encode(key.private).decode()} for key in keys.proof],
    }


def _from_document(document: dict[str, Any]) -> Keys:
    """Also the first version's, which knew one suite, and indexes of its oldest key that did not name it."""
    entries = document["keys"]
    first_version = not any("index" in entry for entry in entries)
    return Keys(
        tuple(
            Key(
                entry["id"],
                base64.b64decode(entry["key"]),
                entry.get("suite", "international"),
                datetime.fromisoformat(entry["since"]) if "since" in entry else ALWAYS,
                (BARE if number == 0 else None) if first_version else entry["index"],
            )
            for number, entry in enumerate(entries)
        ),
        tuple(ProofKey(entry["id"], base64.b64decode(entry["key"])) for entry in document.get("proof", [])),
    )
