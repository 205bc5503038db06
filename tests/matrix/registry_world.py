"""A registry with one person, household, import, client, and cases in each area, and rows that straddle two areas."""

import time
import uuid
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Any

from joserfc.jwk import ECKey
from sqlalchemy import Select
from sqlmodel import Session, col, select

from kit.auth import Caller, sign
from kit.columns import new_id, now
from kit.database import transaction
from registry.access import agreements
from registry.access.account_tables import Account
from registry.access.keys import signing_key
from registry.access.tables import Client
from registry.coverage.tables import Coverage
from registry.households.tables import Household, Membership
from registry.imports.tables import Import
from registry.ledger.tables import Case
from registry.oversight.tables import Hold
from registry.payments.tables import Payment, PaymentImport
from registry.persons import merges, protections
from registry.persons import store as persons
from registry.persons.tables import Person, PersonVersion
from registry.registers.tables import RegisterEntry
from registry.slips.tables import SlipSide
from tests.matrix.beyond import plant_beyond
from tests.matrix.people import AREAS, COUNTY, OUTSIDE, Planted, nobody, plant
from tests.matrix.registry_books import entries, left
from tests.matrix.world import World
from tests.registry.cases import ACCEPT, PNG, lead_of, outcome
from tests.registry.house import House, id_number, person_row, workbook

NATION = "000000000000"
LENT = {"responsible_unit": "社工站", "agency": "social-workers", "agency_until": "2021-12-31"}
PAYOUT = "发放年月,救助类别,户号,户主姓名,区划代码,开户姓名,银行账号,发放金额"
PAID_BY_NUMBER = "发放年月,救助类别,户主姓名,户主身份证号,区划代码,发放金额"
SHARED = "6229000000009999"
NEXT_DOOR = ("石敢当", id_number("19550505", 555))
NAMES = {
    "640000000000": "宁夏回族自治区", "640400000000": "固原市", COUNTY: "安宁县", "640499100000": "青石镇",
    "640499100201": "柳树村", "640499200000": "白杨乡", "640499200201": "杏花村", "640498000000": "他县",
    "640498100000": "他镇", "640498100201": "他村",
}  # fmt: skip


class RegistryWorld(World):
    """The registry's side of the matrix."""

    name = "registry"

    def __init__(self, house: House) -> None:
        super().__init__(house.app, house.client, plant(), nobody())
        self.house = house
        self.extra = 0
        self._areas()
        # The county first: a later import of its whole area would settle what waits in the townships.
        for place in ("parent", "own", "child", "sibling", "abroad"):
            self._fill(self.planted[place])
        for one in self.planted.values():
            frozen = {"area": one.area, "month": "2021-06"}
            row = self.must("POST", "/ledger/snapshots", one.area, "cases:write", json=frozen)
            one.keep(snapshot=row["snapshot_id"], snapshot_number=row["number"])
            days = {"first": "2021-04-01", "last": "2021-12-31"}
            plan = {"area": one.area, "title": "专项", **days, "stages": [{"title": "摸排", **days}]}
            made = self.must("POST", "/campaigns", one.area, "cases:approve", json=plan)
            owed = {"area": one.area, "title": "总结", "receiver": "市局", "due_on": "2021-11-30"}
            duty = self.must("POST", "/report-duties", one.area, "cases:approve", json=owed)
            one.keep(campaign=made["campaign_id"], duty=duty["duty_id"])
            drawn = {"area": one.area, "title": "抽查", "of": "cases", "size": 2}
            one.keep(sample=self.must("POST", "/samples", one.area, "cases:approve", json=drawn)["sample_id"])
        self._straddle()
        self._move_on()
        plant_beyond(self)
        self.common["taken"] = self.planted["own"].values["version_taken"]

    def token(self, scopes: tuple[str, ...], area: str, agency: str = "civil-affairs", **more: str) -> str:
        at = int(time.time())
        claims = {
            "iss": "doudi-registry", "aud": "doudi", "sub": f"client-of-{area}", "iat": at, "exp": at + 900,
            "scope": " ".join(scopes), "agency": agency, "area": area, "purpose": "dynamic-monitoring", **more,
        }  # fmt: skip
        return sign(claims, self._key)

    @cached_property
    def _key(self) -> ECKey:
        """Looked up once: every call of the matrix bears a token of its own."""
        return signing_key(self.house.database, self.house.ring)

    def must(self, method: str, path: str, area: str, scopes: str, **more: Any) -> dict[str, Any]:
        """A call that must succeed."""
        claims = {"sub": f"planter-{area}", **more.pop("claims", {})}
        answer = self.call(method, f"/registry/v1{path}", self.token(tuple(scopes.split()), area, **claims), **more)
        assert answer.status_code < 300, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def _areas(self) -> None:
        body = {"areas": [{"code": code, "name": name} for code, name in NAMES.items()]}
        self.must("POST", "/areas/import", NATION, "areas:write", json=body)

    def _fill(self, one: Planted) -> None:
        self._import(one, person_row(**_row(one, one.number, one.name, one.values["household"])))
        found = self.must("POST", "/persons/lookup", one.area, "registry:read", json={"id_number": one.number})
        one.keep(person=found["person_id"], household_id=found["household_id"])
        one.keep(coverage=found["coverage"][0]["coverage_id"])
        self._cases(one)
        name = f"{one.name}的程序"
        made = {"name": name, "agency": "health", "area": one.area, "scopes": ["feeds:read"], "purposes": ["matching"]}
        client = self.must("POST", "/clients", one.area, "clients:write registry:admin", json=made)
        one.keep(client=client["client_id"])
        self._pay(one)
        self._told_to_others(one)
        account = {
            "login": f"login-{one.place}", "name": f"{one.name}的经办", "staff_number": f"staff-{one.place}",
            "agency": "civil-affairs", "area": one.area, "roles": ["township-worker"],
        }  # fmt: skip
        one.keep(login=account["login"])
        one.keep(account=self.must("POST", "/accounts", one.area, "accounts:write", json=account)["account_id"])
        alerted = {"sub": f"alerted-{one.place}", "purpose": "reveal"}
        with self.stingy():
            path = f"/persons/{one.values['person']}?reason=identity"
            self.must("GET", path, one.area, "registry:read", claims=alerted)
        one.keep(alerted=f"alerted-{one.place}")
        self._oversee(one)
        self._registers(one)
        self._subscribe(one)
        self._gone(one)

    def _registers(self, one: Planted) -> None:
        """Somebody's agreement on care, with a carer nobody knows."""
        values = {
            "beneficiary": {"name": one.name, "id_number": one.number}, "carer_phone": one.phone, "self_care": "none",
            "carer": {"name": f"{one.values['surname']}大山", "id_number": id_number("19700101", 71)},
            "services": f"照料{one.name}", "requirements": "每日", "rights_duties": "双方", "liability": "退还",
            "begins_on": "2021-01-01", "ends_on": "2021-06-15", "hotline": "12345",
        }  # fmt: skip
        made = self.must(
            "POST", "/registers/care-agreement/entries", one.area, "registers:read registers:write",
            json={"values": values},
        )  # fmt: skip
        one.keep(entry=made["entry_id"])
        for name, (register, said) in entries(one).items():
            made = self.must(
                "POST", f"/registers/{register}/entries", one.area, "registers:read registers:write",
                json={"values": said},
            )  # fmt: skip
            one.keep(**{name: made["entry_id"]})

    def _gone(self, one: Planted) -> None:
        """Somebody who could not work left support in April unassessed, and was paid in May all the same."""
        number = id_number("19400707", 200 + 2 * list(AREAS).index(one.place))
        who = {"name": f"{one.values['surname']}离保", "id_number": number, "valid_from": "2020-01-01"}
        made = self.must("POST", "/persons", one.area, "registry:write", json=who)
        one.keep(gone=made["person_id"], gone_number=number)
        period = {
            "person_id": made["person_id"], "programme": "tekun-home", "start": "2020-01-01", "end": "2021-04-30",
        }  # fmt: skip
        self.must("POST", "/coverage", one.area, "registry:write", json=period)
        content = f"{PAID_BY_NUMBER}\n202105,特困分散供养,{who['name']},{number},{one.area},1".encode()
        self.must("POST", "/payments/imports", one.area, "payments:write", content=content)

    def _oversee(self, one: Planted) -> None:
        """Somebody and a case of the area are under hold, and an office of its own has looked at its cases."""
        reason = {"reason": f"{one.values['surname']}家信访"}
        for kind, target in (("case", one.values["case_waiting"]), ("person", one.values["person"])):
            held = self.must("PUT", f"/holds/{kind}/{target}", one.area, "holds:write", json=reason)
            one.keep(hold=held["hold_id"])
        office = f"{one.values['surname']}办"
        one.keep(office=office)
        seen = self.call(
            "GET", f"/registry/v1/cases/{one.values['case_person']}", self.token(("cases:read",), one.area, office)
        )
        assert seen.status_code == 200, seen.text

    def _subscribe(self, one: Planted) -> None:
        """A follower there is woken, or would be: a challenge waits. One more is there to be deleted."""
        found = []
        one.keep(hook=f"hook-of-{one.place}")
        for word in (one.place, f"{one.place}-gone"):
            wanted = {"url": f"https://93.184.215.14/hook-of-{word}", "events": ["registry.changed"]}
            made = self.must("POST", "/subscriptions", one.area, "subscriptions:write registry:follow", json=wanted)
            found.append(made["subscription_id"])
        one.keep(subscription=found[0], subscription_gone=found[1])
        path = f"/subscriptions/{found[0]}/ping"
        one.keep(delivery=self.must("POST", path, one.area, "subscriptions:write registry:follow")["delivery_id"])

    def _import(self, one: Planted, *rows: dict[str, Any]) -> None:
        taken = self.must("POST", "/imports", one.area, "imports:write", content=workbook(rows))
        one.keep(**{"import": taken["import_id"]})

    def _pay(self, one: Planted, *more: str) -> None:
        """The household is paid into an account of its own, somebody without a household into one shared by all."""
        number = list(AREAS).index(one.place)
        lines = (
            f"202101,农村低保,{one.values['household']},{one.name},{one.area},{one.name},62290000{number}007001,319",
            f"202101,临时救助,,{one.name},{one.area},{one.name},{SHARED},500",
            *more,
        )
        taken = self.must(
            "POST", "/payments/imports", one.area, "payments:write", content="\n".join((PAYOUT, *lines)).encode()
        )
        one.marks.add(taken["import_id"])
        if not more:
            one.keep(payout=taken["import_id"])
            found = self.must("GET", f"/payments?area={one.area}", one.area, "payments:read")["payments"]
            one.keep(payment=found[0]["payment_id"], payment_account=found[0]["account_id"])

    def _cases(self, one: Planted) -> None:
        """One waits to be taken over, one for its visit, one for approval, one for an import; and by hand a person
        and a problem with no person."""
        for at, key in enumerate(("waiting", "taken", "reported", "decided")):
            lead = f"lead-{one.place}-{key}"
            body = lead_of(lead, area=one.area, household_key=f"{one.values['surname']}{at}", subject_id=new_id())
            known = key == "taken" or (key == "decided" and one.place != "own")
            body["person_id"] = one.values["person"] if known else None
            name, number = self._meant(one, key)
            body["snapshot"] = {"name": name, "id_number": number, "phone": one.phone}
            body["reasons"] = [f"{one.values['surname']}家自付医疗费 32000 元"]
            case = self.must("PUT", f"/cases/by-lead/{lead}", NATION, "cases:lead", json=body)
            one.keep(
                **{f"lead_{key}": lead, f"case_{key}": case["case_id"], f"item_{key}": case["items"][0]["item_id"]}
            )
            if key == "waiting":
                one.keep(subject=body["subject_id"])
            if key != "waiting":
                self._report(one, case, lead if key != "taken" else None)
            if key == "decided":
                self.must("POST", "/cases/approve", NATION, "cases:approve", json={"cases": [_by_id(case)]})
        title = {"kind": "problem", "area": one.area, "title": f"{one.name}反映的问题"}
        wrong = {"kind": "wrong", "area": one.area, "title": "有人反映", "person_id": one.values["person"]}
        one.keep(case_person=self.must("POST", "/cases", one.area, "cases:write", json=wrong)["case_id"])
        one.keep(case_problem=self.must("POST", "/cases", one.area, "cases:write", json=title)["case_id"])

    def _meant(self, one: Planted, key: str) -> tuple[str, str]:
        """The township's decided case means somebody of the township beside, who is nobody of its own."""
        return NEXT_DOOR if (one.place, key) == ("own", "decided") else (one.name, one.number)

    def _report(self, one: Planted, case: dict[str, Any], lead: str | None) -> None:
        accepted = {"cases": [{**_by_id(case), **ACCEPT, "responsible_person": one.name}]}
        # One worker takes over in every area, as nobody should: only where they stand now do they see whom.
        self.must("POST", "/cases/accept", one.area, "cases:write", json=accepted, claims={"sub": "worker"})
        if lead is None:
            seen = self.must("GET", f"/cases/{case['case_id']}", one.area, "cases:read")["version"]
            self.must(
                "POST", f"/cases/{case['case_id']}/assign", one.area, "cases:write", headers={"If-Match": f'"{seen}"'},
                json={**LENT, "responsible_person": one.name},
            )  # fmt: skip
            version = self.must("GET", f"/cases/{case['case_id']}", one.area, "cases:read")["version"]
            one.keep(mark=False, version_taken=str(version))
            return
        if "evidence" not in one.values:
            path, files = f"/cases/{case['case_id']}/evidence", {"file": (f"{one.name}.png", PNG)}
            one.keep(evidence=self.must("POST", path, one.area, "cases:write", files=files)["evidence_id"])
        said = outcome("02", lead, note=f"{one.name}符合条件")
        taken = self.must("POST", "/cases/outcomes", one.area, "cases:write", json={"outcomes": [said]})
        assert taken["taken"] == 1, taken

    def _told_to_others(self, one: Planted) -> None:
        """An agreement proposed in each area, and somebody protected there."""
        who = Caller("planter", "civil-affairs", one.area, frozenset(), "operation")
        content = {
            "agency": "police", "kind": "department", "legal_basis": "法", "catalogue_number": f"{one.name}目录",
            "purposes": ["matching"], "area": one.area, "valid_from": date(2021, 1, 1), "valid_to": date(2021, 12, 31),
            "fields": {"person": ["name"]},
        }  # fmt: skip
        with transaction(self.house.database) as session:
            made = agreements.propose(session, self.house.ring, who, content)
            one.keep(agreement=made.agreement_id, protected=new_id())
            said = {"who": one.values["protected"], "state": "yes", "kind": "witness", "area": one.area}
            protections.say(session, self.house.ring, who, said, "证人")

    def _straddle(self) -> None:
        """The township's person is also paid, and counted as a member, next door; a stranger lives in its household."""
        own = self.planted["own"]
        with transaction(self.house.database) as session:
            held = session.exec(select(Coverage).where(col(Coverage.person_id) == own.values["person"])).one()
            for place in OUTSIDE:
                other = self.planted[place]
                row_id, coverage_id = new_id(), new_id()
                values = held.model_dump() | {"row_id": row_id, "coverage_id": coverage_id, "area": AREAS[place]}
                session.add(Coverage(**values | {"household_id": other.values["household_id"]}))
                other.marks.add(coverage_id)
                session.add(_member(own.values["person"], other.values["household_id"]))
                session.add(_member(other.values["person"], own.values["household_id"], is_head=True))
            self._moved_in(session, own)
            self._at_home(session, held)
            there = self.planted["sibling"].values
            former = held.model_dump() | {
                "row_id": new_id(),
                "area": AREAS["sibling"],
                "superseded_at": held.recorded_at,
            }
            session.add(Coverage(**former | {"household_id": there["household_id"]}))
            self._merged(session, own)
            left(session, self.house.ring, own, self.planted["sibling"])

    def _moved_in(self, session: Session, own: Planted) -> None:
        """Somebody who moved into the township, and on record next door for the years before."""
        columns = persons.columns_of(self.house.ring, {"name": own.name}, AREAS["sibling"])
        there = persons.create(session, columns, date(2015, 1, 1))
        moved = persons.change(session, self.house.ring, there, {"division": own.area}, date(2021, 1, 1))
        own.keep(mark=False, newcomer=moved.person_id)

    def _merged(self, session: Session, own: Planted) -> None:
        """A member of the township's household turned out to be somebody who is registered next door."""
        gone = persons.create(
            session, persons.columns_of(self.house.ring, {"name": own.name}, own.area), date(2015, 1, 1)
        )
        session.add(_member(gone.person_id, own.values["household_id"]))
        merges.merge(session, gone.person_id, self.planted["sibling"].values["person"])
        there = self.planted["sibling"]
        twice = persons.create(
            session, persons.columns_of(self.house.ring, {"name": there.name}, there.area), date(2015, 1, 1)
        )
        merges.merge(session, twice.person_id, there.values["person"])
        there.keep(merged_away=twice.person_id)

    def _at_home(self, session: Session, held: Coverage) -> None:
        """Somebody of the township is supported at home next door, and somebody from next door here."""
        own, there = self.planted["own"], self.planted["sibling"]
        for person_id, area in ((own.values["newcomer"], there.area), (there.values["person"], own.area)):
            values = held.model_dump() | {"row_id": new_id(), "coverage_id": new_id(), "household_id": None}
            session.add(Coverage(**values | {"person_id": person_id, "area": area, "programme": "tekun-home"}))

    def _move_on(self) -> None:
        """Somebody the township's case means lives next door; and a case of the township was handed on to there."""
        own, there = self.planted["own"], self.planted["sibling"]
        self._import(there, person_row(**_row(there, NEXT_DOOR[1], NEXT_DOOR[0], "隔壁户01")))
        found = self.must("POST", "/persons/lookup", there.area, "registry:read", json={"id_number": NEXT_DOOR[1]})
        there.marks.add(found["person_id"])
        with transaction(self.house.database) as session:
            head = _member(found["person_id"], own.values["household_id"], is_head=True)
            head.membership_id = "e" + head.membership_id[1:]  # never the one a reader would be shown
            session.add(head)
        # He heads the township's household and holds its account; the township is not told where he lives.
        self._pay(own, f"202103,农村低保,{own.values['household']},{own.name},{own.area},石敢当,,2")
        self._pay(there, f"202102,农村低保,,石敢当,{there.area},,{SHARED},1")
        self._aid(own, found["household_id"])
        body = lead_of("lead-moved", area=own.area, household_key="moved", subject_id=new_id())
        case = self.must("PUT", "/cases/by-lead/lead-moved", NATION, "cases:lead", json=body)
        self.must(
            "POST", f"/cases/{case['case_id']}/transfer", own.area, "cases:write",
            json={"area": there.area, "reason": "户籍在那里"}, headers={"If-Match": f'"{case["version"]}"'},
        )  # fmt: skip

    def _aid(self, own: Planted, household_id: str) -> None:
        """Aid given in the township to a household whose head is registered next door."""
        with transaction(self.house.database) as session:
            mine = (col(Coverage.person_id) == own.values["person"], col(Coverage.area) == own.area)
            values = session.exec(select(Coverage).where(*mine)).one().model_dump()
            values |= {"row_id": new_id(), "coverage_id": new_id(), "programme": "temporary-aid"}
            session.add(Coverage(**values | {"household_id": household_id}))

    def more(self) -> None:
        """More people, cases and clients outside: nothing the caller is told may change by them."""
        for place in OUTSIDE:
            one, self.extra = self.planted[place], self.extra + 1
            number, key = id_number("19620405", 301 + 2 * self.extra), f"{one.values['surname']}户9{self.extra}"
            if place != "parent":  # an import of the county's speaks of the township's people too
                self._import(one, person_row(**_row(one, number, one.name, key)))
            lead = f"lead-more-{self.extra}"
            body = lead_of(lead, area=one.area, household_key=key, subject_id=new_id())
            self.must("PUT", f"/cases/by-lead/{lead}", NATION, "cases:lead", json=body)

    def outside(self) -> Iterator[Select[Any]]:
        yield select(Person).where(col(Person.person_id).in_([self.planted[one].values["person"] for one in OUTSIDE]))
        for table in (
            Account, Case, Client, Coverage, Hold, Household, Import, Payment, PaymentImport, PersonVersion,
            RegisterEntry, SlipSide,
        ):  # fmt: skip
            yield select(table).where(col(table.area).in_([AREAS[place] for place in OUTSIDE]))


def _row(one: Planted, number: str, name: str, household: str) -> dict[str, Any]:
    return {
        "户号": household, "户主姓名": name, "姓名": name, "身份证号": number, "出生日期": number[6:14],
        "区划代码": one.area, "户籍地址": f"{name}家", "联系电话": one.phone, "开户姓名": name, "性别": None,
    }  # fmt: skip


def _by_id(case: dict[str, Any]) -> dict[str, Any]:
    return {"case_id": case["case_id"]}


def _member(person_id: str, household_id: str, *, is_head: bool = False) -> Membership:
    return Membership(
        membership_id="f" + str(uuid.uuid4())[1:],  # the last of one day, and so the one a reader would be shown
        household_id=household_id,
        person_id=person_id,
        relation="其他",
        is_head=is_head,
        valid_from=date(2021, 6, 1),
        recorded_at=now(),
    )
