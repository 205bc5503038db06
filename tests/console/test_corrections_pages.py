"""Requests to correct rows by the pages: answered singly and by the workbook, and decided where an agency insists."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.console.agency_office import PEOPLE, Office, cards, find_wrong, opened
from tests.console.browser import Browser, Page
from tests.journeys.stage import XLSX

ASKED = 4


@pytest.fixture(scope="module")
def office(databases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Four people of a delivery were visited, and are not who the rows say."""
    with opened(tmp_path_factory.mktemp("corrections")) as made:
        made.send("canlian", cards(PEOPLE[:8]))
        made.work()
        _visit(made)
        made.work()
        yield made


def _visit(office: Office) -> None:
    stage = office.desks.stage
    staff = stage.token("civil-affairs", "cases:read", "cases:write")
    find_wrong(lambda method, path, **more: stage.call(method, path, staff, **more), ASKED)


@pytest.fixture(scope="module")
def sender(office: Office) -> Browser:
    return office.at("canlian")


def requests(page: Page) -> list[str]:
    """The ids of the requests that can be answered on a page, in its order."""
    found = [form.action.split("/")[2] for form in page.forms if form.action.endswith(("/answer", "/decision"))]
    return list(dict.fromkeys(found))


def answer(browser: Browser, page: Page, which: str, **typed: str) -> Page:
    """Press the button of one request's form."""
    page.forms = [form for form in page.forms if f"/{which}/" in form.action]
    return browser.submit(page, "提交", **typed)


def test_what_is_asked_is_seen_where_the_agency_begins(office: Office, sender: Browser) -> None:
    page = sender.open("/deliver")
    assert f"有 {ASKED} 条更正要求待答复" in page.text
    page = sender.follow(page, "更正要求待答复")
    assert len(requests(page)) == ASKED
    assert "身份不符" in page.text
    assert "最迟 2021年6月15日" in page.text
    assert len(re.findall(r"一批 第 \d 行", page.text)) == ASKED
    assert not [name for name, _ in PEOPLE if name in page.text], "no name on the page"


def test_answers_that_lack_something_lose_nothing(office: Office, sender: Browser) -> None:
    page = sender.open("/corrections")
    which = requests(page)[0]
    none = answer(sender, page, which)
    assert none.status == 422
    assert "请选择核实结果" in none.text
    bare = answer(sender, none, which, answer="confirmed-right")
    assert bare.status == 422
    assert "要写明依据" in bare.text
    short = answer(sender, bare, which, answer="cannot-verify", reason="查")
    assert short.status == 422
    assert "2 至 300 字" in short.text
    assert ">查</textarea>" in short.answer.text


def test_an_answer_and_its_decision(office: Office, sender: Browser) -> None:
    page = sender.open("/corrections")
    first, second = requests(page)[:2]
    done = answer(sender, page, first, answer="corrected-at-source")
    assert "已记下答复" in done.text
    insists = answer(sender, sender.open("/corrections"), second, answer="confirmed-right", reason="证件原件已核对")
    assert "已记下答复" in insists.text
    overseer = office.at("fuze", "review-overseer", "civil-affairs")
    page = overseer.open("/corrections")
    assert requests(page) == [second]
    assert "证件原件已核对" in page.text
    bare = answer(overseer, page, second, decision="visit-right")
    assert bare.status == 422
    assert "请写明裁定的理由" in bare.text
    decided = answer(overseer, bare, second, decision="visit-right", reason="两次入户，本人出示的证件不同")
    assert "已记下裁定" in decided.text
    assert requests(decided) == []
    assert "以核查为准，请部门改正" in sender.open("/corrections?show=all").text


def test_the_workbook_goes_out_and_comes_back(office: Office, sender: Browser) -> None:
    page = sender.open("/corrections")
    book = load_workbook(io.BytesIO(sender.client.get(page.link("下载待答复的")).content))
    sheet = book.active
    assert sheet is not None
    head = next(row for row in sheet.iter_rows() if any(cell.value == "编号" for cell in row))
    columns = {str(cell.value): cell.column for cell in head}
    filled = [row for row in range(head[0].row + 1, sheet.max_row + 1) if sheet.cell(row, columns["编号"]).value]
    assert len(filled) >= 2
    sheet.cell(filled[0], columns["核实结果"]).value = "已在源系统改正"
    sheet.cell(filled[1], columns["核实结果"]).value = "核实无误"  # without a word why
    out = io.BytesIO()
    book.save(out)
    told = _sheet(sender, page, out.getvalue())
    assert "收到 1 条" in told.text
    assert "没有受理 1 条" in told.text
    assert f"第 {filled[1]} 行" in told.text
    assert "依据" in told.text
    again = _sheet(sender, page, out.getvalue())
    assert "收到 0 条，此前已答 1 条" in again.text


def _sheet(browser: Browser, page: Page, content: bytes, name: str = "更正.xlsx") -> Page:
    return browser.submit(page, "送回", files={"sheet": (name, content, XLSX)})


@pytest.mark.parametrize(
    ("content", "said"),
    [(cards(PEOPLE[:2]), "这不是更正要求表"), (b"%PDF-1.7", "不是表格"), (b"", "请选择填好的")],
)
def test_another_workbook_is_refused_in_words(office: Office, sender: Browser, content: bytes, said: str) -> None:
    page = _sheet(sender, sender.open("/corrections"), content)
    assert page.status == 422
    assert said in page.text
    assert "export.xlsx" not in page.text


def test_another_agency_sees_and_answers_none(office: Office, sender: Browser) -> None:
    which: Any = requests(sender.open("/corrections?show=open"))[0]
    health = office.at("weijian", agency="health")
    page = health.open("/corrections")
    assert "没有等待答复的更正要求" in page.text
    word = dict(page.form("送回").fields)["word"]
    data = {"word": word, "answer": "corrected-at-source"}
    assert health.client.post(f"/corrections/{which}/answer", data=data).status_code == 404
    assert which in requests(sender.open("/corrections?show=nonsense&feed=nothing"))
