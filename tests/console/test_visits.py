"""The visit's form over a registry alone: filled in as far as is known, put right when sent back, one of two people."""

import re
from collections.abc import Iterator

import pytest

from tests.console.browser import Browser, Page
from tests.console.lone import Lone, pages_over
from tests.registry.case_sheets import ACCEPTED, CANDIDATES, name_areas, open_cases
from tests.registry.conftest import house
from tests.registry.house import TOWN, House

__all__ = ("house",)  # a fixture of the registry's tests


@pytest.fixture
def lone(house: House) -> Iterator[Lone]:
    name_areas(house)
    open_cases(house, 2)  # the first is wrong support of one of two people, the second somebody who may be missed
    with pages_over(house) as pages:
        yield pages


def visit_of(browser: Browser, at: int) -> Page:
    """The form of one of the two, taken over."""
    page = browser.open("/today?show=new")
    cases = re.findall(r'name="case" value="([^"]+)"', page.answer.text)
    who = {"responsible_unit": ACCEPTED["责任单位"], "responsible_person": ACCEPTED["责任人"]}
    browser.submit(page, "签收", case=[cases[at]], **who)
    return browser.follow(browser.open(f"/cases/{cases[at]}"), "填写核查结果")


def test_which_of_two_people_it_is_can_be_said(lone: Lone) -> None:
    browser, _ = lone.signed_in("worker", "township-worker", TOWN)
    visit = visit_of(browser, 0)
    assert dict(visit.form("提交").fields)["visited_by"] == ACCEPTED["责任人"]
    assert 'data-suggest="2021-07"' in visit.answer.text
    refused = browser.submit(visit, "提交", code="W1", stop_from="2021-07")
    assert refused.status == 422
    assert 'id="w-person_id"' in refused.answer.text
    done = browser.submit(refused, "提交", code="W1", stop_from="2021-07", person_id=CANDIDATES[1]["person_id"])
    assert "属实，停发" in done.text


def test_what_was_sent_back_is_put_right_and_not_told_anew(lone: Lone) -> None:
    browser, _ = lone.signed_in("worker", "township-worker", TOWN)
    done = browser.submit(visit_of(browser, 1), "提交", code="02", form="single", how="phone")
    leader, _ = lone.signed_in("leader", "township-leader", TOWN)
    leader.submit(leader.open(done.path), "退回补充", reason="没有入户，请补做")
    page = browser.follow(browser.open(done.path), "填写核查结果")
    assert "退回的原因：没有入户，请补做" in page.text
    stated = dict(page.form("提交").fields)
    assert (stated["code"], stated["form"], stated["how"]) == ("02", "single", "phone")
    assert "符合低保" in browser.submit(page, "提交", how="visit").text
