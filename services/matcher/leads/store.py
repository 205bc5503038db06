"""Leads in the database: what should be listed is compared with what is, and only the difference is written.

A lead is never deleted and never doubled: a person has one, it is withdrawn when no finding is left, suppressed while
a human's answer covers it, and comes back under its own id. Findings are kept with the versions they held in, so that
each version can be explained. A version moves with what somebody at the door would care for; where the rows stand
now is kept up to date without one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import func, insert, update
from sqlmodel import Session, col, select

from kit.columns import new_id, now
from kit.crypto import KeyRing
from matcher.leads.answers import Settled, silencing
from matcher.leads.merges import follow_merges, leads_of
from matcher.leads.pace import Asking, Paces
from matcher.leads.tables import Finding, Lead

SNAPSHOT = "lead.snapshot"
CONTENT = "finding.content"
CANDIDATES = "lead.candidates"


@dataclass(frozen=True)
class Hit:
    """One screen's finding with everything it rests on."""

    screen: str
    screen_version: str
    tier: str
    content: dict[str, Any]  # reason, inputs, records: [{record, feed, grade, probability, …}]
    lasting: Any = None  # what of it makes a new version when it changes: nothing that moves by itself
    basis: tuple[str, ...] = ()  # the facts it rests on, as words: one not among those a human knew of is new
    urgency: int = 0
    due_days: int | None = None


@dataclass(frozen=True)
class Wanted:
    """What a lead of this subject should say."""

    subject_id: str
    registered: bool
    household_key: str | None
    area: str
    residence: str | None
    tier: str
    grade: str
    sources: list[str]
    doubts: list[dict[str, Any]]
    snapshot: dict[str, Any]
    hits: list[Hit]
    candidates: tuple[dict[str, str | None], ...] = ()  # person_id, name: one doubt between several people

    @property
    def urgency(self) -> int:
        """That of its most urgent finding."""
        return max((hit.urgency for hit in self.hits), default=0)

    @property
    def due_days(self) -> int | None:
        """The shortest time a finding gives; None where none gives any."""
        return first_of(hit.due_days for hit in self.hits)

    @property
    def door(self) -> str:
        """The household it is visited with."""
        return self.household_key or self.subject_id


def first_of(days: Iterable[int | None]) -> int | None:
    """The smallest of those that are there."""
    return min((one for one in days if one is not None), default=None)


@dataclass(frozen=True)
class Ground:
    """What the list is compared on: merged subject → whom it is now, lead → the answer that settled it, the day.

    `touched`: the subjects whose leads are compared, None for all; nobody else's lead is read or written. They have
    among them whoever is merged into one of them, and of a township that has a pace all or none (flows/touched_leads).
    """

    survivors: Mapping[str, str]
    settled: Mapping[str, Settled]
    day: date
    apart: Mapping[str, Settled] = field(default_factory=dict)  # subject of rows told apart from somebody → the answer
    paces: Paces = field(default_factory=Paces)
    touched: frozenset[str] | None = None


@dataclass
class Applied:
    """What became of the list: counts of leads, and the leads that are newly suppressed."""

    created: int = 0
    changed: int = 0
    withdrawn: int = 0
    suppressed: int = 0
    returned: int = 0
    unchanged: int = 0
    waiting: int = 0
    open: int = 0
    silenced: list[Lead] = field(default_factory=list)

    @property
    def moved(self) -> int:
        """How many leads are not as they were."""
        return self.created + self.changed + self.withdrawn + self.suppressed + self.returned


def apply(session: Session, ring: KeyRing, wanted: list[Wanted], ground: Ground) -> Applied:
    """Make the list say what is `wanted`, less what a human settled. The counts are those of the whole list."""
    follow_merges(session, {one.subject_id for one in wanted}, ground.survivors, ground.touched)
    turn = _Turn(session, ring, ground)
    judged = [turn.judge(one) for one in sorted(wanted, key=lambda each: each.subject_id)]
    waiting = turn.waiting(judged)
    for one in judged:
        turn.bring(one, waits=one.wanted.subject_id in waiting)
    turn.withdraw_rest()
    turn.write()
    if ground.touched is not None:
        turn.count_others(len(judged))
    return turn.counts


class _Turn:
    """One comparison of the list, or of the part that is touched."""

    def __init__(self, session: Session, ring: KeyRing, ground: Ground) -> None:
        self.session, self.ring, self.ground = session, ring, ground
        self.at = now()
        self.counts = Applied()
        self.rows = {lead.subject_id: lead for lead in leads_of(session, ground.touched)}
        self.added: list[dict[str, Any]] = []
        self.findings: list[dict[str, Any]] = []
        self.ended: list[tuple[str, int]] = []
        # Answers about somebody who has since turned out to be this person, and about rows that are nobody else's.
        self.inherited: dict[str, list[Settled]] = defaultdict(list)
        for subject, answer in ground.apart.items():
            self.inherited[subject].append(answer)
        for lead in self.rows.values():
            if lead.subject_id in ground.survivors and lead.id in ground.settled:
                self.inherited[ground.survivors[lead.subject_id]].append(ground.settled[lead.id])

    def judge(self, one: Wanted) -> "_Judged":
        """What stands of one wanted subject, and whether an answer silences it."""
        lead = self.rows.pop(one.subject_id, None)
        basis = basis_of(self.ring, one)
        own = self.ground.settled.get(lead.id) if lead is not None else None
        answers = [own] if own is not None else []
        if lead is None or lead.state != "open":
            answers += self.inherited[one.subject_id]
        return _Judged(one, lead, basis, own, silencing(answers, frozenset(basis), self.ground.day))

    def waiting(self, judged: Sequence["_Judged"]) -> set[str]:
        """The subjects whose township has its hands full."""
        open_ = [one for one in judged if one.kept is None]
        return self.ground.paces.waiting(
            [
                Asking(
                    one.wanted.subject_id,
                    one.wanted.area,
                    one.wanted.door,
                    one.wanted.urgency,
                    one.lead.created_at if one.lead is not None else self.at,
                    one.lead.released_on if one.lead is not None else None,
                    in_hand=one.lead is not None and one.lead.state == "open",
                )
                for one in open_
            ],
            self.ground.day,
        )

    def bring(self, judged: "_Judged", *, waits: bool) -> None:
        """Bring the lead of one wanted subject up to date, or make it."""
        one, lead, kept = judged.wanted, judged.lead, judged.kept
        print_ = _fingerprint(self.ring, one)
        state = "suppressed" if kept is not None else "waiting" if waits else "open"
        self.counts.open += state == "open"
        self.counts.waiting += state == "waiting"
        values: dict[str, Any] = {
            "state": state,
            "suppressed_for": kept and kept.word,
            "suppressed_until": kept and kept.until,
            **judged.returns(self.ground.day),
            "sources": one.sources,
            "doubts": one.doubts,
            "basis": judged.basis,
            "urgency": one.urgency,
            "due_days": one.due_days,
        }
        if state == "open" and (lead is None or lead.state != "open"):
            values["released_on"] = self.ground.day
        if lead is not None and _as_it_was(lead, values, print_):
            _set(lead, values)
            self.counts.unchanged += 1
            return
        values |= _content(self.ring, one, print_) | {"changed_at": self.at}
        self._write_version(lead, values)
        self.findings += _findings(self.ring, one, values, self.at)

    def _write_version(self, lead: Lead | None, values: dict[str, Any]) -> None:
        state = values["state"]
        silent = state != "open"
        if lead is None:
            values |= {"id": new_id(), "version": 1, "created_at": self.at, "publish_attempts": 0}
            values |= {"published_version": int(silent), "offered_version": 0, "told_version": 0}
            self.added.append(values)
            self._count("created" if state != "suppressed" else "suppressed")
            return
        before = lead.state
        values |= {"id": lead.id, "version": lead.version + 1}
        self.ended.append((lead.id, values["version"]))
        _set(lead, {**values, **_NEWS})
        if silent:
            # The ledger said so itself, or is not to hear of it yet: there is nothing to tell it.
            lead.published_version = lead.version
        if state == "suppressed" and before != "suppressed":
            self.counts.silenced.append(lead)
        self.session.add(lead)
        self._count(_became(before, state))

    def _count(self, name: str) -> None:
        setattr(self.counts, name, getattr(self.counts, name) + 1)

    def withdraw_rest(self) -> None:
        """Leads nothing speaks for any more."""
        for lead in self.rows.values():
            if lead.state == "withdrawn":
                continue
            shown = lead.state == "open"
            gone = {"state": "withdrawn", "version": lead.version + 1, "changed_at": self.at, "basis": []}
            _set(lead, {**gone, **_NOTHING_KEPT, **_NEWS})
            if lead.offered_version == 0:
                lead.published_version = lead.version  # the ledger never saw it
            self.ended.append((lead.id, lead.version))
            self.session.add(lead)
            self.counts.withdrawn += shown

    def write(self) -> None:
        """What was gathered."""
        self.session.flush()
        for lead_id, version in self.ended:
            self.session.execute(
                update(Finding)
                .where(col(Finding.lead_id) == lead_id, col(Finding.until_version).is_(None))
                .values(until_version=version)
            )
        if self.added:
            self.session.execute(insert(Lead), self.added)
        if self.findings:
            self.session.execute(insert(Finding), self.findings)

    def count_others(self, judged: int) -> None:
        """Count those nobody looked at: they are as they were. Of the judged each has one lead that stands."""
        rows = self.session.execute(select(Lead.state, func.count()).group_by(Lead.state)).all()
        states = {str(state): int(number) for state, number in rows}
        self.counts.open, self.counts.waiting = states.get("open", 0), states.get("waiting", 0)
        self.counts.unchanged += sum(states.values()) - states.get("withdrawn", 0) - judged


@dataclass(frozen=True)
class _Judged:
    """One wanted subject, its lead if it has one, its facts as digests, its own answer, and the one that silences."""

    wanted: Wanted
    lead: Lead | None
    basis: list[str]
    own: Settled | None
    kept: Settled | None

    def returns(self, day: date) -> dict[str, Any]:
        """Which answer it comes back in spite of, and why."""
        if self.kept is not None or self.own is None:
            return {"knows_outcome": None, "return_reason": None}
        why = self.own.why_not(frozenset(self.basis), day)
        return {"knows_outcome": self.own.outcome_id, "return_reason": why}


def _became(before: str, state: str) -> str:
    """As what a lead that was there already counts."""
    if state == "suppressed":
        return "suppressed" if before != "suppressed" else "unchanged"
    if before == "waiting":
        return "changed"  # it was found before, and counted then
    return "changed" if before == "open" else "returned"


# A new version is news for the registry at once, whatever became of the last one.
_NEWS: dict[str, Any] = {"publish_due": None, "publish_attempts": 0, "publish_error": None}
_NOTHING_KEPT: dict[str, Any] = dict.fromkeys(
    ("suppressed_for", "suppressed_until", "knows_outcome", "return_reason"), None
)


def _as_it_was(lead: Lead, values: Mapping[str, Any], fingerprint: str) -> bool:
    """Whether nobody need be told: the same content, and no answer to return in spite of but the one it knew."""
    same = (lead.state, lead.fingerprint) == (values["state"], fingerprint)
    return same and values["knows_outcome"] in (None, lead.knows_outcome)


def _set(lead: Lead, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if getattr(lead, name) != value:
            setattr(lead, name, value)


def _content(ring: KeyRing, one: Wanted, fingerprint: str) -> dict[str, Any]:
    named = orjson.dumps(list(one.candidates)).decode()
    return {
        "subject_id": one.subject_id,
        "registered": one.registered,
        "household_key": one.household_key,
        "card": ring.pseudonym(one.household_key or one.subject_id, "lead.card")[:32],
        "area": one.area,
        "residence": one.residence,
        "tier": one.tier,
        "grade": one.grade,
        "screens": sorted(hit.screen for hit in one.hits),
        "snapshot": ring.encrypt(orjson.dumps(one.snapshot).decode(), SNAPSHOT),
        "candidates": ring.encrypt(named, CANDIDATES) if one.candidates else None,
        "fingerprint": fingerprint,
    }


def _findings(ring: KeyRing, one: Wanted, values: dict[str, Any], at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "lead_id": values["id"],
            "screen": hit.screen,
            "screen_version": hit.screen_version,
            "tier": hit.tier,
            "content": ring.encrypt(orjson.dumps(hit.content).decode(), CONTENT),
            "since_version": values["version"],
            "made_at": at,
        }
        for hit in one.hits
    ]


def basis_of(ring: KeyRing, one: Wanted) -> list[str]:
    """The facts a lead rests on, as keyed digests: a diagnosis does not lie readable in the database."""
    return digests(ring, {word for hit in one.hits for word in hit.basis})


def digests(ring: KeyRing, words: set[str]) -> list[str]:
    """Facts (Hit.basis) as Lead.basis holds them, sorted."""
    return sorted(ring.mac(b"fact" + word.encode())[:16] for word in words)


def _fingerprint(ring: KeyRing, one: Wanted) -> str:
    """Equal content has an equal print; keyed, because it is made from personal data. Where the rows stand and how
    probable their links are is not content."""
    content = [
        [one.registered, one.household_key, one.area, one.residence, one.tier, one.grade],
        sorted({(doubt["reason"], doubt["other"]) for doubt in one.doubts}),
        one.snapshot,
        [[hit.screen, hit.screen_version, hit.tier, hit.lasting] for hit in one.hits],
        list(one.candidates),
    ]
    return ring.mac(b"lead" + orjson.dumps(content, option=orjson.OPT_SORT_KEYS))
