"""The processes of a real installation, each started from what its image holds: the topology of compose.yaml without
an engine. Nothing is shared but the database, the matcher's folder, and HTTP."""

import ctypes
import os
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from doudi.serve import free_port
from doudi.stack.proxy import Doors, site, written
from tests.deploy.image import DEPLOY, PYTHON, SERVICES, Image, build, compile_loops

START_SECONDS = 180.0  # a machine with more work than it can do needs minutes
PR_SET_MDWE = 65
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def _deny_write_execute() -> None:
    """What MemoryDenyWriteExecute= of the units asks of the kernel, where it knows how (Linux 6.3): the one guard that
    has broken a library of ours."""
    ctypes.CDLL(None).prctl(PR_SET_MDWE, 1, 0, 0, 0)


PROXY = "127.0.0.1/32"  # as deploy/systemd/*.env names it


@dataclass
class Installation:
    """One server: images, the secrets folder, and how its processes are told."""

    registry: Image
    matcher: Image
    console: Image
    secrets: Path
    ports: dict[str, int]
    logs: Path
    database_urls: dict[str, str]
    told: dict[str, dict[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        address = {name: f"127.0.0.1:{port}" for name, port in self.ports.items()}
        self.told = {
            "registry": {"DOUDI_REGISTRY_LISTEN": address["registry"], "DOUDI_REGISTRY_TRUSTED_PROXIES": PROXY},
            "matcher": {
                "DOUDI_MATCHER_TRUSTED_PROXIES": PROXY,
                "DOUDI_MATCHER_LISTEN": address["matcher"],
                "DOUDI_MATCHER_REGISTRY_URL": f"http://{address['registry']}",
                "DOUDI_MATCHER_WORKER_POLL_SECONDS": "0.2",
            },
            "console": {
                "DOUDI_CONSOLE_TRUSTED_PROXIES": PROXY,
                "DOUDI_CONSOLE_LISTEN": address["console"],
                "DOUDI_CONSOLE_REGISTRY_URL": f"http://{address['registry']}",
                "DOUDI_CONSOLE_MATCHER_URL": f"http://{address['matcher']}",
            },
        }
        for service, url in self.database_urls.items():
            (self.secrets / f"doudi_{service}_database_url").write_text(f"{url}\n")

    def variables(self, service: str) -> dict[str, str]:
        """What a process of `service` is told."""
        image: Image = getattr(self, service)
        return image.variables(DOUDI_SECRETS_DIR=str(self.secrets), **self.told[service])

    def run(self, service: str, *words: str) -> str:
        """A word of the service's command line, to its end; what it printed."""
        command = [*PYTHON, "-m", f"{service}.main", *words]
        done = subprocess.run(
            command, env=self.variables(service), cwd=self.secrets, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def guarded(self, service: str) -> dict[str, str]:
        """What a process is told, and what its unit adds because of its guards."""
        unit = (DEPLOY / "systemd" / f"doudi-{service}.service").read_text()
        added = re.findall(r"^Environment=(POLARS\S+)=(\S+)$", unit, re.MULTILINE)
        return self.variables(service) | dict(added)

    def guard(self, service: str) -> Callable[[], None] | None:
        """What its unit asks of the kernel."""
        unit = (DEPLOY / "systemd" / f"doudi-{service}.service").read_text()
        return _deny_write_execute if "\nMemoryDenyWriteExecute=yes" in unit else None

    @contextmanager
    def process(self, service: str, module: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """A process while the block runs; ended as a container is, by SIGTERM."""
        with (self.logs / f"{module}.log").open("ab") as log:
            started = subprocess.Popen(
                [*PYTHON, "-m", module, *words],
                env=self.guarded(service),
                cwd=self.secrets,
                stdout=log,
                stderr=log,
                preexec_fn=self.guard(service),  # noqa: PLW1509 - no thread of ours holds a lock while services start
            )
        try:
            yield started
        finally:
            started.terminate()
            started.wait(timeout=30)

    def wait_until_ready(self, service: str, process: subprocess.Popen[bytes]) -> None:
        """Until the service answers as its HEALTHCHECK asks. Fails with its log."""
        asked = "/health/live" if service == "console" else f"/{service}/v1/health/ready"
        url = f"http://127.0.0.1:{self.ports[service]}{asked}"
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and process.poll() is None:
            try:
                if httpx.get(url, trust_env=False).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError((self.logs / f"{service}.main.log").read_text()[-3000:])


def install(folder: Path, database_urls: dict[str, str]) -> Installation:
    """Images and secrets of a new server; the databases are empty."""
    for name in (*SERVICES, "secrets", "logs"):
        (folder / name).mkdir()
    images = {name: build(name, folder / name) for name in SERVICES}
    for image in images.values():
        compile_loops(image)
    ports = {name: free_port() for name in SERVICES}
    return Installation(
        **images, secrets=folder / "secrets", ports=ports, logs=folder / "logs", database_urls=database_urls
    )


def keep_matcher_client(installation: Installation, printed: str) -> None:
    """Put what `client create` printed where the README's own line puts it."""
    readme = (DEPLOY / "README.md").read_text()
    line = re.search(r"awk '\{ print \$2 > \(\$1 == .*\}'", readme)
    assert line, "the README no longer says how the matcher's client is kept"
    subprocess.run(["sh", "-c", line[0]], input=printed, text=True, cwd=installation.secrets.parent, check=True)


@contextmanager
def running(installation: Installation) -> Iterator[None]:
    """Registry, matcher, worker and console while the block runs, in the order compose starts them."""
    with ExitStack() as stack:
        registry = stack.enter_context(installation.process("registry", "registry.main", "serve"))
        installation.wait_until_ready("registry", registry)
        matcher = stack.enter_context(installation.process("matcher", "matcher.main", "serve"))
        stack.enter_context(installation.process("matcher", "matcher.worker"))
        console = stack.enter_context(installation.process("console", "console.main", "serve"))
        installation.wait_until_ready("matcher", matcher)
        installation.wait_until_ready("console", console)
        yield


@dataclass(frozen=True)
class Proxy:
    """The reverse proxy's configuration moved to free ports and a folder of its own."""

    configuration: Path
    https: int
    certificate: Path


def configure_proxy(folder: Path, ports: dict[str, int], clients: bytes | None = None) -> Proxy:
    """The committed files with only places and ports exchanged, and a certificate of the kind `prepare` makes.

    With the certificates of `clients` the proxy asks for one, as client-certificates.conf says.
    """
    folder.mkdir()
    kind = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1"
    command = ["openssl", *kind.split(), "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", f"{folder}/tls.key", "-out", f"{folder}/tls.crt"]
    subprocess.run(command, check=True, capture_output=True)
    https, http = free_port(), free_port()
    places = (DEPLOY / "proxy" / "upstreams.server.conf").read_text()
    for port, service in (("8701", "registry"), ("8702", "matcher"), ("8703", "console")):
        places = places.replace(port, str(ports[service]))
    parts = {"doudi": site(folder, Doors(https, http, 0)), "upstreams": places}
    if clients is not None:
        (folder / "clients.crt").write_bytes(clients)
        asks = (DEPLOY / "proxy" / "client-certificates.conf").read_text()
        parts["client-certificates"] = asks.replace("/etc/nginx/tls", str(folder))
    main = written(folder, parts)
    return Proxy(main, https, folder / "tls.crt")


@contextmanager
def proxying(proxy: Proxy) -> Iterator[httpx.Client]:
    """nginx while the block runs, and a caller outside who sees nothing else."""
    assert NGINX is not None
    checked = subprocess.run([NGINX, "-t", "-c", proxy.configuration], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    trusted = ssl.create_default_context(cafile=str(proxy.certificate))
    with (
        subprocess.Popen([NGINX, "-c", proxy.configuration]) as process,
        httpx.Client(
            base_url=f"https://127.0.0.1:{proxy.https}", verify=trusted, trust_env=False, timeout=60
        ) as caller,
    ):
        try:
            until = time.monotonic() + START_SECONDS
            while not _answers(caller):
                assert time.monotonic() < until
                time.sleep(0.05)
            yield caller
        finally:
            process.terminate()


def _answers(caller: httpx.Client) -> bool:
    try:
        caller.get("/")
    except httpx.TransportError:
        return False
    return True
