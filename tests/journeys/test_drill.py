"""The disaster drill at small counts: a backup under load, everything lost, and nobody ends with a wrong answer."""

from pathlib import Path

import pytest

from doudi.backup.generation import generations
from doudi.drill.story import run_drill
from tests import postgres
from tests.conftest import POSTGRES

PEOPLE, SEED = 600, 100
SHOWN = (
    "a backup taken under load, restored to a scratch place: every check holds",
    "the checkpoints prove that entries of the journal were lost, and are kept",
    "calls of before the backup are answered as then, later ones are done anew",
    "and has exactly the registry's people",
    "and has exactly its list",
    "nobody was registered twice",
    "every outcome stands, under its own id",
    "every check of the running services holds",
)


def test_a_county_is_lost_and_comes_back(databases: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run_drill(tmp_path, PEOPLE, SEED, postgres.URL if POSTGRES else None)
    told = capsys.readouterr().out
    assert code == 0, told
    assert "FAILS" not in told
    assert [line for line in SHOWN if f"holds  {line}" not in told] == []
    (made,) = generations(tmp_path / "backups")
    assert (made.verified or {})["whole"] is True
