"""What an operator does on the server itself with a service's keys and journal: the words `keys` and `audit`."""

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from kit.checkpoints import Chain, Notary
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from kit.journal import Entry, append
from kit.keys_file import NOTICE, make_or_complete, rotate, rotate_proof
from kit.proof import Verdict, told
from kit.resealing import Cell, Done, Resealing, SealedFiles
from kit.settings import ServiceSettings

KEY_WORDS = ("make", "status", "rotate", "reseal")
AUDIT_WORDS = ("verify", "checkpoint", "export")


class Broken(Exception):
    """The journal is not whole; the text says where."""


@dataclass(frozen=True)
class Office:
    """One service's settings, journal and sealed things."""

    settings: ServiceSettings
    database: Database
    ring: KeyRing
    chain: Chain
    job: Resealing

    @classmethod
    def open(
        cls, settings: ServiceSettings, chain: Chain, cells: Sequence[Cell], files: SealedFiles | None = None
    ) -> "Office":
        """Over the ring and the database the settings name. Raises KeyProblem."""
        ring, database = KeyRing.load(settings.keys_file), Database.open(settings.database_url)
        return cls(settings, database, ring, chain, Resealing(database, ring, settings.keys_file, cells, files))

    def close(self) -> None:
        """Every connection."""
        self.database.dispose()

    def rotate(self, suite: str, notice: timedelta = NOTICE) -> str:
        """A new key of `suite`; it writes when every process has had time to notice it. Its id."""
        made = rotate(self.settings.keys_file, suite, notice)
        self._note("keys.rotate", made, suite=suite)
        return made

    def rotate_proof(self) -> str:
        """A new key for checkpoints. Its id."""
        made = rotate_proof(self.settings.keys_file)
        self._note("keys.rotate-proof", made)
        return made

    def reseal(self) -> Done:
        """Everything an older key sealed, under the one that writes now."""
        done = self.job.run()
        self._note("keys.reseal", self.ring.writes_with, cells=done.cells, files=done.files, left=done.left)
        return done

    def status(self) -> list[str]:
        """The keys, and what is still sealed by others than the one that writes."""
        self.ring.refresh()
        files = Counter(key for _, key in self.job.files.every()) if self.job.files is not None else Counter[str]()
        lines = [f"{self.chain.name}: {self.settings.keys_file}"]
        for key in self.ring.keys.keys:
            writes = "写入中 · writes" if key.id == self.ring.writes_with else ""
            asked = "索引可查 · asked in look-ups" if key.index is not None else ""
            since = f"{key.since:%Y-%m-%d %H:%M:%S}Z"
            lines.append(
                f"  {key.id}  {key.suite:13}  {since}  {files[key.id]:6} 文件 files  {writes}  {asked}".rstrip()
            )
        if self.ring.keys.keys[-1].suite != self.settings.crypto_suite:
            lines.append(f"  配置要求 · configured: {self.settings.crypto_suite} → keys rotate")
        left = {name: count for name, count in self.job.left().items() if count}
        lines += [f"  待重新加密 · to be sealed anew: {name} {count}" for name, count in left.items()]
        return lines

    def notary(self) -> Notary:
        """Of the journal."""
        return Notary.of(self.settings, self.database, self.ring, self.chain)

    def verify(self) -> Verdict:
        """Walk the journal."""
        with reading(self.database) as session:
            return self.notary().verify(session)

    def _note(self, action: str, key: str, **detail: object) -> None:
        with transaction(self.database) as session:
            append(session, self.chain.entries, self.ring, Entry("operator", action, key, "operation", dict(detail)))


def add_words(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`keys` and `audit`, alike in both services."""
    keys = actions.add_parser("keys", help="the key ring: made where none stands (the default), or what VERB says")
    keys.add_argument("verb", nargs="?", default="make", choices=KEY_WORDS)
    keys.add_argument("--suite", choices=("international", "guomi"), help="of the next key, else as configured")
    keys.add_argument("--proof", action="store_true", help="rotate the key of the checkpoints instead")
    audit = actions.add_parser("audit", help="the journal: verify it, take a checkpoint, export it for auditors")
    audit.add_argument("verb", choices=AUDIT_WORDS)
    audit.add_argument("--out", type=Path, default=Path("audit"), help="folder of an export")


def add_migrate(actions: "argparse._SubParsersAction[argparse.ArgumentParser]", does: str) -> None:
    """`migrate`, alike in both services."""
    words = actions.add_parser("migrate", help=does)
    words.add_argument(
        "--to", metavar="RELEASE", help="the tables of that release, also back: what only later ones know is forgotten"
    )


def add_retention(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`retention`, alike in both services."""
    words = actions.add_parser("retention", help="delete what has had its time, now (a running service does it daily)")
    words.add_argument("--dry-run", action="store_true", help="only say what would go")


def make_keys(settings: ServiceSettings) -> None:
    """The ring where none stands, or what an earlier version's lacks."""
    make_or_complete(settings.keys_file, settings.crypto_suite)


def do(office: Office, chosen: argparse.Namespace) -> list[str]:
    """What the words of `add_words` say; what to tell the operator. Raises Broken."""
    if chosen.action == "keys":
        return do_keys(office, chosen.verb, chosen.suite, proof=chosen.proof)
    return do_audit(office, chosen.verb, chosen.out)


def do_keys(office: Office, verb: str, suite: str | None = None, *, proof: bool = False) -> list[str]:
    """Do what `keys VERB` says; what to tell the operator."""
    if verb == "rotate" and proof:
        return [f"{office.chain.name}: 检查点新密钥 · key of the checkpoints: {office.rotate_proof()}"]
    if verb == "rotate":
        made, seconds = office.rotate(suite or office.settings.crypto_suite), int(NOTICE.total_seconds())
        told_zh = f"{seconds} 秒后起用，随后请执行 keys reseal"
        return [f"{office.chain.name}: {made} {told_zh} · writes in {seconds} s; then call `keys reseal`"]
    if verb == "reseal":
        done = office.reseal()
        figures = f"{done.cells} cells, {done.files} files; {done.left} left, {done.unreadable} unreadable"
        return [f"{office.chain.name}: 已重新加密 · sealed anew: {figures}"]
    return office.status()


def do_audit(office: Office, verb: str, out: Path) -> list[str]:
    """Do what `audit VERB` says; what to tell the operator. Raises Broken."""
    if verb == "export":
        office.notary().take()
        return [str(path) for path in office.notary().export(out)]
    if verb == "checkpoint":
        taken = office.notary().take()
        return [f"{office.chain.name}: {'已生成检查点 · taken' if taken else '无新条目 · nothing new'}"]
    verdict = office.verify()
    if verdict.reason is not None:
        raise Broken(f"{office.chain.name}: {told(verdict)}")
    return [f"{office.chain.name}: {told(verdict)}"]
