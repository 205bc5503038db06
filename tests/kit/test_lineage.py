"""Where codes of divisions that ended lie: nobody lost, nobody seen twice but by the heirs of a split."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, String, Table, create_engine, select

from kit.auth import Caller
from kit.lineage import Lineage
from kit.scope import lies_in, sees, within

COUNTY = "640499000000"


@dataclass
class Reorganised:
    """A county that is reorganised step by step; `ended`: code → what stood in its place."""

    standing: list[str]
    ended: dict[str, list[str]] = field(default_factory=dict)
    ever: list[str] = field(default_factory=list)
    next_town: int = 500

    def towns(self) -> list[str]:
        return [code for code in self.standing if code.endswith("000")]

    def new_town(self) -> str:
        self.next_town += 1
        return f"640499{self.next_town}000"

    def end(self, code: str, to: list[str]) -> None:
        self.standing.remove(code)
        self.ended[code] = to
        for one in to:
            if one not in self.standing:
                self.standing.append(one)
                self.ever.append(one)


STEPS = st.lists(
    st.tuples(st.sampled_from(["merge", "split", "recode", "village"]), st.integers(0, 99), st.integers(0, 99)),
    max_size=8,
)


def reorganise(steps: list[tuple[str, int, int]]) -> Reorganised:
    codes = [f"640499{town}{village:03d}" for town in (100, 101, 102) for village in (0, 1, 2)]
    world = Reorganised(list(codes), ever=list(codes))
    for kind, first, second in steps:
        towns = world.towns()
        town, other = towns[first % len(towns)], towns[second % len(towns)]
        villages = [code for code in world.standing if not code.endswith("000")]
        if kind == "merge" and town != other:
            world.end(town, [other])
        elif kind == "split":
            world.end(town, [world.new_town(), world.new_town()])
        elif kind == "recode":
            world.end(town, [world.new_town()])
        elif kind == "village" and villages:
            to = f"{other[:9]}{800 + len(world.ever):03d}"
            world.end(villages[first % len(villages)], [to])
    return world


def caller(area: str, lineage: Lineage) -> Caller:
    return Caller("c", "a", area, frozenset(), "p", lineage=lineage)


@given(STEPS)
def test_every_code_ever_used_is_seen_by_a_township_that_stands_and_by_no_stranger(
    steps: list[tuple[str, int, int]],
) -> None:
    world = reorganise(steps)
    lineage = Lineage.of(world.ended)
    for code in world.ever:
        seen = {town for town in world.towns() if sees(caller(town, lineage), code)}
        heirs = lineage.placed(code)
        meant = {f"{one[:9]}000" for one in heirs} & set(world.towns())
        # A village that kept its standing under a township that ended lies where that township does.
        deeper = {t for one in heirs for t in lineage.placed(f"{one[:9]}000")}
        assert seen, code
        assert seen <= meant | {f"{one[:9]}000" for one in deeper}, code
        assert sees(caller(COUNTY, lineage), code)


@given(STEPS)
def test_the_clause_and_the_question_agree(steps: list[tuple[str, int, int]]) -> None:
    world = reorganise(steps)
    lineage = Lineage.of(world.ended)
    table = Table("t", MetaData(), Column("area", String))
    engine = create_engine("sqlite://")
    codes = [*world.ever, "640499100777", "640498100001", "640499000000"]
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"area": code} for code in codes])
        for area in [*world.ever, COUNTY, "640498000000", "640000000000"]:
            who = caller(area, lineage)
            found = set(connection.execute(select(table.c.area).where(within(who, table.c.area))).scalars())
            assert found == {code for code in codes if sees(who, code)}
            everywhere = caller("000000000000", lineage)
            asked = select(table.c.area).where(lies_in(everywhere, table.c.area, area))
            assert set(connection.execute(asked).scalars()) == found


def test_the_nearest_division_that_ended_speaks() -> None:
    lineage = Lineage.of(
        {"640499100000": ["640499200000", "640499300000"], "640499100001": ["640499300801"], "640499300801": []}
    )
    assert lineage.holds("640499200000", "640499100002")
    assert lineage.holds("640499300000", "640499100002")
    assert not lineage.holds("640499200000", "640499100001")
    assert lineage.holds("640499300000", "640499100001")
    assert lineage.one("640499100002") == "640499100002"


@pytest.mark.parametrize("circle", [{"640499100000": ["640499100000"]}, {"a" * 12: ["b" * 12], "b" * 12: ["a" * 12]}])
def test_a_circle_leads_nowhere_and_loses_nobody(circle: dict[str, list[str]]) -> None:
    lineage = Lineage.of(circle)
    assert all(lineage.placed(code) == {code} for code in circle)
    assert all(lineage.holds(code, code) for code in circle)
