"""A province's template as data: what its exports call their columns, its codes both ways, the order of its import
sheet, and how it answers. Another province is one more file, and no code.

What does not fit together is refused when the service starts, in one sentence with the file's name: a code that is
missing would else be found on the day of the deadline.
"""

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from registry.imports.headers import HEADERS
from registry.ledger.entries import RECOGNISED

Value = Literal[
    "item_id", "case_id", "area", "county", "township", "village", "name", "id_number", "phone", "address", "category",
    "category_title", "reported_on", "due_on", "entered_on", "entry_number", "household_key",
]  # fmt: skip
DATES: Final = ("reported_on", "due_on", "entered_on")
Answer = Literal["item_id", "id_number", "name", "result", "entry_number", "entered_on", "reason"]
Headers = Annotated[tuple[str, ...], Field(min_length=1, max_length=20)]


class LayoutInvalid(ValueError):
    """A layout that cannot be used; the text names the file and what does not fit."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Incoming(_Part):
    """The province's export of people, families and support: `columns` names ours by theirs (registry/imports/headers),
    `codes` turns theirs into our words, `required` must be there. `money`: in which unit amounts are written."""

    columns: dict[str, Headers]
    required: tuple[str, ...] = ("name",)
    codes: dict[str, dict[str, str]] = {}
    money: Literal["yuan", "fen"] = "yuan"

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = sorted((self.columns.keys() | self.codes.keys()) - HEADERS.keys())
        if unknown:
            raise ValueError(f"incoming: {', '.join(unknown)} is no column of ours; there are {', '.join(HEADERS)}")
        missing = sorted(({*self.required, "name", *self.codes}) - self.columns.keys())
        if missing:
            raise ValueError(f"incoming: {', '.join(missing)} is needed and has no header")
        return self


class OutColumn(_Part):
    """A column of the import sheet, in order: a value of ours, or the same word in every row. `codes` turns ours into
    theirs and must know all; `format` is how a date is written (strftime), else it stays a date."""

    header: str
    value: Value | None = None
    constant: str | None = None
    width: Annotated[float, Field(gt=0, le=100)] = 14
    codes: dict[str, str] = {}
    format: str | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if (self.value is None) == (self.constant is None):
            raise ValueError(f"outgoing, {self.header}: either value or constant")
        if self.format is not None and self.value not in DATES:
            raise ValueError(f"outgoing, {self.header}: only a date has a format")
        if self.codes and self.value != "category":
            raise ValueError(f"outgoing, {self.header}: only category has codes")
        lacking = sorted(set(RECOGNISED) - self.codes.keys()) if self.codes else []
        if lacking:
            raise ValueError(f"outgoing, {self.header}: codes lack {', '.join(lacking)}")
        return self


class Outgoing(_Part):
    """The province's import sheet. `title` is the line above the header; the watermark stands in it."""

    sheet: Annotated[str, Field(min_length=1, max_length=31)]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    columns: Annotated[tuple[OutColumn, ...], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        headers = [column.header for column in self.columns]
        if len(set(headers)) < len(headers):
            raise ValueError("outgoing: two columns have one header")
        return self


class Answers(_Part):
    """What comes back after an import there: which rows were taken under which number, which were refused and why."""

    columns: dict[Answer, Headers]
    results: dict[Literal["accepted", "refused"], tuple[str, ...]]

    @model_validator(mode="after")
    def _enough(self) -> Self:
        lacking = [name for name in ("result", "entry_number", "reason") if name not in self.columns]
        if lacking or not ({"item_id", "id_number"} & self.columns.keys()):
            raise ValueError(f"answers: {', '.join(lacking) or 'item_id or id_number'} has no header")
        if self.results.keys() != {"accepted", "refused"}:
            raise ValueError("answers: results must say what is accepted and what is refused")
        return self


class Layout(_Part):
    """The whole file."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    title: str
    note: str = ""
    incoming: Incoming
    outgoing: Outgoing
    answers: Answers


def parse(text: str, name: str) -> Layout:
    """A layout from its JSON. Raises LayoutInvalid, naming the file and the place."""
    try:
        return Layout.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        told = first["msg"].removeprefix("Value error, ")
        raise LayoutInvalid(f"provincial layout {name}: {place + ': ' if place else ''}{told}") from None


@cache
def layouts(folder: Path | None) -> dict[str, Layout]:
    """Those shipped, and those of the folder, which come first. Raises LayoutInvalid."""
    shipped = resources.files("registry.provincial").joinpath("layouts")
    texts = {one.name: one.read_text(encoding="utf-8") for one in shipped.iterdir() if one.name.endswith(".json")}
    if folder is not None:
        texts |= {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.json"))}
    found: dict[str, Layout] = {}
    for name, text in texts.items():
        layout = parse(text, name)
        if layout.id in found:
            raise LayoutInvalid(f"provincial layout {name}: id {layout.id} is another file's already")
        found[layout.id] = layout
    return found
