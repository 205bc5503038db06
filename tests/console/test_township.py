"""A township's day without any script: take over, look, visit, report; and what a browser must not be able to do."""

import re
from collections.abc import Callable

import httpx

from kit.database import transaction
from registry.access import accounts
from registry.access.accounts import Appointment
from tests.console.browser import Browser, Page
from tests.console.conftest import Desks
from tests.registry.staff import PASSWORD

Worker = Callable[[], str]


def at_work(desks: Desks, login: str) -> tuple[Browser, Page]:
    browser = desks.browser()
    return browser, desks.sign_in(browser, login)


def taken(desks: Desks, browser: Browser) -> Page:
    """One case taken over, and its page."""
    page = browser.open("/today?show=new")
    case = re.search(r'name="case" value="([^"]+)"', page.answer.text)
    assert case is not None, page.text
    done = browser.submit(page, "签收", case=[case[1]], responsible_unit="某镇人民政府", responsible_person="王干事")
    assert "签收 1 户" in done.text, done.text
    return browser.open(f"/cases/{case[1]}")


def test_the_whole_way_from_the_list_to_the_answer(desks: Desks, worker: Worker) -> None:
    browser, page = at_work(desks, worker())
    assert page.path == "/today"
    assert "已超期" in page.text
    case = taken(desks, browser)
    assert "为什么在清单上" in case.text
    assert "王干事" in case.text
    visit = browser.follow(case, "填写核查结果")
    refused = browser.submit(visit, "提交", code="09", note="家中有轿车一辆")
    assert refused.status == 422
    assert "此结果必须填写该项" in refused.text
    assert "家中有轿车一辆" in refused.text  # nothing typed is lost
    assert "errors" not in refused.text
    done = browser.submit(refused, "提交", code="09", reason="property", note="家中有轿车一辆")
    assert done.path == case.path
    assert "不符合条件" in done.text


def test_an_identity_is_shown_on_demand_and_the_session_goes_on(desks: Desks, worker: Worker) -> None:
    browser, _ = at_work(desks, worker())
    case = taken(desks, browser)
    assert not re.search(r"\b64049\d{13}[\dX]?\b", case.text)
    seen = browser.submit(case, "因入户查看电话和住址")
    assert re.search(r"身份信息", seen.answer.text)
    assert re.search(r"\d{17}[\dXx]", seen.text)
    assert browser.open("/today").status == 200
    again = browser.submit(case, "因入户查看电话和住址")
    assert again.status == 200


def test_another_townships_address_is_not_found(desks: Desks, worker: Worker) -> None:
    towns = {row["area"] for row in _rows(desks)} - {desks.town}
    staff = desks.stage.token("civil-affairs", "cases:read")
    elsewhere = next(
        case
        for town in sorted(towns)
        for case in desks.stage.call("GET", f"/registry/v1/cases?area={town}", staff).json()["cases"]
    )
    browser, _ = at_work(desks, worker())
    page = browser.open(f"/cases/{elsewhere['case_id']}")
    assert page.status == 404
    assert "没有找到" in page.text


def _rows(desks: Desks) -> list[dict[str, str]]:
    staff = desks.stage.token("civil-affairs", "statistics:read")
    rows: list[dict[str, str]] = desks.stage.call("GET", "/registry/v1/statistics/ledger", staff).json()["rows"]
    return [row for row in rows if row["opened"]]


def test_with_the_matcher_away_the_ledger_still_works(desks: Desks, worker: Worker) -> None:
    browser, _ = at_work(desks, worker())
    case = taken(desks, browser)
    desks.inside.away.add("matcher")
    try:
        page = browser.open(case.path)
        assert page.status == 200
        assert "比对服务没有应答" in page.text
        done = browser.submit(browser.follow(page, "填写核查结果"), "提交", code="15", revisit_on="2021-06-20")
        assert done.status == 200
    finally:
        desks.inside.away.clear()


def test_with_the_registry_away_it_says_so(desks: Desks, worker: Worker) -> None:
    browser, _ = at_work(desks, worker())
    desks.inside.away.add("registry")
    try:
        page = browser.open("/today")
        assert page.status == 503
        assert "登记台账服务没有应答" in page.text
    finally:
        desks.inside.away.clear()


def test_a_form_of_another_site_or_without_our_word_is_refused(desks: Desks, worker: Worker) -> None:
    browser, _ = at_work(desks, worker())
    case = taken(desks, browser)
    visit = browser.follow(case, "填写核查结果")
    foreign = browser.client.post(
        visit.path, data={"code": "08", "word": "x"}, headers={"Origin": "https://elsewhere.test"}
    )
    assert foreign.status_code == 403
    framed = browser.client.post(visit.path, data={"code": "08"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert framed.status_code == 403
    wordless = browser.client.post(visit.path, data={"code": "08", "visited_on": "2021-06-01"})
    assert wordless.status_code == 403
    assert "不符合" not in browser.open(case.path).text


def test_a_session_that_ends_in_mid_form_loses_nothing(desks: Desks, worker: Worker) -> None:
    login = worker()
    browser, _ = at_work(desks, login)
    case = taken(desks, browser)
    visit = browser.follow(case, "填写核查结果")
    browser.client.cookies.clear()
    late = browser.submit(visit, "提交", code="09", reason="income", note="儿子在外打工，月入六千")
    assert late.status == 401
    assert "没有丢失" in late.text
    assert "月入六千" not in late.answer.text  # sealed on the way
    page = desks.second_step(browser, browser.submit(late, "登录", login=login, password=PASSWORD), login)
    assert "月入六千" in page.text
    done = browser.submit(page, "继续提交")
    assert done.path == case.path
    assert "不符合条件" in done.text


def test_two_who_report_on_one_household_at_a_time(desks: Desks, worker: Worker) -> None:
    browser, _ = at_work(desks, worker())
    case = taken(desks, browser)
    first, second = browser.follow(case, "填写核查结果"), browser.follow(case, "填写核查结果")
    browser.submit(first, "提交", code="15", revisit_on="2021-06-20")
    page = browser.submit(second, "提交", code="09", reason="income")
    assert page.status == 412
    assert "已被他人更改" in page.text
    assert "不符合条件" in browser.submit(page, "提交").text


def test_signed_out_is_out(desks: Desks, worker: Worker) -> None:
    browser, page = at_work(desks, worker())
    kept = httpx.Cookies(browser.client.cookies)
    assert browser.submit(page, "退出").path == "/sign-in"
    assert browser.open("/today").path == "/sign-in"
    browser.client.cookies = kept
    assert browser.open("/today").path == "/sign-in"


def test_a_wrong_password_and_a_place_outside_lead_nowhere(desks: Desks, worker: Worker) -> None:
    login, browser = worker(), desks.browser()
    page = browser.open("/sign-in?next=//elsewhere.test/x")
    refused = browser.submit(page, "登录", login=login, password="wrong")
    assert refused.status == 422
    assert "登录名、密码或验证码不对" in refused.text
    page = desks.second_step(browser, browser.submit(refused, "登录", login=login, password=PASSWORD), login)
    assert page.path == "/today"


def test_the_workbook_goes_out_and_comes_back(desks: Desks, worker: Worker) -> None:
    browser, _ = at_work(desks, worker())
    page = browser.open("/sheets")
    book = browser.client.get("/sheets/list.xlsx")
    assert book.status_code == 200
    assert book.content[:2] == b"PK"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    sent = {"sheet": ("list.xlsx", book.content, kind)}
    done = browser.submit(page, "送回并查看结果", files=sent, answer="page")
    assert "没有填结果" in done.text, done.text
    marked = browser.submit(page, "送回并查看结果", files=sent, answer="workbook")
    assert marked.answer.content[:2] == b"PK"
    wrong = browser.submit(
        page, "送回并查看结果", files={"sheet": ("a.pdf", b"%PDF", "application/pdf")}, answer="page"
    )
    assert wrong.status == 422
    assert "请选择填好的表格" in wrong.text


def test_whoever_comes_for_the_first_time_sets_a_password(desks: Desks) -> None:
    wanted = Appointment("w.first", "新来的人", "first", "township", desks.town, ["township-worker"])
    with transaction(desks.stage.registry_database) as session:
        secret = accounts.create(session, wanted, 1)[1]
    browser = desks.browser()
    page = browser.follow(browser.open("/sign-in"), "激活账号")
    weak = browser.submit(page, "设置密码", login="w.first", activation_secret=secret, password="short")
    assert weak.status == 422
    assert "字符" in weak.text
    done = browser.submit(weak, "设置密码", activation_secret=secret, password=PASSWORD)
    assert "请登录" in done.text
    signed = desks.second_step(browser, browser.submit(done, "登录", password=PASSWORD), "w.first")
    assert signed.path == "/today"


def test_every_page_keeps_a_browser_to_our_own_files(desks: Desks, worker: Worker) -> None:
    browser, page = at_work(desks, worker())
    case = taken(desks, browser)
    for one in (
        page,
        case,
        browser.open("/sheets"),
        browser.open("/walk"),
        browser.open("/cases"),
        browser.open("/no"),
    ):
        assert one.answer.headers["content-security-policy"].startswith("default-src 'self'")
        assert one.answer.headers["cache-control"] == "no-store"
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! src=\"/static/)", one.answer.text), one.path
        assert not re.search(r"(src|href)=\"(https?:)?//", one.answer.text), one.path
    cookie = browser.client.cookies.jar
    assert all(one.has_nonstandard_attr("HttpOnly") for one in cookie)
