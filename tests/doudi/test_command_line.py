"""The words a user types: what they print, what they leave, and how they refuse."""

import gc
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import polars as pl
import pytest

from doudi.command_line import main
from doudi.county import make_county
from doudi.embedded import START_SECONDS
from doudi.evaluation import evaluate_trial
from doudi.serve import free_port

WAIT = START_SECONDS
CLIENT = ("client", "create", "--name", "a", "--agency", "b", "--home", "h")


def doudi(*words: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "doudi.command_line", *words], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == expect, done.stderr[-2000:] + done.stdout[-2000:]
    return done


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a word says that is refused: in this process, which has imported already what a word imports."""

    def say(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["doudi", *words])
        often = gc.get_threshold()
        try:
            with pytest.raises(SystemExit) as ended:
                main()
        finally:  # a word leaves its process behind, and with it what it told the collector
            gc.enable()
            gc.set_threshold(*often)
        assert ended.value.code == 2
        return capfd.readouterr().err

    return say


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county")
    make_county(folder, 2500, "typical", 402)
    return folder


@pytest.fixture(scope="module")
def tried(county: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("out")
    done = doudi("trial", str(county), "--out", str(out), "--as-of", "2021-06-01")
    return out, done.stdout


def test_a_trial_lists_those_the_truth_expects(county: Path, tried: tuple[Path, str]) -> None:
    found = evaluate_trial(tried[0] / "leads.csv", county)
    assert found.uncovered.expected >= 30
    assert found.uncovered.recall >= 0.97
    assert found.uncovered.precision >= 0.97
    assert found.dead_sound.recall == 1


def test_a_trial_says_that_nothing_is_masked(tried: tuple[Path, str]) -> None:
    assert "NOT MASKED" in tried[1]
    assert "未脱敏" in tried[1]


def test_leads_csv_has_the_columns_promised(tried: tuple[Path, str]) -> None:
    raw = (tried[0] / "leads.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    leads = pl.read_csv(tried[0] / "leads.csv", infer_schema=False)
    wanted = ["township", "household", "tier", "name", "id_number", "screens", "sources", "grade", "person_id"]
    assert leads.columns == wanted
    assert leads["township"].str.contains(r"^\d{9}$").all()
    assert leads["sources"].str.contains(r"^[a-z]+\.(xlsx|csv):\d+(\|[a-z]+\.(xlsx|csv):\d+)*$").all()


def test_every_township_has_its_workbook_and_the_report_accounts_for_every_row(
    county: Path, tried: tuple[Path, str]
) -> None:
    out, _ = tried
    leads = pl.read_csv(out / "leads.csv", infer_schema=False)
    books = {path.name.split("_")[1].removesuffix(".xlsx") for path in out.glob("*.xlsx")}
    assert books == set(leads["township"])
    report = (out / "quality.md").read_text()
    rows = pl.read_csv(county / "truth_rows.csv").group_by("file").len()
    for file, count in rows.iter_rows():
        assert re.search(rf"\| {re.escape(file)} \| {count} \|", report), file


def test_a_trial_without_the_registry_says_what_to_do(tmp_path: Path) -> None:
    done = doudi("trial", str(tmp_path), "--out", str(tmp_path / "out"), expect=2)
    assert "--registry" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_trial_with_wrong_columns_names_them(tmp_path: Path) -> None:
    make_county(tmp_path, 300, "typical", 402)
    (tmp_path / "health.csv").write_text("名字,金额\n甲,1\n")
    done = doudi("trial", str(tmp_path), "--out", str(tmp_path / "out"), expect=2)
    assert "feed-columns-wrong" in done.stderr
    assert "Traceback" not in done.stderr


def test_linking_two_files_and_scoring_them(county: Path, tmp_path: Path) -> None:
    links = tmp_path / "links.csv"
    doudi("link", str(county / "people.parquet"), str(county / "feed.parquet"), "--out", str(links))
    frame = pl.read_csv(links)
    assert frame.columns == ["feed_id", "person_id", "probability", "grade", "assigned"]
    assert frame["probability"].min() >= 0.01
    assert not frame.filter(pl.col("assigned"))["feed_id"].is_duplicated().any()
    told = doudi("evaluate", str(links), str(county / "truth.parquet")).stdout
    assert re.search(r"^all\s+\d+", told, re.MULTILINE)
    assert "recordlinkage" in told


def test_a_county_is_planted_where_that_is_asked_for(tmp_path: Path) -> None:
    told = doudi("county", str(tmp_path), "--people", "300", "--planted").stdout
    assert "people planted" in told
    assert "shared-account" in told
    assert (tmp_path / "truth_planted.csv").exists()
    doudi("county", str(tmp_path), "--planted", "--next-month-of", str(tmp_path), expect=2)


def test_the_month_after_a_county_is_written_and_counted(county: Path, tmp_path: Path) -> None:
    told = doudi("county", str(tmp_path / "july"), "--next-month-of", str(county)).stdout
    assert "as of 2021-07-01" in told
    assert re.search(r"^\s+\d+  registry\.xlsx$", told, re.MULTILINE)
    assert (tmp_path / "july" / "truth_people.csv").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("county", "x", "--level", "awful"), "awful"),
        (("county", "x", "--next-month-of", "nowhere"), "county.json"),
        (("county", "x", "--people", "1"), "100"),
        (("link", "none.parquet", "none.parquet", "--out", "x.csv"), "none.parquet"),
        (("evaluate", "none.csv", "none.csv"), "none.csv"),
        ((*CLIENT, "--area", "12", "--scope", "leads:read"), "12 digits"),
        ((*CLIENT, "--area", "640499000000", "--scope", "x"), "unknown scopes"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_code_2(
    words: tuple[str, ...], said: str, refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = refused(*words)
    assert said in told
    assert "Traceback" not in told


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str, subprocess.Popen[str]]]:
    home, port = tmp_path / "home", free_port()
    command = [sys.executable, "-m", "doudi.command_line", "serve", "--home", str(home), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + WAIT
        while time.monotonic() < until:
            try:
                if httpx.get(f"{url}/matcher/v1/health/ready", trust_env=False).is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield home, url, process
        process.terminate()
        process.wait(timeout=30)


def workers_of(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def test_serve_makes_keys_apart_from_data_and_a_client_can_call(
    served: tuple[Path, str, subprocess.Popen[str]],
) -> None:
    home, url, _ = served
    assert (home / "keys" / "registry.json").stat().st_mode & 0o077 == 0
    assert not list((home / "data").rglob("*.json"))
    told = doudi("client", "create", "--name", "t", "--agency", "township", "--area", "640499000000",
                 "--scope", "leads:read", "--home", str(home)).stdout  # fmt: skip
    client_id, secret = (re.search(rf"{word}\s+(\S+)", told)[1] for word in ("client_id", "secret"))  # type: ignore[index]  # both are printed
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    answer = httpx.post(f"{url}/registry/v1/token", data={**form, "purpose": "dynamic-monitoring"}, trust_env=False)
    token = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    leads = httpx.get(f"{url}/matcher/v1/leads", headers=token, trust_env=False)
    assert (leads.status_code, leads.json()["leads"]) == (200, [])
    assert httpx.get(f"{url}/registry/v1/cases", headers=token, trust_env=False).status_code == 403


def test_a_killed_worker_is_started_again_and_none_outlives_its_services(
    served: tuple[Path, str, subprocess.Popen[str]],
) -> None:
    _, _, process = served
    until = time.monotonic() + WAIT
    while not workers_of(process.pid) and time.monotonic() < until:
        time.sleep(0.1)
    first = workers_of(process.pid)
    assert len(first) == 1
    os.kill(first[0], signal.SIGKILL)
    while workers_of(process.pid) in ([], first) and time.monotonic() < until:
        time.sleep(0.1)
    second = workers_of(process.pid)
    assert len(second) == 1
    assert second != first
    process.terminate()
    process.wait(timeout=30)
    with pytest.raises(ProcessLookupError):
        os.kill(second[0], 0)


def test_the_first_account_and_a_new_signing_key_on_the_command_line(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    words = ["account", "create", "--login", "an.quan", "--name", "安全", "--staff-number", "1", "--agency",
             "civil-affairs", "--area", "640499000000", "--home", str(tmp_path)]  # fmt: skip
    made = doudi(*words, "--role", "security-administrator").stdout
    assert re.search(r"^activation_secret \S{32}$", made, re.MULTILINE)
    told = refused(*words, "--role", "auditor", "--role", "reviewer")
    assert "stand alone" in told
    assert "Traceback" not in told
    one, other = (doudi("client", "rotate-signing-key", "--home", str(tmp_path)).stdout for _ in range(2))
    assert one.startswith("kid ")
    assert one != other
