"""A township's day without any script: take over, look, visit, report; and what a browser must not be able to do."""

import re
import uuid
from collections.abc import Callable

import httpx
from fastapi.routing import APIRoute

from console.pages import discovered
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
    """One case taken over, and its page; where all are taken, a new one comes."""
    page = browser.open("/today?show=new")
    case = re.search(r'name="case" value="([^"]+)"', page.answer.text)
    if case is None:
        put_lead(desks)
        page = browser.open("/today?show=new")
        case = re.search(r'name="case" value="([^"]+)"', page.answer.text)
    assert case is not None, page.text
    done = browser.submit(page, "签收", case=[case[1]], responsible_unit="某镇人民政府", responsible_person="王干事")
    assert "签收 1 户" in done.text, done.text
    return browser.open(f"/cases/{case[1]}")


def put_lead(desks: Desks) -> str:
    """A household of one, new on the list; the address of its case."""
    lead = {
        "lead_id": str(uuid.uuid4()), "lead_version": 1, "state": "open", "area": f"{desks.town[:9]}201",
        "snapshot": {"name": "马有福", "phone": "13800000001", "address": "某村3组1号"}, "tier": "必访",
        "screens": ["uncovered-serious-illness"], "reasons": ["自付医疗费 32000 元，没有低保、特困。"],
    }  # fmt: skip
    matcher = desks.stage.token("doudi", "cases:lead")
    answer = desks.stage.call("PUT", "/registry/v1/cases/by-lead", matcher, json={"leads": [lead]})
    case_id = answer.json()["results"][0]["case_id"]
    assert case_id, answer.text
    return f"/cases/{case_id}"


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
    browser, page = at_work(desks, worker())
    case, item = f"/cases/{elsewhere['case_id']}", elsewhere["items"][0]
    word = dict(page.form("退出").fields)["word"]
    visit = f"{case}/visits/{item['item_id']}"
    for path in (case, visit, f"{case}/compared/{item['lead_id']}"):
        refused = browser.open(path)
        assert (refused.status, "没有找到" in refused.text) == (404, True), path
    told = {"word": word, "outcome_id": str(uuid.uuid4()), "code": "08", "visited_on": "2021-06-01", "how": "visit"}
    for path in (visit, f"{case}/reveal/{item['lead_id']}"):
        assert browser.client.post(path, data=told).status_code == 404, path
    assert not browser.open(f"/walk/{elsewhere['area']}").form("退出").fields[1:]  # nobody to visit there


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


def test_no_form_of_any_page_is_taken_from_another_site(desks: Desks, worker: Worker) -> None:
    browser, page = at_work(desks, worker())
    word = dict(page.form("退出").fields)["word"]
    routes = [route for router in discovered() for route in router.routes if isinstance(route, APIRoute)]
    posts = [route.path for route in routes if route.methods & {"POST", "PUT", "PATCH", "DELETE"}]
    assert len(posts) > 8
    for pattern in posts:
        path = re.sub(r"{[^}]*}", "x", pattern)
        for headers in ({"Origin": "https://elsewhere.test"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = browser.client.post(path, data={"word": word}, headers=headers)
            assert answer.status_code == 403, path
            assert "没有受理" in answer.text, path


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
    assert "核查结果 09 不符合条件" in page.text  # under the titles it was typed below
    assert "不符合的原因 收入超标准" in page.text
    assert not re.search(r"<d[td]>[a-z_]+<", page.answer.text)
    done = browser.submit(page, "继续提交")
    assert done.path == case.path
    assert "不符合条件" in done.text


def test_a_session_the_registry_ended_keeps_the_form_too(desks: Desks, worker: Worker) -> None:
    browser, page = at_work(desks, worker())
    visit = browser.follow(taken(desks, browser), "填写核查结果")
    elsewhere = desks.browser()
    elsewhere.client.cookies = httpx.Cookies(browser.client.cookies)
    elsewhere.submit(page, "退出")  # on another machine
    late = browser.submit(visit, "提交", code="09", reason="income", note="儿子月入六千")
    assert late.status == 401
    assert "没有丢失" in late.text
    assert any(name == "draft" for name, _ in late.form("登录").fields)


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


PHOTO = b"\xff\xd8\xff\xe0 a photograph"


def test_photographs_go_with_the_visit_and_one_that_is_none_is_said(desks: Desks, worker: Worker) -> None:
    browser, _ = at_work(desks, worker())
    case = taken(desks, browser)
    visit = browser.follow(case, "填写核查结果")
    typed = {"code": "09", "reason": "income", "note": "儿子月入六千"}
    wrong = browser.submit(visit, "提交", files={"photo": ("a.exe", b"MZ", "image/jpeg")}, **typed)
    assert wrong.status == 422
    assert "“a.exe”没有收下：只收照片" in wrong.text
    assert "儿子月入六千" in wrong.text
    many = [("photo", (f"{number}.jpg", PHOTO, "image/jpeg")) for number in range(7)]
    assert "一次最多 6 张照片" in browser.submit(wrong, "提交", files=many, **typed).text
    done = browser.submit(wrong, "提交", files={"photo": ("门口.jpg", PHOTO, "image/jpeg")}, **typed)
    assert done.path == case.path
    staff = desks.stage.token("civil-affairs", "cases:read")
    kept = desks.stage.call("GET", f"/registry/v1{case.path}/evidence", staff).json()["evidence"]
    assert [(one["media_type"], one["about"]) for one in kept] == [("image/jpeg", "visit")]


def test_a_village_is_filled_in_at_its_doors_with_and_without_a_script(desks: Desks, worker: Worker) -> None:
    browser, _ = at_work(desks, worker())
    taken(desks, browser)
    village = browser.follow(browser.open("/walk"), "人")
    assert village.path.startswith("/walk/6404")
    form = village.form("送出")
    sent = {**dict(form.fields), "code": "09"}
    quiet = {"Accept": "application/json"}
    refused = browser.client.post(form.action, data=sent, headers=quiet)
    assert refused.status_code == 422
    assert refused.json()["wrong"] == {"reason": "此结果必须填写该项。"}
    moved = browser.client.post(form.action, data={**sent, "reason": "income", "version": "0"}, headers=quiet).json()
    assert (moved["taken"], moved["moved"], moved["state"]) == (False, True, "核查中")
    whole = {**sent, "reason": "income", "version": str(moved["version"])}
    for _ in range(2):  # the answer to the first one was lost on the way
        done = browser.client.post(form.action, data=whole, headers=quiet)
        assert (done.status_code, done.json()["taken"]) == (200, True)
    assert browser.client.post(form.action, data={**whole, "version": "x" * 50}, headers=quiet).status_code < 500


def test_a_list_is_narrowed_to_a_village_and_stays_so(desks: Desks, worker: Worker) -> None:
    browser, _ = at_work(desks, worker())
    row = browser.open("/cases?state=awaiting-acceptance")
    area = re.search(r'<option value="(\d{12})">', row.answer.text)
    assert area is not None
    narrowed = browser.open(f"/today?show=new&area={area[1]}")
    assert f"/today?show=soon&amp;area={area[1]}" in narrowed.answer.text
    assert f'<option value="{area[1]}" selected>' in narrowed.answer.text
    book = browser.client.get(f"/sheets/list.xlsx?area={area[1]}")
    assert book.content[:2] == b"PK"
    refused = browser.open("/sheets/list.xlsx?area=640101000000")
    assert (refused.status, "区划代码" in refused.text) == (400, True)


def test_agencies_rows_are_set_beside_each_other(desks: Desks, worker: Worker) -> None:
    browser, _ = at_work(desks, worker())
    cases = dict.fromkeys(re.findall(r'href="(/cases/[0-9a-f-]{36})"', browser.open("/cases").answer.text))
    shown = (browser.open(case) for case in cases)
    case = next(page for page in shown if "逐字对照" in page.text)
    page = browser.follow(case, "逐字对照")
    assert (page.status, "部门名单与登记逐字对照" in page.text) == (200, True)
    desks.inside.away.add("matcher")
    try:
        away = browser.open(page.path)
        assert (away.status, "比对服务没有应答" in away.text) == (200, True)
    finally:
        desks.inside.away.clear()


def test_each_title_of_the_day_says_how_much_lies_under_it(desks: Desks, worker: Worker) -> None:
    browser, page = at_work(desks, worker())
    taken(desks, browser)
    put_lead(desks)
    page = browser.open("/today")
    titles = re.findall(
        r'href="(/today\?show=\w+)"[^>]*>([^<]+) <span class="count[^"]*">([\d,]+)</span>', page.answer.text
    )
    assert [title for _, title, _ in titles] == [
        "已超期", "七日内到期", "待签收", "再访", "退回补充", "线索撤回", "有新情况", "核查中", "待审核", "办理中",
    ]  # fmt: skip
    for path, title, count in titles:
        listed = browser.open(path)
        rows = len(set(re.findall(r'href="(/cases/[0-9a-f-]{36})"', listed.answer.text)))
        assert rows == min(int(count.replace(",", "")), 50), title  # a page at most
    figures = {title: count for _, title, count in titles}
    assert figures["待签收"] != "0"
    assert figures["核查中"] != "0"


def test_above_the_county_the_titles_stand_alone_and_the_lists_as_ever(desks: Desks) -> None:
    login = desks.account("today.prefecture", "county-officer", area="640400000000", agency="civil-affairs")
    browser, _ = at_work(desks, login)
    page = browser.open("/today")
    assert "待签收" in page.text
    assert 'class="count' not in page.answer.text
