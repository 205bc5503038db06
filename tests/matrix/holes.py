"""Takes the scope clause away in one function of one store, to see that the matrix notices.

Every place in the services that asks `kit.scope` is found by reading the source: a function that calls `within`,
`covers` or `written_within`, or builds on a clause made of them (`inside`, `visible`). While a `Watch` stands, each of
these names goes through it: it writes down who asked, and answers "everything" in the one place that has the hole.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import true

SERVICES = Path(__file__).resolve().parents[2] / "services"
CLAUSES = ("within", "written_within")  # SQL
ANSWERS = ("covers", "sees")  # yes or no
BUILT = {"inside": CLAUSES, "visible": CLAUSES}  # functions of stores that carry the clause to several queries
# Methods and functions of our own that hand the clause on: their callers are looked at one by one.
CARRIERS = {
    ("registry.statistics.ground", "Ground.inside"),
    ("matcher.statistics.ground", "Ground.inside"),
    ("matcher.batches.store", "visible"),
    ("matcher.leads.reading", "visible"),
    ("matcher.subscriptions.store", "visible"),
    ("registry.ledger.store", "visible"),
    ("registry.payments.store", "visible"),
    ("registry.slips.store", "visible"),
    ("registry.subscriptions.store", "visible"),
}


@dataclass(frozen=True, order=True)
class Site:
    """A function that asks for the scope."""

    module: str
    function: str

    def __str__(self) -> str:
        return f"{self.module}:{self.function}"


def sites(service: str) -> set[Site]:
    """Every function of a service that asks for the scope."""
    found: set[Site] = set()
    for path in sorted((SERVICES / service).rglob("*.py")):
        module = ".".join(path.relative_to(SERVICES).with_suffix("").parts)
        found |= {Site(module, name) for name in _asking(ast.parse(path.read_text()))}
    return {site for site in found if (site.module, site.function) not in CARRIERS}


def _asking(tree: ast.Module) -> Iterator[str]:
    for name, node in _functions(tree.body, ""):
        calls = {_called(one.func) for one in ast.walk(node) if isinstance(one, ast.Call)}
        if calls & {*CLAUSES, *ANSWERS, *BUILT}:
            yield name


def _functions(body: list[ast.stmt], before: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{before}{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            yield f"{before}{node.name}", node


def _called(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


@dataclass
class Watch:
    """Sees every question for the scope; leaves one unasked."""

    asked: set[Site] = field(default_factory=set)
    hole: Site | None = None

    def _open(self, depth: int = 2) -> bool:
        """Whether the function that asks is the one with the hole."""
        frame = sys._getframe(depth)
        function = frame.f_code.co_qualname.split(".<locals>")[0]
        while (str(frame.f_globals["__name__"]), function) in CARRIERS:
            assert frame.f_back is not None
            frame = frame.f_back
            function = frame.f_code.co_qualname.split(".<locals>")[0]
        site = Site(str(frame.f_globals["__name__"]), function)
        self.asked.add(site)
        return site == self.hole

    def around(self, plain: Callable[..., Any], everything: Any) -> Callable[..., Any]:
        """`plain`, or everything for whoever has the hole."""

        def asked(*arguments: Any, **named: Any) -> Any:
            return everything if self._open() else plain(*arguments, **named)

        return asked


@contextmanager
def watching(service: str) -> Iterator[Watch]:
    """A watch over all places of a service while the block lasts."""
    watch = Watch()
    with pytest.MonkeyPatch.context() as patch:
        for name in {site.module for site in sites(service)} | {module for module, _ in CARRIERS}:
            if not name.startswith(service):
                continue
            module = import_module(name)
            for word in CLAUSES:
                if hasattr(module, word):
                    patch.setattr(module, word, watch.around(getattr(module, word), true()))
            for word in ANSWERS:
                if hasattr(module, word):
                    patch.setattr(module, word, watch.around(getattr(module, word), True))
        yield watch
