"""Who of each group at risk is covered, cards by class and grade against what covers their holders, and double cover:
as screenings counted them, so that a month that is over keeps its figures."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from matcher.statistics.figure import AREA, OWN, Figures, Measure, child_width, children
from matcher.statistics.ground import Ground
from matcher.statistics.quality import share

Screened = Mapping[str, Mapping[str, Any]]  # "total" and townships by 9 digits → what a screening counted there
GROUPS = {"severe": "重度残疾人", "serious": "重病患者", "monitored": "防返贫监测对象", "any": "以上合计（去重）"}
CLASSES = {"1": "视力", "2": "听力", "3": "言语", "4": "肢体", "5": "智力", "6": "精神", "7": "多重"}
GRADES = {"1": "一级", "2": "二级", "3": "三级", "4": "四级"}
PROGRAMMES = {
    "dibao-rural": "农村低保", "dibao-urban": "城市低保", "tekun-institution": "特困集中供养",
    "tekun-home": "特困分散供养",
}  # fmt: skip
NOBODY = "uncovered"  # the column of those without cover
_TOWNSHIP = 9

GROUP_MEASURES = (
    Measure("group", "对象代码", "text"),
    Measure("group_name", "对象", "text"),
    Measure("people", "人数"),
    Measure("covered", "在保人数"),
    Measure("uncovered", "未保人数"),
    Measure("covered_share", "在保率", "share"),
)
GROUPS_DEFINITION = (
    "统计日以前最近一次筛查时，未死亡的重度残疾人（有效残疾人证一级、二级，或三级智力、精神）、重病患者、风险未消除的"
    "防返贫监测对象，各自有多少人、其中当日享受低保或特困的多少人，按主办乡镇（街道）所在的下一级区划。一人可以同时属"
    "于几类，合计按人去重。认定口径按本地筛查参数。在保率＝在保人数÷人数。村级不分。"
)
CARD_MEASURES = (
    Measure("class", "残疾类别", "text"),
    Measure("grade", "等级", "text"),
    Measure("people", "持证人数"),
    *(Measure(code, title) for code, title in PROGRAMMES.items()),
    Measure(NOBODY, "未保"),
    Measure("covered_share", "在保率", "share"),
)
CARDS_DEFINITION = (
    "统计日以前最近一次筛查时，持有效残疾人证且未死亡的人，按残疾类别和等级，分当日享受的救助类别；一人一证，一人一类"
    "。未保：当日没有低保、特困的。在保率＝（持证人数－未保）÷持证人数。村级不分。"
)
DOUBLE_MEASURES = (
    Measure("people", "重复保障人数"),
    Measure("two_counties", "其中跨县（区）"),
    Measure("same_county", "其中本县内"),
)
DOUBLES_DEFINITION = (
    "统计日以前最近一次筛查时，同一天有两份不能同享的低保、特困的在世人员，按主办乡镇所在的下一级区划；跨县：另一份在"
    "外县的（据上级或外县通报的数据）。含已有核查结论的。村级不分。"
)


def groups(screened: Screened, ground: Ground) -> Figures:
    """A row per division below and group."""
    if not _knows(screened, "groups"):
        return Figures([], None)
    places: dict[str, dict[str, list[int]]] = {code: {} for code in _below(ground)}
    for area, told in _inside(screened, ground):
        for group, counts in told["groups"].items():
            row = places.setdefault(_unit(area, ground), {}).setdefault(group, [0, 0])
            row[0] += counts[0]
            row[1] += counts[1]
    rows = [
        {**_label(code, ground), "group": group, "group_name": title, **_rated(*told.get(group, (0, 0)))}
        for code, told in sorted(places.items())
        for group, title in GROUPS.items()
    ]
    whole = [sum(told.get("any", [0, 0])[at] for told in places.values()) for at in (0, 1)]
    return Figures(rows, _rated(*whole))


def cards(screened: Screened, ground: Ground) -> Figures:
    """A row per class and grade anybody has a card of."""
    if not _knows(screened, "cards"):
        return Figures([], None)
    found: dict[str, dict[str, int]] = {}
    for _, told in _inside(screened, ground):
        for kind, counts in told["cards"].items():
            row = found.setdefault(kind, dict.fromkeys((*PROGRAMMES, NOBODY), 0))
            for programme, number in counts.items():
                row[programme] += number
    rows = [
        {"class": CLASSES.get(of, "不详"), "grade": GRADES.get(grade, "不详"), **_carded(found[f"{of}-{grade}"])}
        for of in (*CLASSES, "")
        for grade in (*GRADES, "")
        if f"{of}-{grade}" in found
    ]
    total = {name: sum(row[name] for row in found.values()) for name in (*PROGRAMMES, NOBODY)}
    return Figures(rows, _carded(total))


def doubles(screened: Screened, ground: Ground) -> Figures:
    """A row per division below."""
    if not _knows(screened, "doubled"):
        return Figures([], None)
    places = {code: dict.fromkeys(("people", "two_counties", "same_county"), 0) for code in _below(ground)}
    for area, told in _inside(screened, ground):
        row = places.setdefault(_unit(area, ground), dict.fromkeys(("people", "two_counties", "same_county"), 0))
        for name in ("two_counties", "same_county"):
            row[name] += told["doubled"][name]
            row["people"] += told["doubled"][name]
    rows = [{**_label(code, ground), **told} for code, told in sorted(places.items())]
    return Figures(rows, {one.name: sum(row[one.name] for row in places.values()) for one in DOUBLE_MEASURES})


def _rated(people: int, covered: int) -> dict[str, Any]:
    return {
        "people": people, "covered": covered, "uncovered": people - covered, "covered_share": share(covered, people),
    }  # fmt: skip


def _carded(row: Mapping[str, int]) -> dict[str, Any]:
    people = sum(row.values())
    return {"people": people, **row, "covered_share": share(people - row[NOBODY], people)}


def _knows(screened: Screened, what: str) -> bool:
    """Whether the screening counted that; those of before did not."""
    return what in screened.get("total", {})


def _inside(screened: Screened, ground: Ground) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Townships of the area, where it is not parted below them: of a village a screening tells nothing."""
    if child_width(ground.area) > _TOWNSHIP and ground.area[_TOWNSHIP:] != "000":
        return
    for town, told in screened.items():
        if town.isdigit() and ground.holds(area := town.ljust(12, "0")):
            yield area, told


def _unit(area: str, ground: Ground) -> str:
    return area[: min(child_width(ground.area), _TOWNSHIP)].ljust(12, "0")


def _below(ground: Ground) -> Sequence[str]:
    """The divisions that have a row in any case; below a township there are none."""
    if child_width(ground.area) > _TOWNSHIP:
        return ()
    return [code for code in children(ground.standing, ground.area) if code != ground.area]


def _label(code: str, ground: Ground) -> dict[str, str]:
    name = dict(ground.standing.iter_rows()).get(code, code)
    return {AREA[0].name: code, AREA[1].name: name + (OWN if code == ground.area else "")}
