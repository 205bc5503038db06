"""What is done with a case beside verifying it, and what is attached to it: by the pages, without any script."""

import re

import pytest

from tests.console.browser import Browser, Page
from tests.console.conftest import Desks
from tests.journeys.stage import COUNTY

PDF = ("凭证.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")


def signed(desks: Desks, login: str, *roles: str, area: str | None = None) -> Browser:
    browser = desks.browser()
    desks.sign_in(browser, desks.account(login, *roles, area=area))
    return browser


@pytest.fixture(scope="module")
def worker(desks: Desks) -> Browser:
    return signed(desks, "steps.worker", "township-worker")


@pytest.fixture(scope="module")
def leader(desks: Desks) -> Browser:
    return signed(desks, "steps.leader", "township-leader")


def taken(worker: Browser) -> str:
    """One more case taken over: its address."""
    page = worker.open("/today?show=new")
    case = re.search(r'name="case" value="([^"]+)"', page.answer.text)
    assert case is not None, page.text
    who = {"responsible_unit": "某镇人民政府", "responsible_person": "王干事"}
    assert "签收 1 户" in worker.submit(page, "签收", case=[case[1]], **who).text
    return f"/cases/{case[1]}"


def buttons(page: Page) -> set[str]:
    return {button for form in page.forms for button in form.buttons}


def test_a_case_rests_goes_on_and_changes_hands(worker: Browser) -> None:
    case = taken(worker)
    page = worker.follow(worker.open(case), "指派、移交、挂起等")
    assert {"指派", "移交", "挂起"} <= buttons(page)
    assert not {"恢复", "重新打开", "人工办结"} & buttons(page)
    rests = worker.submit(page, "挂起", reason="全家外出务工", until="2021-07-01")
    assert rests.path == case
    assert "挂起" in rests.text
    asked = worker.open(f"{case}/steps")
    assert "原定挂起到 2021年7月1日" in asked.text
    assert "上一次说明：全家外出务工" in asked.text
    assert "核查中" in worker.submit(asked, "恢复").text
    done = worker.submit(worker.open(f"{case}/steps"), "指派", responsible_person="李干事", due_on="2021-06-25")
    assert "李干事" in done.text
    assert "2021年6月25日" in done.text
    passage = done.answer.text[done.answer.text.index("办理经过") :]
    steps = [step for step in re.findall("<strong>([^<]+)</strong>", passage) if step not in {"立项", "线索更新"}]
    assert steps == ["签收", "挂起", "恢复", "指派"]


def test_two_who_steer_one_case_see_what_it_is_now(worker: Browser) -> None:
    case = taken(worker)
    first, second = worker.open(f"{case}/steps"), worker.open(f"{case}/steps")
    worker.submit(first, "指派", responsible_person="赵干事")
    page = worker.submit(second, "挂起", reason="去了银川")
    assert page.status == 412
    assert "已被他人更改" in page.text
    assert "责任人 赵干事" in page.text
    assert "去了银川" in page.answer.text
    assert worker.submit(page, "挂起").path == case
    late = worker.submit(second, "移交", area="", reason="搬走了")
    assert late.status in {412, 422}
    missing = worker.open(f"{case}/steps/no")
    assert missing.status in {404, 405}


def test_a_case_goes_to_another_township_and_is_seen_here_no_more(desks: Desks, worker: Browser) -> None:
    case = taken(worker)
    page = worker.open(f"{case}/steps")
    nowhere = worker.submit(page, "移交", code="640499999000", area="", reason="户籍在那里")
    assert nowhere.status in {400, 422}
    assert "户籍在那里" in nowhere.answer.text
    other = next(code for code in ("640499100000", "640499101000", "640499200000") if code != desks.town)
    gone = worker.submit(nowhere, "移交", code=other, area="", reason="户籍在那里")
    assert "已移交" in gone.text
    assert worker.open(case).status == 404
    county = signed(desks, "steps.county", "county-officer", area=COUNTY)
    seen = county.open(case)
    assert "待签收" in seen.text
    assert "移交" in seen.text


def test_what_is_attached_is_listed_opened_and_taken_back(worker: Browser, leader: Browser) -> None:
    case = taken(worker)
    page = worker.follow(worker.open(case), "附件")
    assert "还没有附件" in page.text
    assert worker.submit(page, "上传").status == 422
    wrong = worker.submit(page, "上传", files={"file": ("a.pdf", b"no such thing", "application/pdf")})
    assert wrong.status in {415, 422}
    assert "只收照片" in wrong.text
    heavy = ("a.pdf", b"%PDF-" + bytes(10 * 1024 * 1024), "application/pdf")
    large = worker.submit(page, "上传", files={"file": heavy})
    assert large.status == 413
    assert "不超过 10 MB" in large.text
    added = worker.submit(page, "上传", files={"file": PDF})
    assert "1 份" in added.text
    assert "1 份" in worker.submit(added, "上传", files={"file": PDF}).text  # the same again is the one there
    piece = added.link("打开")
    own = worker.client.get(piece)
    assert own.content == PDF[1]
    assert own.headers["content-disposition"].startswith("attachment")
    other = leader.open(piece)
    assert other.status == 422
    assert "请在下面选择理由" in other.text
    assert leader.submit(other, "记录理由并打开", reason="").status == 422
    seen = leader.submit(other, "记录理由并打开", reason="supervision")
    assert seen.answer.content == PDF[1]
    assert leader.open(case).status == 200  # the session goes on
    nothing = worker.submit(added, "撤回这份", reason="")
    assert nothing.status == 422
    back = worker.submit(added, "撤回这份", reason="别户的")
    assert "已撤回" in back.text
    assert "0 份" in back.text
    assert piece not in {there for there, _ in back.links}


def test_closed_by_hand_needs_proof_and_another_person_and_opens_again(worker: Browser, leader: Browser) -> None:
    case = taken(worker)
    page = leader.open(f"{case}/steps")
    assert "人工办结" in buttons(page)
    without = leader.submit(page, "人工办结", reason="已迁往外地")
    assert without.status == 409
    assert "须有销号凭证" in without.text
    added = worker.submit(worker.open(f"{case}/evidence"), "上传", files={"file": PDF}, about="closing")
    assert "销号凭证（PDF）" in added.text
    done = leader.submit(leader.open(f"{case}/steps"), "人工办结", reason="已迁往外地")
    assert "已办结" in done.text
    again = worker.submit(worker.open(f"{case}/steps"), "重新打开", reason="又搬回来了")
    assert again.path == case
    assert "重新打开" in again.text


def test_other_townships_neither_steer_nor_open(desks: Desks, worker: Browser) -> None:
    case = taken(worker)
    page = worker.submit(worker.open(f"{case}/evidence"), "上传", files={"file": PDF})
    other = next(code for code in ("640499100000", "640499101000", "640499200000") if code != desks.town)
    stranger = signed(desks, "steps.stranger", "township-worker", area=other)
    for path in (f"{case}/steps", f"{case}/evidence", page.link("打开")):
        assert stranger.open(path).status == 404, path
