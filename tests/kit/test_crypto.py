"""Keys: what is sealed opens only whole, in its place, with its ring."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.crypto import KeyProblem, KeyRing, load_or_create

RING = KeyRing.ephemeral()


@given(st.text(), st.text(max_size=20))
def test_what_is_encrypted_comes_back(text: str, context: str) -> None:
    assert RING.decrypt(RING.encrypt(text, context), context) == text


@given(st.binary(min_size=1), st.integers(min_value=0))
def test_any_changed_byte_is_noticed(data: bytes, place: int) -> None:
    sealed = bytearray(RING.seal(data, "file"))
    sealed[place % len(sealed)] ^= 1
    with pytest.raises(KeyProblem):
        RING.open(bytes(sealed), "file")


def test_a_value_moved_to_another_column_does_not_open() -> None:
    with pytest.raises(KeyProblem):
        RING.decrypt(RING.encrypt("a", "person.phone"), "person.account")


def test_equal_values_have_equal_blind_indexes_only_within_a_context() -> None:
    assert RING.blind("x", "person.id_number") == RING.blind("x", "person.id_number")
    assert RING.blind("x", "person.id_number") != RING.blind("x", "person.phone")
    assert RING.blind("x", "person.id_number") != KeyRing.ephemeral().blind("x", "person.id_number")


def test_an_older_key_still_opens_and_the_blind_index_stays() -> None:
    newer = KeyRing((*RING.keys, *KeyRing.ephemeral().keys))
    assert newer.decrypt(RING.encrypt("a", "c"), "c") == "a"
    assert newer.blind("a", "c") == RING.blind("a", "c")
    with pytest.raises(KeyProblem):
        RING.decrypt(newer.encrypt("a", "c"), "c")


def test_a_ring_is_made_once_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    made = load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create(path).keys == made.keys
    with pytest.raises(KeyProblem, match="already"):
        KeyRing.create(path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"keys": []}', '{"keys": [{"id": "00", "key": "AA=="}]}'])
def test_a_broken_ring_is_refused_with_a_reason(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyProblem, match=r"ring|key"):
        KeyRing.load(path)


def test_a_ring_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    KeyRing.create(path)
    path.chmod(0o644)
    with pytest.raises(KeyProblem, match="chmod 600"):
        KeyRing.load(path)
