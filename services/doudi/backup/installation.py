"""What a backup is taken of, and where it is restored to: both services' settings, as they run."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from doudi.defects import Stop
from kit.crypto import KeyProblem, KeyRing
from kit.database import Database
from kit.migrations import upgrade
from kit.office import Office
from kit.settings import ServiceSettings, SettingsWrong, Told
from matcher.main import MIGRATIONS as MATCHER_MIGRATIONS
from matcher.main import migrate as migrate_matcher
from matcher.main import open_office
from matcher.settings import MatcherSettings
from registry.audit.tables import CHAIN as REGISTRY_CHAIN
from registry.main import MIGRATIONS as REGISTRY_MIGRATIONS
from registry.settings import RegistrySettings

if TYPE_CHECKING:
    from doudi.home import Home  # of an embedded home alone, which an image has not

MIGRATIONS = {"registry": REGISTRY_MIGRATIONS, "matcher": MATCHER_MIGRATIONS}
NO_KEYS = (
    "{name}: {trouble}. Keys are not part of a backup: put them back first, `doudi keys unpack FILE` · "
    "密钥不在数据备份中，请先用 keys unpack 恢复密钥"
)


class Rehearsing(Told):
    """What a rehearsal is told beside both services' settings."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="DOUDI_")

    scratch_database_url: str | None = Field(
        None, repr=False, description="PostgreSQL on which databases may be made to restore into; holds a password"
    )


@dataclass(frozen=True)
class Installation:
    """Both services as they are told to run; `folder`: of an embedded home, None on a server."""

    registry: RegistrySettings
    matcher: MatcherSettings
    folder: Path | None = None

    @classmethod
    def of_home(cls, home: "Home") -> "Installation":
        """An embedded home. Raises Stop where its keys are not there."""
        try:
            return cls(home.registry_settings(), home.matcher_settings(), home.folder)
        except FileNotFoundError as gone:
            trouble = f"no {Path(str(gone.filename)).name} in {home.keys}"
            raise Stop(NO_KEYS.format(name=home.folder, trouble=trouble)) from None

    @classmethod
    def of_server(cls) -> "Installation":
        """As the services' own settings say: the environment, and secrets mounted as files. Raises Stop."""
        try:
            return cls(RegistrySettings.read(), MatcherSettings.read())
        except SettingsWrong as wrong:
            raise Stop(str(wrong)) from None

    @staticmethod
    def scratch() -> str | None:
        """Where a rehearsal may make databases, if the environment or a file among the secrets says so. Raises Stop."""
        try:
            return Rehearsing.read().scratch_database_url
        except SettingsWrong as wrong:
            raise Stop(str(wrong)) from None

    def services(self) -> dict[str, ServiceSettings]:
        """Settings by the service's name."""
        return {"registry": self.registry, "matcher": self.matcher}

    def rings(self) -> dict[str, KeyRing]:
        """The key rings. Raises Stop where one is missing."""
        found = {}
        for name, settings in self.services().items():
            try:
                found[name] = KeyRing.load(settings.keys_file)
            except KeyProblem as problem:
                raise Stop(NO_KEYS.format(name=name, trouble=problem)) from None
        return found

    def migrate(self) -> None:
        """Bring both databases to this version's tables."""
        with closing_database(self.registry.database_url) as database:
            upgrade(database, REGISTRY_MIGRATIONS)
        migrate_matcher(self.matcher)

    @contextmanager
    def offices(self) -> Iterator[tuple[Office, Office]]:
        """Both services' journals and sealed things."""
        from registry.sealed_cells import CELLS  # noqa: PLC0415 - of every noun; taking a backup does without

        office = Office.open(self.registry, REGISTRY_CHAIN, CELLS)
        with closing(office) as registry, closing(open_office(self.matcher)) as matcher:
            yield registry, matcher


@contextmanager
def closing_database(url: str) -> Iterator[Database]:
    """A database for the block."""
    database = Database.open(url)
    try:
        yield database
    finally:
        database.dispose()
