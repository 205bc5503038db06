"""The word `areas` of the command line: code tables of divisions as they are published or handed over."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from doudi.defects import Stop

HOME = Path("doudi-home")


def areas(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or Parquet: all divisions of a day, years, or alterations")],
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day the table describes")] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would do, and write nothing")] = False,
    home: Annotated[Path, typer.Option(help="Folder of data and keys")] = HOME,
    registry_database: Annotated[
        str | None, typer.Option(envvar="DOUDI_REGISTRY_DATABASE_URL", help="The registry's, else SQLite in HOME")
    ] = None,
) -> None:
    """Take a code table of divisions into the registry: every row answered, nothing deleted."""
    from doudi.home import Home
    from kit.problems import Problem
    from registry.main import take_area_table
    from registry.settings import today

    place = Home(home, "", registry_database=registry_database)
    place.prepare()
    settings = place.registry_settings()
    try:
        content = file.read_bytes()
        day = as_of.date() if as_of else today(settings)
        done = take_area_table(settings, content, day, dry_run=dry_run)
    except OSError as trouble:
        raise Stop(f"cannot read {file}: {trouble.strerror}") from None
    except Problem as refused:
        told = refused.body("", "zh")
        raise Stop("\n".join([str(told["detail"]), *(str(one) for one in told.get("errors", []))])) from None
    for row in done.rows:
        print(f"{row.line}\t{row.code}\t{row.name}\t{row.action}\t{row.message or ''}")
    if done.more_rows:
        print(f"… {done.more_rows} more")
    counts = ", ".join(f"{word} {count}" for word, count in sorted({**done.counts, **done.issues}.items()))
    print(f"{done.shape}{' (dry run)' if dry_run else ''}: {counts}")
