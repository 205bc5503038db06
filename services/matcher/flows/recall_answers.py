"""What people answered so far, as a screening needs it: who stays away, who died, who was seen alive, who is meant."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl
from sqlmodel import Session, col, select

from china.id_numbers import read_column
from kit.crypto import KeyRing
from matcher.leads.answers import Settled
from matcher.leads.tables import Lead
from matcher.settlements import store
from matcher.settlements.prints import record_prints
from matcher.settlements.rule import STOPPED, WRONG_PERSON
from matcher.settlements.tables import Decision


@dataclass(frozen=True)
class Recalled:
    """`settled` by lead; `meant`: the subject of a doubt between several → whom the answer named; `deaths`: subject and
    day, told at the door; `shielded`: seen alive."""

    settled: dict[str, Settled]
    meant: dict[str, str]
    deaths: list[tuple[str, date | None]]
    shielded: list[str]
    apart: dict[str, Settled]  # print of a row told apart from somebody → the answer


def recall(session: Session, ring: KeyRing, survivors: dict[str, str]) -> Recalled:
    """Every answer that holds. `survivors`: merged subject → whom it is now."""
    answers = store.answered(session)
    deaths = [(survivors.get(subject, subject), day) for subject, day in store.told_deaths(session, ring)]
    recalled = Recalled({}, {}, deaths, store.shielded(session), {})
    named = [one for one in answers if one.code in STOPPED and one.person_id is not None]
    of_lead = col(Lead.id).in_([one.lead_id for one in named])
    subjects = dict(session.exec(select(Lead.id, Lead.subject_id).where(of_lead)).all()) if named else {}
    for answer in answers:
        if answer.standing == "settled":
            known = frozenset(answer.basis or ())
            recalled.settled[answer.lead_id] = Settled(
                str(answer.outcome_id), answer.code, answer.suppress_until, known
            )
    _tell_apart(recalled, store.refused(session))
    for answer in named:
        if answer.person_id is not None and subjects.get(answer.lead_id, answer.person_id) != answer.person_id:
            recalled.meant[subjects[answer.lead_id]] = answer.person_id
    return recalled


def _tell_apart(recalled: Recalled, refused: Sequence[Decision]) -> None:
    """Mark the answers that took rows from a person, and keep those by which the rows themselves are settled."""
    by_outcome = {row.source for row in refused}
    of_row = {row.record_print: row.lead_id for row in refused if row.code == WRONG_PERSON}
    settled = recalled.settled
    recalled.apart.update((print_, settled[lead]) for print_, lead in of_row.items() if lead in settled)
    for lead_id, answer in settled.items():
        if answer.outcome_id in by_outcome:
            settled[lead_id] = replace(answer, apart=True)


def told_apart(
    recalled: Recalled, listed: pl.DataFrame, seen: pl.DataFrame, macs: Callable[[Iterable[bytes]], list[str]]
) -> dict[str, Settled]:
    """Subjects that rest on nothing but rows somebody answered to be another's than they were taken for → the answer.

    `listed`: subject_id, registered, sources (in order) of whoever is to stand on the list. Who is behind such a row is
    for its agency to say; the row as it was would only send somebody to the same door.
    """
    if not recalled.apart:
        return {}
    strangers = listed.filter(~pl.col("registered"))["subject_id"]
    rows = seen.filter(pl.col("subject_id").is_in(strangers.implode()) & ~pl.col("registered"))
    prints = zip(rows["batch_id"], rows["line"], record_prints(rows, macs), strict=True)
    answers = {f"{batch}:{line}": recalled.apart.get(print_) for batch, line, print_ in prints}
    found = {}
    for subject, sources in listed.select("subject_id", "sources").iter_rows():
        told = [answers[source] for source in sources if source in answers]
        known = [answer for answer in told if answer is not None]
        if known and len(known) == len(told):
            found[subject] = known[0]
    return found


def own_numbers(seen: pl.DataFrame, numbers: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """subject_id, batch_id, line of the records that bear the own sound number of one of `people` (snapshot.PEOPLE).

    `numbers`: china.id_numbers.read_column of each seen record.
    """
    records = seen.select("batch_id", "line").with_columns(numbers["id18"].alias("number"))
    own = read_column(people["id_number"])["id18"].alias("number")
    bearers = people.select(pl.col("person_id").alias("subject_id")).with_columns(own)
    return records.join(bearers.drop_nulls("number"), on="number").select("subject_id", "batch_id", "line")
