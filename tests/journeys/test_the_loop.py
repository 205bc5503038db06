"""The loop over real HTTP: lists, visits, answers, next month's papers. After every step, whatever must hold holds."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from doudi.agency import Refused
from doudi.township import XLSX, Township
from tests.journeys.cast import HOUSEHOLD, MISSED, TWINS, VISITED, WRONG, Cast, cast_of
from tests.journeys.filled_list import filled_in
from tests.journeys.invariants import Keeper, by_part
from tests.journeys.live import JULY, JUNE, Live, lively
from tests.journeys.on_stack import STACK, lively_on
from tests.journeys.seen import MATCHER, REGISTRY, Readers, coverage_of, see
from tests.journeys.villagers import villages
from tests.stacked import stacked

PEOPLE, SEED = 1000, 5
SEPTEMBER = date(2021, 9, 2)  # the day after the three months a watched person is left in peace
UNIT = {"responsible_unit": "民政办", "responsible_person": "马站长", "measure": "入户核查"}
BY_EXCEL = ("aided", "proud", "elsewhere", "other", "kept")  # reported in the list sent back
ONE_BY_ONE = ("entitled", "alive", "known")


@dataclass
class Story:
    """Where the story stands."""

    live: Live
    cast: Cast
    papers: dict[str, Path]
    keeper: Keeper
    sent: list[tuple[str, bytes]] = field(default_factory=list)  # lists as they were sent back
    reported: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # township → outcomes as they were sent

    @property
    def townships(self) -> dict[str, Township]:
        """The townships' own systems, by area."""
        return self.keeper.townships

    def parts(self) -> dict[str, dict[str, Any]]:
        """The cast's items as they stand."""
        return by_part(self.live, self.cast.who)

    def of(self, area: str) -> Township:
        """The township an area lies in."""
        return self.townships[area[:9] + "000"]


@contextmanager
def stood_on(ground: str, folder: Path) -> Iterator[Live]:
    """A home of one machine, or a whole stack."""
    if ground == STACK:
        with stacked(as_of=JUNE) as stack, lively_on(stack) as live:
            yield live
        return
    with lively(folder) as live:
        live.start(JUNE)
        yield live


@pytest.fixture(scope="module")
def story(ground: str, databases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Services up on the first of June, with nothing in them yet."""
    folder = tmp_path_factory.mktemp("loop")
    cast = cast_of(folder / "county", PEOPLE, SEED)
    months = {"june": cast.june, "mid": cast.mid_june, "july": cast.july}
    papers = {name: one.write(folder / name) for name, one in months.items()}
    with stood_on(ground, folder) as live:
        areas = sorted({village.area for village in villages(cast.june.areas)})
        townships = {area: Township(live.client("township", area)) for area in areas}
        yield Story(live, cast, papers, Keeper(live, townships))


def test_the_loop(story: Story) -> None:
    lists_arrive(story)
    cases_are_taken_over(story)
    people_leave_the_feed(story)
    visits_are_reported(story)
    the_county_confirms(story)
    agencies_hear_of_their_mistakes(story)
    an_application_is_refused(story)
    everything_is_sent_again(story)
    next_month_comes(story)
    what_was_left_in_peace_is_looked_at_again(story)


def lists_arrive(story: Story) -> None:
    batches = story.live.take_in(story.papers["june"])
    assert {batch["state"] for batch in batches.values()} == {"published"}
    seen = story.keeper.look(imported=True)
    assert {lead["state"] for lead in seen.leads} == {"open"}
    parts = story.parts()
    assert set(parts) >= {*MISSED, *WRONG, *HOUSEHOLD, TWINS[0]}
    assert parts["elder"]["case"]["case_id"] == parts["younger"]["case"]["case_id"]
    names = [one["name"] for one in parts[TWINS[0]]["candidates"]]
    assert names == [story.cast.people[TWINS[0]].name] * 2
    assert {part: parts[part]["kind"] for part in WRONG} == dict.fromkeys(WRONG, "wrong")


def cases_are_taken_over(story: Story) -> None:
    """One with the version it was seen in, the others as they stand; the one of `gone` nobody takes over."""
    gone = story.parts()["gone"]["case"]["case_id"]
    for township in story.townships.values():
        cases = [case for case in township.cases(state="awaiting-acceptance") if case["case_id"] != gone]
        if not cases:
            continue
        with pytest.raises(Refused, match="412"):
            township.step({**cases[0], "version": cases[0]["version"] + 1}, "accept", **UNIT)
        assert township.step(cases[0], "accept", **UNIT)["state"] == "verifying"
        rows = [{"case_id": case["case_id"], **UNIT} for case in cases]
        answer = township.client.call("POST", f"{REGISTRY}/cases/accept", json={"cases": rows}).json()
        assert (answer["unchanged"], answer["taken"], answer["refused"]) == (1, len(cases) - 1, 0)
    seen = story.keeper.look()
    assert {case["state"] for case in seen.cases if case["case_id"] != gone} == {"verifying"}


def people_leave_the_feed(story: Story) -> None:
    """Withdrawn before its case was taken over: closed. After: somebody is on the way already, so it is flagged."""
    assert story.live.push_feeds(story.papers["mid"], "disability-cards")["disability-cards"]["state"] == "published"
    story.keeper.look()
    parts = story.parts()
    assert (parts["gone"]["case"]["state"], parts["gone"]["closed_reason"]) == ("closed", "线索撤回")
    assert (parts["flagged"]["case"]["state"], parts["flagged"]["case"]["flag"]) == ("verifying", "线索撤回")
    assert {parts[part]["state"] for part in ("gone", "flagged")} == {"withdrawn"}


def outcome(story: Story, part: str, item: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What is reported of that part; its id is the same whenever it is sent."""
    came_to = {**MISSED, **WRONG}[part] if part in MISSED or part in WRONG else {}
    said = {"how": "visit", "visited_on": VISITED, "item_id": item["item_id"], **came_to, **more}
    if part == "twice":
        said["duplicate_of"] = story.parts()["entitled"]["lead_id"]
    if part == "known":
        name = f"马{story.cast.people['known'].name[1:]}"
        number = story.cast.people["known"].number
        look_up = {"id_number": number, "name": name}
        said["person_id"] = story.live.county.call("POST", f"{REGISTRY}/persons/lookup", json=look_up).json()[
            "person_id"
        ]
    said = {name: value for name, value in said.items() if value is not None}
    return {"outcome_id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{item['item_id']} {said}")), **said}


def visits_are_reported(story: Story) -> None:
    """One by one, many at once, and as the list filled in; each row by itself, and no coverage comes of it."""
    parts, died = story.parts(), story.cast.people[TWINS[0]].number
    numbers = {one: row[1] for one, row in coverage_of(story.live.client("auditor")).items()}
    for part in ONE_BY_ONE:
        township = story.of(parts[part]["case"]["area"])
        case = township.step(parts[part]["case"], "outcome", **outcome(story, part, parts[part]))
        assert case["state"] in {"awaiting-approval", "closed"}
    story.keeper.look()
    for area, township in story.townships.items():
        rows = [
            outcome(story, part, parts[part])
            for part in (*MISSED, *WRONG)
            if part not in (*ONE_BY_ONE, *BY_EXCEL) and parts[part]["case"]["area"][:9] == area[:9]
        ]
        rows += [
            outcome(story, TWINS[0], parts[TWINS[0]], code="W1", stop_from="2021-07", person_id=one["person_id"])
            for one in parts[TWINS[0]]["candidates"]
            if parts[TWINS[0]]["case"]["area"][:9] == area[:9] and numbers[one["person_id"]] == died
        ]
        rows += [
            outcome(story, "elder", parts["elder"], code="09", reason="supporters")
            for _ in range(parts["elder"]["case"]["area"][:9] == area[:9])
        ]
        wrong = {**rows[0], "outcome_id": str(uuid.uuid4()), "visited_on": "2021-06-02"} if rows else None
        answered = township.report([*([wrong] if wrong else []), *rows])
        assert (answered.taken, answered.refused) == (len(rows), 1 if wrong else 0), answered.mistakes()
        assert [error["field"] for row in answered.results for error in row["errors"]] == ["visited_on"] * bool(wrong)
        story.reported[area] = rows
    story.keeper.look()
    for area, township in story.townships.items():
        mine = {part: parts[part] for part in BY_EXCEL if parts[part]["case"]["area"][:9] == area[:9]}
        if not mine:
            continue
        sheet = filled_in(
            township.list_out(), {one["item_id"]: {**MISSED, **WRONG}[part] for part, one in mine.items()}
        )
        answered = township.list_in(sheet)
        assert (answered.taken, answered.refused) == (len(mine), 0), answered.mistakes()
        assert answered.blank > 0
        story.sent.append((area, sheet))
    story.keeper.look()
    parts = story.parts()
    assert {part: parts[part]["standing"] for part in ("entitled", "aided", "stopped", "absent", "applying")} == {
        "entitled": "awaiting-approval",
        "aided": "awaiting-approval",
        "stopped": "awaiting-approval",
        "absent": "revisit",
        "applying": "in-progress",
    }
    assert parts["elder"]["standing"] == "settled"
    assert parts["younger"]["case"]["state"] == "verifying"


def the_county_confirms(story: Story) -> None:
    """Who reported cannot confirm; one is sent back and reported anew; the rest are confirmed at once."""
    parts, approver = story.parts(), Township(story.live.client("approver"))
    with pytest.raises(Refused, match="403"):
        story.of(parts["single"]["case"]["area"]).step(parts["single"]["case"], "approve")
    back = approver.step(parts["single"]["case"], "return", reason="收入核对材料不全")
    assert (back["state"], back["word"]) == ("returned", "收入核对材料不全")
    story.keeper.look()
    again = outcome(story, "single", parts["single"], note="已补充收入核对材料")
    township = story.of(parts["single"]["case"]["area"])
    assert township.report([again]).taken == 1
    story.reported[parts["single"]["case"]["area"][:9] + "000"].append(again)
    assert approver.approve().refused == 0
    seen = story.keeper.look()
    assert [item for case in seen.cases for item in case["items"] if item["standing"] == "awaiting-approval"] == []
    parts = story.parts()
    assert {parts[part]["standing"] for part in ("entitled", "single", "tekun", "stopped", TWINS[0])} == {"in-progress"}
    assert {parts[part]["standing"] for part in ("aided", "referred")} == {"settled"}


def agencies_hear_of_their_mistakes(story: Story) -> None:
    """An agency is told which of its own rows a visit found wrong, and nobody else's; never who is supported."""
    told = {}
    for agency in ("disabled-persons-federation", "health"):
        client = story.live.client(agency)
        told[agency] = list(client.pages(f"{MATCHER}/corrections", "corrections"))
        batches = {batch["batch_id"] for batch in client.pages(f"{MATCHER}/batches", "batches")}
        assert {one["batch_id"] for one in told[agency]} <= batches
    assert [one["kind"] for one in told["disabled-persons-federation"]].count("identity") == 1
    assert len(told["health"]) == 1  # the death of `alive`


def an_application_is_refused(story: Story) -> None:
    case = story.parts()["refused"]["case"]
    opened = story.of(case["area"]).step(case, "reopen", reason="县级审批未通过")
    assert (opened["state"], opened["flag"]) == ("verifying", "审批不通过")
    story.keeper.look()
    item = story.parts()["refused"]
    said = outcome(story, "refused", item, code="09", reason="property", form=None)
    assert story.of(case["area"]).report([said]).taken == 1
    story.reported[case["area"][:9] + "000"].append(said)
    story.keeper.look()
    assert story.parts()["refused"]["case"]["state"] == "closed"


def everything_is_sent_again(story: Story, month: str = "mid") -> None:
    """The same files, takings-over, outcomes and lists once more, with the same keys and with new ones."""
    before = see(Readers(story.live.county, story.live.client("auditor")))
    story.live.county.send(f"{REGISTRY}/areas/import", story.papers[month] / "areas.csv")
    story.live.import_registry(story.papers[month])
    story.live.push_feeds(story.papers[month])
    story.live.send_again(story.papers[month])
    for area, township in story.townships.items():
        taken_over = [case for case in township.cases() if case["accepted_at"] and case["responsible_unit"]]
        if taken_over:
            rows = [{"case_id": case["case_id"], **UNIT} for case in taken_over]
            answer = township.client.call("POST", f"{REGISTRY}/cases/accept", json={"cases": rows}).json()
            assert (answer["unchanged"], answer["refused"]) == (len(rows), 0)
        if rows := story.reported.get(area):
            assert _repeated(township, orjson.dumps({"outcomes": rows}), "application/json") == len(rows)
    for area, sheet in story.sent:
        assert _repeated(story.townships[area], sheet, XLSX) > 0
    differs = before.differs(story.keeper.look(imported=True))
    assert differs == {}, differs


def _repeated(township: Township, content: bytes, media_type: str) -> int:
    """Outcomes sent again, twice under one key: nothing is taken, nothing refused, the answers are alike."""
    headers = {"Content-Type": media_type, "Idempotency-Key": str(uuid.uuid4())}
    calls = [
        township.client.call("POST", f"{REGISTRY}/cases/outcomes", content=content, headers=headers) for _ in range(2)
    ]
    first, again = (call.json() for call in calls)
    assert (first["taken"], first["refused"]) == (0, 0), first
    assert (again, calls[1].headers["idempotent-replayed"]) == (first, "true")
    return int(first["unchanged"])


def next_month_comes(story: Story) -> None:
    """The import closes what it shows, contradicts what was said to be stopped; only new facts bring anybody back."""
    settled = dict(story.keeper.settled)
    story.live.restart(JULY)
    story.keeper.look()
    story.live.import_registry(story.papers["july"])
    story.keeper.look(imported=True)
    story.live.push_feeds(story.papers["july"])
    seen = story.keeper.look()
    parts = story.parts()
    for part in ("entitled", "single", "tekun", "margin"):
        assert (parts[part]["standing"], parts[part]["closed_reason"]) == ("settled", "已纳入保障"), part
    for part in ("stopped", "head", TWINS[0]):
        assert (parts[part]["standing"], parts[part]["closed_reason"]) == ("settled", "已停发"), part
    late, watched = parts["late"], parts["watched"]
    assert (late["standing"], late["case"]["state"], late["case"]["flag"]) == (
        "pending",
        "awaiting-acceptance",
        "仍在发放",
    )
    assert (watched["standing"], watched["case"]["flag"]) == ("pending", "新情况")
    assert {parts[part]["standing"] for part in ("applying", "rigid")} == {"in-progress"}
    came_back = {part for part, item in parts.items() if item["lead_id"] in settled and item["standing"] != "settled"}
    assert came_back == {"late", "watched"}
    open_ = {story.cast.who(lead["id_number"], lead["name"]) for lead in seen.leads if lead["state"] == "open"}
    assert open_ & {*MISSED, *WRONG} == {"late", "watched", "absent", "applying", "rigid"}
    everything_is_sent_again(story, "july")


def what_was_left_in_peace_is_looked_at_again(story: Story) -> None:
    """Three months after `later` was left in peace the period is over; those settled for longer stay away."""
    story.live.restart(SEPTEMBER)
    story.keeper.look()
    parts = story.parts()
    assert (parts["later"]["standing"], parts["later"]["case"]["flag"]) == ("pending", "期满复查")
    assert parts["wealthy"]["standing"] == parts["proud"]["standing"] == "settled"
    ledger = story.live.county.call("GET", f"{REGISTRY}/statistics/ledger").json()["total"]
    assert ledger["overdue"] > 0


def test_a_power_cut_loses_nothing_and_the_services_come_up_on_another_day(story: Story) -> None:
    """Web and worker die at once; whoever serves the home next finds it as it was, on whatever day they look."""
    live = story.live
    if not live.serves:
        live.start(JUNE)
    if not story.keeper.last:
        live.take_in(story.papers["june"])
    before = see(Readers(live.county, live.client("auditor")))
    day = live.home.as_of
    assert day is not None
    live.kill()
    live.start(day)
    live.settle()
    after = see(Readers(live.county, live.client("auditor")))
    assert before.differs(after) == {}
