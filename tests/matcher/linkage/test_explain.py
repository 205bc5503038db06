"""Why and why not: sums that add up, misses told by key, vetoes and rivals named, changes that do what they promise."""

import numpy as np
import polars as pl
import pytest

from matcher.linkage.block import KEY_NAMES
from matcher.linkage.chain import link
from matcher.linkage.explain import explain_pattern, explain_patterns
from matcher.linkage.key_outcomes import KEYS
from matcher.linkage.known_people import KnownPeople
from matcher.linkage.levels import FIELDS
from matcher.linkage.model import Model
from matcher.linkage.telling import share, tell
from matcher.linkage.weigh import weigh
from matcher.linkage.why_not import Why, why
from tests.matcher.linkage.builders import Row, frame, number, person, record, village

MODEL = Model.default()
SISTER = person("P2", name="杨桂花", id_number=number("19620506", 164), phone="15912345602")
PEOPLE = frame(*village(), person(), SISTER)
KNOWN = KnownPeople.of(PEOPLE, MODEL)
FAR = {
    "name": "王小强",
    "id_number": number("19850101", 111),
    "birth_date": "19850101",
    "sex": "男",
    "phone": None,
    "address": "白杨乡新庄村1组",
}
RECORDS: dict[str, Row] = {
    "same": record(),
    "no-number": record(id_number=None, phone=None),
    "mismatch": record(name="李国平", sex=None, birth_date=None, phone=None, ethnic=None),
    "name-alone": record(id_number=None, birth_date=None, phone=None, address=None),
    "two": record(name="杨桂", id_number=None, phone=None),
    "sister": record(name="杨桂", id_number=None, phone="15912345602"),
    "unmet": record(name="楊贵香", id_number=None, birth_date="19620507", phone="15912345609", address=None),
    "far": record(**FAR),
}


def about(name: str, person_id: str = "P1") -> Why:
    return why(KNOWN, frame(RECORDS[name]), person_id)


@pytest.mark.parametrize("name", RECORDS)
def test_prior_evidence_and_competition_add_up_to_what_the_chain_says(name: str) -> None:
    found = about(name)
    weights = sum(part.weight for part in found.explanation.fields)
    assert found.explanation.prior + weights + found.competition == pytest.approx(found.total)
    assert 1 / (1 + 2**-found.total) == pytest.approx(found.probability, abs=1e-9)
    rivals = sum(one.probability for one in found.rivals)
    if found.compared and name != "mismatch":  # such a one stands beside the others and takes nothing from them
        assert found.probability + rivals + found.nobody == pytest.approx(1, abs=1e-6)
    links = link(PEOPLE, frame(RECORDS[name]), MODEL).links.filter(pl.col("person_id") == "P1")
    if links.height:
        assert found.probability == pytest.approx(links["probability"][0], abs=1e-9)
        assert (found.grade, found.linked) == (links["grade"][0], links["assigned"][0])
    else:
        assert found.probability < MODEL.thresholds["floor"] or not found.compared


def test_every_pattern_is_taken_apart_as_it_is_weighed() -> None:
    draw = np.random.default_rng(7)
    patterns = draw.integers(0, np.prod([len(field.levels) for field in FIELDS]), 300).tolist()
    scores = weigh(np.array(patterns), MODEL, 118_000) / np.log(2)
    for pattern, score, told in zip(patterns, scores, explain_patterns(patterns, MODEL, people=118_000), strict=True):
        assert told.score == pytest.approx(score, abs=1e-9)
        assert told.score == pytest.approx(explain_pattern(pattern, MODEL, people=118_000).score)
    assert explain_patterns([], MODEL, people=10) == []


def test_a_pair_that_never_met_says_which_keys_missed_and_by_how_little() -> None:
    found = about("unmet")
    assert not found.compared
    told = {one.key: one.text for one in found.keys}
    assert "出生日期差1天" in told["surname-birth"]
    assert "电话差1位" in told["phone"]
    assert "姓名有一个字读音不同" in told["name-year"]
    assert told["number"].endswith("记录没有身份证号")
    assert told["name-village"].endswith("记录没有村")
    nearest = found.keys[0]
    assert nearest.key == "phone"
    assert any(nearest.text in line for line in tell(found))


@pytest.mark.parametrize(
    ("changes", "key", "says"),
    [
        ({"birth_date": "19620605"}, "name-birth", "月日颠倒"),
        ({"birth_date": "19620417"}, "name-birth", "差19天"),
        ({"birth_date": "19720506"}, "name-birth", "差一位数字"),
        ({"birth_date": "19510506"}, "name-birth", "年份差11年"),
        ({"birth_date": "19621130"}, "name-birth", "同年出生"),
        ({"birth_date": "19510102"}, "name-birth", "出生日期不同"),
        ({"birth_date": "19610506"}, "name-year", "出生年份差1年"),
        ({"name": "赵桂芝", "birth_date": "19510102"}, "surname-birth", "姓不同"),
        ({"name": "赵月娥", "birth_date": "19510102"}, "name-birth", "姓名读音不同"),
        ({"name": None}, "name-birth", "记录没有姓名"),
        ({"address": "龙泉镇刘家湾村3组15号"}, "name-village", "村不同"),
        ({"address": "龙泉镇赵家庄村4组16号"}, "house", "组不同，门牌不同"),
        ({"address": "白杨乡新庄村", "birth_date": "19620506"}, "township-birth", "乡镇不同"),
        ({"phone": "18700001111"}, "phone", "电话不同"),
        ({"id_number": number("19620506", 244)}, "number", "身份证号差3位"),
    ],
)
def test_each_kind_of_miss_is_named(changes: Row, key: str, says: str) -> None:
    row = {"id_number": None, "birth_date": None, "phone": None, **changes}
    told = {one.key: one for one in why(KNOWN, frame(record(**row)), "P1").keys}
    assert told[key].state != "met"
    assert says in told[key].text


def test_a_key_too_many_people_share_is_told_as_such() -> None:
    crowd = [person(f"C{n}", id_number=None, birth_date=None, address=None, phone=None) for n in range(20)]
    known = KnownPeople.of(frame(*village(), *crowd), MODEL)
    found = why(known, frame(RECORDS["name-alone"]), "C3")
    (key,) = [one for one in found.keys if one.key == "rare-name"]
    assert key.state == "crowded"
    assert "20人" in key.text
    assert not found.compared


def test_every_key_of_the_engine_has_a_name_staff_can_read() -> None:
    assert set(KEYS) == set(KEY_NAMES)


def test_the_keys_that_meet_are_those_the_chain_found_the_pair_by() -> None:
    found = about("no-number")
    mask = link(PEOPLE, frame(RECORDS["no-number"]), MODEL).links.filter(pl.col("person_id") == "P1")["keys"][0]
    by = {name for bit, name in enumerate(KEY_NAMES) if mask >> bit & 1}
    assert {one.key for one in found.keys if one.state == "met"} == by
    assert "name-birth" in by


def test_what_keeps_a_probable_candidate_from_being_linked_is_named() -> None:
    alone = about("name-alone")
    assert (alone.veto, alone.grade, alone.linked) == ("weak-evidence", "possible", False)
    assert any("除姓名、性别、民族外没有别的依据" in line for line in tell(alone))
    heir = record(id_number=number("19700301", 122), birth_date=None, phone=None, address="龙泉镇赵家庄村")
    cousin = why(KNOWN, frame(heir), "P1")
    assert cousin.veto == "weak-evidence"
    assert any("两个有效的身份证号不同" in line for line in tell(cousin))


def test_a_number_under_another_name_is_vetoed_although_it_is_likely() -> None:
    weights = {kind: list(row) for kind, row in MODEL.weights["name"].items()}
    weights["same"][-2] = 0.4  # a model that thinks little of names, so that only the rule stands in the way
    lax = Model({**MODEL.weights, "name": {k: tuple(v) for k, v in weights.items()}}, 0.5, 0.1, MODEL.thresholds)
    other = record(name="杨国平", household=None, birth_date=None, phone=None)
    found = why(KnownPeople.of(PEOPLE, lax), frame(other), "P1")
    assert found.veto == "id-name-mismatch"
    assert any("身份不符" in line for line in tell(found))


def test_rivals_take_their_share() -> None:
    found = about("sister")
    assert found.rivals[0].person_id == "P2"
    assert found.rivals[0].probability > 0.8 > found.probability
    assert found.competition < -3
    assert any("还有1名候选人" in line for line in tell(found))
    assert about("two").veto is None


def test_a_member_of_the_roster_who_fits_better_takes_the_person() -> None:
    rows = frame(record("R2", name="杨月芝", household="F77", id_number=None), record("R1", household="F77"))
    alone, found = (why(KNOWN, rows.head(count), "P1") for count in (1, 2))
    assert alone.linked
    assert not found.linked
    assert next(part for part in found.explanation.fields if part.field == "household").level == "taken"


@pytest.mark.parametrize("decided", ["confirmed", "rejected", "given-to-another"])
def test_a_humans_word_comes_first(decided: str) -> None:
    found = why(KNOWN, frame(RECORDS["same"]), "P1", decided=decided)  # type: ignore[arg-type]  # a parameter is any str
    assert found.linked == (decided == "confirmed")
    assert tell(found)[0].startswith("人工")
    assert found.change is None


@pytest.mark.parametrize("name", RECORDS)
def test_the_smallest_change_does_what_it_promises(name: str) -> None:
    found = about(name)
    assert found.change is not None
    altered = {**RECORDS[name], **found.change.record}
    corrected = [{**row, **(found.change.person if row["id"] == "P1" else {})} for row in PEOPLE.to_dicts()]
    after = link(frame(*corrected), frame(altered), MODEL).links.filter("assigned")
    assert (after["person_id"].to_list() == ["P1"]) is not found.linked
    assert found.change.text.endswith("则不再认定为同一人。" if found.linked else "则认定为同一人。")
    assert 1 <= len(found.change.fields) <= 2


def test_one_field_is_asked_for_before_two_and_a_gap_before_a_contradiction() -> None:
    assert about("unmet").change.fields == ("number",)  # type: ignore[union-attr]  # every record here has a change
    assert about("mismatch").change.fields == ("name",)  # type: ignore[union-attr]  # as above
    assert about("mismatch").change.text == "若姓名能核对为与此人相同，则认定为同一人。"  # type: ignore[union-attr]  # as above
    assert len(about("far").change.fields) == 2  # type: ignore[union-attr]  # as above


def test_what_the_registry_lacks_can_be_filled_in() -> None:
    bare = person("P9", name="冶文秀", id_number=None, birth_date=None, phone=None, address=None, sex=None, ethnic=None)
    known = KnownPeople.of(frame(*village(), bare), MODEL)
    found = why(known, frame(record(name="冶文秀", phone=None)), "P9")
    assert not found.linked
    assert found.change is not None
    assert found.change.person
    assert found.change.text.startswith("若人员档案能补上")


def test_where_nothing_helps_that_is_said() -> None:
    stranger = {"name": None, "id_number": None, "sex": None, "birth_date": None, "ethnic": None}
    known = KnownPeople.of(frame(*village(), person("P9", **stranger, address=None, phone=None)), MODEL)
    found = why(known, frame(record(**stranger, address=None, phone=None)), "P9")
    assert found.change is None
    assert "改动任何一两项都不足以改变结论" in tell(found)[-1]


def test_values_are_masked_unless_the_reader_may_see_them() -> None:
    row = RECORDS["far"]
    masked, full = (why(KNOWN, frame(row), "P1", masked=masked) for masked in (True, False))
    told = {part.field: (part.record, part.person) for part in masked.explanation.fields}
    assert told["birth"] == ("1985-**-**", "1962-**-**")
    assert told["place"] == ("白杨乡新庄村***", "龙泉镇赵家庄村***")
    assert told["name"] == ("王*强", "杨*芝")
    secret = [row["id_number"], row["name"], PEOPLE.filter(pl.col("id") == "P1")["id_number"][0], "15号"]
    everything = f"{masked.explanation} {tell(masked)}"
    assert not [value for value in secret if str(value) in everything]
    assert all(str(value) in str(full.explanation) for value in secret)


def test_somebody_who_is_not_there_cannot_be_explained() -> None:
    with pytest.raises(KeyError):
        about("same", "nobody")


def test_a_probability_is_never_told_as_certainty() -> None:
    assert [share(p) for p in (1.0, 0.99949, 0.5, 0.00051, 0.0)] == [
        "99.9%以上", "99.9%", "50.0%", "不到0.1%", "不到0.1%",
    ]  # fmt: skip


def test_people_who_changed_are_known_as_if_the_index_were_made_anew() -> None:
    moved, newcomer = person("P0003", name="海文斌"), person("P9", name="冶文秀", id_number=number("19880101", 220))
    changed = KNOWN.changed(pl.Series(["P0003", "P0004"]), frame(moved, newcomer))
    kept = PEOPLE.filter(~pl.col("id").is_in(["P0003", "P0004"]))
    anew = KnownPeople.of(pl.concat([kept, frame(moved, newcomer)]), MODEL)
    assert changed.count == anew.count == KNOWN.count
    assert changed.places(["P0004"]) == {}
    assert changed.told(["P0003", "P9", "P1"]) == anew.told(["P0003", "P9", "P1"])
    rows = frame(*({**row, "id": f"R{n}", "household": None} for n, row in enumerate([moved, newcomer, person()])))
    order = ["record_id", "person_id"]
    assert changed.link(rows).sort(order).drop("probability").equals(anew.link(rows).sort(order).drop("probability"))
