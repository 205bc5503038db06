"""Calls to addresses we are told go to public ones or allowed ones, whatever tricks the address plays."""

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kit import outbound
from kit.outbound import LARGEST, Guard, NoAnswer, Refused
from kit.settings import ServiceSettings

PUBLIC = "93.184.215.14"
GUARD = Guard.allowing("")


def at(*addresses: str) -> outbound.Resolve:
    """A resolver that answers so."""
    return lambda _host, _port: list(addresses)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.5", "172.16.9.1", "192.168.1.1", "169.254.169.254", "100.100.100.200", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fd00:ec2::254", "fe80::1",
        "fe80::1%eth0", "::ffff:127.0.0.1", "::ffff:10.0.0.5", "::ffff:a9fe:a9fe", "2002:7f00:1::", "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe", "ff02::1", "2001:db8::1", "2001:0:53aa:64c:0:fbfe:80ff:fffe",
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_not_called(address: str) -> None:
    with pytest.raises(Refused):
        GUARD.addresses("https://hooks.example.org/x", at(address))
    with pytest.raises(Refused):  # nor one that leads outside as well
        GUARD.addresses("https://hooks.example.org/x", at(PUBLIC, address))


def test_a_public_name_is_called_at_the_address_that_was_looked_at() -> None:
    place, found = GUARD.addresses("https://hooks.example.org:8443/x?y=1", at(PUBLIC, "2606:2800:21f:cb07:6820::1"))
    assert (place.hostname, place.port, found) == (
        "hooks.example.org", 8443, [PUBLIC, "2606:2800:21f:cb07:6820::1"],
    )  # fmt: skip


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/", "ftp://hooks.example.org/", "file:///etc/passwd", "gopher://hooks.example.org/",
        "javascript:alert(1)", "//hooks.example.org/", "hooks.example.org", "", "https://", "https:///x",
        "https://user:pass@hooks.example.org/", "https://hooks.example.org@127.0.0.1/", "https://hooks.example.org/#x",
        "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/", "https://0/",
        "https://0x7f.1/", "https://hooks.example.org\\@127.0.0.1/", "https://hooks.example.org/ x",
        "https://hooks.example.org/\r\nHost: inside", "https://hooks.example.org:99999/", "https://hooks.example.org:x/",
        "https://hooks_example.org/", "https://-a.example.org/", "https://exa mple.org/", "https://ｌocalhost/",
        "https://hooks.example.org./x", "https://①②⑦.0.0.1/", "https://" + "a" * 3000, "https://[::1/",
    ],
)  # fmt: skip
def test_what_is_read_in_two_ways_is_not_called(url: str) -> None:
    with pytest.raises(Refused):
        GUARD.addresses(url, at(PUBLIC))


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://[::1]/", "https://[::ffff:169.254.169.254]/", "https://localhost/"]
)
def test_an_inner_address_written_out_is_not_called(url: str) -> None:
    with pytest.raises(Refused):
        GUARD.addresses(url)


def test_the_operator_may_allow_a_host_or_a_network() -> None:
    guard = Guard.allowing("id.province.example, 10.8.0.0/16")
    assert guard.addresses("https://id.province.example/jwks", at("172.20.0.9"))[1] == ["172.20.0.9"]
    assert guard.addresses("https://other.example/jwks", at("10.8.3.4"))[1] == ["10.8.3.4"]
    assert guard.addresses("https://other.example/jwks", at("::ffff:10.8.3.4"))[1] == ["10.8.3.4"]
    with pytest.raises(Refused):
        guard.addresses("https://other.example/jwks", at("10.9.3.4"))
    with pytest.raises(Refused):  # plain http is for this machine alone
        Guard.allowing("10.8.0.0/16", loopback=True).addresses("http://other.example/jwks", at("10.8.3.4"))
    for wrong in ("not a host", "10.8.0.0/99", "2130706433"):
        with pytest.raises(ValueError, match="neither a host"):
            ServiceSettings(outbound_allowed=wrong)


class Peer:
    """A small server on the loopback: what it does hangs on the path."""

    def __init__(self) -> None:
        peer, self.paths = self, list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                peer.paths.append(self.path)
                if self.path == "/moved":
                    self.send_response(302)
                    self.send_header("Location", "/inside")
                    self.end_headers()
                    return
                self.send_response(200)
                self.end_headers()
                if self.path == "/long":
                    self.wfile.write(b"x" * (LARGEST + 10))
                elif self.path == "/slow":
                    self.drip()
                else:
                    self.wfile.write(f"{self.headers['Host']}".encode())

            def drip(self) -> None:
                try:
                    for _ in range(1200):  # a minute
                        self.wfile.write(b"x")
                        self.wfile.flush()
                        time.sleep(0.05)
                except OSError:
                    pass

            def log_message(self, *_: Any) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    made = Peer()
    yield made
    made.server.shutdown()
    made.server.server_close()


HERE = Guard.allowing("", loopback=True)


def test_an_answer_is_read_whole(peer: Peer) -> None:
    assert HERE.fetch(f"http://127.0.0.1:{peer.port}/keys") == f"127.0.0.1:{peer.port}".encode()


def test_a_name_that_changes_its_mind_is_called_where_it_was_looked_at(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the second answer leads elsewhere; there is no second question."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, *rest: Any, **more: Any) -> Any:
        if host == "127.0.0.1":
            return real(host, *rest, **more)
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else PUBLIC
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, peer.port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert HERE.fetch(f"http://rebinding.example:{peer.port}/keys").startswith(b"rebinding.example")
    assert asked == ["rebinding.example"]


def test_nothing_is_redirected(peer: Peer) -> None:
    with pytest.raises(NoAnswer, match="302"):
        HERE.fetch(f"http://127.0.0.1:{peer.port}/moved")
    assert "/inside" not in peer.paths


def test_an_answer_is_bounded_in_length_and_time(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoAnswer, match="too long"):
        HERE.fetch(f"http://127.0.0.1:{peer.port}/long")
    monkeypatch.setattr(outbound, "SECONDS", 0.5)
    begun = time.monotonic()
    with pytest.raises(NoAnswer, match="too slow"):
        HERE.fetch(f"http://127.0.0.1:{peer.port}/slow")
    assert time.monotonic() - begun < 30


def test_nobody_there_is_no_answer() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NoAnswer):
            HERE.fetch(f"http://127.0.0.1:{taken.getsockname()[1]}/x")


def test_a_proxy_of_the_environment_is_not_asked(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert HERE.fetch(f"http://127.0.0.1:{peer.port}/keys")
