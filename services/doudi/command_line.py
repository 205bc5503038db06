"""The command line `doudi`: every word a user types after ./run that is not a test.

Heavy packages are imported inside the commands that need them, so that `--help` answers at once.
"""

import gc
import os
import sys
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from doudi import (
    command_agency,
    command_areas,
    command_backup,
    command_clients,
    command_exchange,
    command_office,
    command_slice,
    command_stack,
)
from doudi.command_clients import HomeOption, RegistryDatabase
from doudi.defects import Stop
from kit import garbage

app = typer.Typer(
    name="doudi",
    help="兜底: find who is at risk and not covered.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its traces show the values of variables, and those may be people's
)
app.add_typer(command_clients.client)
app.add_typer(command_office.keys)
app.add_typer(command_office.audit)
app.add_typer(command_backup.backup)
app.command("restore")(command_backup.restore)
app.command("check")(command_backup.check)
app.command("drill")(command_backup.drill)
command_office.keys.command("pack")(command_backup.keys_pack)
command_office.keys.command("unpack")(command_backup.keys_unpack)
app.add_typer(command_slice.slices)
app.add_typer(command_exchange.model)
app.command("pairs")(command_exchange.pairs)
app.command("push")(command_agency.push)
app.command("areas")(command_areas.areas)
app.command("retention")(command_office.retention)
app.command("stack")(command_stack.stack)
app.command("dependencies")(command_office.dependencies)
app.add_typer(command_clients.account)

MatcherDatabase = Annotated[
    str | None,
    typer.Option(envvar="DOUDI_MATCHER_DATABASE_URL", help="The matcher's database, else SQLite in HOME"),
]
AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Look at this day instead of today")]
FalseCost = Annotated[
    float | None,
    typer.Option(help="How many missed links one false link is worth: 1 (default) links whoever is likelier than not"),
]
Engine = Literal["embedded", "spark"]
OutOption = Annotated[Path, typer.Option(help="File to write: .parquet, .csv or .ndjson by its ending")]


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


@app.command()
def serve(
    home: HomeOption = Path("doudi-home"),
    host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on")] = 8700,
    as_of: AsOf = None,
    registry_database: RegistryDatabase = None,
    matcher_database: MatcherDatabase = None,
    suite: Annotated[str, typer.Option(help="Suite of keys made anew: international or guomi")] = "international",
) -> None:
    """Both services and the worker under one address, on SQLite unless databases are named."""
    from doudi.home import Home
    from doudi.serve import serve as run_serve

    url = f"http://127.0.0.1:{port}"

    def on_ready() -> None:
        print(f"registry  {url}/registry/v1/docs\nmatcher   {url}/matcher/v1/docs\nCtrl-C stops.", flush=True)

    place = Home(home, url, _day(as_of), "INFO", registry_database, matcher_database, suite)
    raise typer.Exit(run_serve(place, host, port, on_ready))


@app.command()
def trial(
    folder: Annotated[Path, typer.Argument(help="Folder with the county's exports")],
    out: Annotated[Path, typer.Option(help="Folder for leads.csv, the Excel lists and quality.md")],
    as_of: AsOf = None,
    registry: Annotated[str, typer.Option(help="File of civil affairs")] = "registry.xlsx",
    disability: Annotated[str, typer.Option(help="File of the disability federation")] = "disability.xlsx",
    health: Annotated[str, typer.Option(help="Serious illness")] = "health.csv",
    deaths: Annotated[str, typer.Option(help="Death certificates")] = "deaths.csv",
    rural: Annotated[str, typer.Option(help="Anti-poverty monitoring")] = "rural.xlsx",
) -> None:
    """Try the system on a county's own exports; nothing leaves this machine."""
    from doudi.trial import run_trial

    names = {
        "disability-cards": disability,
        "health-illness": health,
        "health-deaths": deaths,
        "rural-monitoring": rural,
    }
    run_trial(folder, folder / registry, {feed: folder / name for feed, name in names.items()}, out, _day(as_of))


@app.command()
def demo(
    leave: Annotated[bool, typer.Option("--exit", help="End when done; 0 only if the figures hold")] = False,
    people: Annotated[int, typer.Option(help="People of the invented county")] = 20_000,
    seed: Annotated[int, typer.Option(help="Another county for another seed")] = 100,
    home: Annotated[Path | None, typer.Option(help="Keep the demo's data here instead of a temporary folder")] = None,
) -> None:
    """Invent a county, let its agencies push, print what was found, and leave the services up."""
    from doudi.demo import run_demo

    if home is not None:
        raise typer.Exit(run_demo(home, people, seed, leave=leave))
    with tempfile.TemporaryDirectory(prefix="doudi-demo-") as folder:
        raise typer.Exit(run_demo(Path(folder), people, seed, leave=leave))


@app.command()
def county(
    folder: Annotated[Path, typer.Argument(help="Folder to write the county to")],
    people: Annotated[int, typer.Option(help="How many people live there")] = 20_000,
    level: Annotated[str, typer.Option(help="Errors: clean, typical, dirty or brutal")] = "typical",
    seed: Annotated[int, typer.Option(help="Same seed, same county")] = 1,
    next_month_of: Annotated[Path | None, typer.Option(help="The county in this folder, as a month leaves it")] = None,
    planted: Annotated[bool, typer.Option("--planted", help="With known cases for every other screen, too")] = False,
) -> None:
    """An invented county in the real layouts, with the truth beside it."""
    from doudi.county import Answers, make_county, make_next_month, plant_cases
    from doudi.progress import steps

    if planted and next_month_of is not None:
        raise Stop("--planted is for a county as it is made, not for its next month")
    try:
        if next_month_of is not None:
            month = make_next_month(next_month_of, folder, seed, Answers())
            _tell_counts({**month.rows, **month.expected}, f"the county of {next_month_of} as of {month.as_of}", folder)
            return
        with steps() as shown:
            summary = make_county(folder, people, level, seed, shown.share)
        cases = plant_cases(folder) if planted else None
    except (ValueError, FileNotFoundError) as wrong:
        raise Stop(str(wrong)) from None
    told = f"{summary.people} people in {summary.households} households, errors: {level}, seed {seed}"
    _tell_counts({**summary.rows, **summary.expected}, told, folder)
    if cases is not None:
        _tell_counts(cases.listed, f"{cases.people} people planted; to be listed, by screen:", folder)


def _tell_counts(counts: dict[str, int], what: str, folder: Path) -> None:
    print(what)
    for name, rows in counts.items():
        print(f"  {rows:8}  {name}")
    print(f"written to {folder}")


@app.command()
def link(
    people: Annotated[Path, typer.Argument(help="Who there is: Parquet, CSV or NDJSON")],
    feed: Annotated[Path, typer.Argument(help="Records to link: Parquet, CSV or NDJSON")],
    out: OutOption,
    model: Annotated[
        Path | None, typer.Option(help="A frozen model, or western; without one it trains and scores")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write what was done as JSON")] = None,
    index: Annotated[
        Path | None, typer.Option(help="Folder to keep the encoded people in (sealed): the next feed is linked faster")
    ] = None,
    false_cost: FalseCost = None,
    engine: Annotated[Engine, typer.Option(help="Where the work is done: in this process, or on Spark")] = "embedded",
    master: Annotated[str | None, typer.Option(help="Of Spark: sc://HOST:PORT, spark://HOST:PORT, local[2] …")] = None,
    work: Annotated[
        Path | None, typer.Option(help="Folder that driver and executors of Spark see under one path, else beside OUT")
    ] = None,
    most_pairs: Annotated[int | None, typer.Option(min=1, help="Pairs that Spark may compare at most")] = None,
) -> None:
    """Link two files without any service."""
    from doudi.link import Options, cluster, link_files

    gc.disable()  # all that is made lives to the end: to look for what does not takes a quarter of a second
    where = cluster(engine, master, work, most_pairs)
    linked = link_files(people, feed, out, Options(model, report, index, false_cost, where))
    print(f"{int(linked.links['assigned'].sum())} records linked, {linked.links.height} candidates written to {out}")


@app.command()
def explain(
    people: Annotated[Path, typer.Argument(help="Who there is, as for `link`")],
    feed: Annotated[Path, typer.Argument(help="Records, as for `link`")],
    record: Annotated[str, typer.Option(help="The record's id")],
    person: Annotated[str, typer.Option(help="The person's id")],
    model: Annotated[Path | None, typer.Option(help="A frozen model; without one it trains, as `link` does")] = None,
    svg: Annotated[Path | None, typer.Option(help="Write the sum as a picture")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON instead of the story")] = False,
    full: Annotated[bool, typer.Option("--full", help="Values unmasked")] = False,
    false_cost: FalseCost = None,
) -> None:
    """Why a record is taken for a person, and why not: compared or not."""
    from doudi import explain as story
    from doudi.file_model import Scoring

    found = story.explain_files(people, feed, story.Asked(record, person, Scoring(model, false_cost), full))
    if svg is not None:
        story.write_picture(found, svg)
    print(story.as_json(found) if as_json else story.told(found))


@app.command()
def dedupe(
    file: Annotated[Path, typer.Argument(help="One file whose rows may be the same person: Parquet, CSV or NDJSON")],
    out: OutOption,
    model: Annotated[Path, typer.Option(help="A model file of these columns, or western")] = Path("western"),
    clusters: Annotated[Path | None, typer.Option(help="Write which row belongs to which person")] = None,
    report: Annotated[Path | None, typer.Option(help="Write what was done as JSON")] = None,
) -> None:
    """Find the rows of one file that are one person (see docs/linking-other-files.md)."""
    from doudi.dedupe import dedupe_files

    dedupe_files(file, out, model, clusters, report)
    print(f"pairs written to {out}")


@app.command()
def evaluate(
    links: Annotated[Path, typer.Argument(help="What `link` wrote")],
    truth: Annotated[Path, typer.Argument(help="feed_id, person_id (empty = nobody), channel")],
) -> None:
    """Precision, recall and F1 of links against the truth, by error channel."""
    from doudi.link_score import score_files

    print(score_files(links, truth))


@app.command()
def issues(
    file: Annotated[Path, typer.Option(help="The page to write")] = Path("docs/api/issues.md"),
) -> None:
    """Write the page of issue codes: what can be wrong with a row, in both languages."""
    from matcher.feeds.issue_words import issues_page

    file.write_text(issues_page())
    typer.echo(str(file))


@app.command()
def contracts(
    folder: Annotated[Path, typer.Option(help="Folder of the contracts")] = Path("contracts"),
) -> None:
    """Write the contracts from the code: OpenAPI of both services, JSON Schema of every feed."""
    from doudi.contracts import write_contracts

    for path in write_contracts(folder):
        print(path)


@app.command()
def manifests(
    file: Annotated[Path, typer.Option(help="The file to write")] = Path("deploy/kubernetes/doudi.yaml"),
) -> None:
    """Write the Kubernetes manifests from the Helm chart and its default values."""
    from doudi.manifests import write_manifests

    write_manifests(Path.cwd(), file)
    print(f"{file} written")


@app.command()
def bundle(
    out: Annotated[Path, typer.Option(help="Folder to write the bundle to")] = Path("out"),
    arch: Annotated[list[str] | None, typer.Option(help="x86_64 (default) or aarch64, may be repeated")] = None,
    with_tests: Annotated[bool, typer.Option("--with-tests", help="The tests' packages too")] = False,
) -> None:
    """Make the offline bundle of this commit: source, wheels, licences, bills of materials, checksums."""
    from doudi.bundle import Wish, make_bundle

    made = make_bundle(
        Path.cwd(), out, Wish(tuple(arch or ["x86_64"]), with_tests), lambda told: print(told, flush=True)
    )
    print(f"{made.stat().st_size / 1024**2:.0f} MB  {made}")


@app.command()
def bills(
    folder: Annotated[Path, typer.Option(help="Folder of the bills")] = Path("deploy/sbom"),
) -> None:
    """Write the bills of materials of the images from their locks."""
    from doudi.bundle.bills import write_bills

    for path in write_bills(Path.cwd(), folder):
        print(path)


@app.command()
def configuration(
    file: Annotated[Path, typer.Option(help="The page to write")] = Path("docs/configuration.md"),
) -> None:
    """Write the configuration reference from the settings."""
    from doudi.configuration import write_page

    write_page(file)
    print(file)


@app.command()
def roles(
    file: Annotated[Path, typer.Option(help="The page to write")] = Path("docs/roles.md"),
) -> None:
    """Write the page of roles from the roles."""
    from doudi.roles_page import write_page

    write_page(file)
    print(file)


@app.command()
def screens(
    file: Annotated[Path, typer.Option(help="The page to write")] = Path("docs/screens.md"),
) -> None:
    """Write the catalogue of screens from the screens, their parameters and their cases."""
    from doudi.screens_page import write_page

    write_page(file)
    print(file)


def _mendable() -> tuple[type[Exception], ...]:
    """What the user can mend: asked only where something went wrong, since the web client takes long to import."""
    import httpx

    from doudi.agency import Refused, Stalled

    return Stop, Refused, Stalled, httpx.TransportError


def main() -> None:
    """Run; what the user can mend is one line on standard error and code 2."""
    garbage.starting()
    # No sum of ours is large enough for several threads of linear algebra, and those that wait for one keep a core.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app(standalone_mode=True)
    except SystemExit:  # how a command ends; nothing to be looked up
        raise
    except _mendable() as stop:
        print(f"doudi: {stop}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
