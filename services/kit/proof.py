"""Whether a journal is whole: verified from exported files alone, without the service, its database or its keys.

This one file needs nothing but Python and `cryptography`; copy it to where the auditor sits:

    python proof.py registry-journal.ndjson registry-2026-11.checkpoints --keys registry-keys.json

Each entry carries a digest over what it says and the digest before it. A checkpoint is a JWS (RFC 7515, ES256) over
the number and digest of an entry. Keep checkpoints, and the public keys from when the installation was taken over,
where nobody who can write the database can write. The service proves itself by the same functions.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

GENESIS = "0" * 64
# What an entry's digest covers, in this order; `detail` is the JSON text exactly as kept.
FIELDS = ("number", "at", "actor", "action", "subject", "purpose", "detail")
HALF = 32  # bytes of one half of an ES256 signature
ALTERED, MISSING, SLIPPED_IN, REWRITTEN, UNSIGNED = "altered", "missing", "slipped-in", "rewritten", "unsigned"
TOLD = {
    ALTERED: "内容被改动 · an entry says something else than it did",
    MISSING: "有条目被删除 · entries were removed",
    SLIPPED_IN: "有条目被插入或调换 · an entry was slipped in or moved",
    REWRITTEN: "与已签名检查点不符，此处至检查点之间被整体改写 · entries up to a checkpoint were written anew",
    UNSIGNED: "检查点签名无效或密钥未知 · a checkpoint is not signed by a known key",
}


@dataclass(frozen=True)
class Checkpoint:
    """What was signed: of which journal, how many entries it had, the digest of the last, when."""

    journal: str
    entries: int
    digest: str
    at: str


@dataclass(frozen=True)
class Verdict:
    """How a journal stands: entries found sound, the first that is not, why, and the checkpoints it met."""

    entries: int
    broken_at: int | None = None
    reason: str | None = None
    checkpoints: int = 0
    checked_to: int = 0  # the last entry a checkpoint vouches for


def digest(before: str, values: Sequence[str | int | None]) -> str:
    """SHA-256 (hex) over the digest before and each value with its length: no two contents are written alike."""
    parts = [b"doudi-journal-1", before.encode()]
    for value in values:
        text = None if value is None else str(value).encode()
        parts.append(b"-" if text is None else b"%d:%s" % (len(text), text))
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def sign(checkpoint: Checkpoint, kid: str, key: ec.EllipticCurvePrivateKey) -> str:
    """A compact JWS."""
    head = _encode(json.dumps({"alg": "ES256", "kid": kid, "typ": "doudi-checkpoint"}).encode())
    text = f"{head}.{_encode(json.dumps(checkpoint.__dict__).encode())}"
    r, s = utils.decode_dss_signature(key.sign(text.encode(), ec.ECDSA(SHA256())))
    return f"{text}.{_encode(r.to_bytes(HALF, 'big') + s.to_bytes(HALF, 'big'))}"


def read_checkpoint(signed: str, keys: Mapping[str, ec.EllipticCurvePublicKey]) -> Checkpoint | None:
    """The checkpoint, or None where no key of ours signed it."""
    try:
        head, body, signature = signed.strip().split(".")
        raw = _decode(signature)
        der = utils.encode_dss_signature(int.from_bytes(raw[:HALF], "big"), int.from_bytes(raw[HALF:], "big"))
        told = json.loads(_decode(head))
        if len(raw) != 2 * HALF or told["alg"] != "ES256" or told["typ"] != "doudi-checkpoint":
            return None
        keys[told["kid"]].verify(der, f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
        return Checkpoint(**json.loads(_decode(body)))
    except (ValueError, KeyError, TypeError, InvalidSignature):
        return None


def public_jwk(kid: str, key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The public half as RFC 7517 writes it."""
    point = key.public_numbers()
    x, y = (_encode(one.to_bytes(HALF, "big")) for one in (point.x, point.y))
    return {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": x, "y": y}


def public_keys(document: Mapping[str, Any]) -> dict[str, ec.EllipticCurvePublicKey]:
    """The keys of a JWK set by their ids."""
    found = {}
    for one in document["keys"]:
        x, y = (int.from_bytes(_decode(one[name]), "big") for name in ("x", "y"))
        found[str(one["kid"])] = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    return found


class Walk:
    """Takes the entries of a journal in their order and says where the first one is wrong."""

    def __init__(self, journal: str, signed: Iterable[str], keys: Mapping[str, ec.EllipticCurvePublicKey]) -> None:
        read = [read_checkpoint(one, keys) for one in signed]
        self._unsigned = any(one is None or one.journal != journal for one in read)
        self._due: dict[int, set[str]] = {}
        for one in read:
            if one is not None and one.journal == journal:
                self._due.setdefault(one.entries, set()).add(one.digest)
        self.digest, self.number, self._met, self._checked_to = GENESIS, 0, 0, 0

    def take(self, values: Sequence[str | int | None], stated: str | None, *, owned: bool = True) -> Verdict | None:
        """The next entry (FIELDS), the digest it states, and whether its keeper knows it for its own writing, where
        that can be told; a verdict where it is wrong."""
        number = values[0]
        if number != self.number + 1:
            after = isinstance(number, int) and number > self.number
            return self._broken(self.number + 1, MISSING if after else SLIPPED_IN)
        found = digest(self.digest, values)
        if found != stated or not owned:
            return self._broken(self.number + 1, ALTERED)
        for due in self._due.pop(self.number + 1, ()):
            if due != found:
                return self._broken(self._checked_to + 1, REWRITTEN)
            self._met, self._checked_to = self._met + 1, self.number + 1
        self.digest, self.number = found, self.number + 1
        return None

    def wrong(self) -> Verdict:
        """The next entry cannot be read any more."""
        return self._broken(self.number + 1, ALTERED)

    def end(self) -> Verdict:
        """Nothing follows: the verdict."""
        if self._due:
            return self._broken(self.number + 1, MISSING)
        if self._unsigned:
            return self._broken(None, UNSIGNED)
        return self._broken(None, None)

    def _broken(self, at: int | None, reason: str | None) -> Verdict:
        return Verdict(self.number, at, reason, self._met, self._checked_to)


def verify(entries: Iterable[str], journal: str, signed: Iterable[str], keys: Mapping[str, Any]) -> Verdict:
    """Walk exported lines (NDJSON)."""
    walk = Walk(journal, signed, public_keys(keys))
    for line in entries:
        try:
            entry = json.loads(line)
            found = walk.take([entry[name] for name in FIELDS], entry["digest"])
        except (ValueError, KeyError, TypeError):
            found = walk.wrong()
        if found is not None:
            return found
    return walk.end()


def main(words: Sequence[str] | None = None) -> int:
    """0 where the journal is whole, 1 where it is not, 2 where nothing could be verified."""
    parser = argparse.ArgumentParser(description="Verify an exported journal · 核验导出的审计日志")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="one *.ndjson and its *.checkpoints")
    parser.add_argument("--keys", required=True, type=Path, help="the public keys (JWK set), kept since the start")
    parser.add_argument("--journal", help="its name (registry, matcher); else the beginning of the file's name")
    chosen = parser.parse_args(words)
    try:
        verdict = verify_files(chosen.files, chosen.keys, chosen.journal)
    except (OSError, ValueError, KeyError) as trouble:
        print(f"无法核验 · cannot verify: {trouble}", file=sys.stderr)  # noqa: T201 - a command line of its own
        return 2
    print(told(verdict))  # noqa: T201 - a command line of its own
    return 0 if verdict.reason is None else 1


def verify_files(files: Sequence[Path], keys: Path, journal: str | None = None) -> Verdict:
    """The verdict on one exported journal with its checkpoints. Raises ValueError for other files."""
    journals = [path for path in files if path.suffix == ".ndjson"]
    if len(journals) != 1:
        raise ValueError("name one journal (*.ndjson) and its *.checkpoints · 请给出一个日志文件及其检查点文件")
    name = journal or journals[0].name.partition("-")[0]
    rest = (path for path in files if path.suffix != ".ndjson")
    signed = [line for path in rest for line in path.read_text().splitlines() if line]
    with journals[0].open(encoding="utf-8") as entries:
        return verify(entries, name, signed, json.loads(keys.read_text()))


def told(verdict: Verdict) -> str:
    """The verdict in words."""
    sound, met, to = verdict.entries, verdict.checkpoints, verdict.checked_to
    zh = f"完好 {sound} 条，符合检查点 {met} 个（至第 {to} 条）"
    lines = [f"{zh} · {sound} entries sound, {met} checkpoints met (to entry {to})"]
    if verdict.reason is not None:
        place = f"第 {verdict.broken_at} 条 · entry {verdict.broken_at}: " if verdict.broken_at is not None else ""
        lines.append(place + TOLD[verdict.reason])
    elif verdict.checked_to < verdict.entries:
        lines.append("其后尚无检查点，末尾是否被删无法判断 · nothing vouches for the end yet: take a checkpoint first")
    return "\n".join(lines)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


if __name__ == "__main__":
    sys.exit(main())
