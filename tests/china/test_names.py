"""Names: the dirt of the files, surnames, sounds, and the rules that must hold for any name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from china import names
from china.name_sounds import latin_key, near_sounds_column
from china.name_text import SEPARATOR
from china.one_text import pattern
from tests.china.tables import cases, column, property_test

SEPARATORS = "·•‧・･⋅∙.．。、,*-"
DIRTY = st.text("马杨欧阳單单曾解尤素福达吾德氏户主已故之妻父不详曾用名新生儿?·•, A1()（）/*+□\n", max_size=8)
plain_names = st.builds(
    str.__add__,
    st.sampled_from(sorted(names.surnames())),
    st.text("秀英玉兰建国志明小红伟军丽", min_size=1, max_size=2),
)


@pytest.mark.parametrize("case", cases("names"), ids=lambda case: repr(case["sent"]))
def test_a_cell_means_the_name_the_table_says(case: dict[str, object]) -> None:
    row = names.clean_names(column([case["sent"]])).row(0, named=True)  # type: ignore[list-item]  # YAML text
    said = {field: value for field, value in case.items() if field not in ("sent", "why")}
    assert {field: row[field] for field in said} == said


@property_test
@given(plain_names)
def test_a_clean_name_stays_as_it_is_and_falls_apart_into_surname_and_given_name(name: str) -> None:
    found = names.clean_name(name)
    assert (found.name, found.key) == (name, name)
    assert (found.surname or "") + (found.given or "") == found.folded
    assert found.alias is None
    assert found.kin_of is None


@property_test
@given(plain_names, st.sampled_from(["(户主)", "（已故）", " ", "2", "13912345678", "[本人]", "（户主"]))
def test_decorations_never_change_the_key(name: str, decoration: str) -> None:
    assert names.clean_name(name + decoration).key == name


@property_test
@given(st.lists(st.sampled_from(["穆罕默德", "尤素福", "阿依舍", "伊布拉欣"]), min_size=2, max_size=3), st.data())
def test_every_separator_gives_the_same_display_and_key(segments: list[str], data: st.DataObject) -> None:
    marks = data.draw(st.lists(st.sampled_from(SEPARATORS), min_size=len(segments) - 1, max_size=len(segments) - 1))
    written = "".join(part + mark for part, mark in zip(segments, [*marks, ""], strict=True))
    found = names.clean_name(written)
    assert found.name == SEPARATOR.join(segments)
    assert found.key == "".join(segments)


@property_test
@given(st.lists(st.text(max_size=12) | st.none(), max_size=10))
def test_any_text_at_all_is_survived_row_for_row_and_never_becomes_an_empty_value(values: list[str | None]) -> None:
    frame = names.clean_names(column(values))
    assert frame.height == len(values)
    assert frame.columns == list(names.COLUMNS)
    for field in ("name", "key", "folded", "surname", "given", "syllables", "pinyin"):
        assert "" not in frame[field].to_list()


@property_test
@given(st.lists(plain_names | st.none(), min_size=1, max_size=10))
def test_a_name_means_the_same_alone_and_among_others(values: list[str | None]) -> None:
    together = names.clean_names(column(values * 3))
    for value, row in zip(values * 3, together.iter_rows(named=True), strict=True):
        assert row == vars(names.clean_name(value))


@property_test
@given(st.lists(DIRTY | st.text(max_size=8) | st.none(), min_size=1, max_size=10))
def test_the_keys_of_a_few_names_are_those_of_a_column(values: list[str | None]) -> None:
    many = names.name_keys(column([*values, *(None for _ in range(names.FEW))]))
    assert names.name_keys(column(values)).rows() == many.rows()[: len(values)]


def test_scripts_are_told_alike_in_a_text_and_in_a_column() -> None:
    every = column([chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000])
    for kind in (r"^\p{Han}$", r"^[\p{Co}]$"):
        assert [bool(pattern(kind).search(one)) for one in every] == every.str.contains(kind).to_list()


def test_homophones_share_their_sound_and_not_their_key() -> None:
    one, other = names.clean_name("马秀英"), names.clean_name("马秀瑛")
    assert one.pinyin == other.pinyin
    assert one.key != other.key


def test_confused_legal_surnames_are_near_and_never_equal() -> None:
    assert names.near_surname("肖", "萧")
    assert names.near_surname("付", "傅")
    assert not names.near_surname("马", "冯")
    assert not names.near_surname("肖", "肖")
    assert names.clean_name("肖红").folded != names.clean_name("萧红").folded
    assert names.near_surname_column(column(["萧", "傅", "马"])).to_list() == ["肖", "付", "马"]


def test_sounds_speakers_mix_up_become_equal() -> None:
    heard = near_sounds_column(column(["zhang ying", "zan yin", "lv bu", None]))
    assert heard.to_list() == ["zan yin", "zan yin", "lu bu", None]


def test_umlauts_are_one_however_romanised() -> None:
    assert {latin_key(text) for text in ("LYU", "Lü", "lv", "LÜ", "Lǚ")} == {"lv"}
    assert latin_key("LÜE") == latin_key("LUE") == "lve"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("马有福", "马有福"), (" 馬 有 福 ", "马有福"), ("马福", "马 福"), ("马 福", "马\u3000福"),
        ("买买提·吐尔逊", "买买提.吐尔逊"), ("买买提．吐尔逊", "买买提·吐尔逊"), ("买买提•吐尔逊", "买买提吐尔逊"),
        ("马有福（户主）", "马有福"), ("龘靐", "龘靐"),
    ],
)  # fmt: skip
def test_a_name_is_looked_for_as_it_may_be_written(typed: str, written: str) -> None:
    found = names.spellings(typed)
    assert written in found
    assert len(found) == len(set(found)) <= 25


@pytest.mark.parametrize("typed", ["", "不详", "王五之妻", "？"])
def test_what_names_nobody_is_looked_for_in_no_way(typed: str) -> None:
    assert names.spellings(typed) == []


def test_another_name_is_no_spelling() -> None:
    assert not {"马有", "肖红", "马有福娃"} & {*names.spellings("马有福"), *names.spellings("萧红")}
