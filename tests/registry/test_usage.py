"""Records of use: which agency used what for which purpose, how often; what it supplied and what became of it."""

import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest

from tests.registry.house import COUNTY, OTHER_COUNTY, House, id_number, person_row, workbook

TODAY = datetime.now(UTC).date()
SPAN = {"from": str(TODAY - timedelta(days=1)), "to": str(TODAY + timedelta(days=1))}


def test_use_is_counted_by_agency_purpose_and_action(house: House) -> None:
    house.take(workbook([person_row(), person_row(身份证号="1", 姓名="马二")]))
    asked = {"id_number": id_number("19700102", 11)}
    for purpose in ("dynamic-monitoring", "dynamic-monitoring", "reveal"):
        house.call("POST", "/persons/lookup", "registry:read", json=asked, purpose=purpose)
    usage = house.call("GET", "/audit/usage", "audit:read", params=SPAN).json()
    looked = {one["purpose"]: one for one in usage["uses"] if one["action"] == "person.lookup"}
    assert {purpose: one["times"] for purpose, one in looked.items()} == {"dynamic-monitoring": 2, "reveal": 1}
    assert looked["reveal"]["did"] == "按身份证号查询个人"
    assert looked["reveal"]["purpose_zh"] == "入户核查，查看身份信息"
    (supply,) = usage["supplies"]
    assert (supply["agency"], supply["deliveries"], supply["rows"]) == ("civil-affairs", 1, 2)
    assert sum(supply["effect"].values()) == supply["rows"]
    assert "社会救助" in supply["legal_basis"]


def test_another_county_and_another_time_are_not_told(house: House) -> None:
    house.take(workbook([person_row()]))
    away = house.call("GET", "/audit/usage", "audit:read", params=SPAN, area=OTHER_COUNTY).json()
    assert (away["uses"], away["supplies"]) == ([], [])
    past = {"from": "2020-01-01", "to": "2020-12-31"}
    assert house.call("GET", "/audit/usage", "audit:read", params=past).json()["uses"] == []


@pytest.mark.parametrize(
    "span", [("2026-02-01", "2026-01-01"), ("2020-01-01", "2026-01-01"), ("1999-01-01", "1999-01-02")]
)
def test_a_period_the_wrong_way_or_too_long_is_refused(house: House, span: tuple[str, str]) -> None:
    answer = house.call("GET", "/audit/usage", "audit:read", params={"from": span[0], "to": span[1]})
    assert (answer.status_code, answer.json()["code"]) == (422, "period-wrong")


def test_the_workbook_holds_both_sheets_and_no_person(house: House) -> None:
    house.take(workbook([person_row()]))
    answer = house.call("GET", "/audit/usage.xlsx", "audit:read", params=SPAN, area=COUNTY)
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["使用记录", "数据来源与处置"]
    text = str([list(sheet.iter_rows(values_only=True)) for sheet in book])
    assert "第二十九条" in text
    assert "导入民政业务系统数据" in text
    assert "马有福" not in text
