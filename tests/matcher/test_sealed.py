"""A file is sealed anew in its place, unless it was replaced or dropped meanwhile."""

from datetime import timedelta
from pathlib import Path

import pytest

from kit.crypto import KeyProblem, KeyRing
from kit.keys_file import create, rotate
from matcher.sealed import FileMissing, Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """Two files of a former key."""
    create(tmp_path / "keys.json", "international")
    ring = KeyRing.load(tmp_path / "keys.json")
    made = Vault(tmp_path / "data", ring)
    made.put("batches/1/delivery", b"one")
    made.put("people/2", b"two")
    rotate(tmp_path / "keys.json", "guomi", timedelta(0))
    ring.refresh()
    return made


def keys_of(vault: Vault) -> dict[str, str]:
    return dict(vault.every())


def test_files_are_sealed_anew_where_they_stand(vault: Vault) -> None:
    former = set(keys_of(vault).values())
    assert [vault.reseal(name) for name in keys_of(vault)] == [True, True]
    assert set(keys_of(vault).values()) == {vault.ring.writes_with} != former
    assert (vault.get("batches/1/delivery"), vault.get("people/2")) == (b"one", b"two")
    assert sorted(path.name for path in vault.root.rglob("*") if path.is_file()) == ["2.sealed", "delivery.sealed"]


@pytest.mark.parametrize("folder", [False, True])
def test_a_file_dropped_meanwhile_does_not_come_back(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, folder: bool
) -> None:
    whole = Vault.get

    def get_and_lose(self: Vault, name: str) -> bytes:
        content = whole(self, name)
        self.drop_folder("batches/1") if folder else self.drop(name)
        return content

    monkeypatch.setattr(Vault, "get", get_and_lose)
    assert not vault.reseal("batches/1/delivery")
    monkeypatch.undo()
    with pytest.raises(FileMissing):
        vault.get("batches/1/delivery")
    assert not vault.reseal("batches/1/delivery")


def test_a_file_replaced_meanwhile_keeps_what_was_written(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Vault.get

    def get_and_replace(self: Vault, name: str) -> bytes:
        content = whole(self, name)
        self.put(name, b"newer")
        return content

    monkeypatch.setattr(Vault, "get", get_and_replace)
    assert not vault.reseal("people/2")
    monkeypatch.undo()
    assert vault.get("people/2") == b"newer"


def test_an_altered_file_is_left_and_told_of(vault: Vault) -> None:
    path = vault.root / "people" / "2.sealed"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(KeyProblem):
        vault.reseal("people/2")
    assert path.read_bytes() == content
