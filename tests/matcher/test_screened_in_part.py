"""Screened again in part, the list is what a whole screening makes of it: whatever happens, in whatever order."""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from kit.crypto import KeyRing
from kit.database import reading
from matcher.leads.tables import Lead
from matcher.screens import in_force
from matcher.screens.parameters import shipped
from tests.conftest import fresh_database
from tests.matcher import county
from tests.matcher.conftest import Matcher, matcher_in
from tests.matcher.fake_registry import COUNTY, FakeRegistry
from tests.matcher.life import RURAL, member, monitored, told
from tests.matcher.screenings import Screenings, compared

pytestmark = pytest.mark.usefixtures("databases")
PEOPLE = county.numbered(15)
# To whom nothing happens: somebody is told of by every feed, programme and kind of fact, or it would be news for all.
STAYING = county.numbered(20)[15:]
FEEDS = ("disability-cards", "health-illness", "health-deaths")
DERIVED = [
    {"kind": "payout", "text": "某某", "code": "other", "number": 900.0, "count": 3, "about": "a1"},
    {"kind": "payout", "text": "某某", "code": "other", "number": 900.0, "count": 3, "about": "a2"},
    {"kind": "custodian", "text": "王五", "count": 9, "code": "cadre"},
    {"kind": "unowed-payment", "code": "ended", "number": 900.0, "count": 3},
    {"kind": "property", "code": "vehicle", "text": "小型轿车"},
]
VILLAGES = {"640499100201": "青石镇柳树村3组8号", "640499100202": "青石镇石桥村1组", "640499200201": "白杨乡杏花村1组"}
PACED = ("640499100000", "640499200000", COUNTY)
NEVER_HELD = dict.fromkeys(("guard_identifiers", "guard_blanks", "guard_match_rate", "guard_row_loss"), 1.0)
STEPS = (
    "person", "person", "person", "leave", "join", "merge", "derive", "answer", "answer", "retract", "pace", "hold",
    "deliver", "deliver", "delta", "restart", "other", "tomorrow", "work", "work", "work",
)  # fmt: skip
# Two of a township and a fifth of it are listed at once, no more; and another line of illness in one township.
HELD = {"area": COUNTY, "values": {"hold_least": 2, "hold_share": 0.2}}
OTHERWISE = {"area": "640499200000", "values": {"illness_line_yuan": 25_000}}


class County:
    """A matcher, its registry, and what may happen to them."""

    def __init__(self, matcher: Matcher, chance: random.Random) -> None:
        self.matcher, self.chance = matcher, chance
        self.registry = matcher.registry
        self.day = date(2021, 6, 1)
        self.staying: list[str] = []

    def begin(self) -> None:
        """Whoever stays is there."""
        for programme, who in zip(("dibao-rural", "tekun-home", "dibao-margin"), STAYING, strict=False):
            said = county.person(*who, coverage=[county.covered(programme)])
            self.staying.append(self.registry.put_person(said))
        for row in DERIVED:
            self.registry.derive(row["kind"], {**row, "subject_id": self.staying[0]})
        for feed in FEEDS:
            self.matcher.deliver(feed, [self._staying_row(feed)])
        content = monitored([member(*STAYING[4], "00000099")])
        assert self.matcher.push(RURAL, content).status_code == 202
        self._work()

    def _staying_row(self, feed: str) -> list[str]:
        row = {"disability-cards": county.card, "health-illness": county.illness, "health-deaths": county.death}[feed]
        made: list[str] = row(*STAYING[3])
        return made

    def take(self, step: str) -> None:
        """One step, aimed at random; of some there is nothing to do yet."""
        getattr(self, f"_{step}")()

    def _work(self) -> None:
        self.matcher.work()

    def _restart(self) -> None:
        self._begin_anew("again")

    def _other(self) -> None:
        """Another worker does the next step of work, and the first goes on after it."""
        self.matcher.new_worker("second").run_until_idle(200)

    def _tomorrow(self) -> None:
        self.day += timedelta(days=self.chance.choice((1, 7)))
        self.matcher.settings = self.matcher.settings.model_copy(update={"as_of": self.day})
        for made in self.matcher.workers:
            object.__setattr__(made.desk, "settings", made.desk.settings.model_copy(update={"as_of": self.day}))

    def _begin_anew(self, name: str) -> None:
        before = self.matcher.worker.desk.settings
        self.matcher.worker = self.matcher.new_worker(name)
        object.__setattr__(self.matcher.worker.desk, "settings", before)

    def _someone(self) -> dict[str, Any] | None:
        known = sorted(set(self.registry.people) - set(self.staying))
        return self.registry.people[self.chance.choice(known)] if known else None

    def _person(self) -> None:
        number = self.chance.randrange(len(PEOPLE))
        name, id_number = PEOPLE[number]
        known = next((one for one in self.registry.people.values() if one["id_number"] == id_number), None)
        village = self.chance.choice(list(VILLAGES))
        home = self.chance.choice((f"h-{number // 3}", f"h-{number % 3}", None))
        supports = [
            [], [], [county.covered(household_id=home)], [county.covered("tekun-home", household_id=home)],
            [county.covered(form="single", household_id=home)], [county.covered(end="2021-03-01", household_id=home)],
            [county.covered("dibao-margin", household_id=home)],
        ]  # fmt: skip
        said = county.person(
            name, id_number, division=village, address=VILLAGES[village], household_id=home, household_number=home,
            phone=self.chance.choice((None, "13900000001")), coverage=self.chance.choice(supports),
        )  # fmt: skip
        if known is not None:
            said["person_id"] = known["person_id"]
        self.registry.put_person(said)

    def _leave(self) -> None:
        if (one := self._someone()) is not None:
            self.registry.drop_person(one["person_id"])

    def _join(self) -> None:
        """The registry enters somebody the list asked for."""
        strangers = [lead for lead in self._leads() if not lead.registered]
        if strangers:
            lead = self.chance.choice(strangers)
            entered = county.person("丁彩霞", county.number("19610305", self.chance.randrange(999)))
            self.registry.put_person({**entered, "subject_id": lead.subject_id})

    def _merge(self) -> None:
        one, other = self._someone(), self._someone()
        if one is not None and other is not None and one is not other:
            self.registry.drop_person(one["person_id"])
            self.registry.changes[-1]["survivor_id"] = other["person_id"]

    def _derive(self) -> None:
        kind = self.chance.choice(sorted({str(row["kind"]) for row in DERIVED}))
        own = [row for row in DERIVED if row["kind"] == kind]
        whom = [self._someone() for _ in range(self.chance.randrange(4))]
        found = [{**self.chance.choice(own), "subject_id": one["person_id"]} for one in whom if one is not None]
        self.registry.derive(kind, {**own[0], "subject_id": self.staying[0]}, *found)

    def _leads(self, *states: str) -> list[Lead]:
        with reading(self.matcher.database) as session:
            wanted = select(Lead).where(col(Lead.state).in_(states or ("open",))).order_by(col(Lead.snapshot))
            return list(session.exec(wanted))

    def _answer(self) -> None:
        asked = [lead for lead in self._leads() if lead.id in self.registry.cases]
        if not asked:
            return
        lead = self.chance.choice(asked)
        until = self.chance.choice((None, (self.day + timedelta(days=3)).isoformat()))
        code = self.chance.choice(("02", "10", "12", "12", "14"))
        more: dict[str, Any] = {"suppress_until": until}
        if code == "10":
            more["died_on"] = "2021-05-01"
        if (one := self._someone()) is not None and self.chance.random() < 0.3:
            more["told_name"], more["told_number"] = one["name"], one["id_number"]
        self.registry.answer(lead.id, code, **more)

    def _retract(self) -> None:
        answered = [lead_id for lead_id, case in self.registry.cases.items() if case["code"] is not None]
        if answered:
            case = self.registry.cases[self.chance.choice(sorted(answered))]
            case |= {"standing": "pending", "code": None, "outcome_id": None, "case_state": "verifying"}
            self.registry.touch(case["case_id"])

    def _pace(self) -> None:
        area, headers = self.chance.choice(PACED), self.matcher.headers("leads:read screens:read leads:pace")
        if self.chance.random() < 0.3:
            self.matcher.http.delete(f"/paces/{area}", headers=headers)
            return
        body = {"households_per_week": self.chance.randint(1, 3)}
        answer = self.matcher.http.put(f"/paces/{area}", headers=headers, json=body)
        assert answer.status_code == 200, answer.text

    def _hold(self) -> None:
        headers = self.matcher.headers("leads:read screens:read leads:pace")
        holds = self.matcher.get("/screen-holds", headers)["holds"]
        if holds:
            one = self.chance.choice(sorted(holds, key=lambda each: (each["screen"], each["area"])))
            said = {"decision": self.chance.choice(("confirmed", "refused")), "reason": "已抽查三个村"}
            answer = self.matcher.http.post(f"/screen-holds/{one['hold_id']}/decide", headers=headers, json=said)
            assert answer.status_code in (200, 409), answer.text

    def _few(self) -> list[tuple[str, str]]:
        return self.chance.sample(PEOPLE, self.chance.randint(1, len(PEOPLE)))

    def _deliver(self) -> None:
        where = list(VILLAGES.values())
        feed = self.chance.choice(FEEDS)
        rows = [self._row(feed, *one, self.chance.choice(where)) for one in self._few()]
        self.matcher.deliver(feed, [*rows, self._staying_row(feed)])

    def _row(self, feed: str, name: str, number: str, where: str) -> list[str]:
        told_number = number if self.chance.random() < 0.8 else ""
        if feed == "disability-cards":
            return county.card(name, number, self.chance.choice(("一级", "二级", "四级")), where)
        if feed == "health-illness":
            return county.illness(name, told_number, self.chance.choice(("5000", "20000", "30000")), where)
        return county.death(name, told_number, address=where)

    def _delta(self) -> None:
        rows, words = [], []
        for name, id_number in self._few()[:4]:
            number = PEOPLE.index((name, id_number))
            rows.append(member(name, id_number, f"{number // 4:08d}", village=self.chance.choice(("柳树村", "石桥村"))))
            rows[-1][-1] = f"{number:08d}"
            words.append(self.chance.choice(("变更", "变更", "注销")))
        load = self.chance.choice(("delta", "delta", "snapshot"))
        rows = rows if load == "delta" else [*rows, member(*STAYING[4], "00000099")]
        content = monitored(rows, words if load == "delta" else None)
        assert self.matcher.push(RURAL, content, load=load).status_code == 202


@contextmanager
def fresh_county(chance: random.Random) -> Iterator[tuple[County, Screenings]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        url = stack.enter_context(fresh_database(folder))
        matcher = stack.enter_context(matcher_in(folder, url, KeyRing.ephemeral(), FakeRegistry()))
        stack.enter_context(told(matcher, **NEVER_HELD))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        profiles = [*shipped(), *({"valid_from": "2021-01-01", "valid_to": None, **one} for one in (HELD, OTHERWISE))]
        patch.setattr(in_force, "shipped", lambda: profiles)
        yield County(matcher, chance), stack.enter_context(compared(matcher))


def live(steps: list[str], chance: random.Random) -> Screenings:
    with fresh_county(chance) as (place, made):
        place.begin()
        for step in (*steps, "work"):
            place.take(step)
    return made


LIFE = st.lists(st.sampled_from(STEPS), min_size=10, max_size=24)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=SLOW, phases=[Phase.generate])
@given(LIFE, st.randoms(use_true_random=False))
def test_any_life_makes_the_list_a_whole_screening_makes(steps: list[str], chance: random.Random) -> None:
    live(steps, chance)


@pytest.mark.soak
@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(LIFE, st.randoms(use_true_random=False))
def test_any_life_of_many_does(steps: list[str], chance: random.Random) -> None:
    live(steps, chance)


def test_a_long_life_is_mostly_looked_at_in_part() -> None:
    chance = random.Random(7)
    of_a_day = [one for one in STEPS if one not in ("restart", "other", "tomorrow", "work")]
    steps = [one for _ in range(10) for one in (chance.choice(of_a_day), "work")]
    made = live(steps, chance)
    assert made.in_part >= 4, made.looked_at
