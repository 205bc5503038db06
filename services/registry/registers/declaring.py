"""What a register is made of: its fields, its rules, what is due of it. A register is data; the engine is elsewhere.

Values travel as JSON: a date as YYYY-MM-DD, a moment as YYYY-MM-DDTHH:MM by the clock in China, a month as YYYY-MM,
money in fen, a choice by its code, a person as `{"name", "id_number"}`. Rules look at values that are sound each by
itself.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from china.workdays import Calendar

Values = Mapping[str, Any]


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    LONG_TEXT = "long-text"
    DATE = "date"
    MOMENT = "moment"  # a day and a time of day
    MONTH = "month"
    MONEY = "money"  # yuan in a sheet, fen everywhere else
    INTEGER = "integer"
    YES_NO = "yes-no"
    CHOICE = "choice"
    ID_NUMBER = "id-number"
    PHONE = "phone"
    PERSON = "person"  # name and ID number: two columns of a sheet
    HOUSEHOLD = "household"  # 户号
    CASE = "case"  # the id of a case of the ledger


@dataclass(frozen=True)
class Field:
    """One field: `also` are other headers it is known by; `secret` is told to nobody unless revealed."""

    name: str
    title: str
    kind: Kind = Kind.TEXT
    needed: bool = False
    secret: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    also: Sequence[str] = ()
    width: float = 14
    least: int = 0  # of a number or an amount
    numbered: bool = True  # of a person: the ID number is needed too


@dataclass(frozen=True)
class Reason:
    """Why an entry (or what is missing) stands on the list of what is due, for staff."""

    code: str
    zh: str
    en: str

    @property
    def text(self) -> str:
        """In both languages, as all short texts of fields are."""
        return f"{self.zh} ({self.en})"


@dataclass(frozen=True)
class Terms:
    """The county's settings that registers count by, and which days work."""

    calendar: Calendar
    reassess_days: int
    notice_days: int
    custodian_cards: int
    decision_days: int
    aid_papers_days: int


@dataclass(frozen=True)
class Rule:
    """A rule across fields: at which field it is told, and whether these values break it."""

    code: str
    at: str
    zh: str
    en: str
    broken: Callable[[Values], bool]

    @property
    def text(self) -> str:
        """In both languages."""
        return f"{self.zh} ({self.en})"


@dataclass(frozen=True)
class Due:
    """When an entry has to be looked at: the day by its values, and the reason. None: never.

    `ahead`: it is told so many days before as the settings give notice.
    """

    reason: Reason
    on: Callable[[Values, Terms], date | None]
    ahead: bool = False


@dataclass(frozen=True)
class Doubt:
    """What is to be doubted of an entry by itself, on a day."""

    reason: Reason
    holds: Callable[[Values, date], bool]


@dataclass(frozen=True)
class Many:
    """Doubted: one person (of a field) stands in more entries than the settings allow."""

    reason: Reason
    of: str
    most: Callable[[Terms], int]


@dataclass(frozen=True)
class MissingOfCovered:
    """Missing: whoever is covered by one of these programmes and has no valid entry."""

    reason: Reason
    programmes: tuple[str, ...]


@dataclass(frozen=True)
class MissingAfter:
    """Missing: whoever stands in an entry of another register (in field `of`) and in none here (in field `own`)."""

    reason: Reason
    register: str
    of: str
    own: str


Limit = Callable[[str, date], int | None]  # (kind of standard, day) → what holds in the area of the entry


@dataclass(frozen=True)
class ByStandard:
    """Doubted by what the standards of the entry's area say of that day."""

    reason: Reason
    holds: Callable[[Values, Limit], bool]


@dataclass(frozen=True)
class Alike:
    """Doubted: more than one entry answers the same here. None: not asked of this entry."""

    reason: Reason
    key: Callable[[Values], Hashable | None]


@dataclass(frozen=True)
class Below:
    """Doubted: with this entry the running sum of its group is below nought."""

    reason: Reason
    group: Callable[[Values], Hashable]
    order: Callable[[Values], str]
    signed: Callable[[Values], int]


@dataclass(frozen=True)
class Unlinked:
    """Doubted: the field names no entry of the other register, by that one's field or (None) by its number here."""

    reason: Reason
    name: str
    register: str
    other: str | None = None


Beside = ByStandard | Alike | Below | Unlinked


@dataclass(frozen=True)
class Register:
    """One register. `key` are the fields by which an entry is known again; `subject` the field it is about."""

    id: str
    title: str
    about: Literal["person", "household", "case", "area"]
    duty: str  # ids of docs/duties.md
    citation: str  # document and sentence
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    subject: str | None = None
    begins: str | None = None  # the date field an entry is valid from, unless said
    renews: bool = False  # a later day in `begins` is a new state of the same entry: a change and no correction
    rules: tuple[Rule, ...] = ()
    derives: tuple[str, ...] = ()  # fields that follow from others, by `derived`
    derived: Callable[[Values], Values] | None = None
    due: Due | None = None
    doubts: tuple[Doubt, ...] = ()
    many: tuple[Many, ...] = ()
    beside: tuple[Beside, ...] = ()
    missing: tuple[MissingOfCovered | MissingAfter, ...] = ()
    scope: str | None = None  # needed besides, by whoever reads or writes

    def field(self, name: str) -> Field:
        """The field of that name. Raises KeyError."""
        return next_of(self.fields, name)

    @property
    def due_reasons(self) -> list[Reason]:
        """Every reason for which something can stand on the list of what is due."""
        own = [self.due] if self.due else []
        return [one.reason for one in (*own, *self.doubts, *self.beside, *self.many, *self.missing)]


def next_of(fields: Sequence[Field], name: str) -> Field:
    """The field of that name. Raises KeyError."""
    for one in fields:
        if one.name == name:
            return one
    raise KeyError(name)


def person(name: str, title: str, **more: Any) -> Field:
    """Somebody by name and ID number, looked up in the registry where they are known."""
    return Field(name, title, Kind.PERSON, **more)


def text(name: str, title: str, **more: Any) -> Field:
    """A line of text."""
    return Field(name, title, Kind.TEXT, **more)


def words(name: str, title: str, **more: Any) -> Field:
    """A text as long as it has to be."""
    return Field(name, title, Kind.LONG_TEXT, **{"width": 28, **more})


def day(name: str, title: str, **more: Any) -> Field:
    """A date."""
    return Field(name, title, Kind.DATE, **{"width": 12, **more})


def moment(name: str, title: str, **more: Any) -> Field:
    """A day and a time of day."""
    return Field(name, title, Kind.MOMENT, **{"width": 17, **more})


def yes_no(name: str, title: str, **more: Any) -> Field:
    """是 or 否."""
    return Field(name, title, Kind.YES_NO, **{"width": 8, **more})


def phone(name: str, title: str, **more: Any) -> Field:
    """A telephone."""
    return Field(name, title, Kind.PHONE, **more)


def choice(name: str, title: str, choices: Mapping[str, str], **more: Any) -> Field:
    """One of these codes, in a sheet by its label."""
    return Field(name, title, Kind.CHOICE, choices=choices, **more)


def date_of(values: Values, name: str) -> date | None:
    """The date a field holds, or that of its moment."""
    said = values.get(name)
    return None if said is None else date.fromisoformat(said[:10])


def moment_of(values: Values, name: str) -> datetime | None:
    """The moment a field holds, by the clock in China and without a zone."""
    said = values.get(name)
    return None if said is None else datetime.fromisoformat(said)


def number_of(values: Values, name: str) -> str | None:
    """The ID number of the person a field holds."""
    return (values.get(name) or {}).get("id_number")


def same_person(at: str, other: str, zh: str, en: str) -> Rule:
    """A rule: two fields do not hold one person."""

    def broken(values: Values) -> bool:
        number = number_of(values, at)
        return number is not None and number == number_of(values, other)

    return Rule("same-person", at, zh, en, broken)


def not_before(end: str, begin: str, zh: str, en: str) -> Rule:
    """A rule: where both are given, `end` is not before `begin`."""

    def broken(values: Values) -> bool:
        first, last = values.get(begin), values.get(end)
        return first is not None and last is not None and last < first

    return Rule("date-unordered", end, zh, en, broken)


def needed_where(at: str, zh: str, en: str, where: Callable[[Values], bool]) -> Rule:
    """A rule: where that holds of an entry, the field is mandatory."""
    return Rule("required-here", at, zh, en, lambda values: values.get(at) is None and where(values))


def needed_with(at: str, other: str, zh: str, en: str) -> Rule:
    """A rule: where the other field is told of an entry, this one is mandatory."""
    return needed_where(at, zh, en, lambda values: values.get(other) is not None)


def open_until(name: str, closed_by: str, reason: Reason) -> Due:
    """Due on the day a field names, until another is told."""
    return Due(reason, lambda values, _: None if values.get(closed_by) is not None else date_of(values, name))


def expiring(name: str, reason: Reason) -> Due:
    """Due on the day a field names, told some days ahead."""
    return Due(reason, lambda values, _: date_of(values, name), ahead=True)
