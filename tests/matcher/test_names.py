"""Names that callers choose never reach the file system, a header or a second line of the log."""

import io
import sys
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlmodel import select

from kit.crypto import KeyRing
from kit.database import reading
from kit.tables_in import TableUnreadable, read_table
from matcher.batches.tables import Batch
from matcher.sealed import Vault
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.workbooks import workbook

TRICKS = (
    "../../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "....//....//x", "/etc/passwd", "C:\\Windows\\x", "a\x00b",
    "a\nb", "nul", "CON", "con.xlsx", "x" * 5000, "gpj.\u202exe", "\u200b", ".", "..", "~root", "$(id)", "`id`",
    "a;b", "-rf", "\x1b[2J", "a\r\nSet-Cookie: a=b", "％2e％2e/", "ﬁle", "\ufeff",
)  # fmt: skip
PLACES = (
    "/feeds/{}", "/feeds/{}/schema", "/feeds/{}/template.xlsx", "/batches/{}", "/batches/{}/rows",
    "/batches/{}/quality", "/batches/{}/certificate", "/statistics/{}", "/screens/{}", "/models/{}", "/model-jobs/{}",
    "/leads/{}", "/leads/{}/comparisons", "/links/{}", "/reviews/{}", "/links/{}/explanation.svg",
)  # fmt: skip
OPENED: list[str] = []
WATCHING: list[bool] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if WATCHING and event in {"open", "os.listdir", "os.scandir", "os.remove", "os.rename", "os.mkdir"}:
        OPENED.append(f"{event} {arguments[0]!r}")


sys.addaudithook(_watch)  # cannot be taken away again, so it asks whether anybody watches


@pytest.fixture
def opened() -> Any:
    """What is opened while the test runs, by name."""
    OPENED.clear()
    WATCHING.append(True)
    yield OPENED
    WATCHING.clear()


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if ".db" not in path.name}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_name_in_an_address_is_looked_up_and_never_opened(
    matcher: Matcher,
    opened: list[str],
    trick: str,
) -> None:
    before = tree(matcher.settings.data_dir.parent)
    scopes = "feeds:read batches:read statistics:read screens:read models:read leads:read links:read"
    headers = matcher.headers(scopes, agency="disabled-persons-federation")
    for place in PLACES:
        url = matcher.http.base_url.raw_path.decode() + place.format(_quoted(trick))
        answer = matcher.http.get(f"http://matcher.test{url}", headers=headers)
        assert answer.status_code in {400, 404, 405, 422, 431}, (place, answer.status_code)
        assert "set-cookie" not in answer.headers
    assert [one for one in opened if len(trick) > 3 and (trick in one or repr(trick)[1:-1] in one)] == []
    assert tree(matcher.settings.data_dir.parent) == before


def _quoted(trick: str) -> str:
    return quote(trick, safe="%" if "%" in trick else "")


@pytest.mark.parametrize("trick", TRICKS)
def test_a_name_in_a_header_is_kept_nowhere(
    matcher: Matcher,
    capfd: pytest.CaptureFixture[str],
    trick: str,
) -> None:
    told = trick.replace("\r", "").replace("\n", "").replace("\x00", "").encode()[:250]
    headers = {
        **matcher.agency("disability-cards"), "Idempotency-Key": told, "User-Agent": told, "X-Request-Id": told,
        "Content-Disposition": b'attachment; filename="' + told + b'"', "Content-Type": "text/csv",
    }  # fmt: skip
    rows = [county.card("马有福", county.number("19530303", 15))]
    content = county.csv(county.CARDS, rows)
    answer = matcher.http.post("/feeds/disability-cards/batches", content=content, headers=headers)
    assert answer.status_code == 202, answer.text
    assert len(told) < 4 or told not in b"\n".join(value for _, value in answer.headers.raw)
    lines = [
        line for line in capfd.readouterr().err.splitlines() if '"route": "/matcher/v1/feeds/{feed}/batches"' in line
    ]
    assert len(lines) == 1
    assert len(told) < 4 or told.decode(errors="replace") not in lines[0]
    with reading(matcher.database) as session:
        (batch,) = session.exec(select(Batch)).all()
    assert tree(matcher.settings.data_dir) == {"batches", f"batches/{batch.id}", f"batches/{batch.id}/delivery.sealed"}


@pytest.mark.parametrize("trick", [one for one in TRICKS if "\x00" not in one])
def test_an_entry_of_a_workbook_is_read_by_its_part_and_written_nowhere(
    opened: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trick: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file = io.BytesIO(workbook([["姓名"], ["马有福"]]))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(trick, b"x")
        archive.writestr(f"xl/worksheets/{trick}", b"x")
    try:
        table = read_table(file.getvalue(), ["姓名"])
        assert table.frame.height == 1
    except TableUnreadable:
        pass
    assert list(tmp_path.iterdir()) == []
    assert [one for one in opened if one.startswith("open '/") and trick in one and len(trick) > 3] == []


NO_NAMES = [*(one for one in TRICKS if one != "nul"), "", "batches/../x", "/x", "a//b", "batches/", "a/.."]


@pytest.mark.parametrize("trick", NO_NAMES)
def test_a_sealed_file_has_a_name_of_our_making_or_none(tmp_path: Path, trick: str) -> None:
    vault = Vault(tmp_path / "data", KeyRing.ephemeral())
    for call in (vault.get, vault.drop, vault.drop_folder, lambda name: vault.put(name, b"x")):
        with pytest.raises(ValueError, match="not a name"):
            call(trick)
    assert tree(tmp_path) <= {"data"}
