"""Keys: what is sealed opens only whole, in its place, with its ring."""

import base64
import json
import os
import stat
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import crypto
from kit.crypto import KeyProblem, KeyRing
from kit.keys_file import ask_no_more, create, make_or_complete, rotate, rotate_proof
from kit.suites import SUITES

RING = KeyRing.ephemeral()
RINGS = [RING, KeyRing.ephemeral("guomi")]
AT_ONCE = timedelta(0)


@given(st.sampled_from(RINGS), st.text(), st.text(max_size=20))
def test_what_is_encrypted_comes_back(ring: KeyRing, text: str, context: str) -> None:
    assert ring.decrypt(ring.encrypt(text, context), context) == text


@given(st.sampled_from(RINGS), st.lists(st.none() | st.text()), st.text(max_size=20))
def test_whole_columns_are_sealed_opened_and_indexed_as_one_by_one(
    ring: KeyRing, texts: list[str | None], context: str
) -> None:
    sealed = ring.encrypt_all(texts, context)
    assert ring.decrypt_all(sealed, context) == texts
    assert [None if one is None else ring.decrypt(one, context) for one in sealed] == texts
    there = [text for text in texts if text is not None]
    assert len({one for one in sealed if one is not None}) == len(there)  # a nonce each
    assert [list(forms) for forms in zip(*ring.blinds_all(there, context), strict=True)] == [
        ring.blinds(text, context) for text in there
    ]


@pytest.mark.parametrize("ring", RINGS)
def test_a_column_opens_only_whole_and_in_its_place(ring: KeyRing) -> None:
    good, other = ring.encrypt("a", "c"), ring.encrypt("b", "d")
    for wrong in (other, good[:8], good[:-4] + "AAA=", "AAAA"):
        with pytest.raises(KeyProblem):
            ring.decrypt_all([good, wrong], "c")


@given(st.sampled_from(RINGS), st.binary(min_size=1), st.integers(min_value=0))
def test_any_changed_byte_is_noticed(ring: KeyRing, data: bytes, place: int) -> None:
    sealed = bytearray(ring.seal(data, "file"))
    sealed[place % len(sealed)] ^= 1
    with pytest.raises(KeyProblem):
        ring.open(bytes(sealed), "file")


@pytest.mark.parametrize("ring", RINGS)
@pytest.mark.parametrize("length", [0, 3, 15, 31])
def test_what_is_cut_short_is_refused_and_no_accident(ring: KeyRing, length: int) -> None:
    with pytest.raises(KeyProblem):
        ring.open(ring.seal(b"a", "file")[:length], "file")


@pytest.mark.parametrize("ring", RINGS)
def test_a_value_moved_to_another_column_does_not_open(ring: KeyRing) -> None:
    with pytest.raises(KeyProblem):
        ring.decrypt(ring.encrypt("a", "person.phone"), "person.account")


@pytest.mark.parametrize("ring", RINGS)
def test_every_sealed_value_names_its_suite_and_its_key(ring: KeyRing) -> None:
    key = ring.keys.keys[0]
    assert ring.seal(b"a", "file")[:4].hex() == key.id
    assert bytes.fromhex(key.id)[0] == SUITES[key.suite].code
    assert ring.encrypt("a", "c").startswith(ring.mark())
    assert ring.blind("a", "c").startswith(f"{key.id}.")


def test_the_national_suite_computes_what_the_standards_publish() -> None:
    """RFC 8998, appendix A.1: SM4-GCM."""
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    nonce, data = bytes.fromhex("00001234567800000000abcd"), bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    text = bytes.fromhex("aa" * 8 + "bb" * 8 + "cc" * 8 + "dd" * 8 + "ee" * 8 + "ff" * 8 + "ee" * 8 + "aa" * 8)
    sealed = SUITES["guomi"].lock(key).encrypt(nonce, text, data)
    assert sealed[:16].hex() == "17f399f08c67d5ee19d0dc9969c4bb7d"
    assert sealed[-16:].hex() == "83de3541e4c2b58177e065a9bf7b62ec"


def test_equal_values_have_equal_blind_indexes_only_within_a_context() -> None:
    assert RING.blind("x", "person.id_number") == RING.blind("x", "person.id_number")
    assert RING.blind("x", "person.id_number") != RING.blind("x", "person.phone")
    assert RING.blind("x", "person.id_number") != KeyRing.ephemeral().blind("x", "person.id_number")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ring of its own in a file."""
    path = tmp_path / "keys.json"
    create(path, "international")
    return path


@pytest.fixture
def looked_at_often(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Processes look at their ring before every use."""
    monkeypatch.setattr(crypto, "LOOK_SECONDS", -1.0)
    return iter(())


def first_version(path: Path, *names: str) -> None:
    """A ring as the first version wrote it."""
    keys = [{"id": name, "key": base64.b64encode(name.encode() * 4).decode()} for name in names]
    path.write_text(json.dumps({"keys": keys}))
    path.chmod(0o600)


def test_a_ring_is_made_once_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    make_or_complete(path, "international")
    made = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    make_or_complete(path, "guomi")
    assert path.read_bytes() == made
    with pytest.raises(KeyProblem, match="already"):
        create(path, "international")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"keys": []}', '{"keys": [{"id": "00", "key": "AA=="}]}'])
def test_a_broken_ring_is_refused_with_a_reason(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyProblem, match=r"ring|key"):
        KeyRing.load(path)


def test_a_ring_others_can_read_is_refused(file: Path) -> None:
    file.chmod(0o644)
    with pytest.raises(KeyProblem, match="chmod 600"):
        KeyRing.load(file)


def test_what_the_first_version_wrote_stays_readable_and_found(tmp_path: Path) -> None:
    """Sealed by that version's code, with keys of these letters: the newest sealed, the oldest made the indexes."""
    path = tmp_path / "keys.json"
    first_version(path, "0a0b0c0d", "a1b2c3d4")
    ring = KeyRing.load(path)
    sealed = "obLD1IOSFxPhgQo6HvykxQU55ZAfKuUGcBzAbUIjCi7J7QWeZIDZp5dpMdcbDtzCrw0="
    index = "10d5e71c16ac2595699322a47de068c1c498b0ebd2e7126b3037211baadab77a"
    assert ring.decrypt(sealed, "person.id_number") == "640499197001020011"
    assert ring.blinds("640499197001020011", "person.id_number") == [index]
    assert ring.pseudonym("640499197001020011", "person.id_number") == index
    assert ring.mac(b"cursor") == "3741897d748d4a69ecdfb8bb8ee5514d"
    with pytest.raises(KeyProblem, match="checkpoints"):
        ring.proof_key()
    make_or_complete(path, "international")
    ring.refresh()
    assert ring.proof_key().id
    rotate(path, "guomi", AT_ONCE)
    ring.refresh()
    assert ring.decrypt(sealed, "person.id_number") == "640499197001020011"
    assert ring.blinds("640499197001020011", "person.id_number")[1:] == [index]
    assert ring.pseudonym("640499197001020011", "person.id_number") == index
    assert ring.mac(b"cursor") == "3741897d748d4a69ecdfb8bb8ee5514d"


@pytest.mark.usefixtures("looked_at_often")
@pytest.mark.parametrize("suite", ["international", "guomi"])
def test_a_rotated_ring_seals_anew_and_finds_and_opens_the_old(file: Path, suite: str) -> None:
    running = KeyRing.load(file)
    sealed, index, former = running.encrypt("a", "c"), running.blind("a", "c"), running.writes_with
    tag, proof = running.tag(b"entry"), running.proof_key()
    assert rotate(file, suite, AT_ONCE) == running.writes_with != former
    assert running.decrypt(sealed, "c") == running.decrypt(running.encrypt("a", "c"), "c") == "a"
    assert running.blinds("a", "c") == [running.blind("a", "c"), index]
    assert running.blinds_all(["a"], "c") == [[running.blind("a", "c")], [index]]
    assert running.decrypt_all([sealed, running.encrypt("b", "c"), None], "c") == ["a", "b", None]
    assert running.tagged(tag, b"entry")
    assert not running.tagged(tag, b"other")
    assert rotate_proof(file) == running.proof_key().id != proof.id
    ask_no_more(file, {former})
    assert running.blinds("a", "c") == [running.blind("a", "c")]


def test_a_new_key_is_known_everywhere_before_it_writes(file: Path) -> None:
    quick, slow = KeyRing.load(file), KeyRing.load(file)
    rotate(file, "guomi", timedelta(hours=1))
    quick.refresh()
    assert quick.writes_with == slow.writes_with
    assert quick.blind("a", "c") == slow.blind("a", "c")
    assert len(quick.blinds("a", "c")) == 2


def test_a_value_of_a_key_made_a_moment_ago_opens_without_waiting(file: Path) -> None:
    slow = KeyRing.load(file)
    rotate(file, "guomi", AT_ONCE)
    assert slow.decrypt(KeyRing.load(file).encrypt("a", "c"), "c") == "a"


@pytest.mark.usefixtures("looked_at_often")
def test_a_ring_that_cannot_be_read_is_not_followed(file: Path) -> None:
    running = KeyRing.load(file)
    sealed = running.encrypt("a", "c")
    for content, mode in (("{", 0o600), (file.read_text(), 0o644)):
        file.write_text(content)
        file.chmod(mode)
        assert running.decrypt(sealed, "c") == "a"
    file.unlink()
    assert running.decrypt(sealed, "c") == "a"


def test_rings_rotated_by_several_at_once_lose_no_key(file: Path) -> None:
    threads = [threading.Thread(target=rotate, args=(file, "guomi", AT_ONCE)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(KeyRing.load(file).keys.keys) == 9
    assert sorted(os.listdir(file.parent)) == ["keys.json"]


def test_an_unknown_suite_is_refused_in_words(file: Path) -> None:
    with pytest.raises(KeyProblem, match="international, guomi"):
        rotate(file, "rot13")
    file.write_text(file.read_text().replace('"international"', '"rot13"'))
    with pytest.raises(KeyProblem, match="does not know: rot13"):
        KeyRing.load(file)
