"""Who is registered, as the county looks it up: no address tells a number, identities are masked but for a reason,
and every household is told on any day by what was known then."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from console.show import BEIJING
from tests.console.browser import Browser, Page
from tests.console.conftest import Desks
from tests.journeys.stage import COUNTY
from tests.registry.house import id_number

HEAD, WIFE, HIDDEN = id_number("19700102", 711), id_number("19720304", 742), id_number("19800506", 733)
Office = Callable[..., Browser]


@pytest.fixture(scope="module")
def home(desks: Desks) -> dict[str, str]:
    """A household of two, the head with 单人保 that was paused in March; beside them somebody protected."""
    made = {who: _person(desks, name, number) for who, name, number in PEOPLE}
    home = _put(desks, "/households", area=desks.town, kind="assistance", number="Q7001", valid_from="2019-01-01")
    made["home"] = home["household_id"]
    for who, relation in (("head", "户主"), ("wife", "配偶")):
        seen = _get(desks, f"/households/{made['home']}/history")["version"]
        member = {"person_id": made[who], "belongs": True, "is_head": who == "head", "relation": relation}
        _put(desks, f"/households/{made['home']}/members", seen=seen, on="2019-01-01", **member)
    held = _put(
        desks, "/coverage", person_id=made["head"], household_id=made["home"], programme="dibao-rural", form="single",
        start="2019-07-01", amount_fen=30000, household_size=2, covered_count=1,
    )  # fmt: skip
    made["coverage"] = held["coverage_id"]
    pause = {"on": "2021-03-01", "until": "2021-03-31", "reason": "away"}
    _put(desks, f"/coverage/{held['coverage_id']}/suspend", seen=held["version"], **pause)
    _put(desks, "/protections", person_id=made["hidden"], state="yes", kind="witness", reason="证人")
    return made


PEOPLE = (("head", "马有福", HEAD), ("wife", "李秀英", WIFE), ("hidden", "杨某某", HIDDEN))


def _staff(desks: Desks) -> dict[str, str]:
    return desks.stage.token("civil-affairs", "registry:read", "registry:write", "cases:write")


def _put(desks: Desks, path: str, *, seen: int | None = None, **body: Any) -> dict[str, Any]:
    headers = {} if seen is None else {"If-Match": f'"{seen}"'}
    answer = desks.stage.call("POST", f"/registry/v1{path}", _staff(desks), json=body, headers=headers)
    assert answer.is_success, answer.text
    told: dict[str, Any] = answer.json()
    return told


def _get(desks: Desks, path: str) -> dict[str, Any]:
    told: dict[str, Any] = desks.stage.call("GET", f"/registry/v1{path}", _staff(desks)).json()
    return told


def _person(desks: Desks, name: str, number: str) -> str:
    told = _put(desks, "/persons", name=name, id_number=number, division=desks.town, valid_from="2019-01-01")
    return str(told["person_id"])


@pytest.fixture(scope="module")
def office(desks: Desks) -> Browser:
    """The county officer's browser, signed in."""
    browser = desks.browser()
    desks.sign_in(browser, desks.account("people.officer", "county-officer", area=COUNTY, agency="civil-affairs"))
    return browser


def found(office: Browser, number: str) -> Page:
    return office.submit(office.open("/people"), "查询", id_number=number)


def test_a_number_leads_to_the_person_and_stands_in_no_address(office: Browser, home: dict[str, str]) -> None:
    page = found(office, HEAD)
    assert page.path == f"/people/{home['head']}"
    assert HEAD not in str(page.answer.url)
    assert "马*福" in page.text
    assert "马有福" not in page.text
    assert HEAD not in page.text
    assert "救助家庭 户编号 Q7001" in page.text
    assert "农村低保（单人），自 2019年7月1日" in page.text
    assert "李*英" in page.text
    assert "最低生活保障对象" in page.text


def test_the_periods_are_drawn_with_what_was_paused(office: Browser, home: dict[str, str]) -> None:
    page = office.open(f"/people/{home['head']}")
    drawn = page.answer.text.split('class="chart"')[1].split("</svg>\n")[0]
    assert "农村低保（单人）" in drawn
    assert 'class="part part-0"' in drawn
    assert 'class="part part-1"' in drawn
    record = office.follow(page, "何时登记")
    assert "2019年7月1日 至今" in record.text
    assert "现行" in record.text
    assert "外出未归" in record.text


def test_in_the_clear_only_for_a_reason_and_the_session_goes_on(office: Browser, home: dict[str, str]) -> None:
    page = office.open(f"/people/{home['head']}")
    without = office.submit(page, "查看明文", reason="")
    assert without.status == 422
    assert "请选择为什么" in without.text
    seen = office.submit(page, "查看明文", reason="complaint")
    assert seen.status == 200
    assert "马有福" in seen.text
    assert HEAD in seen.text
    assert "马有福" not in office.open(f"/people/{home['head']}").text


def test_why_a_household_was_not_on_the_list_given_what_was_known(office: Browser, home: dict[str, str]) -> None:
    path = f"/people/households/{home['home']}"
    march = office.open(f"{path}?as_of=2021-03-15")
    assert "停发（外出未归），停发期间不算在保" in march.text
    may = office.submit(march, "查看", as_of="2021-05-31")
    assert "当天在保，不列入漏保名单" in may.text
    assert "李*英是单人保家庭的成员，但只保马*福一人" in may.text
    today = datetime.now(BEIJING).date()  # they were planted on it, or before midnight on the day before
    before = office.submit(march, "查看", known=str(today - timedelta(days=2)), compared=str(today))
    assert "当时登记库里还没有这一户" in before.text
    assert "以后才登记的" in before.text
    assert "和 " in before.text
    assert before.text.index("才有") < before.text.index("停发期间不算在保")  # what was learnt since
    record = office.follow(march, "全部登记经过")
    assert "马*福" in record.text
    assert "2019年1月1日 至 今" in record.text


def test_a_day_that_is_none_is_said_to_be_none(office: Browser, home: dict[str, str]) -> None:
    page = office.open(f"/people/households/{home['home']}?as_of=2021-13-01")
    assert page.status == 400
    assert "日期应写成" in page.text
    for far in ("0001-01-01", "9999-12-31"):
        assert office.open(f"/people/{home['head']}?as_of={far}").status == 400


def test_nothing_typed_is_lost_where_nobody_is_found(office: Browser) -> None:
    nobody = found(office, id_number("19550505", 99))
    assert nobody.status == 404
    assert "没有查到" in nobody.text
    assert id_number("19550505", 99) in nobody.answer.text
    assert found(office, "").status == 422
    wrong = found(office, "12")
    assert wrong.status in {404, 422}
    assert "没有查到" in wrong.text


def test_a_protected_person_is_told_as_that_alone(office: Browser, home: dict[str, str]) -> None:
    page = found(office, HIDDEN)
    assert page.status == 200
    assert "（受保护）" in page.text
    assert "杨" not in page.text
    seen = office.submit(page, "查看明文", reason="identity")
    assert "杨某某" not in seen.text
    assert HIDDEN not in seen.text


def test_a_name_leads_to_those_who_bear_it_and_stands_in_no_address(
    desks: Desks, office: Browser, home: dict[str, str]
) -> None:
    page = office.submit(office.open("/people"), "按姓名查找", name="马有福")
    assert page.status == 200
    assert f'href="/people/{home["head"]}"' in page.answer.text
    assert "马*福" in page.text
    assert HEAD not in page.answer.text
    assert str(page.answer.url).endswith("/people/named")
    assert "没有查到这个姓名的人" in office.submit(page, "按姓名查找", name="马有").text
    elsewhere = office.submit(page, "按姓名查找", name="马有福", area=COUNTY)
    assert home["head"] in elsewhere.answer.text
    assert "请填写姓名" in office.submit(page, "按姓名查找", name="").text
    assert home["hidden"] not in office.submit(page, "按姓名查找", name="杨某某").answer.text
    other = desks.browser()
    login = desks.account("people.named", "county-officer", area="640498000000", agency="civil-affairs")
    desks.sign_in(other, login)
    assert "没有查到" in other.submit(other.open("/people"), "按姓名查找", name="马有福").text


def test_many_of_one_name_are_turned_over_by_form(desks: Desks, office: Browser) -> None:
    rows = 51
    made = {_person(desks, "丁十一", id_number("19600102", 3 + 2 * at)) for at in range(rows)}
    first = office.submit(office.open("/people"), "按姓名查找", name="丁十一")
    second = office.submit(first, "下一页")
    told = [set(re.findall(r'href="/people/([0-9a-f-]{36})"', one.answer.text)) for one in (first, second)]
    assert told[0] | told[1] == made
    assert not told[0] & told[1]
    assert "下一页" not in second.text


def test_households_are_found_by_division_page_by_page(desks: Desks, office: Browser, home: dict[str, str]) -> None:
    page = office.open(f"/people?area={desks.town}&kind=assistance")
    assert re.search(r"/people/households/[0-9a-f-]{36}", page.answer.text)
    more = office.follow(page, "下一页") if "下一页" in page.text else page
    assert more.status == 200
    assert office.open("/people?area=110000000000").status == 400
    assert office.open(f"/people/households/{home['head']}").status == 404


def test_a_township_without_the_scope_has_neither_entry_nor_answer(desks: Desks, home: dict[str, str]) -> None:
    browser = desks.browser()
    page = desks.sign_in(browser, desks.account("people.town", "township-worker"))
    assert "查人查户" not in page.text
    refused = browser.open(f"/people/{home['head']}")
    assert refused.status == 403
    assert "您的账号没有“查看登记库”的权限" in refused.text
    assert "registry:read" not in refused.text


def test_another_countys_officer_finds_nobody(desks: Desks, home: dict[str, str]) -> None:
    browser = desks.browser()
    login = desks.account("people.other", "county-officer", area="640498000000", agency="civil-affairs")
    desks.sign_in(browser, login)
    assert found(browser, HEAD).status == 404
    for path in (f"/people/{home['head']}", f"/people/households/{home['home']}", f"/people/{home['head']}/record"):
        assert browser.open(path).status == 404, path


def test_a_long_menu_is_in_groups_that_need_no_script(office: Browser) -> None:
    page = office.open("/people")
    groups = re.findall(r'<details class="group".*?</details>', page.answer.text, re.DOTALL)
    assert len(groups) == 2
    assert 'href="/people" aria-current="page"' in groups[0]
    assert "数据" in groups[0]
    assert "管理" in groups[1]
