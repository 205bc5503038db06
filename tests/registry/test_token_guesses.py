"""Secrets are tried in vain only so often, by address; nobody locks a program out from elsewhere."""

from datetime import timedelta

import httpx
import pytest
from sqlmodel import col, select, update

from kit.columns import now
from kit.database import reading, transaction
from registry.access import api
from registry.access.account_tables import Attempt
from registry.access.attempts import TOKEN_PATIENCE
from registry.audit.tables import JournalEntry
from tests.registry.house import House


@pytest.fixture
def door(house: House) -> House:
    """Two failures close a client for an address after eight tries, ten close the address."""
    house.told(lock_failures=2, address_failures=10, trusted_proxies="0.0.0.0/0,::/0")
    return house


def ask(house: House, client_id: str, secret: str, address: str = "192.0.2.7") -> httpx.Response:
    form = {
        "grant_type": "client_credentials", "client_id": client_id, "client_secret": secret,
        "purpose": "dynamic-monitoring",
    }  # fmt: skip
    return house.client.post("/registry/v1/token", data=form, headers={"X-Forwarded-For": address})


def test_a_program_with_a_wrong_secret_is_kept_waiting_at_its_own_address_alone(door: House) -> None:
    client, secret = door.grant(["cases:read"])
    other, other_secret = door.grant(["cases:read"])
    tries = [ask(door, client, "wrong").status_code for _ in range(2 * TOKEN_PATIENCE + 1)]
    assert tries == [401] * (2 * TOKEN_PATIENCE) + [429]
    refused = ask(door, client, secret)
    assert (refused.status_code, refused.json()["code"]) == (429, "address-closed")
    assert int(refused.headers["Retry-After"]) > 0
    assert ask(door, client, secret, "198.51.100.9").status_code == 200  # the program itself, at its own place
    assert ask(door, other, other_secret).status_code == 200  # another at the same address


def test_whoever_tries_many_names_closes_their_address_and_nobody_elses(door: House) -> None:
    client, secret = door.grant(["cases:read"])
    assert [ask(door, f"guess-{n}", "wrong").status_code for n in range(11)] == [401] * 10 + [429]
    assert ask(door, client, secret).status_code == 429
    assert ask(door, client, secret, "198.51.100.9").status_code == 200


def test_a_closed_door_costs_no_hash(door: House, monkeypatch: pytest.MonkeyPatch) -> None:
    client, _ = door.grant(["cases:read"])
    while ask(door, client, "wrong").status_code != 429:
        pass
    hashed: list[str] = []
    monkeypatch.setattr(api.store, "authenticate", lambda *_: hashed.append("x"))
    assert ask(door, client, "wrong").status_code == 429
    assert hashed == []


def test_time_opens_the_door_again_and_a_success_forgets_the_failures(door: House) -> None:
    client, secret = door.grant(["cases:read"])
    while ask(door, client, "wrong").status_code != 429:
        pass
    with transaction(door.database) as session:
        session.execute(update(Attempt).values(locked_until=now() - timedelta(seconds=1)))
    assert ask(door, client, secret).status_code == 200
    for _ in range(3):  # a mistake now and then never adds up to a lock
        assert [ask(door, client, "wrong").status_code for _ in range(2)] == [401, 401]
        assert ask(door, client, secret).status_code == 200
    with reading(door.database) as session:
        assert not [row for row in session.exec(select(Attempt)) if row.key.startswith("token:")]


def test_neither_the_id_nor_the_secret_that_was_tried_is_kept(door: House) -> None:
    ask(door, "a-secret-in-the-wrong-place", "another-secret")
    with reading(door.database) as session:
        kept = str([row.model_dump() for row in session.exec(select(Attempt))])
        told = select(JournalEntry).where(col(JournalEntry.action) == "token.refused")
        kept += str([row.model_dump() for row in session.exec(told)])
    assert "secret" not in kept
    assert "192.0.2.7" in kept


def test_people_at_the_same_address_sign_in_all_the_same(door: House) -> None:
    for n in range(11):
        ask(door, f"guess-{n}", "wrong")
    body = {"login": "nobody", "password": "x"}
    answer = door.client.post("/registry/v1/sessions", json=body, headers={"X-Forwarded-For": "192.0.2.7"})
    assert answer.json()["code"] == "login-invalid"
