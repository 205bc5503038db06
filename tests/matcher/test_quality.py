"""What an agency is told of its own data: counted by hand on a small delivery, and beside the one before."""

import io
from typing import Any

import polars as pl
import pytest
from openpyxl import load_workbook

from matcher.batches.files import BatchFiles
from matcher.flows.judge_batch import COUNTED
from matcher.sealed import FileMissing
from matcher.statistics.grades import graded
from matcher.statistics.quality import Field, quality_of
from tests.matcher import county
from tests.matcher.conftest import Matcher

MA, LI, WANG = (
    ("马建国", county.number("19600101", 11)),
    ("李秀英", county.number("19700202", 22)),
    ("王晓兰", county.number("19800303", 24)),
)
BROKEN = f"{WANG[1][:17]}{'0' if WANG[1][17] != '0' else '1'}"


def row(name: str, id_number: str, **more: str) -> list[str]:
    """A row of the health office with every cell its own."""
    told = {"sex": "男", "birth": "", "phone": "", "dated": "2020-05-15", "cost": "50000", "paid": "20000", **more}
    return [
        name,
        id_number,
        told["sex"],
        told["birth"],
        "青石镇柳树村3组",
        told["phone"],
        "肺恶性肿瘤",
        "C34.9",
        told["dated"],
        told["cost"],
        told["paid"],
    ]


FIRST = [
    row(*MA, phone="13812345670"),
    row(LI[0], f" {LI[1][:6]} {LI[1][6:]}", sex="女"),  # sound once the blanks are out
    row(WANG[0], BROKEN, phone="123", dated="去年"),
    row("陈永福", "", birth="19550505"),
    row(*MA, phone="13812345670"),  # word for word the first
    row("", ""),  # nobody
]


def quality(matcher: Matcher, batch: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = matcher.get(f"/batches/{batch}/quality", headers)
    return found


def test_a_delivery_is_judged_by_rows_columns_and_numbers(matcher: Matcher) -> None:
    batch = matcher.deliver("health-illness", FIRST)
    matcher.work()
    told = quality(matcher, batch, matcher.agency("health-illness"))
    assert (told["batch_id"], told["feed"], told["rows"]) == (batch, "health-illness", 6)
    assert told["outcomes"] == {"accepted_with_warnings": 4, "duplicate_in_batch": 1, "rejected": 1}
    assert (told["rejected_share"], told["duplicate_share"]) == (round(1 / 6, 4), round(1 / 6, 4))
    columns = {column["name"]: column for column in told["columns"]}
    assert (columns["name"]["filled"], columns["name"]["filled_share"], columns["name"]["valid_share"]) == (
        4,
        1.0,
        None,
    )
    assert (columns["phone"]["filled_share"], columns["phone"]["valid_share"]) == (0.5, 0.5)
    assert (columns["diagnosed"]["filled_share"], columns["diagnosed"]["valid_share"]) == (1.0, 0.75)
    assert columns["id_number"]["title"] == "证件号码"
    assert columns["birth_date"]["filled"] == 1
    assert "household" not in columns, "a column the file has not is not blamed for being empty"
    numbers = told["id_numbers"]
    assert [numbers[name] for name in ("valid", "repairable", "invalid", "missing")] == [1, 1, 1, 1]
    assert numbers["valid_share"] == 0.25
    assert told["previous"] is None


def test_mistakes_are_counted_by_kind_and_column_with_words_and_lines(matcher: Matcher) -> None:
    batch = matcher.deliver("health-illness", FIRST)
    matcher.work()
    issues = {(issue["code"], issue["pointer"]): issue for issue in quality(matcher, batch)["issues"]}
    check = issues["id-check-digit", "/证件号码"]
    assert (check["rows"], check["lines"], check["severity"], check["share"]) == (1, [4], "warning", round(1 / 6, 4))
    assert check["message"] == "“证件号码”的校验码不符，至少有一位写错。"
    assert issues["phone-invalid", "/联系电话"]["lines"] == [4]
    assert issues["date-unreadable", "/确诊日期"]["lines"] == [4]
    assert issues["row-repeated", None]["lines"] == [6]
    assert issues["row-without-identity", None]["severity"] == "error"
    assert issues["id-missing", "/证件号码"]["lines"] == [5, 7]
    read = matcher.get(f"/batches/{batch}")["reading"]["issues"]
    assert {code: issue["rows"] for (code, _), issue in issues.items()} == read, "the same figures everywhere"


def test_a_delivery_stands_beside_the_one_before_of_its_line(matcher: Matcher) -> None:
    first = matcher.deliver("health-illness", FIRST)
    matcher.deliver("health-deaths", [county.death(*MA)])
    matcher.work()
    better = [
        row(*MA, phone="13812345670"),
        row(*LI, sex="女"),
        row(*WANG, sex="女"),
        row("陈永福", "", birth="19550505"),
    ]
    second = matcher.deliver("health-illness", better)
    matcher.work()
    previous = quality(matcher, second)["previous"]
    assert (previous["batch_id"], previous["rows"]) == (first, 6)
    moved = previous["difference"]
    assert moved["rows"] == -2
    assert (moved["rejected_share"], moved["duplicate_share"]) == (-round(1 / 6, 4), -round(1 / 6, 4))
    assert moved["issues"]["id-check-digit"] == -1
    assert moved["issues"]["id-missing"] == -1
    assert moved["columns"] == {"phone": -0.25}
    assert moved["id_valid_share"] == 0.5


def test_a_repetition_has_the_quality_of_what_it_repeats(matcher: Matcher) -> None:
    first = matcher.deliver("health-illness", FIRST)
    matcher.work()
    again = matcher.deliver("health-illness", FIRST)
    assert matcher.state_of(again) == "unchanged"
    once, twice = quality(matcher, first), quality(matcher, again)
    assert {**twice, "batch_id": first} == once


def test_a_delivery_not_read_yet_says_so(matcher: Matcher) -> None:
    batch = matcher.deliver("health-illness", FIRST)
    answer = matcher.http.get(f"/batches/{batch}/quality", headers=matcher.headers())
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_an_agency_sees_the_quality_of_its_own_deliveries_only_and_not_who_is_known(matcher: Matcher) -> None:
    matcher.registry.put_person(county.person(*MA, coverage=[county.covered()]))
    batch = matcher.deliver("health-illness", FIRST)
    matcher.work()
    other = matcher.agency("disability-cards")
    assert matcher.http.get(f"/batches/{batch}/quality", headers=other).status_code == 404
    stranger = matcher.headers(area="640498000000")
    assert matcher.http.get(f"/batches/{batch}/quality", headers=stranger).status_code == 404
    assert matcher.http.get(f"/batches/{batch}/quality", headers=matcher.headers("leads:read")).status_code == 403
    answer = matcher.http.get(f"/batches/{batch}/quality", headers=matcher.agency("health-illness"))
    known = [MA[0], MA[1], "13812345670", "linked", "registered", "certain", "covered", "review"]
    assert not [word for word in known if word in answer.text]


def test_a_delivery_without_rows_or_columns_divides_nothing_by_nothing() -> None:
    rows = pl.DataFrame(schema={"line": pl.Int32, "outcome": pl.String, "issues": pl.String})
    records = pl.DataFrame(schema={"id_number": pl.String, "phone": pl.String})
    told = quality_of(rows, records, [Field("phone", "联系电话", "phone"), Field("absent", "无", "text")])
    assert (told["rows"], told["rejected_share"], told["issues"]) == (0, None, [])
    assert told["columns"][0]["filled_share"] is None
    assert told["id_numbers"]["valid_share"] is None


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        (MA[1], "valid"),
        (f"{MA[1]}44", "valid"),
        (MA[1].lower(), "valid" if MA[1] == MA[1].lower() else "repairable"),
        (f"{MA[1][:6]} {MA[1][6:]}", "repairable"),
        ("".join(chr(ord(digit) + 0xFEE0) for digit in MA[1]), "repairable"),
        ("640499600101110", "repairable"),
        (BROKEN, "invalid"),
        ("1234", "invalid"),
        ("无", "missing"),
        (None, "missing"),
    ],
)
def test_a_number_is_sound_mended_wrong_or_missing(cell: str | None, kind: str) -> None:
    rows = pl.DataFrame({"line": [2], "outcome": ["accepted"], "issues": ["[]"]})
    numbers = quality_of(rows, pl.DataFrame({"id_number": [cell]}, schema={"id_number": pl.String}), [])["id_numbers"]
    assert {name: numbers[name] for name in ("valid", "repairable", "invalid", "missing") if numbers[name]} == {kind: 1}


def test_asking_twice_answers_304_where_nothing_changed(matcher: Matcher) -> None:
    batch = matcher.deliver("health-illness", FIRST)
    matcher.work()
    headers = matcher.agency("health-illness")
    first = matcher.http.get(f"/batches/{batch}/quality", headers=headers)
    again = matcher.http.get(f"/batches/{batch}/quality", headers={**headers, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_was_counted_is_kept_sealed_and_a_full_disk_only_counts_again(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = matcher.deliver("health-illness", FIRST)
    matcher.work()
    files: BatchFiles = matcher.app.state.files

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(BatchFiles, "write_figures", full)
        counted = quality(matcher, batch)
    with pytest.raises(FileMissing):
        files.figures(batch, COUNTED)
    assert quality(matcher, batch) == counted
    assert files.figures(batch, COUNTED)
    assert quality(matcher, batch) == counted
    stored = (matcher.settings.data_dir / "batches" / batch / f"figures-{COUNTED}.sealed").read_bytes()
    assert "证件号码".encode() not in stored


# ---- grades, the trend, and one page for the leaders


def shares(rejected: float = 0, duplicate: float = 0, warned: float = 0, invalid: float = 0) -> dict[str, Any]:
    numbers = {"valid_share": 1 - invalid, "invalid_share": invalid, "missing_share": 0.0}
    told = {"rejected_share": rejected, "duplicate_share": duplicate, "warned_share": warned}
    return {**told, "id_numbers": numbers}


@pytest.mark.parametrize(
    ("figures", "grade"),
    [
        (shares(), "A"),
        (shares(rejected=0.001, duplicate=0.005, warned=0.05, invalid=0.01), "A"),
        (shares(rejected=0.0011), "B"),
        (shares(duplicate=0.021), "C"),
        (shares(warned=0.31), "D"),
        (shares(invalid=0.06), "C"),
        (shares(rejected=0.06, warned=0.01), "D"),
    ],
)
def test_the_worst_criterion_is_the_grade(figures: dict[str, Any], grade: str) -> None:
    told = graded(figures)
    assert told["grade"] == grade == max(one["grade"] for one in told["criteria"])


def test_a_delivery_of_nothing_has_no_grade() -> None:
    none = {"rejected_share": None, "duplicate_share": None, "warned_share": None, "id_numbers": None}
    assert graded(none) == {"grade": None, "criteria": []}


def test_the_grade_comes_with_its_rules(matcher: Matcher) -> None:
    batch = matcher.deliver("health-illness", FIRST)
    matcher.work()
    told = quality(matcher, batch)
    assert told["grade"] == "D"
    criteria = {one["name"]: one for one in told["criteria"]}
    assert (criteria["rejected"]["share"], criteria["rejected"]["grade"]) == (round(1 / 6, 4), "D")
    assert criteria["numbers"]["share"] == 0.5
    assert criteria["rejected"]["limits"] == {"A": 0.001, "B": 0.01, "C": 0.05}


def test_the_trend_follows_a_feed_over_its_deliveries_and_shows_nobody_elses(matcher: Matcher) -> None:
    first = matcher.deliver("health-illness", FIRST, period="2021-04")
    second = matcher.deliver("health-illness", [row(*MA), row(*LI, sex="女")], period="2021-05")
    matcher.deliver("health-deaths", [county.death(*MA)])
    matcher.work()
    path = "/feeds/health-illness/quality"
    told = matcher.get(path, matcher.agency("health-illness"), months=3)
    assert (told["feed"], told["months"]) == ("health-illness", 3)
    assert [(one["batch_id"], one["period"], one["rows"]) for one in told["deliveries"]] == [
        (first, "2021-04", 6),
        (second, "2021-05", 2),
    ]
    assert [one["id_valid_share"] for one in told["deliveries"]] == [0.25, 1.0]
    assert told["deliveries"][0]["issues"]["id-missing"] == 2
    answer = matcher.http.get(path, headers=matcher.agency("disability-cards"))
    assert (answer.status_code, answer.json()["code"]) == (403, "feed-not-yours")
    assert matcher.get(path, matcher.headers(area="640498000000"))["deliveries"] == []
    assert matcher.http.get("/feeds/none/quality", headers=matcher.headers()).status_code == 404
    assert matcher.http.get(path, headers=matcher.headers(), params={"months": 0}).status_code == 422


def test_the_report_card_is_one_page_in_chinese_without_a_cell_of_the_file(matcher: Matcher) -> None:
    matcher.deliver("health-illness", [row(*MA), row(*LI, sex="女")])
    batch = matcher.deliver("health-illness", FIRST, period="2021-05")
    matcher.work()
    answer = matcher.http.get(f"/batches/{batch}/quality.xlsx", headers=matcher.agency("health-illness"))
    assert answer.status_code == 200, answer.text
    page = load_workbook(io.BytesIO(answer.content)).active
    assert page.sheet_properties.pageSetUpPr.fitToPage, "one page, whatever its length"
    assert int(page.page_setup.paperSize) == 9
    lines = [[cell.value for cell in line] for line in page.iter_rows()]
    assert "综合等级：D" in lines[2][0]
    by_name = {line[0]: line[1:] for line in lines if line[0]}
    assert by_name["总行数"][:3] == ["6", "2", "+4"]
    assert by_name["　未接收"][:3] == ["1", "0", "+1"]
    assert by_name["　“证件号码”的校验码不符，至少有一位写错。"][:3] == ["1", "0", "+1"]
    assert by_name["　联系电话"][0] == "50.0%（50.0%）"
    assert page.max_row < 60
    text = str(lines)
    assert not [part for part in (MA[0], MA[1], LI[0], LI[1], "13812345670") if part in text]
    stranger = matcher.http.get(f"/batches/{batch}/quality.xlsx", headers=matcher.agency("disability-cards"))
    assert stranger.status_code == 404
