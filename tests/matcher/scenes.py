"""A scene: what a helper makes of an empty matcher, made once per process and given to every test as a copy.

The pipeline works longer than most tests look. A copy has the scene's database, files and registry, and begins as a
process does that has just started: nothing is in its memory, whichever test it is and whatever ran before.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from tests import migrated
from tests.matcher.conftest import Matcher
from tests.matcher.fake_registry import FakeRegistry

P = ParamSpec("P")
T = TypeVar("T")
_SHARED = {"app", "key"}  # of a registry: no copy is to be had of them; a copy is for matchers of the same keys


class _TheMatcher:
    """Stands in what is kept for the matcher of whoever gets the copy."""


_PLACE = _TheMatcher()


@dataclass(frozen=True)
class _Kept:
    tables: migrated.Tables
    files: dict[Path, bytes]
    registry: dict[str, Any]
    answer: Any  # the helper's

    @classmethod
    def of(cls, matcher: Matcher, answer: Any) -> "_Kept":
        """Everything that outlives a process; the matcher is closed."""
        root = matcher.settings.data_dir
        files = {file.relative_to(root): file.read_bytes() for file in root.rglob("*") if file.is_file()}
        told = deepcopy(answer, {id(matcher): _PLACE})
        return cls(migrated.tables_of(matcher.settings.database_url), files, _state(matcher.registry), told)

    def put_into(self, matcher: Matcher) -> None:
        """In the place of what a closed matcher has."""
        migrated.put_tables(matcher.settings.database_url, self.tables)
        for name, content in self.files.items():
            file = matcher.settings.data_dir / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        vars(matcher.registry).update(deepcopy(self.registry))


def scene(prepare: Callable[Concatenate[Matcher, P], T]) -> Callable[Concatenate[Matcher, P], T]:
    """Let a helper be called once for all tests that begin with it. Where anything was done before, it is called as
    ever; the answer may name the matcher, but nothing that hangs on its process."""
    kept: dict[str, tuple[tuple[object, object], _Kept]] = {}

    @wraps(prepare)
    def given(matcher: Matcher, *args: P.args, **more: P.kwargs) -> T:
        if not _untouched(matcher):
            return prepare(matcher, *args, **more)
        settings = matcher.settings.model_dump(exclude={"database_url", "data_dir"})
        name = repr((args, more, settings))
        keys = (matcher.ring, matcher.registry.key)
        with_keys, known = kept.get(name, (None, None))
        if known is None or with_keys != keys:
            answer = prepare(matcher, *args, **more)
            matcher.close()
            known = _Kept.of(matcher, answer)
            kept[name] = (keys, known)
        else:
            matcher.close()
            known.put_into(matcher)
        matcher.begin()
        found: T = deepcopy(known.answer, {id(_PLACE): matcher})
        return found

    return given


def _untouched(matcher: Matcher) -> bool:
    as_told = all(worker.desk.settings == matcher.settings for worker in matcher.workers)
    return matcher.calls == 0 and len(matcher.workers) == 1 and as_told and _state(matcher.registry) == _fresh()


@cache
def _fresh() -> dict[str, Any]:
    return _state(FakeRegistry())


def _state(registry: FakeRegistry) -> dict[str, Any]:
    return deepcopy({name: value for name, value in vars(registry).items() if name not in _SHARED})
