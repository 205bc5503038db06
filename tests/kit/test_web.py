"""The shell: problems instead of traces, nothing unknown accepted, nothing personal repeated."""

import time
from collections.abc import Iterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, Request
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from pydantic import BaseModel, ValidationError
from sqlalchemy import text
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from kit.auth import Caller, Verifier, requires, sign
from kit.columns import now
from kit.crypto import KeyRing
from kit.database import Database, transaction
from kit.idempotency import IdempotencyRow, idempotent_route
from kit.problems import Conflict, TokenExpired, TokenInvalid, TokenRevoked, Unfit, in_words, problems
from kit.settings import ServiceSettings
from kit.shapes import AreaCode, Month
from kit.uploads import WholeBody
from kit.web import ServiceInfo, Writing, create_service
from tests.asgi import client_of

PREFIX = "/thing/v1"


class Base(SQLModel, registry=registry()):
    """Tables of this test."""


class Key(Base, IdempotencyRow, table=True):
    """Reserved keys."""


router = APIRouter(route_class=idempotent_route(Key))
Writer = Annotated[Caller, Depends(requires("thing:write"))]


@router.post("/things", responses=problems(Conflict))
def add_thing(caller: Writer, session: Writing, body: WholeBody, name: str = "") -> dict[str, object]:
    """Counts what was written so far."""
    session.execute(text("INSERT INTO thing VALUES (1)"))
    if name == "clash":
        raise Conflict(reason="x")
    count = session.execute(text("SELECT count(*) FROM thing")).scalar_one()
    return {"count": count, "size": len(body), "by": caller.client_id}


@router.get("/explode")
def explode(request: Request) -> None:
    """A defect."""
    raise RuntimeError("640499199001010011")


@pytest.fixture
def key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": "k1"}, private=True)


@pytest.fixture
def client(database_url: str, key: ECKey) -> Iterator[httpx.Client]:
    database = Database.open(database_url)
    Base.metadata.create_all(database.engine)
    with transaction(database) as session:
        session.execute(text("CREATE TABLE thing (id integer)"))
    verifier = Verifier(lambda: KeySet([key]).as_dict(private=False), "me")
    info = ServiceInfo("Thing", "1", "For tests", PREFIX)
    settings = ServiceSettings(max_body_bytes=2048)
    app = create_service(
        info, settings, {"database": database, "ring": KeyRing.ephemeral(), "verifier": verifier}, [router]
    )
    with client_of(app) as client:
        yield client
    database.dispose()


def token(key: ECKey, **claims: object) -> dict[str, str]:
    base = {"iss": "me", "aud": "doudi", "sub": "c1", "agency": "a", "area": "640499000000", "purpose": "p"}
    stamp = {"exp": int(now().timestamp()) + 60, "scope": "thing:write"}
    return {"Authorization": f"Bearer {sign({**base, **stamp, **claims}, key)}"}


def test_every_refusal_is_a_problem_with_code_and_request_id(client: httpx.Client, key: ECKey) -> None:
    cases: list[tuple[dict[str, str], str, int, str]] = [
        ({}, "", 401, "token-missing"),
        ({"Authorization": "Bearer x.y.z"}, "", 401, "token-invalid"),
        (token(key, exp=1), "", 401, "token-expired"),
        (token(key, iss="other"), "", 401, "token-invalid"),
        (token(key, aud="other"), "", 401, "token-invalid"),
        (token(key, scope="thing:read"), "", 403, "scope-missing"),
        (token(key), "?nam=x", 400, "parameter-unknown"),
        (token(key), "?name=one&name=two", 400, "parameter-repeated"),
        (token(key), "?name=clash", 409, "conflict"),
    ]
    for headers, query, status, code in cases:
        answer = client.post(f"{PREFIX}/things{query}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_a_token_signed_by_another_key_is_refused(client: httpx.Client) -> None:
    stranger = ECKey.generate_key("P-256", {"kid": "k1"}, private=True)
    assert client.post(f"{PREFIX}/things", headers=token(stranger)).json()["code"] == "token-invalid"


def test_a_token_that_was_verified_before_still_expires_and_goes_with_its_key(
    key: ECKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [key]
    verifier = Verifier(lambda: KeySet(keys).as_dict(private=False), "me")
    verifier.keys.kept_seconds = -1  # what is published is asked for again every time
    old = token(key)["Authorization"].removeprefix("Bearer ")
    assert verifier.caller(old) == verifier.caller(old)
    clock = time.time()
    monkeypatch.setattr(time, "time", lambda: clock + 120)
    with pytest.raises(TokenExpired):
        verifier.caller(old)
    monkeypatch.undo()
    keys[:] = [ECKey.generate_key("P-256", {"kid": "k2"}, private=True)]  # the issuer changed its keys
    assert verifier.caller(token(keys[0])["Authorization"].removeprefix("Bearer ")).client_id == "c1"
    with pytest.raises(TokenInvalid):
        verifier.caller(old)


def test_a_signature_is_verified_once(key: ECKey, monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = Verifier(lambda: KeySet([key]).as_dict(private=False), "me")
    text, decode = token(key)["Authorization"].removeprefix("Bearer "), jwt.decode
    asked: list[str] = []

    def counted(*args: Any, **named: Any) -> Any:
        asked.append("")
        return decode(*args, **named)

    monkeypatch.setattr("kit.issuer_keys.jwt.decode", counted)
    assert verifier.caller(text) == verifier.caller(text)
    assert len(asked) == 1


def test_who_calls_is_at_hand_once_verified_until_the_keys_are_old_or_the_end_must_be_asked_for(key: ECKey) -> None:
    over: list[bool | None] = [False]
    verifier = Verifier(lambda: KeySet([key]).as_dict(private=False), "me", known=lambda _: over[0])
    text = token(key)["Authorization"].removeprefix("Bearer ")
    assert verifier.at_hand(text) is None
    assert verifier.at_hand("no token") is None
    assert verifier.caller(text) == verifier.at_hand(text)
    over[0] = None
    assert verifier.at_hand(text) is None
    over[0] = True
    with pytest.raises(TokenRevoked):
        verifier.at_hand(text)
    over[0] = False
    verifier.keys.kept_seconds = -1
    assert verifier.at_hand(text) is None


def test_texts_follow_the_language_asked_for(client: httpx.Client) -> None:
    chinese = client.post(f"{PREFIX}/things")
    english = client.post(f"{PREFIX}/things", headers={"Accept-Language": "en"})
    assert "访问令牌" in chinese.json()["detail"]
    assert "No access token" in english.json()["detail"]


def test_a_failing_call_leaves_nothing_behind(client: httpx.Client, key: ECKey) -> None:
    client.post(f"{PREFIX}/things?name=clash", headers=token(key))
    assert client.post(f"{PREFIX}/things", headers=token(key)).json()["count"] == 1


def test_a_body_over_the_bound_is_refused_however_it_is_sent(client: httpx.Client, key: ECKey) -> None:
    for content in (b"x" * 4000, iter([b"x" * 1500, b"x" * 1500])):
        answer = client.post(f"{PREFIX}/things", headers=token(key), content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_a_body_that_does_not_match_its_digest_is_refused(client: httpx.Client, key: ECKey) -> None:
    for content, code in ((b"abc", 200), (b"abd", 400)):
        told = {**token(key), "Content-Digest": "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:"}
        assert client.post(f"{PREFIX}/things", headers=told, content=content).status_code == code


def test_the_same_key_and_body_are_answered_once(client: httpx.Client, key: ECKey) -> None:
    headers = {**token(key), "Idempotency-Key": "one"}
    first = client.post(f"{PREFIX}/things", headers=headers, content=b"a")
    again = client.post(f"{PREFIX}/things", headers={**token(key), "Idempotency-Key": "one"}, content=b"a")
    other_body = client.post(f"{PREFIX}/things", headers=headers, content=b"b")
    other_client = client.post(
        f"{PREFIX}/things", headers={**token(key, sub="c2"), "Idempotency-Key": "one"}, content=b"a"
    )
    assert first.json() == again.json() == {"count": 1, "size": 1, "by": "c1"}
    assert again.headers["idempotent-replayed"] == "true"
    assert other_body.json()["code"] == "idempotency-key-reused"
    assert other_client.json()["count"] == 2


def test_a_failed_call_frees_its_key(client: httpx.Client, key: ECKey) -> None:
    headers = {**token(key), "Idempotency-Key": "two"}
    assert client.post(f"{PREFIX}/things?name=clash", headers=headers).status_code == 409
    assert client.post(f"{PREFIX}/things?name=clash", headers=headers).status_code == 409


def test_unknown_addresses_and_methods_are_problems_too(client: httpx.Client) -> None:
    assert client.get("/nowhere").json()["code"] == "not-found"
    assert client.delete(f"{PREFIX}/things").json()["code"] == "method-not-allowed"


def test_a_defect_shows_no_trace_and_no_value(
    client: httpx.Client, key: ECKey, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RuntimeError):
        client.get(f"{PREFIX}/explode", headers=token(key))
    logged = capsys.readouterr().err
    assert "640499199001010011" not in logged


def test_the_documentation_loads_nothing_from_outside(client: httpx.Client) -> None:
    page = client.get(f"{PREFIX}/docs")
    assert page.status_code == 200
    assert "https://" not in page.text
    assert client.get(f"{PREFIX}/docs-assets/swagger-ui-bundle.js").status_code == 200


def test_health_answers(client: httpx.Client) -> None:
    assert client.get(f"{PREFIX}/health/live").json() == {"status": "ok"}
    assert client.get(f"{PREFIX}/health/ready").json() == {"status": "ok"}


def test_a_mistake_is_told_in_words_and_only_our_own_rules_speak_for_themselves() -> None:
    ours, others = {"error": Unfit("写一项 (give one)")}, {"error": ValueError("马建国 is too long")}
    assert in_words({"type": "value_error", "ctx": ours}) == "写一项 (give one)"
    assert in_words({"type": "value_error", "ctx": others}) == "value_error"
    assert in_words({"type": "greater_than_equal", "ctx": {"ge": 1}}) == "不能小于 1 (at least 1)"
    assert in_words({"type": "uuid_parsing", "ctx": {"error": "马"}}) == "uuid_parsing"


class _Placed(BaseModel):
    area: AreaCode
    month: Month


@pytest.mark.parametrize("month", ["２０２１-06", "٢٠٢١-06", "2021-13", "2021-6", "0000-01", "2021-06\n", ""])
def test_a_month_in_other_digits_or_of_no_calendar_is_none(month: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        _Placed(area="640499000000", month=month)
    assert [in_words(one) for one in wrong.value.errors()] == ["须为年月，如 2021-06 (a month like 2021-06)"]


@pytest.mark.parametrize("area", ["６４０４９９００００００", "64049900000", "6404990000000", "64049900000x"])
def test_a_code_of_a_division_is_twelve_plain_digits(area: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        _Placed(area=area, month="2021-06")
    said = ["须为 12 位数字的区划代码 (the 12 digits of a division's code)"]
    assert [in_words(one) for one in wrong.value.errors()] == said
