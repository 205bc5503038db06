"""Every register by its table of cases: right entries fit, every mandatory field and every rule is asked for."""

from collections import Counter
from typing import Any

import pytest

from registry.registers.catalogue import REGISTERS
from registry.registers.declaring import Kind
from registry.registers.slots import names_of, slots_of
from registry.registers.values import fit
from tests.registry.register_cases import RIGHT, WRONG

NEEDED = [(one.id, field.name) for one in REGISTERS.values() for field in one.fields if field.needed]


def told(register: str, values: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one.field, one.code) for one in fit(REGISTERS[register], values)[1]}


def test_every_register_has_its_cases() -> None:
    assert set(RIGHT) == set(REGISTERS)


@pytest.mark.parametrize("register", RIGHT)
def test_a_right_entry_fits_and_fits_again_as_it_is_kept(register: str) -> None:
    kept, mistakes = fit(REGISTERS[register], RIGHT[register])
    assert mistakes == []
    assert fit(REGISTERS[register], kept) == (kept, [])


@pytest.mark.parametrize(("register", "field"), NEEDED)
def test_a_mandatory_field_is_asked_for(register: str, field: str) -> None:
    values = {name: value for name, value in RIGHT[register].items() if name != field}
    assert (field, "required") in told(register, values)


@pytest.mark.parametrize(("register", "change", "field", "code"), WRONG)
def test_a_rule_is_told_at_its_field(register: str, change: dict[str, Any], field: str, code: str) -> None:
    values = {name: value for name, value in {**RIGHT[register], **change}.items() if value is not None}
    assert (field, code) in told(register, values)


@pytest.mark.parametrize("register", REGISTERS)
def test_every_rule_has_a_case_that_breaks_it(register: str) -> None:
    rules = Counter((rule.at, rule.code) for rule in REGISTERS[register].rules)
    cases = Counter((field, code) for name, _, field, code in WRONG if name == register)
    assert rules - cases == Counter()


@pytest.mark.parametrize("register", REGISTERS.values(), ids=lambda one: one.id)
def test_a_register_is_whole(register: Any) -> None:
    """What it names is there, and no two columns of its sheet are called the same."""
    names = [one.name for one in register.fields]
    assert len(set(names)) == len(names)
    assert {*register.key, *register.derives, *(rule.at for rule in register.rules)} <= set(names)
    assert register.duty.strip()
    assert register.citation.strip()
    for one in (register.subject, register.begins):
        assert one is None or one in names
    assert all(one.choices for one in register.fields if one.kind is Kind.CHOICE)
    slots = slots_of(register)
    assert len({slot.header for slot in slots}) == len(slots)
    assert set(names_of(slots).found([slot.header for slot in slots])) == set(slots)
    codes = [one.code for one in register.due_reasons]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(("unmet", "grade"), [(0, "full"), (1, "partial"), (3, "partial"), (4, "none"), (6, "none")])
def test_self_care_follows_from_the_six_items(unmet: int, grade: str) -> None:
    items = ("eats", "dresses", "gets_up", "toilet", "walks", "washes")
    values = {**RIGHT["self-care-assessment"], **{name: at >= unmet for at, name in enumerate(items)}}
    kept, mistakes = fit(REGISTERS["self-care-assessment"], values)
    assert (kept["grade"], mistakes) == (grade, [])
