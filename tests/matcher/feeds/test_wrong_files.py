"""Every wrong file is told by a stable code and the way out, at the door and by the reader; a right one is taken."""

import json
from datetime import date

import pytest

from kit.problems import Problem
from matcher.feeds.feed import FileUnreadable, load_feed
from matcher.feeds.read import check_columns, read
from tests.matcher.conftest import Matcher
from tests.matcher.feeds.wrong_files import FEED, ROWS, WRONG, Wrong

TODAY = date(2021, 6, 1)
TOLD = [wrong for wrong in WRONG if wrong.code]
TAKEN = [wrong for wrong in WRONG if not wrong.code]


def named(wrong: Wrong) -> str:
    return wrong.name.replace(" ", "-")


@pytest.mark.parametrize("wrong", TOLD, ids=named)
def test_a_wrong_file_is_told_by_the_reader(wrong: Wrong) -> None:
    with pytest.raises(Problem) as caught:
        check_columns(wrong.content, load_feed(FEED), wrong.media_type)
    assert caught.value.code == wrong.code
    english = str(caught.value.body("r", "en")["detail"])
    assert len(english) > 30
    assert not any(str(row[1]) in english for row in ROWS[1:]), "no cell in a problem"
    if isinstance(caught.value, FileUnreadable):
        assert caught.value.args_by_name["reason"] == wrong.reason


@pytest.mark.parametrize("wrong", TAKEN, ids=named)
def test_what_is_wrong_with_a_row_stands_at_its_line(wrong: Wrong) -> None:
    found = read(wrong.content, load_feed(FEED), wrong.media_type, "b", TODAY)
    assert found.rows.height == wrong.rows
    expected = {2 + at: {"id-area-unknown"} for at in range(found.rows.height)}
    for line, code in wrong.issues:
        expected[line] |= {code}
        if code in {"id-missing", "id-damaged", "id-cell-numeric"}:
            expected[line] -= {"id-area-unknown"}
    rows = found.rows.select("row", "issues").rows()
    codes = {row: {issue["code"] for issue in json.loads(issues)} for row, issues in rows}
    assert all(codes[line] >= wanted for line, wanted in expected.items()), codes
    if not wrong.issues:
        assert codes == expected


def test_what_is_sound_comes_whole_however_it_is_written() -> None:
    sound = [wrong for wrong in TAKEN if not wrong.issues and wrong.rows == len(ROWS) - 1]
    assert len(sound) > 8
    for wrong in sound:
        records = read(wrong.content, load_feed(FEED), wrong.media_type, "b", TODAY).records
        assert records["id_number"].to_list() == [row[1] for row in ROWS[1:]], wrong.name
        assert records["died"].to_list() == ["2021-03-05"] * (len(ROWS) - 1), wrong.name


def test_at_the_door_each_is_a_problem_with_the_way_out(matcher: Matcher) -> None:
    for wrong in [*TOLD, *(one for one in TAKEN if one.issues)]:
        headers = {"Accept-Language": "zh", "Content-Type": wrong.media_type}
        answer = matcher.push(FEED, wrong.content, headers=headers, mode="validate")
        if not wrong.code:
            assert answer.status_code == 202, (wrong.name, answer.text)
            continue
        assert answer.status_code == 422, (wrong.name, answer.text)
        told = answer.json()
        assert told["code"] == wrong.code, wrong.name
        assert any("\u4e00" <= letter <= "\u9fff" for letter in told["detail"]), wrong.name
        assert wrong.reason is None or f"（{wrong.reason}）" in told["detail"], wrong.name
        assert not any(str(row[1]) in answer.text for row in ROWS[1:]), "no cell in a problem"
