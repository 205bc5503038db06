"""The province's files by the pages: compared, tried, imported, taken there and read back."""

import io

import openpyxl
import pytest

from tests.console.browser import Browser
from tests.console.conftest import Desks
from tests.journeys.stage import COUNTY, XLSX
from tests.registry.house import id_number
from tests.registry.test_provincial import export, table, there

PATH = "/province/low-income-sample"


@pytest.fixture(scope="module")
def officer(desks: Desks) -> Browser:
    browser = desks.browser()
    desks.sign_in(browser, desks.account("province.officer", "county-officer", area=COUNTY, agency="civil-affairs"))
    return browser


def files(content: bytes, name: str = "export.xlsx") -> dict[str, tuple[str, bytes, str]]:
    return {"table": (name, content, XLSX)}


def stranger() -> bytes:
    return export(
        there(人员姓名="单独有", 申请人姓名="单独有", 公民身份号码=id_number("19480203", 77), 家庭编号="PX1",
              出生日期="1948-02-03", 行政区划代码=COUNTY)
    )  # fmt: skip


def test_an_export_is_compared_tried_and_imported(officer: Browser) -> None:
    page = officer.open("/province")
    assert "低收入人口信息平台（样例布局）" in page.text
    differs = officer.submit(page, "核对差异", files=files(stranger()), do="differ")
    assert "只在省平台 1 人" in differs.text
    book = officer.submit(page, "差异表（Excel）", files=files(stranger()), do="workbook")
    lines = [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(book.answer.content)).active]
    assert any(row[0] == "只在省平台" for row in lines)
    tried = officer.submit(page, "试读，不写入", files=files(stranger()), do="rehearse")
    assert "试读结果（未写入） 新增 1 行" in tried.text
    done = officer.submit(page, "导入", files=files(stranger()), do="import")
    assert "导入结果 新增 1 行" in done.text
    again = officer.submit(page, "导入", files=files(stranger()), do="import")
    assert "没有变化 1 行" in again.text
    faulty = export(there(人员姓名=None, 公民身份号码=None, 行政区划代码=COUNTY))
    wrong = officer.submit(page, "试读，不写入", files=files(faulty), do="rehearse")
    assert "有错未收 1 行" in wrong.text
    assert "补填姓名后重新导入" in wrong.text


def test_answers_are_told_line_by_line(officer: Browser) -> None:
    page = officer.open("/province")
    answers = table(("外部编号", "处理结果", "对象编码"), [{"外部编号": "nobody", "处理结果": "成功", "对象编码": "1"}])
    done = officer.submit(page, "读入回执", files=files(answers), do="answers")
    assert "有错未收 1 行" in done.text
    refused = officer.submit(page, "读入回执", files=files(stranger()), do="answers")
    assert refused.status == 422
    assert "处理结果" in refused.text


def test_the_sheet_is_taken_masked_or_with_a_reason(officer: Browser) -> None:
    masked = officer.client.get(f"{PATH}/entries.xlsx")
    assert masked.content[:2] == b"PK"
    page = officer.open("/province")
    silent = officer.submit(page, "下载未遮盖的录入表", reason="")
    assert silent.status == 422
    full = officer.submit(page, "下载未遮盖的录入表", reason="handover")
    assert full.answer.content[:2] == b"PK"
    assert officer.open("/province").status == 200  # the session goes on


def test_a_file_of_another_kind_is_told(officer: Browser) -> None:
    page = officer.open("/province")
    wrong = officer.submit(page, "核对差异", files={"table": ("a.pdf", b"%PDF", "application/pdf")}, do="differ")
    assert (wrong.status, "请选择省平台导出的表格" in wrong.text) == (422, True)
