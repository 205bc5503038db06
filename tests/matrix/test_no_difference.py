"""What lies outside makes no difference: more people, cases and deliveries there, and every answer stays as it was.

Counts, shares, sums, pages and headers: whatever could be reckoned from an answer that moves, moves only with what the
caller may see.
"""

import re
from pathlib import Path

import pytest

from tests.matrix.conftest import matcher_world, registry_world
from tests.matrix.judge import Who, put, text_of
from tests.matrix.roles import EVERYTHING
from tests.matrix.table import every_ask
from tests.matrix.world import World

pytestmark = pytest.mark.same_anywhere  # the words of answers, not their rows

# Answers that move by themselves, and what in them does.
MOVING = {
    "GET /registry/v1/changes": r'"cursor":"[^"]*"',  # the place in the feed, numbered for everybody
    "GET /registry/v1/export": r'"cursor":"[^"]*"',
    # Whether anything moved since: the place in the feed is in it, as in the cursors.
    "GET /registry/v1/facts": r'"stamp":"[^"]*"|"rows":(null|\d+)',
    "GET /registry/v1/facts/{kind}": r"(?i)(etag|watermark): [^\n]*",
    "GET /registry/v1/audit/deletions/due": r'"before":"[^"]*"',  # so many days before now
    "GET /matcher/v1/audit/deletions/due": r'"before":"[^"]*"',
    "GET /matcher/v1/batches/{batch_id}/receipt": r"\.[\w-]{86}(?![\w-])",  # a signature draws lots
    "GET /matcher/v1/leads/changes": r'"(cursor":"[^"]*"|seq":\d+)',
}
# The clock: when a workbook was made, its watermark, how fast a delivery that is done seems to have been, how much of
# this minute the caller itself has used.
CLOCK = re.compile(
    r"<dcterms:[^/]*</dcterms:\w+>|\"rate\":[^}]*|\"request_id\":\"[^\"]*\"|水印 \S+ 导出 \S+ \S+|\"watermark\":{[^}]*}"
    r"|ratelimit: [^\n]*|\"now\":\"[^\"]*\""
)
# every call of the caller adds an entry, and to what is counted of them
OWN_TRAIL = {f"GET /{one}/v1/audit{what}" for one in ("registry", "matcher") for what in ("", "/usage", "/usage.xlsx")}
CHAIN = {"GET /registry/v1/audit/verify", "GET /matcher/v1/audit/verify"}  # one chain for the service: its length
RUNS = {"path": {"statistic": "runs"}}  # a row per screening, and a delivery anywhere makes one


def answers(world: World) -> dict[tuple[str, str, str], str]:
    found = {}
    for row, ask in every_ask(world.name):
        if row.method != "GET" or row.name in OWN_TRAIL | CHAIN or ask.call.get("path") == RUNS["path"]:
            continue
        for place in ask.places:
            answer, _ = put(world, ask, Who(EVERYTHING), place)
            text = CLOCK.sub("", text_of(answer))
            found[row.name, repr(dict(ask.call)), place] = re.sub(MOVING.get(row.name, "(?!)"), "", text)
    return found


def differing(world: World) -> list[tuple[str, str, str]]:
    before = answers(world)
    assert len(before) > 50
    for _ in range(2):
        world.more()
    after = answers(world)
    return [call for call, text in before.items() if text != after[call]]


def test_more_people_and_cases_outside_change_no_answer_of_the_registry(databases: None, tmp_path: Path) -> None:
    with registry_world(tmp_path) as world:
        assert differing(world) == []


def test_more_deliveries_outside_change_no_answer_of_the_matcher(databases: None, tmp_path: Path) -> None:
    with matcher_world(tmp_path) as world:
        assert differing(world) == []


def test_more_of_ones_own_does_change_answers(databases: None, tmp_path: Path) -> None:
    with registry_world(tmp_path) as world:
        before = answers(world)
        title = {"kind": "problem", "area": world.planted["own"].area, "title": "又一件事"}
        token = world.token(EVERYTHING, world.planted["own"].area)
        assert world.call("POST", "/registry/v1/cases", token, json=title).status_code == 201
        after = answers(world)
        moved = {name for name, _, _ in before if any(before[k] != after[k] for k in before if k[0] == name)}
        assert {"GET /registry/v1/cases", "GET /registry/v1/statistics/{statistic}"} <= moved
