"""Who may call: tokens, keys, clients."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlmodel import select

from kit.auth import sign
from kit.database import reading, transaction
from registry.access import keys
from registry.access.tables import Client, SigningKey
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, House
from tests.registry.staff import journal


def ask(house: House, client_id: str, secret: str, **form: str) -> tuple[int, dict[str, str]]:
    fields = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    fields["purpose"] = "dynamic-monitoring"
    answer = house.client.post("/registry/v1/token", data=fields | form)
    return answer.status_code, answer.json()


def test_a_token_names_scopes_agency_area_and_purpose_and_is_verified_by_the_published_key(house: House) -> None:
    client_id, secret = house.grant(["registry:read", "cases:read"], TOWN, "township")
    status, body = ask(house, client_id, secret, scope="registry:read")
    published = house.client.get("/.well-known/jwks.json").json()
    claims = jwt.decode(body["access_token"], KeySet.import_key_set(published), algorithms=["ES256"]).claims
    assert status == 200
    assert {name: claims[name] for name in ("sub", "agency", "area", "scope", "purpose", "aud")} == {
        "sub": client_id, "agency": "township", "area": TOWN, "scope": "registry:read",
        "purpose": "dynamic-monitoring", "aud": "doudi",
    }  # fmt: skip
    assert claims["exp"] - claims["iat"] == 900
    assert "d" not in published["keys"][0]
    assert house.client.get("/registry/v1/.well-known/jwks.json").json() == published


def test_basic_authentication_serves_as_well_as_form_fields(house: House) -> None:
    who = house.grant(["registry:read"])
    form = {"grant_type": "client_credentials", "purpose": "dynamic-monitoring"}
    assert house.client.post("/registry/v1/token", data=form, auth=who).status_code == 200


def test_wrong_secrets_unknown_clients_and_disabled_clients_get_the_same_answer(house: House) -> None:
    client_id, secret = house.grant(["registry:read"])
    gone, gone_secret = house.grant(["registry:read"])
    assert house.call("DELETE", f"/clients/{gone}", "clients:write").status_code == 200
    answers = [ask(house, client_id, "no"), ask(house, "nobody", secret), ask(house, gone, gone_secret)]
    assert [(status, body["code"]) for status, body in answers] == [(401, "client-invalid")] * 3
    assert len({body["detail"] for _, body in answers}) == 1
    refused = [detail for action, _, detail in journal(house) if action == "token.refused"]
    assert [one.get("client_id") for one in refused] == [client_id, None, gone]
    assert {one["address"] for one in refused} == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"purpose": "curiosity"}, (403, "purpose-refused")),
        ({"purpose": ""}, (403, "purpose-refused")),
        ({"scope": "registry:read leads:reveal"}, (400, "scope-refused")),
        ({"grant_type": "password"}, (400, "grant-unsupported")),
    ],
)
def test_a_token_is_refused_with_a_code_that_says_why(
    house: House, form: dict[str, str], expected: tuple[int, str]
) -> None:
    status, body = ask(house, *house.grant(["registry:read"]), **form)
    assert (status, body["code"]) == expected


def test_no_token_a_foreign_token_and_an_expired_one_are_told_apart(house: House) -> None:
    house.token("registry:read")
    own, now = keys.signing_key(house.database, house.ring), int(time.time())
    claims = {"iss": "doudi-registry", "aud": "doudi", "sub": "c", "agency": "a", "area": COUNTY, "purpose": "p"}
    late = sign(claims | {"scope": "registry:read", "exp": now - 60}, own)
    foreign = sign(claims | {"scope": "registry:read", "exp": now + 60, "iss": "somebody"}, own)
    codes = [
        house.client.get("/registry/v1/areas", headers=headers).json()["code"]
        for headers in ({}, {"Authorization": f"Bearer {foreign}"}, {"Authorization": f"Bearer {late}"})
    ]
    assert codes == ["token-missing", "token-invalid", "token-expired"]
    assert house.call("GET", "/audit", "registry:read").json()["code"] == "scope-missing"


def test_after_a_rotation_new_tokens_have_a_new_key_and_old_ones_still_hold(house: House) -> None:
    before = house.token("registry:read")
    with transaction(house.database) as session:
        kid = keys.rotate(session, house.ring)
    house.tokens.clear()
    after = house.token("registry:read")
    assert jwt.decode(after, KeySet.import_key_set(keys.published(house.database)), ["ES256"]).header["kid"] == kid
    for token in (before, after):
        headers = {"Authorization": f"Bearer {token}"}
        assert house.client.get("/registry/v1/areas", headers=headers).status_code == 200


def test_neither_secret_nor_private_key_lies_open_in_the_database(house: House) -> None:
    _, secret = house.grant(["registry:read"])
    house.token("registry:read")
    with reading(house.database) as session:
        stored = [row.secret_hash for row in session.exec(select(Client))]
        private = [row.private_sealed for row in session.exec(select(SigningKey))]
    assert all(secret not in one and one.startswith("$argon2") for one in stored)
    assert all('"d"' not in one for one in private)


def test_clients_are_made_shown_renewed_and_disabled_within_the_callers_area(house: House) -> None:
    body = {
        "name": "残联推送", "agency": "disability", "area": TOWN, "scopes": ["registry:read"], "purposes": ["push"],
    }  # fmt: skip
    admin = ("clients:write", "registry:admin")
    made = house.call("POST", "/clients", *admin, json=body)
    client_id = made.json()["client_id"]
    renewed = house.call("POST", f"/clients/{client_id}/secret", *admin).json()["client_secret"]
    assert made.status_code == 201
    assert ask(house, client_id, made.json()["client_secret"], purpose="push")[0] == 401
    assert ask(house, client_id, renewed, purpose="push")[0] == 200
    assert "client_secret" not in house.call("GET", f"/clients/{client_id}", *admin).json()
    assert house.call("GET", f"/clients/{client_id}", *admin, area=OTHER_COUNTY).status_code == 404
    outside = house.call("POST", "/clients", *admin, json=body | {"area": OTHER_COUNTY})
    unknown = house.call("POST", "/clients", *admin, json=body | {"scopes": ["everything"]})
    assert (outside.json()["code"], unknown.json()["code"]) == ("area-outside", "scope-unknown")


@pytest.mark.parametrize(
    "scopes", [["audit:read", "cases:read"], ["clients:write", "cases:read"], ["audit:read", "accounts:write"]]
)
def test_no_client_gives_rights_or_reads_the_journal_beside_anything_else(house: House, scopes: list[str]) -> None:
    body = {"name": "x", "agency": "a-b", "area": TOWN, "scopes": scopes, "purposes": ["push"]}
    answer = house.call("POST", "/clients", "clients:write", "registry:admin", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "scopes-clash")
    with pytest.raises(ValueError, match="giving rights"):
        house.grant(scopes)


def test_nobody_hands_out_a_scope_it_does_not_hold(house: House) -> None:
    body = {"name": "x", "agency": "a-b", "area": TOWN, "scopes": ["leads:reveal"], "purposes": ["push"]}
    assert house.call("POST", "/clients", "clients:write", json=body).json()["code"] == "scope-missing"


def test_many_guesses_at_once_hold_no_connection_and_are_all_answered(house: House) -> None:
    """Each needs the database twice; were the first use held during the second, the pool would run dry."""
    client_id, _ = house.grant(["registry:read"])
    with ThreadPoolExecutor(30) as guessers:
        answers = list(guessers.map(lambda number: ask(house, client_id, f"guess{number}"), range(60)))
    assert {status for status, _ in answers} == {401, 429}  # beyond the first two dozen they are no longer hashed
