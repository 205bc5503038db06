"""How people sign in: every rule, each in a test that fails without it."""

import threading
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlmodel import select

from kit.database import reading
from registry.access import hashes, totp
from registry.access.account_tables import Account, AccountSession, Attempt, PastPassword, RecoveryCode, SpentHandle
from tests.registry.house import House
from tests.registry.staff import OTHER, PASSWORD, at_work, code_at, days_ago, hired, journal, shift, token_of

# RFC 6238, appendix B (SHA-1), last six digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_CODES = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 20000000000: "353130"}


@pytest.mark.parametrize(("moment", "code"), RFC_CODES.items())
def test_one_time_codes_are_those_of_the_standard(moment: int, code: str) -> None:
    assert totp.code(RFC_SECRET, totp.step_at(moment)) == code == code_at(RFC_SECRET, moment)


@pytest.mark.parametrize(
    ("given", "last", "accepted"),
    [
        (100, 0, 100), (99, 0, 99), (101, 0, 101), (98, 0, None), (102, 0, None),
        (100, 100, None), (99, 100, None), (101, 100, 101),
    ],
)  # fmt: skip
def test_a_code_counts_for_half_a_minute_either_way_and_never_twice(
    given: int, last: int, accepted: int | None
) -> None:
    assert totp.accepted_step(RFC_SECRET, totp.code(RFC_SECRET, given), 100 * 30 + 29, last) == accepted


@pytest.mark.parametrize("given", ["", "28708", "2870822", "２８７０８２", "28708a"])
def test_what_is_no_code_is_no_code(given: str) -> None:
    assert totp.accepted_step(RFC_SECRET, given, 59, 0) is None


def test_from_activation_to_a_token_that_says_who_it_is(house: House) -> None:
    person = hired(house, "county-officer")
    assert person.begin().json()["code"] == "login-invalid"
    assert person.activate().status_code == 204
    first = person.begin(purpose="reveal").json()
    assert (first["next"], first["token"]) == ("enrol-second-factor", None)
    done = person.enrol(first["handle"])
    keys = KeySet.import_key_set(house.client.get("/.well-known/jwks.json").json())
    claims = jwt.decode(token_of(done), keys, algorithms=["ES256"]).claims
    assert {name: claims[name] for name in ("sub", "account", "sid", "role", "agency", "area", "purpose")} == {
        "sub": person.account_id, "account": person.account_id, "sid": done["session_id"], "role": "county-officer",
        "agency": "civil-affairs", "area": "640499000000", "purpose": "reveal",
    }  # fmt: skip
    assert claims["exp"] - claims["iat"] == 300
    assert person.call(token_of(done), "GET", "/areas").status_code == 200
    assert person.call(token_of(done), "GET", "/audit").json()["code"] == "scope-missing"
    second = person.begin().json()
    assert second["next"] == "second-factor"
    assert len(done["recovery_codes"]) == 10


def test_an_activation_secret_serves_once_and_not_for_ever(house: House) -> None:
    person, late = hired(house), hired(house, login="li.na")
    late.alter(activation_until=days_ago(0.01))
    wrong = person.post("/activation", login=person.login, activation_secret="guess", password=PASSWORD)
    answers = [wrong, person.activate(), person.activate(OTHER), late.activate()]
    assert [answer.status_code for answer in answers] == [401, 204, 401, 401]
    assert {answer.json()["code"] for answer in answers if answer.content} == {"activation-invalid"}


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("Ab1-x", {"too-short"}),
        ("alllowercase", {"few-classes"}),
        ("Wang.Fang-2024", {"contains-login"}),
        ("Pass-王芳-2024", {"contains-name"}),
        ("abc", {"too-short", "few-classes"}),
    ],
)
def test_a_password_that_breaks_the_rules_is_told_all_that_is_wrong(
    house: House, password: str, codes: set[str]
) -> None:
    answer = hired(house).activate(password)
    assert (answer.status_code, answer.json()["code"]) == (422, "password-refused")
    assert {issue["code"] for issue in answer.json()["errors"]} == codes
    assert password not in answer.text


def test_the_rules_follow_the_settings(house: House) -> None:
    house.told(password_length=20, password_classes=1)
    person = hired(house)
    assert {issue["code"] for issue in person.activate().json()["errors"]} == {"too-short"}
    assert person.activate("x" * 20).status_code == 204


def test_an_old_password_must_be_renewed_and_not_by_one_of_the_last(house: House) -> None:
    person = at_work(house, "dashboard-reader")
    person.alter(password_set_at=days_ago(89))
    assert person.begin().json()["next"] == "none"
    person.alter(password_set_at=days_ago(91))
    step = person.begin().json()
    assert (step["next"], step["token"]) == ("new-password", None)
    same = person.post("/sessions/password", handle=step["handle"], password=PASSWORD)
    assert [issue["code"] for issue in same.json()["errors"]] == ["used-before"]
    renewed = person.post("/sessions/password", handle=step["handle"], password=OTHER).json()
    assert renewed["next"] == "none"
    answer = person.call(token_of(renewed), "POST", "/password", json={"old_password": OTHER, "password": PASSWORD})
    assert [issue["code"] for issue in answer.json()["errors"]] == ["used-before"]


def test_only_so_many_old_passwords_are_remembered(house: House) -> None:
    house.told(password_history=2)
    person = at_work(house, "dashboard-reader")
    for number in range(4):
        token = token_of(person.sign_in(password=PASSWORD if number == 0 else f"{OTHER}{number}"))
        body = {"old_password": PASSWORD if number == 0 else f"{OTHER}{number}", "password": f"{OTHER}{number + 1}"}
        assert person.call(token, "POST", "/password", json=body).status_code == 204
        assert person.call(token, "GET", "/areas").json()["code"] == "token-revoked"  # all sessions ended
    body = {"old_password": f"{OTHER}4", "password": PASSWORD}
    token = token_of(person.sign_in(password=f"{OTHER}4"))
    assert person.call(token, "POST", "/password", json=body).status_code == 204
    with reading(house.database) as session:
        assert len(session.exec(select(PastPassword)).all()) == 3


def test_five_failures_lock_the_login_and_time_or_an_administrator_opens_it(house: House) -> None:
    person = at_work(house, "dashboard-reader")
    codes = [person.begin("Wrong-password-1").json()["code"] for _ in range(5)]
    locked = person.begin()
    assert codes == ["login-invalid"] * 5
    assert (locked.status_code, locked.json()["code"], locked.json()["args"]) == (403, "login-locked", {"minutes": 20})
    shift(house, Attempt, 19, "failed_at", "locked_until")
    assert person.begin().status_code == 403
    shift(house, Attempt, 2, "failed_at", "locked_until")
    assert person.begin().status_code == 201
    for _ in range(5):
        person.begin("Wrong-password-1")
    assert house.call("POST", f"/accounts/{person.account_id}/unlock", "accounts:write").status_code == 200
    assert person.begin().status_code == 201


def test_a_success_forgives_but_a_password_alone_does_not(house: House) -> None:
    person = at_work(house, "county-officer")
    person.sign_in()
    for _ in range(4):
        step = person.begin().json()
        wrong = person.post("/sessions/second-factor", handle=step["handle"], code="000000")
        assert wrong.json()["code"] == "login-invalid"
    step = person.begin().json()
    person.post("/sessions/second-factor", handle=step["handle"], code="000000")
    assert person.begin().json()["code"] == "login-locked"
    right = person.post("/sessions/second-factor", handle=step["handle"], code=person.code())
    assert right.json()["code"] == "login-locked"
    with reading(house.database) as session:
        assert session.exec(select(Attempt)).all()


def test_an_unknown_login_is_refused_locked_and_hashed_like_a_known_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, disabled, asleep = at_work(house), at_work(house, login="li.na"), hired(house, login="zhao.lei")
    disabled.alter(disabled_at=days_ago(1))
    verified: list[str] = []
    plain = hashes.matches
    monkeypatch.setattr(hashes, "matches", lambda one, secret: verified.append(secret) or plain(one, secret))
    answers = [
        [known.post("/sessions", login=login, password="Wrong-password-1") for _ in range(6)]
        for login in (known.login, disabled.login, asleep.login, "nobody.at.all", "没有这个人")
    ]
    told = [[{**answer.json(), "request_id": ""} for answer in row] for row in answers]
    assert all(row == told[0] for row in told)
    assert [one["code"] for one in told[0]] == ["login-invalid"] * 5 + ["login-locked"]
    assert len(verified) == 5 * len(answers)


def test_of_many_guesses_at_once_no_more_than_the_first_few_count(house: House) -> None:
    person = at_work(house, "dashboard-reader")
    for _ in range(4):
        person.begin("Wrong-password-1")
    seen: list[int] = []
    guesses = ["Wrong-password-2"] * 6
    threads = [threading.Thread(target=lambda one=one: seen.append(person.begin(one).status_code)) for one in guesses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [401] + [403] * 5
    assert person.begin().status_code == 403


def test_one_address_is_kept_waiting_whatever_logins_it_tries(house: House) -> None:
    house.told(address_failures=3)
    person = at_work(house, "dashboard-reader")
    for number in range(3):
        person.post("/sessions", login=f"guess{number}", password="Wrong-password-1")
    closed = person.begin()
    assert (closed.status_code, closed.json()["code"], closed.headers["Retry-After"]) == (429, "address-closed", "60")
    shift(house, Attempt, 16, "failed_at", "locked_until")
    assert person.begin().status_code == 201


def test_a_caller_cannot_choose_its_address_but_a_trusted_proxy_says_it(house: House) -> None:
    house.told(address_failures=2)
    person = at_work(house, "dashboard-reader")

    def guess(number: int, address: str) -> int:
        body = {"login": f"guess{number}", "password": "Wrong-password-1"}
        headers = {"X-Forwarded-For": address}
        return house.client.post("/registry/v1/sessions", json=body, headers=headers).status_code

    assert [guess(number, f"192.0.2.{number}") for number in range(3)] == [401, 401, 429]
    house.told(trusted_proxies="127.0.0.0/8")
    assert [guess(number, "198.51.100.7, 192.0.2.9") for number in range(3)] == [401, 401, 429]
    assert guess(4, "192.0.2.10") == 401
    assert person.begin().status_code == 429  # the proxy named nobody: the connection itself
    refused = [detail for action, _, detail in journal(house) if action == "session.refused"]
    assert {one["address"] for one in refused} == {"127.0.0.1", "192.0.2.9", "192.0.2.10"}


def test_a_code_is_taken_once_and_a_recovery_code_too(house: House) -> None:
    person = at_work(house)
    person.sign_in()
    code = person.code()
    answers = []
    for given in (code, code, person.recovery[0], person.recovery[0], person.recovery[1].upper()):
        step = person.begin().json()
        answers.append(person.post("/sessions/second-factor", handle=step["handle"], code=given).status_code)
    assert answers == [200, 401, 200, 401, 200]


def test_steps_come_in_their_turn(house: House) -> None:
    person = at_work(house)
    step = person.begin().json()
    turned = [
        person.post("/sessions/refresh", handle=step["handle"]),
        person.post("/sessions/password", handle=step["handle"], password=OTHER),
    ]
    assert [(one.status_code, one.json()["args"]) for one in turned] == [(409, {"next": "enrol-second-factor"})] * 2
    # Without an offer there is nothing a code could be of.
    assert person.post("/sessions/second-factor", handle=step["handle"], code="123456").status_code == 401
    shift(house, AccountSession, 6, "created_at")
    late = person.post("/sessions/second-factor/offer", handle=step["handle"])
    assert late.json()["code"] == "session-ended"


def test_who_needs_a_second_factor_is_configured(house: House) -> None:
    sees, counts = at_work(house, "township-worker"), at_work(house, "dashboard-reader", login="li.na")
    assert (sees.begin().json()["next"], counts.begin().json()["next"]) == ("enrol-second-factor", "none")
    house.told(second_factor_roles="dashboard-reader")
    assert (sees.begin().json()["next"], counts.begin().json()["next"]) == ("none", "enrol-second-factor")
    house.told(second_factor_roles="all")
    assert {one.begin().json()["next"] for one in (sees, counts)} == {"enrol-second-factor"}


def test_a_refresh_gives_a_new_handle_and_a_spent_one_ends_the_session(house: House) -> None:
    person = at_work(house)
    first = person.sign_in()
    second = person.post("/sessions/refresh", handle=first["handle"], purpose="reveal").json()
    assert second["handle"] != first["handle"]
    assert second["session_id"] == first["session_id"]
    assert person.call(token_of(second), "GET", "/areas").status_code == 200
    refused = person.post("/sessions/refresh", handle=second["handle"], purpose="curiosity")
    assert refused.json()["code"] == "purpose-refused"
    stolen = person.post("/sessions/refresh", handle=first["handle"])
    after = person.post("/sessions/refresh", handle=second["handle"])
    assert [answer.json()["code"] for answer in (stolen, after)] == ["session-ended"] * 2
    assert person.call(token_of(second), "GET", "/areas").json()["code"] == "token-revoked"
    assert ("session.end", "handle-reused") in [(action, detail.get("why")) for action, _, detail in journal(house)]


@pytest.mark.parametrize(
    ("minutes", "column", "why"), [(31, "seen_at", "idle"), (12 * 60 + 1, "created_at", "too-long")]
)
def test_a_session_ends_by_time(house: House, minutes: int, column: str, why: str) -> None:
    person = at_work(house)
    step = person.sign_in()
    shift(house, AccountSession, minutes - 2, column)
    step = person.post("/sessions/refresh", handle=step["handle"]).json()
    shift(house, AccountSession, 3 if column == "created_at" else minutes, column)
    assert person.call(token_of(step), "GET", "/areas").json()["code"] == "token-revoked"
    assert person.post("/sessions/refresh", handle=step["handle"]).json()["code"] == "session-ended"
    assert [detail["why"] for action, _, detail in journal(house) if action == "session.end"] == [why]


def test_log_out_ends_token_and_handle(house: House) -> None:
    person = at_work(house)
    step, other = person.sign_in(), person.sign_in()
    assert person.call(token_of(step), "DELETE", "/sessions/current").status_code == 204
    assert person.call(token_of(step), "GET", "/areas").json()["code"] == "token-revoked"
    assert person.post("/sessions/refresh", handle=step["handle"]).json()["code"] == "session-ended"
    assert person.call(token_of(other), "GET", "/areas").status_code == 200
    assert house.call("DELETE", "/sessions/current", "registry:read").json()["code"] == "people-only"


def test_one_session_more_than_allowed_ends_the_oldest(house: House) -> None:
    person = at_work(house)
    steps = [person.sign_in() for _ in range(4)]
    answers = [person.call(token_of(step), "GET", "/areas").status_code for step in steps]
    assert answers == [401, 200, 200, 200]


def test_one_person_in_many_windows_at_once_is_answered_every_time(house: House) -> None:
    """Sign-ins that displace each other, refreshes and log-outs of one account: they wait, none breaks."""
    house.told(sessions_at_once=1)
    person = at_work(house, "dashboard-reader")
    seen: list[int] = []

    def window() -> None:
        for _ in range(4):
            step = person.begin().json()
            seen.append(person.post("/sessions/refresh", handle=step["handle"]).status_code)
            seen.append(person.post("/sessions/refresh", handle=step["handle"]).status_code)
            seen.append(person.call(token_of(step), "DELETE", "/sessions/current").status_code)

    threads = [threading.Thread(target=window) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 48
    assert set(seen) <= {200, 204, 401}


def test_failures_are_in_the_journal_and_nothing_secret_is_anywhere(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    person = at_work(house)
    step = person.sign_in()
    person.begin("Wrong-password-1")
    person.post("/sessions", login="Typed-Password-9", password="Wrong-password-1")
    person.post("/sessions/second-factor", handle="x" * 43, code="123456")
    entries = journal(house)
    refused = [
        (subject, detail["step"], detail["locked"]) for action, subject, detail in entries if "refused" in action
    ]
    assert refused == [(person.account_id, "password", []), (None, "password", [])]
    assert {"account.activated", "account.second-factor", "session.open"} <= {action for action, _, _ in entries}
    secrets = [PASSWORD, "Wrong-password-1", "Typed-Password-9", "typed-password-9", person.activation, person.secret,
               person.recovery[0], step["handle"], token_of(step), "王芳"]  # fmt: skip
    told = capsys.readouterr()
    everywhere = told.out + told.err + repr(entries) + dump(house, name="王芳")
    assert [one for one in secrets if one in everywhere] == []


def dump(house: House, name: str) -> str:
    """Every column of every table of the door, but for the name, which lists show."""
    rows: list[Any] = []
    with reading(house.database) as session:
        for table in (Account, AccountSession, Attempt, PastPassword, RecoveryCode, SpentHandle):
            rows += [row.model_dump() for row in session.exec(select(table)).all()]
    assert len(rows) > 10
    return repr([{key: value for key, value in row.items() if value != name} for row in rows])


def test_what_is_wrong_with_a_body_is_told_without_its_values(house: House) -> None:
    answer = hired(house).post("/sessions", login="wang.fang", password="x" * 300, extra="Hidden-thing-1")
    assert answer.status_code == 422
    assert "xxx" not in answer.text
    assert "Hidden" not in answer.text


def test_time_is_the_clock_s(house: House) -> None:
    """A code of three steps ahead is no code yet."""
    person = at_work(house)
    person.sign_in()
    step = person.begin().json()
    ahead = code_at(person.secret, time.time() + 90)
    assert person.post("/sessions/second-factor", handle=step["handle"], code=ahead).status_code == 401
