"""`python -m console.main serve|keys make`: the console as a process of its own."""

import argparse
import sys
from collections.abc import Sequence

import uvicorn

from console.app import create_app
from console.settings import ConsoleSettings
from kit import garbage
from kit.crypto import KeyProblem, KeyRing
from kit.keys_file import make_or_complete
from kit.logs import configure
from kit.metrics import telling
from kit.settings import SettingsWrong
from kit.traces import exporting


def main(words: Sequence[str] | None = None) -> None:
    """Do what the word says (serve without one), told by the environment."""
    parser = argparse.ArgumentParser(prog="console.main", description=__doc__)
    actions = parser.add_subparsers(dest="action", metavar="serve|keys")
    actions.add_parser("serve", help="answer until stopped (the default)")
    actions.add_parser("keys", help="make the key ring that seals the cookies, where there is none")
    chosen = parser.parse_args(words)
    try:
        settings = ConsoleSettings.read()
        configure(settings.log_level, settings.log_file("console"))
        if chosen.action == "keys":
            make_or_complete(settings.keys_file, "international")
            return
        ring = KeyRing.load(settings.keys_file)
    except (KeyProblem, SettingsWrong) as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - the operator's terminal, before any log reader
        sys.exit(2)
    host, port = settings.place
    app = create_app(settings, ring)
    garbage.started()
    with telling(settings.metrics_place), exporting(settings, "console"):
        uvicorn.run(app, host=host, port=port, log_level="warning", proxy_headers=False)


if __name__ == "__main__":
    main()
