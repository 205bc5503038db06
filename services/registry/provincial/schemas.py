"""Exchange with the province, on the wire."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

from registry.ledger.schemas import RowErrorOut

AnswerResult = Literal["accepted", "refused", "unclear"]
Kind = Literal["only-there", "only-here", "status", "programme", "amount"]


class LayoutOut(BaseModel):
    """A layout: what the province calls its columns, both ways."""

    layout_id: str
    title: str
    note: str
    incoming: dict[str, list[str]]
    outgoing: list[str]
    answers: dict[str, list[str]]


class LayoutsOut(BaseModel):
    """All layouts there are."""

    layouts: list[LayoutOut]


class AnswerRowOut(BaseModel):
    """What became of one line: what the province says in it, and whether it was taken over."""

    line: int
    item_id: str | None
    says: AnswerResult
    result: Literal["taken", "unchanged", "refused"]
    errors: list[RowErrorOut]


class AnswersOut(BaseModel):
    """What became of a file of answers. `accepted`, `declined`: what the province said of whom it names; `dry_run`:
    nothing was written."""

    dry_run: bool
    rows: int
    taken: int
    unchanged: int
    refused: int
    accepted: int
    declined: int
    results: list[AnswerRowOut]


class DifferenceOut(BaseModel):
    """One person supported otherwise there than here; the name masked. `line`: of the province's file."""

    kind: Kind
    kind_zh: str
    line: int | None
    person_id: str | None
    name: str | None
    area: str | None
    there: str | None
    here: str | None
    there_fen: int | None
    here_fen: int | None


class DifferencesOut(BaseModel):
    """省平台 × 本系统 on a day. `rows` are the first of them; `rejected`: lines nobody could read a person in."""

    as_of: date
    supported_there: int
    supported_here: int
    alike: int
    rejected: int
    counts: dict[str, int]
    rows: list[DifferenceOut]
    more: bool


class PackageOut(BaseModel):
    """A package that left or came. `missing`: numbers before it that never came; `repeated`: it came before, and
    nothing was done."""

    package_id: str
    layout_id: str
    direction: Literal["out", "in"]
    sequence: int
    sha256: str
    made_at: datetime
    repeated: bool
    missing: list[int]
    files: list[str]


class PackageTakenOut(BaseModel):
    """What became of a package: the import of its export (`/imports/{import_id}`), and of its answers, where it has
    them. `dry_run`: nothing was written but the report of the import."""

    package: PackageOut
    dry_run: bool
    import_id: str | None = None
    answers: AnswersOut | None = None


class PackagesOut(BaseModel):
    """Packages of the caller's area, newest first."""

    packages: list[PackageOut]
    cursor: str | None
