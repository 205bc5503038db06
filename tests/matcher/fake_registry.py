"""A registry in small, for tests of the matcher: the same wire, real tokens, its people in a list.

A fake, not a mock: it keeps state and answers by it, so that a test says what the county looks like and not which
calls are made.
"""

import hashlib
import time
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from joserfc.jwk import ECKey

from kit.auth import sign
from kit.columns import new_id, now

COUNTY = "640499000000"
TOWNSHIP, OTHER_TOWNSHIP = "640499100", "640499200"
AREAS = [
    ("640000000000", "宁夏回族自治区", "province", None),
    ("640400000000", "固原市", "city", "640000000000"),
    (COUNTY, "安宁县", "county", "640400000000"),
    ("640499100000", "青石镇", "township", COUNTY),
    ("640499100201", "柳树村", "village", "640499100000"),
    ("640499100202", "石桥村", "village", "640499100000"),
    ("640499200000", "白杨乡", "township", COUNTY),
    ("640499200201", "杏花村", "village", "640499200000"),
]


class FakeRegistry:
    """People, changes, cases; `down` makes it answer 503, `refuse` the leads it says no to."""

    def __init__(self, issuer: str = "doudi-registry") -> None:
        self.key = ECKey.generate_key("P-256", {"kid": new_id()})
        self.issuer = issuer
        self.people: dict[str, dict[str, Any]] = {}
        self.changes: list[dict[str, Any]] = []
        self.cases: dict[str, dict[str, Any]] = {}
        self.ledger: dict[str, int] = {}  # case → version
        self.puts: list[tuple[str, int]] = []
        self.calls = 0
        self.down = False
        self.forgets_before = 0
        self.altered: dict[str, dict[str, Any]] = {}  # divisions that are otherwise than AREAS says
        self.withholds = False  # nobody is told of a change for now
        self.refuse: set[str] = set()
        self.tokens_given = 0
        self.ended: set[str] = set()  # sessions and clients
        self.agreements: list[dict[str, Any]] = []  # in force
        self.assigned: dict[str, list[str]] = {}  # third party → cases
        self.protected: set[str] = set()
        self.facts: dict[str, list[dict[str, Any]]] | None = {}  # by kind; None: a version that derives nothing
        self.sends_at_most: int | None = None  # bytes of facts after which a stream breaks off
        self.fetched: list[str] = []  # kinds whose rows were sent
        self.app = self._app()

    def put_person(self, person: dict[str, Any]) -> str:
        """Enter or alter somebody; a change follows."""
        self.people[person["person_id"]] = person
        self._changed("person", person["person_id"], person)
        return str(person["person_id"])

    def drop_person(self, person_id: str) -> None:
        """Merge somebody away."""
        del self.people[person_id]
        self._changed("person", person_id, None)

    def derive(self, kind: str, *rows: dict[str, Any]) -> None:
        """These are the rows of a kind from now on; a change of a register follows, as the ledger of changes has it."""
        assert self.facts is not None
        blank = dict.fromkeys(("text", "code", "number", "count", "about", "valid_from", "valid_to"))
        self.facts[kind] = [{"kind": kind, "batch_id": "entry", "line": 0, **blank, **row} for row in rows]
        self._changed("register", kind, None)

    def answer(self, lead_id: str, code: str, **more: Any) -> str:
        """A township's answer, approved where it has to be: the item is settled unless `standing` says otherwise.
        Gives the outcome."""
        case = self.cases[lead_id]
        outcome = str(more.pop("outcome_id", None) or new_id())
        case |= {
            "code": code,
            "outcome_id": outcome,
            "standing": "settled",
            "settled_on": "2021-06-01",
            "suppress_until": None,
            "closed_reason": None,
            "case_state": "closed",
            **more,
        }
        self.touch(case["case_id"])
        return outcome

    def touch(self, case_id: str) -> None:
        """A change of this case."""
        self.ledger[case_id] += 1
        self._changed("case", case_id, None)

    def alter_area(self, code: str, **told: Any) -> None:
        """A division is otherwise from now on; a change follows."""
        self.altered[code] = told
        self._changed("area", code, None)

    def _take(self, lead: dict[str, Any]) -> dict[str, Any]:
        """One lead as the ledger takes it: the highest version holds, and only an answer the matcher knew of is
        re-opened."""
        lead_id = lead["lead_id"]
        self.puts.append((lead_id, lead["lead_version"]))
        if lead["snapshot"]["name"] in self.refuse:
            return {"lead_id": lead_id, "case_id": None, "state": None, "code": "body-invalid"}
        known = self.cases.get(lead_id)
        if known is None:
            known = {"case_id": new_id(), "item_id": new_id(), "lead_version": 0, "standing": "pending"}
            known |= {"case_state": "awaiting-acceptance", "code": None, "outcome_id": None}
            self.cases[lead_id] = known
            self.ledger[known["case_id"]] = 0
        if known["lead_version"] < lead["lead_version"]:
            known |= lead
            settled = known["standing"] == "settled"
            if settled and lead["knows_outcome"] == known["outcome_id"] and lead["state"] == "open":
                known |= {"standing": "pending", "code": None, "outcome_id": None, "case_state": "verifying"}
            self.touch(known["case_id"])
        return {"lead_id": lead_id, "case_id": known["case_id"], "state": known["case_state"], "code": None}

    def _told(self, change: dict[str, Any]) -> dict[str, Any]:
        """A change as it is told: of a case, how it stands now."""
        return {**change, "case": self._news(change["id"]) if change["kind"] == "case" else None}

    def _news(self, case_id: str) -> dict[str, Any]:
        """CaseNewsOut."""
        items = [case for case in self.cases.values() if case["case_id"] == case_id]
        names = ("item_id", "lead_id", "lead_version", "kind", "standing", "code", "outcome_id")
        said = ("reported_on", "settled_on", "suppress_until", "closed_reason", "named", "duplicate_of", "died_on")
        return {
            "case_id": case_id,
            "state": items[0]["case_state"],
            "area": items[0]["area"],
            "version": self.ledger[case_id],
            "items": [
                {
                    **{name: item[name] for name in names},
                    **{name: item.get(name) for name in said},
                    "person_id": item.get("named"),
                    "name": item.get("told_name"),
                    "id_number": item.get("told_number"),
                }
                for item in items
            ],
        }

    def token(self, **claims: Any) -> str:
        """A bearer token as the registry would sign it."""
        at = int(time.time())
        whole = {
            "iss": self.issuer, "sub": "client", "aud": "doudi", "iat": at, "exp": at + 900, "scope": "",
            "agency": "civil-affairs", "area": COUNTY, "purpose": "matching", **claims,
        }  # fmt: skip
        return sign(whole, self.key)

    def _changed(self, kind: str, of: str, person: dict[str, Any] | None) -> None:
        number = len(self.changes) + 1
        entry = {"seq": number, "kind": kind, "id": of, "recorded_at": now().isoformat(), "person": person}
        self.changes.append(entry)

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.middleware("http")
        async def _silence(request: Request, call_next: Any) -> Response:
            if self.down:
                return JSONResponse({"code": "internal"}, status_code=503)
            answer: Response = await call_next(request)
            return answer

        @app.get("/registry/v1/.well-known/jwks.json")
        def _jwks() -> dict[str, Any]:
            return {"keys": [self.key.as_dict(private=False)]}

        @app.post("/registry/v1/token")
        async def _token(request: Request) -> dict[str, Any]:
            form = await request.form()
            assert form["grant_type"] == "client_credentials"
            assert form["purpose"] == "matching"
            self.tokens_given += 1
            return {"access_token": self.token(scope="registry:follow cases:lead"), "expires_in": 900}

        @app.get("/registry/v1/revocations")
        def _revocations() -> dict[str, Any]:
            return {"ended": sorted(self.ended)}

        @app.get("/registry/v1/disclosure")
        def _disclosure() -> dict[str, Any]:
            return {
                "day": "2021-06-01",
                "agreements": self.agreements,
                "assigned": self.assigned,
                "protected": sorted(self.protected),
            }

        @app.get("/registry/v1/export")
        def _export() -> Response:
            people = [{"kind": "person", "person": person} for person in self.people.values()]
            cases = [{"kind": "case", "case": self._news(case)} for case in self.ledger]
            head = {"kind": "header", "cursor": str(len(self.changes))}
            lines = [head, *people, *cases, {"kind": "end", "count": len(people) + len(cases)}]
            body = b"\n".join(orjson.dumps(line) for line in lines)
            return Response(body, media_type="application/x-ndjson")

        @app.get("/registry/v1/changes")
        def _changes(limit: int, cursor: str = "0") -> Response:
            after = int(cursor)
            if after < self.forgets_before:
                return JSONResponse({"code": "cursor-expired"}, status_code=410)
            upto = after if self.withholds else after + limit
            page = [self._told(change) for change in self.changes[after:upto]]
            more = not self.withholds and after + limit < len(self.changes)
            return JSONResponse({"changes": page, "cursor": str(after + len(page)), "more": more})

        self._tell_facts(app)

        @app.get("/registry/v1/areas")
        def _areas(cursor: str | None = None) -> dict[str, Any]:
            start = int(cursor or 0)
            rows = AREAS[start : start + 5]
            names = ("code", "name", "level", "parent")
            areas = [{**dict(zip(names, row, strict=True)), "valid_from": None, "valid_to": None} for row in rows]
            areas = [{**one, **self.altered.get(one["code"], {})} for one in areas]
            return {"areas": areas, "cursor": str(start + 5) if start + 5 < len(AREAS) else None}

        @app.put("/registry/v1/cases/by-lead")
        async def _cases(request: Request) -> dict[str, Any]:
            body = await request.json()
            self.calls += 1
            return {"results": [self._take(lead) for lead in body["leads"]]}

        return app

    def _tell_facts(self, app: FastAPI) -> None:
        @app.get("/registry/v1/facts")
        def _kinds() -> Response:
            if self.facts is None:
                return JSONResponse({"code": "not-found"}, status_code=404)
            return JSONResponse([{"kind": kind, "stamp": self._stamp(kind), "rows": None} for kind in self.facts])

        @app.get("/registry/v1/facts/{kind}")
        def _rows(kind: str, request: Request) -> Response:
            assert self.facts is not None
            headers = {"ETag": f'"{self._stamp(kind)}"', "Fact-Rows": str(len(self.facts[kind]))}
            if request.headers.get("If-None-Match") == headers["ETag"]:
                return Response(status_code=304, headers=headers)
            self.fetched.append(kind)
            body = b"".join(orjson.dumps(row) + b"\n" for row in self.facts[kind])
            return Response(body[: self.sends_at_most], media_type="application/x-ndjson", headers=headers)

    def _stamp(self, kind: str) -> str:
        assert self.facts is not None
        return hashlib.sha256(orjson.dumps(self.facts[kind])).hexdigest()[:32]
