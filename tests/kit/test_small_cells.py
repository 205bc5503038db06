"""Small cells are withheld from outsiders, and no two answers together give them back."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kit.scope import prefix
from kit.small_cells import Published, is_outsider, publish
from tests.examples import examples

COUNTY, TOWN, OTHER = "640499000000", "640499100000", "640499200000"
VILLAGES = tuple(f"640499100{at:03}" for at in range(201, 207))
K = 5


@dataclass(frozen=True)
class Column:
    name: str
    kind: str = "count"


@dataclass(frozen=True)
class Figures:
    rows: list[dict[str, Any]]
    total: dict[str, Any] | None


COLUMNS = (Column("area", "text"), Column("area_name", "text"), Column("a"), Column("b"), Column("share", "share"))
Cells = dict[str, tuple[int, int]]


def build(cells: Cells, caller: str, asked: str) -> Figures:
    """As the services count: what the caller may see of the area, by the divisions below it."""
    inside = {
        code: of for code, of in cells.items() if code.startswith(prefix(caller)) and code.startswith(prefix(asked))
    }
    width = {6: 9, 9: 12, 12: 12}[len(prefix(asked))]
    sums: Cells = {}
    for code, (a, b) in inside.items():
        key = code[:width].ljust(12, "0")
        before = sums.get(key, (0, 0))
        sums[key] = (before[0] + a, before[1] + b)
    rows = [{"area": code, "area_name": "某地", "a": a, "b": b, "share": 0.5} for code, (a, b) in sums.items()]
    return Figures(rows, {"a": sum(of[0] for of in sums.values()), "b": sum(of[1] for of in sums.values())})


def told(cells: Cells, caller: str, asked: str, least: int = K) -> Published:
    return publish(caller, asked, lambda area: build(cells, caller, area), COLUMNS, least)


def figures_of(answer: Published) -> dict[str, tuple[int | None, int | None]]:
    return {row["area"]: (row["a"], row["b"]) for row in answer.rows}


def test_a_countys_own_leaders_see_everything() -> None:
    cells = {VILLAGES[0]: (1, 0), VILLAGES[1]: (9, 9)}
    answer = told(cells, COUNTY, TOWN)
    assert figures_of(answer) == cells
    assert (answer.total, answer.withheld) == ({"a": 10, "b": 9}, False)
    assert [is_outsider(area, TOWN) for area in (COUNTY, "640000000000", TOWN, VILLAGES[0], OTHER)] == [
        False, False, True, True, True,
    ]  # fmt: skip


def test_an_outsider_is_not_told_a_small_cell_nor_the_one_that_would_give_it_back() -> None:
    cells = {VILLAGES[0]: (1, 6), VILLAGES[1]: (7, 7), VILLAGES[2]: (30, 30), VILLAGES[3]: (0, 0)}
    answer = told(cells, TOWN, TOWN)
    shown = figures_of(answer)
    assert shown[VILLAGES[0]] == shown[VILLAGES[1]] == (None, None)
    assert shown[VILLAGES[2]] == (30, 30)
    assert answer.total == {"a": 38, "b": 43}
    assert answer.withheld
    # The same for each village alone, the withheld neighbour included: what is decided is decided once.
    assert [told(cells, TOWN, code).total for code in VILLAGES[:3]] == [
        {"a": None, "b": None}, {"a": None, "b": None}, {"a": 30, "b": 30},
    ]  # fmt: skip
    # And seen from above, as far as it is the caller's.
    assert figures_of(told(cells, TOWN, COUNTY)) == {TOWN: (38, 43)}


def test_where_nothing_can_be_told_safely_the_sum_goes_too() -> None:
    answer = told({VILLAGES[0]: (2, 0), VILLAGES[1]: (1, 0)}, TOWN, TOWN)
    assert set(figures_of(answer).values()) == {(None, None)}
    assert answer.total == {"a": None, "b": None}
    assert figures_of(told({VILLAGES[0]: (2, 0)}, TOWN, COUNTY)) == {TOWN: (None, None)}


def test_nobody_is_withheld_anything_where_one_is_small_enough() -> None:
    assert not told({VILLAGES[0]: (1, 1)}, TOWN, TOWN, least=1).withheld


@examples(300, few=60)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=len(VILLAGES)))
def test_no_difference_of_answers_gives_a_small_cell_back(counts: list[tuple[int, int]]) -> None:
    """The attacker asks for the county, the township and every village, twice, and subtracts."""
    cells = dict(zip(VILLAGES, counts, strict=False))
    asked = (COUNTY, TOWN, *cells)
    answers = {area: told(cells, TOWN, area) for area in asked}
    assert answers == {area: told(cells, TOWN, area) for area in asked}
    for at, name in enumerate(("a", "b")):
        known: dict[str, int] = {}
        for answer in answers.values():
            known |= {row["area"]: row[name] for row in answer.rows if row[name] is not None and row["area"] != TOWN}
        known |= {
            code: answers[code].total[name]  # type: ignore[index]  # there is a total
            for code in cells
            if answers[code].total[name] is not None  # type: ignore[index]  # there is a total
        }
        assert not any(0 < value < K for value in known.values())
        whole = {answers[area].total[name] for area in (COUNTY, TOWN)}  # type: ignore[index]  # there is a total
        whole |= {row[name] for row in answers[COUNTY].rows}
        hidden = [code for code in cells if code not in known]
        rest = sum(cells[code][at] for code in hidden)
        if hidden and whole != {None}:
            assert len(hidden) > 1
            assert rest == 0 or rest >= K
