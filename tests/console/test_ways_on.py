"""No page leads nowhere: every role begins where its work is, and every list and answer says what comes next."""

import io
import re
import uuid

import openpyxl
import pytest

from console.navigation import SECTIONS, home_of
from console.session import Signed
from registry.access.roles import ROLES
from tests.console.browser import Browser
from tests.console.conftest import Desks
from tests.console.test_township import put_lead
from tests.journeys.stage import COUNTY


def somebody(role: str) -> Signed:
    scopes = frozenset(ROLES[role].scopes)
    return Signed("token", "handle", 0, "x", "word", scopes, (), COUNTY, "civil-affairs", "operation")


@pytest.mark.parametrize("role", sorted(ROLES))
def test_every_role_has_a_page_to_begin_at(role: str) -> None:
    there = home_of(somebody(role))
    section = next(one for one in SECTIONS if one.path == there)
    assert somebody(role).may(*section.scopes)


@pytest.mark.parametrize("role", ["township-leader", "county-approver"])
def test_whoever_approves_begins_at_what_is_to_be_approved(role: str) -> None:
    assert home_of(somebody(role)) == "/approvals"


@pytest.fixture(scope="module")
def worker(desks: Desks) -> Browser:
    browser = desks.browser()
    desks.sign_in(browser, desks.account("ways.worker", "township-worker"))
    return browser


def test_a_household_is_taken_over_on_its_own_page(desks: Desks, worker: Browser) -> None:
    case = put_lead(desks)
    assert case in {there for there, _ in worker.open("/today?show=new").links}
    page = worker.open(case)
    assert "签收后才能填写核查结果" in page.text
    assert "填写核查结果" not in [text for _, text in page.links]
    done = worker.submit(page, "签收", responsible_unit="某镇人民政府", responsible_person="王干事")
    assert "签收 1 户" in done.text
    again = worker.follow(done, "打开这一户")
    assert again.path == case
    assert "签收后才能填写" not in again.text
    assert "填写核查结果" in [text for _, text in again.links]
    assert "某镇人民政府 王干事" in again.text


def test_an_empty_walk_says_whose_it_would_be(desks: Desks) -> None:
    browser = desks.browser()
    desks.sign_in(browser, desks.account("ways.walker", "township-worker"))
    page = browser.open("/walk")
    assert "没有由您签收、还要核查的户" in page.text
    assert {"/today?show=new", "/today?show=going"} <= {there for there, _ in page.links}


def test_a_sheet_with_mistakes_is_answered_by_cell_and_column_in_chinese(worker: Browser) -> None:
    book = openpyxl.load_workbook(io.BytesIO(worker.client.get("/sheets/list.xlsx").content))
    sheet = book.active
    assert sheet is not None
    head = next(row for row in sheet.iter_rows() if any(cell.value == "核查结果" for cell in row))
    at = {str(cell.value): cell.column for cell in head}
    sheet.cell(head[0].row + 1, at["核查结果"]).value = "99"
    out = io.BytesIO()
    book.save(out)
    page = worker.submit(worker.open("/sheets"), "送回并查看结果", files={"sheet": ("list.xlsx", out.getvalue())})
    assert "有错未收 1 条" in page.text
    assert "请在原表改好下面的格子" in page.text
    line = head[0].row + 1
    assert re.search(rf"{line} [A-Z]+{line} 核查结果 没有此核查结果", page.text), page.text
    assert re.search(rf"{line} [A-Z]+{line} 核查日期 此结果必须填写该项", page.text), page.text
    assert not re.search(r"[a-z]{3,} [a-z]{3,}", page.text), "nothing in English beside it"


def test_an_agency_is_called_by_its_name(desks: Desks) -> None:
    keeper = desks.browser()
    desks.sign_in(keeper, desks.account("ways.keeper", "security-administrator", area=COUNTY, agency="civil-affairs"))
    page = keeper.open("/accounts/new")
    assert "disabled-persons-federation" not in page.answer.text
    login = f"can{uuid.uuid4().hex[:8]}"
    typed = {"login": login, "name": "新人", "staff_number": login, "area": COUNTY}
    wrong = keeper.submit(page, "建立账号", **{**typed, "login": "1"}, agency="教育局", roles=["agency-sender"])
    assert wrong.status == 422
    assert "登录名以字母开头，3 至 64 位" in wrong.text
    assert "没有叫这个名称的部门" in wrong.text
    assert 'aria-describedby="w-agency"' in wrong.answer.text
    assert "^[" not in wrong.text, "no expression of programs"
    made = keeper.submit(page, "建立账号", **typed, agency="残联", roles=["agency-sender"])
    assert "只显示这一次" in made.text, made.text
    one = keeper.follow(made, "已交给本人")
    assert 'value="残联"' in one.answer.text
    changed = keeper.submit(one, "保存", agency="health")
    assert "已保存" in changed.text
    assert 'value="卫生健康局"' in changed.answer.text
    assert "部门：现为 卫生健康局" in keeper.submit(one, "保存", agency="残联").text


def test_no_letter_says_how_one_comes(desks: Desks) -> None:
    officer = desks.browser()
    desks.sign_in(officer, desks.account("ways.officer", "county-officer", area=COUNTY, agency="civil-affairs"))
    page = officer.open("/slips")
    assert "由上级查出后发函到所涉各县" in page.text
    assert "请系统管理员照本省模板" in officer.open("/province").text


def test_what_is_closed_says_what_was_found(desks: Desks, worker: Browser) -> None:
    case = put_lead(desks)
    worker.submit(worker.open(case), "签收", responsible_unit="某镇人民政府", responsible_person="王干事")
    worker.submit(worker.follow(worker.open(case), "填写核查结果"), "提交", code="08", note="家中有收入")
    found = desks.stage.call("GET", f"/registry/v1{case}", desks.stage.token("civil-affairs", "cases:read")).json()
    lead = {"lead_id": found["items"][0]["lead_id"], "lead_version": 2, "state": "withdrawn", "area": found["area"]}
    told = {**lead, "snapshot": {"name": "马有福"}, "tier": "必访", "screens": [], "reasons": []}
    matcher = desks.stage.token("doudi", "cases:lead")
    assert desks.stage.call("PUT", "/registry/v1/cases/by-lead", matcher, json={"leads": [told]}).is_success
    assert "线索已了结，核查结果：暂无困难" in worker.open("/cases?state=closed").text
    assert "线索已了结，现在没有要核查的" in worker.open(case).text
