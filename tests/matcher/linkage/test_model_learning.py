"""Learning against a known truth: what EM finds, what answers add, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from matcher.linkage import learn as learning
from matcher.linkage import levels as scale
from matcher.linkage.calibrate import EDGES, Answered, Calibration, calibrate, expected_calibration_error, sloped
from matcher.linkage.labels import HEAVIEST, Labels, stands_for, worth
from matcher.linkage.learn import Seen, TrainingFailed, dependence, learn
from matcher.linkage.levels import FIELDS, code
from matcher.linkage.model import CLASSES, Model
from matcher.linkage.monotone import CHAINS, in_order, out_of_order
from matcher.linkage.weigh import weigh
from tests.matcher.linkage.simulated import MODEL, PEOPLE, drawn, seen, shares

DIFFERS = code("sex", "differs")


def sex_differs(model: Model) -> float:
    row = np.array(model.weights["sex"]["same"])
    return float(row[DIFFERS] / row[1:].sum())


def world(rate: float, size: int = 20_000) -> Seen:
    """Records of which half have their person, who says another sex on `rate` of them."""
    same = drawn(shares("same", {"sex": {"equal": 1 - rate, "differs": rate}}), size, 1)
    return seen(same, drawn(shares("stranger"), size, 2), 2 * size)


class TestEm:
    def test_it_finds_the_true_rate_of_an_error_and_how_many_are_present(self) -> None:
        learnt = learn(world(0.2), MODEL)
        leaning = (20_000 * 0.2 + 2_000 * sex_differs(MODEL)) / 22_000
        assert sex_differs(learnt.model) == pytest.approx(leaning, abs=0.01)
        assert learnt.model.present == pytest.approx(0.5, abs=0.01)
        assert learnt.matches == pytest.approx(20_000, rel=0.01)
        assert learnt.slope > 0.97
        assert learnt.model.calibration is None

    def test_nothing_to_compare_weighs_nothing_and_levels_stand_in_order(self) -> None:
        model = learn(world(0.6), MODEL).model  # more than half: EM alone would take another sex for a good sign
        for field in FIELDS:
            assert {model.weights[field.name][kind][0] for kind in CLASSES} == {0.5}
            same, stranger = (np.array(model.weights[field.name][kind]) for kind in ("same", "stranger"))
            assert out_of_order(field.name, same, stranger) == []

    def test_the_order_of_the_counts_and_a_second_run_change_no_byte(self) -> None:
        told = world(0.05, 3_000)
        turned = replace(told, patterns=told.patterns[::-1].copy(), counts=told.counts[::-1].copy())
        assert learn(told, MODEL).model.text == learn(told, MODEL).model.text
        assert learn(turned, MODEL).model.weights == learn(told, MODEL).model.weights

    def test_whether_agencies_write_dates_out_of_borrowed_numbers_is_learnt(self) -> None:
        told = world(0.02)
        learnt = {}
        for habit in ("stated-equal", "stated-differs"):
            lent = drawn(shares("household", {"number": {"equal": 1.0}, "birth": {habit: 1.0}}), 300, 5)
            patterns, counts = np.unique(
                np.concatenate([np.repeat(told.patterns, told.counts), lent]), return_counts=True
            )
            model = learn(replace(told, patterns=patterns, counts=counts), MODEL).model
            learnt[habit] = model.weights["birth"]["household"][code("birth", "stated-equal")]
        assert learnt["stated-equal"] > 0.5
        assert learnt["stated-differs"] < 0.02

    def test_no_pairs_is_an_error(self) -> None:
        nothing = replace(world(0.1, 100), patterns=np.zeros(0, dtype=np.int64), counts=np.zeros(0, dtype=np.int64))
        with pytest.raises(TrainingFailed, match="nothing to learn"):
            learn(nothing, MODEL)

    def test_what_does_not_settle_is_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(learning, "MOST_ROUNDS", 2)
        with pytest.raises(TrainingFailed, match="no convergence in 2 rounds"):
            learn(world(0.4), MODEL)

    def test_many_pairs_put_a_start_with_swapped_classes_right(self) -> None:
        """Few pairs cannot, and that is an error: see test_model."""
        turned = {
            name: {"same": kinds["stranger"], "household": kinds["household"], "stranger": kinds["same"]}
            for name, kinds in MODEL.weights.items()
        }
        learnt = learn(world(0.1), replace(MODEL, weights=turned))
        assert learnt.matches == pytest.approx(20_000, rel=0.02)
        assert learnt.model.weights["number"]["same"][1] > 10 * learnt.model.weights["number"]["stranger"][1]

    def test_fields_in_which_strangers_agree_too_are_an_error_unless_it_is_one_only(self) -> None:
        told, alike = world(0.1), {}
        for name in ("birth", "number"):
            alike[name] = np.zeros(len(told.strangers[name]))
            alike[name][code(name, "equal")] = 100_000
        born_together = replace(told, strangers={**told.strangers, "birth": alike["birth"]})
        assert learn(born_together, MODEL).model.present == pytest.approx(0.5, abs=0.02)
        with pytest.raises(TrainingFailed, match="number equal and birth equal"):
            learn(replace(told, strangers={**told.strangers, **alike}), MODEL)

    def test_strangers_that_all_match_are_an_error(self) -> None:
        """Everybody has everybody's number: no county has ten times more persons than records."""
        told = world(0.1)
        with pytest.raises(TrainingFailed, match="rows of their own"):
            learn(replace(told, records=2_000), MODEL)


class TestOrder:
    def test_a_worse_agreement_that_was_seen_more_is_pooled_with_its_better_neighbour(self) -> None:
        same = np.array([0.5, 0.2, 0.8])
        stranger = np.array([0.5, 0.5, 0.5])
        assert in_order("sex", same, stranger).tolist() == pytest.approx([0.5, 0.5, 0.5])
        assert in_order("sex", same[[0, 2, 1]], stranger).tolist() == pytest.approx([0.5, 0.8, 0.2])

    def test_every_chain_names_levels_of_its_field(self) -> None:
        for field, chains in CHAINS.items():
            assert all(code(field, level) > 0 for chain in chains for level in chain)


class TestAnswers:
    """True rate .02; reviewers are shown every second pair whose sexes differ and one in fifty of the others."""

    RATE = 0.02

    def asked(self, *, told: bool) -> Labels:
        same = drawn(shares("same", {"sex": {"equal": 1 - self.RATE, "differs": self.RATE}}), 30_000, 5)
        chance = np.where(scale.unpack(same)["sex"] == DIFFERS, 0.5, 0.02)
        chosen = np.random.default_rng(6).random(len(same)) < chance
        inclusion = chance[chosen] if told else np.ones(int(chosen.sum()))
        return Labels(same[chosen], np.ones(int(chosen.sum()), dtype=np.bool_), inclusion)

    def test_answers_counted_as_they_come_shift_the_rate_and_weighed_by_their_selection_they_do_not(self) -> None:
        few = world(self.RATE, 300)
        without = sex_differs(learn(few, MODEL).model)
        biased = sex_differs(learn(few, MODEL, self.asked(told=False)).model)
        corrected = sex_differs(learn(few, MODEL, self.asked(told=True)).model)
        assert without == pytest.approx(self.RATE, abs=0.005)
        assert biased > 3 * self.RATE
        assert corrected == pytest.approx(self.RATE, abs=0.005)

    def test_where_nobody_knows_the_chance_it_is_the_share_of_equally_likely_pairs_that_was_asked(self) -> None:
        odds = np.repeat([-0.5, 2.5], [40, 10])
        everybody = Answered(np.array([-0.5, 2.5]), np.zeros(2, dtype=np.bool_), np.array([80.0, 200.0]))
        weight = stands_for(np.full(50, np.nan), odds, everybody)
        assert weight.tolist() == pytest.approx([2.0] * 40 + [20.0] * 10)

    def test_one_answer_stands_for_no_more_than_the_bound(self) -> None:
        nobody = Answered(np.zeros(0), np.zeros(0, dtype=np.bool_), np.zeros(0))
        assert stands_for(np.array([1e-6, 0.5, 1.0]), np.zeros(3), nobody).tolist() == [HEAVIEST, 2.0, 1.0]

    def test_uneven_weights_are_worth_fewer_answers(self) -> None:
        assert worth(np.ones(8)).sum() == pytest.approx(8)
        assert worth(np.array([9.0, 1.0])).sum() == pytest.approx(10**2 / 82)

    def test_pairs_told_apart_teach_what_relatives_look_like_and_nothing_about_strangers(self) -> None:
        apart = drawn(shares("household", {"sex": {"equal": 1.0}}), 500, 8)
        labels = Labels(apart, np.zeros(500, dtype=np.bool_), np.ones(500))
        before, after = learn(world(0.02), MODEL).model, learn(world(0.02), MODEL, labels).model
        assert after.weights["sex"]["household"][1] > before.weights["sex"]["household"][1] + 0.05
        assert after.weights["sex"]["stranger"] == before.weights["sex"]["stranger"]

    def test_answers_against_the_model_calibrate_it(self) -> None:
        told = world(0.02)
        model = learn(told, MODEL).model
        odds = weigh(told.patterns, model, PEOPLE)
        doubtful = np.repeat(told.patterns[(odds > 1) & (odds < 3)], 200)
        truth = np.random.default_rng(9).random(len(doubtful)) < 0.5
        learnt = learn(told, MODEL, Labels(doubtful, truth, np.ones(len(doubtful))))
        assert learnt.ece is not None
        assert learnt.ece[1] < learnt.ece[0] / 3
        assert learnt.labels == len(doubtful)
        said = weigh(doubtful, replace(learnt.model, calibration=None), PEOPLE)
        assert (1 / (1 + np.exp(-learnt.model.posterior(said)))).mean() == pytest.approx(0.5, abs=0.06)


class TestCalibration:
    def answers(self, slope: float, size: int = 4_000, seed: int = 3) -> Answered:
        """What a model says whose log-odds are too large by 1 / slope."""
        draw = np.random.default_rng(seed)
        odds = draw.normal(0, 4, size)
        return Answered(odds, draw.random(size) < 1 / (1 + np.exp(-slope * odds)), np.ones(size))

    def test_without_answers_it_is_what_it_was(self) -> None:
        nobody = Answered(np.zeros(0), np.zeros(0, dtype=np.bool_), np.zeros(0))
        assert calibrate(nobody) is None
        assert calibrate(nobody, sloped(0.8)) == sloped(0.8)

    def test_what_is_too_sure_is_corrected_on_answers_it_has_not_seen(self) -> None:
        map_ = calibrate(self.answers(0.5))
        assert map_ is not None
        fresh = self.answers(0.5, 20_000, seed=4)
        assert expected_calibration_error(fresh.odds, fresh) > 0.08
        assert expected_calibration_error(map_.apply(fresh.odds), fresh) < 0.02

    def test_what_is_right_stays_nearly_as_it_is(self) -> None:
        map_ = calibrate(self.answers(1.0))
        assert map_ is not None
        inside = np.linspace(EDGES[1], EDGES[-2], 200)
        moved = 1 / (1 + np.exp(-map_.apply(inside))) - 1 / (1 + np.exp(-inside))
        assert np.abs(moved).max() < 0.05

    @pytest.mark.parametrize("size", [1, 7, 300])
    def test_it_always_rises_and_far_beyond_the_answers_steps_are_the_models_own(self, size: int) -> None:
        map_ = calibrate(self.answers(0.3, size, seed=size), sloped(0.9))
        assert map_ is not None
        grid = np.linspace(-80, 80, 4001)
        assert (np.diff(map_.apply(grid)) > 0).all()
        assert np.diff(map_.apply(np.array([70.0, 75.0])))[0] == pytest.approx(5.0)

    def test_three_answers_move_little(self) -> None:
        three = Answered(np.full(3, 2.5), np.zeros(3, dtype=np.bool_), np.ones(3))
        map_ = calibrate(three)
        assert map_ is not None
        assert 1 / (1 + np.exp(-map_.apply(np.array([2.5]))))[0] == pytest.approx(0.924 * 20 / 23, abs=0.01)

    def test_no_slope_makes_a_model_surer(self) -> None:
        with pytest.raises(ValueError, match="between 0 and 1"):
            sloped(1.2)
        assert sloped(1.0) is None

    def test_the_map_is_part_of_the_document_and_moves_the_version(self) -> None:
        mapped = replace(MODEL, calibration=Calibration((-1.0, 2.0), (-0.5, 1.0)))
        assert Model.parse(mapped.text) == mapped
        assert mapped.version != MODEL.version
        assert mapped.posterior(np.array([-1.0, 0.5, 2.0, 4.0])).tolist() == [-0.5, 0.25, 1.0, 3.0]
        assert MODEL.posterior(np.array([3.0])).tolist() == [3.0] == MODEL.said(np.array([3.0])).tolist()
        grid = np.linspace(-9, 9, 50)
        assert mapped.said(mapped.posterior(grid)).tolist() == pytest.approx(grid.tolist())


class TestFieldsThatLeanOnEachOther:
    def correlated(self, size: int, kind: str, seed: int) -> np.ndarray:
        """The phone agrees exactly where the place does, as if it were the house's."""
        share = shares(kind)
        patterns = drawn(share, size, seed)
        place = scale.unpack(patterns)["place"]
        near = np.isin(place, [code("place", "house"), code("place", "group")])
        phone = np.where(near, code("phone", "equal"), code("phone", "differs")).astype(np.int8)
        return scale.replace(patterns, "phone", phone)

    def test_it_is_measured_and_tempers_the_model(self) -> None:
        same, strangers = self.correlated(20_000, "same", 11), self.correlated(20_000, "stranger", 12)
        learnt = learn(seen(same, strangers, 40_000), MODEL)
        assert 0.5 < learnt.slope < 0.97
        assert learnt.model.calibration == sloped(learnt.slope)

    def test_fields_that_do_not_are_left_alone(self) -> None:
        same = drawn(shares("same"), 20_000, 13)
        assert dependence(same, np.ones(len(same)), MODEL) > 0.97
        assert dependence(same[:50], np.ones(50), MODEL) == 1.0
