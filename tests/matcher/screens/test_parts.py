"""What a part of the scene is said to rest on is all it rests on: where nobody has any of it, it need not be asked."""

from datetime import date
from functools import cache
from itertools import chain

import polars as pl
import pytest

from matcher.frames import COVERAGE, FACT, PERSON, empty
from matcher.screens.catalogue import CATALOGUE, parameters_for
from matcher.screens.columns.known import COVERED, Known
from matcher.screens.columns.part import Among, Part
from matcher.screens.parameters import Parameters, shipped
from matcher.screens.scene import AMONG, PARTS, columns_of, scene_of
from tests.matcher.screens.tables import AREA, cases, frames

DAY = date(2021, 6, 1)
ALL = tuple(chain(*PARTS))
World = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]


def parameters() -> Parameters:
    """Everything an area may leave open is set, and every property and disagreement is told back."""
    own = {"phase_out_multiple": 2, "phase_out_months": 6, "phase_out_causes": ["policy", "employment"]}
    feeds = {"claims_feeds": ["f"], "disagreements": ["identity", "card", "coverage"]}
    profile = {"area": AREA, "valid_from": "2020-01-01", "valid_to": None, "values": own | feeds}
    return parameters_for(AREA, DAY, [*shipped(), profile])


@cache
def everybody() -> World:
    """The people of all cases of all screens beside each other."""
    told: list[World] = []
    for screen in CATALOGUE:
        for number, case in enumerate(cases(screen.id)):
            apart = pl.lit(f"{screen.id} {number} ")
            people, coverage, facts = frames(case)
            home, who = ((apart + pl.col(key)).alias(key) for key in ("household_key", "subject_id"))
            kin = pl.when(pl.col("kind") == "kin").then(apart + pl.col("about")).otherwise("about")
            told.append(
                (
                    people.with_columns(who, home),
                    coverage.with_columns(who, home),
                    facts.with_columns(who, about=kin),
                )
            )
    people, coverage, facts = (pl.concat(part) for part in zip(*told, strict=True))
    return people, coverage, facts


def without(of: tuple[str, ...]) -> World:
    """Everybody, but nobody has any of these."""
    people, coverage, facts = everybody()
    told = facts.filter(~pl.col("kind").is_in(list(of)))
    return people, coverage.clear() if COVERED in of else coverage, told


def name(one: Part | Among) -> str:
    return f"{one.columns.__module__.rpartition('.')[2]}.{one.columns.__name__.lstrip('_')}"


def nothing_said(frame: pl.DataFrame) -> bool:
    """Whether all is null, or false where it is a flag."""
    return all(
        not column.any() if column.dtype == pl.Boolean else column.null_count() == frame.height for column in frame
    )


@pytest.mark.parametrize("part", ALL, ids=name)
def test_a_part_says_nothing_where_nobody_has_what_it_rests_on(part: Part) -> None:
    _, coverage, facts = everybody()
    assert part.columns(Known.of(coverage, facts, DAY, parameters())).height, "no case tells it anything"
    _, coverage, facts = without(part.of)
    assert not part.columns(Known.of(coverage, facts, DAY, parameters())).height


@pytest.mark.parametrize("among", [one for one in AMONG if one.of], ids=name)
def test_what_is_told_among_people_is_nothing_where_nobody_has_what_it_rests_on(among: Among) -> None:
    p = parameters()
    new = [each.meta.output_name() for each in columns_of(p)[among].blank]
    people, coverage, facts = everybody()
    assert not nothing_said(scene_of(people, coverage, facts, DAY, p).people.select(new)), "no case tells it anything"
    people, coverage, facts = without(among.of)
    scene = scene_of(people, coverage, facts, DAY, p)
    found = among.columns(scene.people.drop(new), Known.of(coverage, facts, DAY, p))
    assert nothing_said(found.select(new))
    assert found.select(new).schema == scene.people.select(new).schema


def test_what_a_part_is_not_asked_for_is_there_all_the_same() -> None:
    nobody = scene_of(empty(PERSON), empty(COVERAGE), empty(FACT), DAY, parameters()).people
    some = scene_of(*everybody(), DAY, parameters()).people
    assert dict(nobody.schema) == dict(some.schema)
    assert some.height
    assert not any(column.null_count() for column in some if column.dtype == pl.Boolean)
