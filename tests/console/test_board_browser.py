"""The board in a real browser: one group at a time with and without a script, whole on paper, and how it looks (axe, a
telephone)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.console.agency_office import CARDS_FEED
from tests.console.test_browser import PHONE, WIDE, Desk, chromium, password, pytestmark
from tests.served import Served, served_county

__all__ = ["chromium", "password", "pytestmark"]  # skipped where there is no Chromium
PEOPLE, SEED = 400, 413


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_county(tmp_path_factory.mktemp("board"), PEOPLE, SEED, second_factor=False) as made:
        made.push("rural-monitoring", CARDS_FEED)
        yield made


@pytest.fixture
def desk(served: Served, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Desk]:
    context = chromium.new_context(viewport=request.param, locale="zh-CN")
    made = Desk(served, context)
    yield made
    context.close()
    assert not made.wrong


EVERY_GROUP = [f"g{number}" for number in range(1, 11)]


def shows(page: Page, *groups: str) -> None:
    """Of the groups' charts those of these alone come to be seen. Raises TimeoutError."""
    for one in EVERY_GROUP:
        page.locator(f"#{one} .panels").wait_for(state="visible" if one in groups else "hidden")


@pytest.mark.parametrize("script", [True, False])
def test_the_board_shows_one_group_at_a_time_and_prints_whole(
    served: Served, chromium: Browser, password: str, *, script: bool
) -> None:
    context = chromium.new_context(viewport=WIDE, locale="zh-CN", java_script_enabled=script)
    desk = Desk(served, context)
    page = desk.sign_in("kanban", password)
    shows(page)
    assert page.locator(".marks:visible").count() == len(EVERY_GROUP), "the figures of all, without their charts"
    page.click(".jump >> text=疑似漏保存量")
    shows(page, "g3")
    assert not page.locator(".heads").first.is_visible()
    page.wait_for_function("document.querySelector('.jump').getBoundingClientRect().y === 0")  # it stays in reach
    page.emulate_media(media="print")
    shows(page, *EVERY_GROUP)
    assert page.locator(".heads").first.is_visible()
    assert page.locator("#g3 .alternative table").is_visible(), "what is folded on the screen is not on paper"
    page.emulate_media(media="screen")
    page.click(".jump >> text=一页看全")
    shows(page, *EVERY_GROUP)
    page.click(".jump >> text=总览")
    shows(page)
    context.close()
    assert not desk.wrong


@pytest.mark.parametrize("desk", [WIDE, PHONE], indirect=True)
def test_the_boards_groups_are_found_by_whoever_does_not_see_them(desk: Desk, password: str) -> None:
    page = desk.sign_in("kanban", password)
    size = page.viewport_size or WIDE
    name = "board" if size == WIDE else "telephone-board"
    desk.judge(name)
    page.locator(".jump a >> text=核查及时").press("Enter")
    page.wait_for_selector(".jump [aria-current]:text-is('5 核查及时')")
    page.wait_for_function("document.activeElement.id === 'g5'")  # the keyboard and the reader go on from there
    desk.judge(f"{name}-group")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.select_option("select[name=calendar]", "business")
    page.click("text=查看 >> nth=0")
    page.wait_for_url("**calendar=business**")
    assert page.url.endswith("#g5"), "another month of the same group"
    shows(page, "g5")
