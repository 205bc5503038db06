"""Slips by the pages: the prefecture finds and decides, each county answers, everybody prints the letter."""

import io
from collections.abc import Iterator

import openpyxl
import pytest

from tests.console.browser import Browser, Page
from tests.console.lone import Lone, pages_over
from tests.registry.conftest import house
from tests.registry.house import COUNTY, OTHER_COUNTY, House
from tests.registry.test_slips import CITY, NUMBER, two

__all__ = ("house", "two")  # fixtures of the registry's tests


@pytest.fixture
def pages(two: House) -> Iterator[Lone]:
    with pages_over(two) as made:
        yield made


@pytest.fixture
def city(pages: Lone) -> Browser:
    return pages.signed_in("city.approver", "county-approver", CITY)[0]


@pytest.fixture
def ours(pages: Lone) -> Browser:
    return pages.signed_in("ours.officer", "county-officer", COUNTY)[0]


@pytest.fixture
def theirs(pages: Lone) -> Browser:
    return pages.signed_in("theirs.officer", "county-officer", OTHER_COUNTY)[0]


def first(browser: Browser, which: str = "all") -> Page:
    return browser.follow(browser.open(f"/slips?list={which}"), "协查〔")


def test_two_counties_answer_and_the_prefecture_follows(city: Browser, ours: Browser, theirs: Browser) -> None:
    assert "协查函" in city.open("/slips").text
    found = city.submit(city.open("/slips"), "查找跨县重复并发函")
    assert "查到跨县重复保障 1 人：新发协查函 1 份" in found.text
    assert "新发协查函 0 份，已发过 1 份" in city.submit(found, "查找跨县重复并发函").text
    waiting = ours.open("/slips")
    assert "请本县答复" in waiting.text
    slip = first(ours, "waiting")
    assert "他县 救助类别 农村低保 起保 2020年3月1日 答复 各县都答复后显示" in slip.text
    wrong = ours.submit(slip, "答复", code="verifying", note="")
    assert (wrong.status, "请在 note 中说明" in wrong.text) == (422, True)
    assert "本县继续保障" in ours.submit(slip, "答复", code="keeps", stop_from="2021-07").text
    assert ours.open("/slips").text.count("没有待本地答复的协查函") == 1
    stale = first(theirs)
    done = theirs.submit(stale, "答复", code="stops", stop_from="2021-07")
    assert "已办结" in done.text
    assert "由安宁县继续保障" in done.text
    assert "应停发的县还没有停发" in first(city, "settled").text
    late = theirs.client.post(
        stale.path + "/answer", data=dict(stale.form("答复").fields) | {"code": "keeps"}, follow_redirects=True
    )
    assert late.status_code == 412
    assert "您填写期间" in late.text
    board = city.open("/board/registry/slips").text
    assert "安宁县" in board
    assert "他县" in board


def test_a_dispute_is_decided_above_with_a_reason_both_read(city: Browser, ours: Browser, theirs: Browser) -> None:
    city.submit(city.open("/slips"), "查找跨县重复并发函")
    for browser in (ours, theirs):
        browser.submit(first(browser), "答复", code="keeps")
    assert "裁定" not in "".join(first(ours).form("答复").buttons)
    done = city.submit(first(city, "disputed"), "裁定", keeps=OTHER_COUNTY, reason="长期居住在他县")
    assert "经裁定办结，由他县继续保障" in done.text
    assert "长期居住在他县" in first(ours).text


def test_the_letter_says_of_the_other_county_no_more_than_the_page(city: Browser, ours: Browser) -> None:
    city.submit(city.open("/slips"), "查找跨县重复并发函")
    letter = ours.follow(first(ours), "打印协查函")
    assert "安宁县民政局：" in letter.text
    assert "他县 — — 农村低保 2020年3月1日" in letter.text
    assert "马有福" not in letter.text
    told = ours.submit(letter, "更新", reason="identity")
    assert f"安宁县 马有福 {NUMBER} 农村低保" in told.text
    assert "他县 — — 农村低保" in told.text
    there = city.open(letter.path, params={"to": "他县"}).text
    assert "他县民政局：" in there
    assert "他县 马*福" in there
    assert "安宁县 — — 农村低保" in there


def test_the_list_goes_out_as_a_workbook_and_only_the_county_has_the_page(
    pages: Lone, city: Browser, ours: Browser
) -> None:
    city.submit(city.open("/slips"), "查找跨县重复并发函")
    content = ours.client.get("/slips/list.xlsx?list=waiting").content
    rows = [row for row in openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].values if row[0]]
    assert sum(str(row[0]).startswith("协查〔") for row in rows) == 2
    worker = pages.signed_in("a.worker", "township-worker", "640499100000")[1]
    assert "/slips" not in [there for there, _ in worker.links]
    assert "/slips" in [there for there, _ in ours.open("/slips").links]
