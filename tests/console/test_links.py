"""Why a row is taken for somebody, reached from a household by whoever may; others find no way there."""

import re

from tests.console.browser import Browser, Page
from tests.console.conftest import Desks
from tests.journeys.stage import COUNTY


def with_a_way(desks: Desks, browser: Browser) -> Page:
    """The first household of the county with a row that was linked to somebody registered."""
    staff = desks.stage.token("civil-affairs", "cases:read")
    cases = desks.stage.call("GET", "/registry/v1/cases?limit=200", staff).json()["cases"]
    pages = (browser.open(f"/cases/{case['case_id']}") for case in cases)
    return next(page for page in pages if "为什么认为是同一个人" in page.text)


def test_the_story_of_a_link_is_told_in_sentences_masked_and_the_picture_is_at_hand(desks: Desks) -> None:
    browser = desks.browser()
    desks.sign_in(browser, desks.account("l.officer", "county-officer", area=COUNTY, agency="civil-affairs"))
    case = with_a_way(desks, browser)
    page = browser.follow(case, "为什么认为是同一个人")
    assert page.status == 200, page.text
    for word in ("认定为同一人", "支持", "起点", "身份证号", "每 1 分"):
        assert word in page.text, word
    assert not re.search(r"(?<![\d*])\d{17}[\dXx](?![\d*])", page.answer.text)
    picture = browser.open(page.link("下载存档图"))
    assert picture.answer.headers["content-type"] == "image/svg+xml"
    assert picture.answer.content.startswith(b"<svg")
    assert browser.follow(page, "回到该户").path == case.path
    for address in ("/links", "/links?record=x:2&person=y", "/links?record=1&person="):
        gone = browser.open(address)
        assert (gone.status, "不再认作此人" in gone.text) == (404, True), address
    worker = desks.browser()
    desks.sign_in(worker, desks.account("l.worker", "township-worker", area=COUNTY))
    seen = worker.open(case.path)
    assert "依据：哪些部门" in seen.text
    assert "为什么认为是同一个人" not in seen.text
    assert worker.open(page.answer.url.raw_path.decode()).status == 403
