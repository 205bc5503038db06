"""What a township's staff find behind each door of the invented county: its truth, told as outcomes of visits.

Whose door it is follows from the rows a lead rests on. What the visit then comes to is the truth where truth decides
(alive, dead, somebody else, covered already), and a throw of the county's own dice where people decide: most families
apply, some do not want to, some are away.
"""

import csv
import io
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import polars as pl

from doudi.county import Answers
from doudi.county.population import AS_OF
from doudi.evaluation.trial import UNCOVERED_SCREENS
from matcher.screens.catalogue import BY_ID

Row = Mapping[str, Any]

EXPECTED = "uncovered-at-risk"
# What families at risk come to, by share; 02 mostly. The household decides, the person is visited.
WISHES = (("02", 0.62), ("08", 0.08), ("09", 0.08), ("06", 0.07), ("15", 0.06), ("13", 0.05), ("07", 0.04))
REASONS = ("income", "property", "supporters")
INCAPABLE_FROM = 75  # years of age from which somebody on her own door is granted 特困 instead
LEFT_WITHOUT = frozenset({"08", "09", "13"})
APPLIED = frozenset({"02", "03"})
STOPPING = frozenset({"W1", "W2", "W3"})
NAMESPACE = uuid.UUID("6d1c7b0a-41a5-5b7e-9a53-640499000000")


class Registry(Protocol):
    """What staff look up in the registry while they visit."""

    def find(self, number: str, name: str) -> str | None:
        """The person with this number and name, as on the identity card."""

    def row_of(self, person_id: str) -> str | None:
        """`import:line` of the row of civil affairs' export that last spoke of a person."""


@dataclass(frozen=True)
class Village:
    """Everybody's truth: `people` by truth person number, `owner` of each row by "file:line", days of death."""

    people: Mapping[int, Row]
    owner: Mapping[str, int]
    died: Mapping[int, str]
    files: Mapping[str, str]  # batch or import id → file

    @classmethod
    def read(cls, folder: Path, files: Mapping[str, str], named: Mapping[str, int] | None = None) -> "Village":
        """The truth beside a county's files; `files` says which delivery was which file.

        `named` are rows that bear somebody else's identity: staff knock where the row says.
        """
        table = pl.read_csv(folder / "truth_people.csv", infer_schema=False).with_columns(pl.all().fill_null(""))
        rows = pl.read_csv(folder / "truth_rows.csv", infer_schema=False)
        owner = {f"{file}:{line}": int(person) for file, line, person in rows.select("file", "line", "person").rows()}
        deaths = csv.DictReader(io.StringIO((folder / "deaths.csv").read_bytes().decode("gb18030"), newline=""))
        died = {owner[f"deaths.csv:{at}"]: row["死亡日期"] for at, row in enumerate(deaths, 2)}
        people = {int(row["person"]): row for row in table.iter_rows(named=True)}
        return cls(people, owner | dict(named or {}), died, files)

    def behind(self, lead: Row) -> int | None:
        """Whose door it is: of a lead about support, the supported person's (the dead one's, where several may be
        meant); else of whom most of its rows speak."""
        owners = [(place, self.of_row(place)) for place in lead["sources"]]
        telling = "deaths.csv" if lead["candidates"] else "registry.xlsx" if _is_wrong(lead) else None
        if telling is not None:
            owners = [one for one in owners if self.files.get(one[0].rpartition(":")[0]) == telling] or owners
        counted = Counter(person for _, person in owners if person is not None)
        return counted.most_common(1)[0][0] if counted else None

    def truth(self, person: int) -> Row:
        """What is true of a person; of somebody in no list, nothing is."""
        return self.people.get(person) or dict.fromkeys(("id_number", "name", "covered", "dead", "expected"), "")

    def of_row(self, place: str) -> int | None:
        """Whose row `id:line` is, as far as anybody knows."""
        origin, _, line = place.rpartition(":")
        return self.owner.get(f"{self.files.get(origin, origin)}:{line}")


def _is_wrong(lead: Row) -> bool:
    return any(screen.startswith("covered-") for screen in lead["screens"])


def _has_truth(lead: Row) -> bool:
    return any(BY_ID[screen].kind in {"uncovered", "wrongly-covered"} for screen in lead["screens"])


@dataclass
class Visits:
    """The answers of one month: outcomes by lead, and who of the truth they are about."""

    outcomes: dict[str, Row] = field(default_factory=dict)
    person: dict[str, int] = field(default_factory=dict)

    def code(self, lead_id: str) -> str | None:
        """The code reported on a lead."""
        return str(self.outcomes[lead_id]["code"]) if lead_id in self.outcomes else None

    def people(self, codes: Iterable[str]) -> set[int]:
        """Truth persons of whom one of these codes was reported."""
        wanted = set(codes)
        return {person for lead, person in self.person.items() if self.code(lead) in wanted}

    def answers(self) -> Answers:
        """What next month's county is made from. One of those said to be stopped already is paid on: the W3 trap."""
        admitted = {
            person: str(self.outcomes[lead].get("form") or "single")
            for lead, person in self.person.items()
            if self.code(lead) in APPLIED
        }
        trap = set(self.paid_on())
        return Answers(
            admitted=admitted,
            stopped=self.people(STOPPING) - trap,
            denied=self.people(LEFT_WITHOUT) - set(admitted),
            settled=set(self.person.values()) - set(admitted),
            still_paid=0,
        )

    def paid_on(self) -> list[int]:
        """Of the people said to be stopped already, the first: the rolls will show another thing."""
        return sorted(self.people({"W3"}))[:1]


@dataclass(frozen=True)
class Round:
    """One township's round: its day, its dice, and of how many dead it is told that the support has ended already."""

    day: date
    seed: int
    said_stopped: int = 0


def visit(village: Village, leads: Iterable[Row], registry: Registry, round_: Round) -> Visits:
    """Visit everybody on the list. The same leads and round give the same answers.

    What is about care or a reminder alone waits: the truth of a county knows nothing of it.
    """
    visits = Visits()
    known = [(lead, village.behind(lead)) for lead in leads if _has_truth(lead)]
    doors = sorted((person, lead["lead_id"], lead) for lead, person in known if person is not None)
    homes: dict[str, int] = {}
    for person, _, lead in doors:
        homes.setdefault(lead["case_id"], person)
    stopped = 0
    for person, lead_id, lead in doors:
        if lead["candidates"]:
            said = _which(village, lead, registry)
        elif _is_wrong(lead):
            said = _support(village, person, said_stopped=stopped < round_.said_stopped)
            stopped += said["code"] == "W3"
        else:
            said = _need(village, lead, registry, _Dice(homes[lead["case_id"]], round_.seed))
        visits.person[lead_id] = person
        visits.outcomes[lead_id] = {
            # the client's own id: the same visit told twice is the same outcome
            "outcome_id": str(uuid.uuid5(NAMESPACE, f"{lead_id} {round_.day} {said['code']}")),
            "lead_id": lead_id,
            "how": "visit",
            "visited_on": round_.day.isoformat(),
            "visited_by": "驻村干部",
            **said,
        }
    return visits


@dataclass(frozen=True)
class _Dice:
    """A household's own dice: who of it was found first throws, so that one family gives one answer."""

    first: int
    seed: int

    def throw(self, turn: int) -> float:
        """0 to 1, the same for the same household and turn."""
        return float(np.random.default_rng([self.seed, self.first, turn]).random())


def _support(village: Village, person: int, *, said_stopped: bool) -> Row:
    """A lead about support: the truth about the living and the dead."""
    if village.truth(person)["dead"] != "1":
        return {"code": "W4"}
    if said_stopped:
        return {"code": "W3", "note": "家属称已停发"}
    return {"code": "W1", **_death(village, person)}


def _which(village: Village, lead: Row, registry: Registry) -> Row:
    """Which of the candidates died; none, where all of them open their doors."""
    for candidate in lead["candidates"]:
        row = registry.row_of(candidate["person_id"])
        person = village.of_row(row) if row else None
        if person is not None and village.truth(person)["dead"] == "1":
            return {"code": "W1", "person_id": candidate["person_id"], **_death(village, person)}
    return {"code": "W4"}


def _death(village: Village, person: int) -> Row:
    """The day, and the month after it, from which support is to stop."""
    died = date.fromisoformat(village.died[person])
    stop_from = f"{died.year + died.month // 12}-{died.month % 12 + 1:02}"
    return {"died_on": village.died[person], "stop_from": stop_from}


def _need(village: Village, lead: Row, registry: Registry, dice: _Dice) -> Row:
    """A lead about somebody without support; the dice are those of the person's household."""
    person = village.behind(lead)
    assert person is not None
    truth = village.truth(person)
    if truth["dead"] == "1":
        return {"code": "10", "died_on": village.died[person]}
    if truth["covered"] == "1":
        found = registry.find(truth["id_number"], truth["name"])
        return {"code": "01", **({"person_id": found} if found else {})}
    if truth["expected"] != EXPECTED and not set(lead["screens"]) & set(UNCOVERED_SCREENS):
        return {"code": "08", "note": "家庭生活稳定，继续关注"}  # listed for the sake of others, or of a lapsed card
    if truth["expected"] != EXPECTED:
        return {"code": "12", "note": "上门核对，数据所指不是本人"}
    return _wish(truth, dice)


def _wish(truth: Row, dice: _Dice) -> Row:
    """What the household of somebody truly at risk and uncovered wants, or what the rules leave them."""
    left, code = dice.throw(0), WISHES[-1][0]
    for name, share in WISHES:
        if left < share:
            code = name
            break
        left -= share
    identity = {"name": truth["name"], "id_number": truth["id_number"]}  # the identity card was seen
    match code:
        case "02" if _years(truth["id_number"]) >= INCAPABLE_FROM:
            return {"code": "03", "form": "home", **identity}
        case "02":
            return {"code": code, "form": "household" if dice.throw(1) < 0.6 else "single", **identity}
        case "09":
            return {"code": code, "reason": REASONS[int(dice.throw(1) * len(REASONS))], **identity}
        case "07":
            return {"code": code, "refer_to": "县医疗保障局", **identity}
        case "15":
            return {"code": code, "note": "外出务工"}
        case _:
            return {"code": code, **identity}


def _years(number: str) -> int:
    """Age in the year of the county's truth, by the number."""
    return AS_OF.year - int(number[6:10])
