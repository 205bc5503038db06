"""The list as a workbook through the pages: out, filled in with mistakes, back; each named at its cell, the rest taken
once, while the matcher is silent. Two hundred rows here, the goal's two thousand with --soak."""

import re

import pytest

from tests.console.lone import pages_over
from tests.registry.case_sheets import AS_COUNTY, XLSX, month_with_mistakes, name_areas, open_cases
from tests.registry.conftest import house
from tests.registry.house import OTHER_VILLAGE, TOWN, House

__all__ = ("house",)  # a fixture of the registry's tests
AT_A_CELL = re.compile(r"<tr><td>\d+</td><td>([A-Z]+\d+)</td><td>[^<]+</td><td>([^<]+)</td></tr>")
LARGEST = 500_000


def round_trip(house: House, size: int, mistakes: int) -> None:
    name_areas(house)
    open_cases(house, size)
    open_cases(house, 1, OTHER_VILLAGE, first=90_001)
    asked = {"area": OTHER_VILLAGE}
    other = house.call("GET", "/cases", *AS_COUNTY, params=asked).json()["cases"][0]
    foreign = {"事项编号": other["case_id"], "线索编号": "lead-90001", "对象编号": other["items"][0]["item_id"]}
    with pages_over(house) as lone:
        browser, _ = lone.signed_in("clerk", "township-worker", TOWN)
        page = browser.open("/sheets")
        book = browser.client.get("/sheets/list.xlsx").content
        planted = month_with_mistakes(book, foreign, mistakes)
        assert len(planted.expected) == mistakes
        sent = {"sheet": ("list.xlsx", planted.content, XLSX)}
        for taken, before in ((planted.stated - mistakes, 0), (0, planted.stated - mistakes)):
            done = browser.submit(page, "送回并查看结果", files=sent, answer="page")
            named = AT_A_CELL.findall(done.answer.text)
            assert {cell for cell, _ in named} == set(planted.expected)
            assert all(re.search(r"[\u4e00-\u9fff]", said) for _, said in named)
            assert f"收到 {taken} 条" in done.text
            assert f"有错未收 {mistakes} 条" in done.text
            assert (f"此前已收 {before} 条" in done.text) == bool(before)
            assert len(done.answer.content) < LARGEST
        marked = browser.submit(page, "送回并取回带批注的原表", files=sent, answer="workbook")
        assert marked.answer.headers["content-type"] == XLSX


def test_a_list_goes_out_and_comes_back_with_each_mistake_at_its_cell(house: House) -> None:
    round_trip(house, 200, 10)


@pytest.mark.soak
def test_two_thousand_rows_with_fifty_mistakes(house: House) -> None:
    round_trip(house, 2000, 50)
