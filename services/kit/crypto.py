"""Keys and what is done with them: seal, open, find by equality, sign.

A ring holds named keys. The newest that is in force seals and writes blind indexes, all can open, and look-ups ask
under every key that may stand in an index. Every value is bound to its context (table and column, or file), so that a
sealed value moved elsewhere does not open. A ring read from a file follows the file: keys can be rotated while
services run (kit/keys_file.py, docs/decisions/0030).
"""

import secrets
import time
from base64 import b64decode, b64encode, urlsafe_b64encode
from binascii import a2b_base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag

from kit.keys_file import Key, KeyProblem, Keys, ProofKey, fresh_keys, read_keys
from kit.logs import get_logger
from kit.suites import SUITES, Lock, Suite

__all__ = ["KeyProblem", "KeyRing"]

_log = get_logger("keys")
NONCE_BYTES = 12
KEY_ID_BYTES = 4
LOOK_SECONDS = 2.0  # between two looks whether keys.json was replaced
ALTERED = "sealed data was altered or belongs elsewhere · 密文被改动或移位"
# What stands before every sealed text of one key: ids differ in their first 30 bits (kit/keys_file.py).
MARK_LETTERS = 5


@dataclass
class _Ready:
    """One reading of the ring with what was made of it: never altered, replaced as a whole."""

    keys: Keys
    by_id: dict[str, Key] = field(init=False)
    derived: dict[tuple[str, str], bytes] = field(default_factory=dict)
    locks: dict[str, Lock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_id = {key.id: key for key in self.keys.keys}

    def derive(self, key: Key, purpose: str) -> bytes:
        known = self.derived.get((key.id, purpose))
        if known is None:
            known = self.derived[(key.id, purpose)] = suite_of(key).derive(key.secret, purpose)
        return known

    def lock(self, key: Key) -> Lock:
        known = self.locks.get(key.id)
        if known is None:
            known = self.locks[key.id] = suite_of(key).lock(self.derive(key, "seal"))
        return known

    def writer(self) -> Key:
        """The newest key whose time has come. The first key's always has."""
        moment = datetime.now(UTC)
        return next((key for key in reversed(self.keys.keys) if key.since <= moment), self.keys.keys[0])

    def indexes(self) -> list[Key]:
        """The keys a blind index may be written with, the one that writes now first."""
        writer = self.writer()
        rest = [key for key in self.keys.keys if key.index is not None and key.id != writer.id]
        return [writer, *rest] if writer.index is not None else rest


def suite_of(key: Key) -> Suite:
    """The suite a key belongs to."""
    return SUITES[key.suite]


class KeyRing:
    """The keys of one service. `look` tells a ring that stands in a file to follow it."""

    def __init__(self, keys: Keys, look: Callable[[], Keys | None] | None = None) -> None:
        self._ready = _Ready(keys)
        self._look = look
        self._looked = time.monotonic()

    @classmethod
    def ephemeral(cls, suite: str = "international") -> "KeyRing":
        """A ring that is gone with the process (tests)."""
        return cls(fresh_keys(suite))

    @classmethod
    def load(cls, path: Path) -> "KeyRing":
        """The ring at `path`, which is followed. Raises KeyProblem when absent, readable by others, or malformed."""
        follower = _Follower(path)
        return cls(follower.first(), follower)

    @property
    def keys(self) -> Keys:
        """The ring as it stands now."""
        return self._now().keys

    @property
    def writes_with(self) -> str:
        """The id of the key that seals now."""
        return self._now().writer().id

    def _now(self) -> _Ready:
        if self._look is not None and time.monotonic() - self._looked > LOOK_SECONDS:
            self.refresh()
        return self._ready

    def refresh(self) -> None:
        """Look at the file at once."""
        self._looked = time.monotonic()
        found = self._look() if self._look is not None else None
        if found is not None:
            self._ready = _Ready(found)

    def _key(self, name: str) -> tuple[_Ready, Key]:
        """A key by its id. One we do not know was perhaps made by another process a moment ago."""
        for again in (True, False):
            ready = self._now()
            if name in ready.by_id:
                return ready, ready.by_id[name]
            if again:
                self.refresh()
        raise KeyProblem("sealed with a key this ring does not hold · 密钥环中没有所用的密钥")

    def seal(self, data: bytes, context: str) -> bytes:
        """key id (4, its first byte the suite) · nonce (12) · AES-256-GCM or SM4-GCM of `data`, bound to `context`."""
        ready = self._now()
        key, nonce = ready.writer(), _nonce()
        return bytes.fromhex(key.id) + nonce + ready.lock(key).encrypt(nonce, data, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Undo `seal`. Raises KeyProblem when key, context or bytes do not fit."""
        ready, key = self._key(sealed[:KEY_ID_BYTES].hex())
        nonce, body = sealed[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES], sealed[KEY_ID_BYTES + NONCE_BYTES :]
        try:
            return ready.lock(key).decrypt(nonce, body, context.encode())
        except (InvalidTag, ValueError):
            raise KeyProblem(ALTERED) from None

    def open_writable(self, sealed: bytes, context: str) -> bytearray:
        """`open` without a copy between: in memory of its own."""
        ready, key = self._key(sealed[:KEY_ID_BYTES].hex())
        begin = KEY_ID_BYTES + NONCE_BYTES
        nonce, body = sealed[KEY_ID_BYTES:begin], memoryview(sealed)[begin:]
        try:
            return ready.lock(key).decrypt_writable(nonce, body, context.encode())
        except (InvalidTag, ValueError):  # altered, or cut short
            raise KeyProblem(ALTERED) from None

    def encrypt(self, text: str, context: str) -> str:
        """`seal` for a text column."""
        return b64encode(self.seal(text.encode(), context)).decode()

    def encrypt_all(self, texts: Iterable[str | None], context: str) -> list[str | None]:
        """`encrypt` of each, under one look at the ring; nothing stays nothing."""
        ready, given = self._now(), list(texts)
        key = ready.writer()
        encrypt, head, bound = ready.lock(key).encrypt, bytes.fromhex(key.id), context.encode()
        drawn = secrets.token_bytes(NONCE_BYTES * len(given))
        made: list[str | None] = []
        for at, text in enumerate(given):
            nonce = drawn[at * NONCE_BYTES : (at + 1) * NONCE_BYTES]
            made.append(
                None if text is None else b64encode(head + nonce + encrypt(nonce, text.encode(), bound)).decode()
            )
        return made

    def decrypt_all(self, tokens: Iterable[str | None], context: str) -> list[str | None]:
        """`decrypt` of each; nothing stays nothing. Raises KeyProblem as it does."""
        bound, begin = context.encode(), KEY_ID_BYTES + NONCE_BYTES
        opened: list[str | None] = []
        ways: dict[bytes, Callable[[bytes, bytes, bytes], bytes]] = {}
        for token in tokens:
            if token is None:
                opened.append(None)
                continue
            sealed = a2b_base64(token)
            name = sealed[:KEY_ID_BYTES]
            way = ways.get(name)
            if way is None:
                ready, key = self._key(name.hex())
                way = ways[name] = ready.lock(key).decrypt
            try:
                opened.append(way(sealed[KEY_ID_BYTES:begin], sealed[begin:], bound).decode())
            except (InvalidTag, ValueError):
                raise KeyProblem(ALTERED) from None
        return opened

    def decrypt(self, token: str, context: str) -> str:
        """Undo `encrypt`."""
        return self.open(b64decode(token), context).decode()

    def mark(self, name: str | None = None) -> str:
        """How every sealed text of the key begins (of the key that seals now, unless another is named)."""
        return b64encode(bytes.fromhex(name or self.writes_with)).decode()[:MARK_LETTERS]

    def blind(self, text: str, context: str) -> str:
        """A keyed index for look-up by equality, as it is written now: key id · HMAC (at most 64 letters)."""
        ready = self._now()
        return _blind(ready, ready.indexes()[0], text, context)

    def blinds(self, text: str, context: str) -> list[str]:
        """Every form in which `text` may stand in an index, the one written now first: while keys are rotated, rows
        of the former key and of the next stand side by side."""
        ready = self._now()
        return [_blind(ready, key, text, context) for key in ready.indexes()]

    def blinds_all(self, texts: Sequence[str], context: str) -> list[list[str]]:
        """The forms of `blinds` by key: for each key, the one that writes now first, the index of each text."""
        ready = self._now()
        return [_blind_all(ready, key, texts, context) for key in ready.indexes()]

    def pseudonym(self, text: str, context: str) -> str:
        """A keyed name (hex, 64) that never changes, for what is compared over years and shown to nobody."""
        ready = self._now()
        key = ready.keys.keys[0]
        return suite_of(key).mac(ready.derive(key, f"blind:{context}"), text.encode()).hex()

    def mac(self, data: bytes) -> str:
        """A short signature (hex, 32) that never changes, for cursors and prints."""
        return self.macs((data,))[0]

    def macs(self, many: Iterable[bytes]) -> list[str]:
        """`mac` of each."""
        ready = self._now()
        key = ready.keys.keys[0]
        mac, derived = suite_of(key).mac, ready.derive(key, "mac")
        return [mac(derived, data).hex()[:32] for data in many]

    def tag(self, data: bytes) -> str:
        """A keyed proof that we wrote `data`, which names its key: id · MAC (52 letters)."""
        ready = self._now()
        return _named(ready.writer(), suite_of(ready.writer()).mac(ready.derive(ready.writer(), "tag"), data))

    def tagged(self, tag: str, data: bytes) -> bool:
        """Whether `tag` is ours for `data`. Raises KeyProblem when the ring lacks its key."""
        ready, key = self._key(tag.partition(".")[0])
        return tag == _named(key, suite_of(key).mac(ready.derive(key, "tag"), data))

    def proof_key(self) -> ProofKey:
        """The key checkpoints of the journal are signed with. Raises KeyProblem where the ring has none yet."""
        found = self._now().keys.proof
        if not found:
            raise KeyProblem(
                "the ring holds no key for checkpoints: call `keys` once · 密钥环缺少检查点密钥，请先执行 keys"
            )
        return found[-1]


def _nonce() -> bytes:
    return secrets.token_bytes(NONCE_BYTES)


def _blind(ready: _Ready, key: Key, text: str, context: str) -> str:
    mac = suite_of(key).mac(ready.derive(key, f"blind:{context}"), text.encode())
    return mac.hex() if key.index == "bare" else _named(key, mac)


def _blind_all(ready: _Ready, key: Key, texts: Sequence[str], context: str) -> list[str]:
    mac, derived = suite_of(key).mac, ready.derive(key, f"blind:{context}")
    macs = [mac(derived, text.encode()) for text in texts]
    return [one.hex() for one in macs] if key.index == "bare" else [_named(key, one) for one in macs]


def _named(key: Key, mac: bytes) -> str:
    return f"{key.id}.{urlsafe_b64encode(mac).decode().rstrip('=')}"


class _Follower:
    """Reads a ring's file again when it was replaced. A file that cannot be read is told of and not followed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seen: tuple[int, ...] = ()

    def first(self) -> Keys:
        """The ring at the start. Raises KeyProblem."""
        found = read_keys(self.path)
        self.seen = self._print()
        return found

    def __call__(self) -> Keys | None:
        """The ring if it changed since it was last read."""
        try:
            seen = self._print()
            if seen == self.seen:
                return None
            found = read_keys(self.path)
        except (OSError, KeyProblem) as trouble:
            _log.warning("keys_unreadable", code=type(trouble).__name__)
            return None
        self.seen = seen
        _log.info("keys_changed", count=len(found.keys))
        return found

    def _print(self) -> tuple[int, ...]:
        stat = self.path.stat()
        return stat.st_ino, stat.st_mtime_ns, stat.st_size, stat.st_mode
