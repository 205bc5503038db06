"""The review bench as a page draws it: a field a row, marks at the characters that differ, bars for what counts.

What the matcher tells of one review (ReviewDetailOut) goes in; rows of runs and figures come out. It asks nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from console.charts.svg import percent, tag
from kit.differing import SAME, Kind, Run, runs

REASONS = {
    "two-candidates": ("两人皆可", "有两人都像，不能自动认定。"),
    "sibling": ("同户兄弟姐妹", "同户的兄弟姐妹都像，不能自动认定。"),
    "twin": ("双胞胎", "同户有同日出生的人，都像，不能自动认定。"),
    "weak-evidence": ("依据不足", "有相符之处，但依据不足以自动认定。"),
    "borrowed-number": ("借用号码", "记录上的身份证号属于该户另一成员。"),
    "id-name-mismatch": ("号码与姓名不符", "身份证号相同而姓名完全不同：可能录错、改名或借用号码。"),
    "other-name": ("号码相符而姓名不同", "号码相符而姓名不同：多半是写错字、改名或小名，请核对。"),
    "possible": ("存疑", "可能是，还不能认定。"),
    "sample": ("抽查", "系统已认定，抽出来请您独立核对，用来检验准确率。"),
}
PRIORITIES = {"list": "决定是否在名单上", "sample": "抽查", "other": "其他"}
VERDICTS = {"same": "是同一人", "different": "不是", "unsure": "无法判断", "later": "以后再看", "revoke": "撤销了答复"}
STATES = {"open": "待复核", "deferred": "无法判断，搁置", "settled": "已有结论", "closed": "不再需要"}
CLOSED = {"answered": "已由别处认定", "no-question": "数据已变，不再有疑问"}
MARKS = {"changed": "不同", "extra": "多出", "swapped": "颠倒"}
LEAST = 0.05  # bits below which a field says nothing


@dataclass(frozen=True)
class Cell:
    """One candidate's value of a field beside the record's: its runs; where they differ in words, for a mask that
    hides how long the value is; how linkage took it; and its part of the sum, as a bar."""

    drawn: tuple[Run, ...]
    where: str
    same: bool | None
    agreement: str = ""
    weight: float | None = None
    bar: str = ""

    @property
    def stance(self) -> str:
        """For, against, or nothing to say."""
        if self.weight is None or abs(self.weight) < LEAST:
            return ""
        return "支持" if self.weight > 0 else "反对"


@dataclass(frozen=True)
class Line:
    """One field on both sides, or (not `stated`) something else that was weighed. The record's own marks are drawn
    where there is one candidate only: beside several it would have to bear those of each."""

    title: str
    stated: bool
    record: tuple[Run, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Candidate:
    """A column's head."""

    place: int
    person_id: str
    probability: str
    linked: bool
    reason: str
    household: Sequence[Mapping[str, Any]]


def candidates_of(review: Mapping[str, Any]) -> list[Candidate]:
    """Everybody the record may be, the likeliest first."""
    told = zip(review["candidates"], review["comparisons"], strict=True)
    return [
        Candidate(
            place, one["person_id"], share_text(one["probability"]), one["linked"],
            REASONS.get(one["reason"] or "", ("", ""))[0], beside["household"],
        )
        for place, (one, beside) in enumerate(told, 1)
    ]  # fmt: skip


def share_text(share: float) -> str:
    """A probability as one says it; never a hundred per cent."""
    if share >= 0.9995:
        return "99.9%以上"
    return "不到0.1%" if share < 0.001 else f"{share:.1%}"


def lines_of(review: Mapping[str, Any]) -> list[Line]:
    """The rows: every field of the two sides, then what else was weighed (who lives in the household)."""
    compared = review["comparisons"]
    weighed = [{part["title"]: part for part in one["evidence"]} for one in compared]
    most = max((abs(part["weight"]) for one in weighed for part in one.values()), default=0.0)
    found = []
    for place, field in enumerate(compared[0]["differences"]):
        beside = [one["differences"][place] for one in compared]
        cells = [_cell(one, parts.get(field["title"]), most) for one, parts in zip(beside, weighed, strict=True)]
        own = _side(beside[0], "record", "person") if len(compared) == 1 else _plain(field["record"])
        found.append(Line(field["title"], True, own, tuple(cells)))
    named = {line.title for line in found}
    for title in dict.fromkeys(title for one in weighed for title in one if title not in named):
        parts = [one.get(title) for one in weighed]
        found.append(Line(title, False, (), tuple(_weighed(Cell((), "", None), part, most) for part in parts)))
    return found


def _cell(told: Mapping[str, Any], part: Mapping[str, Any] | None, most: float) -> Cell:
    drawn = _side(told, "person", "record")
    where = "" if told["placed"] else _where(told)
    cell = Cell(drawn, where, told["same"], told["level"] or "")
    return _weighed(cell, part, most)


def _weighed(cell: Cell, part: Mapping[str, Any] | None, most: float) -> Cell:
    if part is None:
        return cell
    weight = float(part["weight"])
    drawn = bar(weight, most) if abs(weight) >= LEAST else ""
    return Cell(cell.drawn, cell.where, cell.same, part["agreement"], weight, drawn)


def _plain(text: str | None) -> tuple[Run, ...]:
    return (Run(text, SAME),) if text else ()


def _side(told: Mapping[str, Any], own: str, other: str) -> tuple[Run, ...]:
    """One side's value with its marks; without, where they would fall on other characters."""
    text = told[own]
    if not text or told["same"] is not False or not told["placed"]:
        return _plain(text)
    kinds = _kinds(len(text), told[f"{own}_at"], told[f"{own}_as"])
    others = _kinds(len(told[other]), told[f"{other}_at"], told[f"{other}_as"])
    return tuple(runs(text, kinds, others))


def _kinds(length: int, at: Sequence[int], kinds: Sequence[Kind]) -> list[Kind]:
    marked = dict(zip(at, kinds, strict=True))
    return [marked.get(place, SAME) for place in range(1, length + 1)]


def _where(told: Mapping[str, Any]) -> str:
    """Where the two differ, in words: on the candidate's side, and what the record has more."""
    lacks = [(place, kind) for place, kind in zip(told["record_at"], told["record_as"], strict=True) if kind == "extra"]
    more = places_text([place for place, _ in lacks], [kind for _, kind in lacks])
    parts = [places_text(told["person_at"], told["person_as"]), f"部门一侧{more}" if more else ""]
    return "；".join(part for part in parts if part)


def places_text(at: Sequence[int], kinds: Sequence[str]) -> str:
    """`第7字不同，第9、10字颠倒`: where a value differs that is not shown letter by letter."""
    parts = []
    for kind, title in MARKS.items():
        places = [str(place) for place, one in zip(at, kinds, strict=True) if one == kind]
        if places:
            parts.append(f"第{'、'.join(places)}字{title}")
    return "，".join(parts)


def bar(weight: float, most: float) -> Markup:
    """A bar from the middle: to the right for the same person, to the left against."""
    half = 0.5 * min(abs(weight) / most, 1.0) if most else 0.0
    begin = 0.5 if weight > 0 else 0.5 - half
    return tag(
        "svg",
        tag("rect", x=0, y=3, width="100%", height=4, class_="rail"),
        tag("rect", x=percent(begin), y=0, width=percent(half), height=10, class_="for" if weight > 0 else "against"),
        tag("rect", x="50%", y=0, width=1, height=10, class_="middle"),
        class_="weight", width="100%", height=10, aria_hidden="true", focusable="false",
    )  # fmt: skip


def readings_of(review: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The answers that may be shown, in order, in words; those taken back say so."""
    places = {one["person_id"]: place for place, one in enumerate(review["candidates"], 1)}
    revoked = {one["revokes"] for one in review["readings"] if one["revokes"]}
    shown = []
    for one in review["readings"]:
        word = VERDICTS[one["verdict"]]
        if one["verdict"] == "same" and len(places) > 1:
            place = places.get(one["candidate_id"])
            word = f"是候选{place}" if place else "是另一人"
        who = "您" if one["mine"] else one["reviewer"] or "另一位复核员"
        shown.append({**one, "word": word, "who": who, "revoked": one["reading_id"] in revoked})
    return shown


def takes_back(review: Mapping[str, Any], *, oversees: bool) -> bool:
    """Whether there is an answer whoever looks may take back; the matcher judges."""
    held = [one for one in readings_of(review) if one["verdict"] in ("same", "different", "unsure")]
    return any(not one["revoked"] and (one["mine"] or oversees) for one in held)
