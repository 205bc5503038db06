"""Any statistic as a table, a workbook and a chart's file."""

import io
import re
from html import unescape
from xml.etree import ElementTree

import openpyxl
import pytest

from matcher.api.statistics import STATISTICS as OF_MATCHER
from registry.statistics.api import STATISTICS as OF_REGISTRY
from tests.console.board_county import COUNTY, TOWNS, County, Leader

ALL = [*(("registry", name) for name in OF_REGISTRY), *(("matcher", name) for name in OF_MATCHER)]
TOWN = "640499100000"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def county() -> County:
    return County()


@pytest.fixture
def leader(county: County) -> Leader:
    return Leader(county)


def cells(page: str) -> list[list[str]]:
    """The rows of the table, header and total too."""
    table = page[page.index("<table") : page.index("</table>")]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    return [
        [unescape(re.sub(r"<[^>]*>", "", cell)).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        for row in rows
    ]


@pytest.mark.parametrize(("service", "name"), ALL)
def test_every_statistic_of_the_services_is_shown_with_its_definition(
    county: County, leader: Leader, service: str, name: str
) -> None:
    answer = leader.get(f"/board/{service}/{name}")
    assert answer.status_code == 200
    told = county.figures(service, name)
    assert told["definition"] in unescape(answer.text)
    rows = cells(answer.text)
    assert len(rows) == 1 + len(told["rows"]) + (told["total"] is not None)
    titles = {column["title"]: column for column in told["columns"]}
    for shown, row in zip(rows[1:], told["rows"], strict=False):
        for title, text in zip(rows[0], shown, strict=True):
            value, kind = row[titles[title]["name"]], titles[title]["kind"]
            if kind == "count" and value is not None:
                assert text == f"{value:,}"


@pytest.mark.parametrize(("service", "name"), ALL)
def test_every_chart_is_well_formed_with_title_and_description(leader: Leader, service: str, name: str) -> None:
    answer = leader.get(f"/board/{service}/{name}/chart.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    root = ElementTree.fromstring(answer.content)
    assert root.get("role") == "img"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert "云泉县" in str(title.text)
    assert description is not None
    assert "统计日 2021-07-01" in str(description.text)
    style = root.find(f"{SVG}style")
    assert style is not None
    assert "part-0" in str(style.text)
    assert not list(root.iter(f"{SVG}a"))  # in a file nothing leads on
    assert not [one for one in root.iter() if one.get("style")]
    page = leader.get(f"/board/{service}/{name}").text
    for drawn in re.findall(r'<svg class="chart".*?</svg>(?=\s*</section>)', page, re.DOTALL):
        assert ElementTree.fromstring(drawn).get("aria-labelledby")


def test_columns_sort_the_rows_both_ways(county: County, leader: Leader) -> None:
    down = [row[0] for row in cells(leader.get("/board/matcher/coverage-gap", sort="people", order="desc").text)[1:-1]]
    up = [row[0] for row in cells(leader.get("/board/matcher/coverage-gap", sort="people", order="asc").text)[1:-1]]
    people = {row["area_name"]: row["people"] for row in county.figures("matcher", "coverage-gap")["rows"]}
    assert down == sorted(people, key=lambda town: -people[town])
    assert up == down[::-1]
    page = leader.get("/board/matcher/coverage-gap", sort="people", order="desc").text
    assert page.count('aria-sort="descending"') == 1
    assert "sort=people&amp;order=asc" in page


def test_an_unknown_column_sorts_nothing(leader: Leader) -> None:
    assert [row[0] for row in cells(leader.get("/board/matcher/coverage-gap", sort="x").text)[1:-1]] == [
        *TOWNS.values()
    ]


def test_withheld_cells_are_dots_and_come_last(county: County, leader: Leader) -> None:
    county.withheld = {"640499102000"}
    page = leader.get("/board/matcher/coverage-gap", sort="people", order="desc").text
    assert "不予显示" in page
    last = cells(page)[-2]
    assert last[0] == TOWNS["640499102000"]
    assert set(last[1:]) == {"·"}


def test_the_workbook_holds_the_figures_and_their_definition(county: County, leader: Leader) -> None:
    county.withheld = {TOWN}
    answer = leader.get("/board/matcher/coverage-gap/figures.xlsx")
    assert answer.headers["content-disposition"] == 'attachment; filename="coverage-gap-640499000000-2021-07-01.xlsx"'
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    told = county.figures("matcher", "coverage-gap")
    assert "云泉县" in rows[0][0]
    assert told["definition"] in rows[1][0]
    assert rows[3][:3] == ("区划代码", "区划", "人数")
    assert rows[4][:3] == (TOWN, "青石嘴镇", "·")
    assert rows[5][2] == told["rows"][1]["people"]
    assert rows[-1][0] == "合计"
    assert rows[-1][2] == told["total"]["people"]


def test_a_day_of_the_past_is_asked_of_the_service(county: County, leader: Leader) -> None:
    page = leader.get("/board/registry/coverage", as_of="2021-05-31", area=TOWN).text
    assert "2021年5月31日" in page
    assert county.asked[0].params["as_of"] == "2021-05-31"
    assert "figures.xlsx?area=640499100000&amp;as_of=2021-05-31" in page
    assert leader.get("/board/registry/coverage", as_of="gestern").status_code == 400


def test_statistics_of_now_offer_no_day(leader: Leader) -> None:
    page = leader.get("/board/matcher/funnel").text
    assert "只有现时数" in page
    assert 'name="as_of"' not in page


@pytest.mark.parametrize(
    ("path", "status"), [("/board/nobody/ledger", 404), ("/board/registry/nothing", 404), ("/board/matcher/x", 404)]
)
def test_what_does_not_exist_is_not_found(leader: Leader, path: str, status: int) -> None:
    for end in ("", "/figures.xlsx", "/chart.svg"):
        assert leader.get(path + end).status_code == status


def test_other_areas_are_refused_in_files_too(leader: Leader) -> None:
    for end in ("", "/figures.xlsx", "/chart.svg"):
        assert leader.get(f"/board/matcher/coverage-gap{end}", area="110000000000").status_code == 403


def test_a_service_that_is_away_is_said(county: County, leader: Leader) -> None:
    county.away = {"matcher"}
    assert leader.get("/board/matcher/funnel").status_code == 503
    county.away = {"registry"}
    answer = leader.get("/board/matcher/funnel")  # names of divisions are the registry's: codes must do
    assert answer.status_code == 200
    assert COUNTY in answer.text


def test_what_agencies_deliver_is_the_countys_whatever_the_area(county: County, leader: Leader) -> None:
    page = leader.get("/board/matcher/feeds", area=TOWN).text
    assert 'name="area"' not in page
    assert {url.params["area"] for url in county.asked if url.path.endswith("/feeds")} == {COUNTY}
