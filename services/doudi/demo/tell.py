"""What the demo prints: lists and figures as tables, checks as lines that hold or fail."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from doudi.agency import Agency
from doudi.evaluation import ListScore, TrialScore
from doudi.township_lists import Lists

LOG_WIDTH = 132  # a log has no edge; a table folded at 80 columns cannot be read
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Check:
    """One figure the demo answers for."""

    text: str
    holds: bool
    seen: str = ""


def console() -> Console:
    """As wide as the screen, or as a log needs it."""
    screen = Console()
    return screen if screen.is_terminal else Console(width=LOG_WIDTH)


def heading(chinese: str, english: str) -> None:
    """A new chapter."""
    console().rule(f"[bold]{chinese} · {english}")


def tell_checks(checks: Sequence[Check]) -> bool:
    """Print what holds and what fails; whether all hold."""
    for check in checks:
        seen = f"  ({check.seen})" if check.seen else ""
        print(f"  {'holds ' if check.holds else 'FAILS '} {check.text}{seen}")
    return all(check.holds for check in checks)


def tell_townships(lists: Lists, names: Mapping[str, str]) -> None:
    """Who was found, by township and reason."""
    screens = [screen for screen, _ in lists.by_screen().most_common()]
    table = Table(title="Who was found, by township and reason · 各乡镇发现的人")
    table.add_column("乡镇", no_wrap=True)
    table.add_column("人数", justify="right")
    for screen in screens:
        table.add_column(lists.titles[screen], justify="right", overflow="fold")
    for township in lists.townships:
        counts = lists.by_screen(township)
        people = sum(row["township"] == township for row in lists.rows)
        table.add_row(names.get(township, township), str(people), *(str(counts[screen]) for screen in screens))
    console().print(table)


def tell_score(score: TrialScore) -> None:
    """The figures beside the truth."""
    ours = score.uncovered
    print(f"Expected on the lists: {ours.expected} people at risk and not covered (the county's own truth).")
    print(f"  a join on the number alone: {_told(score.baseline)}")
    print(f"  Doudi:                      {_told(ours)}")
    print(
        f"Covered but dead: {score.dead.found} of {score.dead.expected} listed; "
        f"of those whose number is sound {score.dead_sound.found} of {score.dead_sound.expected}."
    )
    print(f"Listed twice: {score.listed_twice} of {score.people} people.")


def _told(score: ListScore) -> str:
    counts = (
        f"{score.found} found, {score.expected - score.found} missed, {score.entries - score.right} doors for nothing"
    )
    return f"{counts} (recall {score.recall:.4f}, precision {score.precision:.4f})"


def tell_answers(counted: Mapping[str, Counter[str]], titles: Mapping[str, str]) -> None:
    """What the townships found: `counted` by township, then by code."""
    total: Counter[str] = sum(counted.values(), Counter())
    table = Table(title="What the visits came to · 核查结果")
    table.add_column("代码")
    table.add_column("核查结果", no_wrap=True)
    for name in counted:
        table.add_column(name, justify="right")
    table.add_column("合计", justify="right")
    for code in sorted(total):
        counts = [str(counts[code] or "") for counts in counted.values()]
        table.add_row(code, titles.get(code, ""), *counts, str(total[code]))
    console().print(table)


@dataclass(frozen=True)
class Movement:
    """A township's list from one month to the next, in people."""

    name: str
    before: int
    covered: int  # an import shows the support
    stopped: int  # an import shows that the support ended
    answered: int  # settled by a human
    gone: int  # no longer at risk, dead, moved or no longer sent
    new: int
    after: int
    returned: int  # of those after: settled before, and open again


def tell_movements(movements: Sequence[Movement]) -> None:
    """The list before and after."""
    table = Table(title="The list before and after, in people · 清单前后对比（人）")
    columns = {
        "乡镇 township": "name", "6月清单 June": "before", "已纳入保障 now covered": "covered",
        "已停发 stopped": "stopped", "核查办结 answered": "answered", "撤回 withdrawn": "gone", "新增 new": "new",
        "7月清单 July": "after", "其中重新打开 re-opened": "returned",
    }  # fmt: skip
    for title in columns:
        table.add_column(title, justify="left" if title.startswith("乡镇") else "right")
    rows = [[getattr(one, field) for field in columns.values()] for one in movements]
    for row in rows:
        table.add_row(*map(str, row))
    sums = [sum(row[at] for row in rows) for at in range(1, len(columns))]
    table.add_section()
    table.add_row("合计 all", *map(str, sums))
    console().print(table)


def tell_statistic(client: Agency, path: str, columns: Sequence[str] = ()) -> Row:
    """Print a statistic of either service as its own titles name it; `columns` to show only some. The answer."""
    told: Row = client.call("GET", path).json()
    shown = [column for column in told["columns"] if not columns or column["name"] in columns]
    table = Table(title=f"{told['title']} · {told['name']}", caption=f"{told['as_of']}")
    for column in shown:
        table.add_column(column["title"], justify="left" if column["kind"] == "text" else "right")
    for row in told["rows"]:
        table.add_row(*(_cell(row.get(column["name"]), column["kind"]) for column in shown))
    if told["total"] is not None:
        table.add_section()
        cells = [_cell(told["total"].get(column["name"]), column["kind"]) for column in shown]
        table.add_row(cells[0] or "合计", *cells[1:])
    console().print(table)
    return told


def _cell(value: object, kind: str) -> str:
    if value is None:
        return ""
    if kind == "share":
        return f"{float(str(value)):.1%}"
    return f"{value:g}" if isinstance(value, float) else str(value)
