"""The words `slice …` of the command line: what a prefecture matched, in a county's own system."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doudi.defects import Stop

if TYPE_CHECKING:
    from doudi.agency import Agency
    from doudi.slices import Taken
    from doudi.township import Answered

slices = typer.Typer(
    name="slice", help="A county's slice of what its prefecture matched, by line or by file.", no_args_is_help=True
)
AboveUrl = Annotated[str, typer.Option(envvar="DOUDI_ABOVE_URL", help="Address of the prefecture's installation")]
AboveClient = Annotated[str, typer.Option(envvar="DOUDI_ABOVE_CLIENT_ID", help="The county's client there")]
OwnUrl = Annotated[str, typer.Option(envvar="DOUDI_URL", help="Address of the county's own installation")]
OwnClient = Annotated[str, typer.Option(envvar="DOUDI_CLIENT_ID", help="The client for it (cases:lead)")]
StandingFile = Annotated[Path, typer.Option(help="File that keeps where the slice is; it names nobody")]


@slices.command()
def pull(
    above_url: AboveUrl,
    above_client: AboveClient,
    url: OwnUrl,
    client_id: OwnClient,
    standing: StandingFile = Path("slice.json"),
) -> None:
    """Bring what changed into the county's ledger, and its answers back to the prefecture. Safe to repeat.

    Secrets: DOUDI_ABOVE_CLIENT_SECRET, DOUDI_CLIENT_SECRET. Ends with 1 where the ledger refused a lead or an answer.
    """
    from doudi.slices import Standing, answers, gather, give_back, put, receipt

    with _both((above_url, above_client), (url, client_id)) as (above, own):
        found = gather(above, Standing.read(standing))
        taken = put(own, found.leads)
        found.after.keep(standing)
        receipt(above)
        answered = give_back(above, answers(own, found.after.sent))
        found.after.sent += [one["outcome_id"] for one in answered.results if one["result"] != "refused"]
        found.after.keep(standing)
    _end(_of_leads(taken) + _of_answers(answered), failed=bool(taken.refused or answered.refused))


@slices.command()
def pack(
    county: Annotated[str, typer.Argument(help="12-digit code of the county")],
    above_url: AboveUrl,
    above_client: AboveClient,
    standing: StandingFile = Path("slice.json"),
    out: Annotated[Path, typer.Option(help="Folder for the package", file_okay=False)] = Path(),
    *,
    anew: Annotated[bool, typer.Option("--anew", help="The whole slice, resting on no package before")] = False,
) -> None:
    """Write the next numbered package of a county without a line: a list for people, leads for its system."""
    from doudi.slice_package import pack as write
    from doudi.slices import Standing

    before = Standing.read(standing)
    if anew:
        before = Standing(number=before.number)
    out.mkdir(parents=True, exist_ok=True)
    with _one(above_url, above_client, "DOUDI_ABOVE_CLIENT_SECRET") as above:
        file, after, count = write(above, county, before, out)
    after.keep(standing)
    _end([f"package   {file}", f"number    {after.number}", f"sha256    {after.digest}", f"{count:9,} leads"])


@slices.command()
def take(
    file: Annotated[Path, typer.Argument(help="The package", exists=True, dir_okay=False)],
    url: OwnUrl,
    client_id: OwnClient,
    standing: StandingFile = Path("slice.json"),
) -> None:
    """Take a package into the county's ledger: whole, in order, once."""
    from doudi.slice_package import check_order, read
    from doudi.slices import Standing, put

    package, kept = read(file), Standing.read(standing)
    if not check_order(package, kept):
        _end([f"package {package.number} was taken before: nothing to do"])
        return
    with _one(url, client_id, "DOUDI_CLIENT_SECRET") as own:
        taken = put(own, package.leads)
    kept.number, kept.digest = package.number, package.digest
    kept.keep(standing)
    _end([f"package   {package.number}", *_of_leads(taken)], failed=bool(taken.refused))


@slices.command()
def answers(
    out: Annotated[Path, typer.Argument(help="File to write (NDJSON)", dir_okay=False)], url: OwnUrl,
    client_id: OwnClient,
) -> None:  # fmt: skip
    """Write all answers that hold about the prefecture's leads into a file, to be carried back."""
    import orjson

    from doudi.slices import answers as told

    with _one(url, client_id, "DOUDI_CLIENT_SECRET") as own:
        rows = told(own, ())
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
        target.writelines(orjson.dumps(row) + b"\n" for row in rows)
    _end([f"{len(rows):9,} answers in {out}"])


@slices.command("return")
def give(
    file: Annotated[Path, typer.Argument(help="What `answers` wrote", exists=True, dir_okay=False)],
    above_url: AboveUrl,
    above_client: AboveClient,
) -> None:
    """Bring a county's answers into the prefecture's ledger; the same file again changes nothing."""
    import orjson

    from doudi.slices import give_back

    try:
        rows = [orjson.loads(line) for line in file.read_bytes().splitlines() if line]
    except ValueError:
        raise Stop(f"{file.name} is no file of answers, or it is broken: have it written again") from None
    with _one(above_url, above_client, "DOUDI_ABOVE_CLIENT_SECRET") as above:
        answered = give_back(above, rows)
    _end(_of_answers(answered), failed=bool(answered.refused))


@contextmanager
def _one(url: str, client_id: str, variable: str) -> Iterator["Agency"]:
    from doudi.agency import Agency

    secret = os.environ.get(variable, "")
    if not secret:
        raise Stop(f"the client's secret is missing: set {variable}")
    agency = Agency(url, client_id, secret)
    with closing(agency.http), _said():
        yield agency


@contextmanager
def _both(above: tuple[str, str], own: tuple[str, str]) -> Iterator[tuple["Agency", "Agency"]]:
    with _one(*above, "DOUDI_ABOVE_CLIENT_SECRET") as upper, _one(*own, "DOUDI_CLIENT_SECRET") as below:
        yield upper, below


@contextmanager
def _said() -> Iterator[None]:
    """What a service or the line says against it, with the way out."""
    import httpx

    from doudi.agency import Refused

    try:
        yield
    except Refused as refusal:
        raise Stop(f"a service refused: {refusal}. What was done stays; the same command goes on from there") from None
    except httpx.TransportError as broken:
        raise Stop(f"no answer ({broken}): see the addresses and the line, then say the same again") from None


def _of_leads(taken: "Taken") -> list[str]:
    refused = [f"          {lead} {code}" for lead, code in taken.refused]
    return [f"{taken.taken:9,} leads taken", f"{len(taken.refused):9,} leads refused", *refused]


def _of_answers(answered: "Answered") -> list[str]:
    counts = (("given back", answered.taken), ("known there", answered.unchanged), ("refused", answered.refused))
    return [
        *(f"{count:9,} answers {word}" for word, count in counts),
        *(f"          {one}" for one in answered.mistakes()),
    ]


def _end(lines: list[str], *, failed: bool = False) -> None:
    print("\n".join(lines), flush=True)
    if failed:
        raise typer.Exit(1)
