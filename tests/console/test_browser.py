"""The pages in a real browser: the township's journey, drafts without network, contrast and names (axe), no error in
the console, nothing asked of anywhere else; pictures of them for the documents.

CI installs Debian's Chromium and its Chinese letters; where there is none these are skipped, and CI fails then.
"""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from doudi.demo.logins import open_logins
from tests.console.doubtful import with_doubts
from tests.served import COUNTY, Served, served_county

CHROMIUM = shutil.which("chromium")
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "screens"
TAKE_PICTURES = bool(os.environ.get("DOUDI_PICTURES"))  # only when asked: they are committed
TOWN = "640499101000"
PEOPLE, SEED = 2500, 411
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 800}

expect.set_options(timeout=60_000)  # milliseconds; unless told, five seconds, which a busy machine may need

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine (CI installs it)")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_county(tmp_path_factory.mktemp("pages"), PEOPLE, SEED, second_factor=False) as made:
        (made.files / "health.csv").write_bytes(with_doubts(made.files, 30))
        made.push("disability-cards", "health-illness", "health-deaths", "rural-monitoring")
        yield made


@pytest.fixture(scope="module")
def password(served: Served) -> str:
    return open_logins(served.home, (COUNTY, "县"), (TOWN, "镇"))[0]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Desk:
    """One person's browser, with everything that went wrong in it."""

    def __init__(self, served: Served, context: BrowserContext) -> None:
        self.served, self.context = served, context
        self.page: Page = context.new_page()
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", self._inside)

    def _inside(self, request: object) -> None:
        url = str(getattr(request, "url", ""))
        if not url.startswith(self.served.url):
            self.wrong.append(f"asked elsewhere: {url}")

    def go(self, path: str) -> Page:
        self.page.goto(self.served.url + path)
        return self.page

    def sign_in(self, login: str, password: str) -> Page:
        self.go("/sign-in")
        self.page.fill("#login", login)
        self.page.fill("#password", password)
        self.press("main button")
        assert "/sign-in" not in self.page.url, self.page.inner_text("main")
        return self.page

    def press(self, selector: str) -> Page:
        """Click what leads to another page, and have all of that: `click` alone comes back at its first bytes."""
        with self.page.expect_navigation():
            self.page.click(selector)
        return self.page

    def judge(self, name: str) -> None:
        """axe finds nothing, in light and in dark; a picture, where they are taken."""
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the words it knows
            found = Axe().run(self.page)
            assert not found.violations_count, f"{name}, {scheme}: {found.generate_report()}"
        self.page.emulate_media(color_scheme="light")
        if TAKE_PICTURES:
            PICTURES.mkdir(parents=True, exist_ok=True)
            size = self.page.viewport_size or WIDE
            whole = self.page.evaluate("document.documentElement.scrollHeight")
            # As tall as the page: what sticks to the window's edge else lies over the middle of the picture.
            self.page.set_viewport_size({"width": size["width"], "height": max(whole, size["height"])})
            self.page.screenshot(path=PICTURES / f"{name}.png")
            self.page.set_viewport_size({"width": size["width"], "height": size["height"]})


@pytest.fixture
def desk(served: Served, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Desk]:
    size = getattr(request, "param", WIDE)
    context = chromium.new_context(viewport=size, locale="zh-CN")
    made = Desk(served, context)
    yield made
    context.close()
    assert not made.wrong


def take_over_one(desk: Desk) -> Page:
    page = desk.go("/today?show=new")
    page.check("tbody input[name=case] >> nth=0")
    page.fill("input[name=responsible_unit]", "青石嘴镇人民政府")
    page.fill("input[name=responsible_person]", "王干事")
    case = page.locator("tbody input[name=case]").first.get_attribute("value")
    desk.press("text=签收 >> nth=-1")
    assert "签收 1 户" in page.inner_text("main")
    return desk.go(f"/cases/{case}")


def test_the_townships_day(desk: Desk, password: str) -> None:
    page = desk.sign_in("xiangzhen", password)
    desk.go("/today?show=new")
    desk.judge("township-today")
    page = take_over_one(desk)
    desk.press("text=因入户查看电话和住址 >> nth=0")
    assert page.locator(".seen").count() == 1, page.inner_text("main")
    page.locator("summary").first.click()
    desk.judge("township-household")
    desk.press("text=填写核查结果 >> nth=0")
    assert not page.locator("[data-field=form]").is_visible()
    page.check("input[name=code] >> nth=1")
    desk.judge("township-visit")
    desk.go("/sheets")
    desk.judge("township-sheets")
    desk.go("/walk")
    desk.judge("township-walk")
    desk.go("/cases")
    desk.judge("township-ledger")


def test_who_took_the_last_over_is_filled_in_for_the_next_until_signed_out(desk: Desk, password: str) -> None:
    desk.sign_in("xiangzhen", password)
    take_over_one(desk)
    page = desk.go("/today?show=new")
    assert page.input_value("input[name=responsible_person]") == "王干事"
    desk.press("tbody a >> nth=0")
    assert page.input_value("input[name=responsible_unit]") == "青石嘴镇人民政府"
    desk.judge("township-take-over")
    desk.go("/today?show=going")  # of which nothing waits
    desk.press("text=退出")
    assert page.evaluate("localStorage.length") == 0


def test_the_page_that_asks_who_it_is(desk: Desk) -> None:
    desk.go("/sign-in")
    desk.judge("sign-in")


def test_what_is_typed_without_network_is_kept_until_it_was_sent(desk: Desk, password: str) -> None:
    desk.sign_in("xiangzhen", password)
    page = take_over_one(desk)
    desk.press("text=填写核查结果 >> nth=0")
    page.check("input[name=code] >> nth=0")
    page.fill("textarea[name=note]", "门锁着，邻居说去了银川")
    desk.context.set_offline(True)
    page.click("button:text-is('提交')")
    expect(page.locator("[data-draft-note]")).to_be_visible()
    desk.context.set_offline(False)
    page.reload()
    assert page.input_value("textarea[name=note]") == "门锁着，邻居说去了银川"


@pytest.mark.parametrize("desk", [PHONE], indirect=True)
def test_a_village_is_walked_without_network_and_sent_with_it(desk: Desk, password: str) -> None:
    desk.sign_in("xiangzhen", password)
    for _ in range(2):
        take_over_one(desk)
    desk.go("/walk")
    desk.judge("telephone-walk")
    desk.go(desk.page.locator(".villages a").first.get_attribute("href") or "")
    page, doors = desk.page, desk.page.locator(".door")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    desk.context.set_offline(True)
    fill_in(page, 0, "15", "#去了银川")
    expect(doors.nth(0)).to_contain_text("待送出")
    expect(page.locator("[data-queue]")).to_contain_text("待送出 1 户")
    expect(page.locator("[data-queue]")).to_contain_text("没有网络")
    desk.judge("telephone-village")
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "去了银川" in kept
    assert not page.evaluate("Object.values(localStorage).some(one => one.includes('word'))")
    desk.context.set_offline(False)
    page.locator(".door[data-state=done]").wait_for()
    expect(doors.nth(0)).to_contain_text("已送出：15")
    assert page.evaluate(DRAFTS) == 0
    page.reload()
    page.locator(".door summary").last.click()
    page.locator(".door textarea").last.fill("没有送出的")
    assert page.evaluate(DRAFTS) == 1
    waits = "JSON.stringify({at: Date.now(), waits: true, fields: {}})"
    page.evaluate(f"localStorage.setItem('doudi.xiangzhen.visit-of-another-village', {waits})")
    page = desk.go("/today")
    expect(page.locator("main")).to_contain_text("还有 1 户的核查结果没有送出")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.click("text=退出")
    page.wait_for_url("**/sign-in")
    assert len(asked) == 1
    assert page.evaluate("localStorage.length") == 0


DRAFTS = "Object.keys(localStorage).filter(one => one.includes('.visit-')).length"


def fill_in(page: Page, at: int, code: str, note: str) -> None:
    door = page.locator(".door").nth(at)
    door.locator("summary").click()
    assert not door.locator("[data-field=died_on]").is_visible()
    door.locator("select[name=code]").select_option(code)
    door.locator("[name=revisit_on]").fill("2021-06-20")
    door.locator("textarea").fill(note)
    door.locator("form button").click()


@pytest.mark.parametrize("desk", [PHONE], indirect=True)
def test_on_a_telephone_nothing_is_wider_than_the_page(desk: Desk, password: str) -> None:
    desk.sign_in("xiangzhen", password)
    for path in ("/today?show=new", "/cases", "/sheets", "/walk"):
        page = desk.go(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    page = take_over_one(desk)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    desk.judge("telephone-household")


def test_the_second_person(desk: Desk, password: str) -> None:
    desk.sign_in("zhenzhang", password)
    desk.go("/approvals")
    desk.judge("second-person")


LEGIBLE = 350  # milliseconds a review has to be there before a key counts


def let_it_be_read(page: Page) -> None:
    """So long, by the page's own clock, since it was there: a quick machine would press before a key counts."""
    page.evaluate(f"new Promise((done) => setTimeout(done, {LEGIBLE}))")


def test_a_review_is_decided_in_three_keys_at_most(desk: Desk, password: str) -> None:
    desk.sign_in("bidui", password)
    desk.judge("reviews")
    page = desk.page
    let_it_be_read(page)
    page.keyboard.press("n")
    page.wait_for_url("**/reviews/*-*")
    desk.judge("reviews-bench")
    decided: list[tuple[str, int]] = []
    for keys in ("s", "d", "rs", "u", "rd"):
        before = page.url
        for key in keys:
            let_it_be_read(page)
            with page.expect_navigation():
                page.keyboard.press(key)
            if key == "r":
                assert page.locator("text=正在显示原文").is_visible()
                desk.judge("reviews-clear")
        assert page.url != before
        assert page.locator(".undo").is_visible(), page.inner_text("main")
        decided.append((before.partition("?")[0], len(keys)))
    assert len({review for review, _ in decided}) == 5
    assert max(pressed for _, pressed in decided) <= 3
    let_it_be_read(page)
    with page.expect_navigation():
        page.keyboard.press("z")
    assert page.url.partition("?")[0] == decided[-1][0]
    assert page.locator("text=请重新作答").is_visible()


NOTHING_SENT = "window.nothingSent = true; addEventListener('submit', () => { window.nothingSent = false; })"


def test_a_key_held_down_or_meant_for_words_decides_nothing(desk: Desk, password: str) -> None:
    desk.sign_in("bidui", password)
    page, began = desk.page, datetime.now(UTC)
    page.clock.set_fixed_time(began)  # for the page no time goes by: however slow the machine, the key comes at once
    desk.press("text=领取下一条" if page.locator("text=领取下一条").count() else "text=继续手上的一条")
    page.evaluate(NOTHING_SENT)
    page.keyboard.press("d")  # meant for the page before
    page.clock.set_fixed_time(began + timedelta(milliseconds=LEGIBLE))
    here = page.url
    page.click("summary")
    page.fill("textarea", "")
    page.locator("textarea").press_sequentially("sdu")
    assert (page.url, page.input_value("textarea")) == (here, "sdu")
    page.uncheck("[data-keys] input")
    page.keyboard.press("u")
    assert page.evaluate("window.nothingSent") is True
    assert page.url == here
    assert not page.locator("kbd").first.is_visible()


@pytest.mark.parametrize("desk", [PHONE], indirect=True)
def test_the_bench_on_a_telephone(desk: Desk, password: str) -> None:
    desk.sign_in("bidui", password)
    page = desk.page
    desk.press("main form button >> nth=0")
    page.wait_for_url("**/reviews/*-*")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    desk.judge("reviews-telephone")


OF_COUNTY = (
    ("county-people", "/people"), ("county-screens", "/screens"), ("county-screen", "/screens/uncovered-monitored"),
    ("county-parameters", "/screens/profiles/new?setting=severe_grades&setting=illness_line_yuan&setting=diseases"),
    ("county-holds", "/screens/holds"), ("county-standards", "/standards"),
    ("county-standard", f"/standards/{COUNTY}/dibao-rural"), ("county-months", "/snapshots"),
    ("county-campaigns", "/campaigns"), ("county-doubts", "/payments/doubts"),
)  # fmt: skip


def test_the_countys_office(desk: Desk, password: str) -> None:
    page = desk.sign_in("xianji", password)
    page.click("summary >> text=数据")
    assert page.locator("details[open] a[href='/people']").is_visible()
    desk.judge("county-menu")
    for name, path in OF_COUNTY:
        desk.go(path)
        desk.judge(name)
    desk.go(f"/people?area={TOWN}&kind=assistance")
    desk.press("tbody a >> nth=0")
    desk.judge("county-household")
    desk.press("section.card tbody a >> nth=0")
    desk.judge("county-person")
    page.select_option("select[name=reason]", "identity")
    desk.press("text=查看明文")
    assert page.locator(".seen").count() == 1, page.inner_text("main")


def test_whoever_approves_and_whoever_gives_rights(desk: Desk, password: str) -> None:
    page = desk.sign_in("shenhe", password)
    desk.go("/campaigns/new")
    typed = {"title": "兜底保障排查", "first": "2021-04-01", "last": "2021-12-31", "s0.title": "集中摸排",
             "s0.first": "2021-04-01", "s0.last": "2021-09-30", "s0.target": "40"}  # fmt: skip
    for name, value in typed.items():
        page.fill(f'input[name="{name}"]', value)
    desk.judge("county-plan")
    desk.press("main form button")
    desk.judge("county-campaign")
    desk.press("text=退出")
    desk.sign_in("anquan", password)
    desk.judge("accounts")
    desk.go("/accounts/new")
    desk.judge("account")


@pytest.mark.parametrize("desk", [PHONE], indirect=True)
def test_the_countys_office_fits_a_telephone(desk: Desk, password: str) -> None:
    page = desk.sign_in("xianji", password)
    page.click("summary >> text=管理")
    assert page.locator("details[open] a[href='/snapshots']").is_visible()
    desk.judge("telephone-county-menu")
    for name, path in OF_COUNTY:
        page = desk.go(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
