"""The main job end to end: the agencies' own files in, the township's list out, through both real services."""

import csv
from pathlib import Path

import orjson
import polars as pl

from doudi.evaluation import TrialScore, evaluate_trial
from doudi.township_lists import COLUMNS, lead_row
from tests.journeys.conftest import FEEDS, Told, take_in
from tests.journeys.stage import BODY_AT_MOST, COUNTY, XLSX, Stage

IN_FULL = {"identity": "full", "reason": "visit"}


def leads_of(told: Told, headers: dict[str, str] | None = None, **query: str) -> list[dict[str, object]]:
    answer = told.stage.call("GET", "/matcher/v1/leads/export.ndjson", headers or told.staff, params=query)
    assert answer.status_code == 200, answer.text
    _, *entries, end = [orjson.loads(line) for line in answer.content.splitlines()]
    assert end == {"kind": "end", "count": len(entries)}
    return [entry["lead"] for entry in entries]


def score(told: Told, folder: Path) -> TrialScore:
    names = {batch: FEEDS[feed][0] for feed, batch in told.batches.items()} | {told.import_id: "registry.xlsx"}
    path = folder / "leads.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(lead_row(lead, names) for lead in leads_of(told, **IN_FULL))
    return evaluate_trial(path, told.county)


def test_the_lists_hold_those_the_truth_expects(told: Told, tmp_path: Path) -> None:
    found = score(told, tmp_path)
    assert found.uncovered.expected > 40
    assert found.uncovered.recall >= 0.98
    assert found.uncovered.precision >= 0.98
    assert found.dead_sound.recall == 1
    assert found.listed_twice <= 1


def test_every_row_that_came_in_is_answered(told: Told) -> None:
    for feed, batch_id in told.batches.items():
        reader = told.stage.token(FEEDS[feed][1], "feeds:push", "batches:read")
        batch = told.stage.call("GET", f"/matcher/v1/batches/{batch_id}", reader).json()
        assert batch["state"] == "published"
        assert sum(batch["outcomes"].values()) == batch["progress"]["rows_total"] > 0
    imported = told.stage.call("GET", f"/registry/v1/imports/{told.import_id}", told.staff).json()
    assert sum(imported["counts"].values()) == imported["progress"]["rows_total"] > 0


def test_every_open_lead_has_opened_one_case_in_the_ledger(told: Told) -> None:
    leads = {str(lead["lead_id"]) for lead in leads_of(told)}
    items: list[str] = []
    cursor = None
    while True:
        query = {"limit": "200", **({"cursor": cursor} if cursor else {})}
        page = told.stage.call("GET", "/registry/v1/cases", told.staff, params=query).json()
        items += [item["lead_id"] for case in page["cases"] for item in case["items"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert sorted(items) == sorted(leads)


def test_a_persons_number_stands_nowhere_in_the_logs(told: Told) -> None:
    assert '"event": "request"' in told.log
    assert planted(told.county, told.log) == []


def test_the_log_test_bites(told: Told) -> None:
    row = pl.read_csv(told.county / "truth_people.csv", infer_schema=False).row(3, named=True)
    assert planted(told.county, f"… {row['id_number']} …") == [row["id_number"]]


def planted(county: Path, text: str) -> list[str]:
    """Numbers, names (three characters and more) and phones of the county's people that stand in `text`."""
    people = pl.read_csv(county / "truth_people.csv", infer_schema=False)
    health = pl.read_csv((county / "health.csv").read_bytes().decode("gb18030").encode(), infer_schema=False)
    names = people["name"].drop_nulls()
    long_names = names.filter(names.str.len_chars() > 2)
    words = [*people["id_number"].drop_nulls(), *long_names, *health["联系电话"].drop_nulls()]
    assert len(words) > 200
    return [word for word in words if word in text]


def test_a_township_sees_its_own_list_and_nothing_else(told: Told) -> None:
    everybody = leads_of(told)
    townships = {str(lead["area"])[:9] for lead in everybody}
    assert len(townships) > 3
    seen = 0
    for township in townships:
        worker = told.stage.token("township", "leads:read", area=township.ljust(12, "0"))
        own = leads_of(told, worker)
        assert {str(lead["area"])[:9] for lead in own} == {township}
        other = next(lead for lead in everybody if not str(lead["area"]).startswith(township))
        assert told.stage.call("GET", f"/matcher/v1/leads/{other['lead_id']}", worker).status_code == 404
        seen += len(own)
    county_wide = sum(str(lead["area"]) == COUNTY for lead in everybody)
    assert seen + county_wide >= len(everybody)


def test_lists_are_masked_unless_a_caller_may_reveal(told: Told) -> None:
    worker = told.stage.token("township", "leads:read", area=COUNTY)
    refused = told.stage.call("GET", "/matcher/v1/leads/export.ndjson", worker, params={"identity": "full"})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")
    shown = [str(lead["id_number"]) for lead in leads_of(told, worker) if lead["id_number"]]
    assert shown
    assert all("*" in number for number in shown)


def test_an_agency_learns_nothing_of_who_is_covered(told: Told) -> None:
    pusher = told.stage.token("health", "feeds:push", "batches:read", "feeds:read")
    for path in ("/matcher/v1/leads", "/matcher/v1/leads/export.ndjson", "/registry/v1/cases", "/registry/v1/export"):
        assert told.stage.call("GET", path, pusher).status_code == 403
    other = told.batches["rural-monitoring"]
    assert told.stage.call("GET", f"/matcher/v1/batches/{other}", pusher).status_code == 404


def test_the_workbook_of_a_township_keeps_numbers_as_text(told: Told) -> None:
    answer = told.stage.call("GET", "/matcher/v1/leads/export.xlsx", told.staff, params=IN_FULL)
    sheet = pl.read_excel(answer.content, engine="calamine", has_header=False, infer_schema_length=0)
    numbers = [cell for row in sheet.iter_rows() for cell in row if isinstance(cell, str) and cell.startswith("640499")]
    assert len(numbers) > 40
    assert {len(number) for number in numbers} & {18}


def test_the_same_file_again_changes_nothing(told: Told) -> None:
    told.stage.work()  # the days the ledger gave are heard of
    before = leads_of(told)
    pusher = told.stage.token("health", "feeds:push", "batches:read")
    content = (told.county / "health.csv").read_bytes()
    path = "/matcher/v1/feeds/health-illness/batches"
    again = told.stage.call("POST", path, pusher, content=content, headers={"Content-Type": "text/csv"}).json()
    told.stage.work()
    state = told.stage.call("GET", f"/matcher/v1/batches/{again['batch_id']}", pusher).json()["state"]
    assert state == "unchanged"
    assert leads_of(told) == before


def test_what_is_wrong_is_told_at_once_and_leaves_nothing(told: Told) -> None:
    pusher = told.stage.token("health", "feeds:push", "batches:read")
    count = len(told.stage.call("GET", "/matcher/v1/batches", pusher).json()["batches"])
    path = "/matcher/v1/feeds/{}/batches"
    cases = [
        ("health-illness", "名字,号码\n甲,1\n".encode(), "text/csv", 422, "feed-columns-wrong"),
        ("health-unknown", b"x", "text/csv", 404, "feed-unknown"),
        ("rural-monitoring", b"x", "text/csv", 403, "feed-not-yours"),
        ("health-illness", b"", "text/csv", 422, "delivery-empty"),
        ("health-illness", b"PK\x03\x04 broken", XLSX, 422, "file-unreadable"),
        ("health-illness", b"x" * (BODY_AT_MOST + 1), "text/csv", 413, "body-too-large"),
    ]
    for feed, content, kind, status, code in cases:
        answer = told.stage.call("POST", path.format(feed), pusher, content=content, headers={"Content-Type": kind})
        body = answer.json()
        assert (answer.status_code, body["code"]) == (status, code)
        assert body["detail"]
    late = told.stage.expired_token("health", "feeds:push", "batches:read")
    content = (told.county / "health.csv").read_bytes() + b"\n"
    answer = told.stage.call(
        "POST", path.format("health-illness"), late, content=content, headers={"Content-Type": "text/csv"}
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "token-expired")
    assert len(told.stage.call("GET", "/matcher/v1/batches", pusher).json()["batches"]) == count


def test_the_order_of_the_feeds_does_not_change_the_list(told: Told, stage: Stage) -> None:
    small_county, turned = told.county, dict(reversed(FEEDS.items()))
    import_id, batches = turned_in(stage, small_county, list(turned))
    other = Told(stage, small_county, "", batches, import_id)
    names = {batch: FEEDS[feed][0] for feed, batch in batches.items()} | {import_id: "registry.xlsx"}
    mine = {batch: FEEDS[feed][0] for feed, batch in told.batches.items()} | {told.import_id: "registry.xlsx"}
    here = {(lead_row(lead, names)["sources"], lead_row(lead, names)["screens"]) for lead in leads_of(other)}
    there = {(lead_row(lead, mine)["sources"], lead_row(lead, mine)["screens"]) for lead in leads_of(told)}
    assert {tuple(sorted(sources.split("|"))) for sources, _ in here} == {
        tuple(sorted(sources.split("|"))) for sources, _ in there
    }


def turned_in(stage: Stage, county: Path, order: list[str]) -> tuple[str, dict[str, str]]:
    """`take_in` with the feeds in another order."""
    saved = dict(FEEDS)
    try:
        for feed in order:
            FEEDS[feed] = FEEDS.pop(feed)
        return take_in(stage, county)
    finally:
        FEEDS.clear()
        FEEDS.update(saved)
