"""Thresholds, lists and tiers of the screens: data with an area and dates of validity, never constants in code.

A county that has set a line of its own adds a profile for its area; the most specific profile valid on the day wins,
value by value. Every value stands beside the document it comes from.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Disease:
    """One entry of a list of serious illnesses: the words a diagnosis may contain, and ICD-10 prefixes."""

    name: str
    words: tuple[str, ...]
    icd: tuple[str, ...]


@dataclass(frozen=True)
class Parameters:
    """What one run of the screens decides by."""

    severe_grades: Mapping[str, tuple[int, ...]]  # class 1..7 → grades that count as severe for assistance
    card_statuses: tuple[str, ...]  # a card in this state proves the disability
    illness_line_yuan: float  # self-paid, one row's own amount
    diseases: tuple[Disease, ...]
    monitored_states: tuple[str, ...]
    weak_labour: tuple[str, ...]
    covered_programmes: tuple[str, ...]
    dibao_programmes: tuple[str, ...]
    margin_programmes: tuple[str, ...]
    death_grace_months: int  # months after the month of death that are paid lawfully
    trusted_grades: tuple[str, ...]  # links whose facts count
    tiers: Mapping[str, str]  # screen → tier

    @property
    def version(self) -> str:
        """Names the values: the same values have the same version on every machine."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]


def parameters_for(area: str, on: date, profiles: Iterable[Mapping[str, Any]] | None = None) -> Parameters:
    """The parameters of a 12-digit area on a day. Raises ValueError if a value is missing or unknown."""
    chosen: dict[str, Any] = {}
    for profile in sorted(_valid(area, on, shipped() if profiles is None else profiles), key=_specificity):
        chosen.update(profile["values"])
    names = {field.name for field in fields(Parameters)}
    if chosen.keys() != names:
        raise ValueError(f"parameters missing or unknown: {', '.join(sorted(chosen.keys() ^ names))}")
    diseases = tuple(Disease(d["name"], tuple(d["words"]), tuple(d["icd"])) for d in chosen.pop("diseases"))
    severe = {kind: tuple(grades) for kind, grades in chosen.pop("severe_grades").items()}
    lists: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in chosen.items()}
    return Parameters(diseases=diseases, severe_grades=severe, **lists)


def _valid(area: str, on: date, profiles: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    day = on.isoformat()
    return [
        profile
        for profile in profiles
        if area.startswith(_prefix(profile["area"]))
        and profile["valid_from"] <= day
        and (profile["valid_to"] is None or day <= profile["valid_to"])
    ]


def _prefix(area: str) -> str:
    """The digits an area shares with everything inside it; the whole country is twelve zeros."""
    for width in (0, 2, 4, 6, 9):
        if not area[width:].strip("0"):
            return area[:width]
    return area


def _specificity(profile: Mapping[str, Any]) -> tuple[int, str]:
    return len(_prefix(profile["area"])), profile["valid_from"]


@cache
def shipped() -> tuple[Mapping[str, Any], ...]:
    """The profiles that come with the project: {area, valid_from, valid_to, basis, values}."""
    return tuple(json.loads(files(__package__).joinpath("parameters.json").read_text("utf-8")))
