"""Findings of one person become one lead: all reasons, the rows behind them, whose evidence, which doubts."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from matcher.flows.find_doubles import Known, find_doubles
from matcher.flows.subject_prints import printed
from matcher.leads.store import Hit, Wanted
from matcher.screens.catalogue import BY_ID

TIERS = ("必访", "电话核实", "观察")  # highest first
GRADES = ("certain", "probable", "possible")  # strongest first
_TOLD = ("name", "id_number", "phone", "address", "household")
_EVIDENCE = ("record", "grade", "probability", "pattern", "reason", "model_version", "feed")


@dataclass(frozen=True)
class Background:
    """What a lead says beside its findings."""

    persons: pl.DataFrame  # PERSON
    registry: pl.DataFrame  # snapshot.PEOPLE
    snapshots: pl.DataFrame  # of whoever may be listed: subject_id, name, id_number, phone, address, household
    residences: pl.DataFrame  # of the same: subject_id, residence
    links: pl.DataFrame  # links.FRAME of the same
    reviews: pl.DataFrame  # reviews.FRAME
    feeds: dict[str, str]  # batch → feed
    deaths: pl.DataFrame  # FACT
    places: Mapping[str, str]  # area → name


@dataclass(frozen=True)
class Listing:
    """Everything leads are made of, by subject."""

    findings: pl.DataFrame  # FINDING
    people: pl.DataFrame  # one row of each of them: subject_id, registered, household_key, area, residence, _TOLD
    evidence: pl.DataFrame  # one row of each record behind a finding that is a row of a feed: _EVIDENCE
    doubts: pl.DataFrame  # in order: subject_id, reason, record, other
    candidates: Mapping[str, Sequence[dict[str, str | None]]]

    def prints(self) -> pl.DataFrame:
        """subject_prints.PRINTS of all of it but how probable links are: that moves for everybody with every person
        the registry enters, and makes no lead another one."""
        behind = self.findings.select("subject_id", record=pl.col("records")).explode("record").unique()
        behind = behind.join(self.evidence.select("record", "grade"), on="record").sort("subject_id", "record")
        named = [(of, one["person_id"], one["name"]) for of, those in self.candidates.items() for one in those]
        asked = pl.DataFrame(named, schema=dict.fromkeys(("subject_id", "person_id", "name"), pl.String), orient="row")
        return printed(self.findings, self.people, behind, self.doubts, asked)

    def sources(self) -> pl.DataFrame:
        """subject_id, registered, sources: the rows behind each, in order."""
        rows = self.findings.select("subject_id", sources="records").explode("sources").drop_nulls().unique()
        batch, line = (pl.col("sources").str.extract(pattern) for pattern in (r"^(.*):", r":(\d+)$"))
        rows = rows.sort("subject_id", batch, line.cast(pl.Int64), "sources")
        told = rows.group_by("subject_id", maintain_order=True).agg("sources")
        return self.people.select("subject_id", "registered").join(told, on="subject_id")

    def of(self, subjects: Collection[str]) -> "Listing":
        """What of it makes the leads of these."""
        mine = pl.col("subject_id").is_in(list(subjects))
        findings = self.findings.filter(mine)
        behind = findings.select(record=pl.col("records")).explode("record").unique()
        return Listing(
            findings,
            self.people.filter(mine),
            self.evidence.join(behind, on="record", how="semi"),
            self.doubts.filter(mine),
            {of: those for of, those in self.candidates.items() if of in subjects},
        )


def listing_of(findings: pl.DataFrame, background: Background) -> Listing:
    """What the leads of `findings` (FINDING) say; a death that may be several people's is one, of its own."""
    doubles = find_doubles(
        findings,
        Known(
            background.persons,
            background.registry,
            background.links,
            background.reviews,
            background.deaths,
            background.places,
        ),
    )
    findings = doubles.findings.sort("subject_id", "screen")
    listed = findings.select("subject_id").unique()
    people = doubles.persons.select("subject_id", "registered", "household_key", "area")
    people = listed.join(people.unique("subject_id", keep="last", maintain_order=True), on="subject_id")
    people = people.join(_told(background, listed), on="subject_id").join(
        background.residences, on="subject_id", how="left"
    )
    return Listing(findings, people, _evidence(background, findings), _doubts(background, listed), doubles.candidates)


def wanted_leads(listing: Listing) -> list[Wanted]:
    """One Wanted per subject of the listing."""
    people = {row["subject_id"]: row for row in listing.people.iter_rows(named=True)}
    evidence = {row["record"]: row for row in listing.evidence.iter_rows(named=True)}
    doubts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in listing.doubts.iter_rows(named=True):
        doubts[row.pop("subject_id")].append(row)
    hits: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in listing.findings.iter_rows(named=True):
        hits[row["subject_id"]].append(row)
    return [
        _wanted(people[subject], Said(rows, evidence, doubts[subject]), listing.candidates.get(subject, ()))
        for subject, rows in hits.items()
    ]


@dataclass(frozen=True)
class Said:
    """What is said of one subject: its findings, how they are known, what is unsure."""

    rows: list[dict[str, Any]]
    evidence: dict[str, dict[str, Any]]
    doubts: list[dict[str, Any]]


def _wanted(person: dict[str, Any], said: Said, candidates: Sequence[dict[str, str | None]]) -> Wanted:
    sources = sorted({record for row in said.rows for record in row["records"]}, key=_place)
    behind = [said.evidence[record]["grade"] for record in sources if record in said.evidence]
    grades = [*behind, "possible"] if said.doubts else behind
    lives = person["residence"]
    elsewhere = lives is not None and lives[:9] != person["area"][:9]
    return Wanted(
        subject_id=person["subject_id"],
        registered=person["registered"],
        household_key=person["household_key"],
        area=person["area"],
        residence=lives if elsewhere else None,
        tier=min((row["tier"] for row in said.rows), key=TIERS.index),
        grade=max(grades, key=GRADES.index, default="certain"),
        sources=sources,
        doubts=said.doubts,
        snapshot={name: person[name] for name in _TOLD},
        hits=[_hit(row, said.evidence) for row in said.rows],
        candidates=tuple(candidates),
    )


def _hit(row: dict[str, Any], evidence: dict[str, dict[str, Any]]) -> Hit:
    content = {
        "reason": row["reason"],
        "inputs": orjson.loads(row["inputs"]),
        "records": [evidence.get(record, {"record": record}) for record in row["records"]],
    }
    screen, inputs = BY_ID[row["screen"]], content["inputs"]
    return Hit(
        row["screen"],
        row["version"],
        row["tier"],
        content,
        screen.lasting(inputs, row["reason"]),
        screen.facts_of(inputs),
        row["urgency"],
        row["due_days"],
    )


def _told(background: Background, listed: pl.DataFrame) -> pl.DataFrame:
    """How a subject is called: by the registry where it knows the person, what it lacks filled by the records."""
    registry = background.registry.select(
        pl.col("person_id").alias("subject_id"),
        "name",
        "id_number",
        "phone",
        "address",
        pl.col("household_number").alias("household"),
    )
    both = listed.join(registry, on="subject_id", how="left")
    both = both.join(background.snapshots, on="subject_id", how="left", suffix="_seen")
    return both.select("subject_id", *(pl.coalesce(name, f"{name}_seen").alias(name) for name in _TOLD))


def _evidence(background: Background, findings: pl.DataFrame) -> pl.DataFrame:
    """How each record was linked: kept in the finding, because links are made anew and a lead must stay explained."""
    wanted = findings.select(pl.col("records").explode().alias("record")).unique()
    rows = background.links.with_columns(pl.format("{}:{}", "batch_id", "line").alias("record"))
    feeds = pl.DataFrame(list(background.feeds.items()), schema=["batch_id", "feed"], orient="row")
    rows = rows.join(wanted, on="record", how="semi").join(feeds.cast(pl.String), on="batch_id", how="left")
    return rows.unique("record", keep="last", maintain_order=True).select(_EVIDENCE)


def _doubts(background: Background, listed: pl.DataFrame) -> pl.DataFrame:
    """subject_id, reason, record, other: open reviews of a subject's records, and of records that may be its own."""
    reviews = background.reviews.sort("batch_id", "line", "candidate_id")
    sides = [
        reviews.join(listed, left_on=side, right_on="subject_id", how="semi", maintain_order="left").select(
            pl.col(side).alias("subject_id"),
            "reason",
            pl.format("{}:{}", "batch_id", "line").alias("record"),
            pl.col(other).alias("other"),
        )
        for side, other in (("subject_id", "candidate_id"), ("candidate_id", "subject_id"))
    ]
    return pl.concat(sides)


def _place(record: str) -> tuple[str, int]:
    batch, _, line = record.rpartition(":")
    return batch, int(line) if line.isdigit() else 0
