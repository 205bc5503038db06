"""The lock is complete, hashed, and names no place to fetch from; what pyproject asks for is in it."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from doudi import dependencies

ROOT = Path(__file__).resolve().parents[2]


def locked() -> dict[str, str]:
    text = (ROOT / "requirements.lock").read_text()
    return {
        m[1].lower(): m[2] for m in re.finditer(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE)
    }


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["dev"], *extras["otel"]]
    names = {re.split(r"[\[<>=!~ ]", line, maxsplit=1)[0].lower() for line in wanted}
    assert names - set(locked()) == {"doudi"}  # the tests have its extra, `doudi[otel]`


def test_every_locked_package_has_hashes_and_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text()
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    assert len(blocks) > 60
    for block in blocks:
        assert "--hash=sha256:" in block, block[:60]
    assert "://" not in text
    assert "--index-url" not in text


def test_every_lock_is_pinned_and_hashed_and_holds_nothing_denied() -> None:
    assert list(dependencies.faults(ROOT)) == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("starlette==0.40.0 \\\n    --hash=sha256:ab", "denied: starlette<0.49.1"),
        ("Python_JOSE==3.5.0 \\\n    --hash=sha256:ab", "denied: python-jose"),
        ("orjson>=3 \\\n    --hash=sha256:ab", "not pinned to one version"),
        ("orjson==3.13.0", "without a hash"),
        ("git+https://example.org/x.git", "not pinned to one version"),
    ],
)
def test_a_line_that_will_not_do_is_named(tmp_path: Path, line: str, why: str) -> None:
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / dependencies.DENIED, tmp_path / dependencies.DENIED)
    for lock in dependencies.LOCKS:
        (tmp_path / lock).write_text("# a list\norjson==3.13.0 \\\n    --hash=sha256:ab\n")
    (tmp_path / "requirements.lock").write_text(f"{line}\n")
    found = list(dependencies.faults(tmp_path))
    assert [(one.lock, one.why) for one in found] == [("requirements.lock", why)]


def test_what_could_not_be_asked_is_no_pass(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dependencies.shutil, "which", lambda _: None)
    assert dependencies.check(ROOT) == dependencies.NOT_ASKED
    assert "pip-audit is not here" in capsys.readouterr().out


def test_pip_audit_is_asked_about_every_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(dependencies.shutil, "which", lambda _: "/opt/pip-audit")
    monkeypatch.setattr(dependencies.subprocess, "call", lambda command: asked.append(command) or len(asked) == 2)
    assert dependencies.check(ROOT) == 1
    assert [Path(command[-1]).relative_to(ROOT).as_posix() for command in asked] == list(dependencies.LOCKS)
    assert all("--strict" in command for command in asked)
