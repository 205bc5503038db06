"""The words `model` and `pairs` of the command line: what comes from, and goes to, other tools of linkage."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from doudi.defects import Stop

model = typer.Typer(name="model", help="Models of other tools.", no_args_is_help=True)


@model.command("import-splink")
def import_splink(
    file: Annotated[Path, typer.Argument(help="What linker.misc.save_model_to_json wrote (Splink 5, DuckDB)")],
    out: Annotated[Path, typer.Option(help="The general model file to write")],
) -> None:
    """A model trained with Splink as a general model file: the same pairs get the same weights."""
    from doudi.import_splink import import_splink as take

    made = take(file, out)
    print(f"{len(made.fields)} fields, {len(made.keys)} keys written to {out}; link with --model {out}")


def pairs(
    out: Annotated[Path, typer.Option(help="The Parquet file to write; its dictionary goes beside it")],
    batch: Annotated[str | None, typer.Option(help="One delivery")] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, included")] = None,
    home: Annotated[Path, typer.Option(help="Folder of data and keys")] = Path("doudi-home"),
) -> None:
    """All links and candidates of deliveries for an audit: keys instead of identities, on record in the journal."""
    from doudi.home import Home
    from kit.problems import Problem
    from kit.usage import period
    from matcher.main import export_pairs

    if batch is None and (first is None or last is None):
        raise Stop("which deliveries: --batch ID, or --from DAY and --to DAY")
    try:
        asked = None if first is None or last is None else period(first.date(), last.date())
    except Problem as wrong:
        raise Stop(f"{first:%Y-%m-%d} to {last:%Y-%m-%d}: {wrong.en}") from None
    at = Home(home, "")
    if not at.folder.is_dir():
        raise Stop(f"nothing stands in {home}: name the folder that `serve` was given (--home)")
    count, size = export_pairs(at.matcher_settings(), out, batch, asked)
    if not count:
        raise Stop("no linked delivery is meant: look at the id, or at the days")
    print(f"{count} deliveries, {size} bytes written to {out}; columns: {out.with_suffix('.columns.json')}")
