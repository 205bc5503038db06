"""Agreement of two values, field by field, on cases an officer could add to."""

import numpy as np
import polars as pl
import pytest

from matcher.linkage import levels as scale
from matcher.linkage.clean import clean
from matcher.linkage.compare import compare
from matcher.linkage.encode import encode
from matcher.linkage.legible import legible
from matcher.linkage.levels import FIELDS
from tests.matcher.linkage.builders import Row, frame, number, person, record

SOUND = number("19620506", 142)


def level(field: str, ours: Row, theirs: Row) -> str:
    encoded = encode(clean(frame(ours)), clean(frame(theirs)))
    found = scale.unpack(compare(encoded, np.zeros(1, dtype=np.int64)))[field][0]
    return FIELDS[scale.BY_NAME[field]].levels[int(found)][0]


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("马秀英", "馬秀英", "equal"),
        ("马秀英", " 马 秀英(户主)", "equal"),
        ("尤素福·达吾德", "尤素福・达吾德", "equal"),
        ("马秀英", "马秀瑛", "sound"),
        ("曾志国", "增志国", "sound"),
        ("马金龙", "马津龙", "sound"),
        ("马文莲", "马文年", "near-sound"),
        ("王小未", "王小末", "look-alike"),
        ("余丽", "余丙", "look-alike"),
        ("张花", "张茬", "look-alike"),
        ("哈伦·尔萨", "哈伦", "alias"),
        ("马训永", "马小永", "alias"),
        ("马训永", "马永训", "moved"),
        ("马训永", "马永", "moved"),
        ("马秀英", "马氏", "alias"),
        ("王桂花", "张王氏", "alias"),
        ("穆罕默德·达吾德", "穆罕默德·达乌德", "sound"),
        ("尤素福·达吾德", "优素夫·达五", "variant"),
        ("海迪彻·依不拉音", "海迪彻", "variant"),
        ("马志强", "马志刚", "one-other"),
        ("马志强", "马桂花", "surname"),
        ("马志强", "陈桂花", "differs"),
        ("马志强", None, "missing"),
        ("马志强", "无", "missing"),
    ],
)
def test_names(ours: str, theirs: str | None, expected: str) -> None:
    one, other = person(name=ours), record(name=theirs)
    assert level("name", one, other).startswith(expected)
    assert level("name", {**one, "name": theirs}, {**other, "name": ours}).startswith(expected)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (SOUND, SOUND, "equal"),
        (SOUND, SOUND + "43", "equal"),
        (SOUND, SOUND[:6] + SOUND[8:17], "upgraded"),
        (SOUND, SOUND[:9] + str((int(SOUND[9]) + 1) % 10) + SOUND[10:], "repaired"),
        (SOUND, SOUND[:10] + SOUND[11] + SOUND[10] + SOUND[12:], "repaired"),
        (SOUND, SOUND[:15] + "000", "repaired"),
        (SOUND, number("19620506", 388), "same-birth"),
        (SOUND, number("19850101", 142), "differs"),
        (SOUND, number("19850101", 142)[:17] + "Y", "missing"),
        (SOUND, None, "missing"),
        (SOUND, "000000000000000000", "missing"),
    ],
)
def test_numbers(ours: str, theirs: str | None, expected: str) -> None:
    assert level("number", person(id_number=ours), record(id_number=theirs)) == expected


def test_two_digits_ten_places_apart_are_a_typing_error_no_check_digit_sees() -> None:
    swapped = list(SOUND)
    swapped[3], swapped[13] = SOUND[13], SOUND[3]
    assert level("number", person(id_number=SOUND), record(id_number="".join(swapped))) == "repaired"


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("19620506", "1962.5.6", "equal"),
        ("19620506", "19620507", "one-digit"),
        ("19620506", "19620605", "one-digit"),
        ("19620506", "19620518", "same-month"),
        ("19620506", "19620101", "default-day"),
        ("19620506", "19711231", "differs"),
        ("19620506", None, "missing"),
        ("19620506", "19620230", "missing"),
    ],
)
def test_birth_dates_where_no_number_is_known(ours: str, theirs: str | None, expected: str) -> None:
    one = person(id_number=None, birth_date=ours)
    assert level("birth", one, record(id_number=None, birth_date=theirs)) == expected


def test_a_date_stated_beside_agreeing_numbers_is_evidence_of_its_own() -> None:
    assert level("birth", person(), record()) == "stated-equal"
    assert level("birth", person(), record(birth_date="19850101")) == "stated-differs"
    assert level("birth", person(), record(birth_date=None)) == "stated-missing"


def test_a_number_of_a_household_member_is_known_as_such() -> None:
    wife, husband = person("P1"), person("P2", name="赵德林", id_number=number("19600101", 115))
    encoded = encode(clean(frame(wife, husband)), clean(frame(record(id_number=husband["id_number"]))))
    found = scale.unpack(compare(encoded, np.array([0, 1], dtype=np.int64)))["number"].tolist()
    names = [name for name, _ in FIELDS[scale.BY_NAME["number"]].levels]
    assert [names[code] for code in found] == ["of-member", "equal"]


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        ("赵家庄村3组15号", "house"),
        ("龙泉镇赵家庄村3组", "group"),
        ("龙泉镇赵家庄村委会", "village"),
        ("赵家庄3队", "group"),
        ("龙泉镇赵家庄村4组", "other-group"),
        ("龙泉镇刘家湾村3组15号", "township"),
        ("白杨乡赵家庄村3组15号", "differs"),
        (None, "missing"),
    ],
)
def test_places(theirs: str | None, expected: str) -> None:
    assert level("place", person(), record(address=theirs)) == expected


def test_a_division_code_stands_for_the_village_it_names() -> None:
    areas = pl.DataFrame({"code": ["640499100000", "640499100205"], "name": ["龙泉镇", "赵家庄村"]})
    theirs = frame(record(address=None, division="640499100205"))
    assert legible(theirs, areas).select("township", "village").row(0) == ("龙泉镇", "赵家庄")
    ours = clean(frame(person(address="龙泉镇赵家庄村")))
    coded = clean(theirs, areas)
    assert (coded.township[0], coded.village[0]) == (ours.township[0], ours.village[0])


def test_packing_levels_loses_nothing_and_one_field_can_be_replaced() -> None:
    draw = np.random.default_rng(1)
    drawn = {field.name: draw.integers(0, len(field.levels), 500).astype(np.int8) for field in FIELDS}
    patterns = scale.pack(drawn)
    for name, values in scale.unpack(patterns).items():
        assert (values == drawn[name]).all()
    changed = scale.unpack(scale.replace(patterns, "household", np.ones(500, dtype=np.int8)))
    assert (changed["household"] == 1).all()
    assert (changed["place"] == drawn["place"]).all()
