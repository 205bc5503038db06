"""What an image would hold, without an engine: the files its Dockerfile copies and the packages its lock names.

The packages are links to those of this environment, one by one by the lock, so that a package the image would lack is
lacking here too. Python starts with -S: nothing else of this environment can be imported.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

from doudi.configuration import SERVICES as SETTINGS
from doudi.configuration import variables

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SERVICES = ("registry", "matcher", "console")
IMAGES = (*SERVICES, "backup")  # what is run by a clock serves nothing
PYTHON = (sys.executable, "-S", "-P")  # -P: the folder a process starts in holds no modules either


def dockerfile(service: str) -> str:
    """A Dockerfile with its continued lines joined and comments left out."""
    text = (DEPLOY / f"{service}.Dockerfile").read_text()
    return re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))


def instructions(service: str, word: str) -> list[str]:
    """What stands behind every `word` of a Dockerfile."""
    return re.findall(rf"^{word} (.*)$", dockerfile(service), re.MULTILINE)


def copies(service: str) -> list[tuple[str, str]]:
    """(from, to) of everything that comes from the repository."""
    return [tuple(line.split()) for line in instructions(service, "COPY") if not line.startswith("--from")]  # type: ignore[misc]  # COPY has two words


def environment(service: str) -> dict[str, str]:
    """The variables the image sets."""
    return dict(pair.split("=", 1) for line in instructions(service, "ENV") for pair in line.split())


def known(image: str) -> set[str]:
    """The variables an image's processes know: a service its own, a backup those of both services."""
    services = ("registry", "matcher") if image == "backup" else (image,)
    return {name for service in services for name in variables(SETTINGS[service][1])}


def locks(service: str) -> list[str]:
    """The locks an image installs from, whoever tells traces or not."""
    (installed,) = (line for line in instructions(service, "RUN") if "--require-hashes" in line)
    return re.findall(r"(?<!:\+)-r /tmp/(\w+)\.lock", installed)


def locked(service: str) -> dict[str, str]:
    """Package -> its whole entry in the locks, for those this platform installs."""
    texts = [(DEPLOY / f"{lock}.lock").read_text() for lock in locks(service)]
    entries = [entry for text in texts for entry in re.split(r"\n(?=[a-z0-9])", text)]
    wanted = [(Requirement(entry.split("\\")[0].strip()), entry) for entry in entries]
    return {need.name: entry for need, entry in wanted if need.marker is None or need.marker.evaluate()}


@dataclass(frozen=True)
class Image:
    """The image's file system in a folder."""

    service: str
    folder: Path

    def variables(self, **settings: str) -> dict[str, str]:
        """The environment of one of its processes: the image's own, its paths moved into the folder, and `settings`."""
        own = environment(self.service) | settings
        moved = {name: str(self.folder) + value if value.startswith("/") else value for name, value in own.items()}
        path = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{self.folder}/app:{self.folder}/site"}
        return moved | path | settings


def build(service: str, folder: Path) -> Image:
    """Copy and link what the image of `service` holds into `folder`; `compile_loops` does the rest of its steps."""
    for source, target in copies(service):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, folder / target.lstrip("/"), ignore=shutil.ignore_patterns("__pycache__"))
    site = folder / "site"
    site.mkdir()
    for name in locked(service):
        _link(name, site)
    subprocess.run([*PYTHON, "-m", "compileall", "-q", str(folder / "app")], check=True)  # as the Dockerfile does
    for place in ("data", "keys"):
        (folder / place).mkdir(mode=0o700)
    return Image(service, folder)


def compile_loops(image: Image) -> None:
    """What the Dockerfile runs of ours, for an image that will link: half a minute of a core."""
    for module in re.findall(r"python -m (matcher\.\S+)", " ".join(instructions(image.service, "RUN"))):
        subprocess.run([*PYTHON, "-m", module], check=True, env=image.variables())


def _link(name: str, site: Path) -> None:
    files = distribution(name).files or []
    for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
        link = site / top
        if not link.exists():
            link.symlink_to(Path(str(distribution(name).locate_file(top))))
