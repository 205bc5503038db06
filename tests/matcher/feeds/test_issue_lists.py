"""The list of each row's issues, against writing them row by row."""

import orjson
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from matcher.feeds.issue_lists import issue_lists
from matcher.feeds.marks import Mark

HEIGHT = 7
ROWS = st.lists(st.booleans() | st.none(), min_size=HEIGHT, max_size=HEIGHT)


def _mark(number: int, hit: list[bool | None], own: bool) -> Mark:
    rows = pl.Series(hit, dtype=pl.Boolean)
    if not own:
        return Mark(rows, orjson.dumps({"code": f"c{number}"}).decode())
    texts = [orjson.dumps({"code": f"c{number}", "line": line}).decode() if at else None for line, at in enumerate(hit)]
    return Mark(rows, pl.Series(texts, dtype=pl.String))


@given(st.lists(st.tuples(ROWS, st.booleans()), min_size=1, max_size=70))
def test_each_row_has_its_issues_in_the_order_of_the_marks(asked: list[tuple[list[bool | None], bool]]) -> None:
    marks = [_mark(number, hit, own) for number, (hit, own) in enumerate(asked)]
    wanted = [
        [mark.text if isinstance(mark.text, str) else mark.text[row] for mark in marks if mark.rows[row]]
        for row in range(HEIGHT)
    ]
    assert issue_lists(marks).to_list() == ["[" + ",".join(texts) + "]" for texts in wanted]
