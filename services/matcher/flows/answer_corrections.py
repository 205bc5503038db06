"""An agency answers what it was asked to correct: request by request, or by the Excel list sent back. Nothing is
written twice, and where the agency says its row is right, a human of the county office decides."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from china.text import plain
from kit.auth import Caller
from kit.crypto import KeyRing
from kit.problems import Conflict, NotFound
from kit.tables_in import Table, TableUnreadable, read_table
from matcher.batches.problems import CorrectionNotYours, CorrectionSheetWrong, ReasonMissing
from matcher.feeds.feed import FileUnreadable
from matcher.flows.ask_corrections import Correction, Office, find_corrections
from matcher.settlements import words
from matcher.settlements.tables import Label

ANSWERS_ZH = {words.CORRECTED: "已在源系统改正", words.RIGHT: "核实无误", words.UNKNOWN: "无法核实"}
NUMBER, RESULT, REMARK, DONE = "编号", "核实结果", "说明", "更正后的值是否已在源系统改正"
MOST_ROWS = 5000
REASON_LENGTH = 300


@dataclass(frozen=True)
class Answered:
    """One row of a list sent back: recorded | unchanged | refused (with why) | blank."""

    line: int
    correction_id: str | None
    result: str
    code: str | None = None
    message: str | None = None


def answer_one(
    office: Office, ring: KeyRing, caller: Caller, correction_id: str, word: tuple[str, str | None]
) -> tuple[Correction, bool]:
    """Record an answer: the request as it is then, and whether anything was written. Raises NotFound,
    CorrectionNotYours, ReasonMissing."""
    found = find_corrections(office, caller, [correction_id])
    if correction_id not in found:
        raise NotFound
    label = found[correction_id][1]
    _check_own(office, caller, label)
    if word[0] != words.CORRECTED and not word[1]:
        raise ReasonMissing
    written = _say(office, ring, caller, label, word)
    return find_corrections(office, caller, [correction_id])[correction_id][0], written


def decide(
    office: Office, ring: KeyRing, caller: Caller, correction_id: str, word: tuple[str, str]
) -> tuple[Correction, bool]:
    """The county office decides who is right where an agency says that its row is. Raises NotFound, Conflict."""
    found = find_corrections(office, caller, [correction_id])
    if correction_id not in found:
        raise NotFound
    request, label = found[correction_id]
    if request.decision == word[0]:
        return request, False
    if request.word is None or request.word.said != words.RIGHT or request.decision is not None:
        raise Conflict(reason="没有待裁定的答复：只有部门答“核实无误”的才需裁定 (the agency does not insist)")
    words.say(office.session, ring, caller, label, word)
    return find_corrections(office, caller, [correction_id])[correction_id][0], True


def answer_by_list(office: Office, ring: KeyRing, caller: Caller, content: bytes) -> list[Answered]:
    """Each row of the list that was sent back. Raises FileUnreadable, CorrectionSheetWrong; then nothing is written."""
    table = _table(content)
    ids = {str(one) for one in table.frame[NUMBER].drop_nulls()}
    known = find_corrections(office, caller, ids)
    return _each(office, (ring, caller), table, known)


def _table(content: bytes) -> Table:
    try:
        table = read_table(content, [NUMBER, RESULT, REMARK, DONE], sheet=None)
    except TableUnreadable as error:
        if error.code == "no-header":
            raise CorrectionSheetWrong(missing=f"{NUMBER}、{RESULT}") from error
        raise FileUnreadable(reason=error.code, zh=error.zh, en=error.en) from error
    if missing := [header for header in (NUMBER, RESULT) if header not in table.headers]:
        raise CorrectionSheetWrong(missing="、".join(missing))
    if table.frame.height > MOST_ROWS:
        unreadable = TableUnreadable("too-many-rows", limit=MOST_ROWS)
        raise FileUnreadable(reason=unreadable.code, zh=unreadable.zh, en=unreadable.en)
    return table


def _each(
    office: Office, by: tuple[KeyRing, Caller], table: Table, known: Mapping[str, tuple[Correction, Label]]
) -> list[Answered]:
    ring, caller = by
    told: list[Answered] = []
    first: dict[str, int] = {}
    for row in table.frame.iter_rows(named=True):
        line, number, result = int(row["line"]), plain(row[NUMBER]), plain(row[RESULT])
        if number is None or result is None:
            told.append(Answered(line, number, "blank"))
            continue
        remark, done = plain(row.get(REMARK)), plain(row.get(DONE))
        problem = next(_refusals(office, caller, (number, result, remark, done), known, first), None)
        if problem is not None:
            told.append(Answered(line, number if number in known else None, "refused", *problem))
            continue
        first[number] = line
        said = next(code for code, text in ANSWERS_ZH.items() if text == result)
        written = _say(office, ring, caller, known[number][1], (said, remark))
        told.append(Answered(line, number, "recorded" if written else "unchanged"))
    return told


def _refusals(
    office: Office,
    caller: Caller,
    said: tuple[str, str, str | None, str | None],
    known: Mapping[str, tuple[Correction, Label]],
    first: Mapping[str, int],
) -> Iterator[tuple[str, str]]:
    """Why a row cannot be recorded, as code and words, the first reason first; none where it can."""
    number, result, remark, done = said
    if number not in known:
        yield "correction-unknown", "没有这个编号，或不是本部门的。请勿改动“编号”列。"
        return
    if not _is_own(office, caller, known[number][1]):
        yield "correction-not-yours", "只有报送这一行的部门可以答复。"
    if number in first:
        yield "answered-above", f"第 {first[number]} 行已答复同一编号。请只留一行。"
    if result not in ANSWERS_ZH.values():
        yield "answer-unknown", f"“{RESULT}”请选：{'、'.join(ANSWERS_ZH.values())}。"
    if result != ANSWERS_ZH[words.CORRECTED] and remark is None:
        yield "reason-missing", f"“{result}”须在“{REMARK}”里写明依据。"
    if result == ANSWERS_ZH[words.CORRECTED] and done == "否":
        yield "answer-contradicts", f"“{RESULT}”写已改正，“{DONE}”却写否。请核对。"
    if remark is not None and len(remark) > REASON_LENGTH:
        yield "reason-too-long", f"“{REMARK}”最多 {REASON_LENGTH} 字。"


def _say(office: Office, ring: KeyRing, caller: Caller, label: Label, word: tuple[str, str | None]) -> bool:
    """Whether it was anything new."""
    before = words.last_of(office.session, [label.id]).get(label.id, [])
    if before and (before[-1].said, words.reason_of(ring, before[-1])) == word:
        return False
    words.say(office.session, ring, caller, label, word)
    return True


def _is_own(office: Office, caller: Caller, label: Label) -> bool:
    return office.agency_of(label) == caller.agency


def _check_own(office: Office, caller: Caller, label: Label) -> None:
    if not _is_own(office, caller, label):
        raise CorrectionNotYours
