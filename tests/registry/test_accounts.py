"""Accounts are kept by the security administrator, and nobody is two administrators."""

import base64
import json
from pathlib import Path

import pytest

from kit.crypto import KeyRing
from kit.database import Database
from kit.keys_file import create
from kit.settings import SettingsWrong
from registry.access import roles
from registry.access.store import SCOPES
from registry.app import create_app
from registry.main import main, migrate
from registry.settings import RegistrySettings
from tests.asgi import client_of
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, House
from tests.registry.staff import Person, at_work, hired, journal, token_of

BODY = {
    "login": "ma.lan", "name": "马兰", "staff_number": "0017", "agency": "township", "area": TOWN,
    "roles": ["township-worker"],
}  # fmt: skip
ADMINISTRATORS = ("system-administrator", "security-administrator", "auditor")


def keeper(house: House) -> tuple[Person, str]:
    """A security administrator who signed in."""
    person = at_work(house, "security-administrator", login="an.quan")
    return person, token_of(person.sign_in())


def test_an_account_is_made_by_a_security_administrator_and_used_by_its_person(house: House) -> None:
    security, token = keeper(house)
    made = security.call(token, "POST", "/accounts", json=BODY)
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    person = Person(house, made.json()["account_id"], "ma.lan", made.json()["activation_secret"])
    assert person.activate().status_code == 204
    assert person.call(token_of(person.sign_in()), "GET", "/cases").status_code == 200
    seen = security.call(token, "GET", f"/accounts/{person.account_id}")
    assert (seen.headers["ETag"].split(":")[0], seen.json()["second_factor"]) == ('"1', True)
    assert not {"activation_secret", "password_hash", "totp_sealed", "activation_hash"} & set(seen.json())
    assert ("account.create", person.account_id) in [(action, subject) for action, subject, _ in journal(house)]


def test_one_person_one_account(house: House) -> None:
    security, token = keeper(house)
    assert security.call(token, "POST", "/accounts", json=BODY).status_code == 201
    for change in ({"staff_number": "0018", "login": "MA.LAN"}, {"login": "ma.lan2", "roles": ["auditor"]}):
        answer = security.call(token, "POST", "/accounts", json=BODY | change)
        assert (answer.status_code, answer.json()["code"]) == (409, "login-taken")


@pytest.mark.parametrize("other", sorted(set(roles.ROLES)))
@pytest.mark.parametrize("administrator", ADMINISTRATORS)
def test_an_administrator_holds_no_other_role(administrator: str, other: str) -> None:
    assert bool(roles.clash([administrator, other])) is (administrator != other)


def test_roles_that_clash_and_roles_nobody_knows_are_refused_when_made_and_when_changed(house: House) -> None:
    security, token = keeper(house)
    made = security.call(token, "POST", "/accounts", json=BODY).json()
    cases = [(["auditor", "security-administrator"], "roles-clash"), (["king"], "role-unknown")]
    for wanted, code in cases:
        new = security.call(token, "POST", "/accounts", json=BODY | {"login": "x.y.z", "roles": wanted})
        changed = security.call(
            token, "PATCH", f"/accounts/{made['account_id']}", json={"roles": wanted}, headers={"If-Match": '"1"'}
        )
        assert [one.json()["code"] for one in (new, changed)] == [code, code]


def test_a_change_needs_the_version_ends_the_sessions_and_is_journalled(house: House) -> None:
    security, token = keeper(house)
    person = at_work(house, "township-worker", area=TOWN)
    path, step = f"/accounts/{person.account_id}", person.sign_in()
    assert security.call(token, "PATCH", path, json={"name": "王小芳"}).status_code == 428
    stale = security.call(token, "PATCH", path, json={"name": "王小芳"}, headers={"If-Match": '"7"'})
    renamed = security.call(token, "PATCH", path, json={"name": "王小芳"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, renamed.status_code, renamed.headers["ETag"]) == (412, 200, '"2"')
    assert person.call(token_of(step), "GET", "/cases").status_code == 200
    moved = security.call(token, "PATCH", path, json={"roles": ["dashboard-reader"]}, headers={"If-Match": '"2"'})
    assert moved.json()["roles"] == ["dashboard-reader"]
    assert person.call(token_of(step), "GET", "/cases").json()["code"] == "token-revoked"
    entries = journal(house)
    assert [detail["fields"] for action, _, detail in entries if action == "account.change"] == [["name"], ["roles"]]
    assert "王小芳" not in repr(entries)


def test_a_disabled_account_is_out_at_once_and_comes_back_by_a_new_activation(house: House) -> None:
    security, token = keeper(house)
    person = at_work(house, "township-worker", area=TOWN)
    step = person.sign_in()
    assert security.call(token, "DELETE", f"/accounts/{person.account_id}").json()["disabled_at"]
    assert person.call(token_of(step), "GET", "/cases").json()["code"] == "token-revoked"
    assert person.post("/sessions/refresh", handle=step["handle"]).json()["code"] == "session-ended"
    assert person.begin().json()["code"] == "login-invalid"
    again = security.call(token, "POST", f"/accounts/{person.account_id}/activation").json()
    assert person.begin().json()["code"] == "login-invalid"  # the password of before is gone
    person.activation = again["activation_secret"]
    assert [issue["code"] for issue in person.activate().json()["errors"]] == ["used-before"]
    assert person.activate("Wind-in-trees-9").status_code == 204
    assert person.begin("Wind-in-trees-9").json()["next"] == "enrol-second-factor"


def test_nobody_changes_their_own_account(house: House) -> None:
    security, token = keeper(house)
    path = f"/accounts/{security.account_id}"
    answers = [
        security.call(token, "PATCH", path, json={"roles": ["county-officer"]}, headers={"If-Match": '"1"'}),
        security.call(token, "DELETE", path),
        security.call(token, "POST", f"{path}/activation"),
        security.call(token, "POST", f"{path}/unlock"),
    ]
    assert [one.json()["code"] for one in answers] == ["own-account"] * 4


def test_accounts_are_kept_within_the_administrators_area(house: House) -> None:
    security, token = keeper(house)
    stranger = hired(house, "dashboard-reader", area=OTHER_COUNTY)
    own = security.call(token, "POST", "/accounts", json=BODY).json()
    outside = security.call(token, "POST", "/accounts", json=BODY | {"login": "q.q.q", "area": OTHER_COUNTY})
    moved = security.call(
        token, "PATCH", f"/accounts/{own['account_id']}", json={"area": OTHER_COUNTY}, headers={"If-Match": '"1"'}
    )
    assert [one.json()["code"] for one in (outside, moved)] == ["area-outside"] * 2
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/activation"), ("POST", "/unlock")):
        answer = security.call(token, method, f"/accounts/{stranger.account_id}{path}")
        assert answer.json()["code"] == "not-found"
    listed = security.call(token, "GET", "/accounts", params={"limit": 1}).json()
    rest = security.call(token, "GET", "/accounts", params={"cursor": listed["cursor"]}).json()
    logins = [one["login"] for one in listed["accounts"] + rest["accounts"]]
    assert sorted(logins) == ["an.quan", "ma.lan"]


def test_accounts_are_nobody_elses_business(house: House) -> None:
    powers = (
        roles.GIVES_RIGHTS - {"accounts:write"},
        roles.READS_JOURNAL,
        SCOPES - roles.GIVES_RIGHTS - roles.READS_JOURNAL,
    )
    for scopes in powers:
        for method, path in (("GET", "/accounts"), ("POST", "/accounts"), ("GET", "/roles")):
            assert house.call(method, path, *sorted(scopes), json=BODY).json()["code"] == "scope-missing"


# What each administrator must never be able to do: whatever gives rights, reads the journal or shows people.
FORBIDDEN = {
    "system-administrator": roles.GIVES_RIGHTS | roles.READS_JOURNAL | roles.PERSONAL,
    "security-administrator": SCOPES - roles.GIVES_RIGHTS,
    "auditor": SCOPES - roles.READS_JOURNAL,
}


@pytest.mark.parametrize("name", ADMINISTRATORS)
def test_the_three_administrators_are_apart(name: str) -> None:
    assert roles.ROLES[name].administers
    assert not roles.ROLES[name].scopes & FORBIDDEN[name]
    others = [role.scopes for other, role in roles.ROLES.items() if other != name]
    if name != "system-administrator":
        assert not any(roles.ROLES[name].scopes & scopes for scopes in others)


def test_every_scope_of_a_role_is_one_and_every_scope_is_in_a_role_or_a_program_s() -> None:
    given = roles.scopes_of(roles.ROLES)
    assert given <= SCOPES
    # the matcher's own client; programs that are woken
    assert SCOPES - given == {"registry:follow", "cases:lead", "subscriptions:write"}
    assert SCOPES >= roles.PERSONAL
    harmless = {
        "areas:write",
        "feeds:read",
        "screens:read",
        "models:read",
        "models:change",
        "leads:pace",
        "statistics:read",
        "standards:write",
    }
    assert (
        harmless | {"batches:decide", "feeds:write", "subscriptions:write"}
        == SCOPES - roles.PERSONAL - roles.GIVES_RIGHTS - roles.READS_JOURNAL
    )


def test_a_role_that_is_known_no_more_gives_nothing() -> None:
    assert roles.scopes_of(["king"]) == frozenset()
    assert roles.purposes_of(["king", "auditor"]) == ["audit"]


def test_the_administrators_calls_are_refused_where_they_have_no_business(house: House) -> None:
    calls = {"accounts": "/accounts", "journal": "/audit", "people": "/cases", "clients": "/clients"}
    allowed = {"system-administrator": set(), "security-administrator": {"accounts", "clients"}, "auditor": {"journal"}}
    for number, name in enumerate(ADMINISTRATORS):
        person = at_work(house, name, login=f"admin{number}")
        token = token_of(person.sign_in())
        found = {word for word, path in calls.items() if person.call(token, "GET", path).status_code == 200}
        assert found == allowed[name]


def test_a_second_factor_of_roles_nobody_knows_stops_the_service(tmp_path: Path) -> None:
    told = RegistrySettings(
        database_url=f"sqlite:///{tmp_path}/x.db", keys_file=tmp_path / "k.json", second_factor_roles="king"
    )
    with pytest.raises(SettingsWrong, match="king"):
        create_app(told)


def test_the_first_account_is_made_on_the_server_and_its_secret_shown_once(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOUDI_REGISTRY_DATABASE_URL", database_url)
    monkeypatch.setenv("DOUDI_REGISTRY_KEYS_FILE", str(tmp_path / "keys.json"))
    create(tmp_path / "keys.json", "international")
    ring, database = KeyRing.load(tmp_path / "keys.json"), Database.open(database_url)
    migrate(database)
    words = ["account", "create", "--login", "an.quan", "--name", "安全", "--staff-number", "1", "--agency",
             "civil-affairs", "--area", COUNTY]  # fmt: skip
    main([*words, "--role", "security-administrator"])
    printed = dict(line.split() for line in capsys.readouterr().out.splitlines())
    for wrong in (["--role", "king"], ["--role", "auditor", "--role", "reviewer"], ["--role", "auditor"]):
        with pytest.raises(SystemExit):
            main([*words, *wrong])
        assert printed["activation_secret"] not in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*words[:-1], "nowhere", "--role", "auditor"])
    assert "area" in capsys.readouterr().err
    settings = RegistrySettings(database_url=database_url, keys_file=tmp_path / "keys.json")
    with client_of(create_app(settings, database, ring)) as client:
        body = {"login": printed["login"], "activation_secret": printed["activation_secret"]}
        answer = client.post("/registry/v1/activation", json=body | {"password": "Rain-over-hills-7"})
        assert answer.status_code == 204, json.dumps(answer.json())
    database.dispose()


def test_the_matcher_is_told_what_ended_while_its_tokens_may_live(house: House) -> None:
    person = at_work(house, "township-worker", area=TOWN)
    step, unfinished = person.sign_in(), person.begin().json()
    assert house.call("GET", "/revocations", "registry:follow").json() == {"ended": []}
    person.call(token_of(step), "DELETE", "/sessions/current")
    client_id, _ = house.grant(["registry:read"])
    house.call("DELETE", f"/clients/{client_id}", "clients:write")
    ended = house.call("GET", "/revocations", "registry:follow").json()["ended"]
    assert ended == sorted([step["session_id"], client_id])
    assert unfinished["session_id"] not in ended
    assert house.call("GET", "/revocations", "registry:read").json()["code"] == "scope-missing"


def test_a_disabled_client_is_out_at_once(house: House) -> None:
    token = house.token("cases:read")
    headers = {"Authorization": f"Bearer {token}"}
    claims = token.split(".")[1]
    client_id = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"]
    assert house.client.get("/registry/v1/cases", headers=headers).status_code == 200
    house.call("DELETE", f"/clients/{client_id}", "clients:write")
    assert house.client.get("/registry/v1/cases", headers=headers).json()["code"] == "token-revoked"
