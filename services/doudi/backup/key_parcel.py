"""Key rings sealed by a passphrase into one file, to be kept apart from the data's backups.

A backup that lies beside its keys is an open one. The passphrase is stretched by scrypt (RFC 7914, 128 MB) and seals
by AES-256-GCM; nothing of it is stored. Two people may each keep a half.
"""

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from doudi.defects import Stop

LEAST = 16  # characters: the parcel may be tried offline by whoever has it
COST = {"n": 1 << 17, "r": 8, "p": 1}
CONTEXT = b"doudi-key-parcel-1"


@dataclass(frozen=True)
class Parcel:
    """Names of the files in it."""

    names: tuple[str, ...]


def pack(folder: Path, to: Path, passphrase: str) -> Parcel:
    """Every key file of `folder` into `to`, mode 600. Raises Stop: none there, too short a passphrase, a file in the
    way."""
    if len(passphrase) < LEAST:
        raise Stop(f"the passphrase has fewer than {LEAST} characters · 口令至少 {LEAST} 个字符")
    files = {path.name: base64.b64encode(path.read_bytes()).decode() for path in sorted(folder.glob("*.json"))}
    if not files:
        raise Stop(f"there are no key files in {folder}: name the folder of keys (--folder)")
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    sealed = AESGCM(_stretched(passphrase, salt, COST)).encrypt(nonce, json.dumps(files).encode(), CONTEXT)
    values = {"salt": salt, "nonce": nonce, "sealed": sealed}
    told = {name: base64.b64encode(value).decode() for name, value in values.items()}
    try:
        handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Stop(f"{to} stands already: name another file, an older parcel may still be needed") from None
    with os.fdopen(handle, "w") as file:
        json.dump({"format": CONTEXT.decode(), "scrypt": COST, **told}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return Parcel(tuple(files))


def unpack(parcel: Path, folder: Path, passphrase: str) -> Parcel:
    """The key files of a parcel into `folder`, mode 600. Raises Stop: another passphrase, no parcel, a ring in the
    way."""
    try:
        told = json.loads(parcel.read_text())
        salt, nonce, sealed = (base64.b64decode(told[name]) for name in ("salt", "nonce", "sealed"))
        opened = AESGCM(_stretched(passphrase, salt, told["scrypt"])).decrypt(nonce, sealed, CONTEXT)
    except InvalidTag:
        raise Stop("the passphrase is another, or the file was altered · 口令不符或文件被改动") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise Stop(f"{parcel} is no parcel of keys") from None
    files: dict[str, str] = json.loads(opened)
    standing = [name for name in files if (folder / name).exists()]
    if standing:
        raise Stop(
            f"{', '.join(standing)} in {folder} would be overwritten: move them aside first, none is ever replaced"
        )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, content in files.items():
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64decode(content))
    return Parcel(tuple(files))


def _stretched(passphrase: str, salt: bytes, cost: dict[str, Any]) -> bytes:
    return Scrypt(salt=salt, length=32, **cost).derive(passphrase.encode())
