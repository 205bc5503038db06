"""Thresholds from costs, by hand and against every other threshold."""

import numpy as np
import pytest

from matcher.linkage.costs import (
    DEFAULT,
    HIGHEST,
    Costs,
    CostsInvalid,
    Stake,
    costs_of,
    expected_cost,
    thresholds_from_costs,
)
from matcher.linkage.model import Model

GRID = np.linspace(0.0005, 0.9995, 1000)
ONE_EACH = np.ones(1000)


def test_with_time_enough_a_doubt_is_asked_about_exactly_where_asking_is_cheaper() -> None:
    """A review of 0.1: below p = 0.1 / 4 leaving is cheaper, above 1 - 0.1 / 1 linking is."""
    choice = thresholds_from_costs(Costs(1, 4, 0.1), GRID, capacity=10_000)
    assert choice.thresholds == {"certain": 0.9, "probable": 0.9, "possible": 0.025, "floor": 0.01}
    assert choice.reviews == 875
    assert choice.linked == 100
    assert choice.false_links == pytest.approx(100 * 0.05)
    assert choice.missed_links == pytest.approx(25 * 0.0125)
    assert choice.cost == pytest.approx(87.5 + 5 + 4 * 25 * 0.0125)
    assert choice.price == 0.1


def test_with_little_time_the_band_holds_as_many_as_can_be_asked_and_the_most_doubtful_ones() -> None:
    choice = thresholds_from_costs(Costs(1, 4, 0.1), GRID, capacity=200)
    assert choice.reviews == pytest.approx(200, abs=2)
    assert choice.reviews <= 200
    assert choice.thresholds["possible"] < Costs(1, 4, 0.1).even < choice.thresholds["probable"] < 0.9
    assert choice.thresholds["certain"] == 0.9
    assert choice.price > 0.1


def test_without_time_there_is_one_threshold_where_both_mistakes_cost_the_same() -> None:
    choice = thresholds_from_costs(Costs(1, 4, 0.1), GRID, capacity=0)
    assert choice.reviews == 0
    assert [choice.thresholds[name] for name in ("possible", "probable")] == pytest.approx([0.2, 0.2], abs=0.001)


def test_a_review_dearer_than_any_mistake_is_never_asked_for() -> None:
    choice = thresholds_from_costs(Costs(1, 1, 0.6), GRID, capacity=10_000)
    assert choice.reviews == 0
    assert choice.thresholds["probable"] == choice.thresholds["certain"] == 0.5


@pytest.mark.parametrize("capacity", [0, 60, 300, 10_000])
@pytest.mark.parametrize("seed", range(4))
def test_no_other_band_of_that_size_is_cheaper(seed: int, capacity: int) -> None:
    draw = np.random.default_rng(seed)
    costs = Costs(*draw.uniform(0.5, 5, 2).tolist(), review=float(draw.uniform(0.01, 0.3)))
    p = draw.beta(0.3, 0.3, 1500)
    chosen = thresholds_from_costs(costs, p, capacity, floor=0.0001)
    assert chosen.reviews <= capacity
    edges = np.linspace(0.001, 0.999, 60)
    for low in edges:
        for high in edges[edges >= low]:
            other = expected_cost(costs, p, np.ones(len(p)), {"possible": low, "probable": high})
            if other.reviews <= capacity:
                assert chosen.cost <= other.cost + 2 * max(costs.false_link, costs.missed_link) / 100 + 1


def test_counts_stand_for_as_many_records() -> None:
    few = thresholds_from_costs(DEFAULT, GRID, 30, np.full(1000, 3.0))
    each = thresholds_from_costs(DEFAULT, np.repeat(GRID, 3), 30)
    assert few.thresholds == each.thresholds
    assert (few.reviews, few.linked, few.cost) == pytest.approx((each.reviews, each.linked, each.cost))


def test_the_shipped_thresholds_are_those_of_the_documented_costs() -> None:
    """A price of 0.2 closes the band to .05 … .80; with all the time there is it would reach .99."""
    shipped = Model.default().thresholds
    p = np.concatenate(
        [np.linspace(0.05001, 0.79999, 100), np.linspace(0.0026, 0.0499, 50), np.linspace(0.81, 0.98, 50)]
    )
    choice = thresholds_from_costs(DEFAULT, p, capacity=100)
    assert choice.thresholds["certain"] == shipped["certain"]
    assert choice.thresholds["probable"] == pytest.approx(shipped["probable"], abs=0.01)
    assert choice.thresholds["possible"] == pytest.approx(shipped["possible"], abs=0.01)


def test_thresholds_fit_a_model_whatever_the_costs() -> None:
    for costs in (Costs(1e6, 1, 1e-6), Costs(1, 1e6, 1e-6), Costs(1, 1, 1)):
        found = thresholds_from_costs(costs, GRID, 50).thresholds
        order = [found[name] for name in ("certain", "probable", "possible", "floor")]
        assert order == sorted(order, reverse=True)
        assert 0.01 <= order[-1] <= order[0] <= HIGHEST


def test_a_false_link_hides_a_person_where_the_list_is_of_the_unlinked_and_sends_a_visit_where_it_accuses() -> None:
    uncovered = Stake(wrong_visit=1, missed_person=6, records=300)
    dead = Stake(wrong_visit=2, missed_person=3, records=100, accuses=True)
    assert costs_of([uncovered], 0.1) == Costs(false_link=6, missed_link=1, review=0.1)
    assert costs_of([uncovered, dead], 0.1) == Costs(false_link=5, missed_link=1.5, review=0.1)


def test_costs_that_decide_nothing_are_refused() -> None:
    with pytest.raises(CostsInvalid, match="more than nothing"):
        Costs(1, 0, 1)
    with pytest.raises(CostsInvalid, match="no use"):
        costs_of([], 1)
    with pytest.raises(CostsInvalid, match="no use"):
        costs_of([Stake(1, 1, 0)], 1)
    with pytest.raises(CostsInvalid, match="capacity"):
        thresholds_from_costs(DEFAULT, GRID, float("nan"))
