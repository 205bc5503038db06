"""What is read from bytes is what `china` reads: the quick way and the rule held together, on dirty and clean cells."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.frames import IDENTITY, conform
from matcher.linkage import cells, letters, places
from matcher.linkage.clean import clean
from matcher.linkage.legible import legible
from matcher.linkage.letters import LETTER, spell
from tests.examples import examples
from tests.matcher.linkage.builders import frame, number, person, record, village

NAMES = st.text(
    alphabet="马杨欧阳單单曾解尤素福达吾德小氏户主已故之妻父无不详?·•・ A1()（）鳴龘", min_size=0, max_size=7
)
DRESSED = st.tuples(  # what most cells that are not plain look like, and what only looks like it
    st.sampled_from(["", " ", "\u3000", "户主", "1"]),
    st.text(alphabet="马杨欧阳解小生儿人名之的女氏不详 \u30002户", min_size=1, max_size=6),
    st.sampled_from(
        ["", " ", "2", "\u3000", "(户主)", "（户主）", " (户主)", "先生", "女士 ", "本人2", "家属 ", "(户主"]
    ),
).map("".join)
STEMS = st.text(alphabet="东峡龙泉镇乡村社区街道委会民居第三十一组队号王县市省", min_size=0, max_size=9)
ADDRESSES = st.tuples(
    STEMS,
    st.sampled_from(["3组", "12组", "07组", "3队", "", "1007组"]),
    st.sampled_from(["", "5号", "112号", "1-2号", "05号", "5"]),
).map("".join)
NUMBERS = st.text(alphabet="0123456789Xx× 640499", min_size=0, max_size=19)
DATES = st.text(alphabet="0123456789-./年月日 19", min_size=0, max_size=11)
PHONES = st.text(alphabet="0123456789-+ 13895", min_size=0, max_size=13)
WORDS = st.text(alphabet="aA0-_/. 无N", min_size=0, max_size=5)


def slowly(values: pl.Series) -> letters.Spelled:
    """`spell` with every cell sent through `china`."""
    start, length = np.zeros(len(values), dtype=np.int64), np.full(len(values), -1, dtype=np.int32)
    full, foreign = np.zeros(len(values), dtype=np.int64), np.zeros(len(values), dtype=np.int64)
    rows = np.arange(len(values))
    none = np.zeros(0, dtype=LETTER)
    found = letters._spell_others(values, rows, none, (start, length, full, foreign))
    return letters.Spelled(found, start, length, full, foreign)


@examples(300)
@given(st.lists(NAMES | DRESSED, min_size=1, max_size=20))
def test_names_are_spelled_alike_either_way(names: list[str]) -> None:
    values = pl.Series(names, dtype=pl.String)
    quick, slow = spell(values), slowly(values)
    assert quick.length.tolist() == slow.length.tolist()
    for row, name in enumerate(names):
        size = int(quick.length[row])
        if size < 0:
            continue
        ours = quick.letters[quick.start[row] : quick.start[row] + size]
        theirs = slow.letters[slow.start[row] : slow.start[row] + size]
        assert ours["char"].tolist() == theirs["char"].tolist(), name
        assert (quick.full[row], quick.foreign[row]) == (slow.full[row], slow.foreign[row]), name
        for sound in ("main", "other", "near"):
            assert ours[sound].tolist() == theirs[sound].tolist(), name


@examples(200)
@given(st.lists(st.tuples(NUMBERS, DATES, PHONES, WORDS), min_size=1, max_size=20))
def test_cells_are_read_as_the_rules_read_them(rows: list[tuple[str, str, str, str]]) -> None:
    columns = ["id_number", "birth_date", "phone", "household"]
    given_ = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    said = conform(given_.with_columns(pl.lit("R").alias("id")), IDENTITY)
    quick, slow = clean(said), legible(said)
    assert (quick.numbers["tail"] >= 0).tolist() == slow["number"].is_not_null().to_list()
    assert quick.numbers["sound"].tolist() == (slow["valid"] & slow["number"].is_not_null()).to_list()
    assert quick.numbers["birth"].tolist() == slow["birth_number"].fill_null(0).to_list()
    assert quick.numbers["sex"].tolist() == slow["sex_number"].fill_null(0).to_list()
    assert quick.birth_stated.tolist() == slow["birth_stated"].fill_null(0).to_list()
    for ours, theirs in ((quick.phone, slow["phone"]), (quick.household, slow["household"])):
        assert (ours >= 0).tolist() == theirs.is_not_null().to_list()
        assert len(set(ours.tolist()) - {-1}) == theirs.drop_nulls().n_unique()


@examples(300)
@given(st.lists(ADDRESSES, min_size=1, max_size=20))
def test_addresses_are_read_alike_either_way(told: list[str]) -> None:
    values = pl.Series([*told, *(["龙泉镇东峡村3组15号", None] * cells.FEW)], dtype=pl.String)
    for quick, slow in zip(places.places_of(values), places._read(values), strict=True):
        assert quick.tolist() == slow.tolist()


def test_equal_digits_are_one_number_and_a_spreadsheets_cell_is_read_as_text() -> None:
    sound = number("19620506", 142)
    written = [sound, f" {sound[:6]} {sound[6:]}", sound.lower(), sound + "43", f"'{sound}"]
    parts = clean(frame(*(record(f"R{n}", id_number=text) for n, text in enumerate(written)))).numbers
    assert len(set(parts["head"].tolist())) == 1
    assert len(set(parts["tail"].tolist())) == 1


def test_a_column_of_equal_cells_is_read_once() -> None:
    told = cells.distinct(pl.Series(["a", None, "b", "a", "", "b"]))
    assert told.codes.tolist() == [0, -1, 1, 0, 2, 1]
    assert told.values.to_list() == ["a", "b", ""]


@pytest.mark.parametrize("word", ["不详", "未知", "没有"])
def test_a_word_for_nothing_is_no_name(word: str) -> None:
    assert spell(pl.Series([word])).length.tolist() == [-1]


def test_places_of_a_village_are_those_of_its_text() -> None:
    said = frame(*village(40), person("P9", address="东峡3队"), person("P10", address=None))
    quick, slow = clean(said), legible(said)
    for name in ("township", "village", "group", "house"):
        column = getattr(quick, name)
        assert (column >= 0).tolist() == slow[name].is_not_null().to_list(), name
        assert len(set(column.tolist()) - {-1}) == slow[name].drop_nulls().n_unique(), name
