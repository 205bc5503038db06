"""Values in force by area and day, against a model that looks them up the plain way."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from matcher.screens.catalogue import CATALOGUE, SETTINGS, groups_of, parameters_of
from matcher.screens.columns.settings import SCREEN_TIERS, URGENCY_COLOURS
from matcher.screens.in_force import origins, standing
from matcher.screens.parameters import shipped
from matcher.screens.readers import OF_ALL, readers

DAY = date(2021, 6, 1)
# From the country down to a village, and places beside each.
AREAS = [
    *("000000000000", "640000000000", "640400000000", "640499000000", "640499100000", "640499100201"),
    *("640498000000", "640499200000", "640499100202", "640499200201", "110000000000"),
]
LINES = ("illness_line_yuan", "death_grace_months")
days = st.integers(-20, 20).map(lambda n: DAY + timedelta(days=n))
values = st.fixed_dictionaries({}, optional={LINES[0]: st.integers(100, 200), LINES[1]: st.integers(0, 12)})


@st.composite
def profiles(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Approved profiles as the store gives them; campaigns of one area do not overlap."""
    found: list[dict[str, Any]] = []
    for serial in range(draw(st.integers(0, 8))):
        first = draw(days)
        last = draw(st.none() | st.integers(0, 15).map(lambda n, first=first: first + timedelta(days=n)))
        campaign = draw(st.booleans()) if last is not None else False
        one = {
            "profile_id": f"p{serial}",
            "area": draw(st.sampled_from(AREAS)),
            "valid_from": first.isoformat(),
            "valid_to": last.isoformat() if last else None,
            "campaign": "百日清零" if campaign else None,
            "exempt": False,
            "serial": serial + 1,
            "values": draw(values),
            "basis": {},
        }
        if not campaign or not any(_overlap(one, other) for other in found):
            found.append(one)
    return found


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    same = one["area"] == other["area"] and other["campaign"] is not None
    return same and one["valid_from"] <= other["valid_to"] and other["valid_from"] <= one["valid_to"]


def naive(area: str, on: date, approved: list[dict[str, Any]], name: str) -> Any:
    """From the village up to the country: in each area the campaign of the day if it names the value, else what the
    profile that began last says, if it does."""
    chain = [area, area[:9] + "000", area[:6] + "000000", area[:4] + "00000000", area[:2] + "0000000000", "0" * 12]
    for place in dict.fromkeys(chain):
        here = [
            one
            for one in approved
            if one["area"] == place
            and date.fromisoformat(one["valid_from"]) <= on
            and (one["valid_to"] is None or on <= date.fromisoformat(one["valid_to"]))
        ]
        for campaign in (True, False):
            of_kind = [one for one in here if (one["campaign"] is not None) is campaign]
            if of_kind:
                newest = sorted(of_kind, key=lambda one: (one["valid_from"], one["serial"]))[-1]
                if name in newest["values"]:
                    return newest["values"][name]
    return next(one["values"][name] for one in shipped() if name in one["values"])


@given(profiles(), st.sampled_from(AREAS), days)
def test_values_are_as_a_plain_look_up_finds_them(approved: list[dict[str, Any]], area: str, on: date) -> None:
    found = origins(area, on, approved)
    for name in LINES:
        assert found[name].value == naive(area, on, approved, name)
        assert found[name].profile["values"][name] == found[name].value
    held = standing(area, on, approved)
    slots = [(one["area"], one["campaign"] is None) for one in held]
    assert len(set(slots)) == len(slots), "one ordinary profile and one campaign of each area"


@given(profiles(), days)
def test_areas_are_grouped_by_what_decides_them_and_no_finer(approved: list[dict[str, Any]], on: date) -> None:
    groups = groups_of(AREAS, on, approved)
    assert sorted(area for group in groups for area in group.areas) == sorted(AREAS)
    for group in groups:
        assert {parameters_of(area, on, approved).version for area in group.areas} == {group.parameters.version}
    versions = [group.parameters.version for group in groups]
    assert len(set(versions)) == len(versions)


@given(profiles(), st.sampled_from(AREAS), days)
def test_the_order_in_which_profiles_are_read_means_nothing(
    approved: list[dict[str, Any]], area: str, on: date
) -> None:
    assert parameters_of(area, on, approved) == parameters_of(area, on, approved[::-1])


def test_without_a_profile_everybody_is_one_group() -> None:
    (only,) = groups_of([f"6404991{n:05d}" for n in range(500)], DAY, [])
    assert len(only.areas) == 500


def test_every_screen_reads_what_its_file_declares_and_all_read_their_tier() -> None:
    found = readers()
    for screen in CATALOGUE:
        for own in screen.settings:
            assert screen.id in found[own.name]
        assert all(screen.id in found[name] for name in OF_ALL)
    assert set(found) <= {one.name for one in SETTINGS}
    assert "uncovered-monitored-incapable" in found["weak_labour"]
    assert "covered-but-dead" not in found["weak_labour"]


@given(st.integers(-5, 105))
def test_an_urgency_has_the_colour_of_the_highest_start_it_reaches(urgency: int) -> None:
    p = parameters_of(AREAS[3], DAY, [])
    starts = dict(URGENCY_COLOURS.of(p))
    assert list(starts) == ["红", "橙", "黄", "绿"]
    reached = [colour for colour, start in starts.items() if urgency >= start]
    assert URGENCY_COLOURS.colour(p, urgency) == (reached[0] if reached else "绿")


def test_a_screen_that_no_profile_names_keeps_its_own_tier() -> None:
    assert SCREEN_TIERS.of(parameters_of(AREAS[3], DAY, [])) == {}
