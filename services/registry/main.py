"""`python -m registry.main serve|migrate|keys|audit|retention|rotate-signing-key|client create|account create`: the
registry as a process of its own.

The first client and the first account are made here, straight in the database: before them nobody can call for one
over HTTP. No account has a password before its person sets it with the one-time activation secret. What only one word
needs is imported by it: the short ones do without the doors.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Any

from pydantic import ValidationError

from kit import garbage
from kit.auth import Caller
from kit.checkpoints import Notary, vouching
from kit.crypto import KeyProblem, KeyRing
from kit.database import Database, transaction
from kit.logs import configure
from kit.metrics import telling
from kit.office import Broken, Office, add_migrate, add_retention, add_words, do, make_keys
from kit.problems import Problem
from kit.retention import in_words, keeping
from kit.scope import NATION
from kit.settings import SettingsWrong
from kit.traces import exporting
from registry.access import accounts
from registry.access.account_schemas import AccountIn
from registry.access.accounts import Appointment
from registry.access.keys import rotate
from registry.access.roles import ROLES
from registry.access.store import SCOPES, Grant, create_client
from registry.areas.schemas import AreaTableOut
from registry.audit.store import note
from registry.audit.tables import CHAIN
from registry.settings import RegistrySettings

MIGRATIONS = "registry:migrations"
WORDS = "serve|migrate|keys|audit|retention|rotate-signing-key|client|account"
DEFAULT_PURPOSES = ("dynamic-monitoring",)
# Who stands in the journal for what is done on the server itself.
OPERATOR = Caller("operator", "operator", NATION, frozenset(), "operation")


def migrate(database: Database, to: str | None = None) -> None:
    """Bring the registry's tables to the newest version, or to that of a published release. Raises NoSuchRelease."""
    from kit.migrations import go, release, upgrade

    if to is None:
        upgrade(database, MIGRATIONS)
    else:
        go(database, MIGRATIONS, release(to).tables["registry"])


def serve(settings: RegistrySettings) -> None:
    """Answer at `listen` until stopped."""
    import uvicorn

    from registry.app import create_app
    from registry.oversight.figures import counted
    from registry.oversight.retention import Keeper, keep_time
    from registry.subscriptions.relay import waking

    host, port = settings.place
    # An ephemeral ring would seal what nobody could open after a restart: serving makes its keys once, and keeps them.
    if not settings.production:
        make_keys(settings)
    ring = KeyRing.load(settings.keys_file)
    ring.proof_key()  # a ring of an earlier version has none: say so now, not when the first checkpoint is due
    database = Database.open(settings.database_url)
    app = create_app(settings, database, ring)
    garbage.started()
    keeper = Keeper(database, ring, settings)
    with (
        vouching(Notary.of(settings, database, ring, CHAIN)),
        keeping(partial(keep_time, keeper)),
        waking(database, ring, settings),
        telling(settings.metrics_place, counted(database, settings)),
        exporting(settings, "registry"),
    ):
        uvicorn.run(app, host=host, port=port, log_config=None, proxy_headers=False)


def add_client(settings: RegistrySettings, grant: Grant) -> tuple[str, str]:
    """A client: (client_id, secret), recorded in the journal. Raises ValueError for an unknown scope or area."""
    ring = KeyRing.load(settings.keys_file)
    database = Database.open(settings.database_url)
    try:
        with transaction(database) as session:
            client_id, secret = create_client(session, grant)
            note(session, ring, OPERATOR, "client.create", client_id, scopes=sorted(set(grant.scopes)))
    finally:
        database.dispose()
    return client_id, secret


def add_account(settings: RegistrySettings, wanted: Appointment) -> str:
    """An account, recorded in the journal; its one-time activation secret. Raises ValueError where it cannot be."""
    ring = KeyRing.load(settings.keys_file)
    database = Database.open(settings.database_url)
    try:
        AccountIn.model_validate(asdict(wanted))
        with transaction(database) as session:
            account, secret = accounts.create(session, wanted, settings.activation_hours)
            note(session, ring, OPERATOR, "account.create", account.account_id, roles=account.roles)
    except ValidationError as wrong:
        raise ValueError(
            ", ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in wrong.errors())
        ) from None
    except Problem as refused:
        raise ValueError(str(refused.body("", "en")["detail"])) from None
    finally:
        database.dispose()
    return secret


def take_area_table(settings: RegistrySettings, content: bytes, as_of: date, *, dry_run: bool) -> AreaTableOut:
    """A code table of divisions straight into the database, in the journal. Raises AreaFileInvalid."""
    from registry.areas.table_take import take_table

    database = Database.open(settings.database_url)
    try:
        ring = KeyRing.load(settings.keys_file)
        with transaction(database) as session:
            return take_table(session, ring, OPERATOR, content, as_of, dry_run=dry_run)
    finally:
        database.dispose()


def rotate_signing_key(settings: RegistrySettings) -> str:
    """Sign with the next key from now on, recorded in the journal; its kid."""
    ring = KeyRing.load(settings.keys_file)
    database = Database.open(settings.database_url)
    try:
        with transaction(database) as session:
            kid = rotate(session, ring)
            note(session, ring, OPERATOR, "keys.rotate", kid)
    finally:
        database.dispose()
    return kid


def delete_by_time(settings: RegistrySettings, *, dry: bool) -> list[str]:
    """One pass now, whether or not the day's is done; what to tell the operator."""
    from registry.oversight.retention import Keeper, run

    database = Database.open(settings.database_url)
    try:
        keeper = Keeper(database, KeyRing.load(settings.keys_file), settings, dry)
        return in_words("registry", run(keeper), dry=dry)
    finally:
        database.dispose()


def main(words: Sequence[str] | None = None) -> None:
    """Do what the word says (serve without one), told by the environment."""
    chosen = _parser().parse_args(words)
    try:
        settings = RegistrySettings.read()
        configure(settings.log_level)
        _do(settings, chosen)
    except (Broken, KeyProblem, SettingsWrong) as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - the operator's terminal, before any log reader
        sys.exit(2)


def _do(settings: RegistrySettings, chosen: argparse.Namespace) -> None:
    if chosen.action == "migrate":
        _migrate(settings, chosen.to)
    elif chosen.action == "keys" and chosen.verb == "make":
        make_keys(settings)
    elif chosen.action in {"keys", "audit"}:
        from registry.sealed_cells import CELLS

        with closing(Office.open(settings, CHAIN, CELLS)) as office:
            print("\n".join(do(office, chosen)))  # noqa: T201 - to the operator
    elif chosen.action == "client":
        purposes = chosen.purpose or DEFAULT_PURPOSES
        grant = Grant(chosen.name, chosen.agency, chosen.area, chosen.scope, purposes)
        try:
            client_id, secret = add_client(settings, grant)
        except ValueError as wrong:
            raise SettingsWrong(str(wrong)) from None
        print(f"client_id {client_id}\nsecret    {secret}")  # noqa: T201 - shown this once, to the operator
    elif chosen.action == "rotate-signing-key":
        print(f"kid {rotate_signing_key(settings)}")  # noqa: T201 - an answer to the operator
    elif chosen.action == "retention":
        print("\n".join(delete_by_time(settings, dry=chosen.dry_run)))  # noqa: T201 - to the operator
    elif chosen.action == "account":
        _make_account(settings, chosen)
    else:
        serve(settings)


def _migrate(settings: RegistrySettings, to: str | None) -> None:
    database = Database.open(settings.database_url)
    try:
        migrate(database, to)
    except ValueError as wrong:
        raise SettingsWrong(str(wrong)) from None
    finally:
        database.dispose()


def _make_account(settings: RegistrySettings, chosen: argparse.Namespace) -> None:
    wanted = Appointment(chosen.login, chosen.name, chosen.staff_number, chosen.agency, chosen.area, chosen.role)
    try:
        secret = add_account(settings, wanted)
    except ValueError as wrong:
        raise SettingsWrong(str(wrong)) from None
    print(f"login             {wanted.login}\nactivation_secret {secret}")  # noqa: T201 - shown this once, to the operator


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="registry.main", description=__doc__)
    actions = parser.add_subparsers(dest="action", metavar=WORDS)
    actions.add_parser("serve", help="answer until stopped (the default)")
    add_migrate(actions, "bring the tables to the newest version")
    actions.add_parser("rotate-signing-key", help="sign tokens with the next key from now on")
    add_words(actions)
    add_retention(actions)
    client = actions.add_parser("client", help="clients of the API").add_subparsers(dest="verb", required=True)
    create = client.add_parser("create", help="make a client; its secret is shown once")
    create.add_argument("--name", required=True, help="what it is called in lists")
    create.add_argument("--agency", required=True, help="civil-affairs, health, township …")
    create.add_argument("--area", required=True, help="12-digit area code; the client sees its subtree")
    create.add_argument("--scope", required=True, action="append", help=", ".join(sorted(SCOPES)))
    create.add_argument("--purpose", action="append", help="what it may name when asking for a token")
    _add_account_words(actions)
    return parser


def _add_account_words(actions: Any) -> None:
    account = actions.add_parser("account", help="people who sign in").add_subparsers(dest="verb", required=True)
    create = account.add_parser("create", help="make an account; its activation secret is shown once")
    create.add_argument("--login", required=True, help="what the person signs in with")
    create.add_argument("--name", required=True, help="the person's name")
    create.add_argument("--staff-number", required=True, help="one number, one account")
    create.add_argument("--agency", required=True, help="civil-affairs, township …")
    create.add_argument("--area", required=True, help="12-digit area code; the person sees its subtree")
    create.add_argument("--role", required=True, action="append", help=", ".join(ROLES))


if __name__ == "__main__":
    main()
