"""What the bench draws of a review: marks, words where a mask hides the length, bars, answers in words."""

from typing import Any

from console import bench
from kit.differing import Run
from matcher.reviews.differences import differences

RECORD = {"name": "马小英", "id_number": "640499195001010042", "address": "云泉县红崖镇柳树村3组12号"}
PERSON = {"name": "马晓英子", "id_number": "640499195001100042", "address": "红崖镇柳树村4组21号"}


def review(*people: dict[str, str], masked: bool = True, weights: dict[str, float] | None = None) -> dict[str, Any]:
    """As the matcher tells it, of these candidates."""
    parts = [
        {"title": title, "weight": weight, "agreement": f"{title}怎样"} for title, weight in (weights or {}).items()
    ]
    return {
        "candidates": [
            {"person_id": str(place), "probability": 0.5, "linked": False, "reason": "sibling"}
            for place, _ in enumerate(people, 1)
        ],
        "comparisons": [
            {
                "person_id": str(place),
                "differences": [{**vars(one), "level": None} for one in differences(RECORD, person, masked=masked)],
                "evidence": parts,
                "household": [],
            }
            for place, person in enumerate(people, 1)
        ],
        "readings": [],
    }


def lines(*people: dict[str, str], **more: Any) -> dict[str, bench.Line]:
    return {line.title: line for line in bench.lines_of(review(*people, **more))}


def test_marks_stand_on_both_sides_at_the_characters_also_where_they_are_masked() -> None:
    name = lines(PERSON)["姓名"]
    assert name.record == (Run("马", "same"), Run("*", "changed"), Run("英", "same"), Run("", "gap"))
    assert name.cells[0].drawn == (Run("马", "same"), Run("*", "changed"), Run("*", "same"), Run("子", "extra"))
    number = lines(PERSON)["身份证号"]
    assert number.cells[0].drawn == (Run("640*********", "same"), Run("**", "swapped"), Run("0042", "same"))


def test_where_a_mask_hides_the_length_the_places_are_said_in_words() -> None:
    address = lines(PERSON)["住址"]
    assert address.record == (Run("云泉县***", "same"),)
    assert address.cells[0].where == "第7字不同，第9、10字颠倒；部门一侧第1、2、3字多出"
    clear = lines(PERSON, masked=False)["住址"].cells[0]
    assert (clear.where, clear.drawn[0]) == ("", Run("", "gap"))


def test_beside_several_the_record_is_drawn_without_marks() -> None:
    name = lines(PERSON, RECORD)["姓名"]
    assert name.record == (Run("马*英", "same"),)
    assert [cell.same for cell in name.cells] == [False, True]


def test_bars_are_shares_of_the_weightiest_and_nothing_is_drawn_of_what_says_nothing() -> None:
    drawn = lines(PERSON, weights={"身份证号": 8.0, "姓名": -4.0, "性别": 0.01, "家庭成员": 2.0})
    assert 'x="50%" y="0" width="50%" height="10" class="for"' in drawn["身份证号"].cells[0].bar
    assert 'x="25%" y="0" width="25%" height="10" class="against"' in drawn["姓名"].cells[0].bar
    assert (drawn["性别"].cells[0].bar, drawn["性别"].cells[0].stance) == ("", "")
    assert (drawn["家庭成员"].stated, drawn["家庭成员"].cells[0].stance) == (False, "支持")


def test_answers_are_told_in_words_and_whose_they_are_only_where_it_is_told() -> None:
    told = review(PERSON, RECORD)
    common = {"comment": None, "made_at": "2021-06-01T08:00:00Z", "revokes": None}
    told["readings"] = [
        {**common, "reading_id": "a", "verdict": "same", "candidate_id": "2", "mine": False, "reviewer": None},
        {**common, "reading_id": "b", "verdict": "different", "candidate_id": None, "mine": True, "reviewer": "r.ma"},
        {**common, "reading_id": "c", "verdict": "revoke", "candidate_id": None, "mine": True, "reviewer": "r.ma"}
        | {"revokes": "b"},
    ]
    shown = bench.readings_of(told)
    assert [(one["who"], one["word"], one["revoked"]) for one in shown] == [
        ("另一位复核员", "是候选2", False), ("您", "不是", True), ("您", "撤销了答复", False),
    ]  # fmt: skip
    assert not bench.takes_back(told, oversees=False)
    assert bench.takes_back(told, oversees=True)


def test_a_probability_is_never_certain() -> None:
    assert [bench.share_text(share) for share in (1.0, 0.73, 0.0)] == ["99.9%以上", "73.0%", "不到0.1%"]
