"""A matcher with one delivery, person, link, doubt, lead, answer and job in each area, made by real deliveries."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import httpx
from sqlalchemy import Select
from sqlmodel import col, select

from kit.columns import new_id, now
from kit.database import reading, transaction
from kit.paging import encode_cursor
from matcher.batches.tables import Batch, FeedAlert
from matcher.leads.tables import Lead, LeadChange, ScreenHold, TownPace
from matcher.links.tables import Link
from matcher.models import store as models
from matcher.models.tables import ModelJob
from matcher.people.tables import STANDING, Standing
from matcher.profiles.tables import ScreenProfile, ScreenSimulation
from matcher.retention.tables import Hold
from matcher.reviews.tables import Doubt, Reading, Review
from matcher.settlements.tables import Decision, Label
from matcher.statistics.simulated import COUNTS
from matcher.subscriptions.tables import Subscription
from tests.matcher import county, fake_registry
from tests.matcher.conftest import Matcher
from tests.matrix.people import AREAS, OUTSIDE, Planted, nobody, plant
from tests.matrix.world import World

MORE_AREAS = [
    *fake_registry.AREAS,
    ("640498000000", "他县", "county", "640400000000"),
    ("640498100000", "他镇", "township", "640498000000"),
    ("640498100201", "他村", "village", "640498100000"),
]
# How an address names each area, so that the matcher itself comes to its code.
ADDRESSES = {
    "own": "青石镇", "child": "青石镇柳树村3组8号", "sibling": "白杨乡杏花村2组5号", "parent": "",
    "abroad": "他镇他村1组",
}  # fmt: skip
# Names as far apart as can be: two records of one name would be one person to the matcher, wherever they live.
BORROWERS = {"own": "张万林", "child": "李秀英", "sibling": "王建国", "parent": "陈玉梅", "abroad": "海永福"}
FEED = "health-illness"
HOLDER = "holder"


class MatcherWorld(World):
    """The matcher's side of the matrix."""

    name = "matcher"

    def __init__(self, matcher: Matcher, http: httpx.Client) -> None:
        super().__init__(matcher.app, http, plant(), nobody())
        self.matcher, self.extra = matcher, 0
        for one in self.planted.values():
            self._person(one)
        for one in self.planted.values():
            self._deliver(one, [self._borrowed(one), *self._unknown(one, 1)])
        for one in self.planted.values():
            self._remember(one)
            self._answers(one)
            self._oversee(one)
            self._subscribe(one)
            self._pace(one)
        self._move_on()
        with reading(matcher.database) as session:
            self.common["model"] = models.active(session).version  # type: ignore[union-attr]  # the fixture installs one
        self.common["start"] = encode_cursor(matcher.ring, {"lead_seq": 0})

    def token(self, scopes: tuple[str, ...], area: str, agency: str = "civil-affairs", **more: str) -> str:
        claims = {"sub": f"client-of-{area}", "agency": agency, "area": area, **more}
        return self.matcher.registry.token(scope=" ".join(scopes), **claims)

    def _person(self, one: Planted) -> None:
        person = county.person(one.name, one.number, coverage=[county.covered()], division=one.area, phone=one.phone)
        person["address"] = ADDRESSES[one.place] or "安宁县"
        one.keep(person=self.matcher.registry.put_person(person))

    def _borrowed(self, one: Planted) -> list[str]:
        """Their number on somebody else's form: a doubt."""
        return county.illness(BORROWERS[one.place], one.number, address=ADDRESSES[one.place])

    def _unknown(self, one: Planted, serial: int) -> list[list[str]]:
        """Somebody ill whom the registry does not know: a lead."""
        at = list(AREAS).index(one.place)
        number = county.number(f"196{at}0707", 11 + 2 * serial)
        row = county.illness(f"{one.values['surname']}长顺", number, address=ADDRESSES[one.place])
        row[5] = one.phone
        one.marks.add(number)
        return [row]

    def _deliver(self, one: Planted, rows: list[list[str]]) -> None:
        batch = self.matcher.deliver(
            FEED, rows, headers=self.matcher.agency(FEED, area=one.area, sub=f"agency-{one.place}"), load="delta"
        )
        one.keep(batch=batch)
        self.matcher.work()

    def _remember(self, one: Planted) -> None:
        """The ids the matcher gave to what lies in this area."""
        with reading(self.matcher.database) as session:
            for table, name in ((Lead, "lead"), (Link, "link"), (Doubt, "review")):
                rows = session.exec(select(table).where(col(table.area) == one.area)).all()  # type: ignore[attr-defined]  # all three have it
                assert rows, f"no {name} in {one.place}"
                one.marks |= {row.id for row in rows}
                one.keep(**{name: rows[0].id})
            for lead in session.exec(select(Lead).where(col(Lead.area) == one.area)):
                one.keep(subject=lead.subject_id)

    def _answers(self, one: Planted) -> None:
        """What reviewers said, what visits taught, and a preview somebody asked for."""
        batch = one.values["batch"]
        of = {"record_print": f"{one.place:0>32}", "batch_id": batch, "line": 2, "area": one.area, "made_at": now()}
        reading_id, job, label, alert = new_id(), new_id(), new_id(), new_id()
        one.keep(alert=alert, reading=reading_id, job=job, label=label, reviewer=f"reviewer-{one.place}")
        with transaction(self.matcher.database) as session:
            doubt = session.get_one(Doubt, one.values["review"])
            if one.place == "own":  # somebody is at it: only who holds a review can name a person
                doubt.leased_by, doubt.leased_until = HOLDER, now() + timedelta(days=1)
            seen = {"kind": "doubt", "candidates": doubt.candidates, "grade": "possible", "wanted": 1}
            session.add(
                Reading(
                    id=reading_id, doubt_id=doubt.id, round=9, stage="first", reviewer=one.values["reviewer"],
                    verdict="same", person_id=one.values["person"], seen=seen, **of,
                )
            )  # fmt: skip
            session.add(
                FeedAlert(
                    id=alert, feed=FEED, agency="health", area=one.area, last_batch=batch, last_on=date(2021, 1, 1),
                    due_on=date(2021, 2, 1), raised_at=now(),
                )
            )  # fmt: skip
            session.add(
                Label(
                    id=label, source=new_id(), code="12", verdict="identity-wrong", lead_id=one.values["lead"],
                    feed=FEED, person_id=one.values["person"], **of,
                )
            )  # fmt: skip
            session.add(
                Decision(
                    id=new_id(), person_id=one.values["person"], verdict="reject", code="12", source=new_id(),
                    lead_id=one.values["lead"], **of,
                )
            )  # fmt: skip
            session.add(
                ModelJob(
                    id=job, kind="preview", version=f"of-{one.place}", state="done", asked_by=f"asker-{one.place}",
                    area=one.area, created_at=now(),
                )
            )  # fmt: skip
        with self.stingy():
            token = self.token(("leads:read", "leads:reveal"), one.area, sub=f"alerted-{one.place}")
            path = f"/matcher/v1/leads/{one.values['lead']}/reveal"
            assert self.call("POST", path, token, json={"reason": "visit"}).status_code == 200
        self._draft(one)
        one.keep(alerted=f"alerted-{one.place}")
        one.keep(asker=f"asker-{one.place}", version_asked=f"of-{one.place}")

    def _draft(self, one: Planted) -> None:
        """A draft of the area's own values, and what its simulation found."""
        profile, simulation, at = new_id(), new_id(), now()
        one.keep(profile=profile, simulation=simulation)
        one.keep(drafter=f"drafter-{one.place}", simulator=f"simulator-{one.place}")
        with transaction(self.matcher.database) as session:
            session.add(
                ScreenProfile(
                    id=profile, area=one.area, valid_from=date(2021, 6, 1), purpose="试算", state="draft",
                    settings={"illness_line_yuan": 9000}, basis={"illness_line_yuan": "某号文件"},
                    drafted_by=one.values["drafter"], hands=[one.values["drafter"]], created_at=at, changed_at=at,
                )
            )  # fmt: skip
            session.add(
                ScreenSimulation(
                    id=simulation, profile_id=profile, profile_version=1, state="done",
                    asked_by=one.values["simulator"],
                    found={"rows": [{"area": one.area, "screen": "", **dict.fromkeys(COUNTS, 9)}]}, area=one.area,
                    created_at=at, ended_at=at,
                )
            )  # fmt: skip

    def _oversee(self, one: Planted) -> None:
        """Somebody and a delivery of the area are under hold, and an office of its own has looked at its list."""
        reason = {"reason": f"{one.values['surname']}家信访"}
        for kind in ("batch", "subject"):
            path = f"/matcher/v1/holds/{kind}/{one.values[kind]}"
            held = self.call("PUT", path, self.token(("holds:write",), one.area), json=reason)
            assert held.status_code == 200, held.text
            one.keep(hold=held.json()["hold_id"])
        office = f"{one.values['surname']}办"
        with reading(self.matcher.database) as session:
            one.keep(office=office, seen=session.get_one(Lead, one.values["lead"]).subject_id)
        seen = self.call(
            "GET", f"/matcher/v1/leads/{one.values['lead']}", self.token(("leads:read",), one.area, office)
        )
        assert seen.status_code == 200, seen.text

    def _subscribe(self, one: Planted) -> None:
        """The agency that delivers there is woken, or would be: a challenge waits. One more is there to be deleted."""
        token, found = self.token(("subscriptions:write", "batches:read"), one.area, "health"), []
        one.keep(hook=f"hook-of-{one.place}")
        for word in (one.place, f"{one.place}-gone"):
            wanted = {"url": f"https://93.184.215.14/hook-of-{word}", "events": ["batch.failed"]}
            made = self.call("POST", "/matcher/v1/subscriptions", token, json=wanted)
            assert made.status_code == 201, made.text
            found.append(made.json()["subscription_id"])
        one.keep(subscription=found[0], subscription_gone=found[1])
        pinged = self.call("POST", f"/matcher/v1/subscriptions/{found[0]}/ping", token)
        one.keep(delivery=pinged.json()["delivery_id"])

    def _pace(self, one: Planted) -> None:
        """A screen held there, and a pace that makes nobody wait."""
        held = new_id()
        one.keep(held=held, pacer=f"pacer-{one.place}")
        with transaction(self.matcher.database) as session:
            session.add(
                ScreenHold(
                    id=held, screen="uncovered-monitored", area=one.area, people=900, found=500, listed=0,
                    state="confirmed", made_at=now(), counted_at=now(), reason=f"{one.values['surname']}家湾多人",
                )
            )  # fmt: skip
            session.add(
                TownPace(
                    area=one.area, households=9000, urgent_from=90, version=1, set_by=f"pacer-{one.place}", set_at=now()
                )
            )  # fmt: skip

    def _move_on(self) -> None:
        """A lead of next door that was the township's once: that it was told of stays in the changes."""
        own, there = self.planted["own"], self.planted["sibling"]
        with transaction(self.matcher.database) as session:
            query = select(Lead).where(col(Lead.area) == there.area, col(Lead.id) != there.values["lead"])
            moved = session.exec(query).one()
            there.marks -= {moved.id}
            standing = session.get_one(Standing, STANDING)
            standing.change_seq += 1
            session.add(
                LeadChange(
                    seq=standing.change_seq, lead_id=moved.id, area=own.area, change="upsert", version=1, made_at=now()
                )
            )  # fmt: skip

    def more(self) -> None:
        for place in OUTSIDE:
            self.extra += 1
            self._deliver(self.planted[place], self._unknown(self.planted[place], 20 + self.extra))

    def outside(self) -> Iterator[Select[Any]]:
        areas = [AREAS[place] for place in OUTSIDE]
        places = (ScreenHold, TownPace, ScreenProfile, ScreenSimulation, Subscription)
        for table in (Batch, Hold, Lead, LeadChange, Link, Doubt, Reading, Review, ModelJob, *places):
            yield select(table).where(col(table.area).in_(areas))
