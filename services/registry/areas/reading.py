"""A file of divisions (JSON or any table: CSV, XLSX …) → AreaIn, all or nothing."""

import orjson
from pydantic import ValidationError

from china.areas import pad
from kit.problems import FieldIssue
from kit.tables_in import TableUnreadable, read_table
from registry.areas.problems import AreaFileInvalid
from registry.areas.schemas import AreaIn, AreasIn

HEADERS = {
    "code": ("code", "区划代码", "代码"),
    "name": ("name", "名称", "区划名称"),
    "level": ("level",),
    "parent": ("parent", "上级代码"),
    "valid_from": ("valid_from", "启用日期"),
    "valid_to": ("valid_to", "停用日期"),
    "successors": ("successors", "后继代码"),
    "aliases": ("aliases", "别名"),
    "functional": ("functional", "功能区"),
}
MAX_ISSUES = 100
YES = frozenset({"是", "1", "true", "yes", "Y", "√"})


def read_areas(content: bytes, media_type: str) -> list[AreaIn]:
    """The divisions in `content`. Raises AreaFileInvalid naming the first faulty places."""
    if "json" in media_type and "ndjson" not in media_type:
        return _from_json(content)
    return _from_table(content)


def _from_json(content: bytes) -> list[AreaIn]:
    try:
        value = orjson.loads(content)
        return AreasIn.model_validate({"areas": value} if isinstance(value, list) else value).areas
    except orjson.JSONDecodeError:
        raise AreaFileInvalid(errors=[FieldIssue("/", "json", "not JSON")]) from None
    except ValidationError as error:
        raise AreaFileInvalid(errors=_issues(error, "")) from None


def _from_table(content: bytes) -> list[AreaIn]:
    try:
        table = read_table(content, [name for names in HEADERS.values() for name in names])
    except TableUnreadable as error:
        raise AreaFileInvalid(errors=[FieldIssue("/", error.code, error.zh)]) from None
    columns = {
        name: next((title for title in titles if title in table.headers), None) for name, titles in HEADERS.items()
    }
    if columns["code"] is None or columns["name"] is None:
        raise AreaFileInvalid(errors=[FieldIssue("/", "columns", "code, name")])
    areas: list[AreaIn] = []
    issues: list[FieldIssue] = []
    for row in table.frame.iter_rows(named=True):
        given = {name: row[title] for name, title in columns.items() if title and row[title] is not None}
        given["code"] = pad(given.get("code")) or given.get("code", "")
        if "parent" in given:
            given["parent"] = pad(given["parent"])
        if "successors" in given:
            given["successors"] = [pad(one) or one for one in given["successors"].replace("|", " ").split()]
        if "aliases" in given:
            given["aliases"] = [one.strip() for one in given["aliases"].split("|") if one.strip()]
        if "functional" in given:
            given["functional"] = given["functional"].strip() in YES
        try:
            areas.append(AreaIn.model_validate(given))
        except ValidationError as error:
            issues += _issues(error, f"/{row['line']}")
            if len(issues) >= MAX_ISSUES:
                break
    if issues:
        raise AreaFileInvalid(errors=issues)
    return areas


def _issues(error: ValidationError, place: str) -> list[FieldIssue]:
    return [
        FieldIssue(f"{place}/" + "/".join(str(part) for part in item["loc"]), item["type"], item["msg"])
        for item in error.errors(include_input=False, include_context=False, include_url=False)[:MAX_ISSUES]
    ]
