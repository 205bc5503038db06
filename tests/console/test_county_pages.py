"""What a county keeps by the pages: standards, frozen ledgers, campaigns, doubts about money, accounts."""

import io
import re

import openpyxl
import pytest

from tests.console.browser import Browser, Page
from tests.console.conftest import Desks
from tests.journeys.stage import COUNTY, XLSX

RURAL = f"/standards/{COUNTY}/dibao-rural"


def signed(desks: Desks, login: str, *roles: str, area: str = COUNTY, agency: str = "civil-affairs") -> Browser:
    browser = desks.browser()
    desks.sign_in(browser, desks.account(login, *roles, area=area, agency=agency))
    return browser


@pytest.fixture(scope="module")
def officer(desks: Desks) -> Browser:
    return signed(desks, "county.officer", "county-officer")


@pytest.fixture(scope="module")
def approver(desks: Desks) -> Browser:
    return signed(desks, "county.approver", "county-approver")


@pytest.fixture(scope="module")
def keeper(desks: Desks) -> Browser:
    return signed(desks, "county.keeper", "security-administrator")


# Standards


def fixed(officer: Browser, kind: str, value: str, since: str, **more: str) -> Page:
    page = officer.open(f"/standards/{COUNTY}/{kind}")
    return officer.submit(page, "保存", value=value, valid_from=since, do="fix", **more)


def test_a_standard_is_judged_before_it_is_fixed_and_hints_do_not_forbid(officer: Browser) -> None:
    assert "已保存" in fixed(officer, "consumption-rural", "12000", "2020-01-01").text
    judged = officer.submit(officer.open(RURAL), "先看合不合规则", value="300", valid_from="2021-07-01", do="judge")
    assert "占比 30.00% 低于指导区间下限 35.00%" in judged.text
    assert "已保存" not in judged.text
    assert 'value="300"' in judged.answer.text
    assert "本地没有另定" in judged.text
    done = officer.submit(judged, "保存", do="fix", basis="县民发〔2021〕3号")
    assert "已保存" in done.text
    assert "2021年7月1日 至 今 300 元/月 县民发〔2021〕3号" in done.text
    table = officer.open("/standards?on=2021-07-02")
    assert "农村低保标准 300 元/月" in table.text
    assert "农村低保标准 — 没有登记" in officer.open("/standards?on=2021-06-30").text
    assert "25%" in table.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"value": "三百"}, "请填写大于零的数"),
        ({"value": "300.123"}, "最多两位小数"),
        ({"valid_from": ""}, "请填写执行日期"),
    ],
)
def test_what_is_wrong_with_a_standard_is_said_beside_it(officer: Browser, typed: dict[str, str], said: str) -> None:
    page = officer.open(RURAL)
    told = officer.submit(page, "保存", **{"value": "310", "valid_from": "2022-01-01", "do": "fix", **typed})
    assert told.status == 422
    assert said in told.text


def test_yearly_figures_begin_in_january(officer: Browser) -> None:
    told = fixed(officer, "income-rural", "11000", "2020-07-01")
    assert told.status == 422
    assert "年度数据自 1 月 1 日起" in told.text
    assert officer.open(f"/standards/{COUNTY}/none").status == 404


def test_two_who_fix_one_standard_see_what_came_between(officer: Browser) -> None:
    there = f"/standards/{COUNTY}/care-full"
    fixed(officer, "care-full", "200", "2021-01-01")
    first, second = officer.open(there), officer.open(there)
    assert "已保存" in officer.submit(first, "保存", value="210", valid_from="2021-03-01", do="fix").text
    page = officer.submit(second, "保存", value="220", valid_from="2021-04-01", do="fix")
    assert page.status == 412
    assert "2021年3月1日起 210 元/月" in page.text
    assert 'value="220"' in page.answer.text
    assert "已保存" in officer.submit(page, "保存", do="fix").text


def test_the_table_of_standards_goes_out_and_back_row_by_row(officer: Browser) -> None:
    fixed(officer, "care-none", "500", "2021-01-01")
    content = officer.client.get(f"/standards/table.xlsx?area={COUNTY}").content
    page = officer.open("/standards")
    same = officer.submit(page, "导入", files={"table": ("standards.xlsx", content, XLSX)})
    assert "写入 0 行" in same.text
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.active
    assert sheet is not None
    head = next(row for row in range(1, 9) if sheet.cell(row, 1).value == "区划代码")
    sheet.append([COUNTY, "care-partial", "", "多少", "", "2021-01-01"])
    sheet.append([COUNTY, "", "不存在的项目", "3", "", "2021-01-01"])
    last = sheet.max_row
    wrong = officer.submit(page, "导入", files={"table": ("standards.xlsx", saved(book), XLSX)})
    assert wrong.status == 422
    assert f"第 {last - 1} 行“数值”：读不出来。" in wrong.text
    assert f"第 {last} 行“项目代码”：读不出来。" in wrong.text
    sheet.delete_rows(last)
    sheet.cell(last - 1, 4).value = "350"
    done = officer.submit(page, "导入", files={"table": ("standards.xlsx", saved(book), XLSX)})
    assert "写入 1 行" in done.text
    assert head
    none = officer.submit(page, "导入", files={"table": ("a.pdf", b"%PDF", "application/pdf")})
    assert none.status == 422
    assert "请选择填好的表格" in none.text


def saved(book: openpyxl.Workbook) -> bytes:
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def test_standards_of_others_are_not_fixed(desks: Desks, approver: Browser) -> None:
    page = approver.open(RURAL)
    assert page.status == 200
    assert not any("保存" in button for form in page.forms for button in form.buttons)
    other = signed(desks, "county.other", "county-officer", area="640498000000")
    theirs = other.open(RURAL)  # standards are published
    assert theirs.status == 200
    assert not any("保存" in button for form in theirs.forms for button in form.buttons)
    word = next(value for name, value in theirs.forms[0].fields if name == "word")
    forced = {"word": word, "value": "1", "valid_from": "2022-01-01", "do": "fix", "mode": "change", "version": "1"}
    answer = other.client.post(RURAL, data=forced)
    assert answer.status_code in {403, 404}
    assert "已保存" not in answer.text


# The ledger at the end of a month


def frozen(officer: Browser, month: str = "2021-06") -> Page:
    made = officer.submit(officer.open("/snapshots"), "冻结", area=COUNTY, month=month)
    assert re.fullmatch(r"/snapshots/[0-9a-f-]{36}", made.path), made.text
    return made


def test_a_month_is_frozen_signed_by_another_reported_and_still_what_it_was(
    officer: Browser, approver: Browser
) -> None:
    assert "还没有冻结" in officer.open("/snapshots?month=2021-06").text
    made = frozen(officer)
    assert "待签发" in made.text
    assert re.search(r"开立 \d+ ＝ 办结 \d+ ＋ 在办 \d+", made.text)
    assert not any("签发" in button for form in made.forms for button in form.buttons)
    early = approver.open(made.path)
    assert not any("上报" in button for form in early.forms for button in form.buttons)
    signed_ = approver.submit(early, "签发")
    assert "已签发" in signed_.text
    verdict = officer.follow(signed_, "核对是否原样")
    assert "核对无误" in verdict.text
    text = officer.follow(signed_, "报告文字")
    assert "2021年6月低收入人口动态监测核查工作情况报告" in text.text
    assert officer.client.get(f"{made.path}/ledger.xlsx").content[:2] == b"PK"
    done = approver.submit(signed_, "记为已上报")
    assert "已上报" in done.text
    again = approver.submit(signed_, "记为已上报")
    assert again.status == 409
    assert "已上报" in again.text


def test_whoever_froze_it_cannot_sign(desks: Desks) -> None:
    both = signed(desks, "county.both", "county-officer", "county-approver")
    refused = both.submit(frozen(both), "签发")
    assert refused.status == 409
    assert re.search("另一|第二人|他人", refused.text.split("待签发")[1])
    assert "待签发" in refused.text
    late = both.submit(both.open("/snapshots"), "冻结", area=COUNTY, month="2030-01")
    assert late.status == 422
    assert "尚未开始" in late.text


def test_a_township_freezes_its_own_and_sees_no_other(desks: Desks, officer: Browser) -> None:
    whole = frozen(officer)
    town = signed(desks, "county.town", "township-worker", area=desks.town, agency="township")
    assert town.open(whole.path).status == 404
    own = town.submit(town.open("/snapshots"), "冻结", area=desks.town, month="2021-06")
    assert own.status == 200
    due = officer.open("/snapshots?month=2021-06")
    assert re.search(r"2021年7月5日 \d{12}-202106-\d", due.text)


# Campaigns

STAGES = {
    "s0.title": "集中摸排", "s0.first": "2021-04-01", "s0.last": "2021-05-31",
    "s1.title": "自查整改", "s1.first": "2021-05-15", "s1.last": "2021-09-30", "s1.target": "40",
}  # fmt: skip


def planned(approver: Browser, title: str, **more: str) -> Page:
    page = approver.open("/campaigns/new")
    return approver.submit(page, "部署", title=title, first="2021-04-01", last="2021-12-31", **{**STAGES, **more})


def test_a_campaign_is_planned_and_its_board_tells_who_is_where(approver: Browser, officer: Browser) -> None:
    board = planned(approver, "兜底保障排查", citation="县民发〔2021〕1号")
    assert "自查整改：2021年5月15日 至 2021年9月30日 正在进行 ，目标办结 40 件" in board.text
    assert board.answer.text.count('class="chart"') == 2
    assert re.search(r"合计 \d+ \d+ \d+ \d+ \d+", board.text)
    listed = officer.open("/campaigns")
    assert "兜底保障排查" in listed.text
    assert "自查整改" in listed.text
    seen = officer.open(board.path)
    assert "改部署" not in seen.text


def test_what_is_wrong_with_a_campaign_is_said_and_nothing_is_lost(approver: Browser) -> None:
    outside = planned(approver, "日期不对", **{"s1.last": "2022-05-01"})
    assert outside.status == 422
    assert "各阶段须在行动期内" in outside.text
    assert 'value="2022-05-01"' in outside.answer.text
    none = planned(approver, "没有阶段", **dict.fromkeys(STAGES, ""))
    assert none.status == 422
    assert "至少写一个阶段" in none.text
    words = planned(approver, "目标不是数", **{"s1.target": "四十"})
    assert "请填写整数" in words.text


def test_two_who_plan_one_campaign_see_what_differs(approver: Browser) -> None:
    board = planned(approver, "两人同改")
    first, second = (approver.open(f"{board.path}/change") for _ in range(2))
    assert approver.submit(first, "保存", **{"s1.target": "50", "title": "改过的名"}).path == board.path
    page = approver.submit(second, "保存", citation="某文")
    assert page.status == 412
    assert "名称：现为 改过的名" in page.text
    assert "第 2 阶段：现为 自查整改" in page.text
    assert "依据：现为 （空）" in page.text
    assert "两人同改" in approver.submit(page, "保存").text


# Doubts about money


@pytest.fixture(scope="module")
def shared(desks: Desks) -> str:
    """Two households paid into one account."""
    staff = desks.stage.token("civil-affairs", "payments:write", "registry:read")
    rows = openpyxl.load_workbook(desks.stage.data / "county" / "registry.xlsx").active
    assert rows is not None
    told = [[str(cell or "") for cell in row] for row in rows.iter_rows(values_only=True)]
    head = next(row for row in told if "户号" in row)
    heads = [dict(zip(head, row, strict=True)) for row in told[told.index(head) + 1 :] if "户主" in row][:2]
    lines = ["发放年月,户号,户主姓名,户主身份证号,开户姓名,银行账号,发放金额"] + [
        f"2021{month:02},{one['户号']},{one['户主姓名']},{one['身份证号']},{heads[0]['户主姓名']},{ACCOUNT},300"
        for one in heads
        for month in (3, 4)
    ]
    answer = desks.stage.call(
        "POST", "/registry/v1/payments/imports?programme=dibao-rural", staff, content="\n".join(lines).encode(),
        headers={"Content-Type": "text/csv"},
    )  # fmt: skip
    assert answer.json()["counts"] == {"accepted": 4}, answer.text
    return str(heads[1]["户号"])


ACCOUNT = "6229000000007777"


def test_a_shared_account_leads_to_who_is_paid_through_it(desks: Desks, officer: Browser, shared: str) -> None:
    page = officer.open("/payments/doubts?show=accounts")
    assert "2 人、2 户，4 笔共 1,200.00 元，2021-03 至 2021-04" in page.text
    assert ACCOUNT not in page.answer.text
    assert "7777" in page.text
    assert shared in page.text
    history = officer.follow(page, "账户变动")
    assert history.status == 200
    assert "2 笔" in history.text
    assert 'class="chart"' in history.answer.text
    assert history.text.count("农村低保，按月") == 2
    screens = officer.open("/payments/doubts")
    assert "同一账户多户领款" in screens.text
    assert "没有这一类疑点" in screens.text or "台账事项" in screens.text
    desks.inside.away.add("matcher")
    try:
        without = officer.open("/payments/doubts")
        assert "比对服务没有应答" in without.text
        assert shared in without.text
    finally:
        desks.inside.away.clear()


def test_a_township_has_no_entry_to_payments(desks: Desks) -> None:
    town = signed(desks, "county.village", "township-worker", area=desks.town, agency="township")
    assert "资金疑点" not in town.open("/today").text
    assert "共用的账户" not in town.open("/payments/doubts").text  # of its own leads it may know
    for path in ("/payments/doubts?show=accounts", "/payments/accounts?person_id=x"):
        assert town.open(path).status == 403, path


# Accounts

PERSON = {"login": "xin.ren", "name": "新人", "staff_number": "X001", "agency": "township"}


def test_an_account_is_made_and_its_secret_is_shown_once(desks: Desks, keeper: Browser) -> None:
    home = keeper.open("/")
    assert home.path == "/accounts"
    page = keeper.follow(home, "新建账号")
    wrong = keeper.submit(page, "建立账号", **{**PERSON, "login": "1"}, area=desks.town, roles=["township-worker"])
    assert wrong.status == 422
    assert 'value="新人"' in wrong.answer.text
    clash = keeper.submit(page, "建立账号", **PERSON, area=COUNTY, roles=["auditor", "county-officer"])
    assert "须单独授予一人" in clash.text
    made = keeper.submit(page, "建立账号", **PERSON, area=desks.town, roles=["township-worker"])
    secret = re.search(r"<code>([^<]+)</code>", made.answer.text)
    assert secret is not None, made.text
    assert "只显示这一次" in made.text
    one = keeper.follow(made, "已交给本人")
    assert "等待激活" in one.text
    assert secret[1] not in one.answer.text
    assert "xin.ren" in keeper.open("/accounts").text
    taken = keeper.submit(page, "建立账号", **PERSON, area=desks.town, roles=["township-worker"])
    assert taken.status == 409
    assert "一人一号" in taken.text


def test_an_account_is_changed_locked_out_and_let_in_again(desks: Desks, keeper: Browser) -> None:
    login = desks.account("county.locked", "township-worker")
    browser = desks.browser()
    assert desks.sign_in(browser, login).path == "/today"
    page = _account(keeper, login)
    changed = keeper.submit(page, "保存", name="改了名")
    assert "已保存" in changed.text
    stale = keeper.submit(page, "保存", name="又改名")
    assert stale.status == 412
    assert "姓名：现为 改了名" in stale.text
    gone = keeper.submit(changed, "停用")
    assert "已停用" in gone.text
    assert browser.open("/today").path == "/sign-in"
    assert "已解锁" in keeper.submit(gone, "解锁").text
    renewed = keeper.submit(gone, "重新签发激活码")
    assert "一次性激活码" in renewed.text
    assert "等待激活" in _account(keeper, login).text


def _account(keeper: Browser, login: str) -> Page:
    page = keeper.open("/accounts")
    while login not in page.text:
        page = keeper.follow(page, "下一页")
    return keeper.follow(page, login)


def test_nobody_changes_their_own_account_and_roles_are_told(keeper: Browser) -> None:
    own = _account(keeper, "county.keeper")
    refused = keeper.submit(own, "停用")
    assert refused.status in {403, 409}
    assert "不能更改自己的账号" in refused.text
    roles = keeper.open("/accounts/roles")
    assert "县级经办" in roles.text
    assert "办理台账事项" in roles.text
    assert not re.search(r"\b[a-z]+:[a-z]+\b", roles.text)  # every scope has a word
    programs = keeper.open("/accounts/programs")
    assert "导入发放名册、查看登记库" in programs.text


@pytest.mark.parametrize("path", ["/accounts", "/accounts/new", "/accounts/programs"])
def test_only_whoever_gives_rights_sees_accounts(officer: Browser, path: str) -> None:
    assert "账号" not in officer.open("/people").text.split("退出")[0]
    assert officer.open(path).status == 403


def test_pages_keep_to_our_own_files(officer: Browser, keeper: Browser) -> None:
    pages: list[tuple[Browser, str]] = [(officer, path) for path in OFFICE] + [(keeper, "/accounts")]
    for browser, path in pages:
        told = browser.open(path).answer
        assert told.status_code == 200, path
        assert len(told.content) < 500_000
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! src=\"/static/)", told.text), path


OFFICE = ("/people", "/screens", "/screens/profiles/choose", "/standards", RURAL, "/snapshots", "/campaigns",
          "/payments/doubts")  # fmt: skip
