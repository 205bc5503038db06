"""The word `stack` of the command line: the topology of production on one machine, of processes."""

import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

OPEN_TO_PASS = 0o711  # PostgreSQL runs as a user of its own where we are root
NO_SECOND_FACTOR = "DOUDI_REGISTRY_SECOND_FACTOR_ROLES"


def stack(
    folder: Annotated[Path | None, typer.Option(help="Keep its things here instead of a temporary folder")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the proxy (https)")] = 8443,
    workers: Annotated[int, typer.Option(min=1, max=16, help="How many workers")] = 2,
    area: Annotated[str, typer.Option(help="12-digit code of the county the first account and client are for")] = (
        "640499000000"
    ),
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Look at this day instead of today")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="With an invented county and people to sign in as")] = False,
    leave: Annotated[bool, typer.Option("--exit", help="End when all of it answered; 0 only then")] = False,
) -> None:
    """PostgreSQL, the proxy with TLS, two of each service and two workers, as in production; Ctrl-C ends them in order.

    Needs postgresql and nginx on this machine, no container engine. What dies is started again.
    """
    from doudi.stack import Order
    from doudi.stack.story import Wanted, run_stack

    if demo:
        os.environ.setdefault(NO_SECOND_FACTOR, "")  # the people of an invented county have no telephone
    day = as_of.date() if as_of else None
    wanted = Wanted(area, demo, leave)
    if folder is not None:
        raise typer.Exit(run_stack(Order(folder, port, workers, day), wanted))
    with tempfile.TemporaryDirectory(prefix="doudi-stack-") as place:
        Path(place).chmod(OPEN_TO_PASS)
        raise typer.Exit(run_stack(Order(Path(place), port, workers, day), wanted))
