"""What single characters are made of."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from china import characters
from china.name_sounds import surname_readings
from china.names import compound_surnames, surnames
from tests.china.tables import column, property_test


def test_traditional_and_variant_forms_fold_to_one_character() -> None:
    assert characters.fold("馬蕭閆陞喆堃峯") == "马萧闫升哲坤峰"
    assert characters.fold("马萧闫升") == "马萧闫升"


@property_test
@given(st.text("馬蕭閆陞喆堃峯马英國国鑑衞a1 ·", max_size=8))
def test_folding_twice_is_folding_once_and_the_column_agrees(text: str) -> None:
    once = characters.fold(text)
    assert characters.fold(once) == once
    assert characters.fold_column(column([text])).to_list() == [once]


@property_test
@given(st.lists(st.text("馬蕭国a ·", max_size=5) | st.none(), max_size=5))
def test_many_texts_are_replaced_as_few_are(values: list[str | None]) -> None:
    folds = characters.CharacterMap(characters.variants())
    few = folds.column(column(values))
    many = folds.column(column(values + [None] * characters.FEW))
    assert many.to_list()[: len(values)] == few.to_list()


def test_no_variant_folds_to_something_that_folds_further() -> None:
    table = characters.variants()
    assert not [char for char, plain in table.items() if plain in table or len(plain) != 1 or len(char) != 1]


def test_characters_mistaken_by_eye_are_look_alikes_both_ways() -> None:
    for a, b in [("己", "已"), ("末", "未"), ("土", "士")]:
        assert characters.look_alike(a, b), a + b
        assert characters.look_alike(b, a)
    assert not characters.look_alike("马", "马")
    assert not characters.look_alike("马", "英")


def test_characters_of_one_outline_are_look_alikes() -> None:
    assert characters.look_alike("丽", "丙")
    assert characters.look_alike("花", "茬")
    assert characters.look_alike("宜", "审")
    assert not characters.look_alike("花", "兰")


def test_every_surname_can_be_spoken() -> None:
    readings = characters.first_readings()
    assert not [char for char in surnames() if char not in readings]
    assert not [name for name in compound_surnames() if any(char not in readings for char in name)]
    assert not [reading for all_ in surname_readings().values() for reading in all_ if not reading.isascii()]


def test_characters_drawn_alike_are_those_of_the_rule() -> None:
    """`look_alike_strokes.csv` is the rule worked out over all characters that share all but one corner."""
    groups: dict[tuple[int, str], list[str]] = {}
    for char in characters.strokes():
        corners = characters.outline(char)
        for place in range(4 if corners else 0):
            groups.setdefault((place, corners[:place] + corners[place + 1 :]), []).append(char)
    pairs = {(min(a, b), max(a, b)) for group in groups.values() for a, b in combinations(group, 2)}
    apart = {(a, b) for a, b in pairs if characters.outline(a) != characters.outline(b)}
    found = {(a, b) for a, b in apart if characters.look_alike(a, b)}
    listed = characters.look_alikes()
    assert found - listed == characters.look_alike_pairs() - listed
