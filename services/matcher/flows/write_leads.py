"""Findings of one person become one lead: all reasons, the rows behind them, whose evidence, which doubts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from matcher.flows.find_doubles import Known, find_doubles
from matcher.leads.store import Hit, Wanted
from matcher.screens.catalogue import BY_ID

TIERS = ("必访", "电话核实", "观察")  # highest first
GRADES = ("certain", "probable", "possible")  # strongest first


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


def wanted_leads(findings: pl.DataFrame, background: Background) -> list[Wanted]:
    """One Wanted per subject of `findings` (FINDING); a death that may be several people's is one, of its own."""
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
    findings = doubles.findings
    listed = findings.select("subject_id").unique()
    persons = _by_subject(doubles.persons, listed)
    told = _by_subject(_told(background, listed), listed)
    lived = _by_subject(background.residences, listed)
    evidence = _evidence(background, findings)
    doubts = _doubts(background, listed)
    hits: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in findings.sort("subject_id", "screen").iter_rows(named=True):
        hits[row["subject_id"]].append(row)
    return [
        _wanted(
            persons[subject],
            Said(told.get(subject, {}), lived.get(subject, {}).get("residence"), rows, evidence, doubts[subject]),
            doubles.candidates.get(subject, ()),
        )
        for subject, rows in hits.items()
    ]


@dataclass(frozen=True)
class Said:
    """What is said of one subject: its names, where it lives, its findings, how they are known, what is unsure."""

    told: dict[str, Any]
    residence: str | None
    rows: list[dict[str, Any]]
    evidence: dict[str, dict[str, Any]]
    doubts: list[dict[str, Any]]


def _wanted(person: dict[str, Any], said: Said, candidates: Sequence[dict[str, str | None]]) -> Wanted:
    sources = sorted({record for row in said.rows for record in row["records"]}, key=_place)
    behind = [said.evidence[record]["grade"] for record in sources if record in said.evidence]
    grades = [*behind, "possible"] if said.doubts else behind
    elsewhere = said.residence is not None and said.residence[:9] != person["area"][:9]
    return Wanted(
        subject_id=person["subject_id"],
        registered=person["registered"],
        household_key=person["household_key"],
        area=person["area"],
        residence=said.residence if elsewhere else None,
        tier=min((row["tier"] for row in said.rows), key=TIERS.index),
        grade=max(grades, key=GRADES.index, default="certain"),
        sources=sources,
        doubts=said.doubts,
        snapshot={name: said.told.get(name) for name in ("name", "id_number", "phone", "address", "household")},
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
    columns = ["name", "id_number", "phone", "address", "household"]
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
    return both.select("subject_id", *(pl.coalesce(name, f"{name}_seen").alias(name) for name in columns))


def _evidence(background: Background, findings: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Record → how it was linked: kept in the finding, because links are made anew and a lead must stay explained."""
    wanted = findings.select(pl.col("records").explode().alias("record")).unique()
    rows = background.links.with_columns(pl.format("{}:{}", "batch_id", "line").alias("record"))
    rows = rows.join(wanted, on="record", how="semi")
    columns = ("record", "grade", "probability", "pattern", "reason", "model_version")
    return {
        row["record"]: {**{name: row[name] for name in columns}, "feed": background.feeds.get(row["batch_id"])}
        for row in rows.iter_rows(named=True)
    }


def _doubts(background: Background, listed: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Subject → open reviews of its records, and of records that may be its own."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    reviews = background.reviews.sort("batch_id", "line", "candidate_id")
    for side, other in (("subject_id", "candidate_id"), ("candidate_id", "subject_id")):
        rows = reviews.join(listed, left_on=side, right_on="subject_id", how="semi", maintain_order="left")
        for row in rows.iter_rows(named=True):
            record = f"{row['batch_id']}:{row['line']}"
            found[row[side]].append({"reason": row["reason"], "record": record, "other": row[other]})
    return found


def _by_subject(frame: pl.DataFrame, listed: pl.DataFrame) -> dict[str, dict[str, Any]]:
    rows = frame.join(listed, on="subject_id", how="semi")
    return {row["subject_id"]: row for row in rows.iter_rows(named=True)}


def _place(record: str) -> tuple[str, int]:
    batch, _, line = record.rpartition(":")
    return batch, int(line) if line.isdigit() else 0
