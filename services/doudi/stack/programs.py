"""Which programs of this machine a stack is made of, and as whom PostgreSQL runs."""

import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

from doudi.defects import Stop

# Where Debian and others keep what is on nobody's PATH; the newest version of PostgreSQL comes last.
BESIDE_PATH = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/local/pgsql/bin", "/opt/homebrew/bin")
VERSIONS = Path("/usr/lib/postgresql")
ROOT, OWNER = 0, "postgres"


class ProgramMissing(Stop):
    """Something a stack needs is not on this machine; the text says what to install."""


@dataclass(frozen=True)
class Programs:
    """Paths of what is started, and the user PostgreSQL runs as (None: whoever starts the stack)."""

    initdb: str
    postgres: str
    nginx: str
    owner: str | None

    @classmethod
    def found(cls) -> "Programs":
        """Raises ProgramMissing."""
        initdb, postgres, nginx = (_path(name) for name in ("initdb", "postgres", "nginx"))
        missing = [name for name, path in (("postgresql", initdb and postgres), ("nginx", nginx)) if path is None]
        if initdb is None or postgres is None or nginx is None:
            way_out = f"apt-get install {' '.join(missing)} (or put them on PATH)"
            raise ProgramMissing(f"a stack needs {' and '.join(missing)}: {way_out}")
        return cls(initdb, postgres, nginx, _owner())


def _path(name: str) -> str | None:
    versions = sorted((one for one in VERSIONS.glob("*/bin")), key=_version) if VERSIONS.exists() else []
    places = [os.environ.get("PATH", ""), *(str(one) for one in reversed(versions)), *BESIDE_PATH]
    return shutil.which(name, path=os.pathsep.join(places))


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in folder.parent.name.split(".") if part.isdigit())


def _owner() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != ROOT:
        return None
    try:
        pwd.getpwnam(OWNER)
    except KeyError:
        raise ProgramMissing(
            f"PostgreSQL does not run as root and there is no user {OWNER} here: start the stack as another user"
        ) from None
    return OWNER
