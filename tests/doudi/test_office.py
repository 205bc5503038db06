"""The words `keys` and `audit`: on a home, and by each service's own command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from doudi.command_line import app
from doudi.defects import Stop
from doudi.home import Home
from kit.database import transaction
from kit.journal import Entry, append
from matcher import main as matcher_main
from registry import main as registry_main


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with an entry in each journal."""
    made = Home(tmp_path / "home", "http://127.0.0.1:1")
    made.prepare()
    for office in made.offices():
        with transaction(office.database) as session:
            append(session, office.chain.entries, office.ring, Entry("officer", "person.read"))
        office.close()
    return made


def say(home: Home, *words: str) -> tuple[int, str]:
    """What the command line answers; a reason to stop is raised as it is."""
    done = CliRunner().invoke(app, [*words, "--home", str(home.folder)])
    if isinstance(done.exception, Stop):
        raise done.exception
    return done.exit_code, done.stdout


def keys_of(home: Home) -> list[tuple[str, ...]]:
    rings = [json.loads((home.keys / f"{name}.json").read_text()) for name in ("registry", "matcher")]
    return [tuple(key["suite"] for key in ring["keys"]) for ring in rings]


def test_keys_are_rotated_sealed_anew_and_told_of(home: Home) -> None:
    assert say(home, "keys", "status")[1].count("writes") == 2
    assert say(home, "keys", "rotate", "--suite", "guomi")[0] == 0
    assert keys_of(home) == [("international", "guomi")] * 2
    status = say(home, "keys", "status")[1]
    assert status.count("guomi") == 2
    assert "configured: international" in status
    assert "0 left, 0 unreadable" in say(home, "keys", "reseal")[1]
    assert "key of the checkpoints" in say(home, "keys", "rotate", "--proof")[1]
    with pytest.raises(Stop, match="international, guomi"):
        say(home, "keys", "rotate", "--suite", "rot13")
    actions = say(home, "audit", "verify")[1]
    assert actions.count("4 entries sound") == 2  # what an operator does is in the journal too


def test_a_journal_is_exported_and_verified_by_its_files(home: Home, tmp_path: Path) -> None:
    assert say(home, "audit", "checkpoint")[1].count("taken") == 2
    out = tmp_path / "audit"
    assert say(home, "audit", "export", "--out", str(out))[0] == 0
    files = [str(out / "registry-journal.ndjson"), str(out / "registry.checkpoints")]
    code, told = say(home, "audit", "verify", *files)
    assert (code, "1 entries sound, 1 checkpoints" in told) == (0, True)
    (out / "registry-journal.ndjson").write_text("")
    code, told = say(home, "audit", "verify", *files)
    assert (code, "entry 1" in told) == (1, True)
    with pytest.raises(Stop, match="cannot verify"):
        say(home, "audit", "verify", files[1])


def test_a_journal_that_is_not_whole_ends_in_an_error_that_names_the_entry(home: Home) -> None:
    say(home, "audit", "checkpoint")
    registry, matcher = home.offices()
    with transaction(registry.database) as session:
        session.delete(session.get(registry.chain.entries, 1))
    registry.close()
    matcher.close()
    with pytest.raises(Stop, match="entry 1"):
        say(home, "audit", "verify")


def test_a_folder_without_a_home_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"key ring|nothing stands"):
        say(Home(tmp_path / "nowhere", ""), "keys", "status")


@pytest.mark.parametrize("service", ["registry", "matcher"])
def test_each_service_has_the_same_words(
    home: Home, service: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: Any = home.registry_settings() if service == "registry" else home.matcher_settings()
    for name in ("database_url", "data_dir", "keys_file", "checkpoints_dir"):
        monkeypatch.setenv(f"DOUDI_{service.upper()}_{name.upper()}", str(getattr(told, name)))
    main = registry_main.main if service == "registry" else matcher_main.main
    for words in (["keys"], ["keys", "rotate", "--suite", "guomi"], ["keys", "status"], ["audit", "checkpoint"]):
        assert not main(words)
    shown = capsys.readouterr().out
    assert "guomi" in shown
    assert "taken" in shown
    assert not main(["audit", "verify"])
    assert "2 entries sound" in capsys.readouterr().out
