"""The rules of the bench by themselves: readings, value, differences, kappa, precision, the history of decisions."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.columns import now
from kit.crypto import KeyRing
from matcher.flows.draft_reviews import Asked
from matcher.reviews.agreement import agreement, precision, weighted_share
from matcher.reviews.differences import differences
from matcher.reviews.rule import Answer, sample_draw, second_draw, standing_of
from matcher.reviews.value import Stake, band_of, value_of, value_of_sample
from matcher.settlements.history import stand
from matcher.settlements.tables import DecisionEntry


def said(*words: str) -> list[Answer]:
    """Answers of different reviewers: `same:p1`, `different`, `unsure`."""
    found = []
    for number, word in enumerate(words):
        verdict, _, person = word.partition(":")
        found.append(Answer(f"r{number}", f"reviewer {number}", verdict, person or None))
    return found


@pytest.mark.parametrize(
    ("words", "wanted", "state", "stage"),
    [
        ((), 1, "open", "first"),
        ((), 2, "open", "first"),
        (("same:p",), 1, "settled", "first"),
        (("unsure",), 1, "deferred", "first"),
        (("same:p",), 2, "open", "second"),
        (("same:p", "same:p"), 2, "settled", "second"),
        (("same:p", "same:q"), 2, "open", "adjudication"),
        (("different", "unsure"), 2, "open", "adjudication"),
        (("unsure", "unsure"), 2, "deferred", "second"),
        (("same:p", "different", "different"), 2, "settled", "adjudication"),
        (("same:p", "different", "unsure"), 2, "deferred", "adjudication"),
    ],
)
def test_what_readings_come_to(words: tuple[str, ...], wanted: int, state: str, stage: str) -> None:
    standing = standing_of(said(*words), wanted)
    assert (standing.state, standing.stage) == (state, stage)
    assert (standing.answer is None) == (state == "open")
    if standing.answer is not None:
        assert standing.answer.reading_id == f"r{len(words) - 1}", "the last one said it"


def test_the_two_draws_are_even_and_know_nothing_of_each_other() -> None:
    ring = KeyRing.ephemeral()
    prints = [ring.mac(str(number).encode()) for number in range(4000)]
    first, second = ([draw(one) < 0.1 for one in prints] for draw in (sample_draw, second_draw))
    both = sum(one and other for one, other in zip(first, second, strict=True))
    assert 300 < sum(first) < 500
    assert 300 < sum(second) < 500
    assert 15 < both < 75
    assert all(0 <= sample_draw(one) < 1 for one in prints)


class TestValue:
    def test_a_list_comes_before_a_sample_and_a_sample_before_what_changes_no_list(self) -> None:
        worst_list, _ = value_of(Stake(1, 1, 0.001, 0.9))
        sample, why = value_of_sample("probable", 0.02)
        middling, _ = value_of(Stake(0, 3, 0.5, 0.9))
        assert worst_list > sample > middling
        assert why[0]["text"] == "抽查：“较确定”的关联按2.00%抽取，用于检验准确率"

    def test_nearer_to_the_threshold_and_more_records_are_worth_more(self) -> None:
        far, near, many = (value_of(stake)[0] for stake in (
            Stake(0, 1, 0.1, 0.9), Stake(0, 1, 0.85, 0.9), Stake(0, 9, 0.1, 0.9)
        ))  # fmt: skip
        assert near > far
        assert many > far

    @given(st.integers(0, 50), st.integers(0, 10**6), st.floats(0, 1), st.floats(0.5, 0.99))
    def test_the_reasons_add_up_to_the_value(self, leads: int, records: int, p: float, threshold: float) -> None:
        value, why = value_of(Stake(leads, records, p, threshold))
        assert abs(value - sum(part["points"] for part in why)) <= 0.02
        assert [part["points"] for part in why] == sorted((part["points"] for part in why), reverse=True)
        assert (why[0]["code"] == "list") == (leads > 0)

    @pytest.mark.parametrize(
        ("p", "band"),
        [(0.0, "0.00-0.20"), (0.2, "0.20-0.40"), (0.949, "0.80-0.95"), (0.95, "0.95-1.00"), (1.0, "0.95-1.00")],
    )
    def test_bands(self, p: float, band: str) -> None:
        assert band_of(p) == band


RECORD = {
    "name": "马 小英", "id_number": "64049919500101003x42", "sex": "女性", "birth_date": "19500101",
    "address": "青石镇柳树村3组", "phone": "13812345678",
}  # fmt: skip
PERSON = {
    "name": "马晓英", "id_number": "640499195001010090", "sex": "女", "birth_date": "1950-01-10",
    "address": "青石镇柳树村4组", "phone": None,
}  # fmt: skip


class TestDifferences:
    def test_characters_are_counted_in_the_value_as_it_is_read(self) -> None:
        found = {one.field: one for one in differences(RECORD, PERSON, masked=False)}
        assert (found["address"].record_at, found["address"].person_at) == ((7,), (7,))
        assert found["id_number"].record == "64049919500101003X", "a card is told as the number it begins with"
        assert found["id_number"].record_at == (17, 18)
        assert found["sex"].same is True
        assert (found["birth_date"].record, found["birth_date"].person) == ("1950-01-01", "1950-01-10")
        assert (found["phone"].same, found["phone"].record_at) == (None, ())

    def test_one_character_more_is_told_on_the_side_that_has_it(self) -> None:
        name = differences({"name": "阿依古丽"}, {"name": "阿古丽"}, masked=False)[0]
        assert (name.record_at, name.person_at) == ((2,), ())
        assert (name.record_as, name.person_as, name.placed) == (("extra",), (), True)

    def test_neighbours_that_changed_places_are_told_as_such(self) -> None:
        birth = differences(RECORD, PERSON, masked=True)[3]
        assert (birth.record_at, birth.record_as, birth.person_as) == ((9, 10), ("swapped",) * 2, ("swapped",) * 2)

    def test_places_fall_on_what_is_shown_unless_the_mask_hides_how_long_it_is(self) -> None:
        placed = {one.field: one.placed for one in differences(RECORD, PERSON, masked=True)}
        assert {field for field, falls in placed.items() if not falls} == {"address", "ethnic", "phone"}
        assert differences(RECORD, PERSON, masked=False)[5].placed
        named = {"name": "阿依古丽·买买提"}
        assert not differences(named, {"name": "阿依古丽·买买"}, masked=True)[0].placed

    def test_masked_values_keep_the_places_and_not_the_characters(self) -> None:
        plain, masked = (differences(RECORD, PERSON, masked=flag) for flag in (False, True))
        assert [(one.record_at, one.person_at, one.same) for one in plain] == [
            (one.record_at, one.person_at, one.same) for one in masked
        ]
        shown = {one.field: (one.record, one.person) for one in masked}
        assert shown["name"] == ("马**英", "马*英")
        assert shown["id_number"] == ("640***********003X", "640***********0090")
        assert shown["birth_date"] == ("1950-**-**", "1950-**-**")
        assert shown["address"] == ("青石镇***", "青石镇***")
        assert shown["phone"] == ("138****5678", None)


def test_whom_a_record_is_taken_for_is_one_of_those_asked_about_and_the_reason_is_the_doubts() -> None:
    linked = {"person_id": "a", "probability": 0.97, "pattern": 1, "model_version": "m", "reason": None, "linked": True}
    other = {**linked, "person_id": "b", "probability": 0.3, "reason": "sibling", "linked": False}
    place = {"area": "640499000000", "feed": "f", "places": ("b:7", "a:2"), "grade": "probable", "records": 2}
    who = {"record_print": "p", "subject_id": "a", "registered": True, "sides": {}}
    asked = Asked(candidates=(linked, other), **who, **place)
    columns = asked.columns(KeyRing.ephemeral())
    assert (columns["reason"], columns["kind"], columns["selection"]) == ("sibling", "doubt", "queue:0.95-1.00")
    assert (columns["batch_id"], columns["line"]) == ("b", 7)
    drawn = Asked(candidates=(linked,), sampled=0.02, **who, **place).columns(KeyRing.ephemeral())
    assert (drawn["reason"], drawn["selection"], drawn["inclusion"]) == ("sample", "sample:probable", 0.02)


class TestAgreement:
    def test_kappa_by_hand(self) -> None:
        """Of 10 doubts read twice: 4 both same, 3 both different, 2 same/different, 1 different/unsure.

        Observed .7; first readers say same 6, different 4; second ones same 4, different 5, unsure 1: by chance
        .6·.4 + .4·.5 = .44; kappa (.7 - .44) / .56.
        """
        words = [("same:p", "same:p")] * 4 + [("different", "different")] * 3
        words += [("same:p", "different")] * 2 + [("different", "unsure")]
        found = agreement([self.pair(*both) for both in words])
        assert (found.read_twice, found.agreed, found.rate) == (10, 7, 0.7)
        assert found.kappa == pytest.approx(0.26 / 0.56, abs=1e-4)

    def test_of_nothing_and_of_nothing_to_disagree_about(self) -> None:
        assert agreement([]).rate is None
        alike = agreement([self.pair("same:p", "same:p")] * 3)
        assert (alike.rate, alike.kappa) == (1.0, None)

    def test_two_who_name_different_people_disagree(self) -> None:
        assert agreement([self.pair("same:p", "same:q")]).agreed == 0

    @staticmethod
    def pair(one: str, other: str) -> tuple[Answer, Answer]:
        first, second = said(one, other)
        return first, second

    def test_precision_by_hand(self) -> None:
        """Wilson, 90 %: 18 of 20 is .9 in .738 … .966."""
        found = precision(18, 20)
        assert (found.reviewed, found.right, found.share) == (20, 18, 0.9)
        assert (found.low, found.high) == (pytest.approx(0.7386, abs=0.002), pytest.approx(0.9660, abs=0.002))
        assert precision(0, 0).share is None
        assert (precision(5, 5).high, precision(0, 5).low) == (1.0, 0.0)

    def test_a_sample_stands_for_those_not_drawn_beside_it(self) -> None:
        """9 of 10 right at 1 in 100, 1 of 2 at 1 in 10: (900 + 10) of (1000 + 20)."""
        drawn = [(True, 0.01)] * 9 + [(False, 0.01)] + [(True, 0.1), (False, 0.1)]
        assert weighted_share(drawn) == pytest.approx(910 / 1020, abs=1e-4)
        assert weighted_share([]) is None


def entries(*words: str) -> list[DecisionEntry]:
    """`source verdict person` each; of a move `gone moved survivor`."""
    found = []
    for number, word in enumerate(words, 1):
        source, verdict, person = word.split()
        place = {"record_print": "p", "lead_id": "", "batch_id": "b", "line": 2, "area": "6"}
        row = {"number": number, "source": source, "verdict": verdict, "person_id": person, "made_at": now()}
        found.append(DecisionEntry(code="review", **place, **row))
    return found


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["a confirm x"], {"x": "confirm"}),
        (["a confirm x", "b confirm y"], {"y": "confirm"}),
        (["a reject x", "a reject y"], {"x": "reject", "y": "reject"}),
        (["a confirm x", "b reject x"], {"x": "reject"}),
        (["a confirm x", "b reject x", "b revoke x"], {"x": "confirm"}),
        (["a confirm x", "b confirm y", "b revoke y"], {"x": "confirm"}),
        (["a confirm x", "b confirm y", "a revoke x"], {"y": "confirm"}),
        (["a confirm x", "x moved y"], {"y": "confirm"}),
        (["a reject y", "b confirm x", "x moved y"], {"y": "confirm"}),
        (["b confirm x", "a reject y", "x moved y"], {"y": "reject"}),
        (["a confirm x", "x moved y", "a revoke x"], {}),
        (["a confirm x", "x moved y", "b confirm z"], {"z": "confirm"}),
    ],
)
def test_what_stands_of_all_that_was_said(words: Sequence[str], expected: dict[str, str]) -> None:
    assert {person: entry.verdict for person, entry in stand(entries(*words)).items()} == expected


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from(("confirm", "reject", "revoke", "moved")),
                  st.sampled_from(("x", "y", "z"))),
        max_size=12,
    )
)  # fmt: skip
def test_a_row_is_never_confirmed_for_two_whatever_is_said(words: list[tuple[str, str, str]]) -> None:
    told: list[Any] = [
        f"{'xyz'['abcdef'.index(source) % 3] if verdict == 'moved' else source} {verdict} {person}"
        for source, verdict, person in words
    ]
    held = stand(entries(*told)).values()
    assert sum(entry.verdict == "confirm" for entry in held) <= 1
