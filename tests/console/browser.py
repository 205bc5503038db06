"""What a person with a browser and no scripts can do: follow links, fill in forms, read."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx


@dataclass
class Form:
    """A form of a page: where it goes, what stands in it, and what its buttons say."""

    method: str
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._select = self._area = self._link = ""
        self._button = False

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in given}
        if tag == "form":
            self._form = Form(told.get("method", "get"), told.get("action", ""))
            self.forms.append(self._form)
        elif tag == "a":
            self._link = told.get("href", "")
            self.links.append((self._link, ""))
        elif self._form is not None:
            self._field(tag, told)

    def _field(self, tag: str, told: dict[str, str]) -> None:
        assert self._form is not None
        name, kind = told.get("name", ""), told.get("type", "text")
        if tag == "input" and name and (kind not in {"radio", "checkbox", "file"} or "checked" in told):
            self._form.fields.append((name, told.get("value", "")))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in told:
            self._form.fields.append((self._select, told.get("value", "")))
        elif tag == "textarea":
            self._area = name
        elif tag == "button":
            self._button = True
            self._form.buttons.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "a":
            self._link = ""
        elif tag == "button":
            self._button = False
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._link:
            self.links[-1] = (self._link, self.links[-1][1] + data)
        if self._form is not None and self._button:
            self._form.buttons[-1] += data
        if self._form is not None and self._area:
            self._form.fields.append((self._area, data))


@dataclass
class Page:
    """An answer, read."""

    answer: httpx.Response
    forms: list[Form]
    links: list[tuple[str, str]]
    text: str

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def path(self) -> str:
        return self.answer.url.path

    def form(self, button: str) -> Form:
        """The form one of whose buttons says that."""
        return next(form for form in self.forms if any(button in one for one in form.buttons))

    def link(self, word: str) -> str:
        """Where the first link that says that leads."""
        return next(there for there, text in self.links if word in text)


@dataclass
class Browser:
    """One person's browser: it keeps cookies and follows what it is sent to."""

    client: httpx.Client

    def open(self, path: str, **more: Any) -> Page:
        return self._page(self.client.get(path, follow_redirects=True, **more))

    def follow(self, page: Page, word: str) -> Page:
        """Go where a link leads."""
        return self.open(page.link(word))

    def submit(self, page: Page, button: str, files: Any = None, **typed: Any) -> Page:
        """Fill in a form and press its button. Of a name typed several times, a list."""
        form = page.form(button)
        kept = [(name, value) for name, value in form.fields if name not in typed]
        for name, value in typed.items():
            kept += [(name, one) for one in value] if isinstance(value, list) else [(name, value)]
        data: dict[str, Any] = {}
        for name, value in kept:
            data.setdefault(name, []).append(value)
        there = form.action or page.path
        if form.method == "get":
            return self.open(there, params=kept)
        return self._page(self.client.post(there, data=data, files=files, follow_redirects=True))

    def _page(self, answer: httpx.Response) -> Page:
        reader = _Reader()
        if answer.headers.get("content-type", "").startswith("text/html"):
            reader.feed(answer.text)
        return Page(answer, reader.forms, reader.links, " ".join(" ".join(reader.words).split()))
