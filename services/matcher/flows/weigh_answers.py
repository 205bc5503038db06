"""The rows behind an answered lead, with the evidence on which each was taken for somebody: what a rule decides on."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl
from sqlmodel import Session

from china.id_numbers import read_column
from matcher.batches import ends
from matcher.batches import store as batches
from matcher.batches.tables import Batch
from matcher.feeds import store as feeds
from matcher.flows.desk import Desk
from matcher.leads import reading as leads
from matcher.leads.tables import Lead
from matcher.links import store as links
from matcher.people import store as people
from matcher.reviews import store as reviews
from matcher.settlements.prints import PRINTED, record_prints
from matcher.settlements.rule import Answer, Evidence, Row, Ruling, rule, speaks
from matcher.settlements.tables import Settlement

DEATH = "death"


@dataclass(frozen=True)
class Said:
    """An answer with its lead, and what it completed of the identity."""

    settlement: Settlement
    lead: Lead
    stated: dict[str, Any]


def rulings(desk: Desk, session: Session, said: Sequence[Said]) -> list[Ruling]:
    """What each answer decides, in order."""
    weighed = [one for one in said if speaks(one.settlement.code) or one.stated.get("id_number")]
    if not said:
        return []
    ground = _Ground(desk, session, weighed)
    heavy = {id(one) for one in weighed}
    found = []
    for one in said:
        answer = ground.answer(one)
        found.append(rule(answer, ground.rows(answer, one.lead) if id(one) in heavy else []))
    return found


class _Ground:
    """Everything the answers of one turn look at, read once."""

    def __init__(self, desk: Desk, session: Session, said: Sequence[Said]) -> None:
        self.desk, self.session = desk, session
        self.survivors: dict[str, str] = dict(people.redirects(session).select("subject_id", "survivor_id").iter_rows())
        self.registry = desk.people.read(people.standing(session).files or [])
        counting = {batch.id: batch for batch in batches.linked(session) if batch.superseded_by is None}
        places = {place for one in said for place in _places(one.lead) if place[0] in counting}
        subjects = {self.now(one.lead.subject_id) for one in said}
        found = links.about(session, sorted(subjects), sorted(places))
        found = found.filter(pl.col("batch_id").is_in(sorted(counting)))
        self.links = found.join(ends.of_batches(session, sorted(counting)), on=["batch_id", "line"], how="anti")
        self.reviews = self._reviews()
        self.printed = self._printed(counting)

    def now(self, subject_id: str) -> str:
        """Whom a subject is taken for now."""
        return self.survivors.get(subject_id, subject_id)

    def answer(self, one: Said) -> Answer:
        """The answer as a rule reads it."""
        settlement, lead = one.settlement, one.lead
        subject = self.now(lead.subject_id)
        other = self.session.get(Lead, settlement.duplicate_of) if settlement.duplicate_of else None
        return Answer(
            outcome_id=str(settlement.outcome_id),
            code=str(settlement.code),
            lead_id=lead.id,
            area=lead.area,
            subject_id=subject,
            registered=subject in self._registered,
            candidates=tuple(str(person["person_id"]) for person in leads.candidates(self.desk.ring, lead)),
            person_id=settlement.person_id,
            identified=self._identified(one, subject),
            died_on=one.stated.get("died_on"),
            duplicate=self.now(other.subject_id) if other is not None else None,
        )

    def rows(self, answer: Answer, lead: Lead) -> list[Row]:
        """The rows behind the lead, and all others of its subject."""
        behind = set(_places(lead))
        found: list[Row] = []
        for link in self._by_subject[answer.subject_id] + [
            self._by_place[place] for place in sorted(behind) if place in self._by_place
        ]:
            place = (link["batch_id"], link["line"])
            if any((row.batch_id, row.line) == place for row in found):
                continue
            told = self.printed[place]
            found.append(
                Row(
                    *place,
                    feed=told["feed"],
                    record_print=told["record_print"],
                    subject_id=link["subject_id"],
                    behind=place in behind,
                    death=told["death"],
                    evidence=self._evidence(link),
                    own_number_of=frozenset(self._owners.get(told["number"], ())),
                )
            )
        return found

    @cached_property
    def _registered(self) -> set[str]:
        return set(self.registry["person_id"])

    @cached_property
    def _by_subject(self) -> dict[str, list[dict[str, Any]]]:
        grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self.links.iter_rows(named=True):
            grouped[row["subject_id"]].append(row)
        return grouped

    @cached_property
    def _by_place(self) -> dict[tuple[str, int], dict[str, Any]]:
        return {(row["batch_id"], row["line"]): row for row in self.links.iter_rows(named=True)}

    @cached_property
    def _owners(self) -> dict[str | None, list[str]]:
        """Sound number → the registered people who bear it."""
        numbers = _sound(self.registry["id_number"])
        owners: dict[str | None, list[str]] = defaultdict(list)
        for person_id, number in zip(self.registry["person_id"], numbers, strict=True):
            if number is not None:
                owners[number].append(person_id)
        return owners

    def _identified(self, one: Said, subject: str) -> str | None:
        """The one registered person who bears the number the answer completed, and the name too: a digit mistyped at
        the door must not make somebody somebody else."""
        number = one.stated.get("id_number")
        sound = _sound(pl.Series([number], dtype=pl.String))[0] if number else None
        owners = self._owners.get(sound, []) if sound is not None else []
        if len(owners) != 1 or owners[0] == subject:
            return None
        person = self.registry.row(by_predicate=pl.col("person_id") == owners[0], named=True)
        name = one.stated.get("name") or leads.snapshot(self.desk.ring, one.lead).get("name")
        names = {person["name"], *(former["name"] for former in person["former"] or [])}
        return owners[0] if name is not None and name.strip() in names else None

    def _reviews(self) -> dict[tuple[str, int], list[dict[str, Any]]]:
        grouped: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
        ids = sorted(self.links["batch_id"].unique())
        open_ = reviews.open_of(self.session, ids).join(self.links, on=["batch_id", "line"], how="semi")
        for row in open_.iter_rows(named=True):
            grouped[row["batch_id"], row["line"]].append(row)
        return grouped

    def _evidence(self, link: dict[str, Any]) -> dict[str, Evidence]:
        held = {
            row["candidate_id"]: Evidence(row["probability"], row["pattern"], row["model_version"])
            for row in self.reviews[link["batch_id"], link["line"]]
        }
        held[link["subject_id"]] = Evidence(link["probability"], link["pattern"], link["model_version"])
        return held

    def _printed(self, counting: dict[str, Batch]) -> dict[tuple[str, int], dict[str, Any]]:
        """(batch, line) → record_print, sound number, feed, death, of every linked row looked at."""
        found: dict[tuple[str, int], dict[str, Any]] = {}
        for (batch_id,), own in self.links.group_by("batch_id", maintain_order=True):
            batch = counting[str(batch_id)]
            columns = ["line", *PRINTED]
            records = self.desk.files.records(batch.id, batch.chunks, columns)
            records = records.filter(pl.col("line").is_in(own["line"].implode()))
            prints = record_prints(records, self.desk.ring.macs)
            numbers = _sound(records["id_number"]) if "id_number" in records.columns else [None] * records.height
            feed = feeds.load(self.session, batch.feed, batch.feed_version)
            death = any(fact.kind == DEATH for fact in feed.facts)
            for line, print_, number in zip(records["line"], prints, numbers, strict=True):
                found[batch.id, line] = {
                    "record_print": print_,
                    "number": number,
                    "feed": batch.feed,
                    "death": death,
                }
        return found


def _places(lead: Lead) -> list[tuple[str, int]]:
    """The rows behind a lead; rows of the registry and of answers are among its sources too and belong to no batch."""
    parts = (source.rpartition(":") for source in lead.sources)
    return [(batch, int(line)) for batch, _, line in parts if line.isdigit()]


def _sound(numbers: pl.Series) -> list[str | None]:
    """The 18-digit resident number each text is, where it is a sound one."""
    return read_column(numbers)["id18"].to_list()
