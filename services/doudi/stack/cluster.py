"""A PostgreSQL cluster of the stack's own: made once, a role and a database for each service, as in deploy/compose."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from doudi.defects import Stop
from doudi.stack.programs import Programs
from doudi.stack.supervisor import Program

START_SECONDS = 60.0
SUPERUSER = "doudi"
DATABASES = ("registry", "matcher")
# Pools of twenty: one in each registry and worker, two in each matcher. The default of 100 is too few for two of each.
MOST_CONNECTIONS = 300


@dataclass(frozen=True)
class Cluster:
    """Where it stands and listens; `settings` go beside its own file's (`fsync=off` where nothing is to last)."""

    folder: Path
    port: int
    programs: Programs
    secrets: Path  # who may read what is in it may do anything with the databases
    settings: Mapping[str, str]

    def make(self) -> None:
        """initdb, unless it is there. Raises Stop where the user PostgreSQL runs as cannot come to the folder."""
        password = self.secrets / "postgres_password"
        if (self.folder / "PG_VERSION").exists():
            return
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if self.programs.owner is not None:
            shut = [one for one in self.folder.resolve().parents if not one.stat().st_mode & 0o001]
            if shut:
                who = f"{self.programs.owner}, who PostgreSQL runs as,"
                raise Stop(f"{who} cannot come into {shut[-1]}: name another folder (--folder)")
            shutil.chown(self.folder, self.programs.owner)
        password.write_text(secrets.token_hex(24))
        with tempfile.NamedTemporaryFile("w") as handed:  # the user it runs as cannot read ours
            handed.write(password.read_text())
            handed.flush()
            if self.programs.owner is not None:
                shutil.chown(handed.name, self.programs.owner)
            command = [
                self.programs.initdb, "-D", str(self.folder), "-U", SUPERUSER, "--encoding=UTF8", "--locale=C.UTF-8",
                "--data-checksums", "--auth=scram-sha-256", f"--pwfile={handed.name}",
            ]  # fmt: skip
            made = subprocess.run(
                command, capture_output=True, text=True, check=False, cwd="/", user=self.programs.owner
            )
        if made.returncode:
            raise Stop(f"initdb failed: {made.stderr.strip()[-500:]}")

    def program(self, log: Path) -> Program:
        """The server as the supervisor keeps it. SIGINT ends it without waiting for clients to go."""
        told = {"max_connections": str(MOST_CONNECTIONS), **self.settings}
        command = [self.programs.postgres, "-D", str(self.folder), "-h", "127.0.0.1", "-p", str(self.port), "-k", ""]
        command += [word for name, value in told.items() for word in ("-c", f"{name}={value}")]
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
        return Program("postgres", command, environment, log, signal.SIGINT, self.programs.owner)

    def wait(self) -> None:
        """Until it takes connections. Raises Stop."""
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                self._connected().close()
            except psycopg.OperationalError as trouble:
                if time.monotonic() > until:
                    raise Stop(f"PostgreSQL did not come up within {START_SECONDS:.0f} s: {trouble}") from None
                time.sleep(0.05)
            else:
                return

    def urls(self) -> dict[str, str]:
        """Each service's role with its database, made where they are missing; service → its URL."""
        return {service: self._url(service) for service in DATABASES}

    def _url(self, service: str) -> str:
        kept = self.secrets / service / f"doudi_{service}_database_url"
        if not kept.exists():
            password = secrets.token_hex(24)
            self._make_database(service, password)
            kept.parent.mkdir(exist_ok=True, mode=0o700)
            kept.write_text(f"postgresql://{service}:{password}@127.0.0.1:{self.port}/{service}\n")
        stored = kept.read_text().strip()
        head, _, database = stored.rpartition("/")
        url = f"{head.rpartition(':')[0]}:{self.port}/{database}"
        kept.write_text(f"{url}\n")  # a stack that is started again may be told another port
        return url

    def _make_database(self, service: str, password: str) -> None:
        name = sql.Identifier(service)
        with self._connected() as connection:
            for statement in (
                sql.SQL("DROP DATABASE IF EXISTS {}").format(name),
                sql.SQL("DROP ROLE IF EXISTS {}").format(name),
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(password)),
                sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name),
                sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(name),
            ):
                connection.execute(statement)

    def _connected(self) -> "psycopg.Connection[tuple[object, ...]]":
        password = (self.secrets / "postgres_password").read_text()
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=SUPERUSER, password=password, dbname="postgres", autocommit=True
        )
