"""quality.md: what came in, what was rejected and why, how it linked, what was found. Counts and lines, no names."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from doudi.main_job import FEEDS, Delivered, JobFailed
from doudi.township_lists import Lists

LINES_NAMED = 20
OUTCOMES = {
    "created": "新建",
    "updated": "更新",
    "unchanged": "无变化",
    "duplicate": "重复行",
    "accepted": "接收",
    "accepted_with_warnings": "接收（有提示）",
    "duplicate_in_batch": "批内重复",
    "rejected": "拒收",
}
SEVERITIES = {"error": "错误", "warning": "提示"}
NUMBERS = {"valid": "有效", "repairable": "整理后有效", "invalid": "错误", "missing": "缺失"}
GRADES = {
    "certain": "确定",
    "probable": "很可能",
    "possible": "存疑",
    "unregistered": "库中无此人",
    "in_review": "其中待复核",
}


@dataclass(frozen=True)
class Judged:
    """What was delivered, and what the county is told of each batch's links: feed → certificate."""

    delivered: Delivered
    certificates: Mapping[str, Mapping[str, Any]]


def _judged(delivered: Delivered) -> Judged:
    """Ask the matcher for the certificates, as the county: an agency is not told how its rows link."""
    asked = {feed: batch["batch_id"] for feed, batch in delivered.batches.items()}
    county = delivered.county
    told = {feed: county.call("GET", f"/matcher/v1/batches/{one}/certificate").json() for feed, one in asked.items()}
    return Judged(delivered, told)


def between(expected: Mapping[str, Any]) -> str:
    """An expected number and its interval."""
    return f"{expected['mean']:.1f}（{expected['low']}–{expected['high']}）"


def write_quality(path: Path, delivered: Delivered, lists: Lists, as_of: date | None) -> Judged:
    """Write the report in Chinese for the county's staff; gives what it was told of the links."""
    judged = _judged(delivered)
    parts = [
        "# 数据质量与比对报告",
        f"比对基准日：{as_of.isoformat() if as_of else '当日'}。",
        *_came_in(delivered),
        *_problems(delivered),
        *_linked(delivered),
        *_certified(judged),
        *_found(lists),
    ]
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return judged


def _table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    lines: list[Sequence[object]] = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _came_in(delivered: Delivered) -> Iterator[str]:
    yield "## 收到了什么"
    taken = delivered.registry_import
    sources = [(delivered.names[taken["import_id"]], taken["counts"], taken["progress"]["rows_total"])]
    for batch in delivered.batches.values():
        sources.append((delivered.names[batch["batch_id"]], batch["outcomes"], batch["progress"]["rows_total"]))
    rows: list[list[object]] = []
    for name, counts, total in sources:
        if sum(counts.values()) != total:
            raise JobFailed(f"{name}: {total} rows came in and {sum(counts.values())} were answered; report this")
        rows.append(
            [name, total, "；".join(f"{OUTCOMES.get(key, key)} {value}" for key, value in counts.items() if value)]
        )
    yield _table(["文件", "行数", "处理结果（合计等于行数）"], rows)


def _problems(delivered: Delivered) -> Iterator[str]:
    yield "## 行级问题"
    import_id = delivered.registry_import["import_id"]
    yield from _of_import(delivered, import_id)
    for feed, batch in delivered.batches.items():
        agency = delivered.agencies[FEEDS[feed][1]]
        told = agency.call("GET", f"/matcher/v1/batches/{batch['batch_id']}/quality").json()
        yield f"### {delivered.names[batch['batch_id']]}"
        yield _issues(told)
        yield _columns(told)


def _of_import(delivered: Delivered, import_id: str) -> Iterator[str]:
    found: dict[tuple[str, str], tuple[str, list[int]]] = {}
    for row in delivered.county.pages(f"/registry/v1/imports/{import_id}/rows", "rows", limit="500"):
        for issue in row["issues"]:
            # A text may name another line; what is counted together is the code, shown by its first text.
            _, lines = found.setdefault((row["outcome"], issue["code"]), (issue["message"], []))
            lines.append(row["line"])
    yield f"### {delivered.names[import_id]}"
    if not found:
        yield "没有发现问题。"
        return
    ordered = sorted(found.items(), key=lambda item: -len(item[1][1]))
    yield _table(
        ["结果", "问题（首例）", "代码", "行数", f"行号（至多 {LINES_NAMED} 个）"],
        [[OUTCOMES[outcome], text, code, len(at), _numbers(at, len(at))] for (outcome, code), (text, at) in ordered],
    )


def _issues(told: Mapping[str, Any]) -> str:
    """The mistakes in one delivery, as its agency is told of them."""
    if not told["issues"]:
        return "没有发现问题。"
    return _table(
        ["程度", "问题（首例）", "代码", "行数", "占比", f"行号（至多 {LINES_NAMED} 个）"],
        [
            [
                SEVERITIES[issue["severity"]],
                issue["message"],
                issue["code"],
                issue["rows"],
                _share(issue["share"]),
                _numbers(issue["lines"], issue["rows"]),
            ]
            for issue in told["issues"]
        ],
    )


def _columns(told: Mapping[str, Any]) -> str:
    """How full and how sound each column is, and the numbers the rows are known by."""
    rows: list[list[object]] = [
        [column["title"], _share(column["filled_share"]), _share(column["valid_share"])] for column in told["columns"]
    ]
    numbers = told["id_numbers"]
    if numbers is not None:
        text = "；".join(
            f"{title} {numbers[name]}（{_share(numbers[f'{name}_share'])}）" for name, title in NUMBERS.items()
        )
        rows.append(["**证件号码（每行一个）**", text, ""])
    return _table(["列", "填写率", "有效率（占已填）"], rows)


def _share(part: float | None) -> str:
    return "" if part is None else f"{part:.1%}"


def _numbers(lines: list[int], count: int) -> str:
    shown = lines[:LINES_NAMED]
    return "、".join(str(line) for line in shown) + ("…" if count > len(shown) else "")


def _linked(delivered: Delivered) -> Iterator[str]:
    yield "## 如何关联"
    rows: list[list[object]] = []
    for feed, batch in delivered.batches.items():
        grades = batch.get("linked") or {}
        text = "；".join(f"{GRADES.get(name, name)} {value}" for name, value in grades.items())
        rows.append([delivered.names[batch["batch_id"]], feed, text, batch.get("model_version") or ""])
    yield _table(["文件", "数据源", "关联结果（条）", "模型版本"], rows)
    yield "“待人工复核”的记录不会自动关联；在复核之前，其本人按库外人员列出并注明疑点。"


def _certified(judged: Judged) -> Iterator[str]:
    yield "## 关联有多可信"
    head = ["记录", "关联", "无候选", "误关联（90%区间）", "漏关联（90%区间）", "其中未见候选"]
    names = judged.delivered.names
    told = {names[one["batch_id"]]: one for one in judged.certificates.values()}
    yield _table(["文件", *head], [[name, *_figures(one["whole"])] for name, one in told.items()])
    for name, one in told.items():
        yield f"### {name}"
        rows = [[figure["dimension_title"], figure["title"], *_figures(figure)] for figure in one["groups"]]
        yield _table(["分组", "组", *head], rows)
    meaning = next(iter(told.values()))["meaning"] if told else []
    yield "\n".join(f"- {line}" for line in meaning)


def _figures(one: Mapping[str, Any]) -> list[object]:
    counts = [one[name] for name in ("records", "linked", "alone")]
    return [*counts, *(between(one[name]) for name in ("false", "missed", "unseen"))]


def _found(lists: Lists) -> Iterator[str]:
    yield "## 发现了谁"
    screens = [screen for screen, _ in lists.by_screen().most_common()]
    total = Counter(row["township"] for row in lists.rows)
    rows: list[list[object]] = []
    for township in lists.townships:
        counts = lists.by_screen(township)
        rows.append([township, total[township], *(counts[screen] for screen in screens)])
    yield _table(["乡镇", "人数", *(lists.titles[screen] for screen in screens)], rows)
