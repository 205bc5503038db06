"""An earlier release that is exchanged for this one under load, as deploy/README.md leads an operator, and back."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from doudi.stack import Stack
from doudi.stack.environments import OURS
from doudi.stack.running import SERVED
from kit.database import Database
from kit.migrations import current, go, releases, upgrade
from registry.main import MIGRATIONS as REGISTRY
from tests.releases import unpacked

MATCHER = "matcher:migrations"
PAUSE = (0.5, 5.0)  # seconds between two exchanges, for every day and soaked


@dataclass
class Exchange:
    """Begins on the earlier release, its tables and its source; `exchanged` tells which process ran which, in order."""

    stack: Stack
    folder: Path
    soak: bool = field(kw_only=True)
    exchanged: list[tuple[str, Path]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Everything is ended, the tables go back, and the earlier release takes over."""
        self.release = releases()[0]
        self.earlier = unpacked(self.release, self.folder)
        self.stack.end()
        for name, (database, scripts) in self._stores().items():
            go(database, scripts, self.release.tables[name])
            database.dispose()
        self.stack.source(self.earlier)
        self.stack.begin()

    def rage(self) -> None:
        """Tables first, while the earlier release serves; then process by process; some go back, and forth again."""
        self._upgrade()
        everybody = self.stack.named(*SERVED, "worker")
        back = everybody if self.soak else [name for name in everybody if name.endswith("1")]
        for names, source in ((everybody, OURS), (back, self.earlier), (back, OURS)):
            for name in names:
                time.sleep(PAUSE[self.soak])
                self.stack.exchange(name, source)
                self.exchanged.append((name, source))

    def check(self) -> None:
        """Every process was exchanged, and the tables are the newest."""
        assert {name for name, source in self.exchanged if source == OURS} == set(self.stack.named(*SERVED, "worker"))
        assert any(source == self.earlier for _, source in self.exchanged)
        for name, (database, _) in self._stores().items():
            assert current(database) not in {None, self.release.tables[name]}
            database.dispose()

    def _upgrade(self) -> None:
        for database, scripts in self._stores().values():
            upgrade(database, scripts)
            database.dispose()

    def _stores(self) -> dict[str, tuple[Database, str]]:
        home = self.stack.home
        urls = {"registry": home.registry_settings().database_url, "matcher": home.matcher_settings().database_url}
        scripts = {"registry": REGISTRY, "matcher": MATCHER}
        return {name: (Database.open(url), scripts[name]) for name, url in urls.items()}
