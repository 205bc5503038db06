"""The words `model` and `pairs` of the command line: what comes from, and goes to, other tools of linkage."""

from pathlib import Path
from typing import Annotated

import typer

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
