"""The screens and their parameters by the pages: read, drafted, simulated, approved by somebody else, ended, restored;
and screens that would list too many, let go in waves."""

import re
from typing import Any

import pytest

from console.setting_words import text_of
from console.settings_form import Untold, typed_of, value_of
from tests.console.browser import Browser, Page
from tests.console.conftest import Desks
from tests.journeys.stage import COUNTY, DAY

NEW = "/screens/profiles/new?setting=illness_line_yuan&setting=card_statuses"
DOCUMENT = "县民发〔2021〕9号"


@pytest.fixture(scope="module")
def officer(desks: Desks) -> Browser:
    return signed(desks, "screens.officer", "county-officer")


@pytest.fixture(scope="module")
def approver(desks: Desks) -> Browser:
    return signed(desks, "screens.approver", "county-approver")


def signed(desks: Desks, login: str, *roles: str, area: str = COUNTY) -> Browser:
    browser = desks.browser()
    desks.sign_in(browser, desks.account(login, *roles, area=area, agency="civil-affairs"))
    return browser


def drafted(officer: Browser, purpose: str, line: str = "3000", there: str = NEW, **more: Any) -> Page:
    """A draft that lets more people on the list."""
    page = officer.open(there)
    typed = {
        "v.illness_line_yuan": line,
        **{name: DOCUMENT for name, _ in page.form("存为草案").fields if name[:2] == "b."},
    }
    done = officer.submit(page, "存为草案", purpose=purpose, **typed, **more)
    assert re.fullmatch(r"/screens/profiles/[0-9a-f-]{36}", done.path), done.text
    return done


def simulated(desks: Desks, officer: Browser, draft: Page) -> Page:
    asked = officer.submit(draft, "试算")
    assert "排队等待" in asked.text
    assert "<progress" in asked.answer.text
    assert 'data-reload="3"' in asked.answer.text
    desks.stage.work()
    return officer.open(draft.path)


def withdrawn(officer: Browser, draft: Page) -> None:
    assert "已撤回" in officer.submit(officer.open(draft.path), "撤回草案").text


def test_the_catalogue_tells_documents_parameters_and_numbers(officer: Browser) -> None:
    page = officer.open("/screens")
    assert "疑似漏保" in page.text
    assert "39 项" in page.text
    assert re.search(r"重病未保 .*?必访 \d+ 人", page.text)
    one = officer.follow(page, "重病未保")
    assert "怎样算" in one.text
    assert "泾民发〔2021〕32号" in one.text
    assert "10,000 元" in one.text
    assert "100 到 1,000,000 元" in one.text
    assert 'class="chart"' in one.answer.text
    case = re.search(r'href="(/cases/[0-9a-f-]{36})"', one.answer.text)
    assert case is not None
    assert officer.open(case[1]).status == 200
    assert officer.open("/screens/no-such-screen").status == 404


def test_without_the_matchers_figures_the_catalogue_says_so(
    desks: Desks, officer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.pages.screens.BY_SCREEN", "/matcher/v1/statistics/none")
    page = officer.open("/screens")
    assert "各项人数暂缺" in page.text
    assert "重病未保" in page.text
    desks.inside.away.add("matcher")
    try:
        assert "比对服务没有应答" in officer.open("/screens").text
    finally:
        desks.inside.away.clear()


def test_what_is_wrong_is_said_beside_each_field_and_nothing_is_lost(officer: Browser) -> None:
    page = officer.open(NEW)
    wrong = officer.submit(page, "存为草案", purpose="试一试", **{"v.illness_line_yuan": "5"})
    assert wrong.status == 422
    assert "100 到 1000000 之间" in wrong.text
    assert wrong.text.count("须写明此参数的文件依据") == 2
    assert 'value="试一试"' in wrong.answer.text
    assert 'value="5"' in wrong.answer.text
    letters = officer.submit(page, "存为草案", purpose="", **{"v.illness_line_yuan": "五千"})
    assert letters.status == 422
    assert "请填写数字" in letters.text
    assert "请写明为什么这样定" in letters.text
    none = officer.open("/screens/profiles/new")
    assert none.status == 422
    assert "请先勾选" in none.text


def test_a_draft_is_simulated_and_put_in_force_by_somebody_else(
    desks: Desks, officer: Browser, approver: Browser
) -> None:
    draft = drafted(officer, "自付线降到三千")
    assert "10,000 元 3,000 元" in draft.text
    assert not any("批准" in button for form in draft.forms for button in form.buttons)
    early = approver.submit(approver.open(draft.path), "批准")
    assert early.status == 409
    assert "批准前须先试算" in early.text
    assert "POST" not in early.text
    found = simulated(desks, officer, draft)
    told = re.search(r"清单上的人： ?(\d+) → (\d+) ?，新列入 (\d+) ?，不再列入 (\d+)", found.text)
    assert told is not None, found.text
    before, after, come, go = map(int, told.groups())
    assert after == before + come - go > before
    assert "重病未保" in found.text
    assert re.search(r"\S\*\S? .*新列入", found.text)  # the sample is masked
    done = approver.submit(approver.open(draft.path), "批准")
    assert "已批准" in done.text
    assert "现行" in done.text
    assert "3,000 元" in approver.open("/screens/uncovered-serious-illness").text
    again = officer.open("/screens/profiles/choose")
    assert "新档案会整个代替它" in again.text
    carried = officer.open("/screens/profiles/new?setting=monitored_states")
    assert {"illness_line_yuan", "card_statuses", "monitored_states"} == {
        value for name, value in carried.form("存为草案").fields if name == "chosen"
    }
    _ended_and_restored(approver, done)


def _ended_and_restored(approver: Browser, held: Page) -> None:
    late = approver.submit(held, "终止", last_day="2021-01-01", reason="另有规定")
    assert late.status == 422
    assert "最早为昨天" in late.text
    assert 'value="另有规定"' in late.answer.text
    gone = approver.submit(held, "终止", last_day="2021-06-01", reason="另有规定")
    assert "终止：另有规定" in gone.text
    assert "2021年6月1日 至 2021年6月1日" in gone.text
    back = approver.submit(gone, "恢复", purpose="恢复三千", valid_from="2021-06-02")
    assert back.path != gone.path
    assert "恢复三千 已批准" in back.text
    stopped = approver.submit(back, "终止", last_day="2021-06-01", reason="改回一万")
    assert "已撤回" in stopped.text  # it had not begun


def test_whoever_drafted_cannot_approve(desks: Desks, officer: Browser) -> None:
    both = desks.browser()
    desks.sign_in(
        both, desks.account("screens.both", "county-officer", "county-approver", area=COUNTY, agency="civil-affairs")
    )
    draft = drafted(both, "一个人拟、一个人批")
    simulated(desks, both, draft)
    refused = both.submit(both.open(draft.path), "批准")
    assert refused.status == 403
    assert "请由另一账户批准" in refused.text
    assert "草案" in refused.text
    withdrawn(officer, draft)


def test_two_who_change_one_draft_see_what_differs(officer: Browser) -> None:
    draft = drafted(officer, "两人同改")
    first, second = (officer.open(f"{draft.path}/change") for _ in range(2))
    assert officer.submit(first, "保存修改", **{"v.illness_line_yuan": "4000"}).path == draft.path
    page = officer.submit(second, "保存修改", purpose="我的说法", **{"v.illness_line_yuan": "6000"})
    assert page.status == 412
    assert "个人自付医疗费用线：现为 4,000 元" in page.text
    assert "说明：现为 两人同改" in page.text
    assert 'value="6000"' in page.answer.text
    done = officer.submit(page, "保存修改")
    assert "6,000 元" in done.text
    withdrawn(officer, draft)
    stale = officer.submit(draft, "撤回草案")
    assert stale.status in {409, 412}
    assert "已撤回" in stale.text


def test_other_desks_see_and_others_areas_do_not(desks: Desks, officer: Browser) -> None:
    draft = drafted(officer, "外县看不到")
    town = signed(desks, "screens.town", "township-worker", area=desks.town)
    page = town.open("/screens")
    assert "筛查规则" in page.text
    assert "另设选中的参数" not in town.open("/screens/uncovered-serious-illness").text
    assert town.open(draft.path).status == 404  # of the area above its own
    assert town.submit(officer.open(NEW), "存为草案").status == 403  # another session's form
    other = signed(desks, "screens.other", "county-officer", area="640498000000")
    assert other.open(draft.path).status == 404
    reader = signed(desks, "screens.reader", "dashboard-reader")
    assert reader.open("/screens").status == 403
    withdrawn(officer, draft)


def test_a_screen_that_lists_too_many_is_let_go_in_waves(desks: Desks, officer: Browser, approver: Browser) -> None:
    there = f"{NEW}&setting=hold_share&setting=hold_least&setting=monitored_states"
    typed = {"v.hold_share": "0.001", "v.hold_least": "1", "v.monitored_states": ["active", "removed"]}
    draft = drafted(officer, "从严试放", "1000", there, **typed)
    simulated(desks, officer, draft)
    assert "已批准" in approver.submit(approver.open(draft.path), "批准").text
    desks.stage.work()
    page = officer.open("/screens/holds")
    holds = re.findall(r'name="hold" value="([^"]+)"', page.answer.text)
    assert len(holds) > 1, page.text
    told = re.search(r"(\d+) 人 (\d+) 人（[\d.]+%） (\d+) 人 (\d+) 人 不限", page.text)
    assert told is not None, page.text
    people, found, listed, new = map(int, told.groups())
    assert new == found - listed > 0
    assert found <= people
    assert "请先勾选" in officer.submit(page, "确定", decision="waves", pace="3", reason="分批走访").text
    missing = officer.submit(page, "确定", hold=holds[:2], decision="waves", pace="", reason="分批走访")
    assert missing.status == 422
    assert "请填写每周几户" in missing.text
    assert ("reason", "分批走访") in missing.form("确定").fields
    assert [one for name, one in missing.form("确定").fields if name == "hold"] == holds[:2]
    assert officer.submit(page, "确定", hold=holds[:1], reason="分批走访").status == 422
    done = officer.submit(missing, "确定", pace="3")
    assert done.text.count("已放行 ，每周 3 户") == 2
    assert "分批走访" in done.text
    assert len(re.findall(r'type="checkbox" name="hold"', done.answer.text)) == len(holds) - 2
    changed = officer.submit(done, "改变", decision="refused", reason="先不列")
    assert "不列入" in changed.text
    assert "先不列" in changed.text
    looks = approver.open("/screens/holds")
    assert looks.status == 200
    assert not any("确定" in button for form in looks.forms for button in form.buttons)


SETTING = {"among": [], "may_be_open": False, "screens": ["a", "b"], "low": None, "high": None}
KINDS = (
    ("amount", 0.5), ("whole", 12), ("flag", True), ("day", str(DAY)), ("grades", {"5": [1, 2, 3], "7": [1]}),
    ("diseases", [{"name": "肺癌", "words": ["肺恶性肿瘤", "支气管肺癌"], "icd": ["C34"]}]), ("colours", {"红": 70}),
    ("per-screen", {"a": 10}), ("orders", {"death": ["health-deaths", "village-slip"]}), ("words", ["乙", "丙"]),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), KINDS)
def test_a_value_comes_back_from_its_fields_as_it_was(kind: str, value: object) -> None:
    setting = {**SETTING, "setting": "it", "kind": kind}
    assert value_of(setting, typed_of(setting, value)) == value


def test_one_that_may_be_left_open_is() -> None:
    setting = {**SETTING, "setting": "it", "kind": "whole", "may_be_open": True}
    assert value_of(setting, typed_of(setting, None)) is None
    with pytest.raises(Untold):
        value_of({**setting, "may_be_open": False}, {"v.it": [""]})
    with pytest.raises(Untold):
        value_of({**setting, "kind": "diseases"}, {"v.it": ["肺癌"]})


def test_of_a_kind_not_known_here_what_was_typed_goes_on_to_be_judged() -> None:
    setting = {**SETTING, "setting": "it", "kind": "something-new"}
    assert value_of(setting, typed_of(setting, "甲")) == "甲"
    assert text_of(setting, "甲") == "甲"
