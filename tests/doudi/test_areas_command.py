"""`doudi areas`: a code table from a file, tried and taken."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from doudi.command_line import app

TABLE = "code12,name,level\n640499000000,试验县,3\n640499100000,香山镇,4\n坏,坏行,4\n"


def test_a_table_is_tried_taken_and_taken_again_without_effect(tmp_path: Path) -> None:
    file, home = tmp_path / "areas.csv", tmp_path / "home"
    file.write_text(TABLE, encoding="utf-8")

    def run(*more: str) -> str:
        done = CliRunner().invoke(app, ["areas", str(file), "--home", str(home), "--as-of", "2023-06-30", *more])
        assert done.exit_code == 0, done.output
        return done.output

    assert "snapshot (dry run): code-unreadable 1, created 2, left 1" in run("--dry-run")
    assert "snapshot: code-unreadable 1, created 2, left 1" in run()
    assert "snapshot: code-unreadable 1, left 1, unchanged 2" in run()


@pytest.mark.parametrize("content", ["名字,编号\n甲,1\n", ""])
def test_what_is_no_code_table_is_refused_with_the_headers_it_needs(tmp_path: Path, content: str) -> None:
    file = tmp_path / "areas.csv"
    file.write_text(content, encoding="utf-8")
    done = CliRunner().invoke(app, ["areas", str(file), "--home", str(tmp_path / "home")])
    assert done.exit_code != 0
