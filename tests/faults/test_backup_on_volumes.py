"""Backups of a server whose folders are mounted volumes, as a container's are, and whose secrets are files."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from doudi.backup.cut import cut
from doudi.backup.generation import Keep
from doudi.backup.installation import Installation
from doudi.backup.restore import restore
from doudi.backup.take import take
from doudi.defects import Stop
from kit.keys_file import make_or_complete
from matcher.sealed import Vault
from matcher.settings import MatcherSettings
from registry.settings import RegistrySettings
from tests.conftest import fresh_database

pytestmark = pytest.mark.same_anywhere


@pytest.fixture
def servers(tmp_path: Path, databases: None) -> Iterator[tuple[Installation, Installation]]:
    """A server with one sealed file; and the same folders with new databases to restore to."""
    with ExitStack() as stack:

        def told() -> Installation:
            places = {
                name: {
                    "database_url": stack.enter_context(fresh_database(tmp_path)),
                    "data_dir": tmp_path / name,
                    "keys_file": tmp_path / "keys" / f"{name}.json",
                    "checkpoints_dir": tmp_path / f"{name}-checkpoints",
                }
                for name in ("registry", "matcher")
            }
            return Installation(RegistrySettings(**places["registry"]), MatcherSettings(**places["matcher"]))

        (tmp_path / "keys").mkdir()
        one, other = told(), told()
        for settings in one.services().values():
            make_or_complete(settings.keys_file, "international")
        one.migrate()
        vault_of(one).put("people/2-a", b"people")
        yield one, other


def vault_of(installation: Installation) -> Vault:
    return Vault(installation.matcher.data_dir, installation.rings()["matcher"])


def refusing(mount: Path) -> Callable[[Path, Path], Path]:
    """How a folder is renamed where `mount` cannot be."""
    real = Path.rename

    def rename(path: Path, to: Path) -> Path:
        if path == mount:
            raise OSError(16, "Device or resource busy")
        return real(path, to)

    return rename


def test_a_volume_that_cannot_be_renamed_keeps_what_stood_in_it_out_of_sight(
    servers: tuple[Installation, Installation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = servers
    made = take(one, tmp_path / "backups", Keep()).generation
    data, vault = other.matcher.data_dir, vault_of(other)
    monkeypatch.setattr(Path, "rename", refusing(data))
    vault.put("people/2-a", b"of after the backup")
    with pytest.raises(Stop, match="With --replace it is moved aside"):
        restore(made, other, replace=False)
    said = restore(made, other, replace=True)
    (aside,) = data.glob(".before-*")
    assert str(aside) in said[0]
    assert (aside / "people" / "2-a.sealed").exists()
    assert vault.get("people/2-a") == b"people"
    assert [name for name, _ in vault.every()] == ["people/2-a"]  # what is aside is neither checked nor sealed anew
    with cut(other) as held:
        assert [file.place for file in held.files if file.place.startswith("files/")] == ["files/people/2-a.sealed"]


def test_where_scratch_databases_may_be_made_is_a_secret_in_a_file(
    servers: tuple[Installation, Installation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation, _ = servers
    assert installation.scratch() is None
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "doudi_scratch_database_url").write_text("postgresql://scratch@nowhere/postgres\n")
    (secrets / "doudi_registry_database_url").write_text("sqlite:///x\n")  # beside the services' own
    monkeypatch.setenv("DOUDI_SECRETS_DIR", str(secrets))
    assert installation.scratch() == "postgresql://scratch@nowhere/postgres"
    monkeypatch.setenv("DOUDI_SECRETS_DIR", str(tmp_path / "none"))
    with pytest.raises(Stop, match="no folder of secrets"):
        installation.scratch()
