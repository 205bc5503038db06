"""Calls to addresses we are told: only to public ones, or those the operator allows by name; never round a corner.

An address may be chosen to make this service ask its own neighbours: the metadata of a cloud, a database behind the
firewall, itself. So the name is resolved once, every answer is looked at, and the connection goes to the address that
was looked at, whatever the name says a moment later. Nothing is redirected, no proxy of the environment is used, the
answer is bounded in bytes and in time.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LARGEST = 1024 * 1024
SECONDS = 10.0
TOO_SLOW = "too slow"
# One word for a name nobody knows and one that leads inside: who asks must not learn the names of our neighbours.
NOT_PUBLIC = "它不指向公网地址 (it leads to no public address)"
LONGEST_URL = 2000
NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
# Forms that only some resolvers take for an address: 2130706433, 0x7f000001, 0177.0.0.1, 127.1.
ODD_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+)){0,3}")
# IPv4 inside of IPv6: what is refused there must not come in by another door.
NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


class Refused(Exception):
    """The address is none we call; the text says why, and repeats nothing of it."""


class NoAnswer(Exception):
    """Nobody answered there as they should."""


Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True)
class Ask:
    """What is asked: a GET, or a POST of `body`; `seconds` for all of it (SECONDS), `largest` for the answer's body."""

    headers: Mapping[str, str]
    body: bytes | None = None
    seconds: float | None = None
    largest: int = LARGEST


@dataclass(frozen=True)
class Answer:
    """What came back. `cut` says why the body is not whole."""

    status: int
    body: bytes
    cut: str | None
    retry_after: str | None


@dataclass(frozen=True)
class Guard:
    """Where we call. `hosts` and `networks` are let through though they are not public; `plain`: http to these too."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    plain: bool = False

    @classmethod
    def allowing(cls, told: str, *, loopback: bool = False) -> "Guard":
        """As the setting says: names and networks by commas. `loopback`: this machine too, over http. Raises ValueError
        for what is neither."""
        hosts, networks = set(), []
        for word in filter(None, (part.strip().lower() for part in told.split(","))):
            try:
                networks.append(ipaddress.ip_network(word))
            except ValueError:
                if not NAME.fullmatch(word) or ODD_NUMBER.fullmatch(word):
                    raise ValueError("neither a host nor a network") from None
                hosts.add(word)
        if loopback:
            networks += [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")]
        return cls(frozenset(hosts), tuple(networks), loopback)

    def addresses(self, url: str, resolve: Resolve | None = None) -> tuple[SplitResult, list[str]]:
        """The parts of `url` and the addresses to connect to. Raises Refused."""
        place, port = _read(url)
        host = str(place.hostname)
        found = [_address(one) for one in (resolve or _resolved)(host, port)]
        if not found:
            raise Refused(NOT_PUBLIC)
        for address in found:  # all of them: one good answer among bad ones is an attempt
            if not (host in self.hosts or self._allows(address) or _is_public(address)):
                raise Refused(NOT_PUBLIC)
        if place.scheme == "http" and not (self.plain and all(one.is_loopback for one in found)):
            raise Refused("只能用 https (only https)")
        return place, [str(one) for one in found]

    def _allows(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self.networks)

    def call(self, url: str, ask: Ask, resolve: Resolve | None = None) -> Answer:
        """Make one call: whatever its status, it is the answer. Raises Refused, or NoAnswer where none came in time."""
        place, addresses = self.addresses(url, resolve)
        seconds = ask.seconds or SECONDS
        lines: list[socket.socket] = []
        connection, late = _connection(place, _Way(addresses, lines, seconds)), threading.Event()
        timer = threading.Timer(seconds, _cut, (lines, late))
        timer.daemon = True
        timer.start()
        try:
            path = (place.path or "/") + (f"?{place.query}" if place.query else "")
            method = "GET" if ask.body is None else "POST"
            connection.request(method, path, body=ask.body, headers=dict(ask.headers))
            answer = connection.getresponse()
            body, cut = _body(answer, ask.largest, late)
            return Answer(answer.status, body, cut, answer.headers.get("Retry-After"))
        except (OSError, http.client.HTTPException) as error:
            slow = late.is_set() or isinstance(error, TimeoutError)
            raise NoAnswer(TOO_SLOW if slow else type(error).__name__) from None
        finally:
            timer.cancel()
            connection.close()
            for line in lines:
                line.close()

    def fetch(self, url: str, *, headers: Mapping[str, str] | None = None, resolve: Resolve | None = None) -> bytes:
        """GET `url`: the body of its 200. Raises Refused, or NoAnswer for whatever else comes."""
        answer = self.call(url, Ask({"Accept": "application/json", **(headers or {})}), resolve)
        if answer.status != http.client.OK:  # a redirect too: where it points is not what was checked
            raise NoAnswer(f"status {answer.status}")
        if answer.cut is not None:
            raise NoAnswer(answer.cut)
        return answer.body


def _body(answer: http.client.HTTPResponse, largest: int, late: threading.Event) -> tuple[bytes, str | None]:
    """At most `largest` bytes of it, and why it is not whole."""
    try:
        body = answer.read(largest + 1)
    except (OSError, http.client.HTTPException) as error:
        return b"", TOO_SLOW if late.is_set() else type(error).__name__
    if late.is_set():
        return body[:largest], TOO_SLOW
    return body[:largest], "too long" if len(body) > largest else None


def _read(url: str) -> tuple[SplitResult, int]:
    """The parts of an address a reader and a program read alike."""
    if len(url) > LONGEST_URL or not url.isascii() or re.search(r"[\s\\\x00-\x1f\x7f]", url):
        raise Refused("不是网址 (not an address)")
    try:
        place = urlsplit(url)
        port = place.port or {"https": 443, "http": 80}.get(place.scheme, 0)
    except ValueError:
        raise Refused("不是网址 (not an address)") from None
    host = place.hostname or ""
    if place.scheme not in {"https", "http"}:
        raise Refused("只能用 https (only https)")
    if place.username is not None or place.password is not None or place.fragment:
        raise Refused("不能含用户名、密码或 # (no user, password or fragment)")
    if ":" not in host and not NAME.fullmatch(host):
        raise Refused("不是主机名 (not a host)")
    if ODD_NUMBER.fullmatch(host) and not _is_dotted(host):
        raise Refused("IP 地址须写成四段 (an address is written as four numbers)")
    return place, port


def _is_dotted(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def _resolved(host: str, port: int) -> list[str]:
    try:
        return [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise Refused(NOT_PUBLIC) from None


def _address(told: str) -> Address:
    """The address, without what is wrapped around it: ::ffff:127.0.0.1 is 127.0.0.1."""
    address = ipaddress.ip_address(told.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and any(address in network for network in NAT64):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return inner
    return address


def _is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _cut(lines: list[socket.socket], late: threading.Event) -> None:
    """End a call whose time is over, however slowly its bytes drip: a time-out of the socket begins anew with each."""
    late.set()
    for line in lines:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True)
class _Way:
    """The addresses that were looked at, the lines laid to them, and the seconds there are for all."""

    addresses: Sequence[str]
    lines: list[socket.socket]
    seconds: float


def _connection(place: SplitResult, way: _Way) -> http.client.HTTPConnection:
    """To the addresses that were looked at; Host, and the certificate asked for, are the name's."""
    host = str(place.hostname)
    made: http.client.HTTPConnection
    if place.scheme == "https":
        context = ssl.create_default_context()
        made = http.client.HTTPSConnection(host, place.port or 443, timeout=way.seconds, context=context)
    else:
        made = http.client.HTTPConnection(host, place.port or 80, timeout=way.seconds)
    made._create_connection = _to(way)  # type: ignore[attr-defined]  # the one place to pin it
    return made


def _to(way: _Way) -> Callable[..., socket.socket]:
    def connect(place: tuple[str, int], _seconds: float, *rest: Any) -> socket.socket:
        until = time.monotonic() + way.seconds
        for address in way.addresses:
            # A name may have many addresses at which nobody answers: they share the time there is.
            left = max(until - time.monotonic(), 0.001)
            try:
                line = socket.create_connection((address, place[1]), left, *rest)
            except OSError as error:
                failed = error
            else:
                line.settimeout(way.seconds)
                way.lines.append(line.dup())  # a handle of our own: TLS and the answer take the other over
                return line
        raise failed

    return connect
