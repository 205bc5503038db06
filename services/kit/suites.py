"""The two families of algorithms an installation can be told to use, behind one small interface.

`international`: AES-256-GCM, HMAC-SHA-256, HKDF-SHA-256. `guomi` 国密: SM4-GCM (GB/T 32907), HMAC-SM3 (GB/T 32905),
HKDF over SM3. Both seal with a nonce of 12 and a tag of 16 bytes. A key belongs to one suite for its life, and the
first byte of its id names the suite, so that every sealed value tells which it is. These are algorithms in software:
where an assessment (密评) asks for a certified module, it belongs behind this same interface.
"""

import hmac
from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, SM3
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

TAG_BYTES = 16


class Lock(Protocol):
    """Authenticated encryption under one key; `decrypt` raises InvalidTag for whatever was altered."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """Ciphertext and tag."""

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """Undo `encrypt`."""

    def decrypt_writable(self, nonce: bytes, data: memoryview, associated_data: bytes) -> bytearray:
        """`decrypt` without a copy between, where the cipher can; in memory of its own."""


class Suite(Protocol):
    """What a suite can do; `code` is the first byte of the ids of its keys."""

    name: str
    code: int

    def derive(self, master: bytes, purpose: str) -> bytes:
        """A key of its own (32 bytes) per purpose, so that a blind index tells nothing about a ciphertext."""

    def lock(self, key: bytes) -> Lock:
        """The cipher under `key`."""

    def mac(self, key: bytes, data: bytes) -> bytes:
        """A keyed digest, 32 bytes."""


class International:
    """AES-256-GCM, HMAC-SHA-256."""

    name, code = "international", 1

    def derive(self, master: bytes, purpose: str) -> bytes:
        """HKDF-Expand over SHA-256."""
        return HKDFExpand(algorithm=SHA256(), length=32, info=f"doudi:{purpose}".encode()).derive(master)

    def lock(self, key: bytes) -> Lock:
        """AES-256-GCM."""
        return _AesGcm(key)

    def mac(self, key: bytes, data: bytes) -> bytes:
        """HMAC-SHA-256."""
        return hmac.digest(key, data, "sha256")


class Guomi:
    """SM4-GCM, HMAC-SM3."""

    name, code = "guomi", 2

    def derive(self, master: bytes, purpose: str) -> bytes:
        """HKDF-Expand over SM3."""
        return HKDFExpand(algorithm=SM3(), length=32, info=f"doudi:{purpose}".encode()).derive(master)

    def lock(self, key: bytes) -> Lock:
        """SM4-GCM; the block cipher's key is 128 bits long."""
        return _Sm4Gcm(key[:16])

    def mac(self, key: bytes, data: bytes) -> bytes:
        """HMAC-SM3."""
        mac = HMAC(key, SM3())
        mac.update(data)
        return mac.finalize()


class _AesGcm:
    """The ready-made cipher, and opening without a copy between."""

    def __init__(self, key: bytes) -> None:
        cipher = AESGCM(key)
        self.encrypt, self.decrypt, self._decrypt_into = cipher.encrypt, cipher.decrypt, cipher.decrypt_into

    def decrypt_writable(self, nonce: bytes, data: memoryview, associated_data: bytes) -> bytearray:
        """As `decrypt`."""
        out = bytearray(max(len(data) - TAG_BYTES, 0))
        self._decrypt_into(nonce, data, associated_data, out)
        return out


class _Sm4Gcm:
    """SM4 in GCM with the calls of `cryptography`'s own ciphers of this kind."""

    def __init__(self, key: bytes) -> None:
        self._cipher = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """Ciphertext and tag."""
        encryptor = Cipher(self._cipher, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """Undo `encrypt`. Nothing is given out before the tag was found right."""
        body, tag = data[:-TAG_BYTES], data[-TAG_BYTES:]
        decryptor = Cipher(self._cipher, modes.GCM(nonce, tag, TAG_BYTES)).decryptor()
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(body) + decryptor.finalize()

    def decrypt_writable(self, nonce: bytes, data: memoryview, associated_data: bytes) -> bytearray:
        """As `decrypt`."""
        return bytearray(self.decrypt(nonce, bytes(data), associated_data))


SUITES: dict[str, Suite] = {suite.name: suite for suite in (International(), Guomi())}
