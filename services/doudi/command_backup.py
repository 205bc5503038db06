"""The words `backup`, `restore` and `check` of the command line, and the keys' own `pack` and `unpack`."""

import signal
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doudi.defects import Stop

if TYPE_CHECKING:
    from doudi.backup.generation import Generation
    from doudi.backup.installation import Installation

backup = typer.Typer(name="backup", help="Backups of both services: take, list, verify.", no_args_is_help=True)
HomeOption = Annotated[Path | None, typer.Option(help="An embedded home; without it doudi-home, unless --server")]
Server = Annotated[bool, typer.Option("--server", help="The services' own settings (environment, secrets), no home")]
To = Annotated[Path, typer.Option("--to", help="Folder of the backups, best on another disk")]
RegistryDatabase = Annotated[
    str | None, typer.Option(envvar="DOUDI_REGISTRY_DATABASE_URL", help="The registry's database, else SQLite in HOME")
]
MatcherDatabase = Annotated[
    str | None, typer.Option(envvar="DOUDI_MATCHER_DATABASE_URL", help="The matcher's database, else SQLite in HOME")
]
Phrase = Annotated[Path | None, typer.Option(help="File with the passphrase; else it is asked for")]
BACKUPS, HOME = Path("doudi-backups"), Path("doudi-home")


@backup.command("take")
def backup_take(
    home: HomeOption = None,
    server: Server = False,
    to: To = BACKUPS,
    days: Annotated[int, typer.Option(min=1, help="Days of which the newest is kept")] = 14,
    months: Annotated[int, typer.Option(min=0, help="Months of which the newest is kept")] = 12,
    registry_database: RegistryDatabase = None,
    matcher_database: MatcherDatabase = None,
) -> None:
    """Take a backup of both services at one moment, while they run. Keys are not in it: see `keys pack`."""
    from doudi.backup.generation import Keep
    from doudi.backup.take import take

    _end_in_order()
    taken = take(_installation(home, registry_database, matcher_database, server=server), to, Keep(days, months))
    manifest = taken.generation.manifest
    told = f"{manifest.bytes >> 20} MB, {len(manifest.parts)} parts, {taken.gone} older ones went"
    print(f"{taken.generation.folder}  {told}")
    print("密钥不在其中，请用 keys pack 另存 · the keys are not in it: keep them apart, `doudi keys pack`")


@backup.command("list")
def backup_list(to: To = BACKUPS) -> None:
    """What backups there are, oldest first, and when each was restored and checked last."""
    from doudi.backup.generation import generations

    for one in generations(to):
        told = one.verified
        state = "not verified yet" if told is None else f"{'whole' if told['whole'] else 'NOT WHOLE'} {told['at'][:16]}"
        print(f"{one.folder.name}  {one.manifest.bytes >> 20:8} MB  {state}")


@backup.command("verify")
def backup_verify(
    generation: Annotated[str, typer.Argument(help="Name of the backup, or `newest`")] = "newest",
    home: HomeOption = None,
    server: Server = False,
    to: To = BACKUPS,
    scratch: Annotated[
        str | None,
        typer.Option(help="PostgreSQL on which scratch databases may be made, else DOUDI_SCRATCH_DATABASE_URL"),
    ] = None,
    registry_database: RegistryDatabase = None,
    matcher_database: MatcherDatabase = None,
) -> None:
    """Restore a backup into a scratch place and run every check there. Code 1 where one does not hold."""
    from doudi.backup.restore import tell_verified, verify

    _end_in_order()
    installation = _installation(home, registry_database, matcher_database, server=server)
    chosen = _chosen(to, generation, None)
    verdict = verify(chosen, installation, scratch or installation.scratch())
    print("\n".join(one.told() for one in verdict.checks))
    if not verdict.whole:
        raise typer.Exit(1)
    tell_verified(chosen, installation)


def restore(
    generation: Annotated[str, typer.Argument(help="Name of the backup, or `newest`")] = "newest",
    home: HomeOption = None,
    server: Server = False,
    to: Annotated[Path, typer.Option("--from", help="Folder of the backups")] = BACKUPS,
    at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], help="The newest until then, UTC"),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Move what stands in the home aside")] = False,
    point: Annotated[
        str | None,
        typer.Option("--databases-stand-at", help="PostgreSQL was restored to this moment: files and the rest only"),
    ] = None,
    registry_database: RegistryDatabase = None,
    matcher_database: MatcherDatabase = None,
) -> None:
    """Restore a backup for good, check everything, and tell what is to be done next. The services must be stopped."""
    from doudi.backup.restore import restore as bring_back
    from doudi.backup.restore import settle

    installation = _installation(home, registry_database, matcher_database, server=server)
    chosen = _chosen(to, generation, at)
    if point is not None:
        print("\n".join(settle(chosen, installation, point)))
        return
    print("\n".join(bring_back(chosen, installation, replace=replace)))


def check(
    home: HomeOption = None,
    server: Server = False,
    registry_database: RegistryDatabase = None,
    matcher_database: MatcherDatabase = None,
) -> None:
    """Every check of both services: tables, files, journals, what each says of the other. Code 1 where one fails."""
    from doudi.backup.check import check as look

    made = look(_installation(home, registry_database, matcher_database, server=server))
    print("\n".join(one.told() for one in made))
    if not all(one.holds for one in made):
        raise typer.Exit(1)


def drill(
    people: Annotated[int, typer.Option(help="People of the invented county")] = 2000,
    seed: Annotated[int, typer.Option(help="Another county for another seed")] = 100,
    server: Annotated[
        str | None,
        typer.Option("--postgres", envvar="DOUDI_SCRATCH_DATABASE_URL", help="PostgreSQL to make databases on"),
    ] = None,
) -> None:
    """The disaster drill: a county under load, a backup, the loss of everything, the way back. Code 0 if all holds."""
    from doudi.drill.story import run_drill

    with tempfile.TemporaryDirectory(prefix="doudi-drill-") as folder:
        raise typer.Exit(run_drill(Path(folder), people, seed, server))


def keys_pack(
    parcel: Annotated[Path, typer.Argument(help="The file to write; keep it apart from the backups")],
    home: HomeOption = None,
    folder: Annotated[Path | None, typer.Option(help="Folder of the keys, else HOME/keys")] = None,
    passphrase_file: Phrase = None,
) -> None:
    """Every key file, sealed by a passphrase into one file. Do so anew after `keys rotate`."""
    from doudi.backup.key_parcel import pack

    packed = pack(folder or (home or HOME) / "keys", parcel, _passphrase(passphrase_file, confirm=True))
    print(f"{parcel}: {', '.join(packed.names)}")


def keys_unpack(
    parcel: Annotated[Path, typer.Argument(help="What `keys pack` wrote")],
    home: HomeOption = None,
    folder: Annotated[Path | None, typer.Option(help="Folder of the keys, else HOME/keys")] = None,
    passphrase_file: Phrase = None,
) -> None:
    """Put the key files back. None that stands is replaced."""
    from doudi.backup.key_parcel import unpack

    place = folder or (home or HOME) / "keys"
    print(f"{place}: {', '.join(unpack(parcel, place, _passphrase(passphrase_file, confirm=False)).names)}")


def _passphrase(file: Path | None, *, confirm: bool) -> str:
    if file is None:
        return str(typer.prompt("passphrase · 口令", hide_input=True, confirmation_prompt=confirm))
    try:
        return file.read_text(encoding="utf-8").rstrip("\n")
    except OSError:
        raise Stop(f"there is no file {file} to read the passphrase from") from None


def _chosen(backups: Path, name: str, at: datetime | None) -> "Generation":
    from doudi.backup.generation import newest_until, open_generation
    from kit.columns import now

    if at is not None:
        return newest_until(backups, at.replace(tzinfo=UTC))
    return newest_until(backups, now()) if name == "newest" else open_generation(backups / name)


def _end_in_order() -> None:
    """Told to stop, what was made for the time being goes: a scratch database, names in the folder of second names. The
    first process of a container would not even hear of it."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _installation(home: Path | None, registry: str | None, matcher: str | None, *, server: bool) -> "Installation":
    from doudi.backup.installation import Installation

    if server:
        return Installation.of_server()
    from doudi.home import Home  # of an embedded home alone: an image for backups has no such thing

    place = home or HOME
    if not place.is_dir():
        raise Stop(f"nothing stands in {place}: name the folder that `serve` was given (--home), or --server")
    return Installation.of_home(Home(place, "", registry_database=registry, matcher_database=matcher))
