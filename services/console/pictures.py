"""From a statistic to its chart: which figures are the bars, the steps, the tiles, and what is said of them."""

from collections.abc import Callable, Mapping
from typing import Any

from console.charts.bars import Bar, Words, bars
from console.charts.funnel import Step, funnel
from console.charts.line import Series, line
from console.charts.svg import Picture
from console.charts.tiles import Tile, tiles
from console.figures import NOTHING, WITHHELD, Row, Table, summed, text_of

Ways = Callable[[str | None], str | None]  # a division's code → the page about it
TIERS = {"visit": "必访", "phone": "电话核实", "watch": "观察"}
STOCK = ("area", "area_name", "people", "households", *TIERS)
GRADES = {"certain": "确定", "probable": "较确定", "possible": "存疑", "unregistered": "库中无"}
STANDING = ("at_risk", "linked", "covered_now", "uncovered_now")
FOLLOWED = ("uncovered", "verified", "in_process", "covered")
KEYS = {"categories": ("category_name", "persons"), "coverage": ("programme_name", "persons"),
        "outcomes": ("code_title", "count"), "support": ("programme_name", "persons"),
        "first-pay": ("code_title", "verified_ever")}  # fmt: skip
# The figure by which divisions, or feeds, are compared.
COMPARED = {
    "verification": "in_time_share", "wrong-support": "overpaid_fen", "temporary-aid": "times",
    "reserve-funds": "closing_fen", "petitions": "per_thousand", "supply": "on_time_share",
}  # fmt: skip
LABELS = ("area_name", "title", "code_title")


def no_way(_: str | None) -> None:
    """In a file nothing leads on."""


def by_division(table: Table, ways: Ways) -> Picture:
    """A stock of the list by division: bars made of the ways to verify."""
    rows = [
        Bar(
            row["area_name"], row["people"], _cell(table, row, "people"), ways(row["area"]),
            tuple(row[tier] or 0 for tier in TIERS),
        )
        for row in sorted(table.rows, key=lambda row: -(row["people"] or 0))
    ]  # fmt: skip
    words = Words(f"{table.name}-bars", f"{table.title}（人）", _of(table, "各区划人数，按核查方式分段，多的在前"))
    return bars(words, rows, tuple(TIERS.values()))


def by_tile(table: Table, ways: Ways) -> Picture:
    """The same as a map of tiles, in the order of codes."""
    told = [
        Tile(row["area_name"], row["people"], _cell(table, row, "people"), ways(row["area"]))
        for row in sorted(table.rows, key=lambda row: str(row["area"]))
    ]
    words = Words(f"{table.name}-tiles", f"{table.title}分布图（人）", _of(table, "每个区划一格，颜色分档见图下"))
    return tiles(words, told)


def by_reason(table: Table) -> Picture:
    """The same by screen: why people are on the list. One person may be there for several reasons."""
    reasons = [one for one in table.columns if one.counted and one.name not in STOCK]
    rows = [Bar(one.title, table.whole(one.name), table.shown(table.total, one.name)) for one in reasons]
    words = Words(f"{table.name}-reasons", f"{table.title}：原因（人次）", _of(table, "各项筛查命中的人数"))
    return bars(words, sorted(rows, key=lambda row: -(row.value or 0)))


def by_key(table: Table) -> Picture:
    """A statistic of divisions and keys by key alone: categories, programmes, results of visits."""
    key, column = KEYS[table.name]
    rows = [
        Bar(label, value, WITHHELD if value is None else text_of(value, "count"))
        for label, value in summed(table, key, column).items()
    ]
    if table.name == "outcomes":  # the others have an order of their own
        rows.sort(key=lambda row: -(row.value or 0))
    words = Words(f"{table.name}-bars", f"{table.title}（人）", _of(table, "各类人数"))
    return bars(words, rows)


def of_funnel(table: Table) -> Picture:
    """Two groups: who is at risk today, and what became of those who were on the list; each step of the one before."""
    steps = _steps(table, STANDING, "今日存量", "at_risk") + _steps(table, FOLLOWED, "历次清单累计", "uncovered")
    return funnel(Words(table.name, f"{table.title}（人）", _of(table, "逐级人数和占本组第一级的比例")), steps)


def _steps(table: Table, names: tuple[str, ...], head: str, first: str) -> list[Step]:
    whole = table.whole(first)
    found = []
    for at, name in enumerate(names):
        value, text = table.whole(name), table.shown(table.total, name)
        share = f"　{text_of(value / whole, 'share')}" if at and whole and value is not None else ""
        title = next(one.title for one in table.columns if one.name == name)
        found.append(Step(title, value, f"{text}{share}", None if at else head))
    return found


def of_timeliness(table: Table, ways: Ways) -> Picture:
    """The league, the worst first, as the service ranks it."""
    rows = [
        Bar(
            row["area_name"], row["in_time_share"],
            f"{_cell(table, row, 'in_time_share')}　超期 {_cell(table, row, 'overdue')}", ways(row["area"]),
        )
        for row in table.rows
    ]  # fmt: skip
    return bars(Words(table.name, "按期率，从最差到最好", _of(table, "各区划按期率和超期件数")), rows, most=1)


def of_runs(table: Table) -> Picture:
    """Who is at risk and who of them is without cover, by the day of each last screening."""
    latest: dict[str, Row] = {}
    for row in table.rows:  # the newest first
        latest.setdefault(str(row["as_of"]), row)
    days = sorted(latest)
    told = [
        Series(title, tuple(latest[day][name] for day in days))
        for name, title in (("at_risk", "风险人员"), ("uncovered", "其中未在保"))
    ]
    words = Words(table.name, "风险人员与未在保（人）", _of(table, "历次筛查基准日的人数"))
    return line(words, [f"{day[2:4]}-{day[5:7]}" for day in days], told)


def of_months(told: Mapping[str, Table | None]) -> Picture:
    """Persons and households covered, by month (`YYYY-MM-DD` → the statistic `coverage` of that day)."""
    series = [
        Series(title, tuple(None if table is None else table.whole(name) for table in told.values()))
        for name, title in (("persons", "人数"), ("households", "户数"))
    ]
    words = Words("coverage-months", "在保人数、户数，月末", "各月末在保的人数和户数")
    return line(words, [f"{day[2:4]}-{day[5:7]}" for day in told], series)


def of_feeds(table: Table) -> Picture:
    """How old each feed is, of the days agreed."""
    rows = [Bar(row["title"], row["age"], _age(row)) for row in table.rows]
    return bars(Words(table.name, "数据距今天数", _of(table, "各数据源距今天数和约定天数")), rows)


def _age(row: Row) -> str:
    agreed = f"／约定 {row['freshness_days']} 天" if row["freshness_days"] is not None else ""
    return f"{row['age']} 天{agreed}" if row["age"] is not None else f"从未送达{agreed}"


def of_links(table: Table) -> Picture:
    """How certain the links of each feed that has come are, as shares of its records."""
    rows = [
        Bar(
            row["title"], 1, f"{row['records']:,} 条，确定 {text_of(row['certain_share'], 'share')}",
            parts=tuple(row[f"{grade}_share"] or 0 for grade in GRADES),
        )
        for row in table.rows
        if row["records"]
    ]  # fmt: skip
    words = Words(table.name, table.title, _of(table, "各数据源记录的关联等级占比"))
    return bars(words, rows, tuple(GRADES.values()), most=1)


def _plain(table: Table, ways: Ways) -> Picture:
    """A statistic the board has no view of its own for: its first figure by its first word."""
    label = next((name for name in LABELS if any(name in row for row in table.rows)), table.columns[0].name)
    first = COMPARED.get(table.name)
    counted = [one for one in table.columns if one.counted and one.name != "rank" and first in (None, one.name)]
    column = counted[0] if counted else table.columns[-1]
    rows = [
        Bar(str(row.get(label) or NOTHING), _number(row.get(column.name)), _cell(table, row, column.name),
            ways(row.get("area")))
        for row in table.rows
    ]  # fmt: skip
    most = 1 if column.kind == "share" else None
    return bars(Words(table.name, f"{table.title}：{column.title}", _of(table, column.title)), rows, most=most)


def of_groups(table: Table) -> Picture:
    """Groups at risk, each with the share that is covered."""
    people, covered = (summed(table, "group_name", name) for name in ("people", "covered"))
    rows = []
    for group, number in people.items():
        held = covered[group]
        share = held / number if number and held is not None else None
        told = f"{text_of(share, 'share')}　{text_of(held, 'count')}／{text_of(number, 'count')} 人"
        rows.append(Bar(group, share, WITHHELD if number is None else told))
    return bars(Words(table.name, f"{table.title}（在保人数／人数）", _of(table, "各类对象在保的占比")), rows, most=1)


def of_cards(table: Table) -> Picture:
    """Cards by class and grade, each with the share of holders that is covered."""
    rows = [
        Bar(
            f"{row['class']}{row['grade']}", row["covered_share"],
            f"{_cell(table, row, 'covered_share')}　未保 {_cell(table, row, 'uncovered')} 人",
        )
        for row in table.rows
    ]  # fmt: skip
    return bars(Words(table.name, f"{table.title}：在保率", _of(table, "各类别等级的持证人在保的占比")), rows, most=1)


def of_trend(title: str, column: str, told: Mapping[str, Table | None]) -> Picture:
    """One figure of a statistic by month (the last day → the statistic)."""
    values = tuple(None if table is None else _number(table.whole(column)) for table in told.values())
    words = Words("trend", title, f"近 {len(told)} 个月的{title}。")
    return line(words, [f"{day[2:4]}-{day[5:7]}" for day in told], [Series(title, values)])


def _number(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) else None


def can_draw(table: Table) -> bool:
    """Whether there is anything to be seen: a village has no screening of its own, an area may have no rows."""
    seen = [row for row in table.rows if table.name != "runs" or row["at_risk"] is not None]
    return bool(seen) or table.name == "funnel"


def picture_of(table: Table, ways: Ways) -> Picture:
    """The chart of any statistic."""
    own: dict[str, Callable[[Table, Ways], Picture]] = {
        "coverage-gap": by_division,
        "wrong-coverage": by_division,
        "timeliness": of_timeliness,
        "funnel": lambda told, _: of_funnel(told),
        "runs": lambda told, _: of_runs(told),
        "feeds": lambda told, _: of_feeds(told),
        "links": lambda told, _: of_links(told),
        "risk-groups": lambda told, _: of_groups(told),
        "disability-coverage": lambda told, _: of_cards(told),
        **dict.fromkeys(KEYS, lambda told, _: by_key(told)),
    }
    return own.get(table.name, _plain)(table, ways)


def _cell(table: Table, row: Row, column: str) -> str:
    return table.shown(row, column)


def _of(table: Table, what: str) -> str:
    return f"{what}。统计日 {table.day}。"
