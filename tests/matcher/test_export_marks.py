"""The match list taken away: masked by default, watermarked, and no cell of it runs."""

import io
from typing import Any

import httpx
import openpyxl
import orjson
import pytest
from sqlmodel import select

from kit.database import transaction
from matcher.leads.reading import CANDIDATES, SNAPSHOT
from matcher.leads.tables import Lead
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.scenes import scene
from tests.sheets_seen import MARK, PAYLOADS, look

PEOPLE = county.numbered(len(PAYLOADS))
FULL = {"identity": "full", "reason": "handover"}


@pytest.fixture
@scene
def listed(matcher: Matcher) -> Matcher:
    """A lead for every payload, which stands in all its texts."""
    matcher.deliver("disability-cards", [county.card(*one) for one in PEOPLE])
    matcher.work()
    ring = matcher.ring
    with transaction(matcher.database) as session:
        for lead, text in zip(session.exec(select(Lead).order_by(Lead.id)), PAYLOADS, strict=True):
            told = dict.fromkeys(("name", "id_number", "phone", "address", "household"), text)
            lead.snapshot = ring.encrypt(orjson.dumps(told).decode(), SNAPSHOT)
            lead.candidates = ring.encrypt(orjson.dumps([{"person_id": "p", "name": text}]).decode(), CANDIDATES)
            session.add(lead)
    return matcher


def export(matcher: Matcher, kind: str, **params: str) -> httpx.Response:
    answer = matcher.http.get(f"/leads/export.{kind}", headers=matcher.headers(sub="officer"), params=params)
    assert answer.status_code == 200, answer.text
    return answer


def entry_of(matcher: Matcher, mark_id: str) -> dict[str, Any]:
    (entry,) = matcher.get("/audit", subject=mark_id)["entries"]
    found: dict[str, Any] = entry
    return found


@pytest.mark.parametrize("full", [False, True])
def test_no_cell_runs_and_every_page_bears_the_mark(listed: Matcher, full: bool) -> None:
    seen = look(export(listed, "xlsx", **(FULL if full else {})).content)
    assert (seen.formulas, seen.links) == (0, 0)
    mark = MARK.search(seen.first_lines[0])
    assert mark is not None
    assert mark[3] == "officer"
    assert all(page.count(mark[0]) == 2 for page in seen.pages)
    assert mark[0] in seen.properties
    entry = entry_of(listed, mark[1])
    assert (entry["action"], entry["actor"]) == ("leads.export", "officer")
    assert entry["detail"]["identity"] == ("full" if full else "masked")
    assert entry["detail"]["reason"] == ("handover" if full else None)
    assert entry["detail"]["in_full"] == (len(PAYLOADS) if full else 0)


def test_in_full_every_payload_stands_as_text(listed: Matcher) -> None:
    book = openpyxl.load_workbook(io.BytesIO(export(listed, "xlsx", **FULL).content))
    cells = [cell for row in book.active.iter_rows(min_row=4) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {text.strip() for text in PAYLOADS} <= {str(cell.value).strip() for cell in cells}


@pytest.mark.parametrize("full", [False, True])
def test_lines_for_machines_begin_with_the_mark(listed: Matcher, full: bool) -> None:
    answer = export(listed, "ndjson", **(FULL if full else {}))
    header, *leads, end = [orjson.loads(line) for line in answer.content.splitlines()]
    assert (len(leads), end["count"]) == (len(PAYLOADS), len(PAYLOADS))
    mark = header["watermark"]
    assert (mark["holder"], mark["purpose"], mark["identity"]) == ("officer", "matching", "full" if full else "masked")
    assert entry_of(listed, mark["id"])["detail"]["in_full"] == (len(PAYLOADS) if full else 0)
    names = {lead["lead"]["name"] for lead in leads}
    assert names == set(PAYLOADS) if full else not names & set(PAYLOADS)
    assert answer.headers["Cache-Control"] == "no-store"


def test_in_full_only_with_the_scope_and_a_reason(listed: Matcher) -> None:
    for kind in ("xlsx", "ndjson"):
        path = f"/leads/export.{kind}"
        narrow = listed.http.get(path, headers=listed.headers("leads:read"), params=FULL)
        assert (narrow.status_code, narrow.json()["code"]) == (403, "scope-missing")
        silent = listed.http.get(path, headers=listed.headers(), params={"identity": "full"})
        assert (silent.status_code, silent.json()["code"]) == (422, "reveal-reason-missing")
        assert "入户核查" in silent.json()["detail"]
