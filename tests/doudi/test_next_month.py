"""The county a month later: untouched rows word for word, everything that happened counted, truth that agrees."""

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import polars as pl
import pytest

from doudi.county import Answers, MonthSummary, make_county, make_next_month
from doudi.county.population import Population, people_of
from doudi.county.reading import FILES, MadeOf, read_exports
from doudi.county.truth import truth_from_rows
from doudi.evaluation.county_folder import read_county

PEOPLE, SEED = 4_000, 11
JULY = date(2021, 7, 1)
Rows = Counter[tuple[object, ...]]


def truth(folder: Path) -> pl.DataFrame:
    frame = pl.read_csv(folder / "truth_people.csv", infer_schema=False)
    return frame.with_columns(pl.col("person").cast(pl.Int64), pl.col("programme", "expected").fill_null(""))


def expected(folder: Path, kind: str) -> list[int]:
    return truth(folder).filter(pl.col("expected") == kind)["person"].to_list()


@pytest.fixture(scope="module")
def june(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_county(tmp_path_factory.mktemp("june"), PEOPLE, "typical", SEED).folder


@pytest.fixture(scope="module")
def people() -> Population:
    return people_of(np.random.default_rng(SEED).spawn(4)[0], PEOPLE)


@pytest.fixture(scope="module")
def answers(june: Path) -> Answers:
    listed = expected(june, "uncovered-at-risk")
    forms = ("household", "household", "single")
    return Answers(
        admitted={one: forms[at % 3] for at, one in enumerate(listed[:40])},
        stopped=expected(june, "covered-but-dead"),
        denied=listed[40:50],
        settled=listed[50:60],
    )


@pytest.fixture(scope="module")
def july(june: Path, answers: Answers, tmp_path_factory: pytest.TempPathFactory) -> MonthSummary:
    return make_next_month(june, tmp_path_factory.mktemp("july"), 5, answers)


def owned(folder: Path, name: str) -> list[tuple[int, tuple[object, ...]]]:
    export = read_exports(folder)[name]
    return list(zip((export.person + 1).tolist(), export.rows.rows(), strict=True))


def changes(june: Path, july: MonthSummary, name: str) -> tuple[set[int], set[int]]:
    """Persons with a row that was there before only, and with one that is there now only."""
    before, now = owned(june, name), owned(july.folder, name)
    was, is_now = Counter(before), Counter(now)
    return {person for person, _ in was - is_now}, {person for person, _ in is_now - was}


def test_the_same_arguments_give_the_same_bytes_and_another_seed_another_month(
    june: Path, july: MonthSummary, answers: Answers, tmp_path: Path
) -> None:
    make_next_month(june, tmp_path / "again", 5, answers)
    make_next_month(june, tmp_path / "other", 6, answers)
    written = {path.name: path.read_bytes() for path in july.folder.iterdir()}
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == written
    assert (tmp_path / "other" / "deaths.csv").read_bytes() != written["deaths.csv"]
    assert set(written) == {*FILES, "areas.csv", "county.json", "truth_people.csv", "truth_rows.csv"}


def test_reading_a_county_back_and_writing_it_loses_no_cell(june: Path) -> None:
    for name in ("registry.xlsx", "rural.xlsx", "disability.xlsx"):
        with closing(openpyxl.load_workbook(june / name, read_only=True)) as book:
            rows = book.worksheets[0].iter_rows(values_only=True)
            cells = [tuple("" if cell is None else cell for cell in row) for row in rows]
        export = read_exports(june)[name]
        ends = cells[export.skipped_lines :][: export.rows.height]
        assert [tuple(row) for row in export.rows.rows()] == ends
        assert len(cells) == export.skipped_lines + export.rows.height + (export.total is not None)


def test_only_those_something_happened_to_have_other_rows(june: Path, july: MonthSummary, people: Population) -> None:
    allowed: Mapping[str, set[int]] = {
        "registry.xlsx": {*july.entered, *july.stopped, *july.ended},
        "disability.xlsx": {*july.cards, *july.gone["disability.xlsx"]},
        "health.csv": {*july.illnesses, *july.gone["health.csv"]},
        "deaths.csv": set(july.deaths),
    }
    for name, happened in allowed.items():
        was, now = changes(june, july, name)
        corrected = (was & now) - happened
        assert was | now >= happened - corrected
        assert len((was | now) - happened) <= july.corrected.get(name, 0), name
    was, now = changes(june, july, "deaths.csv")
    assert (was, now) == (set(), set(july.deaths))


def test_the_counts_add_up(june: Path, july: MonthSummary) -> None:
    before = {name: len(owned(june, name)) for name in FILES}
    assert july.rows == {name: len(owned(july.folder, name)) for name in FILES}
    assert july.rows["deaths.csv"] >= before["deaths.csv"] + len(july.deaths)
    registered = {person for person, _ in owned(june, "registry.xlsx")}
    assert july.rows["registry.xlsx"] == before["registry.xlsx"] + len(set(july.entered) - registered)
    for name, new in (("disability.xlsx", july.cards), ("health.csv", july.illnesses)):
        gone = [person for person, _ in owned(june, name) if person in july.gone[name]]
        again = july.rows[name] - (before[name] - len(gone) + len(new))
        assert 0 <= again <= 2, "an agency may list a new person twice"
    assert min(map(len, (july.cards, july.illnesses, july.deaths, july.ended, july.monitored, july.risks_removed))) >= 1
    assert all(july.gone.values())


def test_the_admitted_stand_on_the_rolls_with_their_own_number_and_from_this_month(
    july: MonthSummary, people: Population, answers: Answers
) -> None:
    rows = read_exports(july.folder)["registry.xlsx"]
    frame = rows.rows.with_columns(pl.Series("person", rows.person + 1)).filter(
        pl.col("person").is_in(list(july.admitted))
    )
    assert frame["person"].n_unique() == len(july.admitted) == 39
    assert set(frame["起保年月"]) == {"202107"}
    assert set(frame["停保年月"]) == {""}
    assert set(frame["救助类别"]) == {"农村低保"}
    for person, number, form in frame.select("person", "身份证号", "保障方式").rows():
        assert form in {"整户保", "单人保"}
        if answers.admitted[person] == "single" and form == "整户保":
            home = people.household[person - 1]
            assert any(people.household[one - 1] == home for one in july.admitted if one != person)
        assert len(number) == 18 or person in {one for one, _ in owned(july.folder, "registry.xlsx")}
    assert frame.filter(pl.col("保障方式") == "整户保")["户号"].n_unique() > 5


def test_no_two_households_share_a_number(july: MonthSummary, people: Population) -> None:
    homes: dict[str, set[int]] = {}
    for person, row in owned(july.folder, "registry.xlsx"):
        homes.setdefault(str(row[0]), set()).add(int(people.household[person - 1]))
    assert {len(one) for one in homes.values()} == {1}


def test_a_refused_and_a_still_paid_person_stay_as_they_were(june: Path, july: MonthSummary, answers: Answers) -> None:
    assert len(july.refused) == len(july.still_paid) == len(july.renewed) == 1
    assert set(july.refused) | set(july.admitted) == set(answers.admitted)
    assert set(july.still_paid) | set(july.stopped) == set(answers.stopped)
    was, now = changes(june, july, "registry.xlsx")
    assert not {*july.refused, *july.still_paid} & (was | now)
    ends = {person: row[16] for person, row in owned(july.folder, "registry.xlsx")}
    assert {ends[person] for person in july.stopped} == {"202106"}


def test_nothing_befalls_those_who_were_answered_but_the_one_with_new_facts(
    june: Path, july: MonthSummary, answers: Answers
) -> None:
    answered = {*answers.admitted, *answers.stopped, *answers.denied, *answers.settled}
    befallen = {*july.cards, *july.illnesses, *july.deaths, *july.ended, *july.gone["health.csv"]}
    assert befallen & answered == set(july.renewed) <= set(answers.denied)
    for name in ("disability.xlsx", "health.csv", "deaths.csv", "rural.xlsx"):
        was, now = changes(june, july, name)
        assert (was | now) & answered <= set(july.renewed), name


def test_some_of_those_who_died_were_covered_and_some_were_on_the_list(june: Path, july: MonthSummary) -> None:
    listed, before = set(expected(june, "uncovered-at-risk")), truth(june)
    covered = set(before.filter(pl.col("covered") == "1")["person"])
    assert len(listed & set(july.deaths)) == 2
    assert len(covered & set(july.deaths)) >= 2
    assert covered & set(july.deaths) <= set(expected(july.folder, "covered-but-dead"))


def test_the_truth_of_the_month_is_what_the_rows_say_with_perfect_linkage(july: MonthSummary) -> None:
    county = read_county(july.folder, JULY)
    kinds = {"covered": "covered", "severe": "severe_disability", "ill": "serious_illness", "monitored": "monitored",
             "dead": "dead"}  # fmt: skip
    for kind, column in kinds.items():
        said = set(county.of_kind(kind)["person"].to_list())
        assert said == set(county.people.filter(pl.col(column) == "1")["person"].to_list()), kind
    at_risk = {row for kind in ("severe", "ill", "monitored") for row in county.of_kind(kind)["person"].to_list()}
    away = {row for kind in ("covered", "dead") for row in county.of_kind(kind)["person"].to_list()}
    assert set(expected(july.folder, "uncovered-at-risk")) == at_risk - away
    assert july.expected == {kind: len(expected(july.folder, kind)) for kind in july.expected}
    assert july.as_of == JULY == MadeOf.read(july.folder).as_of


def test_the_rule_for_truth_from_rows_gives_the_month_before_its_own_truth(june: Path, people: Population) -> None:
    made = truth_from_rows(people, read_exports(june), MadeOf.read(june).as_of, truth(june))
    assert made.cast({name: pl.String for name in made.columns if name != "person"}).equals(truth(june))


def test_a_month_may_follow_a_month(july: MonthSummary, tmp_path: Path) -> None:
    august = make_next_month(july.folder, tmp_path, 5, Answers())
    assert august.as_of == date(2021, 8, 1)
    assert not {*august.deaths} & {*july.deaths}
    dates = {row[5] for person, row in owned(tmp_path, "deaths.csv") if person in august.deaths}
    assert {str(one)[:7] for one in dates} == {"2021-07"}
    assert august.entered == ()


def test_a_row_put_in_by_hand_stays_and_its_person_keeps_a_name(june: Path, tmp_path: Path) -> None:
    for path in june.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    deaths, lines = tmp_path / "deaths.csv", read_exports(june)["deaths.csv"].rows.height
    deaths.write_bytes(deaths.read_bytes() + "无名,,男,,某村,2021-05-01\n".encode("gb18030"))
    with (tmp_path / "truth_rows.csv").open("a") as rows, (tmp_path / "truth_people.csv").open("a") as who:
        rows.write(f"deaths.csv,{lines + 2},{PEOPLE + 7}\r\n")
        who.write(f"{PEOPLE + 7},,无名,640499100,0,,0,0,0,1,\r\n")
    made = make_next_month(tmp_path, tmp_path / "july", 5, Answers())
    assert (PEOPLE + 7) in {person for person, _ in owned(made.folder, "deaths.csv")}
    kept = truth(made.folder).filter(pl.col("person") == PEOPLE + 7)
    assert kept.select("name", "dead").row(0) == ("无名", "1")


def test_whoever_asks_for_what_there_is_not_is_told(june: Path, answers: Answers, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nobody is number 4001"):
        make_next_month(june, tmp_path, 1, Answers(stopped=[4001]))
    with pytest.raises(ValueError, match="unknown form 'tent'"):
        make_next_month(june, tmp_path, 1, Answers(admitted={1: "tent"}))
    with pytest.raises(ValueError, match=r"county\.json"):
        make_next_month(tmp_path, tmp_path, 1, Answers())
    alone = make_next_month(june, tmp_path / "x", 1, replace(answers, refused=0, still_paid=0, renewed=0))
    assert (alone.refused, alone.still_paid, alone.renewed) == ((), (), ())
    assert set(alone.admitted) == set(answers.admitted)
