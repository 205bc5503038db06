"""Rules of the house that no linter knows, each proven to bite by a file that breaks it."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ROOT / "services"
LINES_AT_MOST = 400
FUNCTION_LINES_AT_MOST = 60
# The commit line itself. Migrations run in Alembic's own transaction and hold no such call.
COMMIT_LINE = "services/kit/database.py"
LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical"}
# What a log line may name: ids, counts, words of our own. Everything else needs its place in this list.
LOGGED = {
    "actor", "area", "batch_id", "candidates", "cases", "changes", "client_id", "code", "conflicts", "count",
    "cursor_at", "exc_info", "feed", "findings", "found", "import_id", "key", "kept", "lead_id", "leads", "links",
    "merged", "method", "model", "name", "pairs", "people", "persons", "phase", "phases", "places", "port", "records",
    "rejected", "request_id", "retry_in", "reviews", "route", "rows", "screens", "seconds", "sent", "service", "state",
    "status", "subjects", "version", "withdrawn", "worker",
}  # fmt: skip


def python_files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.py")) if ".venv" not in path.parts)


def commit_calls(source: str) -> list[int]:
    """Lines that commit: a `.commit()` call, or a raw COMMIT."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Attribute) and node.func.attr in {"commit", "begin_nested"})
            or any(isinstance(a, ast.Constant) and str(a.value).strip().upper() == "COMMIT" for a in node.args)
        )
    ]


def log_names(source: str) -> list[tuple[int, str]]:
    """Keyword names passed to a logger, and positional values after the event (named by position)."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOG_METHODS):
            continue
        holder = node.func.value
        if not (isinstance(holder, ast.Name) and "log" in holder.id.lower()):
            continue
        found += [(node.lineno, keyword.arg or "**") for keyword in node.keywords]
        found += [(node.lineno, "positional") for _ in node.args[1:]]
        if node.args and not isinstance(node.args[0], ast.Constant):
            found.append((node.lineno, "event is not a constant"))
    return found


def long_functions(source: str) -> list[tuple[int, str, int]]:
    return [
        (node.lineno, node.name, node.end_lineno - node.lineno + 1)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES_AT_MOST
    ]


def unexplained(text: str) -> list[int]:
    """Lines with a lint or type exception that does not bear its reason (` - why` or `  # why`)."""
    pattern = re.compile(r"#\s*(noqa(?::\s*[A-Z0-9, ]+)?|type:\s*ignore(?:\[[^\]]*\])?)(?P<rest>.*)$")
    wrong = []
    for number, line in enumerate(text.splitlines(), 1):
        found = pattern.search(line)
        if found and len(found["rest"].strip(" -#")) < 8:
            wrong.append(number)
    return wrong


def test_only_one_line_of_the_repository_commits() -> None:
    found = {
        str(path.relative_to(ROOT)): lines
        for path in python_files(SERVICES)
        if (lines := commit_calls(path.read_text())) != []
    }
    assert list(found) == [COMMIT_LINE]
    assert len(found[COMMIT_LINE]) == 1


def test_the_commit_rule_bites() -> None:
    assert commit_calls("def f(session):\n    session.commit()\n") == [2]
    assert commit_calls("def f(session):\n    session.execute('commit')\n") == [2]


def test_log_lines_name_only_ids_and_counts() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in python_files(SERVICES)
        for line, name in log_names(path.read_text())
        if name not in LOGGED
    ]
    assert wrong == []


def test_the_log_rule_bites() -> None:
    source = "_log.info('linked', id_number=row)\nlog.error(f'bad {row}')\n_log.info('x', row)\n"
    assert [name for _, name in log_names(source)] == ["id_number", "event is not a constant", "positional"]


def long_files(files: Iterable[Path]) -> dict[str, int]:
    return {path.name: count for path in files if (count := len(path.read_text().splitlines())) > LINES_AT_MOST}


def test_no_file_is_longer_than_a_person_reads_at_once() -> None:
    files = [*python_files(SERVICES), *python_files(ROOT / "tests")]
    assert len(files) > 50
    assert long_files(files) == {}


def test_the_file_size_rule_bites(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text("x = 1\n" * (LINES_AT_MOST + 1))
    (tmp_path / "short.py").write_text("x = 1\n" * LINES_AT_MOST)
    assert long_files(tmp_path.glob("*.py")) == {"long.py": LINES_AT_MOST + 1}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {str(p.relative_to(ROOT)): found for p in python_files(SERVICES) if (found := long_functions(p.read_text()))}
    assert long == {}
    assert long_functions("def f():\n" + "    x = 1\n" * FUNCTION_LINES_AT_MOST)


def test_every_lint_exception_bears_its_reason() -> None:
    wrong = {
        str(path.relative_to(ROOT)): lines
        for folder in (SERVICES, ROOT / "tests")
        for path in python_files(folder)
        if path != Path(__file__) and (lines := unexplained(path.read_text()))
    }
    assert wrong == {}
    assert unexplained("x = 1  # noqa: E501\ny = 2  # type: ignore[misc]\n") == [1, 2]
    assert unexplained("x = 1  # noqa: E501 - the table reads better on one line\n") == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in python_files(SERVICES)
        if (tree := ast.parse(path.read_text())).body and not ast.get_docstring(tree) and "versions" not in path.parts
    ]
    assert silent == []


def test_import_directions_hold() -> None:
    result = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


BROKEN = {
    "kit.breaks_rule": "china.dates",
    "matcher.linkage.breaks_rule": "httpx",
    "registry.audit.breaks_rule": "registry.ledger.store",
    "matcher.breaks_rule": "registry.app",
}


def test_the_import_rules_bite(tmp_path: Path) -> None:
    """Each is broken by a file of its own, and each is named: one reading of all imports is dear."""
    copy = tmp_path / "copy"
    copy.mkdir()
    subprocess.run(["cp", "-r", SERVICES, copy / "services"], check=True)
    (copy / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    for module, imported in BROKEN.items():
        file = (copy / "services").joinpath(*module.split(".")).with_suffix(".py")
        file.write_text(f'"""Breaks a rule."""\n\nimport {imported}\n')
    result = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=copy,
        env={"PYTHONPATH": str(copy / "services"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    unnamed = [module for module, imported in BROKEN.items() if f"{module} -> {imported} " not in result.stdout]
    assert unnamed == [], result.stdout


def test_no_issued_area_code_stands_in_committed_numbers() -> None:
    published = {"11010519491231002X", "440524188001010014", "34052419800101001X"}
    pattern = re.compile(
        r"(?<![0-9.])([1-6]\d{5})(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx](?!\d)"
    )
    wrong = []
    for folder in ("services", "tests", "docs", "contracts", "deploy"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix not in {".py", ".yaml", ".json", ".md", ".csv", ".ndjson"} or not path.is_file():
                continue
            for match in pattern.finditer(path.read_text()):
                if match[1] != "640499" and match[0] not in published:
                    wrong.append(f"{path.relative_to(ROOT)}: {match[1]}…")
    assert wrong == []
