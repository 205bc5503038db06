"""The way back: a backup is restored, brought to this version's tables, checked, and told that it was restored.

Nothing that stands is overwritten: a home's data is moved aside, a PostgreSQL database must be new and empty. A backup
that is not as it was written, or of a newer version, or of other keys, is refused before anything is moved.
"""

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy.engine import make_url

from doudi.backup.check import check
from doudi.backup.databases import is_empty, put_back, scratch_database
from doudi.backup.generation import STAMP, VERIFIED, Generation, unsound
from doudi.backup.installation import MIGRATIONS, Installation
from doudi.defects import Stop
from kit.columns import now
from kit.migrations import known as known_revision
from kit.settings import ServiceSettings
from kit.soundness import Check, found
from matcher.flows.restored import come_back as bring_matcher_back
from matcher.sealed import HIDDEN
from registry.oversight.restored import come_back as bring_registry_back
from registry.oversight.restored import note_backup

ALTERED = "the backup is not as it was written: {first}. Take another generation (`doudi backup list`)"
NOT_WHOLE = "restored, but not whole: do not start the services; restore another generation"
NEWER = "{service}: the backup is of a newer version (revision {revision}): install that version, then restore"
Told = TypeVar("Told", bound=ServiceSettings)


@dataclass(frozen=True)
class Verdict:
    """What a rehearsal found."""

    checks: list[Check]

    @property
    def whole(self) -> bool:
        """Whether everything holds."""
        return all(one.holds for one in self.checks)


def verify(generation: Generation, installation: Installation, scratch: str | None = None) -> Verdict:
    """Restore into a scratch place and run every check there. The result is kept beside the backup, and a good one in
    the registry's journal. `scratch`: a PostgreSQL server on which databases may be made, else the service's own."""
    ring = installation.rings()["registry"]
    wrong = unsound(generation, ring)
    made = [
        found("备份文件与签名清单相符 · parts are as the signed manifest says", len(generation.manifest.parts), wrong)
    ]
    if not wrong:
        _check_fit(generation, installation)
        with _scratch(generation, installation, scratch) as place:
            place.migrate()
            made += check(place)
    verdict = Verdict(made)
    told = {"at": now().isoformat(), "whole": verdict.whole, "checks": [one.told() for one in made]}
    (generation.folder / VERIFIED).write_text(json.dumps(told, ensure_ascii=False, indent=1))
    return verdict


def tell_verified(generation: Generation, installation: Installation) -> None:
    """Into the running registry's journal, where the alarm looks."""
    note_backup(installation.registry, generation.manifest.id, verified=True, moment=generation.manifest.moment)


@contextmanager
def _scratch(generation: Generation, installation: Installation, server: str | None) -> Iterator[Installation]:
    """The backup restored for the block. Its files are read where they lie."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="doudi-verify-", dir=_room(generation))))

        def put(name: str, told: Told) -> Told:
            copy = generation.path(generation.manifest.databases[name]["file"])
            url = f"sqlite:///{folder}/{name}.db"
            if copy.suffix == ".pgdump":
                base = server or told.database_url
                url = stack.enter_context(scratch_database(base, f"doudi_verify_{secrets.token_hex(6)}"))
            put_back(copy, url)
            return told.model_copy(update={"database_url": url, "checkpoints_dir": generation.path("checkpoints")})

        matcher = put("matcher", installation.matcher).model_copy(update={"data_dir": generation.path("files")})
        yield Installation(put("registry", installation.registry), matcher)


def _room(generation: Generation) -> Path:
    """Beside the backups: a copy of a county may be larger than /tmp."""
    return generation.folder.parent


def restore(generation: Generation, installation: Installation, *, replace: bool) -> list[str]:
    """Restore for good; what to tell the operator. Raises Stop and leaves everything as it stood where something stands
    in the way or the backup does not hold."""
    rings = installation.rings()
    wrong = unsound(generation, rings["registry"])
    if wrong:
        raise Stop(ALTERED.format(first="; ".join(wrong[:3])))
    _check_fit(generation, installation)
    said = _make_way(installation, replace=replace)
    for name, settings in installation.services().items():
        put_back(generation.path(generation.manifest.databases[name]["file"]), settings.database_url)
    _put_files_back(generation, installation)
    return [*said, *_told(installation, generation.manifest.id, generation.manifest.moment)]


def settle(generation: Generation, installation: Installation, moment: str) -> list[str]:
    """Where PostgreSQL itself was restored to a moment (base backup and archived WAL): sealed files that are missing
    are put back from a backup, both services are told, everything is checked. As `restore`."""
    wrong = unsound(generation, installation.rings()["registry"])
    if wrong:
        raise Stop(ALTERED.format(first="; ".join(wrong[:3])))
    _check_fit(generation, installation)
    _check_stopped(installation)
    _put_files_back(generation, installation)
    return _told(installation, "point-in-time", moment)


def _told(installation: Installation, backup: str, moment: str) -> list[str]:
    """Both services hear that they were restored; then everything is checked. Raises Stop."""
    installation.migrate()
    said = [*bring_registry_back(installation.registry, backup, moment)]
    said += bring_matcher_back(installation.matcher, backup, moment)
    bad = [one.told() for one in check(installation) if not one.holds]
    if bad:
        raise Stop("\n".join((NOT_WHOLE, *bad)))
    return [*said, *_next_steps(moment)]


def _next_steps(moment: str) -> list[str]:
    return [
        f"已恢复到 {moment}，全部检查通过 · restored to that moment, every check passes. 接下来 · now:",
        "  1. 启动服务 · start the services: ./run serve, or systemctl start doudi-registry doudi-matcher doudi-worker",
        "  2. 请各部门重新推送此后的批次，民政系统重新导入（重复推送不会重复计算）· agencies push, and civil affairs "
        "imports, what they sent since; what is there already changes nothing",
        "  3. 各乡镇按原编号重报此后的核查结果 · townships report anew what they reported since, under the same ids",
        "  4. 核对此后停用的账户、客户端并重新停用 · disable again accounts and clients disabled since",
        "  5. 再备份一次 · take a backup",
    ]


def _check_fit(generation: Generation, installation: Installation) -> None:
    """Whether this version knows those tables, and the rings hold the keys. Raises Stop."""
    for service, told in generation.manifest.databases.items():
        if not known_revision(MIGRATIONS[service], str(told["revision"])):
            raise Stop(NEWER.format(service=service, revision=told["revision"]))
    for service, ring in installation.rings().items():
        lacking = set(generation.manifest.keys[service]) - {key.id for key in ring.keys.keys}
        if lacking:
            raise Stop(
                f"{service}: the ring lacks keys that sealed this backup ({', '.join(sorted(lacking))}): put back the "
                "ring of that time, `doudi keys unpack FILE` · 密钥环缺少备份所用的密钥"
            )


def _make_way(installation: Installation, *, replace: bool) -> list[str]:
    """What stands in a home goes aside, where that was asked for. Raises Stop."""
    _check_stopped(installation)
    data = installation.matcher.data_dir
    base = installation.folder / "data" if installation.folder is not None else data
    taken = base.exists() and any(one.is_file() or any(p.is_file() for p in one.rglob("*")) for one in _standing(base))
    for name, settings in installation.services().items():
        url = make_url(settings.database_url)
        inside = url.get_backend_name() == "sqlite" and base in Path(str(url.database)).parents
        if not inside and not is_empty(settings.database_url):
            raise Stop(
                f"{name}: the database {url.database} is not empty: name a new one (createdb); the old one stays"
            )
    if not taken:
        return []
    if not replace:
        raise Stop(
            f"{base} is not empty. With --replace it is moved aside, to {base.name}.before-…, and nothing is lost"
        )
    return [f"原有数据移至 · what stood there is now in {_moved_aside(base)}"]


def _standing(base: Path) -> list[Path]:
    """What is in a folder, but for what a backup or a former restore put aside there."""
    return [path for path in base.iterdir() if not path.name.startswith(HIDDEN)]


def _moved_aside(base: Path) -> Path:
    """A folder under another name beside it, and an empty one of the same owner in its place. One that cannot be
    renamed (a mounted volume, a read-only file system above it) keeps it in a hidden folder of its own."""
    name, was = f".before-{now().strftime(STAMP)}", base.stat()
    try:
        aside = base.rename(base.with_name(f"{base.name}{name}"))
    except OSError:
        aside, standing = base / name, _standing(base)
        aside.mkdir(mode=0o700)
        for path in standing:
            path.rename(aside / path.name)
        return aside
    base.mkdir(mode=0o700)
    if (was.st_uid, was.st_gid) != (os.geteuid(), os.getegid()):  # an operator may be root, and the service is not
        os.chown(base, was.st_uid, was.st_gid)
    return aside


def _check_stopped(installation: Installation) -> None:
    """A worker that still runs would write on. Raises Stop."""
    pid = installation.folder / "worker.pid" if installation.folder is not None else None
    if pid is None or not pid.exists():
        return
    try:
        os.kill(int(pid.read_text()), 0)
    except (ProcessLookupError, ValueError):
        return
    raise Stop(f"the services of {installation.folder} still run: stop them first")


def _put_files_back(generation: Generation, installation: Installation) -> None:
    """Sealed files, and checkpoints, where none of that name stand: a file that does is as good or newer, and a folder
    of checkpoints says at least as much."""
    data = installation.matcher.data_dir
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    installation.registry.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    for place in generation.places("files"):
        there = data / Path(place).relative_to("files")
        if not there.exists():
            _copy(generation.path(place), there, data)
    for place in generation.places("checkpoints"):
        name = Path(place).name
        service = installation.services()[name.partition("-")[0]]
        service.checkpoints_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (service.checkpoints_dir / name).exists():
            _copy(generation.path(place), service.checkpoints_dir / name, service.checkpoints_dir)


def _copy(source: Path, to: Path, like: Path) -> None:
    """A file of the folder's owner: an operator may be root, and the service is not."""
    owner = like.stat()
    missing = [folder for folder in (to.parent, *to.parent.parents) if not folder.exists()]
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copyfile(source, to)
    to.chmod(0o600)
    for path in (*missing, to):
        if (path.stat().st_uid, path.stat().st_gid) != (owner.st_uid, owner.st_gid):
            os.chown(path, owner.st_uid, owner.st_gid)
