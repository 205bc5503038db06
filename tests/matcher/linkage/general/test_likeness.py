"""What the tests a level may name hold true and false."""

import numpy as np
import polars as pl
import pytest

from matcher.linkage.general.encode import code
from matcher.linkage.general.likeness import TESTS, Values, alias_pairs, holds
from matcher.linkage.general.model import TEST

NO_ALIASES = np.zeros(0, dtype=np.int64)


def ask(test: str, one: str, other: str, groups: tuple[tuple[str, ...], ...] = ()) -> bool:
    column = code(pl.Series([one]), pl.Series([other]))
    aliases = alias_pairs(column, groups) if groups else NO_ALIASES
    values = Values(column, column.ours.astype(np.int64), column.theirs.astype(np.int64), aliases)
    return bool(holds(test, values)[0])


@pytest.mark.parametrize(
    ("test", "one", "yes", "no"),
    [
        ("equal", "ann", "ann", "anne"),
        ("damerau<=1", "smith", "smiht", "smythe"),
        ("damerau<=1", "alan", "alen", "ed"),
        ("jaro-winkler>=0.9", "martha", "marhta", "mother"),
        ("tokens>=0.88", "mill lane north", "north mill lane", "high street"),
        ("token", "van der berg", "berg smith", "vander"),
        ("prefix>=3", "2650", "2651", "2750"),
        ("prefix>=3", "265", "2651", "26"),
        ("initial", "j", "john", "ann"),
        ("starts", "alex", "alexander", "alfred"),
        ("starts", "alex", "ale", "al"),
        ("sound", "smith", "smyth", "jones"),
        ("local-part", "a.b@x.com", "a.b@y.org", "a.c@x.com"),
        ("digits-off<=1", "1234", "1235", "12345"),
        ("number<=1", "40", "41", "42"),
        ("years<=1", "19800101", "19811231", "19820101"),
        ("date-parts>=2", "19800102", "19800109", "19810109"),
        ("date-swapped", "19800102", "19800201", "19800103"),
        ("date-partial", "19800000", "19800102", "19810102"),
        ("date-year", "19800102", "19801231", "19810102"),
    ],
)
def test_it_holds_for_one_and_not_for_the_other(test: str, one: str, yes: str, no: str) -> None:
    for a, b, means in ((one, yes, True), (yes, one, True), (one, no, False), (no, one, False)):
        assert ask(test, a, b) is means, (a, b)


def test_aliases_are_those_of_one_group_only() -> None:
    groups = (("william", "bill"), ("alexander", "sandy"), ("sandra", "sandy"))
    assert ask("alias", "bill", "william", groups)
    assert ask("alias", "sandy", "sandra", groups)
    assert not ask("alias", "alexander", "sandra", groups)


def test_every_test_the_model_may_name_exists() -> None:
    names = {
        name for name in TESTS if TEST.fullmatch(name) or any(TEST.fullmatch(name + b) for b in ("<=1", ">=0.5", ">=2"))
    }
    assert names == set(TESTS)
