"""What a township's system follows: entries that come, change and go, in order, within its area and nothing else."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import update
from sqlmodel import select

from kit.columns import now
from kit.database import reading, transaction
from matcher.leads.tables import LeadChange
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.scenes import scene
from tests.matcher.test_settlements import on

PEOPLE = county.numbered(8)
NAME = PEOPLE[0][0]
GREEN, WHITE = "640499100000", "640499200000"  # two townships
ELSEWHERE = "白杨乡杏花村1组"


class Township:
    """A follower: it keeps the list as the changes say, and the cursor."""

    def __init__(self, matcher: Matcher, area: str, limit: int = 200) -> None:
        self.matcher = matcher
        self.headers = matcher.headers("leads:read", area=area)
        self.limit = limit
        self.cursor: str | None = None
        self.list: dict[str, dict[str, Any]] = {}

    def pull(self, **params: Any) -> list[tuple[str, str | None]]:
        """Take over what changed; what was told: change and reason."""
        told = []
        while True:
            asked = {"limit": self.limit, **params, **({"cursor": self.cursor} if self.cursor else {})}
            page = self.matcher.get("/leads/changes", self.headers, **asked)
            assert len(page["changes"]) <= self.limit
            for change in page["changes"]:
                told.append((change["change"], change["reason"]))
                if change["change"] == "withdrawal":
                    self.list.pop(change["lead_id"], None)
                elif change["lead"] is not None:
                    self.list[change["lead_id"]] = change["lead"]
            self.cursor = page["cursor"]
            if not page["more"]:
                return told


def _content(reader: Township) -> dict[str, dict[str, Any]]:
    return {one: {**lead, "sources": None} for one, lead in reader.list.items()}


def deliver(matcher: Matcher, *rows: list[str]) -> None:
    matcher.deliver("disability-cards", list(rows))
    matcher.work()


def rows(*people: tuple[str, str], **more: str) -> list[list[str]]:
    return [county.card(*one, **more) for one in people]


@pytest.fixture
@scene
def listed(matcher: Matcher) -> Matcher:
    """Six leads in one township, two in another."""
    deliver(matcher, *rows(*PEOPLE[:6]), *rows(*PEOPLE[6:], address=ELSEWHERE))
    return matcher


def lead_id(matcher: Matcher, name: str = NAME) -> str:
    return next(str(lead["lead_id"]) for lead in matcher.leads(state="any") if lead["name"] == name)


def test_a_reader_begins_with_everything_of_its_area_and_then_hears_only_what_changes(listed: Matcher) -> None:
    green, white = Township(listed, GREEN), Township(listed, WHITE)
    assert (green.pull(), white.pull()) == ([("upsert", None)] * 6, [("upsert", None)] * 2)
    assert all(lead["case_id"] and "*" in lead["name"] for lead in green.list.values())
    assert (green.pull(), white.pull()) == ([], [])
    deliver(listed, *rows(*PEOPLE[1:6]), *rows(*PEOPLE[6:], address=ELSEWHERE))
    assert (green.pull(), white.pull()) == ([("withdrawal", "gone")], [])
    assert len(green.list) == 5


def test_the_list_a_reader_keeps_is_the_list_page_by_page_too(listed: Matcher) -> None:
    small, whole = Township(listed, "640499000000", limit=1), Township(listed, "640499000000")
    small.pull()
    whole.pull()
    assert small.list == whole.list
    assert len(whole.list) == 8
    deliver(listed, *reversed(rows(*PEOPLE[1:7], address=ELSEWHERE)))
    assert sorted(small.pull(), key=str) == sorted(whole.pull(), key=str)
    open_now = {lead["lead_id"]: lead for lead in listed.get("/leads")["leads"]}
    assert small.list == whole.list == open_now


def test_what_changes_while_a_reader_takes_the_list_page_by_page_is_not_lost(listed: Matcher) -> None:
    reader = Township(listed, "640499000000", limit=3)
    first = listed.get("/leads/changes", reader.headers, limit=3)
    reader.list = {change["lead_id"]: change["lead"] for change in first["changes"]}
    reader.cursor = first["cursor"]
    deliver(listed, *rows(*PEOPLE[1:6]), *rows(*PEOPLE[6:], address=ELSEWHERE))
    reader.pull()
    assert set(reader.list) == {lead["lead_id"] for lead in listed.get("/leads")["leads"]}


def test_a_lead_that_moves_is_gone_for_the_township_it_left_and_there_for_the_other(listed: Matcher) -> None:
    green, white, both = Township(listed, GREEN), Township(listed, WHITE), Township(listed, "640499000000")
    for one in (green, white, both):
        one.pull()
    deliver(listed, *rows(PEOPLE[0], *PEOPLE[6:], address=ELSEWHERE), *rows(*PEOPLE[1:6]))
    assert green.pull() == [("withdrawal", "moved")]
    assert white.pull() == [("upsert", None)]
    assert both.pull() == [("withdrawal", "moved"), ("upsert", None)]
    assert (len(green.list), len(white.list), len(both.list)) == (5, 3, 8)
    assert white.list[lead_id(listed)]["area"] == "640499200201"


def test_an_entry_appears_once_its_case_exists_and_not_before(matcher: Matcher) -> None:
    matcher.deliver("health-deaths", [county.death(*PEOPLE[-1])])  # nobody's who is covered: no lead
    matcher.work()
    green = Township(matcher, GREEN)
    assert green.pull() == []
    matcher.deliver_offline("disability-cards", rows(*PEOPLE[:2]))
    matcher.work()
    assert green.pull() == []
    assert len(matcher.get("/leads")["leads"]) == 2
    matcher.registry.down = False
    matcher.work()
    assert green.pull() == [("upsert", None)] * 2
    assert all(lead["case_state"] == "awaiting-acceptance" for lead in green.list.values())


def test_an_answer_takes_the_entry_away_with_its_code_and_a_return_brings_it_back(listed: Matcher) -> None:
    green = Township(listed, GREEN)
    green.pull()
    listed.registry.answer(lead_id(listed), "02", standing="in-progress", case_state="in-progress", settled_on=None)
    listed.work()
    assert green.pull() == [("upsert", None)]
    assert green.list[lead_id(listed)]["case_state"] == "in-progress"
    listed.registry.answer(lead_id(listed), "09")
    listed.work()
    # How the case stood between was overtaken: the entry is not the reader's any more.
    assert green.pull()[-1] == ("withdrawal", "settled:09")
    assert lead_id(listed) not in green.list
    listed.deliver("health-illness", [county.illness(*PEOPLE[0])])
    listed.work()
    green.pull()
    assert green.list[lead_id(listed)]["case_state"] == "verifying"


def test_an_entry_whose_withdrawal_follows_is_told_without_its_content(listed: Matcher) -> None:
    green = Township(listed, GREEN)
    green.pull()
    listed.registry.answer(lead_id(listed), "02", standing="in-progress", case_state="in-progress")
    listed.work()
    deliver(listed, *rows(*PEOPLE[1:6]), *rows(*PEOPLE[6:], address=ELSEWHERE))
    page = listed.get("/leads/changes", green.headers, cursor=green.cursor)
    assert [(one["change"], one["lead"]) for one in page["changes"]] == [("upsert", None), ("withdrawal", None)]


def test_nobody_follows_without_the_scope_or_in_another_county(listed: Matcher) -> None:
    assert listed.http.get("/leads/changes").status_code == 401
    assert listed.http.get("/leads/changes", headers=listed.headers("batches:read")).status_code == 403
    assert Township(listed, "640498000000").pull() == []


def test_a_cursor_of_another_list_or_of_nobody_is_refused(listed: Matcher) -> None:
    other = listed.get("/leads", limit=2)["cursor"]
    for cursor in (other, "x", ""):
        answer = listed.http.get("/leads/changes", headers=listed.headers(), params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor-invalid")


def test_waiting_ends_when_something_comes_and_when_the_time_is_over(listed: Matcher) -> None:
    green = Township(listed, GREEN)
    green.pull()
    before = time.monotonic()
    assert green.pull(wait=1) == []
    assert time.monotonic() - before >= 1
    told: list[Any] = []
    waiting = threading.Thread(target=lambda: told.extend(green.pull(wait=25)))
    waiting.start()
    deliver(listed, *rows(*PEOPLE[1:6]), *rows(*PEOPLE[6:], address=ELSEWHERE))
    waiting.join(20)
    assert not waiting.is_alive()
    assert told == [("withdrawal", "gone")]


def test_a_poll_that_brings_nothing_takes_no_thread_and_the_next_news_is_told_at_once(
    listed: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    green = Township(listed, GREEN)
    green.pull()
    listed.app.state.marks.seconds = 60.0
    listed.app.state.verifier.revoked.fresh_seconds = 60.0
    green.pull()
    turns: list[str] = []

    async def turn(function: Callable[..., Any], *args: Any) -> Any:
        turns.append(getattr(function, "__name__", ""))
        return await run_in_threadpool(function, *args)

    for module in ("kit.auth", "kit.lookout", "matcher.api.lead_changes"):
        monkeypatch.setattr(f"{module}.run_in_threadpool", turn)
    assert [green.pull() for _ in range(3)] == [[]] * 3
    assert turns == []
    deliver(listed, *rows(*PEOPLE[1:6]), *rows(*PEOPLE[6:], address=ELSEWHERE))
    assert green.pull() == [("withdrawal", "gone")]  # what this process did itself it does not tell late
    assert turns


def test_a_poll_whose_client_ended_is_refused_though_its_token_was_heard(listed: Matcher) -> None:
    green = Township(listed, GREEN)
    green.headers = listed.headers("leads:read", area=GREEN, sub="c1")
    green.pull()
    listed.app.state.verifier.revoked.fresh_seconds = 0
    green.pull()
    listed.registry.ended |= {"c1"}
    answer = listed.http.get("/leads/changes", headers=green.headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "token-revoked")


def test_a_reader_that_slept_too_long_is_told_to_begin_anew_and_one_that_did_not_goes_on(listed: Matcher) -> None:
    asleep, awake = Township(listed, GREEN), Township(listed, GREEN)
    asleep.pull()
    awake.pull()
    deliver(listed, *rows(*PEOPLE[1:6]), *rows(*PEOPLE[6:], address=ELSEWHERE))
    awake.pull()
    kept = timedelta(days=listed.settings.changes_keep_days)
    with transaction(listed.database) as session:
        session.execute(update(LeadChange).values(made_at=now() - kept - timedelta(hours=1)))
    on(listed, listed.worker.desk.today() + timedelta(days=1))
    listed.work()
    with reading(listed.database) as session:
        assert session.exec(select(LeadChange)).all() == []
    answer = listed.http.get("/leads/changes", headers=asleep.headers, params={"cursor": asleep.cursor})
    assert (answer.status_code, answer.json()["code"]) == (410, "cursor-expired")
    assert answer.json()["args"] == {"resync": "/matcher/v1/leads/changes"}
    assert awake.pull() == []
    fresh = Township(listed, GREEN)
    fresh.pull()
    # Where an unchanged entry's rows stand by now is no news.
    assert _content(fresh) == _content(awake)
    deliver(listed, *rows(*PEOPLE[:6]), *rows(*PEOPLE[6:], address=ELSEWHERE))
    assert fresh.pull() == awake.pull() == [("upsert", None)]


def test_changes_within_the_time_kept_stay(listed: Matcher) -> None:
    """The other side of forgetting."""
    kept = timedelta(days=listed.settings.changes_keep_days)
    reader = Township(listed, GREEN)
    reader.pull()
    deliver(listed, *rows(*PEOPLE[1:6]), *rows(*PEOPLE[6:], address=ELSEWHERE))
    with transaction(listed.database) as session:
        session.execute(update(LeadChange).values(made_at=now() - kept + timedelta(hours=1)))
    on(listed, listed.worker.desk.today() + timedelta(days=1))
    listed.work()
    assert reader.pull() == [("withdrawal", "gone")]
