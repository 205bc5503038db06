"""The words `keys` and `audit` of the command line: what an operator does with both services' keys and journals."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doudi.defects import Stop

if TYPE_CHECKING:
    from kit.office import Office

keys = typer.Typer(name="keys", help="Key rings: what they hold, the next key, sealing anew.", no_args_is_help=True)
audit = typer.Typer(name="audit", help="Journals: verify, vouch for, export.", no_args_is_help=True)
HomeOption = Annotated[Path, typer.Option(help="Folder of data and keys")]
HOME = Path("doudi-home")
ROOT = Path(__file__).resolve().parents[2]
Suite = Annotated[str, typer.Option(help="international (AES-256-GCM, HMAC-SHA-256) or guomi (SM4-GCM, HMAC-SM3)")]
Proof = Annotated[bool, typer.Option("--proof", help="The key of the checkpoints instead")]


@keys.command("status")
def keys_status(home: HomeOption = HOME) -> None:
    """Which keys there are, and what is still sealed by others than the one that writes."""
    _do_keys(home, "status")


@keys.command("rotate")
def keys_rotate(suite: Suite = "international", proof: Proof = False, home: HomeOption = HOME) -> None:
    """A new key in both rings. Running services notice it by themselves; call `keys reseal` afterwards."""
    _do_keys(home, "rotate", suite, proof=proof)


@keys.command("reseal")
def keys_reseal(home: HomeOption = HOME) -> None:
    """Seal anew what older keys sealed, while services run. May be stopped and called again."""
    _do_keys(home, "reseal")


@audit.command("verify")
def audit_verify(
    files: Annotated[list[Path] | None, typer.Argument(help="An exported journal and its checkpoints")] = None,
    public: Annotated[Path | None, typer.Option("--keys", help="The public keys, kept since the start")] = None,
    home: HomeOption = HOME,
) -> None:
    """Verify both journals of HOME, or an exported one by its files alone (kit/proof.py does the same without us)."""
    from kit.proof import told, verify_files

    if not files:
        _do_audit(home, "verify", Path())
        return
    try:
        verdict = verify_files(files, public or files[0].with_name(f"{files[0].name.partition('-')[0]}-keys.json"))
    except (OSError, ValueError, KeyError) as trouble:
        raise Stop(f"cannot verify: {trouble}") from None
    print(told(verdict))
    if verdict.reason is not None:
        raise typer.Exit(1)


@audit.command("checkpoint")
def audit_checkpoint(home: HomeOption = HOME) -> None:
    """Vouch for what the journals hold now."""
    _do_audit(home, "checkpoint", Path())


@audit.command("export")
def audit_export(
    out: Annotated[Path, typer.Option(help="Folder to write to")] = Path("audit"), home: HomeOption = HOME
) -> None:
    """Both journals with checkpoints and public keys, for auditors."""
    _do_audit(home, "export", out)


def retention(
    home: HomeOption = HOME,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go")] = False,
) -> None:
    """Delete what has had its time in both services, now. Running services do it once a day by themselves."""
    from doudi.home import Home
    from kit.office import Broken
    from matcher.main import delete_by_time as of_matcher
    from registry.main import delete_by_time as of_registry

    at = Home(home, "")
    if not at.folder.is_dir():
        raise Stop(f"nothing stands in {home}: name the folder that `serve` was given (--home)")
    try:
        lines = [*of_registry(at.registry_settings(), dry=dry_run), *of_matcher(at.matcher_settings(), dry=dry_run)]
    except Broken as busy:
        raise Stop(str(busy)) from None
    print("\n".join(lines), flush=True)


def dependencies(
    root: Annotated[Path, typer.Option(help="Where the locks stand")] = ROOT,
) -> None:
    """Whether the locks are pinned, hashed, hold nothing denied, and by pip-audit nothing known to be faulty."""
    from doudi.dependencies import check

    raise typer.Exit(check(root))


def _do_keys(home: Path, verb: str, suite: str | None = None, *, proof: bool = False) -> None:
    from kit.office import do_keys

    _for_both(home, lambda office: do_keys(office, verb, suite, proof=proof))


def _do_audit(home: Path, verb: str, out: Path) -> None:
    from kit.office import do_audit

    _for_both(home, lambda office: do_audit(office, verb, out))


def _for_both(home: Path, work: Callable[["Office"], list[str]]) -> None:
    from doudi.home import Home
    from kit.crypto import KeyProblem
    from kit.office import Broken

    try:
        for office in Home(home, "").offices():
            with closing(office):
                print("\n".join(work(office)), flush=True)
    except FileNotFoundError:
        raise Stop(f"nothing stands in {home}: name the folder that `serve` was given (--home)") from None
    except (Broken, KeyProblem) as problem:
        raise Stop(str(problem)) from None
