"""Tokens of another issuer: taken by configuration, bounded by it, and refused for every lie."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from kit.auth import Verifier
from kit.foreign import ForeignIssuer, fetch_keys
from kit.issuer_keys import MOST_ASKED, IssuerKeys
from kit.problems import TokenExpired, TokenInvalid, UpstreamDown
from kit.settings import ServiceSettings

ISSUER = "https://id.example.org"
COUNTY = "640499000000"
CLAIMS: dict[str, Any] = {
    "iss": ISSUER, "aud": ["other", "doudi"], "sub": "u1", "dept": "civil-affairs", "org": {"division": COUNTY},
    "roles": ["cases:read", "clients:write"], "why": "dynamic-monitoring",
}  # fmt: skip
MAPPED = "scope=roles,agency=dept,area=org.division,purpose=why"


class Issuer:
    """A small identity service on the loopback: its keys at /jwks, and lies elsewhere."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "e1"})
        self.rsa = RSAKey.generate_key(2048, {"kid": "r1"})
        self.asked = 0
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                if self.path == "/moved":
                    self.send_response(302)
                    self.send_header("Location", "/jwks")
                    self.end_headers()
                    return
                keys = [key.as_dict(private=False) for key in (issuer.key, issuer.rsa)]
                body = b"no json" if self.path == "/broken" else json.dumps({"keys": keys}).encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Silence."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self, key: Any = None, algorithm: str = "ES256", **claims: Any) -> str:
        """A token this issuer signs."""
        key = key or self.key
        whole = {**CLAIMS, "exp": int(time.time()) + 60, **claims}
        whole = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode({"alg": algorithm, "kid": key.kid}, whole, key, algorithms=[algorithm])


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    found = Issuer()
    yield found
    found.server.shutdown()
    found.server.server_close()


def settings(issuer: Issuer, **more: Any) -> ServiceSettings:
    told = {
        "external_issuer": ISSUER, "external_jwks_url": f"{issuer.url}/jwks", "external_claims": MAPPED,
        "external_scopes": "cases:read leads:read", "external_area": COUNTY,
    }  # fmt: skip
    return ServiceSettings(**{**told, **more})


def verifier(issuer: Issuer, **more: Any) -> Verifier:
    """One that also knows keys of its own, which are of no use to a stranger."""
    own = ECKey.generate_key("P-256", {"kid": "own"})
    return Verifier(
        lambda: {"keys": [own.as_dict(private=False)]}, "me", foreign=ForeignIssuer.told(settings(issuer, **more))
    )


def test_a_foreign_token_is_translated_and_bounded(issuer: Issuer) -> None:
    caller = verifier(issuer).caller(issuer.token())
    assert (caller.client_id, caller.agency, caller.area, caller.purpose) == (
        "ext:u1", "civil-affairs", COUNTY, "dynamic-monitoring",
    )  # fmt: skip
    assert caller.scopes == {"cases:read"}  # clients:write is not what the settings name
    assert caller.session is None
    spoken = verifier(issuer).caller(issuer.token(roles="leads:read registry:admin"))
    assert spoken.scopes == {"leads:read"}


def test_nothing_is_allowed_that_the_settings_do_not_name(issuer: Issuer) -> None:
    assert verifier(issuer, external_scopes="").caller(issuer.token()).scopes == frozenset()


@pytest.mark.parametrize(
    "lie",
    [
        {"aud": "other"}, {"aud": None}, {"sub": None}, {"sub": ""}, {"exp": None}, {"dept": None},
        {"org": {"division": "640498000000"}}, {"org": {"division": "6404"}}, {"org": "640499000000"},
        {"why": None}, {"why": "Reveal all"}, {"dept": "x" * 70}, {"nbf": 99999999999},
    ],
)  # fmt: skip
def test_a_token_that_does_not_hold_is_refused(issuer: Issuer, lie: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        verifier(issuer).caller(issuer.token(**lie))


def test_an_expired_one_is_told_as_expired(issuer: Issuer) -> None:
    with pytest.raises(TokenExpired):
        verifier(issuer).caller(issuer.token(exp=1))


def test_neither_its_key_nor_ours_signs_for_the_other(issuer: Issuer) -> None:
    stranger = ECKey.generate_key("P-256", {"kid": "e1"})
    for token in (issuer.token(stranger), issuer.token(iss="me"), issuer.token(iss="somebody"), "a.b.c", "a"):
        with pytest.raises(TokenInvalid):
            verifier(issuer).caller(token)


def test_only_the_algorithms_that_were_named(issuer: Issuer) -> None:
    token = issuer.token(issuer.rsa, "RS256")
    with pytest.raises(TokenInvalid):
        verifier(issuer).caller(token)
    assert verifier(issuer, external_algorithms="ES256, RS256").caller(token).client_id == "ext:u1"


def test_a_long_subject_still_fits_the_journal_and_stays_its_own(issuer: Issuer) -> None:
    one, other = (verifier(issuer).caller(issuer.token(sub=f"{'x' * 90}{end}")).client_id for end in "ab")
    assert one != other
    assert len(one) == len(other) == 64


def test_an_issuer_that_moves_its_key_is_followed(issuer: Issuer) -> None:
    found = verifier(issuer)
    found.caller(issuer.token())
    issuer.key = ECKey.generate_key("P-256", {"kid": "e2"})
    assert found.caller(issuer.token()).client_id == "ext:u1"


def test_keys_that_are_none_are_an_issuer_that_is_away(issuer: Issuer) -> None:
    for path in ("broken", "moved"):
        with pytest.raises(UpstreamDown):
            fetch_keys(f"{issuer.url}/{path}")
    with pytest.raises(UpstreamDown):
        verifier(issuer, external_jwks_url="http://127.0.0.1:9/jwks").caller(issuer.token())


@pytest.mark.parametrize(
    "wrong",
    [
        {"external_jwks_url": "http://id.example.org/jwks"}, {"external_jwks_url": ""},
        {"external_issuer": "doudi-registry"}, {"external_claims": "scope=a"}, {"external_algorithms": "HS256"},
        {"external_algorithms": "none"}, {"external_area": "6404"},
    ],
)  # fmt: skip
def test_half_a_description_stops_the_start(issuer: Issuer, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"external_|https"):
        settings(issuer, **wrong)


def test_invented_key_ids_lead_to_few_questions(issuer: Issuer) -> None:
    keys = IssuerKeys(lambda: fetch_keys(f"{issuer.url}/jwks"))
    for number in range(3 * MOST_ASKED):
        with pytest.raises(TokenInvalid):
            keys.claims(issuer.token(ECKey.generate_key("P-256", {"kid": f"invented{number}"})))
    assert issuer.asked == MOST_ASKED
    keys.pause_seconds = -1
    with pytest.raises(TokenInvalid):
        keys.claims(issuer.token(ECKey.generate_key("P-256", {"kid": "another"})))
    assert issuer.asked == MOST_ASKED + 1


def test_a_key_published_no_more_is_forgotten_and_an_absent_issuer_is_not(issuer: Issuer) -> None:
    keys = IssuerKeys(lambda: fetch_keys(f"{issuer.url}/jwks"))
    before = issuer.token()
    assert keys.claims(before)["sub"] == "u1"
    issuer.key = ECKey.generate_key("P-256", {"kid": "e2"})
    assert keys.claims(before)["sub"] == "u1"
    keys.kept_seconds = -1

    def away() -> Any:
        raise UpstreamDown(name="issuer")

    asked, keys.ask = keys.ask, away
    assert keys.claims(before)["sub"] == "u1"
    keys.ask = asked
    with pytest.raises(TokenInvalid):
        keys.claims(before)
