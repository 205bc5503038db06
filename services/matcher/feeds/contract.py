"""The contract of a feed, as an agency gets it: a JSON Schema of one row and a ready-made Excel template.

Both come from the map alone. The schema describes rows under the preferred headers (NDJSON, or a row of a sheet);
the other headers a column may come under stand beside it.
"""

import io
from typing import Any

from kit.sheets_out import Column as SheetColumn
from kit.sheets_out import Sheet, write_sheets
from matcher.feeds.feed import Column, Feed, feed_ids, load_feed
from matcher.feeds.headers import of_anybody, repeated_headers
from matcher.feeds.values import ALLOWED

_PATTERNS = {
    "id_number": r"^(\d{17}[\dXx]|\d{15}|\d{17}[\dXx][1-7][1-4][0-9A-Za-z]{0,2})$",
    "card": r"^\d{17}[\dXx][1-7][1-4][0-9A-Za-z]{0,2}$",
    "area": r"^\d{6,15}$",
    "money": r"^-?\d+(\.\d+)?$",
}
_FORMATS = {
    "id_number": "18 位公民身份号码，文本格式",
    "card": "20 至 22 位残疾人证号，文本格式",
    "date": "日期，例如 2021-06-01",
    "birth_date": "日期，例如 1990-01-31 或 19900131",
    "money": "金额，单位元",
    "phone": "手机或固定电话",
    "area": "12 位统计用区划代码",
    "household": "户编号，同户相同，文本格式",
    "period": "年月，例如 202106",
    "codes": "可填多项，用、分隔",
    "yes-no": "是或否",
}
WIDTHS = {"id_number": 22, "card": 26, "text": 14, "name": 12, "sex": 6, "household": 18, "area": 16}


def schema_of(feed: Feed) -> dict[str, Any]:
    """JSON Schema (2020-12) of one row of `feed`; all values are text, a number would lose digits."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:doudi:feed:{feed.id}:v{feed.version}",
        "title": feed.title,
        "description": f"{feed.agency_zh}：{feed.purpose}",
        "type": "object",
        "properties": {column.title: _property(column) for column in feed.columns},
        "required": [column.title for column in feed.columns if column.required],
        "allOf": [{"anyOf": [{"required": [feed.column(name).title]} for name in group]} for group in feed.any_of],
        "additionalProperties": True,
        "x-doudi": {
            "feed": feed.id,
            "version": feed.version,
            "agency": feed.agency,
            "load": feed.load,
            "freshness_days": feed.freshness_days,
            "legal_basis": feed.legal_basis,
            "purpose": feed.purpose,
            "facts": [rule.kind for rule in feed.facts],
            "not_kept": "未列出的列不保存",
        },
    }


def _property(column: Column) -> dict[str, Any]:
    about: dict[str, Any] = {"type": ["string", "null"]}
    if allowed := allowed_words(column):
        about["examples"] = list(allowed)
        about["x-doudi-values"] = {code: list(words) for code, words in column.values.items()} or None
    if column.kind in _PATTERNS:
        about["x-doudi-pattern"] = _PATTERNS[column.kind]  # a warning when missed, never a refusal of the row
    if column.kind in _FORMATS:
        about["description"] = _FORMATS[column.kind]
    about["x-doudi-column"] = column.name
    about["x-doudi-kind"] = column.kind
    about["x-doudi-headers"] = list(column.headers)
    return {name: value for name, value in about.items() if value is not None}


def allowed_words(column: Column) -> tuple[str, ...]:
    """The words an agency should use in a column of codes; none where any text may stand."""
    return ALLOWED.get(column.kind) or tuple(words[0] for words in column.values.values())


def template_xlsx(feed: Feed) -> bytes:
    """An empty sheet under the preferred headers, every column text, and a second sheet that explains each column."""
    columns = [SheetColumn(title, WIDTHS.get(column.kind, 14)) for title, column in _template_columns(feed)]
    required = {column.name for column in feed.columns if column.required}
    either = {name: group for group in feed.any_of for name in group}
    rows = [
        (
            column.title,
            "必填" if column.name in required else _either(feed, column, either),
            _FORMATS.get(column.kind, ""),
            "、".join(allowed_words(column)),
        )
        for column in feed.columns
    ]
    explained = [SheetColumn("列", 16), SheetColumn("要求", 30), SheetColumn("格式", 30), SheetColumn("取值", 60)]
    out = io.BytesIO()
    notes = (
        f"{feed.title}（{feed.id} v{feed.version}）",
        "所有单元格请保持“文本”格式：18 位号码存成数字会丢失末三位。",
    )
    write_sheets(out, [Sheet("数据", columns, ()), Sheet("填写说明", explained, rows, notes)])
    return out.getvalue()


def _template_columns(feed: Feed) -> list[tuple[str, Column]]:
    """Every column under its title; those of the people of a row once for each there is room for."""
    people = feed.people
    if people is None:
        return [(column.title, column) for column in feed.columns]
    once = [(column.title, column) for column in feed.columns if column.name not in people.columns]
    theirs = [feed.column(name) for name in people.columns]
    known = repeated_headers(feed)
    further = []
    for number in range(1, people.room):
        titles = [f"成员{number}{column.title.removeprefix('户主')}" for column in theirs]
        plain = all(known.get(of_anybody(title)) == column.name for title, column in zip(titles, theirs, strict=True))
        # A header that comes again is the next person's, where the map has no word for members.
        further += [(title if plain else column.title, column) for title, column in zip(titles, theirs, strict=True)]
    return [*once, *((column.title, column) for column in theirs), *further]


def _either(feed: Feed, column: Column, groups: dict[str, tuple[str, ...]]) -> str:
    others = [feed.column(name).title for name in groups.get(column.name, ()) if name != column.name]
    return f"与“{'、'.join(others)}”至少有一列" if others else "选填"


def feed_schemas() -> dict[str, dict[str, Any]]:
    """`<feed>.v<version>` → schema, of every shipped feed: what stands in contracts/feeds."""
    return {f"{feed.id}.v{feed.version}": schema_of(feed) for feed in map(load_feed, feed_ids())}
