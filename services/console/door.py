"""Before a page: who is signed in, the next token in time, and whether a form is our own.

A form that comes when the session has ended is not lost: what was typed goes, sealed, into the page that asks to sign
in again, and from there back to where it was going.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

import orjson
from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from console import session
from console.services import Services, SignedOut
from console.session import Signed
from console.settings import ConsoleSettings
from console.uploads import read_form
from kit.crypto import KeyProblem, KeyRing
from kit.peers import caller_address

DRAFT = "console.draft"
SAFE = frozenset({"GET", "HEAD"})
LONGEST_NUMBER = 10
MOST_DRAFT = 100_000  # letters of a form that are kept over a sign-in


class Foreign(Exception):
    """A form that is not ours, or of another session."""


@dataclass(frozen=True)
class Draft:
    """A form that came too late: where it was going, and what was typed."""

    path: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Desk:
    """What a page needs at hand."""

    request: Request
    signed: Signed
    services: Services

    async def get(self, path: str, **query: object) -> Any:
        """A JSON answer of a service, as the person who is signed in."""
        return await self.services.get(self.signed, path, **query)

    async def ask(self, path: str, body: object, **query: object) -> Any:
        """The same where what is asked may stand in no address."""
        return await self.services.ask(self.signed, path, body, **query)

    async def post(self, path: str, body: object, *, version: int | None = None) -> Any:
        """A change, as the person who is signed in."""
        return await self.services.post(self.signed, path, body, version=version)

    async def reveal(self, path: str, reason: str) -> Any:
        """Somebody in the clear: counted, and in the journal with the reason. Raises Refused; the session goes on."""
        looking, after = await self.services.looking(self.signed)
        self.keep(after)
        return await self.services.post(looking, path, {"reason": reason})

    async def put(self, path: str, body: object, *, version: int | None = None) -> Any:
        """The same of what is put in the place of what was."""
        return await self.services.change(self.signed, "PUT", path, body, version=version)

    async def look(self, path: str, reason: str, **query: object) -> Any:
        """A JSON answer with identities: counted, and in the journal with the reason."""
        looking, kept = await self.services.looking(self.signed)
        self.keep(kept)  # before the call: the handle is spent, whatever is answered
        return await self.services.get(looking, path, reason=reason, **query)

    def keep(self, signed: Signed) -> None:
        """From this answer on the session stands so."""
        keep(self.request, signed)


class Lanes:
    """One exchange of a handle at a time: two pages of one person that begin at once would spend it twice."""

    def __init__(self) -> None:
        self._going: dict[str, asyncio.Task[Signed]] = {}

    async def renewed(self, services: Services, signed: Signed) -> Signed:
        """The session with its next token, asked for once however many pages wait for it."""
        task = self._going.get(signed.handle)
        if task is None:
            task = asyncio.create_task(_renew(services, signed))
            self._going[signed.handle] = task
            # Whoever still comes with the former cookie a moment later gets the same answer.
            asyncio.get_running_loop().call_later(30, self._going.pop, signed.handle, None)
        return await asyncio.shield(task)


async def _renew(services: Services, signed: Signed) -> Signed:
    return session.renewed(signed, await services.refreshed(signed, signed.purpose))


def settings_of(request: Request) -> ConsoleSettings:
    """The console's settings."""
    told: ConsoleSettings = request.app.state.settings
    return told


def ring_of(request: Request) -> KeyRing:
    """The ring that seals cookies and drafts."""
    ring: KeyRing = request.app.state.ring
    return ring


def keep(request: Request, signed: Signed | None) -> None:
    """This session goes back with the answer as its cookie; None: the cookie ends."""
    request.state.cookie = "" if signed is None else session.sealed(ring_of(request), signed)


async def signed_in(request: Request) -> Signed:
    """Who is signed in. Raises SignedOut."""
    signed = session.unsealed(ring_of(request), request.cookies.get(session.COOKIE))
    if signed is None:
        raise SignedOut
    if not signed.due:
        return signed
    lanes: Lanes = request.app.state.lanes
    signed = await lanes.renewed(request.app.state.services, signed)
    keep(request, signed)
    return signed


async def desk(request: Request) -> Desk:
    """A page's desk. Raises SignedOut."""
    return Desk(request, await signed_in(request), request.app.state.services)


@dataclass(frozen=True)
class Form:
    """A form that is our own, with the desk of whoever sent it."""

    desk: Desk
    fields: FormData

    def text(self, name: str) -> str | None:
        """What was typed, without the blanks around it; None where nothing was."""
        given = self.fields.get(name)
        return (given.strip() or None) if isinstance(given, str) else None

    def number(self, name: str) -> int:
        """A whole number; 0 where there is none, which no version is."""
        told = self.text(name) or ""
        return int(told) if told.isascii() and told.isdigit() and len(told) < LONGEST_NUMBER else 0

    def all(self, name: str) -> list[str]:
        """Every value of a name."""
        return [one for one in self.fields.getlist(name) if isinstance(one, str)]

    def file(self, name: str) -> UploadFile | None:
        """An attached file; None where none was chosen."""
        given = self.fields.get(name)
        return given if isinstance(given, UploadFile) and given.filename else None


async def form(request: Request) -> AsyncIterator[Form]:
    """A form somebody sent, its files closed when the page is made; what was typed is at hand if its session has ended.
    Raises Foreign, SignedOut, TooBig."""
    same_site(request)
    fields = await read_form(request, settings_of(request).max_upload_bytes)
    try:
        request.state.draft = Draft(request.url.path, typed(fields))
        signed = await signed_in(request)
        if not session.bears(fields.get("word"), signed.word):
            raise Foreign
        yield Form(Desk(request, signed, request.app.state.services), fields)
    finally:
        await fields.close()


def typed(fields: FormData) -> tuple[tuple[str, str], ...]:
    """What of a form can be kept: its words, not its files."""
    kept = tuple((name, value) for name, value in fields.multi_items() if isinstance(value, str) and name != "word")
    return kept if sum(len(value) for _, value in kept) <= MOST_DRAFT else ()


def same_site(request: Request) -> None:
    """Whether a form was sent from a page of ours. Raises Foreign.

    A browser says where a form comes from in one of two headers; the word in the form is the second lock.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise Foreign
    origin = request.headers.get("origin")
    if origin is None:
        return
    own = {urlsplit(settings_of(request).public_url).netloc, request.headers.get("host", "")}
    if urlsplit(origin).netloc not in own:
        raise Foreign


def seal_draft(ring: KeyRing, draft: Draft) -> str:
    """A draft as a field of a form."""
    return ring.encrypt(orjson.dumps({"path": draft.path, "fields": draft.fields}).decode(), DRAFT)


def open_draft(ring: KeyRing, sealed: str | None) -> Draft | None:
    """Undo `seal_draft`; None where there is none, or it is not ours."""
    try:
        told: Mapping[str, Any] = orjson.loads(ring.decrypt(sealed, DRAFT)) if sealed else {}
    except (KeyProblem, ValueError):
        return None
    return Draft(told["path"], tuple((name, value) for name, value in told["fields"])) if told else None


def address_of(request: Request) -> dict[str, str]:
    """The browser's address for the registry's count of failed sign-ins; it believes it of proxies it was told of."""
    return {"X-Forwarded-For": caller_address(request, settings_of(request).proxies)}


AtDesk = Annotated[Desk, Depends(desk)]
OfForm = Annotated[Form, Depends(form)]
