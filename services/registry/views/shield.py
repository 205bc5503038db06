"""Protected people where persons are shown: what of whom this caller is not told, whatever its purpose."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from kit.auth import Caller
from registry.coverage.schemas import CoverageOut
from registry.ledger.shield import known_by_case
from registry.persons import protections
from registry.persons.protections import SHIELD

_NOWHERE: dict[str, Any] = {
    "address": None,
    "phone": None,
    "household_id": None,
    "household_number": None,
    "source": None,
}
_NOBODY: dict[str, Any] = {
    **_NOWHERE, "name": SHIELD, "id_number": None, "birth_date": None, "ethnic": None, "division": None,
    "relation": None, "is_head": False, "former": [], "subject_id": None,
}  # fmt: skip


def shielded(session: Session, caller: Caller, persons: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The fields of persons with what is not told left empty. Whoever took a case of theirs over is told."""
    ids = [one["person_id"] for one in persons]
    hidden = unnamed(session, caller, ids)
    guarded = protections.guarded(session, caller, ids)
    return [_person(one, hidden, guarded) for one in persons]


def unnamed(session: Session, caller: Caller, ids: Sequence[str]) -> set[str]:
    """Those of whom this caller is not told who they are."""
    hidden = protections.hidden(session, caller, ids)
    return hidden - known_by_case(session, caller, hidden) if hidden else set()


def _person(one: dict[str, Any], hidden: set[str], guarded: set[str]) -> dict[str, Any]:
    if one["person_id"] in hidden:
        return {**one, **_NOBODY, "coverage": _homeless(one["coverage"])}
    if one["person_id"] in guarded:
        division = f"{one['division'][:9]}000" if one["division"] else None
        return {**one, **_NOWHERE, "division": division, "coverage": _homeless(one["coverage"])}
    return one


def _homeless(coverage: Sequence[CoverageOut]) -> list[CoverageOut]:
    return [one.model_copy(update={"household_id": None, "source": None}) for one in coverage]
