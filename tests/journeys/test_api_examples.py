"""The pages of examples are true: every shell block of docs/api runs, in order, against the real services on a real
port, and answers what the page says.

After a ```sh block, a ```json block is a part of the answer (lists: each of its members is somewhere in the answer's),
a ```text block lines that must be printed; `…` stands for anything.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from doudi.agency import ENDED
from kit.tables_in import read_table
from registry.access.accounts import Appointment
from registry.main import add_account
from tests.journeys.on_stack import STACK
from tests.journeys.quiet import Watch
from tests.served import COUNTY, Served, served_county, served_on_stack

PAGES = Path(__file__).resolve().parents[2] / "docs" / "api"
NAMES = ("agency", "township", "dashboard", "linkage", "people", "agreements")
pytestmark = [
    pytest.mark.same_anywhere,  # the words of the pages, not the database behind them
    pytest.mark.skipif(
        not all(map(shutil.which, ("curl", "openssl"))), reason="the pages use curl and openssl (CI installs them)"
    ),
]
WRITTEN = "issues"  # by a command: there is nothing to run on it
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = 600  # of all blocks of a page, on a machine with more work than it can do
ANYTHING = "…"
AGENCY_SCOPES = ("feeds:read", "feeds:push", "batches:read", "subscriptions:write")


@dataclass(frozen=True)
class Block:
    """A shell block of a page, the line it begins at, and what the page says it answers."""

    line: int
    shell: str
    kind: str | None
    answer: str


@dataclass(frozen=True)
class Told:
    """What a block did: whether it was reached and succeeded, and what it printed."""

    done: bool
    out: str
    error: str


def blocks_of(text: str) -> list[Block]:
    """The shell blocks of a page with the answer that follows each, if one does before the next."""
    found: list[Block] = []
    for fence in FENCE.finditer(text):
        kind, body = fence.groups()
        if kind == "sh":
            found.append(Block(text[: fence.start()].count("\n") + 1, body, None, ""))
        elif kind in {"json", "text"}:
            assert found, "an answer without a question"
            assert found[-1].kind is None, f"two answers for the block at line {found[-1].line}"
            found[-1] = Block(found[-1].line, found[-1].shell, kind, body)
    return found


def run(blocks: list[Block], folder: Path, variables: dict[str, str]) -> list[Told]:
    """All blocks in one shell, which ends at the first that fails; variables and functions live on."""
    script = ["set -euo pipefail"]
    for number, block in enumerate(blocks):
        script += [f"{{\n{block.shell}}} > .{number}.out 2> .{number}.err", f"echo yes > .{number}.done"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", **variables}
    subprocess.run(["bash", "-c", "\n".join(script)], cwd=folder, env=environment, timeout=SECONDS, check=False)
    said = [[_read(folder / f".{number}.{part}") for part in ("done", "out", "err")] for number in range(len(blocks))]
    return [Told(bool(done), out, error) for done, out, error in said]


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def holds(stated: Any, answered: Any) -> bool:
    """Whether the answer holds everything the page states."""
    if stated == ANYTHING:
        return True
    if isinstance(stated, dict):
        return isinstance(answered, dict) and all(
            key in answered and holds(value, answered[key]) for key, value in stated.items()
        )
    if isinstance(stated, list):
        if not stated:
            return answered == []
        return isinstance(answered, list) and all(any(holds(one, other) for other in answered) for one in stated)
    if isinstance(stated, str) and ANYTHING in stated:
        return isinstance(answered, str) and matches(stated, answered)
    return type(stated) is type(answered) and bool(stated == answered)


def matches(stated: str, answered: str) -> bool:
    """Whether a line is the one the page states, `…` standing for anything."""
    return re.fullmatch(re.escape(stated).replace(ANYTHING, ".*"), answered) is not None


def misses(block: Block, told: Told) -> str | None:
    """What is wrong with what a block did; None when it is as the page says."""
    if not told.done:
        return f"line {block.line}: failed or was not reached\n{told.out[-1500:]}\n{told.error[-1500:]}"
    if block.kind == "json" and not holds(json.loads(block.answer), json.loads(told.out)):
        return f"line {block.line}: the page says\n{block.answer}but the answer was\n{told.out[:3000]}"
    if block.kind == "text":
        printed = told.out.splitlines()
        lost = [line for line in block.answer.splitlines() if not any(matches(line, other) for other in printed)]
        if lost:
            return f"line {block.line}: not printed: {lost}; printed was\n{told.out[:3000]}"
    return None


@pytest.fixture(scope="module")
def served(ground: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOUDI_MATCHER_WEBHOOK_LOOPBACK", "true")  # the page's own receiver listens on this machine
        raised = served_on_stack if ground == STACK else served_county
        with raised(tmp_path_factory.mktemp("served"), 500, 402) as county:
            yield county


def trusting(served: Served) -> dict[str, str]:
    """How curl and Python are told whom to trust, where a proxy bears a certificate of its own making."""
    return dict.fromkeys(("CURL_CA_BUNDLE", "SSL_CERT_FILE"), str(served.certificate)) if served.certificate else {}


def variables_for(served: Served) -> dict[str, dict[str, str]]:
    """What the county gave to each: the pages' own variables."""

    def given(who: str, *scopes: str, prefix: tuple[str, str] = ("CLIENT_ID", "SECRET")) -> dict[str, str]:
        return dict(zip(prefix, served.client(who, *scopes), strict=True))

    township = given("township", "leads:read", "leads:reveal", "cases:read", "cases:write")
    county = given("civil-affairs", "cases:read", "cases:approve", prefix=("COUNTY_ID", "COUNTY_SECRET"))
    engineer = given("civil-affairs", "match:query", "links:read", "batches:read", "models:read", "models:change")
    bench = ("links:read", "reviews:decide", "leads:reveal")
    reviewer = given("civil-affairs", *bench, prefix=("REVIEWER_ID", "REVIEWER_SECRET"))
    return {
        "agency": given("disabled-persons-federation", *AGENCY_SCOPES),
        "township": township | county,
        "dashboard": given("civil-affairs", "statistics:read") | {"AREA": COUNTY},
        "linkage": engineer | reviewer,
        "people": staff(served),
        "agreements": given("disabled-persons-federation", "coverage:check"),
    }


def keepers(served: Served, folder: Path) -> None:
    """Two security administrators who signed in, and whom the agency asks about: one covered, one unknown."""
    for login in ("an", "bao"):
        token = served.signed_in(f"{login}.quan", "security-administrator")
        (folder / f"{login}.header").write_text(f"Authorization: Bearer {token}\n")
    sheet = read_table(
        (served.files / "registry.xlsx").read_bytes(), {"身份证号", "救助类别", "停保年月"}, declared="xlsx"
    )
    rows = sheet.frame.iter_rows(named=True)
    covered = next(row["身份证号"] for row in rows if row["救助类别"] == "农村低保" and row["停保年月"] is None)
    queries = [{"id_number": covered}, {"id_number": "640499198808080151"}]
    (folder / "ask.json").write_text(json.dumps({"on_date": "2021-06-01", "queries": queries}))


def lend_a_number(served: Served) -> None:
    """In the next list of the ill somebody quite different bears the number of a registered person: a doubt."""
    path = served.files / "health.csv"
    lines = path.read_bytes().decode("gb18030").splitlines()
    lines[1] = ",".join(["张万林", *lines[1].split(",")[1:]])
    path.write_bytes("\r\n".join([*lines, ""]).encode("gb18030"))
    served.push("health-illness")


def staff(served: Served) -> dict[str, str]:
    """Somebody of the township with an account that waits to be activated."""
    wanted = Appointment("ma.lan", "马兰", "0017", "township", COUNTY, ["township-worker"])
    secret = add_account(served.home.registry_settings(), wanted)
    return {"LOGIN": wanted.login, "ACTIVATION": secret, "PASSWORD": "Rain-over-hills-7"}


@pytest.fixture(scope="module")
def told(served: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Block, Told]]]:
    """All pages, one after the other as in a county's month; the other agencies push beside the first."""
    served.push("health-illness", "rural-monitoring", "health-deaths")
    variables = variables_for(served)
    found = {}
    for name in NAMES:
        if name == "linkage":
            lend_a_number(served)
        folder = tmp_path_factory.mktemp(name)
        (folder / "disability.xlsx").write_bytes((served.files / "disability.xlsx").read_bytes())
        if name == "agreements":
            keepers(served, folder)
        blocks = blocks_of((PAGES / f"{name}.md").read_text())
        with Watch.over(served.home) as watch:  # what was published moves the lists once more: the ledger gave it days
            watch.until_quiet()
        told = {**variables[name], "URL": served.url, **trusting(served)}
        found[name] = list(zip(blocks, run(blocks, folder, told), strict=True))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_block_of_the_page_does_what_the_page_says(name: str, told: dict[str, list[tuple[Block, Told]]]) -> None:
    wrong = [missed for block, did in told[name] if (missed := misses(block, did))]
    assert not wrong, "\n\n".join(wrong)
    assert sum(block.kind is not None for block, _ in told[name]) >= 6


def test_every_page_is_run_and_named_in_the_index() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == {*NAMES, "README", WRITTEN}
    index = (PAGES / "README.md").read_text()
    assert all(f"({name}.md)" in index for name in (*NAMES, WRITTEN))


def test_nothing_the_pages_tell_people_to_run_puts_a_secret_on_the_command_line() -> None:
    for name in NAMES:
        text = "".join(block.shell for block in blocks_of((PAGES / f"{name}.md").read_text()))
        assert ("--data @body.json" if name == "people" else "printf 'user = ") in text
        secrets = "SECRET|COUNTY_SECRET|REVIEWER_SECRET|TOKEN|PASSWORD|ACTIVATION"
        assert not re.search(rf"(curl|python3|body)[^\n]*\$({secrets})", text), name


def test_a_page_that_says_something_else_fails(served: Served, tmp_path: Path) -> None:
    """The rule bites: a wrong answer, a wrong status, a command that fails, and whatever stands behind it."""
    page = f"""```sh
curl -sS {served.url}/registry/v1/health/live
```
```json
{{"status": "asleep"}}
```
```sh
echo one
```
```text
two …
```
```sh
curl -sS --fail-with-body {served.url}/registry/v1/cases
```
```sh
echo not reached
```
"""
    blocks = blocks_of(page)
    told = run(blocks, tmp_path, trusting(served))
    wrong = [misses(block, did) or "" for block, did in zip(blocks, told, strict=True)]
    assert [bool(one) for one in wrong] == [True] * 4
    assert "asleep" in wrong[0]
    assert "token-missing" in wrong[2]


@pytest.mark.parametrize(
    ("stated", "answered", "held"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1}, {"a": "1"}, False),
        ({"a": [{"b": 2}]}, {"a": [{"b": 1}, {"b": 2, "c": 3}]}, True),
        ({"a": []}, {"a": [1]}, False),
        ({"a": "x…"}, {"a": "xyz"}, True),
        ({"a": "…"}, {}, False),
        ({"a": None}, {"a": None}, True),
    ],
)
def test_a_part_of_an_answer_is_found_in_it(stated: Any, answered: Any, held: bool) -> None:
    assert holds(stated, answered) is held


def test_the_agency_page_waits_for_the_states_a_delivery_ends_in() -> None:
    ended = re.search(r"\^\(([a-z_|]+)\)\$", (PAGES / "agency.md").read_text())
    assert ended
    assert set(ended[1].split("|")) == ENDED
