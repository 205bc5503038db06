"""Payout lists as a county keeps them."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.registry.house import COUNTY, VILLAGE, House, id_number, person_row
from tests.registry.house import workbook as people
from tests.workbooks import workbook as saved

HEADER = (
    "发放年月", "救助类别", "发放类型", "户号", "户主姓名", "户主身份证号", "区划代码", "开户姓名", "开户银行",
    "银行账号", "发放金额",
    "发放日期", "流水号", "回盘结果", "退回原因", "回盘日期",
)  # fmt: skip
FULL = {"identity": "full", "reason": "supervision"}
HEAD = person_row()
WIFE = person_row(
    姓名="马秀英", 身份证号=id_number("19720304", 22), 性别="女", 出生日期="19720304", 与户主关系="配偶",
)  # fmt: skip


def payout(**values: Any) -> dict[str, Any]:
    """One line of a payout list: the household of `person_row`, paid as it should be."""
    return {
        "发放年月": "202101", "救助类别": "农村低保", "户号": "JY0000001", "户主姓名": "马有福",
        "户主身份证号": id_number("19700102", 11), "区划代码": VILLAGE, "开户姓名": "马有福",
        "银行账号": "6229000000000001", "发放金额": 319, **values,
    }  # fmt: skip


def payouts(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The list as it comes: a title, a header, a line per payment, a total."""
    return saved([["某县低保金发放表"], list(HEADER), *([row.get(name) for name in HEADER] for row in rows), ["合计"]])


def registered(house: House) -> dict[str, str]:
    """The household of HEAD and WIFE: person and household ids."""
    house.take(people([HEAD, WIFE]))
    answer = house.call("POST", "/persons/lookup", "registry:read", json={"id_number": HEAD["身份证号"]})
    found = answer.json()
    return {"person_id": found["person_id"], "household_id": found["household_id"]}


def pay(house: House, content: bytes, area: str = COUNTY, **parameters: Any) -> dict[str, Any]:
    """Import a payout list; the answer, which must be a success and add up."""
    answer = house.call("POST", "/payments/imports", "payments:write", area=area, content=content, params=parameters)
    assert answer.status_code == 201, answer.text
    done: dict[str, Any] = answer.json()
    assert sum(done["counts"].values()) == done["rows_total"] == done["rows_done"]
    assert sum(done["fen"].values()) == done["fen_total"]
    return done


def listed(house: House, seen_from: str = COUNTY, **asked: Any) -> list[dict[str, Any]]:
    """Payments as they are told."""
    answer = house.call("GET", "/payments", "payments:read", area=seen_from, params={"limit": 1000, **asked})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["payments"]
    return found


def report(house: House, done: Mapping[str, Any], seen_from: str = COUNTY) -> dict[int, tuple[str, list[str]]]:
    """Line → outcome and codes of its issues."""
    path = f"/payments/imports/{done['import_id']}/rows"
    rows = house.call("GET", path, "payments:write", area=seen_from, params={"limit": 1000}).json()["rows"]
    return {row["line"]: (row["outcome"], [one["code"] for one in row["issues"]]) for row in rows}


def export(house: House, kind: str, **asked: Any) -> bytes:
    """The whole list, unmasked."""
    answer = house.call("GET", f"/payments/export.{kind}", "payments:read", purpose="reveal", params={**FULL, **asked})
    assert answer.status_code == 200, answer.text
    return answer.content
