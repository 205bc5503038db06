"""Any statistic as a table, a workbook and a chart's file."""

import io
import re
from html import unescape
from xml.etree import ElementTree

import openpyxl
import pytest

from console.charts.png import _font, png_of
from console.charts.svg import FILE_WIDTH, Picture, tag
from console.figures import Ends
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


def test_money_is_fen_on_the_wire_and_yuan_for_people(county: County, leader: Leader) -> None:
    told = county.figures("registry", "support")
    page = leader.get("/board/registry/support").text
    fen = told["total"]["due_fen"]
    assert f"{fen // 100:,}.{fen % 100:02} 元" in page
    answer = leader.get("/board/registry/support/figures.xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    column = rows[2].index("应发（元）")
    assert rows[3][column] == told["rows"][0]["due_fen"] / 100
    assert "实时" in rows[0][0]


@pytest.mark.skipif(
    _font() is None, reason="no font with Chinese characters here: the next test says what happens then"
)
@pytest.mark.parametrize("name", ["coverage-gap", "funnel", "runs", "risk-groups"])
def test_a_chart_is_an_image_with_its_words_in_it(county: County, leader: Leader, name: str) -> None:
    answer = leader.get(f"/board/matcher/{name}/chart.png")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.content.startswith(b"\x89PNG\r\n")
    assert f'filename="{name}-{COUNTY}-2021-07-01.png"' in answer.headers["content-disposition"]
    width = int.from_bytes(answer.content[16:20])
    assert width == 2 * FILE_WIDTH
    picture = Picture("x", "", "", 200, (tag("text", "漏保", x=0, y=50, class_="word"),))
    blank = Picture("x", "", "", 200, ())
    written, empty = png_of(picture), png_of(blank)
    assert written is not None
    assert empty is not None
    assert len(written) > len(empty) + 100, "letters were drawn"


def test_without_a_chinese_font_no_image_with_holes_is_made(leader: Leader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.charts.png._font", lambda: None)
    answer = leader.get("/board/matcher/funnel/chart.png")
    assert answer.status_code == 503
    assert "没有中文字体" in answer.text
    assert "SVG" in answer.text


def test_twelve_months_of_a_statistic_are_a_line_and_a_table(county: County, leader: Leader) -> None:
    page = leader.get("/board/registry/verification/months", calendar="business").text
    rows = cells(page)
    assert len(rows) == 1 + 12
    assert rows[-1][0] == "2021年6月（05-16 至 06-15）"
    last = county.figures("registry", "verification", as_of="2021-06-15")["total"]
    assert rows[-1][1] == f"{last['due']:,}"
    assert rows[-1][-1] == "未封存"
    chosen = leader.get("/board/registry/verification/months", figure="not_met").text
    assert 'aria-labelledby="trend-title"' in chosen
    assert ">未见到本人</title>" in chosen
    assert leader.get("/board/matcher/funnel/months").status_code == 400
    county.signed = {"2021-05"}
    ledger = cells(leader.get("/board/registry/ledger/months").text)
    assert [row[-1] for row in ledger[1:]].count("没有数") == 11
    county.signed = set()
    leader.app.state.ends = Ends()
    refused = leader.get("/board/registry/ledger/months")
    assert refused.status_code == 422
    assert "没有已签发的月度快照" in refused.text
