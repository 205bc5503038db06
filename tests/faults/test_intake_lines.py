"""A connection that is cut in a part, a sender that stops, and two who send the same: what was not acknowledged is not
there, what was is there once."""

import base64
import hashlib
import random
import socket
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from kit.database import reading
from matcher.batches.tables import Batch, BatchPart
from tests.faults.conftest import Peace
from tests.faults.intake import FEEDS_SENT, PART_BYTES, Ground, Intake
from tests.faults.pusher import pushing
from tests.journeys.live import enrol
from tests.journeys.seen import MATCHER

FEED = FEEDS_SENT[0]
CUTS, CUTS_SOAKED = 30, 600
PAIRS, PAIRS_SOAKED = 2, 40
IMPATIENT = {"DOUDI_MATCHER_BODY_PAUSE_SECONDS": "1"}
ROOM = {"DOUDI_MATCHER_AGENCY_WAITING": "1000", "DOUDI_MATCHER_DELIVERIES_WAITING": "1000"}


def request(intake: Intake, batch: str, number: int, content: bytes, rng: random.Random) -> bytes:
    """A part as it goes over the line, its length stated or in chunks, with a key or without."""
    client = intake.sender(FEED)
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    head = [
        f"PUT {MATCHER}/batches/{batch}/parts/{number} HTTP/1.1",
        "Host: intake.test",
        f"Authorization: Bearer {client.token[0]}",
        "Content-Type: application/octet-stream",
        f"Content-Digest: sha-256=:{digest}:",
    ]
    if rng.random() < 0.5:
        head.append(f"Idempotency-Key: cut-{number}")
    if rng.random() < 0.5:
        head.append(f"Content-Length: {len(content)}")
        body = content
    else:
        head.append("Transfer-Encoding: chunked")
        pieces = [content[at : at + 150] for at in range(0, len(content), 150)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    return "\r\n".join([*head, "", ""]).encode() + body


def cut(intake: Intake, sent: bytes) -> None:
    """Send that much, and be gone: in good order or by a reset."""
    host, port = intake.home.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.sendall(sent)


def parts_of(intake: Intake, batch: str) -> list[Path]:
    """Files of parts, whole or half, on disk."""
    return sorted((intake.home.matcher_settings().data_dir / "batches").glob(f"{batch}/part-*"))


@pytest.mark.same_anywhere
def test_a_part_whose_line_was_cut_is_not_there_and_the_rest_goes_on(
    ground: Ground, peace: Peace, tmp_path: Path, request_counts: tuple[int, int]
) -> None:
    cuts, _ = request_counts
    rng = random.Random(cuts)
    content = ground.files[FEED].read_bytes()
    parts = [content[at : at + PART_BYTES] for at in range(0, len(content), PART_BYTES)]
    with ground.intake(tmp_path / "home", ("web",), environment=IMPATIENT) as intake:
        batch = _opened(intake, content)
        for _ in range(cuts):
            number = rng.randrange(len(parts))
            whole = request(intake, batch, number + 1, parts[number], rng)
            cut(intake, whole[: rng.randrange(len(whole))])
        _stopped(intake, request(intake, batch, 1, parts[0], rng)[:-40])
        listed = intake.sender(FEED).call("GET", f"{MATCHER}/batches/{batch}/parts").json()
        assert (listed["parts"], listed["received_bytes"], parts_of(intake, batch)) == ([], 0, [])
        assert intake.deliver(FEED) == batch
        assert len(parts_of(intake, batch)) == len(parts)
        intake.mortal.revive("worker")
        intake.until_quiet()
        assert intake.ended() == peace.one
        assert intake.said("request_failed", "web") == []


def _opened(intake: Intake, content: bytes) -> str:
    """The upload as `doudi push` opens it: its own open comes to the same one."""
    stated = {
        "upload": "parts", "expected_sha256": hashlib.sha256(content).hexdigest(), "expected_bytes": str(len(content)),
    }  # fmt: skip
    client, headers = intake.sender(FEED), {"Content-Type": "text/csv"}
    answer = client.call("POST", f"{MATCHER}/feeds/{FEED}/batches", params=stated, headers=headers)
    return str(answer.json()["batch_id"])


def _stopped(intake: Intake, begun: bytes) -> None:
    """A sender that stops in the middle and stays on the line is told so, and let go."""
    host, port = intake.home.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as line:
        line.sendall(begun)
        told = b""
        while piece := line.recv(4096):
            told += piece
    assert told.startswith(b"HTTP/1.1 408 "), told[:200]
    assert b"body-too-slow" in told


@pytest.fixture
def request_counts(request: pytest.FixtureRequest) -> tuple[int, int]:
    """How many lines are cut, and how many pairs send."""
    return (CUTS_SOAKED, PAIRS_SOAKED) if request.config.getoption("--soak") else (CUTS, PAIRS)


def test_two_processes_that_send_the_same_at_once_have_sent_it_once(
    ground: Ground, tmp_path: Path, request_counts: tuple[int, int]
) -> None:
    _, pairs = request_counts
    lines = ground.files[FEED].read_bytes().split(b"\r\n")
    with ground.intake(tmp_path / "home", ("web",), environment=ROOM) as intake, pushing(2) as (left, right):
        ours = enrol(intake.home, "disabled-persons-federation")
        theirs = enrol(intake.home, "disabled-persons-federation")
        for pair in range(pairs):
            file = tmp_path / f"{pair}.csv"
            file.write_bytes(b"\r\n".join(line for at, line in enumerate(lines) if at != pair % 40 + 1))
            told: dict[str, Any] = {
                "url": intake.home.url, "feed": FEED, "file": str(file),
                "part_bytes": PART_BYTES if pair % 2 else 1_000_000,
            }  # fmt: skip
            left.tell(**told, client=ours)
            right.tell(**told, client=ours if pair < pairs // 2 else theirs)
            _check_pair(left.heard(), right.heard(), one_client=pair < pairs // 2)
        intake.mortal.revive("worker")
        intake.until_quiet()
        _check_all(intake, pairs)


def _check_pair(mine: dict[str, Any], other: dict[str, Any], *, one_client: bool) -> None:
    """By one client it is one delivery; by two it is one, and a repetition that says of what."""
    if one_client:
        assert mine["batch_id"] == other["batch_id"]
        assert {mine["state"], other["state"]} == {"sealed"}
        return
    first, second = sorted((mine, other), key=lambda one: one["state"] == "unchanged")
    assert (first["state"], second["state"], second["same_as"]) == ("sealed", "unchanged", first["batch_id"])


def _check_all(intake: Intake, pairs: int) -> None:
    """Each content was read once and counted once, whoever sent it; its rows are all accounted for."""
    with intake.database() as database, reading(database) as session:
        batches = list(session.exec(select(Batch).order_by(col(Batch.id))))
        parts = session.exec(select(BatchPart.batch_id).distinct()).all()
    read = [batch for batch in batches if batch.state == "published"]
    again = [batch for batch in batches if batch.state == "unchanged"]
    assert (len(read), len(again), len(batches)) == (pairs, pairs - pairs // 2, len(read) + len(again))
    assert len({batch.sha256 for batch in read}) == pairs
    assert {batch.fencing_token for batch in read} == {1}
    assert {batch.same_as for batch in again} <= {batch.id for batch in read}
    assert set(parts) <= {batch.id for batch in batches}
    for batch in batches:
        assert batch.outcomes is not None
        assert sum(batch.outcomes.values()) == batch.rows_total
