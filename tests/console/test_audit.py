"""The auditor's page: alerts, records of use, proof of the journals, and the answer to a person who asks who looked."""

import io
import re
from typing import Any

import openpyxl
import pytest

from tests.console.browser import Browser
from tests.console.conftest import Desks
from tests.journeys.stage import COUNTY


def signed(desks: Desks, login: str, role: str, agency: str = "civil-affairs") -> Browser:
    browser = desks.browser()
    desks.sign_in(browser, desks.account(login, role, area=COUNTY, agency=agency))
    return browser


@pytest.fixture(scope="module")
def auditor(desks: Desks) -> Browser:
    return signed(desks, "county.auditor", "auditor")


def test_an_auditor_begins_at_what_there_is_to_audit(auditor: Browser) -> None:
    page = auditor.open("/")
    assert page.path == "/audit"
    assert "审计" in [text for _, text in page.links]
    for part in ("异常查看提醒", "数据使用记录", "日志是否完整", "谁查看过我的信息"):
        assert part in page.text


def test_use_is_told_in_words_and_goes_out_as_a_workbook(auditor: Browser) -> None:
    page = auditor.open("/audit")
    assert "低收入人口动态监测" in page.text
    assert not re.search(r"\b[a-z]+\.[a-z]+\b", page.text.replace("county.auditor", "")), "no action's code"
    for service in ("registry", "matcher"):
        there = next(one for one, _ in page.links if one.startswith(f"/audit/{service}/usage.xlsx"))
        book = openpyxl.load_workbook(io.BytesIO(auditor.client.get(there).content))
        assert book.sheetnames
    past = auditor.open("/audit?from=2001-01-01&to=2001-01-31")
    assert past.text.count("这段时间没有使用记录") == 2
    assert 'value="2001-01-31"' in past.answer.text


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("from=x&to=2021-01-01", 400, "日期应写成"),
        ("from=2021-02-01&to=2021-01-01", 400, "起始日期不能晚于"),
        ("from=2001-01-01&to=2021-01-01", 422, "一次最多"),
    ],
)
def test_days_that_are_none_are_said_and_the_rest_of_the_page_stands(
    auditor: Browser, asked: str, status: int, said: str
) -> None:
    page = auditor.open(f"/audit?{asked}")
    assert page.status == status
    assert said in page.text
    assert "谁查看过我的信息" in page.text


def test_the_journals_are_proven_on_demand_and_a_break_is_said(desks: Desks, auditor: Browser) -> None:
    page = auditor.open("/audit")
    assert "个签名检查点" not in page.text
    proven = auditor.submit(page, "逐条查验")
    assert proven.text.count("完整，共") == 2
    told = desks.stage.call("GET", "/registry/v1/audit/verify", desks.stage.token("civil-affairs", "audit:read")).json()
    assert f"{told['checkpoints']} 个签名检查点" in proven.text


def test_a_person_who_asks_gets_the_reports(desks: Desks, auditor: Browser) -> None:
    person = _somebody(desks)
    page = auditor.open("/audit")
    typed = {"name": person["name"], "id_number": person["id_number"]}
    for service in ("registry", "matcher"):
        made = auditor.submit(page, "告知书", service=service, **typed)
        assert made.status == 200, made.text
        rows = openpyxl.load_workbook(io.BytesIO(made.answer.content)).active
        assert rows is not None
    stranger = auditor.submit(page, "告知书", service="registry", name="查无此人", id_number=person["id_number"])
    assert stranger.status == 404
    assert "没有找到此人" in stranger.text
    assert 'value="查无此人"' in stranger.answer.text
    assert person["id_number"] not in stranger.answer.text
    nothing = auditor.submit(page, "告知书", service="registry", name="", id_number="")
    assert nothing.status == 422
    assert "请填写本人的姓名和身份证号" in nothing.text


def _somebody(desks: Desks) -> dict[str, Any]:
    """One of the registry, in the clear."""
    token = desks.stage.token("civil-affairs", "registry:follow", "registry:read")
    for change in desks.stage.call("GET", "/registry/v1/changes?limit=200", token).json()["changes"]:
        told: dict[str, Any] = change.get("person") or {}
        if told.get("id_number") and told.get("name"):
            return told
    raise AssertionError


@pytest.mark.parametrize("path", ["/audit", "/audit/registry/usage.xlsx"])
def test_nobody_else_sees_it(desks: Desks, path: str) -> None:
    worker = desks.browser()
    page = desks.sign_in(worker, desks.account(f"other{len(path)}", "township-worker"))
    assert "/audit" not in [there for there, _ in page.links]
    assert worker.open(path).status == 403
