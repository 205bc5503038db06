"""Whether a map makes sense beyond its types: no word means two things, and facts are what screens take them for."""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from kit.problems import FieldIssue
from kit.tables_in import plain_header
from matcher.feeds.fact_kinds import DATES, NUMBERS, READ_BY_SCREENS
from matcher.feeds.feed import CODED, Column, FactRule
from matcher.feeds.references import SENT, SOURCES

# What linkage reads of everybody means the same in every feed.
OF_IDENTITY: Mapping[str, tuple[str, ...]] = {
    "name": ("name",),
    "id_number": ("id_number", "card"),
    "sex": ("sex",),
    "birth_date": ("birth_date",),
    "ethnic": ("text",),
    "division": ("area",),
    "address": ("text",),
    "phone": ("phone",),
    "household": ("household",),
}
RESERVED = frozenset({"id", "line", "sheet", "row", "part"})  # what the reader itself says of a row
Columns = Mapping[int, Column]


def sense(whole: Mapping[str, Any], columns: Columns, rules: Mapping[int, FactRule]) -> list[FieldIssue]:
    """All mistakes of that sort, of the columns and facts that are sound by themselves."""
    by_name = {column.name: column for column in columns.values()}
    found = [*_names(columns), *_headers(columns), *_whom(whole, by_name), *_places(whole, by_name)]
    for index, column in columns.items():
        found += _column(f"/columns/{index}", column)
    for index, rule in rules.items():
        found += _fact(f"/facts/{index}", rule, by_name)
    return found


def _names(columns: Columns) -> Iterator[FieldIssue]:
    for part, code in (("name", "named-twice"), ("title", "titled-twice")):
        seen: set[str] = set()
        for index, column in columns.items():
            word = getattr(column, part)
            if word in seen:
                yield FieldIssue(f"/columns/{index}/{part}", code, f"重复：{word} (a column is named twice: {word})")
            seen.add(word)


def _headers(columns: Columns) -> Iterator[FieldIssue]:
    owner: dict[str, str] = {}
    for index, column in columns.items():
        for header in column.headers:
            other = owner.setdefault(plain_header(header), column.name)
            if other != column.name:
                text = f"表头“{header}”同时属于 {other} (header {header} means two columns)"
                yield FieldIssue(f"/columns/{index}/headers", "header-ambiguous", text)


def _column(place: str, column: Column) -> Iterator[FieldIssue]:
    if column.name in RESERVED:
        yield FieldIssue(f"{place}/name", "name-reserved", "此名称保留给系统 (the reader itself uses this name)")
    if (kinds := OF_IDENTITY.get(column.name)) and column.kind not in kinds:
        yield FieldIssue(f"{place}/kind", "kind-unfit", f"此列只能是 {'、'.join(kinds)} (must be {' or '.join(kinds)})")
    if column.title not in column.headers:
        yield FieldIssue(
            f"{place}/title", "title-no-header", "模板用的列名须在 headers 里 (must be one of the headers)"
        )
    if column.kind in CODED and not column.values:
        yield FieldIssue(f"{place}/values", "values-missing", "代码列须列出取值 (a column of codes lists its words)")
    if column.kind not in CODED and column.values:
        yield FieldIssue(f"{place}/values", "values-unused", "只有代码列有取值 (only a column of codes has values)")
    if column.join and column.kind not in ("text", "codes"):
        yield FieldIssue(f"{place}/join", "join-unfit", "只有文字列或多值列可以合并 (only text or codes are joined)")
    if column.join and column.coalesce:
        yield FieldIssue(f"{place}/join", "join-unfit", "join 与 coalesce 只能选一 (either join or coalesce)")
    owner: dict[str, str] = {}
    for code, words in column.values.items():
        for word in words:
            other = owner.setdefault(unicodedata.normalize("NFKC", word).strip().upper(), code)
            if other != code:
                text = f"“{word}”同时表示 {other} 和 {code} (means both {other} and {code})"
                yield FieldIssue(f"{place}/values/{code}", "word-ambiguous", text)


def _whom(whole: Mapping[str, Any], by_name: Mapping[str, Column]) -> Iterator[FieldIssue]:
    """Whom the rows speak of, and how they say it."""
    numbers = whole.get("id_number_from")
    numbers = [name for name in numbers if isinstance(name, str)] if isinstance(numbers, list | tuple) else []
    for index, name in enumerate(numbers):
        if name in by_name and by_name[name].kind not in ("id_number", "card"):
            text = "须是身份证号或残疾人证号列 (must be an id_number or a card)"
            yield FieldIssue(f"/id_number_from/{index}", "kind-unfit", text)
    key = whole.get("row_key")
    if isinstance(key, str) and key in by_name and by_name[key].kind in ("id_number", "card", "name", "phone"):
        text = "行号不能是个人信息 (a row's key stands in reports: never a person's number, name or phone)"
        yield FieldIssue("/row_key", "row-key-personal", text)
    operation = whole.get("operation")
    if isinstance(operation, str) and operation in by_name and "removed" not in by_name[operation].values:
        text = "操作列须有代码 removed (the column of operations needs a code removed)"
        yield FieldIssue("/operation", "operation-unfit", text)
    if whole.get("about", "people") == "people" and by_name and "name" not in by_name and not numbers:
        text = "须有姓名列或证件号码列；不涉及个人的数据请写 about: nobody (needs a name or a number, or about: nobody)"
        yield FieldIssue("/id_number_from", "nobody-named", text)
    if whole.get("about") == "nobody":
        for part in ("id_number_from", "facts", "people"):
            if whole.get(part):
                yield FieldIssue(
                    f"/{part}", "about-nobody", "不涉及个人的数据源没有此项 (a feed about nobody has none)"
                )
    people = whole.get("people")
    repeated = people.get("columns") if isinstance(people, Mapping) else None
    if isinstance(repeated, list | tuple) and repeated and repeated[0] != "name":
        yield FieldIssue(
            "/people/columns/0", "name-first", "每人从姓名列开始 (each person begins with the column name)"
        )


def _places(whole: Mapping[str, Any], by_name: Mapping[str, Column]) -> Iterator[FieldIssue]:
    positions = whole.get("positions")
    for index, shape in enumerate(positions if isinstance(positions, list | tuple) else ()):
        if not isinstance(shape, Mapping):
            continue
        letters = [str(letter) for letter in shape.values()]
        if len(set(letters)) < len(letters):
            yield FieldIssue(f"/positions/{index}", "place-twice", "两列指同一处 (two columns stand in one place)")
        if not any(by_name[name].kind in ("id_number", "card") for name in shape if name in by_name):
            text = "须指明号码列，才能找到表从哪里开始 (must place the number: it shows where the list begins)"
            yield FieldIssue(f"/positions/{index}", "place-of-number", text)


def _fact(place: str, rule: FactRule, by_name: Mapping[str, Column]) -> Iterator[FieldIssue]:
    known = READ_BY_SCREENS.get(rule.kind)
    for part in SOURCES:
        source = getattr(rule, part)
        column = by_name.get((source or "").removesuffix(SENT))
        if source is None or column is None:
            continue
        fits = _fits(part, source, column, known.parts.get(part) if known else None)
        if not fits:
            text = f"{column.kind} 列不能作 {part} (a column of {column.kind} cannot be the {part} of {rule.kind})"
            yield FieldIssue(f"{place}/{part}", "kind-unfit", text)
        told = rule.only.get(column.name) or column.values  # where a rule speaks of some codes only, of those
        if part == "code" and known and known.codes and (odd := sorted(set(told) - set(known.codes))):
            read = "、".join(known.codes)
            text = f"筛查只认识 {read}，不认识 {'、'.join(odd)} (screens read {read} only)"
            yield FieldIssue(f"{place}/code", "code-unread", text)
    if rule.constant is not None:
        yield from _constant(place, rule, known.codes if known else ())
    sources = {source.removesuffix(SENT) for part in SOURCES if (source := getattr(rule, part)) is not None}
    if len([name for name in sources if name in by_name and by_name[name].kind == "codes"]) > 1:
        text = "一条事实只能取自一个多值列 (several values may come from one column only)"
        yield FieldIssue(place, "codes-twice", text)
    for name, codes in rule.only.items():
        if name in by_name and (odd := sorted(set(codes) - set(by_name[name].values))):
            yield FieldIssue(f"{place}/only/{name}", "code-unknown", f"没有代码 {'、'.join(odd)} (no such codes)")
    if rule.household and "household" not in by_name:
        yield FieldIssue(f"{place}/household", "column-unknown", "没有 household 列 (there is no column household)")


def _constant(place: str, rule: FactRule, read: tuple[str, ...]) -> Iterator[FieldIssue]:
    if rule.code is not None:
        text = "code 与 constant 只能选一 (either code or constant)"
        yield FieldIssue(f"{place}/constant", "code-twice", text)
    if read and rule.constant not in read:
        text = f"筛查只认识 {'、'.join(read)}，不认识 {rule.constant} (screens read {'、'.join(read)} only)"
        yield FieldIssue(f"{place}/constant", "code-unread", text)


def _fits(part: str, source: str, column: Column, wanted: tuple[str, ...] | None) -> bool:
    """Whether a column's values are of the sort a part of a fact holds."""
    sent = source.endswith(SENT)
    if part in ("valid_from", "valid_to"):
        return column.kind in DATES and not sent
    if part in ("number", "count"):
        digits = column.kind not in CODED or all(code.isdigit() for code in column.values)
        return column.kind in (wanted or NUMBERS) and digits and not sent
    return wanted is None or (column.kind in wanted and not sent)
