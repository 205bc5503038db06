"""What visits found wrong in the agencies' rows, or a stated rule (ask_senders), goes back to them, to be put right at
its source.

Article 26 of the regulation on sharing government data (政务数据共享条例): who finds shared data wrong tells the
department that provides them, which checks and corrects within ten working days. A request names the row and what to
check. It does not name the answer's code, the person, or anything the county knows of them: an agency is not told who
is covered.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl
from sqlalchemy import ColumnElement, Select, and_, not_, or_, select
from sqlmodel import Session, col

from china.workdays import Calendar, read_calendar
from kit.auth import Caller
from matcher.batches.files import BatchFiles
from matcher.batches.states import LIVE
from matcher.batches.store import visible
from matcher.batches.tables import Batch
from matcher.feeds import store as feeds
from matcher.feeds.feed import Feed
from matcher.flows.ask_senders import DISAGREES, SAYS
from matcher.flows.desk import BEIJING
from matcher.links.tables import Link
from matcher.screens.columns.disagreements import CARD_WRONG, CLAIMS_NO, CLAIMS_YES, NUMBER_WRONG
from matcher.sealed import FileMissing
from matcher.settings import MatcherSettings
from matcher.settlements import words
from matcher.settlements.prints import PRINTED, record_prints
from matcher.settlements.tables import CorrectionWord, Label, Settlement
from matcher.statistics.ground import Asked as Counted

WORKING_DAYS = 10
MOST_COUNTED = 5000  # requests: whether each was answered is looked up in what came later
Asked = Select[Label, Batch, Settlement]


@dataclass(frozen=True)
class Mistake:
    """A kind of mistake a visit finds: what it is called, what to do, which of our columns to look at."""

    kind: str
    title: str
    request: str
    columns: tuple[str, ...]


IDENTITY = Mistake(
    "identity", "身份不符", "入户核实：这一行的姓名与证件号码不是同一个人的，请核对后改正。", ("name", "id_number")
)
ABSENT = Mistake(
    "absent",
    "查无此人",
    "入户核实：户籍已迁出或查无此人，请核对姓名、证件号码和住址。",
    ("name", "id_number", "address"),
)
DIED = Mistake("died", "已经死亡", "入户核实：此人已经死亡，请核对后注销或更新状态。", ("name", "id_number"))
ALIVE = Mistake(
    "alive", "在世，死亡登记有误", "入户核实：持有这一证件号码的人在世，请核对死亡登记是谁的。", ("name", "id_number")
)
# Found by rule, without a visit: which source is the weaker is said by the rule.
NUMBER = Mistake(
    "number",
    "证件号码有误",
    "比对发现：这一行的证件号码不是有效号码，或与姓名、出生日期所指的人不符；以经核验的号码为准，请按证件核对后改正。",
    ("name", "id_number"),
)
CARD = Mistake(
    "card",
    "残疾类别等级与证号不符",
    "比对发现：这一行写的残疾类别或等级与残疾人证号所载的不同；以证号为准，请核对后改正。",
    ("class", "grade", "card"),
)
CLAIM = Mistake(
    "coverage",
    "在保情况不符",
    "比对发现：这一行所写的享受低保情况与民政登记不同；以民政登记为准，请核对后更新。",
    ("claims_dibao",),
)
_BY_CODE = {
    "10": DIED, "11": ABSENT, "12": IDENTITY, "W4": ALIVE, NUMBER_WRONG: NUMBER, CARD_WRONG: CARD, CLAIMS_YES: CLAIM,
    CLAIMS_NO: CLAIM,
}  # fmt: skip


@dataclass(frozen=True)
class Correction:
    """One row an agency is asked to put right, and whether it did."""

    correction_id: str
    batch_id: str
    line: int
    feed: str
    mistake: Mistake
    fields: tuple[str, ...]  # titles of the columns to look at
    found_on: date
    due_on: date
    state: str  # open | answered
    answered_by: str | None  # the delivery that no longer has the row as it was
    stands: tuple[str, int] | None  # where the row stands today, unchanged
    overdue: bool = False
    word: CorrectionWord | None = None  # the agency's last answer
    decision: str | None = None  # the county office's, of a row the agency says is right


@dataclass(frozen=True)
class Office:
    """What is needed to see whether a row was put right."""

    session: Session
    files: BatchFiles
    macs: Callable[[Iterable[bytes]], list[str]]
    calendar: Calendar
    today: date

    def agency_of(self, label: Label) -> str:
        """Who sent the row."""
        return self.session.get_one(Batch, label.batch_id).agency


def calendar_of(settings: MatcherSettings) -> Calendar:
    """The year's holidays where a file names them, else the plain week: a deadline then falls early, never late.
    Raises OSError or ValueError for a file that cannot be read."""
    path = settings.holidays_file
    return Calendar() if path is None else read_calendar(path.read_text("utf-8-sig"))


def ask_corrections(office: Office, caller: Caller, feed: str | None, after: str, limit: int) -> list[Correction]:
    """Requests for the caller's deliveries in the order they were found, after the one named."""
    query = _asked(office, visible(caller)).where(col(Label.id) > after)
    if feed is not None:
        query = query.where(col(Label.feed) == feed)
    return _told(office, query.order_by(col(Label.id)).limit(limit))


def find_corrections(office: Office, caller: Caller, ids: Collection[str]) -> dict[str, tuple[Correction, Label]]:
    """The requests of these ids that the caller may see, with their labels."""
    query = _asked(office, visible(caller)).where(col(Label.id).in_(list(ids))).order_by(col(Label.id))
    labels = {label.id: label for label, _, _ in office.session.execute(query)}
    return {one.correction_id: (one, labels[one.correction_id]) for one in _told(office, query)}


def count_corrections(office: Office, seen: ColumnElement[bool]) -> dict[str, Counted]:
    """How many requests there are about the deliveries that meet a condition, answered and overdue, by feed; of more
    than `MOST_COUNTED` the newest."""
    found: dict[str, Counted] = {}
    for one in _told(office, _asked(office, seen).order_by(col(Label.id).desc()).limit(MOST_COUNTED)):
        was = found.get(one.feed, Counted())
        answered = one.state == "answered"
        found[one.feed] = Counted(was.asked + 1, was.answered + answered, was.overdue + one.overdue)
    return found


def _asked(office: Office, seen: ColumnElement[bool]) -> Asked:
    deadly = [one.id for one in feeds.newest(office.session) if _reports_deaths(one)]
    same = col(Settlement.outcome_id) == col(Label.source)
    return (
        select(Label, Batch, Settlement)
        .join(Batch, and_(col(Batch.id) == col(Label.batch_id)))
        .join(Settlement, and_(col(Settlement.lead_id) == col(Label.lead_id), same), isouter=True)
        .where(seen, _wrong(deadly))
    )


def _told(office: Office, query: Asked) -> list[Correction]:
    found = office.session.execute(query).all()
    later = _Later(office, [batch for _, batch, _ in found])
    said = words.last_of(office.session, [label.id for label, _, _ in found])
    return [
        _with_words(office, _correction(office, label, batch, settled, later), said.get(label.id, []))
        for label, batch, settled in found
    ]


def _with_words(office: Office, one: Correction, said: Sequence[CorrectionWord]) -> Correction:
    """A request is also answered by a word: of a correction until a later delivery shows that there was none, of a row
    that is right until the county office says that it is not."""
    answers = [word for word in said if word.said in words.ANSWERS]
    word = answers[-1] if answers else None
    decision = said[-1].said if said and said[-1].said in words.DECISIONS else None
    answered = one.state == "answered" or (word is not None and decision != words.VISIT_RIGHT)
    if one.state == "open" and word is not None and word.said == words.CORRECTED and one.stands is not None:
        answered = not _came_after(office, one.stands[0], word)
    state = "answered" if answered else "open"
    overdue = state == "open" and office.today > one.due_on
    return replace(one, state=state, word=word, decision=decision, overdue=overdue)


def _came_after(office: Office, batch_id: str, word: CorrectionWord) -> bool:
    return office.session.get_one(Batch, batch_id).created_at > word.said_at


def _wrong(deadly: Sequence[str]) -> ColumnElement[bool]:
    """Labels that say a row is wrong, by a visit or by rule. A death record given to the wrong person by us is our
    mistake, not its sender's: only one that bears the number of somebody alive is. Nor is a death wrong in a feed of
    deaths."""
    code, verdict = col(Label.code), col(Label.verdict)
    return or_(
        and_(code == "10", verdict == "match", not_(col(Label.feed).in_(deadly))),
        and_(code == "11", verdict == "not-found"),
        and_(code == "12", verdict != "match"),
        and_(code == "W4", verdict == "record-wrong"),
        verdict == DISAGREES,
    )


def _correction(office: Office, label: Label, batch: Batch, settled: Settlement | None, later: "_Later") -> Correction:
    mistake = _BY_CODE[label.code]
    found_on = settled.reported_on if settled is not None and settled.reported_on else _day(label.made_at)
    fate = later.fate(label, batch)
    feed = feeds.load(office.session, batch.feed, batch.feed_version)
    sent = set(((batch.reading or {}).get("columns") or {}).values())
    named = {*mistake.columns, *(feed.id_number_from if "id_number" in mistake.columns else ())}
    return Correction(
        correction_id=label.id,
        batch_id=batch.id,
        line=label.line,
        feed=batch.feed,
        mistake=mistake,
        fields=tuple(one.title for one in feed.columns if one.name in named and one.name in sent),
        found_on=found_on,
        due_on=office.calendar.after(found_on, WORKING_DAYS),
        state="answered" if fate.answered_by is not None else "open",
        answered_by=fate.answered_by,
        stands=fate.stands,
    )


@dataclass(frozen=True)
class Fate:
    """What a later delivery did with a row."""

    answered_by: str | None
    stands: tuple[str, int] | None


class _Later:
    """The deliveries after those a page of requests is about, read once each."""

    def __init__(self, office: Office, batches: Sequence[Batch]) -> None:
        self._office = office
        self._lines = {_line(batch): self._of_line(batch) for batch in {_line(one): one for one in batches}.values()}
        self._prints: dict[str, dict[str, int]] = {}

    def fate(self, label: Label, batch: Batch) -> Fate:
        """A snapshot answers by no longer having the row as it was; an addition by saying something else of the same
        subject. Until then the row stands where it was."""
        following = [one for one in self._lines[_line(batch)] if one.id > batch.id]
        whole = next((one for one in reversed(following) if one.load == "snapshot"), None)
        if whole is not None:
            line = self._of(whole).get(label.record_print)
            there = line is not None and self._still_says(whole, line, label)
            return Fate(None, (whole.id, line)) if there and line is not None else Fate(whole.id, None)
        for one in following:
            if self._says_otherwise(one, label):
                return Fate(one.id, None)
        return Fate(None, (batch.id, label.line))

    def _of_line(self, batch: Batch) -> list[Batch]:
        """The deliveries of the same feed, agency and area that were read and count or counted, oldest first."""
        same = (col(Batch.feed) == batch.feed, col(Batch.agency) == batch.agency, col(Batch.area) == batch.area)
        query = select(Batch).where(*same, col(Batch.state).in_(LIVE)).order_by(col(Batch.id))
        return list(self._office.session.scalars(query))

    def _of(self, batch: Batch) -> Mapping[str, int]:
        """Print → line of every row of a delivery. A delivery whose rows are gone answers nothing and keeps nothing."""
        if batch.id not in self._prints:
            try:
                records = self._office.files.records(batch.id, batch.chunks, [*PRINTED, "line"])
            except FileMissing:
                self._prints[batch.id] = {}
            else:
                prints = record_prints(records, self._office.macs)
                self._prints[batch.id] = dict(zip(prints.to_list(), records["line"].to_list(), strict=True))
        return self._prints[batch.id]

    def _still_says(self, batch: Batch, line: int, label: Label) -> bool:
        """Whether a row that is known again also states what it was asked about, where that is no part of its print."""
        if label.code not in SAYS:
            return True
        kind, said = SAYS[label.code]
        facts = self._office.files.facts(batch.id)
        mine = facts.filter((pl.col("line") == line) & (pl.col("kind") == kind))
        return bool(mine.filter(pl.col("code").eq_missing(pl.lit(said, dtype=pl.String))).height)

    def _says_otherwise(self, batch: Batch, label: Label) -> bool:
        query = select(col(Link.line)).where(col(Link.batch_id) == batch.id, col(Link.subject_id) == label.person_id)
        lines = set(self._office.session.scalars(query))
        same = self._of(batch).get(label.record_print)
        return bool(lines - {same})


def _line(batch: Batch) -> tuple[str, str, str]:
    return batch.feed, batch.agency, batch.area


def _reports_deaths(feed: Feed) -> bool:
    return any(rule.kind == "death" for rule in feed.facts)


def _day(at: datetime) -> date:
    return at.astimezone(BEIJING).date()
