"""What holds of the ledger whatever anybody does: tried with long random histories, and by looking at imports."""

import ast
import random
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, func, select

import registry
from kit.database import reading
from registry.coverage.tables import Coverage
from registry.ledger import states
from registry.ledger.listing import waits_until
from registry.ledger.outcome_codes import OUTCOMES
from registry.ledger.states import LABELS, CaseView, ItemView, derive
from registry.ledger.store import is_overdue, overdue_on
from registry.ledger.tables import Case, CaseEvent, CaseItem, Outcome
from registry.persons.tables import PersonVersion
from tests.registry.cases import (
    ACCEPT,
    attach,
    kind_of,
    lead_of,
    news,
    outcome,
    put_all,
    read,
    report,
    reported,
    taken_over,
)
from tests.registry.house import OTHER_COUNTY, TOWN, VILLAGE, House, person_row, workbook

LEADS, HOUSEHOLDS, STEPS = 12, 5, 60


class Story:
    """A matcher, a township, a county and civil affairs, each doing whatever comes to mind."""

    def __init__(self, house: House, seed: int) -> None:
        self.house, self.random, self.day = house, random.Random(seed), date(2021, 6, 1)
        self.versions: Counter[str] = Counter()
        self.people = self._import({})

    def _import(self, ended: dict[int, str]) -> list[str]:
        rows = [
            person_row(户号=f"JY{n:07d}", 姓名=f"马{n}", 户主姓名=f"马{n}", 身份证号=None, 停保年月=ended.get(n))
            for n in range(LEADS)
        ]
        self.house.take(workbook(rows))
        by_name = {one["name"]: one["person_id"] for one in self.house.export()[1]}
        return [by_name[f"马{n}"] for n in range(LEADS)]

    def cases(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.house.call("GET", "/cases", "cases:read", params={"limit": 1000}).json()[
            "cases"
        ]
        return found

    def lead(self, number: int) -> None:
        lead = f"lead-{number}"
        self.versions[lead] += self.random.choice((0, 1, 1, 1))
        items = {item["lead_id"]: item for case in self.cases() for item in case["items"]}
        known = items.get(lead, {}).get("outcome_id")
        self.house.call(
            "PUT", f"/cases/by-lead/{lead}", "cases:lead",
            json=lead_of(
                lead, max(1, self.versions[lead]), household_key=f"F{number % HOUSEHOLDS}",
                kind="wrong" if number % 3 == 0 else "missed", person_id=self.people[number],
                state=self.random.choice(("open", "open", "open", "withdrawn")),
                knows_outcome=known if self.random.random() < 0.5 else None,
            ),
        )  # fmt: skip

    def step(self) -> None:
        """One thing somebody does; refusals are part of life."""
        what = self.random.random()
        cases = self.cases()
        if what < 0.35 or not cases:
            self.lead(self.random.randrange(LEADS))
        elif what < 0.5:
            body = {"cases": [{"case_id": one["case_id"], **ACCEPT} for one in self.random.sample(cases, 1)]}
            self.house.call("POST", "/cases/accept", "cases:write", json=body)
        elif what < 0.75:
            lead = f"lead-{self.random.randrange(LEADS)}"
            report(self.house, outcome(self.random.choice(list(OUTCOMES)), lead, duplicate_of=None))
        elif what < 0.85:
            body = {"cases": [{"case_id": one["case_id"]} for one in cases]}
            self.house.call("POST", "/cases/approve", "cases:approve", json=body)
        elif what < 0.95:
            self._by_hand(self.random.choice(cases))
        else:
            self.day += timedelta(days=31)
            self.house.told(as_of=self.day)
            self._import({n: "202105" for n in range(LEADS) if self.random.random() < 0.5})

    def _by_hand(self, case: dict[str, Any]) -> None:
        name, scope = self.random.choice((
            ("return", "cases:approve"), ("reopen", "cases:write"), ("suspend", "cases:write"),
            ("resume", "cases:write"), ("close", "cases:approve"),
        ))  # fmt: skip
        if name == "close":
            attach(self.house, case)
        body = None if name == "resume" else {"reason": "随机"}
        headers = {"If-Match": f'"{case["version"]}"'}
        answer = self.house.call("POST", f"/cases/{case['case_id']}/{name}", scope, json=body, headers=headers)
        assert answer.status_code in (200, 409), answer.text


def followed_before(case: Case, every: list[Case]) -> bool:
    """By looking at all cases: opened again, or the household's earlier case at the same place was closed."""
    return case.reopened > 0 or any(
        (one.subject_key, one.area, one.state) == (case.subject_key, case.area, states.CLOSED)
        and one.case_id < case.case_id
        and one.closed_reason not in (None, states.WITHDRAWN)
        for one in every
    )


def check(house: House, seen: set[str]) -> None:
    """The invariants; `seen` are the leads ever put."""
    with reading(house.database) as session:
        cases = {case.case_id: case for case in session.exec(select(Case))}
        items = list(session.exec(select(CaseItem)))
        outcomes = {row.outcome_id: row for row in session.exec(select(Outcome))}
        events = list(session.exec(select(CaseEvent)))
    assert {item.lead_id for item in items} == seen  # each once: the column is unique
    by_case: dict[str, list[CaseItem]] = {}
    for item in items:
        by_case.setdefault(item.case_id, []).append(item)
        assert (item.standing == "settled") == (item.settled_on is not None) == (item.closed_reason is not None)
        assert item.standing != "pending" or (item.code, item.outcome_id, item.suppress_until) == (None, None, None)
        assert item.code is None or outcomes[item.outcome_id or ""].code == item.code
    for case in cases.values():
        mine = by_case.get(case.case_id, [])
        assert set(case.standings.split(",")[:-1]) == {item.standing for item in mine}
        assert case.relapsed == followed_before(case, list(cases.values()))
        assert case.waits_until == waits_until(case)
        views = [
            ItemView(one.standing, one.state == "withdrawn", one.reopened_reason, one.closed_reason) for one in mine
        ]
        derived = derive(CaseView(case.state, case.accepted_at is not None, case.returned), views)
        assert (case.state, case.flag) == (derived.state, derived.flag)
        assert (case.state == "closed") == (case.closed_at is not None) == (case.closed_reason is not None)
        history = [one for one in events if one.case_id == case.case_id]
        assert max(history, key=lambda one: (one.at, one.event_id)).state_after == case.state
        assert len([one for one in history if one.action != "open"]) == case.version
    still_open = Counter(case.subject_key for case in cases.values() if case.state != "closed")
    assert max(still_open.values(), default=0) <= 1  # a household's leads share one open case
    listed = {state: house.call("GET", "/cases", "cases:read", params={"state": state}).json() for state in LABELS}
    counts = {state: len(page["cases"]) for state, page in listed.items()}
    assert (counts["closed"], sum(counts.values())) == (len(cases) - sum(still_open.values()), len(cases))


def holdings(house: House) -> list[tuple[Any, ...]]:
    with reading(house.database) as session:
        covered = select(Coverage.row_id, Coverage.person_id, Coverage.programme, Coverage.superseded_at)
        people = select(
            PersonVersion.version_id, PersonVersion.name, PersonVersion.died_on, PersonVersion.superseded_at
        )
        return sorted(map(tuple, [*session.exec(covered), *session.exec(people)]), key=str)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_the_ledger_stays_whole(house: House, seed: int) -> None:
    story = Story(house, seed)
    cursor, _ = house.export()
    for _ in range(STEPS):
        story.step()
        check(house, set(story.versions))
    assert {case["state"] for case in story.cases()} & {"closed", "in-progress", "verifying"}
    told = {one["case_id"]: one for one in news(house, cursor) if one}
    for case in story.cases():  # followers know each case as it stands
        last = told[case["case_id"]]
        assert (last["state"], last["version"]) == (case["state"], case["version"])
        assert [item["standing"] for item in last["items"]] == [item["standing"] for item in case["items"]]
    assert house.call("GET", "/audit/verify", "audit:read").json().get("broken_at") is None


@pytest.mark.parametrize("code", OUTCOMES)
def test_no_outcome_writes_persons_or_coverage(house: House, code: str) -> None:
    house.take(workbook([person_row()]))
    person = house.export()[1][0]["person_id"]
    case = taken_over(house, kind=kind_of(code), person_id=person)
    put_all(house, {"lead_id": "lead-9", **lead_of("lead-9", household_key="F9")})
    before = holdings(house)
    reported(house, code, **({"duplicate_of": "lead-9"} if code == "14" else {}))
    body = {"cases": [{"case_id": case["case_id"]}]}
    house.call("POST", "/cases/approve", "cases:approve", json=body)
    assert holdings(house) == before


def test_the_ledger_writes_nothing_of_coverage_and_of_persons_only_a_subjects_id() -> None:
    """By its source: no writer is imported, and one update names one column."""
    folder = Path(registry.__file__).parent / "ledger"
    named: set[str] = set()
    for path in sorted(folder.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                ("registry.coverage", "registry.persons")
            ):
                named |= {f"{node.module}.{alias.name}" for alias in node.names}
    assert named <= {
        "registry.coverage.rules.COVERING", "registry.coverage.tables.Coverage", "registry.persons.sealed.ID_NUMBER",
        "registry.persons.sealed.blind", "registry.persons.sealed.seal",
        "registry.coverage.store.is_paid_on", "registry.persons.merges.MAX_REDIRECTS", "registry.persons.store.holders",
        "registry.persons.store.number_key",
        "registry.persons.protections", "registry.persons.tables.Person", "registry.persons.tables.PersonVersion",
    }  # fmt: skip
    written = {
        f"{verb}({table}"
        for path in folder.glob("*.py")
        for verb, table in re.findall(r"(?<![.\w])(insert|update|delete)\((\w+)", path.read_text(encoding="utf-8"))
    }
    assert written == {"insert(table", "update(Case"}  # the book's own tables
    source = (folder / "by_import.py").read_text(encoding="utf-8")
    assert re.findall(r"person\.(\w+) = ", source) == ["subject_id"]


def test_the_news_of_a_case_is_unmasked_says_what_the_outcome_stated_and_stops_at_the_scope(house: House) -> None:
    case = taken_over(house)
    cursor, _ = house.export()
    sent = reported(house, "10", died_on="2021-05-20", name="马有富", note="邻居证实")
    found = news(house, cursor)[-1]
    item = found["items"][0]
    assert (found["state"], found["area"], found["version"]) == ("closed", VILLAGE, case["version"] + 1)
    assert {name: item[name] for name in ("lead_id", "lead_version", "kind", "standing", "code", "outcome_id")} == {
        "lead_id": "lead-1", "lead_version": 1, "kind": "missed", "standing": "settled", "code": "10",
        "outcome_id": sent,
    }  # fmt: skip
    assert (item["died_on"], item["name"], item["reported_on"]) == ("2021-05-20", "马有富", "2021-06-01")
    assert "note" not in item
    assert "邻居证实" not in str(found)
    assert news(house, cursor, area=OTHER_COUNTY) == []
    assert news(house, cursor, area=TOWN)[-1] == found


def test_news_name_the_version_that_was_answered_whatever_came_since(house: House) -> None:
    taken_over(house)
    cursor, _ = house.export()
    sent = reported(house, "08")
    put_all(house, {"lead_id": "lead-1", **lead_of(version=2, tier="必访")})
    assert news(house, cursor)[-1]["items"][0]["lead_version"] == 1
    put_all(house, {"lead_id": "lead-1", **lead_of(version=3, knows_outcome=sent)})
    item = news(house, cursor)[-1]["items"][0]
    assert (item["lead_version"], item["standing"], item["outcome_id"]) == (3, "pending", None)


def test_late_is_the_same_in_a_list_and_in_a_case(house: House) -> None:
    for number, tier in enumerate(("必访", "观察", "电话核实")):
        taken_over(house, f"lead-{number}", household_key=f"F{number}", tier=tier, due_on=None)
        put_all(house, {"lead_id": f"w-{number}", **lead_of(f"w-{number}", household_key=f"W{number}")})
    for offset in range(40):
        day = date(2021, 6, 1) + timedelta(days=offset)
        with reading(house.database) as session:
            by_list = set(session.exec(select(Case.case_id).where(overdue_on(day))))
            by_case = {case.case_id for case in session.exec(select(Case)) if is_overdue(case, day)}
            count = session.exec(select(func.count()).where(~overdue_on(day), col(Case.case_id) != "")).one()
        assert by_list == by_case
        assert count == 6 - len(by_case)


def test_a_withdrawn_flag_needs_somebody_on_the_way() -> None:
    gone = [ItemView(states.PENDING, withdrawn=True)]
    assert derive(CaseView(states.AWAITING_ACCEPTANCE, False, False), gone).flag is None
    assert derive(CaseView(states.VERIFYING, True, False), gone).flag == "线索撤回"


def test_reading_a_case_shows_the_same_as_the_list(house: House) -> None:
    case = taken_over(house)
    assert house.call("GET", "/cases", "cases:read").json()["cases"] == [read(house, case)]
