"""`python -m matcher.main serve|migrate|keys|audit|retention`: the matcher's web process, tables, keys, journal.

What only one word needs is imported by it: the operator's short words do without the doors and the linkage.
"""

import argparse
import sys
from contextlib import closing

from kit import garbage
from kit.checkpoints import Notary, vouching
from kit.crypto import KeyProblem, KeyRing
from kit.database import Database
from kit.logs import configure
from kit.metrics import telling
from kit.office import Broken, Office, add_retention, add_words, do, make_keys
from kit.retention import in_words
from kit.settings import SettingsWrong
from kit.traces import exporting
from matcher.audit.tables import CHAIN
from matcher.flows.shipped_model import install_default
from matcher.settings import MatcherSettings

MIGRATIONS = "matcher:migrations"


def migrate(settings: MatcherSettings) -> None:
    """Bring the tables to the newest version and install the shipped model."""
    from kit.migrations import upgrade

    database = Database.open(settings.database_url)
    upgrade(database, MIGRATIONS)
    install_default(database)
    database.dispose()


def serve(settings: MatcherSettings) -> None:
    """Answer at `listen` until stopped."""
    import uvicorn

    from matcher.app import create_app
    from matcher.flows.count_figures import counted

    host, port = settings.place
    if not settings.production:
        make_keys(settings)
    ring = KeyRing.load(settings.keys_file)
    ring.proof_key()  # a ring of an earlier version has none: say so now, not when the first checkpoint is due
    app = create_app(settings, ring)
    garbage.started()
    notary = Notary.of(settings, Database.open(settings.database_url), ring, CHAIN)
    figures = telling(settings.metrics_place, counted(app.state.desk))
    with app.state.warm.kept(), vouching(notary), figures, exporting(settings, "matcher"):
        uvicorn.run(app, host=host, port=port, log_config=None, proxy_headers=False)


def _do(settings: MatcherSettings, chosen: argparse.Namespace) -> None:
    if chosen.action == "migrate":
        migrate(settings)
    elif chosen.action == "serve":
        serve(settings)
    elif chosen.action == "retention":
        print("\n".join(delete_by_time(settings, dry=chosen.dry_run)))  # noqa: T201 - to the operator
    elif chosen.action == "keys" and chosen.verb == "make":
        make_keys(settings)
    else:
        with closing(open_office(settings)) as office:
            print("\n".join(do(office, chosen)))  # noqa: T201 - to the operator


def delete_by_time(settings: MatcherSettings, *, dry: bool) -> list[str]:
    """One pass now, whether or not the day's is done; what to tell the operator. Broken: a worker is at it."""
    from matcher.flows.forget import Busy, run
    from matcher.flows.open_desk import open_desk

    desk = open_desk(settings, KeyRing.load(settings.keys_file))
    try:
        return in_words("matcher", run(desk, dry=dry), dry=dry)
    except Busy:
        raise Broken("matcher: 后台进程正在处理数据，请稍后再试 · a worker is at the records: try again") from None
    finally:
        desk.close()


def open_office(settings: MatcherSettings) -> Office:
    """The matcher's keys and journal, its files with them."""
    from matcher.sealed import Vault
    from matcher.sealed_cells import CELLS

    return Office.open(settings, CHAIN, CELLS, Vault(settings.data_dir, KeyRing.load(settings.keys_file)))


def main(arguments: list[str] | None = None) -> int:
    """The command line of the service."""
    parser = argparse.ArgumentParser(prog="matcher.main", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True, metavar="serve|migrate|keys|audit|retention")
    actions.add_parser("serve", help="answer until stopped")
    actions.add_parser("migrate", help="bring the tables to the newest version and install the shipped model")
    add_words(actions)
    add_retention(actions)
    chosen = parser.parse_args(arguments)
    try:
        settings = MatcherSettings.read()
        configure(settings.log_level)
        _do(settings, chosen)
    except (Broken, KeyProblem, SettingsWrong) as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - the operator's terminal, before any log reader
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
