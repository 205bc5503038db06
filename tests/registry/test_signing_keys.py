"""Signing keys change while everybody works, and tokens bound to a certificate are worth nothing without it."""

import base64
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlmodel import select

from kit.auth import Verifier
from kit.columns import now
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from kit.keys_file import create
from kit.peers import thumbprint
from registry.access import keys
from registry.access.store import Grant, create_client
from registry.access.tables import SigningKey
from registry.main import main, migrate
from tests.registry.house import COUNTY, House
from tests.registry.staff import journal

PURPOSE = "dynamic-monitoring"


def certificate(name: str) -> bytes:
    """A client's certificate, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    built = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    built = built.serial_number(x509.random_serial_number()).not_valid_before(now() - timedelta(days=1))
    return built.not_valid_after(now() + timedelta(days=1)).sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def kid_of(token: str, house: House) -> str:
    found = jwt.decode(token, KeySet.import_key_set(keys.published(house.database)), algorithms=["ES256"])
    return str(found.header["kid"])


def published(house: House) -> list[str]:
    return [key["kid"] for key in house.client.get("/.well-known/jwks.json").json()["keys"]]


def test_the_next_key_is_published_before_it_signs_and_the_last_after(house: House) -> None:
    house.token("registry:read")
    one, following = published(house)
    answer = house.call("POST", "/keys/rotation", "keys:rotate").json()
    third = published(house)[2]
    assert answer == {"kid": following, "published": [one, following, third]}
    house.tokens.clear()
    assert kid_of(house.token("registry:read"), house) == following
    with transaction(house.database) as session:
        row = session.get_one(SigningKey, one)
        row.retired_at = now() - keys.PUBLISHED_AFTER_RETIREMENT
        session.add(row)
    assert published(house) == [following, third]
    assert ("keys.rotate", following) in [(action, subject) for action, subject, _ in journal(house)]
    assert house.call("POST", "/keys/rotation", "registry:admin").json()["code"] == "scope-missing"


def test_an_installation_of_before_gets_its_next_key_at_the_first_token(house: House) -> None:
    house.token("registry:read")
    with transaction(house.database) as session:
        for row in session.exec(select(SigningKey).where(SigningKey.in_use_from == None)):  # noqa: E711 - SQL's IS NULL
            session.delete(row)
    before = published(house)
    house.tokens.clear()
    house.token("registry:read")
    assert len(before) == 1
    assert published(house)[0] == before[0]
    assert len(published(house)) == 2


def test_the_command_rotates_too(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOUDI_REGISTRY_DATABASE_URL", database_url)
    monkeypatch.setenv("DOUDI_REGISTRY_KEYS_FILE", str(tmp_path / "keys.json"))
    create(tmp_path / "keys.json", "international")
    ring, database = KeyRing.load(tmp_path / "keys.json"), Database.open(database_url)
    migrate(database)
    before = keys.signing_key(database, ring).kid
    main(["rotate-signing-key"])
    after = keys.signing_key(database, ring).kid
    assert capsys.readouterr().out == f"kid {after}\n"
    assert before != after
    database.dispose()


def test_keys_change_under_load_and_no_call_fails(house: House) -> None:
    """Three rotations while callers fetch and use tokens, here and at a verifier that keeps the keys it saw."""
    house.token("registry:read")
    asked: list[int] = []

    def far_keys() -> Any:
        asked.append(1)
        return house.client.get("/.well-known/jwks.json").json()

    far = Verifier(far_keys, "doudi-registry")
    client_id, secret = house.grant(["cases:read"])
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, "purpose": PURPOSE}
    stop, wrong, kids = threading.Event(), [], []

    def work() -> None:
        try:
            while not stop.is_set():
                token = house.client.post("/registry/v1/token", data=form).json()["access_token"]
                far.caller(token)
                kids.append(kid_of(token, house))
                answer = house.client.get("/registry/v1/cases", headers={"Authorization": f"Bearer {token}"})
                assert answer.status_code == 200, answer.text
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for rotation in range(1, 4):
        while len(set(kids)) < rotation and not wrong:
            stop.wait(0.01)
        with transaction(house.database) as session:
            keys.rotate(session, house.ring)
    while len(set(kids)) < 4 and not wrong:
        stop.wait(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(set(kids)) == 4
    assert len(asked) <= 4


def test_two_rotations_at_once_leave_one_key_in_use_and_one_to_follow(house: House) -> None:
    house.token("registry:read")

    def rotate() -> None:
        with transaction(house.database) as session:
            keys.rotate(session, house.ring)

    threads = [threading.Thread(target=rotate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(house.database) as session:
        living = session.exec(select(SigningKey).where(SigningKey.retired_at == None)).all()  # noqa: E711 - SQL's IS NULL
    assert sorted(row.in_use_from is None for row in living) == [False, True]


@pytest.fixture
def bound(house: House) -> tuple[bytes, dict[str, str]]:
    """A certificate and the credentials of the client it belongs to."""
    pem = certificate("agency")
    print_of = thumbprint(x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER))
    with transaction(house.database) as session:
        grant = Grant("bound", "civil-affairs", COUNTY, ["cases:read", "cases:write"], (PURPOSE,), print_of)
        client_id, secret = create_client(session, grant)
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, "purpose": PURPOSE}
    return pem, form


def shown(pem: bytes) -> dict[str, str]:
    """The header nginx writes ($ssl_client_escaped_cert)."""
    return {"X-Client-Cert": quote(pem.decode(), safe="")}


def ask(house: House, form: dict[str, str], headers: dict[str, str]) -> httpx.Response:
    return house.client.post("/registry/v1/token", data=form, headers=headers)


def test_a_bound_client_gets_and_uses_tokens_with_its_certificate_only(
    house: House, bound: tuple[bytes, dict[str, str]]
) -> None:
    pem, form = bound
    house.told(trusted_proxies="127.0.0.1/32")
    refused = [
        ask(house, form, {}),
        ask(house, form, shown(certificate("other"))),
        ask(house, form, {"X-Client-Cert": "x"}),
    ]
    assert [answer.json()["code"] for answer in refused] == ["certificate-missing"] * 3
    token = ask(house, form, shown(pem)).json()["access_token"]
    claims = jwt.decode(token, KeySet.import_key_set(keys.published(house.database)), algorithms=["ES256"]).claims
    der = base64.urlsafe_b64decode(claims["cnf"]["x5t#S256"] + "=")
    assert der == x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256())
    bearer = {"Authorization": f"Bearer {token}"}
    used = [
        house.client.get("/registry/v1/cases", headers={**bearer, **more})
        for more in (shown(pem), {}, shown(certificate("other")))
    ]
    assert [answer.status_code for answer in used] == [200, 401, 401]
    assert used[1].json()["code"] == "token-invalid"


def test_nobody_but_the_proxy_can_show_a_certificate(house: House, bound: tuple[bytes, dict[str, str]]) -> None:
    """The header with the very certificate, over a connection that is not the proxy's."""
    pem, form = bound
    house.told(trusted_proxies="127.0.0.1/32")
    token = ask(house, form, shown(pem)).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}", **shown(pem)}
    for told in ("", "192.0.2.0/24"):
        house.told(trusted_proxies=told)
        assert ask(house, form, shown(pem)).json()["code"] == "certificate-missing"
        forged = {**shown(pem), "X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.1"}
        assert ask(house, form, forged).json()["code"] == "certificate-missing"
        assert house.client.get("/registry/v1/cases", headers=bearer).json()["code"] == "token-invalid"


def test_a_kept_answer_is_not_given_without_the_certificate_either(
    house: House, bound: tuple[bytes, dict[str, str]]
) -> None:
    pem, form = bound
    house.told(trusted_proxies="127.0.0.1/32")
    token = ask(house, form, shown(pem)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
    body = {"cases": []}
    first = house.client.post("/registry/v1/cases/accept", json=body, headers={**headers, **shown(pem)})
    again = house.client.post("/registry/v1/cases/accept", json=body, headers=headers)
    assert first.status_code < 500
    assert first.status_code != 401
    assert (again.status_code, again.json()["code"]) == (401, "token-invalid")


def test_a_client_is_bound_when_it_is_made(house: House) -> None:
    body = {
        "name": "x", "agency": "health", "area": COUNTY, "scopes": ["feeds:push"], "purposes": ["push"],
        "certificate": "x" * 43,
    }  # fmt: skip
    admin = ("clients:write", "registry:admin")
    made = house.call("POST", "/clients", *admin, json=body)
    assert (made.status_code, made.json()["certificate"]) == (201, "x" * 43)
    assert house.call("POST", "/clients", *admin, json=body | {"certificate": "x"}).status_code == 422
