"""`doudi push`: the same command is the same delivery, however often the line breaks, and its end is an exit code."""

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import polars as pl
import pytest

from doudi.agency import Refused
from doudi.command_line import main
from doudi.progress import steps
from doudi.push import Order, PatientAgency, Pusher
from kit.columns import now
from kit.database import Database, transaction
from matcher.batches.tables import Batch
from tests.served import Served, served_county

FEED = "health-illness"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_county(tmp_path_factory.mktemp("push"), 900, 61) as made:
        yield made


@pytest.fixture
def client(served: Served) -> tuple[str, str]:
    return served.client("health", "feeds:push", "feeds:read", "batches:read")


class Line(httpx.BaseTransport):
    """A line that breaks: before the request is sent, or after, when the answer is lost."""

    def __init__(self, seed: int, share: float) -> None:
        self.random, self.share = random.Random(seed), share
        self.real = httpx.HTTPTransport()
        self.calls: list[tuple[str, str]] = []
        self.broken = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        breaks = self.random.random() < self.share and "/token" not in request.url.path
        if breaks and self.random.random() < 0.5:
            self.broken += 1
            raise httpx.ConnectError("no line", request=request)
        answer = self.real.handle_request(request)
        answer.read()
        answer.close()
        self.calls.append((request.method, request.url.path))
        if breaks:
            self.broken += 1
            raise httpx.ReadError("line broke", request=request)
        return answer

    def close(self) -> None:
        self.real.close()

    @property
    def parts(self) -> list[str]:
        return [path for method, path in self.calls if method == "PUT"]


class Cut(Line):
    """A line on which somebody pulls the plug after three parts."""

    def __init__(self) -> None:
        super().__init__(0, 0.0)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if len(self.parts) == 3:
            raise KeyboardInterrupt
        return super().handle_request(request)


@contextmanager
def pusher(
    served: Served, client: tuple[str, str], order: Order, line: httpx.BaseTransport | None = None
) -> Iterator[Pusher]:
    agency = PatientAgency(served.url, *client, patience=60)
    if line is not None:
        agency.http.close()
        agency.http = httpx.Client(base_url=served.url, transport=line, timeout=60)
    with steps() as shown, closing(agency.http):
        yield Pusher(agency, order, shown)


def batches(served: Served) -> dict[str, str]:
    """Every delivery of the agency and its state."""
    agency = PatientAgency(served.url, *served.client("health", "batches:read"))
    with closing(agency.http):
        return {batch["batch_id"]: batch["state"] for batch in agency.pages("/matcher/v1/batches", "batches")}


def changed(served: Served, folder: Path, name: str, rows: int = 0) -> Path:
    """The agency's file, another content for every name; `rows` = how many are left of it."""
    lines = (served.files / "health.csv").read_text("gb18030").splitlines()
    kept = lines[: rows + 1] if rows else lines
    file = folder / f"{name}.csv"
    file.write_text("\n".join([*kept, lines[1].replace(lines[1].split(",")[1], name)]) + "\n", "utf-8")
    return file


def eighth(file: Path) -> int:
    """The size of a part of which eight make the file."""
    return -(-file.stat().st_size // 8)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as end:
        patch.setattr("sys.argv", ["doudi", "push", *words])
        main()
    seen = capsys.readouterr()
    return int(end.value.code or 0), seen.out, seen.err


def test_a_file_is_delivered_by_one_command_and_said_again_it_is_the_same_delivery(
    served: Served,
    client: tuple[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOUDI_CLIENT_SECRET", client[1])
    words = [str(served.files / "health.csv"), "--feed", FEED, "--url", served.url, "--client-id", client[0]]
    code, printed, _ = told(capsys, *words, "--rehearse")
    assert (code, "validated" in printed, " accepted" in printed) == (0, True, True)
    code, printed, shown = told(capsys, *words, "--period", "2021-06")
    assert (code, "published" in printed, "send" in shown) == (0, True, True)
    before = batches(served)
    code, again, _ = told(capsys, *words, "--period", "2021-06")
    assert (code, again) == (0, printed)
    assert batches(served) == before

    few = changed(served, tmp_path, "只剩几行", rows=3)
    code, printed, _ = told(capsys, str(few), *words[1:])
    assert (code, "held for  rows-lost" in printed, "another client" in printed) == (3, True, True)
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("名字,病\n甲,乙\n", "utf-8")
    code, _, shown = told(capsys, str(wrong), *words[1:])
    assert (code, "feed-columns-wrong" in shown) == (2, True)


def test_without_a_secret_it_says_where_it_is_looked_for(
    served: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOUDI_CLIENT_SECRET", raising=False)
    file = str(served.files / "health.csv")
    code, _, shown = told(capsys, file, "--feed", FEED, "--url", served.url, "--client-id", "x")
    assert (code, "--secret-file" in shown) == (2, True)


def test_where_nobody_answers_it_says_so_and_what_to_do(
    served: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOUDI_CLIENT_SECRET", "secret")
    words = [str(served.files / "health.csv"), "--feed", FEED, "--client-id", "x", "--patience", "0"]
    code, _, shown = told(capsys, *words, "--url", "http://127.0.0.1:1")
    assert (code, "no answer from http://127.0.0.1:1" in shown, "say the same again" in shown) == (2, True, True)


@pytest.mark.parametrize("seed", range(6))
def test_over_a_line_that_breaks_there_is_one_delivery_and_it_is_whole(
    served: Served, client: tuple[str, str], tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doudi.push.FIRST_PAUSE", 0.01)
    monkeypatch.setattr("doudi.push.LONGEST_PAUSE", 0.05)
    file, line = changed(served, tmp_path, f"断线{seed}"), Line(seed, 0.3)
    small = eighth(file) if seed % 2 else 10**9  # in many parts, or in one call
    before = set(batches(served))
    with pusher(served, client, Order(FEED, file, {"mode": "validate"}, small), line) as one:
        batch = one.push()
    assert (batch["state"], batch["bytes"], batch["sha256"]) == ("validated", file.stat().st_size, one.digest)
    assert sum(batch["outcomes"].values()) == pl.read_csv(file, infer_schema=False).height
    assert set(batches(served)) - before == {batch["batch_id"]}
    assert line.broken > 0
    assert (len(set(line.parts)) > 5) == bool(seed % 2)


def test_broken_off_it_goes_on_with_the_parts_that_are_not_there(
    served: Served, client: tuple[str, str], tmp_path: Path
) -> None:
    file = changed(served, tmp_path, "中断")
    order, line, rest = Order(FEED, file, {"mode": "validate"}, eighth(file)), Cut(), Line(0, 0.0)
    with pusher(served, client, order, line) as first, pytest.raises(KeyboardInterrupt):
        first.push()
    assert len(line.parts) == 3
    with pusher(served, client, order, rest) as second:
        batch = second.push()
    assert batch["state"] == "validated"
    assert not set(rest.parts) & set(line.parts)
    assert len(rest.parts) == 8 - 3


def test_the_same_command_elsewhere_that_was_faster_has_done_the_work(
    served: Served, client: tuple[str, str], tmp_path: Path
) -> None:
    file = changed(served, tmp_path, "同时")
    order = Order(FEED, file, {"mode": "validate"}, eighth(file))
    faster: list[str] = []

    class Overtaken(Line):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if len(self.parts) == 2 and not faster:
                with pusher(served, client, order) as other:
                    faster.append(other.push()["batch_id"])
            return super().handle_request(request)

    with pusher(served, client, order, Overtaken(0, 0.0)) as slower:
        done = slower.push()
    assert (done["state"], [done["batch_id"]]) == ("validated", faster)


def test_a_delivery_given_up_is_begun_anew(served: Served, client: tuple[str, str], tmp_path: Path) -> None:
    file = changed(served, tmp_path, "撤回")
    order = Order(FEED, file, {"mode": "validate"}, eighth(file))
    with pusher(served, client, order) as one:
        first = one.push()
        path = f"/matcher/v1/batches/{first['batch_id']}"
        etag = one.agency.call("GET", path).headers["ETag"]
        one.agency.call("POST", f"{path}/cancel", headers={"If-Match": etag})
        second = one.push()
    assert second["batch_id"] != first["batch_id"]
    assert second["state"] == "validated"


def test_an_upload_that_expired_and_still_stands_open_is_begun_anew(
    served: Served, client: tuple[str, str], tmp_path: Path
) -> None:
    file = changed(served, tmp_path, "过期")
    order = Order(FEED, file, {"mode": "validate"}, eighth(file))
    with pusher(served, client, order, Cut()) as first, pytest.raises(KeyboardInterrupt):
        first.push()
    (left,) = (batch for batch, state in batches(served).items() if state == "open")
    database = Database.open(served.home.matcher_settings().database_url)
    with transaction(database) as session:
        session.get_one(Batch, left).expires_at = now() - timedelta(seconds=1)
    database.dispose()
    with pusher(served, client, order) as second:
        done = second.push()
    assert (done["state"], done["batch_id"] == left) == ("validated", False)
    assert batches(served)[left] == "open"  # until the day's pass


def test_a_token_the_service_takes_no_more_is_renewed_once(served: Served, client: tuple[str, str]) -> None:
    agency = PatientAgency(served.url, *client, patience=60)
    with closing(agency.http):
        agency._token, agency._until = "outdated", float("inf")
        assert agency.call("GET", "/matcher/v1/feeds").is_success
        assert agency._token != "outdated"


def test_what_does_not_pass_by_itself_is_not_waited_for(
    served: Served, client: tuple[str, str], tmp_path: Path
) -> None:
    file = changed(served, tmp_path, "他人")
    order = Order("disability-cards", file, {})
    with pusher(served, client, order) as one, pytest.raises(Refused, match="feed-not-yours"):
        one.push()
