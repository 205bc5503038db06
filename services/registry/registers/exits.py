"""Who leaves support without being able to work, and whether what awaits them was assessed before (E4).

The registry has no field for labour ability, so it is taken from what bears on it: 特困 are without it by definition;
self-care lost or partly lost; 缺劳动力 as the ground; disability as the ground or uplift (at least partly); and what an
assessment on record says. Of whoever died, or goes over to another programme, there is nothing to be assessed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.crypto import KeyRing
from kit.problems import Problem
from registry.coverage.rules import COVERING, MODES
from registry.coverage.tables import Coverage
from registry.payments.unowed import deaths
from registry.persons import merges
from registry.persons import store as persons
from registry.registers.declaring import Values, date_of
from registry.registers.store import content_of, seen_by
from registry.registers.tables import RegisterEntry
from registry.times import NOW, standing

ASSESSMENT = "exit-assessment"
EXEMPT = frozenset({"died", "other-programme"})
Labour = Literal["lost", "partly"]


class ExitUnassessed(Problem):
    status, code = 409, "exit-unassessed"
    zh = (
        "该对象完全或部分丧失劳动能力，停保前须评估退出后的返贫风险。请先在登记簿 exit-assessment 登记评估"
        "（拟退出类别与本保障一致，评估日期在停保前 {days} 天内），再停止保障。涉及保障：{coverage}。未作任何改动。"
    )
    en = (
        "Whoever cannot work, or only in part, is assessed before support ends. Register an assessment in "
        "exit-assessment (same programme, made within {days} days before the end) first: {coverage}."
    )


@dataclass(frozen=True)
class Exit:
    """A period that ends, or is about to: `key` is its id (or an import's line), `end` its last day."""

    key: str
    person_id: str
    programme: str
    end: date
    reason: str | None
    labour: Labour | None


@dataclass(frozen=True)
class Assessments:
    """What was assessed, by whom it is about (merged people under who remained)."""

    by_person: Mapping[str, Sequence[Values]]
    same: Mapping[str, str]
    died: Mapping[str, date]
    days: int

    def lacking(self, one: Exit, *, late: bool = False) -> bool:
        """Whether that exit needs an assessment and has no valid one; `late`: one made after it counts too."""
        if one.programme not in COVERING or one.reason in EXEMPT or one.person_id in self.died:
            return False
        told = self.by_person.get(self.same.get(one.person_id, one.person_id), ())
        unable = one.labour is not None or any(said.get("labour") in {"lost", "partly"} for said in told)
        return unable and not any(holds(said, one, self.days, late=late) for said in told)


def labour_of(programme: str, self_care: str | None, ground: str | None, uplifts: str | None) -> Labour | None:
    """What the terms of a period tell of the ability to work; None: nothing."""
    if programme in MODES or self_care in {"none", "partial"} or ground == "no-labour":
        return "lost"
    if ground == "disability" or "disability" in (uplifts or "").split(","):
        return "partly"
    return None


def exit_of(row: Coverage, end: date, reason: str | None) -> Exit:
    """A period as an exit."""
    labour = labour_of(row.programme, row.self_care, row.ground, row.uplift_grounds)
    return Exit(row.coverage_id, row.person_id, row.programme, end, reason, labour)


def holds(said: Values, one: Exit, days: int, *, late: bool) -> bool:
    """Whether an assessment is of that programme, made before the end (or made up for) and not too long before."""
    made = date_of(said, "assessed_on")
    same = said.get("programme") == one.programme
    return same and made is not None and one.end - timedelta(days=days) <= made and (late or made <= one.end)


def assessments(session: Session, ring: KeyRing, caller: Caller, person_ids: Iterable[str], days: int) -> Assessments:
    """What the caller may see of assessments of these people."""
    wanted = sorted(set(person_ids))
    same = merges.survivors(session, wanted) if wanted else {}
    died = deaths(session, caller, sorted({*wanted, *same.values()}))
    gone = {one for one in wanted if one in died or same.get(one) in died}
    found: dict[str, list[Values]] = {}
    if wanted:
        meant = {same.get(one, one) for one in wanted}
        for person_id, said in _told(session, ring, caller):
            if person_id in meant:
                found.setdefault(person_id, []).append(said)
    return Assessments(found, same, {one: died.get(one) or died[same[one]] for one in gone}, days)


def _told(session: Session, ring: KeyRing, caller: Caller) -> list[tuple[str, Values]]:
    """Every live assessment with whom it is about, also of whoever came into the registry after it was written."""
    query = select(RegisterEntry).where(
        col(RegisterEntry.register_id) == ASSESSMENT,
        col(RegisterEntry.ended).is_(False),
        *standing(RegisterEntry, NOW),
        seen_by(caller),
    )
    opened = [(row.person_id, content_of(ring, row).values) for row in session.exec(query)]
    known = sorted({person for person, _ in opened if person is not None})
    same = merges.survivors(session, known) if known else {}
    late = {said["beneficiary"]["id_number"]: said["beneficiary"]["name"] for person, said in opened if person is None}
    holders = persons.holders(session, ring, caller, late)
    found: list[tuple[str, Values]] = []
    for person, said in opened:
        if person is not None:
            found.append((same.get(person, person), said))
            continue
        who = said["beneficiary"]
        found += [(row.person_id, said) for row in persons.chosen(holders.get(who["id_number"], ()), who["name"])]
    return found
