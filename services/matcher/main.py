"""`python -m matcher.main serve|migrate|keys|audit|retention`: the matcher's web process, tables, keys, journal.

What only one word needs is imported by it: the operator's short words do without the doors and the linkage.
"""

import argparse
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from kit import garbage
from kit.checkpoints import Notary, vouching
from kit.columns import new_id
from kit.crypto import KeyProblem, KeyRing
from kit.database import Database, transaction
from kit.journal import Entry, append
from kit.logs import configure
from kit.metrics import telling
from kit.office import Broken, Office, add_migrate, add_retention, add_words, do, make_keys
from kit.retention import in_words
from kit.settings import SettingsWrong
from kit.traces import exporting
from matcher.audit.tables import CHAIN
from matcher.flows.shipped_model import install_default
from matcher.settings import MatcherSettings

if TYPE_CHECKING:
    from kit.usage import Period

MIGRATIONS = "matcher:migrations"


def migrate(settings: MatcherSettings, to: str | None = None) -> None:
    """Bring the tables to the newest version and install the shipped model; or to the version of a published release.
    Raises NoSuchRelease."""
    from kit.migrations import go, release, upgrade

    database = Database.open(settings.database_url)
    try:
        if to is None:
            upgrade(database, MIGRATIONS)
            install_default(database)
        else:
            go(database, MIGRATIONS, release(to).tables["matcher"])
    finally:
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
        _migrate(settings, chosen.to)
    elif chosen.action == "serve":
        serve(settings)
    elif chosen.action == "retention":
        print("\n".join(delete_by_time(settings, dry=chosen.dry_run)))  # noqa: T201 - to the operator
    elif chosen.action == "keys" and chosen.verb == "make":
        make_keys(settings)
    else:
        with closing(open_office(settings)) as office:
            print("\n".join(do(office, chosen)))  # noqa: T201 - to the operator


def _migrate(settings: MatcherSettings, to: str | None) -> None:
    try:
        migrate(settings, to)
    except ValueError as wrong:
        raise SettingsWrong(str(wrong)) from None


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


def export_pairs(settings: MatcherSettings, out: Path, batch_id: str | None, asked: "Period | None") -> tuple[int, int]:
    """Write the pairs of deliveries for an audit, keys instead of identities, and their dictionary beside it: how many
    deliveries and bytes. Whoever stands at the server is in the journal as the operator."""
    from sqlalchemy import true

    from matcher.flows.export_pairs import Pairs, as_parquet, deliveries, dictionary
    from matcher.flows.open_desk import open_desk

    desk = open_desk(settings, KeyRing.load(settings.keys_file))
    try:
        with transaction(desk.database) as session:
            batches = deliveries(session, true(), batch_id, asked)
            if not batches:
                return 0, 0
            pairs, mark = Pairs.of(desk, session), new_id()
            content = as_parquet(pairs, batches, {"id": mark, "holder": "operator", "identity": "masked"})
            detail = {"identity": "masked", "batches": [batch.id for batch in batches]}
            append(session, CHAIN.entries, desk.ring, Entry("operator", "pairs.export", mark, "audit", detail))
    finally:
        desk.close()
    out.write_bytes(content)
    out.with_suffix(".columns.json").write_text(dictionary(pairs.columns) + "\n", encoding="utf-8")
    return len(batches), len(content)


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
    add_migrate(actions, "bring the tables to the newest version and install the shipped model")
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
