"""The only file that speaks to the registry: tokens, published keys, people and changes, divisions, cases.

Nothing personal is ever put in an address, and an error carries a status and a code, never a body.
"""

import hashlib
import threading
import time
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
import orjson
from joserfc.jwk import KeySetSerialization

from kit import traces
from kit.traces import CALLING, say, step
from matcher.settings import MatcherSettings

PREFIX = "/registry/v1"
PURPOSE = "matching"
CASE_LINE = b'{"kind":"case"'
MERGED_LINE = b'{"kind":"merged"'
EARLY_SECONDS = 60.0  # a token is renewed this long before it expires


class RegistryDown(Exception):
    """The registry did not answer, or answered that it cannot now: try again later."""


class RegistryRefused(Exception):
    """The registry understood and said no: trying the same again will not help."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class CursorGone(Exception):
    """The changefeed no longer reaches back to our cursor: start again from an export."""


@dataclass(frozen=True)
class Changes:
    """A page of the changefeed, in commit order, and where to go on."""

    changes: list[dict[str, Any]]
    cursor: str
    more: bool


@dataclass(frozen=True)
class Export:
    """Everybody, as NDJSON lines `{"kind":"person","person":…}`, who was merged into whom, every case as the ledger has
    it, and the cursor the changes go on from."""

    cursor: str
    lines: list[bytes]
    cases: list[dict[str, Any]]
    merged: dict[str, str]  # somebody merged into another → who remained


@dataclass(frozen=True)
class FactRows:
    """One kind of fact: NDJSON, and the stamp it was told under."""

    stamp: str
    content: bytes


@dataclass
class RegistryClient:
    """One connection pool and one cached token; safe to share between threads."""

    http: httpx.Client
    client_id: str
    client_secret: str
    _token: str = field(default="", repr=False)
    _valid_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def open(cls, settings: MatcherSettings, transport: httpx.BaseTransport | None = None) -> "RegistryClient":
        """A client for the registry the settings name; `transport` lets one process hold both services."""
        http = httpx.Client(
            base_url=settings.registry_url.rstrip("/"),
            timeout=settings.registry_timeout_seconds,
            transport=transport,
        )
        return cls(http, settings.client_id, settings.client_secret.get_secret_value())

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def jwks(self) -> KeySetSerialization:
        """The keys tokens are signed with. Raises RegistryDown."""
        return cast(KeySetSerialization, self._send("GET", "/.well-known/jwks.json").json())

    def ended(self) -> frozenset[str]:
        """Sessions that ended and clients that were disabled of late. Raises RegistryDown, RegistryRefused."""
        return frozenset(self._call("GET", "/revocations").json()["ended"])

    def disclosure(self) -> dict[str, Any]:
        """What may be told to whom today. Raises RegistryDown, RegistryRefused."""
        told: dict[str, Any] = self._call("GET", "/disclosure").json()
        return told

    def export(self) -> Export:
        """Everybody. Raises RegistryDown also when the stream ends before its last line says it is whole."""
        lines = self._call("GET", "/export").content.split(b"\n")
        lines = [line for line in lines if line]
        header = orjson.loads(lines[0]) if lines else {}
        end = orjson.loads(lines[-1]) if lines else {}
        if header.get("kind") != "header" or end.get("kind") != "end" or end.get("count") != len(lines) - 2:
            raise RegistryDown("the export broke off")
        people = [line for line in lines[1:-1] if not line.startswith((CASE_LINE, MERGED_LINE))]
        merges = [orjson.loads(line)["merged"] for line in lines[1:-1] if line.startswith(MERGED_LINE)]
        merged = {str(one["person_id"]): str(one["survivor_id"]) for one in merges}
        cases = [orjson.loads(line)["case"] for line in lines[1:-1] if line.startswith(CASE_LINE)]
        return Export(str(header["cursor"]), people, cases, merged)

    def changes(self, cursor: str, limit: int, wait: int = 0) -> Changes:
        """What changed since `cursor`. Raises CursorGone, RegistryDown, RegistryRefused."""
        answer = self._call("GET", "/changes", params={"cursor": cursor, "limit": limit, "wait": wait}).json()
        return Changes(answer["changes"], str(answer["cursor"]), bool(answer["more"]))

    def areas(self) -> list[dict[str, Any]]:
        """All divisions, whatever their validity."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = self._call("GET", "/areas", params={"cursor": cursor} if cursor else {}).json()
            found += page["areas"]
            cursor = page.get("cursor")
            if not cursor:
                return found

    def facts(self) -> dict[str, str] | None:
        """What is derived of people, kind → stamp; None of a registry that derives nothing yet."""
        try:
            told = self._call("GET", "/facts").json()
        except RegistryRefused as refusal:
            if refusal.status == 404:
                return None
            raise
        return {str(one["kind"]): str(one["stamp"]) for one in told}

    def fact_rows(self, kind: str, seen: str | None, timeout: float) -> FactRows | None:
        """The rows of a kind; None where they are as under the stamp seen. Raises RegistryDown also when the stream
        ends before all that were announced."""
        headers = {"If-None-Match": f'"{seen}"'} if seen else {}
        answer = self._call("GET", f"/facts/{kind}", headers=headers, timeout=timeout)
        if answer.status_code == 304:
            return None
        lines = answer.content.count(b"\n")
        if answer.headers.get("Fact-Rows") != str(lines):
            raise RegistryDown("the facts broke off")
        return FactRows(answer.headers["ETag"].strip('"'), answer.content)

    def put_cases(self, leads: list[dict[str, Any]], attempts: int) -> dict[str, dict[str, Any]]:
        """Open, alter or withdraw the items of up to 500 leads: lead → its case, or the code it was refused with.

        The registry keeps the highest `lead_version`. `attempts`: how often these were refused before, so that a new
        attempt is not answered with the old refusal.
        """
        body = orjson.dumps({"leads": leads})
        key = hashlib.sha256(b"%d:%b" % (attempts, body)).hexdigest()
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        answer = self._call("PUT", "/cases/by-lead", content=body, headers=headers).json()
        return {str(result["lead_id"]): result for result in answer["results"]}

    def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """With our token; a token the registry no longer takes is renewed once."""
        given = options.pop("headers", {})
        for fresh in (False, True):
            headers = {**given, "Authorization": f"Bearer {self._bearer(fresh=fresh)}"}
            try:
                return self._send(method, path, headers=headers, **options)
            except RegistryRefused as refusal:
                if refusal.status != 401 or fresh:
                    raise
        raise AssertionError("unreachable")

    def _bearer(self, *, fresh: bool) -> str:
        with self._lock:
            if fresh or time.monotonic() > self._valid_until - EARLY_SECONDS:
                form = {
                    "grant_type": "client_credentials",
                    "client_id": self.client_id,
                    "client_secret": self.client_secret,
                    "purpose": PURPOSE,
                }
                answer = self._send("POST", "/token", data=form).json()
                self._token = str(answer["access_token"])
                self._valid_until = time.monotonic() + float(answer["expires_in"])
            return self._token

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        with step(f"{method} {PREFIX}{path}", CALLING, method=method, route=PREFIX + path) as span:
            headers = {**options.pop("headers", {}), **traces.headers()}
            try:
                answer = self.http.request(method, PREFIX + path, headers=headers, **options)
            except httpx.HTTPError as error:
                raise RegistryDown(type(error).__name__) from None
            say(span, status=answer.status_code)
        if answer.status_code == 410:
            raise CursorGone
        if answer.status_code >= 500 or answer.status_code == 429:
            raise RegistryDown(f"status {answer.status_code}")
        if answer.status_code >= 400:
            raise RegistryRefused(answer.status_code, _code(answer))
        return answer


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        return "unknown"
