"""What must not stand in the code at all, and that every pattern of ours ends on whatever it is given."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SERVICES = Path(__file__).resolve().parents[2] / "services"
# Ways to make code out of data.
MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle"}
CALLS = {"eval", "exec", "compile"}
UNSAFE = {"yaml.load", "yaml.unsafe_load", "numpy.load", "np.load", "polars.Expr.deserialize", "os.system", "os.popen"}
RE_FUNCTIONS = {"compile", "match", "search", "fullmatch", "findall", "finditer", "sub", "split"}
PIECES = ("a", "1", " ", "（", "张", "省市县乡村组号", "-", "\\n", ".", "/", "·", "Ⅱ", "\\u3000", ",", "=")
LENGTH = 20_000
SECONDS = 120  # for all patterns together; each takes milliseconds, and one that backtracks takes years


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SERVICES.rglob("*.py")):
        yield str(path.relative_to(SERVICES)), ast.parse(path.read_text())


def dangers(tree: ast.Module) -> list[str]:
    """Imports and calls that make code out of data, and shells."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [one.name for one in node.names if one.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            found.append(str(node.module))
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in CALLS | UNSAFE or any(one.arg == "shell" for one in node.keywords):
                found.append(called)
    return found


def patterns(tree: ast.Module) -> list[str]:
    """The regular expressions given to `re`, as far as they are constants."""
    found = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        if ast.unparse(node.func.value) == "re" and node.func.attr in RE_FUNCTIONS:
            found += [one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)]
    return [str(one) for one in found if isinstance(one, str)]


def ends(found: list[str], seconds: float) -> bool:
    """Whether all patterns come to an end on long, repetitive input that almost fits."""
    given = [piece * (LENGTH // len(piece)) + end for piece in PIECES for end in ("", "!")]
    code = "import re,sys\nfor p in {p!r}:\n  for g in {g!r}:\n    re.search(p,g); re.fullmatch(p,g)\n"
    try:
        program = code.format(p=found, g=given)
        subprocess.run([sys.executable, "-"], input=program, text=True, timeout=seconds, check=True)
    except subprocess.TimeoutExpired:
        return False
    return True


def test_nothing_makes_code_out_of_data() -> None:
    assert {name: found for name, tree in trees() if (found := dangers(tree))} == {}


def test_the_rule_bites() -> None:
    source = "import pickle\nfrom marshal import loads\nyaml.load(x)\neval(y)\nsubprocess.run(z, shell=True)\n"
    assert dangers(ast.parse(source)) == ["pickle", "marshal", "yaml.load", "eval", "subprocess.run"]


def test_every_pattern_ends_on_long_input() -> None:
    found = sorted({one for _, tree in trees() for one in patterns(tree) if _is_pattern(one)})
    assert len(found) > 20
    assert ends(found, SECONDS)


def test_a_pattern_that_backtracks_without_end_is_caught() -> None:
    assert patterns(ast.parse(r're.compile(r"(a+)+b").match(x)')) == ["(a+)+b"]
    assert not ends(["(a+)+b"], 3)


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:  # one half of a pattern that is put together elsewhere
        return False
    return True
