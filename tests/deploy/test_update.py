"""`deploy/install`: a release is exchanged for the next with its databases, or everything is as it was before.

Releases are folders with a program of ours in place of each service's; systemd is one that starts and stops them.
PostgreSQL is real: where the tests have none, nothing of this is run.
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest

from doudi.serve import free_port
from tests import postgres
from tests.conftest import fresh_database
from tests.deploy.image import ROOT

pytestmark = pytest.mark.skipif(not postgres.URL, reason="an update dumps databases of PostgreSQL (TEST_DATABASE_URL)")
# In place of a release's Python: what it does is told by the release's folder. `precompile` and the worker do nothing.
PYTHON = """#!/bin/sh
release=$(dirname "$(dirname "$(dirname "$0")")")
case "$*" in
  *precompile*) exit 0 ;;
  *worker*) exec sleep 600 ;;
  *serve*) exec {python} "$release/answer.py" "$2" ;;
esac
"""
ANSWER = """
import http.server, os, sys
from pathlib import Path
release = Path(__file__).parent.resolve()
port = int(os.environ["DOUDI_" + sys.argv[1].split(".")[0].upper() + "_LISTEN"].split(":")[1])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503 if (release / "sick").exists() else 200)
        self.end_headers()
        self.wfile.write(release.name.encode())
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
SYSTEMCTL = """#!/bin/sh
cd {folder}
echo "$*" >> systemctl.log
word=$1; shift
for unit in "$@"; do
  case $word in
    start)
      module=$(sed -n 's/^ExecStart=.* -m //p' units/$unit.service)
      service=$(echo $unit | sed 's/doudi-//; s/worker/matcher/')
      . etc/$service.env; export $(cut -d= -f1 etc/$service.env)
      link/.venv/bin/python -m $module > /dev/null 2>&1 & echo $! > $unit.pid ;;
    stop) [ ! -e $unit.pid ] || {{ kill $(cat $unit.pid); rm $unit.pid; }} ;;
    is-active) kill -0 $(cat $unit.pid) || exit 3 ;;
  esac
done
"""
MIGRATE = """#!/bin/sh
exec {folder}/link/.migrate {service}
"""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The installer as a module; it has no ending Python knows."""
    loader = SourceFileLoader("deploy_install", str(ROOT / "deploy" / "install"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    sys.modules[loader.name] = module  # its dataclasses ask for it
    loader.exec_module(module)
    return module


class Site:
    """A server in a folder: two releases, two databases, one of the releases serving."""

    def __init__(self, script: ModuleType, folder: Path, databases: dict[str, str]) -> None:
        self.script, self.folder = script, folder
        for name in ("etc/secrets", "units", "programs", "bin"):
            (folder / name).mkdir(parents=True)
        self.ports = {service: free_port() for service in script.SERVICES}
        for service, port in self.ports.items():
            (folder / "etc" / f"{service}.env").write_text(f"DOUDI_{service.upper()}_LISTEN=127.0.0.1:{port}\n")
        for store, url in databases.items():
            (folder / "etc" / "secrets" / f"doudi_{store}_database_url").write_text(f"{url}\n")
        self._program(folder / "bin" / "systemctl", SYSTEMCTL.format(folder=folder))
        self.old, self.new = (self._release(name) for name in ("old", "new"))
        places = {"etc": folder / "etc", "units": folder / "units", "programs": folder / "programs"}
        self.server: Any = script.Server(
            link=folder / "link", releases=folder / "releases", backups=folder / "backups", seconds=30.0, **places
        )
        for store in script.STORES:
            self.query(store, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")

    @staticmethod
    def _program(file: Path, text: str) -> None:
        file.write_text(text)
        file.chmod(0o755)

    def _release(self, name: str) -> Path:
        release = self.folder / "releases" / name
        (release / ".venv" / "bin").mkdir(parents=True)
        systemd = release / "deploy" / "systemd"
        systemd.mkdir(parents=True)
        for unit in (ROOT / "deploy" / "systemd").glob("*.service"):
            (systemd / unit.name).write_text(unit.read_text())
        for service in self.script.SERVICES:
            self._program(systemd / f"doudi-{service}", MIGRATE.format(folder=self.folder, service=service))
        self._program(release / ".venv" / "bin" / "python", PYTHON.format(python=sys.executable))
        self._program(release / ".migrate", "#!/bin/sh\nexit 0\n")
        (release / "answer.py").write_text(ANSWER)
        return release

    def migrating(self, sql: str, code: int = 0) -> None:
        """What the new release does to the tables, and how that ends."""
        read = f'url=$(cat {self.folder}/etc/secrets/doudi_"$1"_database_url)'
        self._program(self.new / ".migrate", f'#!/bin/sh\n{read}\npsql -q "$url" -c "{sql}"\nexit {code}\n')

    def query(self, store: str, sql: str) -> str:
        """Something asked of a database by its own role."""
        where = self.script.connection(self.server.address(store))
        asked = ["psql", "-qtA", "-v", "ON_ERROR_STOP=1", "-c", sql]
        done = subprocess.run(asked, env=os.environ | where, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    @property
    def tables(self) -> str:
        """Those of both, and what was in the first of them before."""
        names = "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public'"
        return "; ".join(self.query(store, names) for store in self.script.STORES)

    def serving(self) -> set[str]:
        """Which release answers, of every service that is ready."""
        with_body = (self.script.urllib.request.urlopen(self.server.url(service)) for service in self.script.SERVICES)
        return {answer.read().decode() for answer in with_body}


def owned(url: str) -> tuple[str, str]:
    """(role, address) of a role of its own for a database, as the README makes them."""
    told = urlsplit(url.replace("postgresql+psycopg", "postgresql"))
    name = told.path.lstrip("/")
    role = f"r_{name}".replace("-", "_")[:60]
    sql = f'CREATE ROLE "{role}" LOGIN PASSWORD \'p\'; ALTER DATABASE "{name}" OWNER TO "{role}"'
    subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql, told.geturl()], check=True)
    place = f"{told.hostname}:{told.port}"
    return role, f"postgresql://{role}:p@{place}/{name}"


@pytest.fixture
def site(script: ModuleType, databases: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with fresh_database(tmp_path) as first, fresh_database(tmp_path) as second:
        roles, addresses = zip(*(owned(url) for url in (first, second)), strict=True)
        made = Site(script, tmp_path, dict(zip(script.STORES, addresses, strict=True)))
        monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
        script.switch(made.server, made.old)
        try:
            script.start(made.server)
            assert made.serving() == {"old"}
            yield made
        finally:
            script.stop()
    for role in roles:
        subprocess.run(["psql", "-q", "-c", f'DROP ROLE "{role}"', postgres.URL.replace("+psycopg", "")], check=True)


def test_an_update_changes_release_and_tables_and_keeps_what_was_dumped(site: Site) -> None:
    site.migrating("CREATE TABLE added (id int)")
    site.script.update(site.server, site.old, site.new)
    assert site.serving() == {"new"}
    assert site.server.link.resolve() == site.new
    assert site.tables == "added kept; added kept"
    (dumps,) = site.server.backups.iterdir()
    assert dumps.stat().st_mode & 0o077 == 0
    assert {one.name for one in dumps.iterdir()} == {"registry.dump", "matcher.dump", ".complete"}
    words = (site.folder / "systemctl.log").read_text().split("\n")
    assert words.index("stop doudi-console doudi-worker doudi-matcher doudi-registry") < len(words) - 5


@pytest.mark.parametrize("trouble", ["tables", "sick", "no database"])
def test_an_update_that_fails_leaves_everything_as_it_was(
    site: Site, trouble: str, capsys: pytest.CaptureFixture[str]
) -> None:
    site.migrating("CREATE TABLE added (id int); DELETE FROM kept", code=int(trouble == "tables"))
    if trouble == "sick":
        (site.new / "sick").touch()
    address = site.server.etc / "secrets" / "doudi_matcher_database_url"
    right = address.read_text()
    if trouble == "no database":
        address.write_text(right.replace(":p@", ":p@no-such-host.invalid-"))
    with pytest.raises(site.script.Failed):
        site.script.update(site.server, site.old, site.new)
    address.write_text(right)
    assert site.serving() == {"old"}
    assert site.server.link.resolve() == site.old
    assert site.tables == "kept; kept"
    assert site.query("registry", "SELECT id FROM kept") == "7"
    told = capsys.readouterr().out
    assert "已恢复 old" in told
    assert ":p@" not in told


def test_a_folder_in_the_place_of_the_link_is_told_how_to_become_one(site: Site) -> None:
    site.server.link.unlink()
    site.server.link.mkdir()
    with pytest.raises(site.script.Failed, match=f"ln -s {site.server.releases}/former {site.server.link}"):
        site.script.install(site.server)
    site.server.link.rmdir()
    site.server.link.symlink_to(site.old)
