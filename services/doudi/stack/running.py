"""A stack from its first start to its end, step by step as deploy/README.md leads an operator.

FOLDER/postgres            the cluster · FOLDER/tls, FOLDER/proxy   certificate and configuration of nginx
FOLDER/keys                the key rings · FOLDER/secrets   what each service is handed as files (both for us alone)
FOLDER/data, checkpoints   shared by the replicas of a service, as their volume is
FOLDER/logs                what each process says; FOLDER/processes.json: who lives
"""

import ssl
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import httpx

from doudi.defects import Stop
from doudi.embedded import check_port
from doudi.home import Home
from doudi.stack import proxy
from doudi.stack.cluster import Cluster
from doudi.stack.environments import Replica, Whole, told
from doudi.stack.ports import free_ports
from doudi.stack.programs import Programs
from doudi.stack.supervisor import Program, Supervisor

START_SECONDS = 180.0  # a machine with more work than it can do needs minutes
OPEN_TO_PASS, OWN = 0o711, 0o700  # PostgreSQL's user goes through the first, nobody else comes into the second
SERVED = ("registry", "matcher", "console")
COMMANDS = {**{service: (f"{service}.main", "serve") for service in SERVED}, "worker": ("matcher.worker",)}
LIVE = {"registry": "/registry/v1/health/ready", "matcher": "/matcher/v1/health/ready", "console": "/health/live"}


@dataclass(frozen=True)
class Order:
    """What is wanted: where, at which port (0: any that is free), how many workers, which day is looked at."""

    folder: Path
    port: int = 0
    workers: int = 2
    as_of: date | None = None
    postgres: Mapping[str, str] = field(default_factory=dict)  # settings of the server beside its file


@dataclass
class Stack:
    """A topology that runs. `home` is where its things are, for what is done straight in the databases."""

    home: Home
    whole: Whole
    replicas: Sequence[Replica]
    supervisor: Supervisor

    @property
    def certificate(self) -> Path:
        """Whom callers are to trust."""
        return self.whole.folder / "tls" / "tls.crt"

    def named(self, *services: str) -> list[str]:
        """The names of the replicas of these services."""
        return [one.name for one in self.replicas if service_of(one) in services]

    def begin(self) -> None:
        """Registries, then whoever calls them; returns when all answer. Raises Stop."""
        for services in (("registry",), ("matcher", "worker", "console")):
            wanted = [one for one in self.replicas if service_of(one) in services]
            self.supervisor.up(*(self._program(one) for one in wanted))
            for one in wanted:
                if one.name.startswith(SERVED):
                    self.wait_for(one)

    def end(self) -> None:
        """Whoever calls others first, each after the step or the answer it is at."""
        for services in (("worker", "console"), ("matcher",), ("registry",)):
            self.supervisor.down(*self.named(*services))

    def look_at(self, day: date | None) -> None:
        """The same on another day: every service is ended and started again, database and proxy stay."""
        self.end()
        self.whole, self.home = replace(self.whole, as_of=day), replace(self.home, as_of=day)
        self.begin()

    def source(self, source: Path, *names: str) -> None:
        """Whose source these run (all where none is named) from their next start on."""
        self.replicas = [
            replace(one, source=source) if not names or one.name in names else one for one in self.replicas
        ]

    def exchange(self, name: str, source: Path) -> None:
        """One process for another that runs a release's source; returns when it answers. The rest goes on."""
        self.supervisor.down(name)
        self.source(source, name)
        (one,) = (one for one in self.replicas if one.name == name)
        self.supervisor.up(self._program(one))
        if name.startswith(SERVED):
            self.wait_for(one)

    def wait_for(self, one: Replica) -> None:
        """Until that replica answers, at its own address. Raises Stop."""
        self._wait(one.name, f"http://{proxy.ADDRESS}:{one.port}{LIVE[one.service]}")

    def wait_for_proxy(self) -> None:
        """Until callers are answered. Raises Stop."""
        self._wait("proxy", f"{self.whole.url}{LIVE['registry']}")

    def _wait(self, name: str, url: str) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                if httpx.get(url, trust_env=False, verify=self.home.tls or True).is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise Stop(f"{name} did not answer within {START_SECONDS:.0f} s: see {self.log(name)}")

    def log(self, name: str) -> Path:
        """What a process says."""
        return self.whole.folder / "logs" / f"{name}.log"

    def _program(self, one: Replica) -> Program:
        command = [sys.executable, "-m", *COMMANDS[service_of(one)]]
        return Program(one.name, command, told(self.whole, one), self.log(one.name))


def service_of(one: Replica) -> str:
    """The kind of process: a worker is the matcher's."""
    return one.name.rpartition("-")[0]


@contextmanager
def raised(order: Order) -> Iterator[Stack]:
    """The whole stack while the block runs; ended in order. Raises Stop, with the way out."""
    folder = order.folder.resolve()
    cluster = _prepared(folder, order)
    supervisor = Supervisor(folder / "processes.json")
    supervisor.begin()
    try:
        supervisor.up(cluster.program(folder / "logs" / "postgres.log"))
        cluster.wait()
        stack = _laid_out(folder, order, cluster, supervisor)
        supervisor.up(_proxy(stack, cluster.programs))
        stack.begin()
        stack.wait_for_proxy()
        yield stack
        stack.end()
    finally:
        supervisor.end()


def _prepared(folder: Path, order: Order) -> Cluster:
    programs = Programs.found()
    if order.port:
        check_port(order.port)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(OPEN_TO_PASS)
    for name in ("keys", "secrets", "data", "checkpoints", "logs", "tls", "proxy"):
        (folder / name).mkdir(mode=OWN, exist_ok=True)
    cluster = Cluster(folder / "postgres", free_ports(1)[0], programs, folder / "secrets", order.postgres)
    cluster.make()
    return cluster


def _laid_out(folder: Path, order: Order, cluster: Cluster, supervisor: Supervisor) -> Stack:
    """Databases, tables, rings, the matcher's client, the proxy's files: all that is made before a service starts."""
    urls = cluster.urls()
    counts = {**dict.fromkeys(SERVED, 2), "worker": order.workers}
    chosen, http, inside, *ports = free_ports(3 + 2 * sum(counts.values()))
    port = order.port or chosen
    url = f"https://{proxy.ADDRESS}:{port}"
    certificate = proxy.make_certificate(folder / "tls")
    home = Home(
        folder, url, order.as_of, "INFO", urls["registry"], urls["matcher"],
        tls=ssl.create_default_context(cafile=str(certificate)),
    )  # fmt: skip
    home.prepare()
    _hand_over_client(home, folder / "secrets" / "matcher")
    replicas = [
        Replica("matcher" if service == "worker" else service, f"{service}-{number}", ports.pop(), ports.pop())
        for service, count in counts.items()
        for number in range(1, count + 1)
    ]
    whole = Whole(folder, url, f"http://{proxy.ADDRESS}:{inside}", order.as_of)
    _write_proxy(folder, proxy.Doors(port, http, inside), replicas)
    return Stack(home, whole, replicas, supervisor)


def _hand_over_client(home: Home, secrets: Path) -> None:
    settings = home.matcher_settings()
    (secrets / "doudi_matcher_client_id").write_text(settings.client_id)
    (secrets / "doudi_matcher_client_secret").write_text(settings.client_secret.get_secret_value())
    (secrets.parent / "registry").mkdir(mode=OWN, exist_ok=True)
    (secrets.parent / "console").mkdir(mode=OWN, exist_ok=True)


def _write_proxy(folder: Path, doors: proxy.Doors, replicas: Sequence[Replica]) -> None:
    ports = {service: [one.port for one in replicas if one.name.startswith(service)] for service in SERVED}
    place = folder / "proxy"
    for name in ("tls.crt", "tls.key"):
        (place / name).unlink(missing_ok=True)
        (place / name).symlink_to(folder / "tls" / name)
    proxy.written(place, {"doudi": proxy.site(place, doors), "upstreams": proxy.upstreams(doors, ports)})


def _proxy(stack: Stack, programs: Programs) -> Program:
    main = stack.whole.folder / "proxy" / "nginx.conf"
    return Program("proxy", [programs.nginx, "-c", str(main)], {}, stack.log("proxy"))
