"""Keys and what is done with them: seal, open, find by equality, sign.

A ring holds named keys; the newest seals, all can open. Every value is bound to its context (table and
column, or file), so that a sealed value moved elsewhere does not open. AES-256-GCM and HMAC-SHA-256.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

NONCE_BYTES = 12
KEY_ID_BYTES = 4
TAG_BYTES = 16


class KeyProblem(Exception):
    """The ring is missing, unreadable, open to others, or does not fit the data."""


@dataclass(frozen=True)
class KeyRing:
    """Key id → 32 bytes, newest last."""

    keys: tuple[tuple[str, bytes], ...]
    _derived: dict[tuple[str, str], bytes] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def ephemeral(cls) -> "KeyRing":
        """A ring that is gone with the process (tests)."""
        return cls(((secrets.token_hex(KEY_ID_BYTES), secrets.token_bytes(32)),))

    @classmethod
    def create(cls, path: Path) -> "KeyRing":
        """Make a new ring at `path`, mode 600. An existing ring is never overwritten.

        Raises KeyProblem when the file exists.
        """
        ring = cls.ephemeral()
        document = {"keys": [{"id": name, "key": base64.b64encode(key).decode()} for name, key in ring.keys]}
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise KeyProblem(f"a key ring already stands at {path.name}") from None
        with os.fdopen(handle, "w") as file:
            json.dump(document, file, indent=1)
        return ring

    @classmethod
    def load(cls, path: Path) -> "KeyRing":
        """Read the ring. Raises KeyProblem when absent, readable by others, or malformed."""
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            raise KeyProblem(f"no key ring at {path.name}: make it once with `serve`, then keep it safe") from None
        if mode & 0o077:
            raise KeyProblem(f"{path.name} can be read by others: chmod 600")
        try:
            document = json.loads(path.read_text())
            keys = tuple((entry["id"], base64.b64decode(entry["key"])) for entry in document["keys"])
        except (ValueError, KeyError, TypeError):
            raise KeyProblem(f"{path.name} is not a key ring") from None
        if not keys or any(len(key) != 32 for _, key in keys):
            raise KeyProblem(f"{path.name} holds no 32-byte key")
        return cls(keys)

    def _key(self, name: str, purpose: str) -> bytes:
        """One key per purpose, so that a blind index tells nothing about a ciphertext."""
        known = self._derived.get((name, purpose))
        if known is None:
            master = dict(self.keys)[name]
            known = HKDFExpand(algorithm=SHA256(), length=32, info=f"doudi:{purpose}".encode()).derive(master)
            self._derived[(name, purpose)] = known
        return known

    def seal(self, data: bytes, context: str) -> bytes:
        """key id (4) · nonce (12) · AES-256-GCM of `data`, bound to `context`."""
        name = self.keys[-1][0]
        nonce = secrets.token_bytes(NONCE_BYTES)
        return bytes.fromhex(name) + nonce + AESGCM(self._key(name, "seal")).encrypt(nonce, data, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Undo `seal`. Raises KeyProblem when key, context or bytes do not fit."""
        name = sealed[:KEY_ID_BYTES].hex()
        if name not in dict(self.keys):
            raise KeyProblem("sealed with a key this ring does not hold")
        nonce, body = sealed[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES], sealed[KEY_ID_BYTES + NONCE_BYTES :]
        try:
            return AESGCM(self._key(name, "seal")).decrypt(nonce, body, context.encode())
        except InvalidTag:
            raise KeyProblem("sealed data was altered or belongs elsewhere") from None

    def open_writable(self, sealed: bytes, context: str) -> bytearray:
        """`open` without a copy between: in memory of its own."""
        name = sealed[:KEY_ID_BYTES].hex()
        if name not in dict(self.keys):
            raise KeyProblem("sealed with a key this ring does not hold")
        begin = KEY_ID_BYTES + NONCE_BYTES
        out = bytearray(max(len(sealed) - begin - TAG_BYTES, 0))
        try:
            cipher = AESGCM(self._key(name, "seal"))
            cipher.decrypt_into(sealed[KEY_ID_BYTES:begin], memoryview(sealed)[begin:], context.encode(), out)
        except (InvalidTag, ValueError):  # altered, or cut short
            raise KeyProblem("sealed data was altered or belongs elsewhere") from None
        return out

    def encrypt(self, text: str, context: str) -> str:
        """`seal` for a text column."""
        return base64.b64encode(self.seal(text.encode(), context)).decode()

    def decrypt(self, token: str, context: str) -> str:
        """Undo `encrypt`."""
        return self.open(base64.b64decode(token), context).decode()

    def blind(self, text: str, context: str) -> str:
        """A keyed index (hex, 64) for look-up by equality; keyed with the oldest key so that it stays the same."""
        key = self._key(self.keys[0][0], f"blind:{context}")
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def mac(self, data: bytes) -> str:
        """A short signature (hex, 32) for cursors and chains."""
        return hmac.new(self._key(self.keys[0][0], "mac"), data, hashlib.sha256).hexdigest()[:32]


def load_or_create(path: Path) -> KeyRing:
    """The ring at `path`, made once where none is: only serve, demo, trial and link --index may call this."""
    return KeyRing.load(path) if path.exists() else KeyRing.create(path)
