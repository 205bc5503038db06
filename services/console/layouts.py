"""The layout of a feed as its sender reads it: columns, what may stand in them; and how a file's were understood."""

from collections.abc import Mapping, Sequence
from typing import Any

KINDS = {
    "text": "文字", "name": "姓名", "id_number": "身份证号，18 位，文本格式", "card": "残疾人证号，20 位，文本格式",
    "sex": "男、女", "birth_date": "日期，如 1956-03-08", "date": "日期，如 2021-06-01", "period": "年月，如 2021-06",
    "phone": "电话", "money": "金额，元", "area": "12 位区划代码", "household": "户编号", "code": "从下列词中选一个",
    "codes": "从下列词中选，可多个", "yes-no": "是、否", "disability-class": "残疾类别，如 视力、肢体、精神",
    "disability-grade": "残疾等级，如 一级、二级", "age": "周岁，整数",
}  # fmt: skip
MOST_HEADERS, MOST_WORDS = 6, 12


def columns_of(feed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """title, required, headers it may come under, kind in words, the words of its codes. `feed`: a FeedDetailOut."""
    agreed = {one["name"]: one for one in feed["content"]["columns"]}
    told = []
    for column in feed["columns"]:
        values = [words[0] for words in agreed[column["name"]]["values"].values() if words]
        headers = [one for one in column["headers"] if one != column["title"]]
        told.append(
            {
                "title": column["title"],
                "required": column["required"],
                "headers": headers[:MOST_HEADERS],
                "more_headers": headers[MOST_HEADERS:],
                "kind": KINDS.get(column["kind"], column["kind"]),
                "values": values[:MOST_WORDS] if column["kind"] in {"code", "codes"} else [],
                "more_values": values[MOST_WORDS:] if column["kind"] in {"code", "codes"} else [],
            }
        )
    return told


def groups_of(feed: Mapping[str, Any]) -> list[str]:
    """Of which columns one at least must be there, a group each."""
    titles = titles_of(feed)
    return [" 或 ".join(titles.get(name, name) for name in group) for group in feed["content"]["any_of"]]


def titles_of(feed: Mapping[str, Any]) -> dict[str, str]:
    """Our column → its title."""
    return {one["name"]: one["title"] for one in feed["columns"]}


def layout_of(trial: Mapping[str, Any]) -> dict[str, Any]:
    """A trial as a table: where each column stands, its header, what it was taken for, and what to look at."""
    rows = [
        {
            "place": f"{one['sheet']} {one['place']} 列" if one["sheet"] and len(trial["sheets"]) > 1
            else f"{one['place']} 列",
            "header": one["header"] or "（不便显示）",
            "title": one["title"],
            "filled": one["filled"],
            "notes": _notes(one),
        }
        for one in trial["columns"]
    ]  # fmt: skip
    missing = [
        " 或 ".join(f"{one['title']}（可写作：{'、'.join(one['headers'][:MOST_HEADERS])}）" for one in group)
        for group in trial["missing"]
    ]
    known = [row for row in rows if row["title"]]
    return {"rows": [*known, *(row for row in rows if not row["title"])], "missing": missing, "known": len(known)}


def _notes(column: Mapping[str, Any]) -> list[str]:
    said = []
    if column["title"] is None:
        alike: Sequence[Mapping[str, Any]] = column["proposals"]
        said.append(f"没有约定这一列，不读。像是“{alike[0]['title']}”？" if alike else "没有约定这一列，不读。")
    if column["unreadable"]:
        said.append(f"{column['unreadable']} 格读不懂。")
    words = [f"“{one['text']}”" for one in column["unknown_words"] if one["text"]]
    if words:
        said.append(f"没有约定的词：{'、'.join(words[:MOST_WORDS])}。")
    if column["title"] and column["unit"] not in (None, "元"):
        said.append(f"按{column['unit']}读。")
    return said
