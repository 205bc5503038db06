"""One death, several covered people it may be: that is one question to the village, not an accusation of each.

A death record nobody could give to one person (two namesakes in a village, brothers without a number) leaves a doubt on
every candidate. Put to the township as two leads, two clerks would stop two living people's money; put as one lead with
its candidates, the answer names the one who died.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from matcher.frames import FINDING
from matcher.leads.store import first_of
from matcher.screens.policies.covered_but_dead import SCREEN
from matcher.screens.scene import PROGRAMME_NAMES

TIER = "电话核实"
FORMS = {"household": "整户保", "single": "单人保"}


@dataclass(frozen=True)
class Known:
    """What the question is put from."""

    persons: pl.DataFrame  # PERSON
    registry: pl.DataFrame  # snapshot.PEOPLE
    links: pl.DataFrame  # links.FRAME
    reviews: pl.DataFrame  # reviews.FRAME
    deaths: pl.DataFrame  # FACT
    places: Mapping[str, str]  # area → name


@dataclass(frozen=True)
class Doubles:
    """`findings` with each such death as one finding on its record's own subject; `candidates` by that subject."""

    findings: pl.DataFrame
    candidates: Mapping[str, list[dict[str, str | None]]]  # person_id, name; in the order of the question
    persons: pl.DataFrame  # PERSON, the subjects of the questions placed where their candidates are


def find_doubles(findings: pl.DataFrame, known: Known) -> Doubles:
    """Take the doubts several covered people share out of their own findings (FINDING) and ask once.

    A doubt about one covered person only, and a death somebody registered is taken for, stay as they are.
    """
    doubted = findings.filter((pl.col("screen") == SCREEN.id) & _doubted())
    reviewed = known.reviews.select(pl.format("{}:{}", "batch_id", "line").alias("record"), "candidate_id")
    doubts = reviewed.unique().join(doubted, left_on="candidate_id", right_on="subject_id")
    doubts = doubts.filter(pl.col("record").is_in(pl.col("records")))
    unknown = known.links.filter(~pl.col("registered")).select(
        pl.format("{}:{}", "batch_id", "line").alias("record"), pl.col("subject_id").alias("of")
    )
    asked = doubts.join(unknown, on="record").join(
        known.persons.select("subject_id"), left_on="of", right_on="subject_id", how="semi"
    )
    asked = asked.filter(pl.col("candidate_id").n_unique().over("of") > 1).sort("of", "candidate_id", "record")
    if not asked.height:
        return Doubles(findings, {}, known.persons)
    own = _without(findings, doubts, asked)
    questions = _Questions(known, doubts, asked)
    put = pl.DataFrame(questions.findings, schema=dict(FINDING), orient="row")
    return Doubles(
        pl.concat([own, put]).sort("subject_id", "screen"),
        questions.candidates,
        _placed(known.persons, questions.members()),
    )


def _doubted() -> pl.Expr:
    return pl.col("inputs").str.json_path_match("$.doubted_before") == "true"


def _without(findings: pl.DataFrame, doubts: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """The findings without the doubts now asked as one; who has another doubt of their own keeps that."""
    taken = asked.select("candidate_id", "record")
    left = set(doubts.join(taken, on=["candidate_id", "record"], how="anti")["candidate_id"])
    gone = set(taken.iter_rows())
    concerned = (pl.col("screen") == SCREEN.id) & pl.col("subject_id").is_in(taken["candidate_id"].implode())
    kept = [
        {**row, "records": [record for record in row["records"] if (row["subject_id"], record) not in gone]}
        for row in findings.filter(concerned).iter_rows(named=True)
        if row["subject_id"] in left
    ]
    return pl.concat([findings.filter(~concerned), pl.DataFrame(kept, schema=dict(FINDING), orient="row")])


class _Questions:
    """The questions, one per subject of a death record: few, so a row at a time."""

    def __init__(self, known: Known, doubts: pl.DataFrame, asked: pl.DataFrame) -> None:
        told = known.registry.join(asked, left_on="person_id", right_on="candidate_id", how="semi")
        self._told = {row["person_id"]: row for row in told.iter_rows(named=True)}
        self._reviewed = set(doubts["record"])
        deaths = known.deaths.with_columns(pl.format("{}:{}", "batch_id", "line").alias("record"))
        deaths = deaths.join(asked, on="record", how="semi")
        self._died = dict(deaths.select("record", "valid_from").iter_rows())
        concerned = pl.concat([asked["of"], asked["candidate_id"]]).unique()
        where = known.persons.filter(pl.col("subject_id").is_in(concerned.implode()))
        self._where = dict(where.select("subject_id", "area").iter_rows())
        self._names = known.places
        groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in asked.iter_rows(named=True):
            groups[row["of"]].append(row)
        self._groups = groups
        self.candidates = {
            of: [{"person_id": one, "name": self._told.get(one, {}).get("name")} for one in _ids(rows)]
            for of, rows in groups.items()
        }
        self.findings = [self._finding(of, rows) for of, rows in groups.items()]

    def members(self) -> list[tuple[str, str]]:
        """(subject of a question, candidate)."""
        return [(of, one) for of, rows in self._groups.items() for one in _ids(rows)]

    def _finding(self, of: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        records = sorted({row["record"] for row in rows})
        days = sorted({day for record in records if (day := self._died.get(record)) is not None})
        each = {row["candidate_id"]: {"person_id": row["candidate_id"], **orjson.loads(row["inputs"])} for row in rows}
        first = next(iter(each.values()))
        inputs = {
            **dict.fromkeys(SCREEN.evidence),
            **{name: first.get(name) for name in ("as_of", "parameters", "illness_line_yuan")},
            "doubted_before": True,
            "died_month": days[0].strftime("%Y-%m") if days else None,
            "candidates": [
                {name: one.get(name) for name in ("person_id", "programme", "form", "household_size")}
                for one in each.values()
            ],
        }
        # The rows that show the candidates' coverage stand behind the question as well as the death record does.
        shown = {record for row in rows for record in row["records"]} - self._reviewed
        return {
            "subject_id": of,
            "screen": SCREEN.id,
            "version": SCREEN.version,
            "kind": SCREEN.kind,
            "tier": TIER,
            "urgency": max(row["urgency"] for row in rows),
            "due_days": first_of(row["due_days"] for row in rows),
            "reason": self._reason(of, days[0] if days else None, list(each.values())),
            "inputs": orjson.dumps(inputs).decode(),
            "records": [*records, *sorted(shown)],
        }

    def _reason(self, of: str, day: Any, each: list[dict[str, Any]]) -> str:
        place = self._place(self._where.get(of))
        when = f"{day.year}年{day.month}月{day.day}日" if day is not None else "日期不详"
        people = "；".join(f"（{number}）{self._candidate(one)}" for number, one in enumerate(each, 1))
        stated = f"死亡登记记载{when}{f'，{place}' if place else ''}有一人死亡"
        return f"{stated}，在保人员中有{len(each)}位都可能是本人：{people}。请电话问清哪一位已故？未核实前不得停发。"

    def _candidate(self, one: dict[str, Any]) -> str:
        """How to tell one candidate from another without naming them: the reason is read in masked lists too."""
        told = self._told.get(one["person_id"], {})
        size = one.get("household_size")
        parts = [
            f"{told['birth_date'][:4]}年生" if told.get("birth_date") else None,
            self._place(self._where.get(one["person_id"])),
            f"户号{told['household_number']}" if told.get("household_number") else None,
            "".join(
                [
                    PROGRAMME_NAMES.get(one.get("programme") or "", "救助"),
                    FORMS.get(one.get("form") or "", ""),
                    f"（{size}人户）" if size else "",
                ]
            ),
        ]
        return "，".join(part for part in parts if part)

    def _place(self, area: str | None) -> str | None:
        """The village's name, or the township's where no village is known."""
        return self._names.get(area) if area is not None and area[6:9] != "000" else None


def _ids(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["candidate_id"] for row in rows))


def _placed(persons: pl.DataFrame, members: list[tuple[str, str]]) -> pl.DataFrame:
    """PERSON with each question in its candidates' village or township when they share one, and in their household
    when they share that (brothers): then it stands on that household's card."""
    pairs = pl.DataFrame(members, schema={"of": pl.String, "subject_id": pl.String}, orient="row")
    town = pl.col("area").str.slice(0, 9)
    of_one = {
        "village": pl.when(pl.col("area").n_unique() == 1).then(pl.col("area").first()),
        "town": pl.when((town.n_unique() == 1) & (town.str.slice(6).first() != "000")).then(town.first() + "000"),
        "home": pl.when(pl.col("household_key").n_unique() == 1).then(pl.col("household_key").first()),
    }
    shared = pairs.join(persons, on="subject_id").group_by("of").agg(**of_one)
    shared = shared.with_columns(pl.when(pl.col("village").str.slice(6, 3) != "000").then("village").alias("village"))
    rows = persons.join(shared, left_on="subject_id", right_on="of", how="left", maintain_order="left")
    return rows.with_columns(
        pl.coalesce("village", "town", "area").alias("area"),
        pl.coalesce("home", "household_key").alias("household_key"),
    ).select(persons.columns)
