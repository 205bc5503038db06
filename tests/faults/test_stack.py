"""A whole stack under load while any one process is killed every few seconds, the database is restarted and the proxy
is cut; and while an earlier release is exchanged for this one, process by process, and back. No row, outcome or event
is lost or doubled, and every client ends with its answer.

What the main job's journey asks of a county is then asked of this one, through the proxy.
"""

import random
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from doudi.county.tables import text
from doudi.main_job import FEEDS
from doudi.stack.running import SERVED
from tests.faults.exchange import Exchange
from tests.faults.ground import CARDS, SENT, Ground, Ordeal, moved_in
from tests.faults.onslaught import NEW_CARDS, Killer, lines_of
from tests.faults.tale import LISTED, homes_of
from tests.journeys.invariants import Keeper
from tests.journeys.live import JUNE
from tests.journeys.on_stack import Steadfast, lively_on
from tests.journeys.seen import MATCHER, REGISTRY, Seen
from tests.journeys.villagers import villager
from tests.stacked import said, stacked

pytestmark = pytest.mark.stack(always=True)


@pytest.fixture(scope="module", params=["struck", "exchanged"])
def ground(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Ground]:
    """After the ordeal, when nothing is left to do."""
    folder, soak = tmp_path_factory.mktemp("ordeal"), request.config.getoption("--soak")
    with stacked(as_of=JUNE) as stack, lively_on(stack) as live:
        ordeal: Ordeal
        if request.param == "struck":
            ordeal = Killer(stack, random.Random(133), soak=soak)
        else:
            ordeal = Exchange(stack, folder / "earlier", soak=soak)
        made = moved_in(stack, live, ordeal, folder)
        made.work_through()
        yield made


def test_everybody_ended_with_an_answer(ground: Ground) -> None:
    ground.ordeal.check()
    assert ground.wrong == []
    assert min(ground.turns.get(name, 0) for name in (*SENT, "registry", "follower registry")) > 0, ground.turns


def test_nobody_was_told_of_a_mistake_of_ours(ground: Ground) -> None:
    """What callers met on the way says when to come back; the services know of no failure of their own."""
    met = Counter(one for client in ground.live.clients.values() if isinstance(client, Steadfast) for one in client.met)
    assert {status for status, _, _ in met} <= {409, 429, 503}, met
    assert {kind for _, kind, _ in met} <= {"application/problem+json"}, met
    assert all(after for status, _, after in met if status in {429, 503}), met
    log = said(ground.stack)
    assert '"event": "request"' in log
    assert [line[:2000] for line in log.splitlines() if '"event": "request_failed"' in line] == []


def test_no_row_is_lost_or_doubled(ground: Ground) -> None:
    for feed in SENT:
        client, sent = ground.live.client(FEEDS[feed][1]), dict(ground.offices[feed].sent)
        batches = {one["batch_id"]: one for one in client.pages(f"{MATCHER}/batches", "batches") if one["feed"] == feed}
        assert {one for one, batch in batches.items() if batch["state"] != "unchanged"} == set(sent)
        for batch_id, rows in sent.items():
            assert sum(batches[batch_id]["outcomes"].values()) == rows
            assert lines_of(client, batch_id) == sorted(set(lines_of(client, batch_id)))
            assert len(lines_of(client, batch_id)) == rows
    imports = {one["import_id"]: one for one in ground.live.county.pages(f"{REGISTRY}/imports", "imports")}
    assert set(imports) >= {one for one, _ in ground.offices["registry"].sent}
    for import_id, rows in ground.offices["registry"].sent:
        assert sum(imports[import_id]["counts"].values()) == rows


@pytest.fixture(scope="module")
def seen(ground: Ground) -> Seen:
    """Everything both services show at the end, after what must always hold was checked."""
    keeper = Keeper(ground.live, {area: desk.township for area, desk in ground.desks.items()})
    return keeper.look(imported=True)


def test_the_lists_hold_whom_the_last_deliveries_name(ground: Ground, seen: Seen) -> None:
    homes = homes_of(text("areas.csv"))
    indexes = [*LISTED, *NEW_CARDS[: len(ground.offices[CARDS].sent)]]
    expected = {villager(index, homes[index % len(homes)]).number for index in indexes}
    named = Counter(lead["id_number"] for lead in seen.leads)
    assert set(named) >= expected
    assert {number for number, count in named.items() if count > 1} == set()


def test_no_outcome_is_lost_or_doubled(ground: Ground, seen: Seen) -> None:
    reported = {one: code for desk in ground.desks.values() for one, code in desk.reported.items()}
    assert reported
    assert Counter(one["outcome_id"] for one in seen.outcomes) == Counter(reported.keys())
    assert {one["outcome_id"]: one["code"] for one in seen.outcomes} == reported


def test_no_event_is_lost_doubled_or_out_of_order(ground: Ground, seen: Seen) -> None:
    follower, replay = ground.followers["registry"], ground.replays["registry"]
    for one in (follower, replay):
        one.to_the_end()
    numbers = [event["seq"] for event in follower.events]
    assert numbers
    assert numbers == sorted(set(numbers))
    assert [(event["seq"], event["kind"], event["id"]) for event in replay.events] == [
        (event["seq"], event["kind"], event["id"]) for event in follower.events
    ]
    lists = ground.followers["lists"]
    lists.to_the_end()
    standing = {}
    for event in lists.events:
        standing[event["lead_id"]] = event["lead"]
    open_ = {lead["lead_id"] for lead in seen.leads if lead["state"] == "open"}
    assert {lead for lead, shown in standing.items() if shown is not None} == open_


def test_a_persons_number_stands_in_no_log(ground: Ground, seen: Seen) -> None:
    log = said(ground.stack)
    people = [word for lead in seen.leads for word in (lead["name"], lead["id_number"]) if word]
    assert people
    assert [word for word in people if word in log] == []


def test_told_to_stop_everybody_ends_what_they_are_at_and_callers_are_told_to_come_back(ground: Ground) -> None:
    """The last of this file: nobody answers after it."""
    stack = ground.stack
    running = [name for name in stack.named(*SERVED, "worker") if stack.supervisor.pid(name) is not None]
    stack.end()
    assert set(stack.supervisor.names()) == {"postgres", "proxy"}
    for name in running:
        if name.startswith("worker"):
            lines = stack.log(name).read_text().splitlines()
            assert any('"event": "worker_stopped"' in line for line in lines[-3:]), lines[-3:]
    assert stack.home.tls is not None
    answer = httpx.get(f"{stack.whole.url}{REGISTRY}/areas", verify=stack.home.tls, trust_env=False)
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "upstream-down", "5")
