"""The clamp cuts to the fields allowed and to nothing more, and a policy fails closed."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.agreements import (
    Agreed,
    AgreementInsufficient,
    AgreementMissing,
    HouseOnly,
    Plain,
    Policy,
    Tells,
    clamp_at,
    clamped,
    house_of,
)
from kit.auth import Caller
from kit.learnt import Learnt
from kit.problems import UpstreamDown

NAMES = st.sampled_from("abc")
VALUES = st.recursive(
    st.none() | st.integers(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=3)
FIELDS = st.frozensets(st.lists(NAMES, min_size=1, max_size=3).map(".".join), max_size=6)


def leaves(value: Any, before: str = "") -> set[str]:
    """The path of every bare value."""
    if isinstance(value, dict):
        return {path for name, inner in value.items() for path in leaves(inner, f"{before}.{name}" if before else name)}
    if isinstance(value, list):
        return {path for inner in value for path in leaves(inner, before)}
    return {before} if value is not None else set()


def _allowed(path: str, fields: frozenset[str]) -> bool:
    return any(path == one or path.startswith(f"{one}.") for one in fields)


@given(OBJECTS, FIELDS)
def test_every_value_told_is_one_that_was_agreed_and_every_one_agreed_is_told(
    value: dict[str, Any], fields: frozenset[str]
) -> None:
    told = clamped(value, fields)
    withheld = told.pop("withheld", [])
    assert leaves(told) == {path for path in leaves(value) if _allowed(path, fields)}
    assert not any(_allowed(path, fields) for path in withheld)


def test_objects_are_found_in_their_frame_and_the_frame_stays() -> None:
    document = {"cursor": "x", "cards": [{"leads": [{"a": 1, "b": 2}]}, {"leads": None}]}
    assert clamp_at(document, "cards.leads", frozenset({"a"})) == {
        "cursor": "x", "cards": [{"leads": [{"a": 1, "withheld": ["b"]}]}, {"leads": None}],
    }  # fmt: skip


COUNTY, TOWN, OTHER = "640499000000", "640499100000", "640498000000"
DAY = date(2021, 6, 1)
TABLE = {"shows": Tells("person"), "ours": HouseOnly("why"), "free": Plain("why")}


def caller(agency: str = "health", area: str = COUNTY, purpose: str = "p") -> Caller:
    return Caller("c", agency, area, frozenset(), purpose)


def agreed(area: str = COUNTY, kind: str = "department", **fields: str) -> Agreed:
    named = {name.replace("_", "-"): frozenset(words.split()) for name, words in fields.items()}
    return Agreed(f"v{area}", "health", kind, frozenset({"p"}), area, named, frozenset({"case"}))


def policy(*found: Agreed) -> Policy:
    return Policy(house_of("civil-affairs, township"), TABLE, lambda _: found, lambda: DAY)


def test_the_house_is_admitted_as_it_comes_and_everybody_else_bound() -> None:
    ours = caller("township")
    assert policy().admit("whatever", ours) == (ours, None)
    free, told = policy().admit("free", caller())
    assert told is None
    assert free.terms is not None
    assert free.terms.fields == frozenset()


@pytest.mark.parametrize("operation", ["ours", "nobody-wrote-a-row", ""])
def test_an_operation_without_a_row_is_refused(operation: str) -> None:
    with pytest.raises(AgreementInsufficient):
        policy(agreed(person="name")).admit(operation, caller())


@pytest.mark.parametrize(
    ("found", "who", "problem"),
    [
        ((), {}, AgreementMissing),
        ((agreed(person="name"),), {"purpose": "q"}, AgreementMissing),
        ((agreed(person="name"),), {"area": OTHER}, AgreementMissing),
        ((agreed(person="name"),), {"agency": "police"}, AgreementMissing),
        ((agreed(lead="name"),), {}, AgreementInsufficient),
        ((agreed(person=""),), {}, AgreementInsufficient),
    ],
)
def test_what_does_not_fit_is_refused(found: tuple[Agreed, ...], who: dict[str, str], problem: type[Exception]) -> None:
    with pytest.raises(problem):
        policy(*found).admit("shows", caller(**who))


def test_versions_add_up_where_each_covers_the_caller_and_else_narrow() -> None:
    both = policy(agreed(person="name"), agreed(person="sex", kind="third-party"))
    admitted, told = both.admit("shows", caller(area=TOWN))
    assert told == TABLE["shows"]
    assert admitted.terms is not None
    assert (admitted.area, admitted.terms.fields) == (TOWN, {"name", "sex"})
    assert (admitted.terms.assigned_only, admitted.terms.cases) == (True, {"case"}), "the stricter of the two"
    narrowed, _ = policy(agreed(TOWN, person="name")).admit("shows", caller())
    assert narrowed.area == TOWN
    wide, _ = policy(agreed(TOWN, person="phone"), agreed(person="name")).admit("shows", caller())
    assert wide.terms is not None
    assert (wide.area, wide.terms.fields) == (COUNTY, {"name"})


def test_a_list_that_cannot_be_had_lets_nobody_in_but_the_house() -> None:
    def silent(_: str) -> list[Agreed]:
        raise UpstreamDown(name="registry")

    shut = Policy(house_of("civil-affairs"), TABLE, silent, lambda: DAY)
    with pytest.raises(UpstreamDown):
        shut.admit("shows", caller())
    assert shut.admit("shows", caller("civil-affairs"))[1] is None
    assert shut.admit("free", caller())[1] is None, "an agency's own rows do not wait for the registry"


def test_what_was_learnt_is_kept_for_seconds_and_then_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, asked = [100.0], []
    monkeypatch.setattr("kit.learnt.time.monotonic", lambda: clock[0])

    def ask() -> str:
        asked.append(clock[0])
        if clock[0] > 105:
            raise UpstreamDown(name="registry")
        return "told"

    learnt = Learnt(ask, 10.0)
    assert [learnt.now(), learnt.now()] == ["told", "told"]
    clock[0] = 112.0
    assert learnt.now() == "told"
    assert asked == [100.0, 112.0]
    clock[0] = 116.0
    with pytest.raises(UpstreamDown):
        learnt.now()
    assert learnt.now(60.0) == "told"
    clock[0] = 170.0
    with pytest.raises(UpstreamDown):
        learnt.now(60.0)
