"""The invented people: plausible as a population, impossible as living persons."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from china.id_numbers import read_column
from doudi.county import LEVELS
from doudi.county.circumstances import Circumstances, circumstances_of
from doudi.county.names import given_names
from doudi.county.population import AS_OF, Population, people_of, relation
from doudi.county.tables import age_shares, confusions, places, rates, rows, surnames

PEOPLE = 12_000


@pytest.fixture(scope="module")
def people() -> Population:
    return people_of(np.random.default_rng(5), PEOPLE)


@pytest.fixture(scope="module")
def life(people: Population) -> Circumstances:
    return circumstances_of(np.random.default_rng(6), people)


def test_a_county_has_exactly_the_people_asked_for(people: Population) -> None:
    assert len(people) == PEOPLE
    assert len(people_of(np.random.default_rng(1), 137)) == 137


def test_fewer_than_a_hundred_people_are_no_county() -> None:
    with pytest.raises(ValueError, match="100"):
        people_of(np.random.default_rng(1), 99)


def test_every_number_is_sound_unique_and_of_the_never_issued_county(people: Population) -> None:
    assert len(set(people.number)) == PEOPLE
    assert all(one.startswith("640499") for one in people.number)
    assert all(one.startswith("640499") for one in people.older_number)
    for numbers in (people.number, people.older_number):
        read = read_column(pl.Series(numbers), on=AS_OF)
        assert read["id18"].to_list() == list(numbers)


def test_a_number_tells_birth_date_and_sex(people: Population) -> None:
    assert [one[6:14] for one in people.number] == list(people.birth)
    assert [2 - int(one[16]) % 2 for one in people.number] == people.sex.tolist()


def test_nobody_is_born_after_the_reference_date_or_on_a_day_that_never_was(people: Population) -> None:
    days = [date(int(one[:4]), int(one[4:6]), int(one[6:])) for one in people.birth]
    assert max(days) <= AS_OF
    assert min(days) > date(1910, 1, 1)


def test_the_age_pyramid_is_the_census_one(people: Population) -> None:
    lower, share = age_shares()
    group = np.searchsorted(lower, people.age, side="right") - 1
    found = np.bincount(group, minlength=len(lower)) / PEOPLE
    assert np.abs(found - share.sum(axis=1)).max() < 0.012
    assert abs(float((people.sex == 1).mean()) - share[:, 0].sum()) < 0.02


def test_households_are_as_large_as_in_the_country(people: Population) -> None:
    _, size = people.members()
    assert 2.6 < size.mean() < 3.2
    assert 0.12 < (size == 1).mean() < 0.3


def test_every_household_has_one_head_and_spouses_of_different_sex(people: Population) -> None:
    heads = np.bincount(people.household[people.role == 0])
    assert (heads == 1).all()
    spouses = np.flatnonzero(people.role == 1)
    assert (people.sex[spouses] != people.sex[spouses - 1]).all()


def test_children_are_younger_than_their_parents(people: Population) -> None:
    child = (people.role >= 2) & (people.role <= 6)
    _, first = np.unique(people.household, return_index=True)
    heads_age = people.age[first[people.household]]
    assert (heads_age[child] - people.age[child]).min() >= 10


def test_there_are_twins_and_their_numbers_are_neighbours(people: Population) -> None:
    frame = pl.DataFrame(
        {"household": people.household, "birth": people.birth, "sex": people.sex, "number": people.number}
    )
    same = frame.group_by("household", "birth", "sex").agg("number").filter(pl.col("number").list.len() > 1)
    assert same.height >= 3
    serials = [sorted(int(one[14:17]) for one in numbers) for numbers in same["number"]]
    assert sum(high - low <= 2 for low, high, *_ in serials) >= 1


def test_namesakes_are_as_frequent_as_public_statistics_suggest(people: Population) -> None:
    size = pl.Series(people.name).value_counts()["count"]
    pairs = float((size * (size - 1) / 2).sum()) / PEOPLE**2 * 1e6
    assert 6 < pairs < 30  # 9 in a county of this kind, 24 in an estimate for 100 000 people


def test_birthdays_do_not_bunch(people: Population) -> None:
    size = pl.Series(people.birth).value_counts()["count"]
    assert (
        float((size * (size - 1) / 2).sum()) / PEOPLE**2 * 1e6 < 26
    )  # 19 where every day is alike within an age group


def test_most_people_are_hui_and_a_third_of_them_named_ma(people: Population) -> None:
    assert 0.6 < people.hui.mean() < 0.95
    assert 0.2 < np.mean([one[0] == "马" for one in people.name[people.hui]]) < 0.5
    assert 0.01 < np.mean(["·" in one for one in people.name]) < 0.04


def test_brothers_who_share_a_generation_character_begin_alike() -> None:
    rng = np.random.default_rng(3)
    sex, year, family = np.ones(30, dtype=int), np.full(30, 1975), np.repeat(np.arange(10), 3)
    given = given_names(rng, sex, year, family).reshape(10, 3)
    assert all(len({one[0] for one in brothers}) == 1 for brothers in given)
    assert len({one[0] for one in given[:, 0]}) > 3


def test_relations_are_named_as_exports_name_them() -> None:
    assert [relation(0, 1), relation(1, 2), relation(2, 1), relation(6, 2), relation(7, 1), relation(8, 2)] == [
        *("户主", "配偶", "之子", "之女", "之父", "之母")
    ]


def test_the_shares_at_risk_and_covered_are_those_of_a_real_county(people: Population, life: Circumstances) -> None:
    assert 0.05 < life.covered.mean() < 0.075
    assert 0.02 < (life.card_class > 0).mean() < 0.035
    assert 0.4 < life.covered[life.severe].mean() < 0.7  # 54 % in the county the rates were set against
    assert life.covered[~life.severe].mean() < 0.07
    assert 0.006 < (life.died != "").mean() < 0.014
    assert people.age[life.died != ""].mean() > people.age.mean() + 10


def test_nobody_is_covered_outside_the_registry(life: Circumstances) -> None:
    assert not (life.covered & ~life.in_registry).any()
    assert ((life.amount > 0) == life.covered).all()


def test_every_level_gives_a_rate_to_every_event() -> None:
    events = {row["event"] for row in rows("levels.csv")}
    for level in LEVELS:
        assert set(rates(level)) == events
    for event in events - {"errors cluster by clerk (gamma shape 4)"}:
        assert [rates(level)[event] for level in LEVELS] == sorted(rates(level)[event] for level in LEVELS)


def test_an_unknown_level_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="filthy"):
        rates("filthy")


def test_the_county_has_villages_of_the_same_name_in_different_townships() -> None:
    land = places()
    assert all(one.startswith("640499") for one in land.village_codes)
    assert len(set(land.village_codes)) == len(land.village_codes)
    assert len(set(land.township_codes)) == 8
    assert len(set(land.village_names)) < len(land.village_names)


def test_no_character_is_taken_for_itself_and_shares_of_surnames_add_up() -> None:
    assert all(one not in others for (one, _), others in confusions().items())
    for table in ("han_surnames.csv", "hui_surnames.csv"):
        assert surnames(table)[1].sum() == pytest.approx(1)
