"""The mistakes of the clerks: as many as the level says, in clusters, and each one what its name says."""

import numpy as np
import polars as pl
import pytest

from china.id_numbers import read_column
from doudi.county import LEVELS, numbers, slips
from doudi.county.population import Population, people_of
from doudi.county.senders import DISABILITY, HEALTH, REGISTRY, RURAL, Sender, channel, write_down
from doudi.county.tables import rates

PEOPLE = 20_000

# event of levels.csv -> (what a record notes, whom it can befall); names whose damage may find nothing to damage, or
# numbers already damaged otherwise, come out a little rarer than the level says
EVENTS = {
    "number missing: civil affairs and rural": "number-missing",
    "number: one digit wrong": "number-digit",
    "number: two neighbours swapped": "number-swap",
    "an older number of the person": "number-old",
    "name: other character same sound": "name-sound",
    "name: look-alike": "name-lookalike",
    "name: near sound": "name-near",
    "name: character missing added or moved": "name-edit",
    "name decorated": "decorated",
    "birth date differs from the number": "birth",
    "sex differs": "sex",
    "address text differs": "address",
    "village differs": "village",
    "phone missing": "phone-missing",
}


@pytest.fixture(scope="module")
def people() -> Population:
    return people_of(np.random.default_rng(11), PEOPLE)


def written(people: Population, sender: Sender, level: str, cards: str = "") -> pl.DataFrame:
    everybody = np.arange(len(people))
    return write_down(np.random.default_rng(12), people, everybody, sender, (level, np.full(len(people), cards)))


def suffered(frame: pl.DataFrame, slug: str) -> pl.Series:
    return frame["events"].str.split("|").list.contains(slug)


@pytest.mark.parametrize("level", LEVELS)
def test_each_error_is_as_frequent_as_the_level_says(people: Population, level: str) -> None:
    frame = written(people, RURAL, level)
    for event, slug in EVENTS.items():
        rate = rates(level)[event]
        found = suffered(frame, slug).mean()
        assert isinstance(found, float)
        # 50 clerks of gamma shape 4 make the mean itself vary by 7 %; beside that the binomial spread
        slack = 3.5 * ((0.075 * rate) ** 2 + rate * (1 - rate) / PEOPLE) ** 0.5
        lower = 0.75 * rate if level == "brutal" else 0.85 * rate
        assert lower - slack <= found <= rate + slack, (event, rate, found)


def test_civil_affairs_makes_fewer_mistakes_than_the_others(people: Population) -> None:
    ours, theirs = written(people, REGISTRY, "dirty"), written(people, RURAL, "dirty")
    for slug in ("name-sound", "number-digit", "birth", "decorated"):
        assert suffered(ours, slug).sum() < 0.6 * suffered(theirs, slug).sum()


def test_errors_come_in_clusters_by_clerk(people: Population) -> None:
    hit = suffered(written(people, RURAL, "dirty"), "decorated").to_numpy()
    by_clerk = hit[: PEOPLE // 400 * 400].reshape(-1, 400).sum(axis=1)
    assert by_clerk.var() > 4 * by_clerk.mean()  # alike clerks would give a variance below the mean


def test_health_misses_numbers_where_the_level_says_so(people: Population) -> None:
    frame = written(people, HEALTH, "brutal")
    assert 0.35 < frame["id_number"].null_count() / PEOPLE < 0.5


def test_a_record_without_a_noted_error_is_the_truth_word_for_word(people: Population) -> None:
    frame = written(people, HEALTH, "dirty").filter(pl.col("events") == "")
    who = frame["person"].to_numpy()
    assert frame.height > 500
    assert frame["name"].to_list() == people.name[who].tolist()
    assert frame["id_number"].to_list() == people.number[who].tolist()
    assert frame["birth_date"].to_list() == people.birth[who].tolist()
    assert frame["phone"].to_list() == people.phone[who].tolist()


def test_no_damaged_number_is_by_chance_the_sound_number_of_a_real_county(people: Population) -> None:
    sent = written(people, RURAL, "brutal")["id_number"].drop_nulls()
    read = read_column(sent)["id18"].drop_nulls()
    assert read.str.starts_with("640499").all()


def test_one_wrong_digit_and_swapped_neighbours_break_the_check_digit(people: Population) -> None:
    rng = np.random.default_rng(1)
    one = str(people.number[0])
    for damage in (numbers.one_digit_wrong, numbers.neighbours_swapped):
        damaged = [damage(rng, one) for _ in range(60)]
        assert all(len(other) == 18 and other != one for other in damaged)
        sound = [numbers.with_check(np.array([other[:17]]))[0] == other for other in damaged if other[:17].isdigit()]
        assert not any(sound)


def test_a_borrowed_number_is_of_somebody_in_the_same_household(people: Population) -> None:
    frame = written(people, RURAL, "brutal").filter(
        pl.col("events").str.contains("number-of-relative") & ~pl.col("events").str.contains("number-x")
    )
    owner = {number: at for at, number in enumerate(people.number.tolist())}
    assert frame.height > 50
    for person, number in frame.select("person", "id_number").iter_rows():
        assert owner[number] != person
        assert people.household[owner[number]] == people.household[person]


def test_old_people_alone_carry_fifteen_digits(people: Population) -> None:
    frame = written(people, RURAL, "brutal").filter(pl.col("id_number").str.len_chars() == 15)
    assert frame.height > 20
    assert people.age[frame["person"].to_numpy()].min() > 60


def test_the_disabled_stand_in_the_rural_list_by_their_card(people: Population) -> None:
    frame = written(people, RURAL, "dirty", cards="43").filter(
        suffered(written(people, RURAL, "dirty", "43"), "number-card")
    )
    long = frame["id_number"].drop_nulls().str.len_chars()
    assert frame.height > 0.9 * PEOPLE
    assert set(long.unique()) <= {15, 20, 22, 1}
    cards = written(people, DISABILITY, "clean", cards="43")["id_number"]
    assert set(cards.drop_nulls().str.len_chars().unique()) == {20, 22}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ("", "none"),
        ("address|phone-missing", "none"),
        ("number-digit|address", "number-digit"),
        ("decorated|number-x", "number-x"),
        ("decorated|birth", "birth"),
        ("name-sound|birth", "several"),
        ("village|duplicate", "village"),
        ("phone-outdated|duplicate", "duplicate"),
    ],
)
def test_a_record_is_counted_under_its_one_grave_error(events: str, expected: str) -> None:
    assert channel(events) == expected


def test_the_name_damages_do_what_they_are_called() -> None:
    rng = np.random.default_rng(2)
    for kind in ("same sound", "look-alike", "near sound"):
        damaged = slips.other_character(rng, "马秀英", kind)
        assert len(damaged) == 3
        assert sum(a != b for a, b in zip(damaged, "马秀英", strict=True)) == 1
    assert {slips.traditional(rng, "马兰英") for _ in range(30)} >= {"馬蘭英"}
    assert slips.alias(rng, "尤素福·阿里", False) == "尤素福"
    assert "马氏" in {slips.alias(rng, "马秀英", True) for _ in range(30)}
    assert "马氏" not in {slips.alias(rng, "马秀英", False) for _ in range(60)}
    assert slips.alias(rng, "欧阳秀英", True).startswith("欧阳")
    assert slips.separator(rng, "马秀英") == "马秀英"
    assert "·" not in slips.separator(rng, "尤素福·阿里")
    assert slips.transliterated(rng, "马尤素福") in {"马优素福", "马尤素夫", "马玉苏福", "马尤苏"}
    assert slips.has_other_spelling("尤素福·阿里")
    assert not slips.has_other_spelling("马秀英")
    for _ in range(40):
        edited = slips.edited(rng, "马秀英")
        assert edited != "马秀英"
        assert edited[0] == "马"
        assert 2 <= len(edited) <= 4


def test_a_damaged_birth_date_is_still_a_date() -> None:
    rng = np.random.default_rng(3)
    for birth in ("19640229", "19740528", "20200101", "19500101", "19801231"):
        for _ in range(30):
            other = slips.other_birth(rng, birth)
            assert other != birth
            assert np.datetime64(f"{other[:4]}-{other[4:6]}-{other[6:]}") < np.datetime64("2022-01-01")
