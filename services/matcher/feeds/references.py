"""Every name of a column that a map uses must be a column it has; each mistake with its pointer."""

from collections.abc import Iterator, Mapping
from typing import Any

from kit.problems import FieldIssue
from matcher.feeds.feed import Column, FactRule

SENT = ":sent"
SOURCES = ("text", "code", "number", "count", "about", "valid_from", "valid_to")


def referred(
    whole: Mapping[str, Any], columns: Mapping[int, Column], rules: Mapping[int, FactRule]
) -> list[FieldIssue]:
    """Names used that no column has. `columns` and `rules`: those of `whole` that are sound, by their index."""
    told = whole.get("columns")
    names = {column.name for column in columns.values()}
    if isinstance(told, list | tuple):  # a column wrong in itself has a name all the same
        names |= {str(one["name"]) for one in told if isinstance(one, Mapping) and "name" in one}
    return [
        FieldIssue(pointer, "column-unknown", f"没有这一列：{name[:40]} (no such column: {name[:40]})")
        for pointer, name in [*_of_feed(whole), *_of_facts(rules)]
        if name.removesuffix(SENT) not in names
    ]


def _of_feed(whole: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for part in ("id_number_from", "address_from"):
        yield from _listed(f"/{part}", whole.get(part))
    groups = whole.get("any_of")
    for index, group in enumerate(groups if isinstance(groups, list | tuple) else ()):
        yield from _listed(f"/any_of/{index}", group)
    for part in ("row_key", "operation"):
        if isinstance(name := whole.get(part), str):
            yield f"/{part}", name
    people = whole.get("people")
    if isinstance(people, Mapping):
        yield from _listed("/people/columns", people.get("columns"))
    positions = whole.get("positions")
    for index, shape in enumerate(positions if isinstance(positions, list | tuple) else ()):
        yield from ((f"/positions/{index}/{name}", str(name)) for name in (shape if isinstance(shape, Mapping) else ()))


def _of_facts(rules: Mapping[int, FactRule]) -> Iterator[tuple[str, str]]:
    for index, rule in rules.items():
        yield from _listed(f"/facts/{index}/when", rule.when)
        yield from ((f"/facts/{index}/only/{name}", name) for name in rule.only)
        for part in SOURCES:
            if (source := getattr(rule, part)) is not None:
                yield f"/facts/{index}/{part}", source


def _listed(pointer: str, names: object) -> Iterator[tuple[str, str]]:
    for index, name in enumerate(names if isinstance(names, list | tuple) else ()):
        if isinstance(name, str):
            yield f"{pointer}/{index}", name
