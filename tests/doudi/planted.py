"""A planted county's files on their way to findings: read by the declared maps, linked by the county's own truth.

The registry is a real one: it takes civil affairs' list, payouts and registers, and tells what it derives of them. What
no file of the county tells comes from planted_facts.csv.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from china.areas import AreaBook
from china.dates import read_column as read_dates
from china.id_numbers import read_column
from doudi.county.planting import FACTS, FILES, PAYMENTS, TRUTH, sheet_of
from doudi.county.planting.exits import CAMPAIGN, CAMPAIGN_FROM, CAMPAIGN_TO, MULTIPLE, STANDARD
from doudi.main_job import FEEDS
from kit.database import transaction
from kit.scope import NATION
from matcher.facts.files import parsed
from matcher.facts.store import of_registry
from matcher.feeds.facts import facts_of
from matcher.feeds.feed import load_feed
from matcher.feeds.read import read
from matcher.flows import know_subjects as subjects
from matcher.flows.exemptions import exempt_facts
from matcher.flows.own_facts import with_own_numbers
from matcher.frames import FACT, IDENTITY, conform
from matcher.linkage.chain import link, link_within
from matcher.linkage.model import Model
from matcher.people import snapshot
from matcher.screens import catalogue
from matcher.screens.parameters import Parameters, Profile, shipped
from registry.standards import store as standards
from tests.registry.house import COUNTY, House

DAY = date(2021, 6, 1)
MOST = 1000
# What a county sets for itself, and nothing is said without.
OF_THE_COUNTY: Profile = {
    "area": COUNTY,
    "valid_from": "2021-01-01",
    "valid_to": None,
    "values": {"phase_out_multiple": MULTIPLE, "disagreements": ["card"]},
}
CAMPAIGN_RULE: Profile = {
    "profile_id": "campaign",
    "area": COUNTY,
    "valid_from": CAMPAIGN_FROM,
    "valid_to": CAMPAIGN_TO,
    "campaign": CAMPAIGN,
    "exempt": True,
    "serial": 1,
    "values": {},
}
CSV = {"Content-Type": "text/csv"}


@dataclass(frozen=True)
class County:
    """What the screens look at and what they found; `person` of a subject as truth_people.csv numbers people."""

    people: pl.DataFrame
    coverage: pl.DataFrame
    facts: pl.DataFrame
    parameters: Parameters
    found: pl.DataFrame
    person: Mapping[str, int]


@dataclass(frozen=True)
class Taken:
    """What the registry took in: its people, what it derives of them, and person, person_id of each row of civil
    affairs' list: whose it truly is, and whom the registry took it for."""

    registry: pl.DataFrame
    rows: pl.DataFrame
    derived: pl.DataFrame  # FACT
    book: AreaBook


@dataclass(frozen=True)
class Delivered:
    """The records of all feeds (SEEN, `id`, and `person`: whose they truly are) and what they state (STATED)."""

    records: pl.DataFrame
    said: pl.DataFrame


# record_id, subject_id, registered, grade: of every record, whom it is taken for.
Links = Callable[[Taken, Delivered], pl.DataFrame]


def screened(folder: Path, taken: Taken, delivered: Delivered, links_of: Links) -> County:
    """What the screens say of it all, every record taken for whom the links told say."""
    links = links_of(taken, delivered)
    links = delivered.records.select(record_id="id", person="person").join(links, on="record_id", maintain_order="left")
    records = delivered.records.drop("subject_id", "registered").rename({"id": "record_id"})
    records = records.join(links.drop("person"), on="record_id", maintain_order="left")
    said = conform(delivered.said.join(links, on="record_id", maintain_order="left"), FACT)
    numbers = read_column(records["id_number"])
    people = _people(records, numbers, taken)
    covered = snapshot.coverage(taken.registry)
    owners = _owners(taken, links)
    known = with_own_numbers(pl.concat([said, taken.derived]), records, numbers, taken.registry)
    exempt = exempt_facts(people, covered, [CAMPAIGN_RULE], DAY)
    facts = pl.concat([known, exempt, _untold(folder, owners)])
    parameters = catalogue.parameters_for(COUNTY, DAY, [*shipped(), OF_THE_COUNTY])
    speaking = catalogue.BY_ID.keys() - catalogue.silent({*FEEDS, *FILES}).keys()
    found = catalogue.run(people, covered, facts, DAY, parameters, speaking)
    return County(people, covered, facts, parameters, found, dict(owners.iter_rows()))


def planted(folder: Path) -> pl.DataFrame:
    """truth_planted.csv."""
    return pl.read_csv(folder / TRUTH, schema_overrides={"id_number": pl.String})


# ---- links


def by_truth(taken: Taken, delivered: Delivered) -> pl.DataFrame:
    """Every record is its person's: who is not in the registry is one subject all the same."""
    known = taken.rows.drop_nulls().unique("person", keep="first", maintain_order=True)
    both = delivered.records.select("id", "person").join(known, on="person", how="left", maintain_order="left")
    return both.select(
        record_id="id",
        subject_id=pl.coalesce("person_id", pl.format("unregistered {}", "person")),
        registered=pl.col("person_id").is_not_null(),
        grade=pl.lit("certain"),
    )


def by_model(taken: Taken, delivered: Delivered) -> pl.DataFrame:
    """As the shipped model has it: each feed against the registry, and what is nobody's there against each other."""
    model, areas = Model.default(), taken.book.frame
    identities = snapshot.identities(taken.registry)
    found = []
    for _, records in delivered.records.group_by("feed", maintain_order=True):
        links = link(identities, conform(records, IDENTITY), model, areas=areas).links
        found.append(links.filter(pl.col("assigned") & pl.col("grade").is_in(["certain", "probable"])))
    linked = pl.concat(found).select("record_id", "grade", subject_id="person_id", registered=pl.lit(True))
    left = delivered.records.join(linked, left_on="id", right_on="record_id", how="anti", maintain_order="left")
    left = left.with_columns(household=pl.format("{}:{}", "feed", "household"))
    clusters = link_within(conform(left, IDENTITY), model, areas=areas)
    apart = clusters.select("record_id", grade=pl.lit("certain"), subject_id="cluster", registered=pl.lit(False))
    return pl.concat([linked, apart]).select("record_id", "subject_id", "registered", "grade")


def _owners(taken: Taken, links: pl.DataFrame) -> pl.DataFrame:
    """subject_id, person: whose row of civil affairs' list it was first, else whose most of the records are."""
    listed = taken.rows.drop_nulls().select(subject_id="person_id", person="person")
    listed = listed.unique("subject_id", keep="first", maintain_order=True)
    strangers = links.filter(~pl.col("registered")).group_by("subject_id").agg(pl.col("person").mode().min())
    return pl.concat([listed, strangers.select("subject_id", "person")])


# ---- the registry


def take_in(house: House, folder: Path) -> Taken:
    """Divisions, a standard, and every file of civil affairs; then the people as a follower gets them."""
    areas = folder / "areas.csv"
    _done(house.call("POST", "/areas/import", "areas:write", area=NATION, content=areas.read_bytes(), headers=CSV))
    with transaction(house.database) as session:
        standards.correct(session, standards.Said(COUNTY, "dibao-rural", STANDARD * 100, date(2019, 1, 1)))
    import_id = house.take((folder / "registry.xlsx").read_bytes())["import_id"]
    for name, asked in (("payments.csv", {"programme": "dibao-rural"}), (PAYMENTS, {})):
        content = (folder / name).read_bytes()
        answer = house.call("POST", "/payments/imports", "payments:write", content=content, headers=CSV, params=asked)
        done = _done(answer)
        assert done["counts"] == {"accepted": done["rows_total"]}, (name, done["counts"])
    for file in sorted(folder.glob(sheet_of("*"))):
        _enter(house, file)
    lines = [line for line in house.call("GET", "/export", "registry:follow").content.splitlines() if line]
    rows = pl.DataFrame(list(_rows(house, import_id)), schema={"line": pl.Int32, "person_id": pl.String}, orient="row")
    truth = _truth(folder).filter(pl.col("file") == "registry.xlsx")
    whose = truth.join(rows, on="line", maintain_order="left").select("person", "person_id")
    book = AreaBook.of_frame(pl.read_csv(areas, infer_schema=False))
    return Taken(snapshot.from_lines(lines), whose, _derived(house), book)


def _enter(house: House, file: Path) -> None:
    """A register's sheet: every row becomes an entry."""
    register = file.stem.removeprefix(Path(sheet_of("")).stem)
    path, scopes = f"/registers/{register}/import", ("registers:read", "registers:write")
    done = _done(house.call("POST", path, *scopes, content=file.read_bytes()))
    refused = [row for row in done["rows"] if row["outcome"] != "created"]
    assert not refused, (file.name, refused[:3])


def _done(answer: Any) -> dict[str, Any]:
    assert answer.status_code < 300, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _rows(house: House, import_id: str) -> Iterator[tuple[int, str | None]]:
    cursor: str | None = None
    while True:
        asked = {"limit": MOST} if cursor is None else {"limit": MOST, "cursor": cursor}
        page = _done(house.call("GET", f"/imports/{import_id}/rows", "imports:write", params=asked))
        yield from ((row["line"], row["person_id"]) for row in page["rows"])
        cursor = page["cursor"]
        if cursor is None:
            return


def _derived(house: House) -> pl.DataFrame:
    """FACT: every kind the registry tells."""
    kinds = [one["kind"] for one in json.loads(house.call("GET", "/facts", "registry:follow").text)]
    told = [parsed(house.call("GET", f"/facts/{kind}", "registry:follow").content) for kind in kinds]
    return of_registry(pl.concat(told), {})


# ---- the feeds


def _truth(folder: Path) -> pl.DataFrame:
    return pl.read_csv(folder / "truth_rows.csv", schema_overrides={"line": pl.Int32})


def deliver(folder: Path) -> Delivered:
    """All fourteen feeds, read by the maps they are agreed by; every row of a file is somebody's."""
    files = {**{feed: file for feed, (file, _) in FEEDS.items()}, **FILES}
    truth = _truth(folder)
    seen, said = [], []
    for feed_id, name in files.items():
        feed = load_feed(feed_id)
        reading = read((folder / name).read_bytes(), feed, name, feed_id)
        whose = truth.filter(pl.col("file") == name)
        assert reading.rows.height == whose.height, "every row of the file is accounted for"
        records = reading.records.join(whose.select("line", "person"), on="line", maintain_order="left")
        told = {"batch_id": feed_id, "feed": feed_id, "registers": subjects.carries_register(feed)}
        records = records.with_columns(**{part: pl.lit(value) for part, value in told.items()})
        seen.append(conform(records, {**subjects.SEEN, "person": pl.Int64}))
        said.append(facts_of(reading.records, feed, feed_id))
    order = pl.concat(seen).sort("registers", "feed", "line", descending=[True, False, False])
    return Delivered(order, pl.concat(said))


def _people(records: pl.DataFrame, numbers: pl.DataFrame, taken: Taken) -> pl.DataFrame:
    """PERSON of everybody, as the service makes it: one household at one door."""
    seen = subjects.located(records, taken.book)
    stated = read_dates(seen["birth_date"])["date"]
    sound = numbers["valid"].fill_null(value=False)
    births = pl.select(pl.when(sound).then(numbers["birth_date"]).otherwise(stated)).to_series()
    strangers = subjects.unregistered_persons(seen, subjects.areas_of(seen), births)
    everybody = pl.concat([snapshot.persons(taken.registry), strangers])
    return subjects.at_one_door(everybody.with_columns(pl.col("area").fill_null(COUNTY)))


def _untold(folder: Path, owners: pl.DataFrame) -> pl.DataFrame:
    """FACT: what stands in planted_facts.csv."""
    days = [pl.col(name).str.to_date("%Y-%m-%d") for name in ("valid_from", "valid_to")]
    told = pl.read_csv(folder / FACTS, infer_schema=False).with_columns(pl.col("person").cast(pl.Int64), *days)
    whose = owners.unique("person", keep="first", maintain_order=True)
    told = told.with_row_index("line").join(whose, on="person", how="left", maintain_order="left")
    assert not told["subject_id"].null_count(), "every fact is told of somebody a file tells of"
    rest = {"feed": pl.lit("registry"), "batch_id": pl.lit("untold"), "grade": pl.lit("certain")}
    return conform(told.with_columns(**rest), FACT)
