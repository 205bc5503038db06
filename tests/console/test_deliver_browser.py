"""A delivery in a real browser: a file dropped, progress without a reload, and how it looks (axe, a telephone)."""

import base64
import io
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, CDPSession, Page, Route, expect

from doudi.agency import Agency
from tests.console.agency_office import CARDS_FEED, find_wrong
from tests.console.test_browser import PHONE, WIDE, Desk, chromium, password, pytestmark
from tests.served import Served, served_county

__all__ = ["chromium", "password", "pytestmark"]  # skipped where there is no Chromium
PEOPLE, SEED = 400, 412
WAIT = 120_000  # milliseconds: the worker compiles what it links with


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_county(tmp_path_factory.mktemp("deliver"), PEOPLE, SEED, second_factor=False) as made:
        made.push("rural-monitoring", CARDS_FEED)
        yield made


def at(served: Served, chromium: Browser, login: str, password: str) -> Desk:
    context = chromium.new_context(viewport=WIDE, locale="zh-CN")
    desk = Desk(served, context)
    desk.sign_in(login, password)
    return desk


def with_a_mistake(served: Served) -> bytes:
    """The federation's file, its first row without name and number."""
    book = load_workbook(served.files / "disability.xlsx")
    sheet: Any = book.active
    head = next(row for row in sheet.iter_rows() if any(cell.value == "姓名" for cell in row))
    for cell in head:
        if cell.value in {"姓名", "残疾人证号"}:
            sheet.cell(head[0].row + 1, cell.column).value = None
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def drop(page: Page, name: str, content: bytes) -> None:
    """Let go of a file over the form, as from a folder."""
    held = page.evaluate_handle(
        """([name, told]) => {
            const bytes = Uint8Array.from(atob(told), (one) => one.charCodeAt(0));
            const held = new DataTransfer();
            held.items.add(new File([bytes], name));
            return held;
        }""",
        [name, base64.b64encode(content).decode()],
    )
    page.dispatch_event("form[data-send]", "dragover", {"dataTransfer": held})
    assert page.locator("form[data-send].over").count() == 1
    page.dispatch_event("form[data-send]", "drop", {"dataTransfer": held})


def drop_archive(page: Page) -> None:
    """What is plainly no use is said: a moment after the drop, once the form holds the file."""
    drop(page, "照片.zip", b"PK")
    expect(page.locator("[data-said]")).to_contain_text("压缩包")


BATCHES = "**/deliver/batches/*"


def under_way(route: Route) -> None:
    """The page of a delivery as it opens while the worker is at it, however quick the worker was; its looks for more
    find the delivery as it stands."""
    if route.request.resource_type != "document":
        route.continue_()
        return
    answer = route.fetch()
    moving = re.sub("<div data-live( data-moving)?>", "<div data-live data-moving>", answer.text())
    route.fulfill(response=answer, body=re.sub("data-state>[^<]*<", "data-state>正在校验<", moving))


def fits(desk: Desk, *paths: str) -> None:
    """On a telephone nothing is wider than the page."""
    desk.page.set_viewport_size(PHONE)
    for path in paths:
        page = desk.go(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


def ask_back(served: Served) -> None:
    """Two rows are found wrong, and the matcher has heard of it."""
    visitor = Agency(served.url, *served.client("civil-affairs", "cases:read", "cases:write"))
    find_wrong(lambda method, path, **more: _called(visitor, method, path, **more), 2)
    visitor.http.close()
    reader = Agency(served.url, *served.client("civil-affairs", "batches:read", "links:read"))
    for _ in range(240):
        if len(reader.call("GET", "/matcher/v1/corrections").json()["corrections"]) >= 2:
            break
        time.sleep(0.5)
    reader.http.close()


def _called(agency: Agency, method: str, path: str, **more: Any) -> httpx.Response:
    return agency.call(method, path, **more)


def test_a_delivery_from_the_drop_to_the_county(served: Served, chromium: Browser, password: str) -> None:
    desk = at(served, chromium, "canlian", password)
    desk.go("/deliver")
    desk.judge("deliver")
    page = desk.go(f"/deliver/{CARDS_FEED}")
    drop_archive(page)
    drop(page, "残疾人.xlsx", with_a_mistake(served))
    assert page.evaluate("document.querySelector('input[type=file]').files[0].name") == "残疾人.xlsx"
    expect(page.locator("[data-said]")).to_be_hidden()
    desk.judge("deliver-feed")
    page.route(BATCHES, under_way)
    page.click("text=先试校验")
    page.wait_for_url(BATCHES)
    page.evaluate("window.sameDocument = true")
    page.wait_for_selector("text=试校验做完了", timeout=WAIT)
    assert page.evaluate("window.sameDocument") is True, "the page looked again by itself, without a reload"
    assert "有 1 行不会接收" in page.inner_text("main")
    batch = page.url.removeprefix(served.url).partition("?")[0]
    desk.judge("deliver-batch")
    desk.press("text=正式入库")
    desk.go(batch)
    page.wait_for_selector("[data-state]:has-text('等待确认')", timeout=WAIT)
    assert page.inner_text("[data-told]") == "等待确认，暂不入库", "read out to whoever does not see it"
    page.unroute(BATCHES)
    desk.judge("deliver-held")
    desk.press("text=回执")
    desk.judge("deliver-receipt")
    fits(desk, "/deliver", f"/deliver/{CARDS_FEED}", batch)
    desk.judge("telephone-deliver")

    county = at(served, chromium, "fuze", password)
    page = county.go(batch)
    page.click("text=确认入库")
    page.wait_for_selector("[data-state]:has-text('已入库')", timeout=WAIT)
    county.go("/feeds")
    county.judge("feeds")
    county.go(f"/feeds/{CARDS_FEED}")
    county.judge("feed")
    county.go(f"{batch}/rollback")
    county.judge("deliver-rollback")
    fits(county, "/feeds", f"/feeds/{CARDS_FEED}", f"{batch}/rollback", batch)
    assert not county.wrong
    county.context.close()

    ask_back(served)
    desk.page.set_viewport_size(WIDE)
    page = desk.go("/corrections")
    page.locator(".requests summary").first.click()
    desk.judge("corrections")
    fits(desk, "/corrections")
    assert not desk.wrong
    desk.context.close()


FOREIGN = ("企业名称,统一社会信用代码\n" + "某公司,91640000MA75X\n" * 90_000).encode()  # two and a half megabytes
SECONDS = 1000


def at_speed(session: CDPSession, bytes_a_second: int) -> None:
    """The network as it is in a township. -1: as it is here."""
    told = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
    session.send("Network.emulateNetworkConditions", told)


def chosen(page: Page) -> str:
    return str(page.evaluate("document.querySelector('input[type=file]').files[0].name"))


def test_how_much_has_gone_is_told_and_the_file_stays_chosen(served: Served, chromium: Browser, password: str) -> None:
    desk = at(served, chromium, "canlian", password)
    page = desk.go(f"/deliver/{CARDS_FEED}")
    page.set_input_files("input[type=file]", {"name": "企业.csv", "mimeType": "text/csv", "buffer": FOREIGN})
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    at_speed(session, 25_000)  # a minute and a half: longer than all that is looked at meanwhile
    page.click("text=先试校验")
    page.wait_for_selector("text=/已上传 [0-9.]+ MB，共 [0-9.]+ MB（[0-9]+%）/")
    assert 0 < page.evaluate("(one => one.value / one.max)(document.querySelector('[data-bar]'))") < 1
    assert page.locator("button:text-is('直接正式报送')").is_disabled()
    desk.judge("deliver-sending")
    page.click("text=停止上传")
    page.wait_for_selector("text=已停止上传，没有报送")
    assert chosen(page) == "企业.csv"

    at_speed(session, -1)
    page.context.set_offline(True)
    page.click("text=先试校验")
    page.wait_for_selector("text=没有报送成：网络断开")
    assert chosen(page) == "企业.csv"

    page.context.set_offline(False)
    page.click("text=先试校验")
    page.wait_for_selector("text=表头对不上", timeout=60 * SECONDS)
    assert chosen(page) == "企业.csv", "what is wrong is said as without a script, and nothing has to be chosen anew"
    assert page.url.endswith(f"/deliver/{CARDS_FEED}")
    drop_archive(page)  # the form that came with the answer works like the first
    desk.judge("deliver-wrong-columns")
    assert not desk.wrong
    desk.context.close()


def without_a_look(route: Route) -> None:
    """The page of a delivery under way, whose looks for more get no answer."""
    if route.request.resource_type != "document":
        route.abort()
        return
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace("<div data-live>", "<div data-live data-moving>"))


def test_a_delivery_that_cannot_be_seen_is_said_so(served: Served, chromium: Browser, password: str) -> None:
    desk = at(served, chromium, "canlian", password)
    page = desk.go(f"/deliver/{CARDS_FEED}")
    batch = page.locator("a[href^='/deliver/batches/']").first.get_attribute("href") or ""
    page.route(BATCHES, without_a_look)
    page.goto(served.url + batch)
    page.wait_for_selector("[data-lost]:visible")
    assert "不用重传" in page.inner_text("[data-lost]")
    page.unroute(BATCHES)
    page.wait_for_selector("[data-lost]", state="hidden")

    page.route(BATCHES, without_a_look)
    page.goto(served.url + batch)
    page.wait_for_selector("[data-lost]:visible")
    page.context.clear_cookies()
    page.unroute(BATCHES)
    page.wait_for_selector("[data-ended]:visible")
    assert not page.locator("[data-lost]").is_visible()
    desk.press("text=重新登录再看")
    assert "/sign-in" in page.url
    assert not desk.wrong
    desk.context.close()
