"""A registry in small, for tests of the matcher: the same wire, real tokens, its people in a list.

A fake, not a mock: it keeps state and answers by it, so that a test says what the county looks like and not which
calls are made.
"""

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
        self.puts: list[tuple[str, int]] = []
        self.down = False
        self.forgets_before = 0
        self.refuse: set[str] = set()
        self.tokens_given = 0
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

        @app.get("/registry/v1/export")
        def _export() -> Response:
            people = [{"kind": "person", "person": person} for person in self.people.values()]
            head = {"kind": "header", "cursor": str(len(self.changes))}
            lines = [head, *people, {"kind": "end", "count": len(people)}]
            body = b"\n".join(orjson.dumps(line) for line in lines)
            return Response(body, media_type="application/x-ndjson")

        @app.get("/registry/v1/changes")
        def _changes(cursor: str, limit: int) -> Response:
            after = int(cursor)
            if after < self.forgets_before:
                return JSONResponse({"code": "cursor-expired"}, status_code=410)
            page = self.changes[after : after + limit]
            more = after + limit < len(self.changes)
            return JSONResponse({"changes": page, "cursor": str(after + len(page)), "more": more})

        @app.get("/registry/v1/areas")
        def _areas(cursor: str | None = None) -> dict[str, Any]:
            start = int(cursor or 0)
            rows = AREAS[start : start + 5]
            names = ("code", "name", "level", "parent")
            areas = [{**dict(zip(names, row, strict=True)), "valid_from": None, "valid_to": None} for row in rows]
            return {"areas": areas, "cursor": str(start + 5) if start + 5 < len(AREAS) else None}

        @app.put("/registry/v1/cases/by-lead/{lead_id}")
        async def _case(lead_id: str, request: Request) -> Response:
            body = await request.json()
            self.puts.append((lead_id, body["lead_version"]))
            if body["snapshot"]["name"] in self.refuse:
                return JSONResponse({"code": "body-invalid"}, status_code=422)
            known = self.cases.get(lead_id)
            if known is None or known["lead_version"] < body["lead_version"]:
                case_id = known["case_id"] if known else new_id()
                self.cases[lead_id] = {**body, "case_id": case_id}
            return JSONResponse({"case_id": self.cases[lead_id]["case_id"], "state": "open", "items": [], "version": 1})

        return app
