"""Thresholds, lists and tiers of the screens: data with an area and dates of validity, never constants in code.

A setting is declared beside the code that reads it; its values stand in profiles: those of the whole country in
`national/`, each with the document it comes from, those of a county in the database. The most specific profile valid
on the day wins, value by value; of two equally specific ones the later.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Protocol

Profile = Mapping[str, Any]  # area, valid_from, valid_to, basis {name: document}, values {name: value}


@dataclass(frozen=True)
class Parameters:
    """What one run of the screens decides by: the values of one area on one day, by the names of their settings."""

    values: Mapping[str, Any]

    def __hash__(self) -> int:
        return hash(self.version)

    @cached_property
    def version(self) -> str:
        """Names the values: the same values have the same version on every machine."""
        return hashlib.sha256(json.dumps(dict(self.values), sort_keys=True).encode()).hexdigest()[:12]


class Setting(Protocol):
    """One value that a profile may set: its name there, its title for staff, and what is wrong with a value."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def unit(self) -> str: ...
    def unfit(self, value: Any) -> str | None:
        """Why it cannot be that, in Chinese; None if it can."""


@dataclass(frozen=True)
class Amount:
    """A number between bounds (both allowed), whole or not: yuan, a share, a multiple."""

    name: str
    title: str
    low: float
    high: float
    unit: str = "元"

    def of(self, p: Parameters) -> float:
        """Its value."""
        return float(p.values[self.name])

    def unfit(self, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.low <= value <= self.high:
            return f"{self.title}应当是 {self.low:.10g} 到 {self.high:.10g} 之间的数（{self.unit}）"
        return None


@dataclass(frozen=True)
class Whole:
    """A whole number between bounds (both allowed): months, days, people."""

    name: str
    title: str
    low: int
    high: int
    unit: str

    def of(self, p: Parameters) -> int:
        """Its value."""
        return int(p.values[self.name])

    def unfit(self, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            return f"{self.title}应当是 {self.low} 到 {self.high} 之间的整数（{self.unit}）"
        return None


@dataclass(frozen=True)
class Day:
    """A day between two others (both allowed), as YYYY-MM-DD."""

    name: str
    title: str
    low: str
    high: str
    unit: str = "日期"

    def of(self, p: Parameters) -> date:
        """Its value."""
        return date.fromisoformat(p.values[self.name])

    def unfit(self, value: Any) -> str | None:
        try:
            fits = isinstance(value, str) and self.low <= date.fromisoformat(value).isoformat() <= self.high
        except ValueError:
            fits = False
        return None if fits else f"{self.title}应当是 {self.low} 到 {self.high} 之间的日期（年-月-日）"


@dataclass(frozen=True)
class WhereSet:
    """A setting that may be left open (null): no document of the nation says it, and the area has not set it. What
    rests on it says nothing there."""

    inner: Amount | Whole

    @property
    def name(self) -> str:
        """That of the value."""
        return self.inner.name

    @property
    def title(self) -> str:
        """That of the value."""
        return self.inner.title

    @property
    def unit(self) -> str:
        """That of the value."""
        return self.inner.unit

    def of(self, p: Parameters) -> float | None:
        """Its value; None where nobody has set one."""
        return None if p.values[self.name] is None else self.inner.of(p)

    def unfit(self, value: Any) -> str | None:
        why = None if value is None else self.inner.unfit(value)
        return why and f"{why}；尚未规定的写 null"


@dataclass(frozen=True)
class Words:
    """Several words, of `among` where that is given; none at all only if `empty`."""

    name: str
    title: str
    among: tuple[str, ...] = ()
    empty: bool = False
    unit: str = "项"

    def of(self, p: Parameters) -> tuple[str, ...]:
        """Its words."""
        return tuple(p.values[self.name])

    def unfit(self, value: Any) -> str | None:
        if not _are_words(value) or not (value or self.empty):
            return f"{self.title}应当是一列文字{'' if self.empty else '，至少一项'}"
        strange = sorted(set(value) - set(self.among)) if self.among else []
        if strange:
            return f"{self.title}里没有 {'、'.join(strange)}；可用：{'、'.join(self.among)}"
        return None


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    name: str
    title: str
    unit: str = "是否"

    def of(self, p: Parameters) -> bool:
        """Its value."""
        return bool(p.values[self.name])

    def unfit(self, value: Any) -> str | None:
        return None if isinstance(value, bool) else f"{self.title}应当是 true 或 false"


@dataclass(frozen=True)
class Grades:
    """Classes of disability 1 to 7, and of each the grades meant."""

    name: str
    title: str
    unit: str = "类别和等级"

    def of(self, p: Parameters) -> dict[str, tuple[int, ...]]:
        """Class → grades."""
        return {kind: tuple(grades) for kind, grades in p.values[self.name].items()}

    def unfit(self, value: Any) -> str | None:
        if isinstance(value, dict) and all(
            kind in {"1", "2", "3", "4", "5", "6", "7"}
            and isinstance(grades, list | tuple)
            and all(type(grade) is int and 1 <= grade <= 4 for grade in grades)  # true is no grade
            for kind, grades in value.items()
        ):
            return None
        return f"{self.title}应当写明类别 1 到 7 各自的等级（1 到 4）"


@dataclass(frozen=True)
class Disease:
    """One entry of a list of serious illnesses: the words a diagnosis may contain, and ICD-10 prefixes."""

    name: str
    words: tuple[str, ...]
    icd: tuple[str, ...]


@dataclass(frozen=True)
class Diseases:
    """A list of diseases, each by words and codes."""

    name: str
    title: str
    unit: str = "病种"

    def of(self, p: Parameters) -> tuple[Disease, ...]:
        """Its diseases."""
        return tuple(Disease(one["name"], tuple(one["words"]), tuple(one["icd"])) for one in p.values[self.name])

    def unfit(self, value: Any) -> str | None:
        sound = isinstance(value, list | tuple) and all(
            isinstance(one, Mapping)
            and one.keys() == {"name", "words", "icd"}
            and isinstance(one["name"], str)
            and _are_words(one["words"])
            and _are_words(one["icd"])
            and (one["words"] or one["icd"])
            for one in value
        )
        return None if sound and value else f"{self.title}应当列明每个病种的名称、诊断用词和 ICD-10 编码"


@dataclass(frozen=True)
class PerScreen:
    """Screen → a word or a number; a screen not named keeps what its file says."""

    name: str
    title: str
    among: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    unit: str = "筛查项"

    def of(self, p: Parameters) -> dict[str, Any]:
        """Screen → its value."""
        return dict(p.values.get(self.name, {}))

    def unfit(self, value: Any) -> str | None:
        wanted = "、".join(self.among) if self.among else f"{self.low} 到 {self.high} 之间的整数"
        if isinstance(value, dict) and all(self._fits(one) for one in value.values()):
            return None
        return f"{self.title}应当是：筛查项的代码 → {wanted}"

    def _fits(self, one: Any) -> bool:
        if self.among:
            return one in self.among
        return isinstance(one, int) and not isinstance(one, bool) and self.low <= one <= self.high


@dataclass(frozen=True)
class Colours:
    """Colour → the whole number, 1 to 100, of urgency from which it begins; what lies below all of them is 绿."""

    name: str
    title: str
    among: tuple[str, ...] = ("红", "橙", "黄")  # the most urgent first
    rest: str = "绿"
    unit: str = "紧急程度"

    def of(self, p: Parameters) -> tuple[tuple[str, int], ...]:
        """Colour and where it begins, the most urgent first; 绿 last, from 0."""
        return (*((colour, int(p.values[self.name][colour])) for colour in self.among), (self.rest, 0))

    def colour(self, p: Parameters, urgency: int) -> str:
        """The colour of one urgency."""
        return next(colour for colour, start in self.of(p) if urgency >= start or colour == self.rest)

    def unfit(self, value: Any) -> str | None:
        if isinstance(value, dict) and set(value) == set(self.among):
            starts = [value[colour] for colour in self.among]
            whole = all(type(one) is int and 1 <= one <= 100 for one in starts)
            if whole and starts == sorted(set(starts), reverse=True):
                return None
        return f"{self.title}应当写明{'、'.join(self.among)}各自的起点：1 到 100 的整数，依次递减；其余为{self.rest}"


@dataclass(frozen=True)
class Orders:
    """Of each of `among` a list of words, the first first; one not named has no order."""

    name: str
    title: str
    among: tuple[str, ...]
    unit: str = "先后"

    def of(self, p: Parameters) -> dict[str, tuple[str, ...]]:
        """What → its words in order."""
        return {what: tuple(words) for what, words in p.values[self.name].items()}

    def unfit(self, value: Any) -> str | None:
        sound = isinstance(value, Mapping) and all(
            what in self.among and _are_words(words) and len(set(words)) == len(words) for what, words in value.items()
        )
        return None if sound else f"{self.title}应当写明每一类的来源先后，不重复；可写：{'、'.join(self.among)}"


def _are_words(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) and one for one in value)


class Unsettled(ValueError):
    """Values that no screen can run by; `reasons`: name → why, in Chinese."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__("；".join(f"{name}：{why}" for name, why in sorted(reasons.items())))
        self.reasons = dict(reasons)


def chosen(area: str, on: date, profiles: Iterable[Profile]) -> dict[str, Any]:
    """The values of a 12-digit area on a day: of each name that of the most specific profile."""
    found: dict[str, Any] = {}
    for profile in sorted(valid(area, on, profiles), key=_specificity):
        found.update(profile["values"])
    return found


def unfit(values: Mapping[str, Any], settings: Sequence[Setting]) -> dict[str, str]:
    """Name → what is wrong with its value, or that nobody knows it."""
    known = {setting.name: setting for setting in settings}
    found = {name: "没有这个参数" for name in values if name not in known}
    for name, value in values.items():
        if name in known and (why := known[name].unfit(value)):
            found[name] = why
    return found


def settled(values: Mapping[str, Any], settings: Sequence[Setting]) -> Parameters:
    """All values there, known and sound. Raises Unsettled."""
    missing = {one.name: f"没有设定{one.title}" for one in settings if one.name not in values}
    wrong = missing | unfit(values, settings)
    if wrong:
        raise Unsettled(wrong)
    return Parameters(dict(values))


def valid(area: str, on: date, profiles: Iterable[Profile]) -> list[Profile]:
    """Those that hold of a 12-digit area on a day: its own and those of the areas above it."""
    day = on.isoformat()
    return [
        profile
        for profile in profiles
        if area.startswith(prefix_of(profile["area"]))
        and profile["valid_from"] <= day
        and (profile["valid_to"] is None or day <= profile["valid_to"])
    ]


def prefix_of(area: str) -> str:
    """The digits an area shares with everything inside it; the whole country is twelve zeros."""
    for width in (0, 2, 4, 6, 9):
        if not area[width:].strip("0"):
            return area[:width]
    return area


def _specificity(profile: Profile) -> tuple[int, str]:
    return len(prefix_of(profile["area"])), profile["valid_from"]


@cache
def shipped() -> tuple[Profile, ...]:
    """The profiles that come with the project, a file a subject: {area, valid_from, valid_to, basis, values}."""
    found = sorted(files(__package__).joinpath("national").iterdir(), key=lambda each: each.name)
    return tuple(
        profile for each in found if each.name.endswith(".json") for profile in json.loads(each.read_text("utf-8"))
    )
