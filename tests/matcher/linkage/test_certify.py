"""The certificate's parts against counts that can be made by hand, by enumeration or by simulation."""

from datetime import date
from itertools import product

import numpy as np
import polars as pl
import pytest
from scipy import stats

from matcher.frames import LINK, conform, empty
from matcher.linkage import levels as scale
from matcher.linkage.block import KEY_NAMES
from matcher.linkage.certify import LABELS, Certificate, Grounds, certify
from matcher.linkage.dispersion import KINDS, MIDDLE, Dispersion, Loss, Trust, kinds, strain_of
from matcher.linkage.groups import groups_of
from matcher.linkage.learn_dispersion import Known, learn_dispersion
from matcher.linkage.levels import FIELDS, code
from matcher.linkage.recapture import Caught, Seldom, caught, trap_of
from matcher.linkage.tally import Chances, Expected, Rate, expected, together
from tests.matcher.linkage.builders import frame, record

NO_LOSS = Loss(ratio=0.0, share=0.0, least=1e-9, spread=0.1)
PLAIN = Dispersion(dict.fromkeys(KINDS, Trust(0.0, 1.0, 0.0, 1e-6)), NO_LOSS)
NUMBER, PARTLY, BIRTH, PLACE, PHONE = (
    1 << KEY_NAMES.index(one) for one in ("number", "number-without-day", "name-birth", "name-village", "phone")
)


def pattern(**named: str) -> int:
    """The packed pattern of these levels; fields not named are missing."""
    levels = {field.name: np.array([code(field.name, named.get(field.name, "missing"))], np.int8) for field in FIELDS}
    return int(scale.pack(levels)[0])


SURE = pattern(number="equal", name="equal-3", birth="stated-equal")
DOUBT = pattern(birth="equal", name="one-other", place="township")
MISMATCH = pattern(number="equal", name="differs")
BORROWED = pattern(number="of-member", name="equal-2")


def candidates(*rows: tuple[str, float, bool, int, int]) -> pl.DataFrame:
    """LINK of (record, probability, assigned, pattern, keys)."""
    named = [
        {"record_id": one, "person_id": f"P{n}", "probability": p, "assigned": taken, "pattern": what, "keys": keys}
        for n, (one, p, taken, what, keys) in enumerate(rows)
    ]
    return conform(pl.DataFrame(named), LINK) if named else empty(LINK)


def told(links: pl.DataFrame, size: int, **more: object) -> Certificate:
    records = frame(*(record(f"R{n}") for n in range(size)))
    return certify(links, records, Grounds(**{"dispersion": PLAIN, **more}))  # type: ignore[arg-type]  # fields of Grounds by name


# ---- counts


def test_a_sum_of_chances_is_distributed_as_enumeration_says() -> None:
    chances = np.array([0.1, 0.5, 0.85, 0.97])
    exact = np.zeros(5)
    for outcome in product((0, 1), repeat=4):
        exact[sum(outcome)] += np.prod(np.where(outcome, chances, 1 - chances))
    below = np.cumsum(exact)
    found = expected([Chances(chances[None, :], np.ones(4), np.ones(1))])
    assert found.mean == pytest.approx(chances.sum(), abs=1e-3)
    assert (found.low, found.high) == (int((below <= 0.05).sum()), int((below < 0.95).sum()))


@pytest.mark.parametrize(("mean", "shape"), [(0.02, 0.3), (0.8, 0.5), (7.0, 2.0), (300.0, 40.0), (9000.0, 50.0)])
def test_a_rate_is_a_negative_binomial(mean: float, shape: float) -> None:
    exact = stats.nbinom(shape, shape / (shape + mean))
    found = expected([Rate(mean, shape)])
    assert found.variance == pytest.approx(exact.var(), rel=1e-3, abs=1e-3)
    room = 0.02 * mean if mean > 1000 else 0  # the bell curve
    assert found.low == pytest.approx(exact.ppf(0.05), abs=room + 60 * (mean > 1000))
    assert found.high == pytest.approx(exact.ppf(0.95), abs=room + 60 * (mean > 1000))


def test_things_that_go_wrong_together_scatter_more_than_each_for_itself() -> None:
    count = np.full(1, 200.0)
    alone = expected([Chances(np.array([[0.1]]), count, np.ones(1))])
    jointly = expected([Chances(np.array([[0.02], [0.18]]), count, np.array([0.5, 0.5]))])
    assert jointly.mean == alone.mean
    assert jointly.high - jointly.low > 1.8 * (alone.high - alone.low)


def test_parts_are_drawn_as_simulated() -> None:
    rng = np.random.default_rng(5)
    part, rate = (
        Chances(np.array([[0.3, 0.004], [0.6, 0.02]]), np.array([9.0, 400.0]), np.array([0.7, 0.3])),
        Rate(2, 1.5),
    )
    case = rng.choice(2, 200_000, p=part.weight)
    drawn = rng.binomial(9, part.chance[case, 0]) + rng.binomial(400, part.chance[case, 1])
    drawn += rng.poisson(rng.gamma(1.5, 2 / 1.5, len(case)))
    found = expected([part, rate])
    assert found.mean == pytest.approx(drawn.mean(), rel=0.02)
    assert found.variance == pytest.approx(drawn.var(), rel=0.03)
    assert (found.low, found.high) == (np.quantile(drawn, 0.05), np.quantile(drawn, 0.95))


def test_several_counts_are_one_count_and_none_is_nought() -> None:
    both = together([Expected(2.0, 3.0, 0, 5), Expected(4.0, 9.0, 0, 10)])
    assert (both.mean, both.variance) == (6.0, 12.0)
    exact = stats.nbinom(6, 0.5)
    assert (both.low, both.high) == (exact.ppf(0.05), exact.ppf(0.95))
    assert together([]) == Expected(0.0, 0.0, 0, 0)


# ---- what no key found


def test_keys_that_rest_on_one_thing_are_one_trap() -> None:
    links = candidates(
        ("R0", 0.9, True, SURE, NUMBER | PARTLY),
        ("R1", 0.9, True, SURE, NUMBER | PARTLY | BIRTH),
        ("R2", 0.9, True, SURE, NUMBER | PARTLY | BIRTH | PLACE | PHONE),
        ("R3", 0.9, True, SURE, 0),  # through the household alone
    )
    found = caught(links["keys"].to_numpy(), KEY_NAMES)
    assert found.traps == 6
    assert found.times.tolist() == [1, 2, 4, 1]


def test_every_key_of_today_rests_on_something_known() -> None:
    known = {"number", "birth", "place", "phone", "house", "name"}
    assert {trap_of(name) for name in KEY_NAMES} <= known
    assert len({trap_of(name) for name in KEY_NAMES}) >= 4


@pytest.mark.parametrize("dependent", [False, True])
def test_chao_never_claims_more_than_is_missing(dependent: bool) -> None:
    """Traps set for 20 000 pairs, all alike or very unlike (then what escapes one escapes the others too)."""
    rng = np.random.default_rng(3)
    catchable = rng.beta(1, 3, 20_000) if dependent else np.full(20_000, 0.25)
    times = rng.binomial(4, catchable)
    missing = int((times == 0).sum())
    found = Caught(times[times > 0], 4).seldom(np.ones(int((times > 0).sum())))
    assert 0.3 * missing < found.chao <= 1.06 * missing
    assert Seldom(0.0, 0.0, 4).chao == 0


# ---- the certificate


def test_a_certificate_adds_up_posteriors() -> None:
    links = candidates(
        ("R0", 0.9, True, SURE, 3),
        ("R0", 0.06, False, DOUBT, 3),
        ("R1", 0.99, True, SURE, 3),
        ("R2", 0.4, False, DOUBT, 3),
        ("R3", 0.7, False, MISMATCH, 3),
    )
    whole = told(links, 6).whole
    assert (whole.records, whole.linked, whole.alone) == (6, 2, 2)
    assert whole.false.mean == pytest.approx(0.11, abs=0.01)
    assert whole.missed.mean == pytest.approx(1.16, abs=0.02)
    assert whole.missed.low == 0
    assert whole.missed.high == 2


def test_candidates_are_told_apart_by_what_they_are() -> None:
    rows = [
        ("R0", 0.9, True, MISMATCH),
        ("R1", 0.9, False, MISMATCH),
        ("R2", 0.5, False, BORROWED),
        ("R3", 0.5, False, DOUBT),
    ]
    links = candidates(*((*row, 1) for row in rows))
    assert [KINDS[one] for one in kinds(links)] == ["linked", "mismatch", "borrowed", "doubted"]


def test_strain_is_the_share_of_links_that_do_not_fully_agree() -> None:
    many = [(f"R{n}", 0.99, True, SURE if n else DOUBT, 1) for n in range(20)]
    assert strain_of(candidates(*many)) == pytest.approx(np.log(1.5 / 21))


def test_pairs_found_once_tell_of_those_found_never() -> None:
    loss = Loss(ratio=1.0, share=0.0, least=1e-9, spread=0.1)
    once = [(f"R{n}", 0.999999, True, SURE, NUMBER) for n in range(20)]
    twice = [(f"R{n + 20}", 0.999999, True, SURE, NUMBER | BIRTH) for n in range(39)]
    whole = told(candidates(*once, *twice), 59, dispersion=Dispersion(PLAIN.trust, loss)).whole
    assert whole.unseen.mean == pytest.approx(5 / 6 * 20**2 / 2 / 40, rel=0.01)
    assert whole.missed.mean == pytest.approx(whole.unseen.mean, abs=0.05)
    assert whole.unseen.low <= 2
    assert whole.unseen.high >= 9


def test_the_groups_of_a_dimension_make_up_the_whole() -> None:
    rng = np.random.default_rng(1)
    rows = [(f"R{n}", float(rng.uniform(0.05, 0.95)), False, DOUBT, 1) for n in range(60)]
    people = frame(*(record(f"R{n}", id_number=None if n % 3 else record()["id_number"]) for n in range(60)))
    loss = Loss(ratio=1.0, share=0.1, least=0.02, spread=0.3)
    grounds = Grounds(date(2021, 6, 1), dispersion=Dispersion(PLAIN.trust, loss))
    certificate = certify(candidates(*rows), people, grounds)
    parts = [one for one in certificate.groups if one.dimension == "number"]
    assert {one.group: one.records for one in parts} == {"none": 40, "sound": 20}
    assert sum(one.missed.mean for one in parts) == pytest.approx(certificate.whole.missed.mean, rel=0.01)
    assert sum(one.alone for one in parts) == certificate.whole.alone == 0


def test_people_are_grouped_by_name_number_age_and_township() -> None:
    records = frame(
        record(
            "R0",
            name="尤素福·阿里",
            birth_date="2015-01-01",
            id_number=None,
            sex="男",
            division="640499100201",
            address=None,
        ),
        record("R1", name="王秀英", birth_date="1940-01-01", id_number=None, sex="女", division=None),
        record("R2", id_number="12345", address=None),
    )
    found = groups_of(records, date(2021, 6, 1))
    groups: dict[str, set[str]] = {row: set() for row in ("R0", "R1", "R2")}
    for row, _, group in found.iter_rows():
        groups[row].add(group)
    assert groups["R0"] == {"minority", "none", "0-17", "640499100000"}
    assert groups["R1"] == {"han", "none", "70+", "women 70+", "龙泉镇"}
    assert groups["R2"] == {"han", "unsound", "18-59", "unknown"}
    assert "age" not in groups_of(records, None)["dimension"].to_list()


def test_nothing_linked_and_nothing_to_link_are_no_errors() -> None:
    empty = candidates()
    for size in (0, 5):
        whole = told(empty, size, dispersion=None).whole
        assert (whole.linked, whole.alone, whole.false.high, whole.false.mean) == (0, size, 0, 0.0)
        assert whole.missed.high <= 1


def test_the_order_of_rows_is_nothing() -> None:
    rng = np.random.default_rng(8)
    rows = [(f"R{n}", float(rng.uniform(0.05, 0.99)), bool(n % 2), DOUBT if n % 3 else SURE, n % 32) for n in range(50)]
    links = candidates(*rows)
    assert told(links, 50, dispersion=None) == told(links.sample(fraction=1, shuffle=True, seed=1), 50, dispersion=None)


# ---- what humans answered


def labels(same: int, other: int, inclusion: float | None = 0.1, assigned: bool = False) -> pl.DataFrame:
    """So many answers about doubts of even odds."""
    rows = [
        {"probability": 0.5, "pattern": DOUBT, "assigned": assigned, "same": yes, "inclusion": inclusion}
        for yes in [True] * same + [False] * other
    ]
    return pl.DataFrame(rows, schema=LABELS)


DOUBTS = [(f"R{n}", 0.5, False, DOUBT, 1) for n in range(100)]
WIDE = Dispersion(dict.fromkeys(KINDS, Trust(0.0, 1.0, 0.0, 0.8)), NO_LOSS)


def test_answers_of_the_county_move_and_narrow_the_estimate() -> None:
    links = candidates(*DOUBTS)
    before = told(links, 100, dispersion=WIDE)
    after = told(links, 100, dispersion=WIDE, labels=labels(8, 32))
    assert before.whole.missed.mean == pytest.approx(50, abs=0.5)
    assert after.whole.missed.mean == pytest.approx(22, abs=4)
    width = [one.whole.missed.high - one.whole.missed.low for one in (before, after)]
    assert width[1] < 0.7 * width[0]
    assert (before.labels, after.labels) == (0, 40)


def test_answers_whose_selection_nobody_knows_teach_nothing() -> None:
    links = candidates(*DOUBTS)
    assert told(links, 100, dispersion=WIDE, labels=labels(40, 0, None)) == told(links, 100, dispersion=WIDE)


def test_answers_about_links_say_nothing_of_doubts() -> None:
    links = candidates(*DOUBTS)
    after = told(links, 100, dispersion=WIDE, labels=labels(0, 40, assigned=True))
    assert after.whole.missed == told(links, 100, dispersion=WIDE).whole.missed


def test_a_sample_drawn_unevenly_speaks_for_all() -> None:
    """Half of the doubts are one person; the office asked about the true ones four times as often."""
    uneven = pl.concat([labels(80, 0, 0.4), labels(0, 20, 0.1)])
    naive = uneven.with_columns(pl.lit(0.2).alias("inclusion"))
    links = candidates(*DOUBTS)
    corrected, believed = (told(links, 100, dispersion=WIDE, labels=one).whole.missed for one in (uneven, naive))
    assert corrected.mean == pytest.approx(50, abs=5)
    assert believed.mean > 68


# ---- learning


def simulated(rng: np.random.Generator, trust: Trust) -> Known:
    """A county whose doubts are true as `trust` says, with an effect of its own."""
    said = rng.normal(0, 1.5, 150)
    right = rng.random(150) < 1 / (1 + np.exp(-(trust.intercept + trust.slope * said + trust.spread * rng.normal())))
    doubts = [(f"R{n}", float(1 / (1 + np.exp(-one))), False, DOUBT, 1) for n, one in enumerate(said)]
    sure = [(f"S{n}", 0.9999, True, SURE if n % 12 else DOUBT, 7) for n in range(200)]
    links = candidates(*doubts, *sure)
    mine = [links["person_id"][n] if n >= 150 or right[n] else None for n in range(350)]
    return Known(links, pl.DataFrame({"record_id": links["record_id"], "person_id": pl.Series(mine, dtype=pl.String)}))


def test_learning_finds_how_far_posteriors_are_off_and_intervals_then_hold() -> None:
    rng = np.random.default_rng(12)
    true = Trust(-1.0, 0.7, 0.0, 0.8)
    learnt = learn_dispersion([simulated(rng, true) for _ in range(60)], "simulated")
    found = learnt.trust["doubted"]
    assert found.slope == pytest.approx(0.7, abs=0.12)
    assert found.spread == pytest.approx(0.8, abs=0.2)
    assert found.odds(np.zeros(1), np.log(17.5 / 201))[0] == pytest.approx(-1.0, abs=0.35)
    held = 0
    for _ in range(60):
        county = simulated(rng, true)
        records = frame(*(record(str(one)) for one in county.links["record_id"]))
        told = certify(county.links, records, Grounds(dispersion=learnt)).whole.missed
        held += told.low <= int(county.right[:150].sum()) <= told.high
    assert held >= 48  # 54 of 60 on average; fewer than one in a hundred times below 48


def test_what_is_learnt_is_kept_word_for_word() -> None:
    shipped = Dispersion.default()
    assert Dispersion.parse(shipped.text) == shipped
    assert set(shipped.trust) == set(KINDS)
    assert all(one.spread >= 0.5 for one in shipped.trust.values())
    assert shipped.trust["doubted"].odds(np.zeros(1), MIDDLE)[0] == shipped.trust["doubted"].intercept
