"""The story of one pair in Chinese, line by line, for the officer who must answer for it."""

from typing import Final

from matcher.linkage.decide import OTHER_NAME
from matcher.linkage.explain import FieldEvidence
from matcher.linkage.why_not import GRADE_TITLES, Why

_DECIDED: Final = {
    "confirmed": "人工已确认：这条记录就是此人。人工结论优先，不看分数。",
    "rejected": "人工已否定：这条记录不是此人。人工结论优先；没有新的依据，系统不会再提。",
    "given-to-another": "人工已把这条记录认定为另一人，因此不会再对应到此人。",
}
_OTHER_NAME: Final = (
    "身份证号相同而姓名不同；号码之外的依据（填报的出生日期、电话或家庭）也相符，"
    "多半是写错字、改名或小名，已认定，仍列入人工复核。"
)
_VETOES: Final = {
    "id-name-mismatch": "身份证号相同而姓名完全不同（身份不符），可能录错、改名或借用号码，必须人工核实，不自动认定。",
    "outdone": "另一名候选人更符合，这条记录已认定为那个人。",
    "roster": "同一户名单里的另一条记录更符合此人，一个人不能同时对应同户的两名成员。",
}
_WEAK_NUMBER: Final = (
    "两个有效的身份证号不同，又没有出生日期、门牌、电话或家庭成员可以佐证；同村同名的人不少，必须人工核实，不自动认定。"
)
_WEAK_NAME: Final = "除姓名、性别、民族外没有别的依据；同名的人有多少谁也说不准，必须人工核实，不自动认定。"
NEAREST: Final = 3  # keys that are told


def tell(why: Why) -> tuple[str, ...]:
    """Sentences in the order one asks: what was decided, on what, against whom, and what would change it."""
    lines = [_verdict(why), *_evidence(why), _rivals(why), _veto(why), *_keys(why)]
    if why.change is not None:
        lines.append(f"最小的改变：{why.change.text}")
    elif why.decided is None:
        lines.append("最小的改变：改动任何一两项都不足以改变结论。")
    return tuple(line for line in lines if line)


def share(probability: float) -> str:
    """A probability as one says it; never a hundred per cent."""
    if probability >= 0.9995:
        return "99.9%以上"
    return "不到0.1%" if probability < 0.001 else f"{probability:.1%}"


def veto_text(why: Why) -> str | None:
    """Why a probable candidate was not linked, None where nothing stood in the way."""
    if why.veto != "weak-evidence":
        return _VETOES.get(why.veto or "")
    number = next(part for part in why.explanation.fields if part.field == "number")
    return _WEAK_NUMBER if number.level == "differs" else _WEAK_NAME


def _verdict(why: Why) -> str:
    if why.decided is not None:
        return _DECIDED[why.decided]
    likely = f"可能性{share(why.probability)}"
    if why.linked:
        return f"认定为同一人：{GRADE_TITLES[why.grade or 'probable']}，{likely}。"
    if not why.compared:
        return f"没有认定为同一人：没有一个查找条件让两者碰到一起，所以没有比对过。假如比对，{likely}。"
    if why.grade == "certainly-not":
        return f"没有认定为同一人：{likely}。"
    return f"没有自动认定：{GRADE_TITLES[why.grade or 'possible']}，{likely}，须人工核实。"


def _evidence(why: Why) -> list[str]:
    """Where the sum starts and what moves it, strongest first; a point doubles or halves."""
    lines = [f"起点：{_start(why)}（{_points(why.explanation.prior)}）。每1分相差一倍。"]
    for title, sign in (("支持", 1), ("反对", -1)):
        parts = [part for part in why.explanation.fields if part.weight * sign >= 0.05]
        parts.sort(key=lambda part: -abs(part.weight))
        if parts:
            lines.append(f"{title}：{'；'.join(map(_part, parts))}。")
    silent = [part.title for part in why.explanation.fields if part.level.endswith("missing")]
    if silent:
        lines.append(f"无从比较：{'、'.join(silent)}。")
    return lines


def _start(why: Why) -> str:
    """What the pair must be told from: one among all, or somebody of the same household."""
    if why.explanation.relative > 0.5:
        return "最容易与此人混淆的是其同户亲属"
    return f"没有任何依据时，{why.people}人里正好是此人的可能很小"


def _part(part: FieldEvidence) -> str:
    return f"{part.agreement}（{_points(part.weight)}）"


def _points(bits: float) -> str:
    return f"{bits:+.1f}分"


def _rivals(why: Why) -> str:
    if not why.rivals or why.rivals[0].probability < 0.001:
        return ""
    strong = [rival for rival in why.rivals if rival.probability >= 0.001]
    first = share(strong[0].probability)
    return f"同一条记录还有{len(strong)}名候选人，最可能的一名占{first}；都不是的可能占{share(why.nobody)}。"


def _veto(why: Why) -> str:
    if why.reason == OTHER_NAME and why.linked and why.decided is None:
        return f"请核对：{_OTHER_NAME}"
    told = None if why.decided else veto_text(why)
    return f"不能自动认定：{told}" if told else ""


def _keys(why: Why) -> list[str]:
    """Which keys met; where none did, the nearest misses."""
    met = [one.title for one in why.keys if one.state == "met"]
    if met:
        more = f"等{len(met)}项" if len(met) > NEAREST else ""
        return [f"查找时碰上的条件：{'、'.join(met[:NEAREST])}{more}。"]
    if why.compared:
        return ["查找条件都没有碰上；因同户其他成员已对应上，才比对了这两者。"]
    seen: list[str] = []
    for one in why.keys:
        if one.state in ("apart", "crowded") and one.text.partition("：")[2] not in "".join(seen):
            seen.append(one.text)
    lacking = [one.text for one in why.keys if one.state in ("record-silent", "person-silent")]
    told = [*seen, *lacking][:NEAREST]
    return [f"差在哪里：{'；'.join(told)}。"] if told else []
