"""Where a record and a person could have met, and by how little they missed each other: every blocking key in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any, Final

from matcher.linkage.known_people import Pair
from matcher.linkage.search import Meeting

Row = Mapping[str, Any]
_FAR: Final = 1.0  # the distance of parts that have nothing to do with each other
_SILENT: Final = {"record-silent": "记录", "person-silent": "人员档案"}


@dataclass(frozen=True)
class KeyOutcome:
    """One key: how it went (see `search.Meeting`), a sentence part, and how far it was from meeting (0 = it met)."""

    key: str
    title: str
    state: str
    text: str
    distance: float


def key_outcomes(pair: Pair) -> tuple[KeyOutcome, ...]:
    """Every key, those that met first, then the nearest misses; keys a side has nothing for come last."""
    told = [_outcome(meeting, pair) for meeting in pair.meetings]
    return tuple(sorted(told, key=lambda one: one.distance))


def _outcome(meeting: Meeting, pair: Pair) -> KeyOutcome:
    title, parts = KEYS.get(meeting.key, (meeting.key, ()))
    if meeting.state == "met":
        return KeyOutcome(meeting.key, title, "met", f"按“{title}”碰上了", 0.0)
    if meeting.state == "crowded":
        text = f"按“{title}”相同的有{meeting.bucket}人，超过{meeting.cap}人就不逐个比对"
        return KeyOutcome(meeting.key, title, "crowded", text, 0.01)
    if meeting.state in _SILENT:
        row = pair.record if meeting.state == "record-silent" else pair.person
        lacking = "、".join(PARTS[part].title for part in parts if not PARTS[part].values(row)) or "所需内容"
        text = f"按“{title}”无从查找：{_SILENT[meeting.state]}没有{lacking}"
        return KeyOutcome(meeting.key, title, meeting.state, text, 10.0)
    gaps = [gap for part in parts if (gap := PARTS[part].gap(pair.record, pair.person)) is not None]
    why = "，".join(text for _, text in gaps) or "写法略有出入"
    text = f"按“{title}”没有碰上：{why}"
    return KeyOutcome(meeting.key, title, meeting.state, text, sum(distance for distance, _ in gaps) or 0.1)


Gap = tuple[float, str]


@dataclass(frozen=True)
class _Part:
    """What a key is made of: its name, its values in a LEGIBLE row (none = missing), and how two values differ."""

    title: str
    values: Callable[[Row], list[Any]]
    differ: Callable[[Any, Any], Gap]

    def gap(self, record: Row, person: Row) -> Gap | None:
        """The nearest two values of both sides; None where they agree or one side has none."""
        pairs = list(product(self.values(record), self.values(person)))
        if not pairs or any(a == b for a, b in pairs):
            return None
        return min((self.differ(a, b) for a, b in pairs), key=lambda gap: gap[0])


def _column(name: str) -> Callable[[Row], list[Any]]:
    return lambda row: [row[name]] if row[name] is not None else []


def _syllables(row: Row) -> list[list[str]]:
    """The sounds of a name; a name nobody can read aloud stands for itself."""
    if row["name"] is None:
        return []
    return [row["syllables"].split(" ") if row["syllables"] else list(row["name"])]


def _dates(row: Row) -> list[date]:
    found = [row[name] for name in ("birth_number", "birth_stated") if row[name]]
    return [date(value // 10000, value // 100 % 100, value % 100) for value in found]


def _unlike(text: str) -> Callable[[Any, Any], Gap]:
    return lambda _a, _b: (_FAR, text)


def _sounds_differ(a: list[str], b: list[str]) -> Gap:
    if len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1:
        return 0.4, "姓名有一个字读音不同"
    return _FAR, "姓名读音不同"


def _dates_differ(a: date, b: date) -> Gap:
    days = abs((a - b).days)
    if days <= 7:
        return 0.15 + days / 100, f"出生日期差{days}天"
    if a.year == b.year and (a.month, a.day) == (b.day, b.month):
        return 0.25, "出生日期月日颠倒"
    if _unequal(f"{a:%Y%m%d}", f"{b:%Y%m%d}") == 1:
        return 0.25, "出生日期差一位数字"
    if days <= 31:
        return 0.3 + days / 200, f"出生日期差{days}天"
    if (a.month, a.day) == (b.month, b.day):
        return 0.5, f"出生月日相同，年份差{abs(a.year - b.year)}年"
    return (0.7, "同年出生，月日不同") if a.year == b.year else (_FAR, "出生日期不同")


def _years_differ(a: int, b: int) -> Gap:
    return min(_FAR, 0.2 * abs(a - b)), f"出生年份差{abs(a - b)}年"


def _digits_differ(what: str) -> Callable[[str, str], Gap]:
    def differ(a: str, b: str) -> Gap:
        count = _unequal(a, b)
        return (0.15 * count, f"{what}差{count}位") if count <= 3 else (_FAR, f"{what}不同")

    return differ


def _unequal(a: str, b: str) -> int:
    return sum(x != y for x, y in zip(a, b, strict=True)) if len(a) == len(b) else max(len(a), len(b))


PARTS: Final[Mapping[str, _Part]] = {
    "number": _Part("身份证号", _column("number"), _digits_differ("身份证号")),
    "sound": _Part("姓名", _syllables, _sounds_differ),
    "surname": _Part("姓名", lambda row: [part[0] for part in _syllables(row)], _unlike("姓不同")),
    "last": _Part("姓名", lambda row: [part[-1] for part in _syllables(row)], _unlike("名字末字读音不同")),
    "birth": _Part("出生日期", _dates, _dates_differ),
    "year": _Part("出生日期", lambda row: [day.year for day in _dates(row)], _years_differ),
    "township": _Part("乡镇", _column("township"), _unlike("乡镇不同")),
    "village": _Part("村", _column("village"), _unlike("村不同")),
    "group": _Part("组", _column("group"), _unlike("组不同")),
    "house": _Part("门牌", _column("house"), _unlike("门牌不同")),
    "phone": _Part("电话", _column("phone"), _digits_differ("电话")),
}
KEYS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "number": ("身份证号", ("number",)),
    "number-without-tail": ("身份证号前十四位", ("number",)),
    "number-without-head": ("身份证号后十二位", ("number",)),
    "number-without-day": ("身份证号除月日", ("number",)),
    "number-without-year": ("身份证号除年份", ("number",)),
    "name-birth": ("姓名读音+出生日期", ("sound", "birth")),
    "name-village": ("姓名读音+村", ("sound", "village")),
    "name-year": ("姓名读音+出生年份", ("sound", "year")),
    "surname-birth": ("姓+出生日期", ("surname", "birth")),
    "village-birth": ("村+出生日期", ("village", "birth")),
    "township-birth": ("乡镇+出生日期", ("township", "birth")),
    "surname-last-village": ("姓+名字末字+村", ("surname", "last", "village")),
    "phone": ("电话", ("phone",)),
    "house": ("村+组+门牌", ("village", "group", "house")),
    "rare-name": ("姓名读音", ("sound",)),
}
