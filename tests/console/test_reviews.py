"""The review bench without any script: claim, decide, the next one, undo; two readers blind; nothing in the clear."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import orjson
import pytest
from sqlmodel import col, func, select, update

from console.bench import REASONS
from kit.columns import now
from kit.database import reading, transaction
from matcher.flows.queue_reviews import SIDES
from matcher.reviews.tables import Doubt, Reading
from matcher.statistics.linking import REASONS as OF_MATCHER
from tests.console.browser import Browser, Page
from tests.console.conftest import Desks
from tests.console.doubtful import deliver_doubts
from tests.journeys.stage import COUNTY

IN_FULL = re.compile(r"(?<![\d*])\d{17}[\dXx](?![\d*])")


@dataclass
class Bench:
    """A reviewer of the county at their browser."""

    desks: Desks
    browser: Browser
    page: Page

    @property
    def review(self) -> str:
        """The review on the bench."""
        return self.page.path.rpartition("/")[2]

    def press(self, button: str, **typed: object) -> Page:
        """Press a button of the page that lies there."""
        self.page = self.browser.submit(self.page, button, **typed)
        return self.page

    def say(self, verdict: str, **typed: object) -> Page:
        """Answer; where there are several to choose from, the first is meant."""
        if verdict == "same" and "是选中的人" in self.page.text and "candidate_id" not in typed:
            typed["candidate_id"] = re.findall(r'name="candidate_id" value="([^"]+)"', self.page.answer.text)[0]
        return self.press("无法判断", verdict=verdict, **typed)


@pytest.fixture(scope="module")
def people(desks: Desks) -> dict[str, str]:
    """Something to decide on, and who may sign in here: made once."""
    deliver_doubts(desks.stage, 30)
    made = {"ma": "reviewer", "li": "reviewer", "wang": "reviewer", "xian": "county-officer", "zhen": "township-worker"}
    for name, role in made.items():
        area = None if role == "township-worker" else COUNTY
        desks.account(f"r.{name}", role, area=area, agency="township" if area is None else "civil-affairs")
    return {name: f"r.{name}" for name in made}


@pytest.fixture
def ma(desks: Desks, people: dict[str, str]) -> Bench:
    return seated(desks, people["ma"])


@pytest.fixture
def li(desks: Desks, people: dict[str, str]) -> Bench:
    return seated(desks, people["li"])


def seated(desks: Desks, login: str) -> Bench:
    browser = desks.browser()
    return Bench(desks, browser, desks.sign_in(browser, login, "/reviews"))


@pytest.fixture(autouse=True)
def fresh(desks: Desks) -> Iterator[None]:
    """Every test begins with the queue as the main job left it, nobody holding anything, one reading each."""
    yield
    with transaction(desks.stage.matcher_database) as session:
        free = {"leased_by": None, "leased_until": None, "claimed_at": None, "not_before": None}
        session.execute(update(Doubt).values(wanted=1, round=Doubt.round + 1, stage="first", state="open", **free))


def alter(desks: Desks, **values: object) -> None:
    with transaction(desks.stage.matcher_database) as session:
        session.execute(update(Doubt).where(col(Doubt.state) == "open").values(**values))


def verdicts(desks: Desks, review: str) -> list[str]:
    with reading(desks.stage.matcher_database) as session:
        mine = (col(Reading.doubt_id) == review, col(Reading.round) == session.get_one(Doubt, review).round)
        return list(session.exec(select(Reading.verdict).where(*mine).order_by(col(Reading.made_at))))


def waiting(desks: Desks) -> int:
    with reading(desks.stage.matcher_database) as session:
        return session.exec(select(func.count()).select_from(Doubt).where(col(Doubt.state) == "open")).one()


def test_every_reason_of_the_matcher_has_its_words() -> None:
    assert set(REASONS) == {*OF_MATCHER, "sample"}


def test_what_waits_is_told_and_one_is_taken_up(desks: Desks, ma: Bench) -> None:
    assert ma.page.path == "/reviews"
    assert f"待复核 {waiting(desks)}" in ma.page.text
    page = ma.press("领取下一条")
    assert re.fullmatch(r"/reviews/[0-9a-f-]{36}", page.path), page.path
    for word in ("盲审复核", "登记", "身份证号", "可能性", "支持", "查看原文", "已由您领取"):
        assert word in page.text, word
    again = ma.browser.open("/reviews")
    assert "您手上有一条未答" in again.text
    assert ma.browser.submit(again, "继续手上的一条").path == page.path


def test_each_answer_brings_the_next_and_is_on_record(desks: Desks, ma: Bench) -> None:
    ma.press("领取下一条")
    seen = []
    for verdict, word in (("same", "是同一人"), ("different", "不是"), ("unsure", "无法判断")):
        seen.append(ma.review)
        page = ma.say(verdict, comment="问过村干部")
        assert f"上一条：{word}" in page.text
        assert verdicts(desks, seen[-1])[-1:] == [verdict]
    assert len({*seen, ma.review}) == 4
    done = ma.browser.open(f"/reviews/{seen[0]}")
    assert "您： 是" in done.text
    assert "问过村干部" in done.text
    assert "已有结论" in done.text


def test_the_last_answer_is_taken_back_and_lies_there_again(desks: Desks, ma: Bench) -> None:
    ma.press("领取下一条")
    first = ma.review
    ma.say("different")
    held = ma.review
    page = ma.press("撤销", verdict="")
    assert "请重新作答" in page.text
    assert ma.review == first
    assert verdicts(desks, first)[-2:] == ["different", "revoke"]
    with reading(desks.stage.matcher_database) as session:
        assert session.get_one(Doubt, held).leased_by is None
    assert "上一条：是同一人" in ma.say("same").text


def test_an_answer_seen_later_is_taken_back_with_a_reason(desks: Desks, ma: Bench) -> None:
    ma.press("领取下一条")
    first = ma.review
    ma.say("unsure")
    ma.press("放回")
    ma.page = ma.browser.open(f"/reviews/{first}")
    page = ma.press("撤销答复", comment="点错了")
    assert "重新排队" in page.text
    assert "点错了" in ma.browser.open(f"/reviews/{first}").text


def test_put_off_and_given_back(desks: Desks, ma: Bench) -> None:
    ma.press("领取下一条")
    first = ma.review
    page = ma.say("later")
    assert ma.review != first
    assert "已推后七天" in page.text
    assert verdicts(desks, first)[-1:] == ["later"]
    held = ma.review
    assert "已放回" in ma.press("放回").text
    assert verdicts(desks, held) == []


def test_the_second_reader_knows_nothing_of_the_first(
    desks: Desks, ma: Bench, li: Bench, people: dict[str, str]
) -> None:
    alter(desks, wanted=2)
    ma.press("领取下一条")
    review = ma.review
    page = ma.say("same", comment="是邻居说的")
    assert "还要另一位独立复核" in page.text
    assert ma.review != review
    ma.press("放回")
    li.press("领取下一条")
    assert li.review == review
    for word in ("是邻居说的", "某a", people["ma"], "答复 "):
        assert word not in li.page.text, word
    assert "盲审复核" in li.page.text
    li.say("different")
    li.press("放回")
    third = seated(desks, people["wang"])
    third.press("领取下一条")
    assert third.review == review
    for word in ("裁定", "另一位复核员", "是邻居说的", "意见不一"):
        assert word in third.page.text, word
    assert people["ma"] not in third.page.answer.text
    third.say("different")
    assert "已有结论" in ma.browser.open(f"/reviews/{review}").text


def test_what_another_holds_is_not_answered(desks: Desks, ma: Bench, li: Bench) -> None:
    ma.press("领取下一条")
    seen = li.browser.open(ma.page.path)
    assert "正由他人复核" in seen.text
    assert all("decision" not in form.action or not form.buttons for form in seen.forms)
    form = ma.page.form("无法判断")
    word = li.page.form("退出").fields[0][1]
    fields = {**dict(form.fields), "word": word, "verdict": "different"}
    answer = li.browser.client.post(form.action, data=fields)
    assert answer.status_code == 409
    assert "没有领取这条复核" in answer.text
    assert "领取下一条" in answer.text
    assert verdicts(desks, ma.review) == []


def test_a_hold_that_ran_out_and_was_taken_by_another_counts_for_nothing(desks: Desks, ma: Bench, li: Bench) -> None:
    ma.press("领取下一条")
    review = ma.review
    alter(desks, leased_until=now())
    assert "仍可作答" in ma.browser.open(f"/reviews/{review}").text
    li.press("领取下一条")
    assert li.review == review
    page = ma.say("same")
    assert page.status == 409
    assert "您的答复没有记下" in page.text
    assert "上一条" in li.say("different").text
    assert verdicts(desks, review) == ["different"]


def test_what_moved_since_it_was_seen_is_shown_anew(desks: Desks, ma: Bench) -> None:
    ma.press("领取下一条")
    with transaction(desks.stage.matcher_database) as session:
        session.execute(update(Doubt).where(col(Doubt.id) == ma.review).values(version=Doubt.version + 1))
    stale = ma.page
    page = ma.say("different")
    assert page.status == 412
    assert "已被他人更改" in page.text
    ma.page = ma.browser.follow(page, "看看这一条现在怎样")
    assert ma.page.path == stale.path
    assert "上一条：不是" in ma.say("different").text


def test_nothing_is_in_the_clear_until_it_is_asked_for(desks: Desks, ma: Bench) -> None:
    ma.press("领取下一条")
    sides = _sides(desks, ma.review)
    hidden = {value for value in sides if len(value) > 3}
    assert not IN_FULL.search(ma.page.answer.text)
    assert not [value for value in hidden if value in ma.page.answer.text]
    here = ma.page.path
    page = ma.press("查看原文", reason="identity")
    assert "正在显示原文" in page.text
    shown = re.sub(r"<[^>]+>", "", page.answer.text).replace("此处缺字", "")
    assert [value for value in hidden if value in shown]
    assert not [value for value in hidden if value in ma.browser.open(here).answer.text]
    assert "上一条" in ma.say("unsure").text, "the session goes on"
    assert ma.browser.open("/reviews").status == 200


def test_a_look_that_is_refused_does_not_cost_the_session(desks: Desks, ma: Bench, li: Bench) -> None:
    ma.press("领取下一条")
    alter(desks, leased_until=now())
    li.press("领取下一条")
    assert li.review == ma.review
    refused = ma.press("查看原文", reason="identity")
    assert (refused.status, "没有领取这条复核" in refused.text) == (409, True)
    ma.press("领取下一条")
    assert "正在显示原文" in ma.press("查看原文", reason="identity").text, "its handle was spent and kept"


def _sides(desks: Desks, review: str) -> set[str]:
    """Names and numbers of both sides, as the registry and the agency write them."""
    ring = desks.stage.worker.desk.ring
    with reading(desks.stage.matcher_database) as session:
        told = ring.decrypt(session.get_one(Doubt, review).sides, SIDES)
    return set(re.findall(r'"(?:id_number|phone)":"([^"]+)"', told))


def with_two(desks: Desks) -> Doubt:
    """The first of the queue, between its candidate and that of the last."""
    ring = desks.stage.worker.desk.ring
    with transaction(desks.stage.matcher_database) as session:
        queue = session.exec(select(Doubt).order_by(col(Doubt.value).desc())).all()
        first, last = queue[0], queue[-1]
        told, other = (orjson.loads(ring.decrypt(row.sides, SIDES)) for row in (first, last))
        told["people"] |= other["people"]
        first.candidates = [*first.candidates, *last.candidates]
        first.sides, first.value = ring.encrypt(orjson.dumps(told).decode(), SIDES), 10_000
        session.add(first)
        return first


def test_of_several_candidates_one_has_to_be_chosen(desks: Desks, ma: Bench) -> None:
    several = with_two(desks)
    ma.press("领取下一条")
    assert ma.review == several.id
    assert "是其中的哪一个人" in ma.page.text
    page = ma.press("无法判断", verdict="same", comment="像第二个")
    assert page.status == 422
    assert "有多名候选人" in page.text
    assert "像第二个" in page.text, "nothing typed is lost"
    second = several.candidates[1]["person_id"]
    ma.press("无法判断", verdict="same", candidate_id=second)
    assert "是候选2" in ma.browser.open(f"/reviews/{several.id}").text


def test_when_nothing_is_left_it_says_so(desks: Desks, ma: Bench) -> None:
    alter(desks, state="deferred")
    page = ma.press("领取下一条")
    assert page.path == "/reviews"
    assert "现在没有等您复核的了" in page.text
    assert "没有等待复核的" in page.text
    assert re.search(r"/reviews/[0-9a-f-]{36}", ma.browser.open("/reviews?state=deferred").answer.text)


def test_others_look_or_stay_outside(desks: Desks, people: dict[str, str], ma: Bench) -> None:
    ma.press("领取下一条")
    officer = seated(desks, people["xian"])
    assert "比对复核" in officer.page.text
    assert "领取下一条" not in officer.page.text
    looked = officer.browser.open(ma.page.path)
    assert looked.status == 200
    assert "查看原文" not in looked.text
    township = seated(desks, people["zhen"])
    assert township.page.status == 403
    assert "比对复核" not in township.page.text


@pytest.mark.parametrize("address", ["/reviews?state=x", "/reviews?last=..%2Fx&said=same&seen=1", "/reviews?news=y"])
def test_an_address_made_up_is_nothing(ma: Bench, address: str) -> None:
    page = ma.browser.open(address)
    assert page.status == 200
    assert "上一条" not in page.text


def test_a_review_that_is_not_there(ma: Bench) -> None:
    for name in ("00000000-0000-0000-0000-000000000000", "stats", "claim", "x"):
        page = ma.browser.open(f"/reviews/{name}")
        assert page.status == 404, name
        assert "没有" in page.text


def test_figures_are_those_of_the_answers(desks: Desks, ma: Bench) -> None:
    before = int(ma.page.text.partition("我今天答复 ")[2].split()[0])
    ma.press("领取下一条")
    ma.say("same")
    assert f"我今天答复 {before + 1}" in ma.browser.open("/reviews").text
