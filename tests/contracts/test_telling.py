"""Every operation of both services says what it tells of people, and what it says is so.

An operation that tells of people and has neither the clamp nor a reason fails: by its row missing, or by what its
answer may hold according to the contract.
"""

import typing
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import BaseModel

from kit.agreements import HouseOnly, Plain, Row, Tells
from matcher.api.schemas import IdentityOut, LeadDetailOut, LeadOut
from matcher.telling import TABLE as MATCHER
from registry.access.resources import RESOURCES
from registry.app import ROUTERS
from registry.coverage.schemas import CoverageAnswerOut
from registry.ledger.outcome_schemas import HistoryOut
from registry.ledger.schemas import CaseOut
from registry.telling import TABLE as REGISTRY
from registry.views.household_schemas import HouseholdOut
from registry.views.schemas import PersonDetailOut
from tests.contracts.written import contracts

TABLES: dict[str, Mapping[str, Row]] = {"registry": REGISTRY, "matcher": MATCHER}


def document(service: str) -> Any:
    return contracts()[f"openapi/{service}.json"]


# What an answer holds that tells of people. (`name` alone is also a client's, a division's, a column's.)
TELLING = {
    "id_number", "phone", "address", "birth_date", "person_id", "subject_id", "household_id", "household_key",
    "coverage", "holdings", "candidates", "linked", "registered", "case_id", "lead_id", "persons", "people",
}  # fmt: skip
# Where such a word stands in an answer that tells nobody of anybody all the same.
_NULL = "null for every other agency"
EXPLAINED = {
    **{(name, "linked"): _NULL for name in ("get_batch", "list_batches", "push_batch", "confirm_batch")},
    **{(name, "linked"): _NULL for name in ("cancel_batch", "resume_batch", "commit_batch", "rollback_batch")},
    ("seal_batch", "linked"): _NULL,
    ("choose_costs", "linked"): "a share of all records, by threshold",
}
SHAPES: dict[str, type[BaseModel]] = {
    "person": PersonDetailOut, "household": HouseholdOut, "coverage-check": CoverageAnswerOut, "case": CaseOut,
    "case-history": HistoryOut, "lead": LeadDetailOut, "lead-identity": IdentityOut,
}  # fmt: skip


def operations(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {call["operationId"]: call for calls in document["paths"].values() for call in calls.values()}


def words(document: Mapping[str, Any], node: Any, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Every name of a field in a schema, with what it refers to."""
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            name = reference.rsplit("/", 1)[1]
            if name != "ProblemOut":
                yield from words(document, document["components"]["schemas"][name], seen | {reference})
        yield from node.get("properties", {})
        for inner in node.values():
            yield from words(document, inner, seen)
    elif isinstance(node, list):
        for inner in node:
            yield from words(document, inner, seen)


def answered(document: Mapping[str, Any], call: Mapping[str, Any]) -> set[str]:
    told = [answer for status, answer in call["responses"].items() if status.startswith("2")]
    return set(words(document, told))


def unexplained(document: Mapping[str, Any], table: Mapping[str, Row]) -> list[tuple[str, str]]:
    """Operations that tell of people by a word of theirs, though their row says that they tell of nobody."""
    return [
        (name, word)
        for name, call in operations(document).items()
        if isinstance(table.get(name), Plain)
        for word in sorted(answered(document, call) & TELLING)
        if (name, word) not in EXPLAINED
    ]


@pytest.mark.parametrize("service", TABLES)
def test_every_operation_has_its_row_and_every_row_its_operation(service: str) -> None:
    there = set(operations(document(service)))
    if service == "registry":  # the second body of one address has an endpoint of its own
        there |= {getattr(route, "name", "") for router in ROUTERS for route in router.routes}
    assert (sorted(there - set(TABLES[service])), sorted(set(TABLES[service]) - there)) == ([], [])


@pytest.mark.parametrize("service", TABLES)
def test_whatever_tells_of_people_is_clamped_or_says_why_not(service: str) -> None:
    table = TABLES[service]
    assert unexplained(document(service), table) == []
    for name, row in table.items():
        if isinstance(row, HouseOnly | Plain):
            assert len(row.why) > 15, name
        else:
            assert row.resource in RESOURCES, name


def test_the_rule_bites() -> None:
    opened = {**REGISTRY, "get_person": Plain("because it is so convenient")}
    assert ("get_person", "id_number") in unexplained(document("registry"), opened)


@pytest.mark.parametrize("service", TABLES)
def test_the_contract_says_where_agreements_bind(service: str) -> None:
    calls = operations(document(service))
    for name, row in TABLES[service].items():
        if name in calls:
            refused = calls[name]["responses"].get("403", {}).get("description", "")
            assert ("agreement-missing" in refused) is not isinstance(row, Plain), name
            assert ("`withheld`" in calls[name]["description"]) is isinstance(row, Tells), name


def leaves(shape: type[BaseModel], before: str = "") -> set[str]:
    found: set[str] = set()
    for name, field in shape.model_fields.items():
        inner = _model_in(field.annotation)
        found |= leaves(inner, f"{before}{name}.") if inner else {before + name}
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in typing.get_args(annotation) if (found := _model_in(one))), None)


def test_the_resources_are_what_the_endpoints_answer() -> None:
    for resource, shape in SHAPES.items():
        known = RESOURCES[resource]
        told = set(known.fields) - ({"registered"} if resource == "coverage-check" else set())
        assert told == leaves(shape), resource
        assert set(known.handles) <= set(known.fields)
        assert len(known.fields) == len(set(known.fields))
    assert leaves(LeadOut) <= leaves(LeadDetailOut)
    assert set(RESOURCES) - set(SHAPES) == {"statistics"}
