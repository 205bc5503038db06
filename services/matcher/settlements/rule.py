"""What an answer decides, code by code: which row is whose, who is alive, and what may be learned from it.

Pure: an answer and the rows behind its lead in, decisions and labels out. 02–09, 13, 15–18, W5 and P1–P5 say
what was done for a person and nothing of who the person is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

CONFIRM, REJECT = "confirm", "reject"
STOPPED = ("W1", "W2")
DIED = "10"
WRONG_PERSON = "12"
# Of money and custody: the dead are paid, too.
_DOUBTS = ("P1", "P2", "P3", "P4", "P5")
# Answers after which somebody may still be dead who was said to be; all others were found out about the living.
_OF_THE_DEAD = (DIED, "14", "15", *STOPPED, "W3", "W5", *_DOUBTS)


@dataclass(frozen=True)
class Evidence:
    """How a row and a person were held against each other."""

    probability: float | None = None
    pattern: int | None = None
    model_version: str | None = None


@dataclass(frozen=True)
class Row:
    """One row a lead rests on, or another of the same subject."""

    batch_id: str
    line: int
    feed: str
    record_print: str
    subject_id: str  # whom it is taken for
    behind: bool  # a finding of the lead rests on it
    death: bool  # it is of a feed that reports deaths
    evidence: Mapping[str, Evidence] = field(default_factory=dict)  # by person
    own_number_of: frozenset[str] = frozenset()  # people whose own number it bears


@dataclass(frozen=True)
class Answer:
    """What was answered of one lead."""

    outcome_id: str
    code: str
    lead_id: str
    area: str
    subject_id: str
    registered: bool
    candidates: tuple[str, ...] = ()
    person_id: str | None = None  # whom the answer named
    identified: str | None = None  # the registered person of the number and name the answer completed
    duplicate: str | None = None  # the subject of the other lead
    died_on: str | None = None


@dataclass
class Ruling:
    """What follows. Decisions in order: a later one on the same pair holds."""

    answer: Answer
    decisions: list[dict[str, Any]] = field(default_factory=list)
    labels: list[dict[str, Any]] = field(default_factory=list)
    shields: list[dict[str, Any]] = field(default_factory=list)
    unshielded: list[str] = field(default_factory=list)
    died: list[str] = field(default_factory=list)  # subjects; on the answer's `died_on`

    @property
    def alive(self) -> bool:
        """Whether what was said of a death on this lead before no longer holds."""
        return self.answer.code not in _OF_THE_DEAD

    @property
    def source(self) -> str:
        """The outcome all of it rests on."""
        return self.answer.outcome_id

    def give(self, row: Row, person_id: str) -> None:
        """The row is this person's."""
        self._decide(row, person_id, CONFIRM)
        self.learn(row, person_id, "match")

    def take(self, row: Row, person_id: str) -> None:
        """The row is not this person's. Where it bears the person's own number, the row is wrong, not the link."""
        self._decide(row, person_id, REJECT)
        self.learn(row, person_id, "record-wrong" if person_id in row.own_number_of else "no-match")

    def learn(self, row: Row, person_id: str, verdict: str) -> None:
        """A label with the evidence as it stands now; the first word on a row and a person is kept."""
        known = row.evidence.get(person_id, Evidence())
        label = {
            "source": self.answer.outcome_id,
            "code": self.answer.code,
            "verdict": verdict,
            "lead_id": self.answer.lead_id,
            "feed": row.feed,
            "batch_id": row.batch_id,
            "line": row.line,
            "record_print": row.record_print,
            "person_id": person_id,
            "probability": known.probability,
            "pattern": known.pattern,
            "model_version": known.model_version,
            "area": self.answer.area,
        }
        key = (row.batch_id, row.line, person_id)
        if key not in {(one["batch_id"], one["line"], one["person_id"]) for one in self.labels}:
            self.labels.append(label)

    def _decide(self, row: Row, person_id: str, verdict: str) -> None:
        self.decisions.append(
            {
                "record_print": row.record_print,
                "person_id": person_id,
                "verdict": verdict,
                "code": self.answer.code,
                "source": self.answer.outcome_id,
                "lead_id": self.answer.lead_id,
                "batch_id": row.batch_id,
                "line": row.line,
                "area": self.answer.area,
            }
        )


def rule(answer: Answer, rows: Sequence[Row]) -> Ruling:
    """What `answer` decides about `rows`: those behind its lead and all others of its subject."""
    ruling = Ruling(answer)
    _RULES.get(answer.code, _nothing)(ruling, rows)
    if answer.identified is not None and (not answer.registered or answer.code == WRONG_PERSON):
        for row in _named(ruling, rows):
            ruling.give(row, answer.identified)
    return ruling


def _named(ruling: Ruling, rows: Sequence[Row]) -> list[Row]:
    """The rows an answer that names somebody speaks of: a registered person's lead rests on some of their rows only."""
    return [row for row in rows if row.behind] if ruling.answer.registered else list(rows)


def _nothing(_: Ruling, __: Sequence[Row]) -> None:
    """The answer says nothing of who the person is."""


def _covered(ruling: Ruling, rows: Sequence[Row]) -> None:
    """01: the system did not match; the answer may say with whom."""
    answer = ruling.answer
    if answer.person_id is None:
        return
    for row in _named(ruling, rows):
        if answer.registered and answer.subject_id != answer.person_id:
            ruling.take(row, answer.subject_id)
        ruling.give(row, answer.person_id)


def _wrong_person(ruling: Ruling, rows: Sequence[Row]) -> None:
    """12: the rows are not this person's; of somebody no registry knows, the row itself is wrong."""
    for row in rows:
        if row.behind and ruling.answer.registered:
            ruling.take(row, ruling.answer.subject_id)
        elif row.behind:
            ruling.learn(row, ruling.answer.subject_id, "identity-wrong")


def _same(verdict: str) -> Callable[[Ruling, Sequence[Row]], None]:
    def learn(ruling: Ruling, rows: Sequence[Row]) -> None:
        for row in rows:
            if row.behind:
                ruling.learn(row, ruling.answer.subject_id, verdict)

    return learn


def _dead(ruling: Ruling, rows: Sequence[Row]) -> None:
    """10: found to have died; whoever was seen alive before is not any more."""
    subject = ruling.answer.person_id or ruling.answer.subject_id
    ruling.unshielded.append(subject)
    ruling.died.append(subject)
    _same("match")(ruling, rows)


def _duplicate(ruling: Ruling, rows: Sequence[Row]) -> None:
    """14: the same person as another lead's."""
    for row in rows:
        if row.behind and ruling.answer.duplicate is not None:
            ruling.learn(row, ruling.answer.duplicate, "match")


def _died(ruling: Ruling, rows: Sequence[Row]) -> None:
    """W1, W2: it is so; where the doubt lay between several, the answer names the one."""
    answer = ruling.answer
    one = answer.person_id or (answer.subject_id if answer.registered else None)
    if one is None:
        return
    ruling.unshielded.append(one)
    if answer.died_on is not None:
        ruling.died.append(one)
    for row in rows:
        if not (row.behind and row.death):
            continue
        for other in answer.candidates:
            if other != one:
                ruling.take(row, other)
        ruling.give(row, one)


def _stopped(ruling: Ruling, rows: Sequence[Row]) -> None:
    """W3: it was so, and is already done."""
    for row in rows:
        if row.behind and row.death and ruling.answer.registered:
            ruling.learn(row, ruling.answer.subject_id, "match")


def _alive(ruling: Ruling, rows: Sequence[Row]) -> None:
    """W4: seen alive. The rows are nobody's of these, and no other row counts but one that bears their own number."""
    answer = ruling.answer
    people = answer.candidates or ((answer.subject_id,) if answer.registered else ())
    for person_id in people:
        for row in rows:
            if row.behind and row.death:
                ruling.take(row, person_id)
        ruling.shields.append(
            {
                "person_id": person_id,
                "lead_id": answer.lead_id,
                "source": answer.outcome_id,
                "area": answer.area,
            }
        )


def speaks(code: str | None) -> bool:
    """Whether an answer of that code says anything of who somebody is."""
    return code in _RULES


_RULES: dict[str, Callable[[Ruling, Sequence[Row]], None]] = {
    "01": _covered,
    DIED: _dead,
    "11": _same("not-found"),
    WRONG_PERSON: _wrong_person,
    "14": _duplicate,
    "W1": _died,
    "W2": _died,
    "W3": _stopped,
    "W4": _alive,
}
