"""Who has to read a doubt, and what the readings come to. Pure.

One reading decides, unless the draw asks for a blind second one by somebody else; two that differ are settled by a
third person. Who cannot tell leaves the doubt where it is: it is put away until there is something new to go by.
"""

from collections.abc import Sequence
from dataclasses import dataclass

SAME, DIFFERENT, UNSURE, LATER, REVOKE = "same", "different", "unsure", "later", "revoke"
ANSWERS = (SAME, DIFFERENT, UNSURE)
OPEN, SETTLED, DEFERRED, CLOSED = "open", "settled", "deferred", "closed"
FIRST, SECOND, ADJUDICATION = "first", "second", "adjudication"
_DIGITS = 13  # of a keyed print: 52 bits, as many as a float holds
_DRAWS = float(1 << 4 * _DIGITS)


@dataclass(frozen=True)
class Answer:
    """One reviewer's answer that was not taken back."""

    reading_id: str
    reviewer: str
    verdict: str
    person_id: str | None = None  # of SAME: who

    def agrees(self, other: "Answer") -> bool:
        """Whether both say the same, of the same person."""
        return (self.verdict, self.person_id) == (other.verdict, other.person_id)


@dataclass(frozen=True)
class Standing:
    """How a doubt stands: its state, the reading it waits for, and the answer that holds."""

    state: str
    stage: str
    answer: Answer | None = None


def standing_of(answers: Sequence[Answer], wanted: int) -> Standing:
    """What the answers of one round, in order, come to; `wanted` readings are asked for before any third."""
    if not answers:
        return Standing(OPEN, FIRST)
    if len(answers) < wanted:
        return Standing(OPEN, SECOND)
    if len(answers) == 1 or answers[0].agrees(answers[1]):
        return _ended(answers[min(len(answers), 2) - 1], SECOND if len(answers) > 1 else FIRST)
    if len(answers) == 2:
        return Standing(OPEN, ADJUDICATION)
    return _ended(answers[2], ADJUDICATION)


def _ended(answer: Answer, stage: str) -> Standing:
    return Standing(DEFERRED if answer.verdict == UNSURE else SETTLED, stage, answer)


def sees_answers(reviewer: str, state: str, stage: str, holder: str | None) -> bool:
    """Whether others' answers may be shown: to nobody who may still read the doubt for themselves, and to the one who
    settles it."""
    return state != OPEN or (stage == ADJUDICATION and holder == reviewer)


def sample_draw(record_print: str) -> float:
    """A number in [0, 1) that only the keys foretell, the same for the same row in every month."""
    return int(record_print[:_DIGITS], 16) / _DRAWS


def second_draw(record_print: str) -> float:
    """Another such number, independent of the first."""
    return int(record_print[_DIGITS : 2 * _DIGITS], 16) / _DRAWS
