"""What answers come to. Pure: codes in, a state out.

A slip is settled by its answers only where they fit together: one county goes on and all others stop, or all say that
it is another person of theirs. Two that go on, two that stop (nobody is to fall out of both), or answers that speak of
different people are put to whoever asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass

OPEN, DISPUTED, SETTLED, CEASED = "open", "disputed", "settled", "ceased"
KEEPS, STOPS, VERIFYING, OTHER_PERSON = "keeps", "stops", "verifying", "other-person"
STATES: Mapping[str, str] = {OPEN: "待答复", DISPUTED: "意见不一，待裁定", SETTLED: "已办结", CEASED: "重复已消除"}
ANSWERS: Mapping[str, str] = {
    KEEPS: "本县继续保障", STOPS: "本县停发", VERIFYING: "人户分离核实中", OTHER_PERSON: "不是同一人",
}  # fmt: skip
ACTIONS: Mapping[str, str] = {"issue": "发出", "answer": "答复", "decide": "裁定", "cease": "重复消除"}
UNFINISHED = (OPEN, DISPUTED)
SAID = frozenset({KEEPS, STOPS, OTHER_PERSON})  # `verifying` only says that somebody is at it


@dataclass(frozen=True)
class Verdict:
    """Where a slip stands by its answers, and which county goes on."""

    state: str
    keeps: str | None = None


def came_to(answers: Mapping[str, str | None]) -> Verdict:
    """County → its answer; a verdict on all of them together."""
    told = list(answers.values())
    if any(one not in SAID for one in told):
        return Verdict(OPEN)
    keeping = [county for county, one in answers.items() if one == KEEPS]
    if len(keeping) == 1 and told.count(STOPS) == len(told) - 1:
        return Verdict(SETTLED, keeping[0])
    return Verdict(SETTLED if set(told) == {OTHER_PERSON} else DISPUTED)
