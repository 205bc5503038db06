"""The match list: who sees what of it, masked and unmasked, page by page and as a whole."""

import io

import pytest
from openpyxl import load_workbook
from sqlalchemy import text
from sqlmodel import col, select

from kit.database import reading, transaction
from matcher.audit.tables import Journal
from matcher.leads.tables import Lead
from matcher.screens.catalogue import CATALOGUE
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.scenes import scene

PEOPLE = county.numbered(9)


@pytest.fixture
@scene
def listed(matcher: Matcher) -> Matcher:
    """A matcher with six leads in one township and three in another."""
    rows = [county.card(*one) for one in PEOPLE[:6]]
    rows += [county.card(*one, address="白杨乡杏花村1组") for one in PEOPLE[6:]]
    matcher.deliver("disability-cards", rows)
    matcher.work()
    return matcher


WHY = {"reason": "visit"}


def test_a_township_sees_its_own_leads_only(listed: Matcher) -> None:
    township = listed.headers("leads:read", area="640499200000")
    mine = listed.get("/leads", township)["leads"]
    assert {lead["area"] for lead in mine} == {"640499200201"}
    assert len(mine) == 3
    other = listed.get("/leads", area="640499100000")["leads"][0]["lead_id"]
    assert listed.http.get(f"/leads/{other}", headers=township).status_code == 404
    assert listed.get("/leads", township, area="640499100000")["leads"] == []
    assert len(listed.get("/leads/cards", township)["cards"]) == 3
    lines = listed.http.get("/leads/export.ndjson", headers=township).text.splitlines()
    assert len(lines) == 5


def test_another_county_sees_nothing(listed: Matcher) -> None:
    stranger = listed.headers(area="640498000000")
    for path, name in (("/leads", "leads"), ("/leads/cards", "cards"), ("/links", "links"), ("/batches", "batches")):
        assert listed.get(path, stranger)[name] == []
    link = listed.get("/links")["links"][0]["link_id"]
    assert listed.http.get(f"/links/{link}", headers=stranger).status_code == 404


@pytest.mark.parametrize("path", ["/leads", "/leads/cards", "/links"])
def test_lists_come_page_by_page_without_gap_or_repetition(listed: Matcher, path: str) -> None:
    name = path.rpartition("/")[2]
    seen: list[str] = []
    url = f"{path}?limit=2"
    while True:
        answer = listed.http.get(url.removeprefix("/matcher/v1"), headers=listed.headers())
        seen += [next(iter(item.values())) for item in answer.json()[name]]
        if "Link" not in answer.headers:
            break
        url = answer.headers["Link"].partition("<")[2].partition(">")[0]
    assert len(seen) == len(set(seen)) == 9


def test_the_list_is_masked_and_revealing_one_is_its_own_recorded_call(listed: Matcher) -> None:
    leads = listed.get("/leads")["leads"]
    lead, shown = leads[0], str(leads)
    assert all("*" in one["name"] and "*" in one["id_number"] for one in leads)
    assert not [part for name, number in PEOPLE for part in (name, number, number[6:14]) if part in shown]
    answer = listed.http.post(f"/leads/{lead['lead_id']}/reveal", headers=listed.headers(sub="officer"), json=WHY)
    assert answer.json()["id_number"] in {number for _, number in PEOPLE}
    refused = listed.http.post(f"/leads/{lead['lead_id']}/reveal", headers=listed.headers("leads:read"), json=WHY)
    assert refused.status_code == 403
    entries = listed.get("/audit", actor="officer")["entries"]
    assert [(entry["action"], entry["subject"]) for entry in entries] == [("lead.reveal", lead["lead_id"])]


def test_one_lead_explains_itself_by_inputs_links_and_versions(listed: Matcher) -> None:
    lead = listed.get("/leads")["leads"][0]
    whole = listed.get(f"/leads/{lead['lead_id']}")
    (finding,) = whole["findings"]
    assert finding["title"] == "重残未保"
    assert finding["inputs"]["severe"] is True
    (record,) = finding["records"]
    assert record["record"] == lead["sources"][0]
    assert record["feed"] == "disability-cards"
    assert record["model_version"] == listed.get("/models")["models"][0]["version"]


def test_the_workbook_keeps_numbers_as_text_and_masks_unless_allowed(listed: Matcher) -> None:
    def cells(**query: str) -> list[list[object]]:
        answer = listed.http.get("/leads/export.xlsx", headers=listed.headers(), params=query)
        sheet = load_workbook(io.BytesIO(answer.content)).active
        assert sheet is not None
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        head = next(place for place, row in enumerate(rows) if "身份证号" in row)
        return [rows[head], *rows[head + 1 :]]

    head, *rows = cells(identity="full", reason="visit")
    place = head.index("身份证号")
    assert sorted(str(row[place]) for row in rows) == sorted(number for _, number in PEOPLE)
    assert all(isinstance(row[place], str) for row in rows)
    assert [row[0] for row in rows] == ["青石镇"] * 6 + ["白杨乡"] * 3
    assert all("*" in str(row[place]) for row in cells()[1:])
    narrow = listed.headers("leads:read")
    refused = listed.http.get("/leads/export.xlsx", headers=narrow, params={"identity": "full"})
    assert refused.json()["code"] == "scope-missing"


def test_the_list_can_be_narrowed_to_a_screen_a_tier_and_a_state(listed: Matcher) -> None:
    assert len(listed.get("/leads", screen="uncovered-severe-disability")["leads"]) == 9
    assert listed.get("/leads", screen="covered-but-dead")["leads"] == []
    tier = listed.get("/leads")["leads"][0]["tier"]
    assert len(listed.get("/leads", tier=tier)["leads"]) == 9
    assert listed.get("/leads", state="withdrawn")["leads"] == []


def test_nothing_of_a_person_lies_readable_in_database_files_or_logs(
    listed: Matcher, capsys: pytest.CaptureFixture[str]
) -> None:
    listed.get("/leads")
    logged = capsys.readouterr()
    told = [part for name, number in PEOPLE for part in (name, number, number[6:14])]
    for path in listed.settings.data_dir.rglob("*.sealed"):
        content = path.read_bytes()
        assert not any(part.encode() in content for part in told)
    with reading(listed.database) as session:
        names = [table.name for table in Lead.metadata.sorted_tables]
        kept = str([session.execute(text(f'SELECT * FROM "{name}"')).all() for name in names])
    assert not [part for part in told if part in kept]
    assert not [part for part in told if part in logged.out + logged.err]


def test_the_journal_shows_an_entry_that_was_altered(listed: Matcher) -> None:
    listed.get(f"/leads/{listed.get('/leads')['leads'][0]['lead_id']}")
    assert listed.get("/audit/verify")["sound"] is True
    with transaction(listed.database) as session:
        entry = session.exec(select(Journal).order_by(col(Journal.number))).all()[-1]
        entry.actor = "nobody"
        session.add(entry)
    verdict = listed.get("/audit/verify")
    assert (verdict["sound"], verdict["broken_at"]) == (False, entry.number)


def test_an_auditor_sees_the_entries_of_its_own_area(listed: Matcher) -> None:
    assert listed.get("/audit")["entries"] != []
    assert listed.get("/audit", listed.headers("audit:read", area="640498000000"))["entries"] == []


def test_the_catalogue_cites_a_document_and_its_sentence(listed: Matcher) -> None:
    screens = listed.get("/screens")["screens"]
    assert {one["screen"] for one in screens} == {screen.id for screen in CATALOGUE}
    assert all(one["citations"][0]["document"] and one["citations"][0]["sentence"] for one in screens)
    assert listed.get("/screens/uncovered-monitored")["title"]
    assert listed.http.get("/screens/none", headers=listed.headers()).status_code == 404


def test_a_township_that_took_another_over_has_its_leads_and_no_other_has(listed: Matcher) -> None:
    new = listed.headers("leads:read", area="640499100000")
    old = listed.headers("leads:read", area="640499200000")
    assert len(listed.get("/leads", new)["leads"]) == 6
    told = {"valid_to": "2021-05-01", "successors": ["640499100000"]}
    listed.registry.alter_area("640499200000", **told)
    listed.worker.run_until_idle()
    with transaction(listed.database) as session:
        session.execute(text("UPDATE standing SET asked_at = NULL"))
    listed.work()
    assert len(listed.get("/leads", new)["leads"]) == 9
    assert len(listed.get("/leads", new, area="640499100000")["leads"]) == 9
    assert {lead["area"] for lead in listed.get("/leads", new)["leads"]} == {"640499100201", "640499100000"}
    assert listed.get("/leads", old)["leads"] == []


def test_a_township_that_was_parted_is_on_both_lists_until_somebody_says_which(listed: Matcher) -> None:
    new = listed.headers("leads:read", area="640499100000")
    told = {"valid_to": "2021-05-01", "successors": ["640499100000", "640499300000"]}
    listed.registry.alter_area("640499200000", **told)
    with transaction(listed.database) as session:
        session.execute(text("UPDATE standing SET asked_at = NULL"))
    listed.work()
    assert len(listed.get("/leads", new)["leads"]) == 9
    assert len(listed.get("/leads", listed.headers("leads:read", area="640499300000"))["leads"]) == 3
