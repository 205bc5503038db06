"""The county leaders' board: what it shows is what the statistics say, it goes on without a service, it stays in one's
own area."""

import re
from html import unescape
from typing import Any

import pytest

from console.navigation import SECTIONS
from tests.console.board_county import COUNTY, TOWNS, County, Leader

TOWN = "640499100000"
MOST_BYTES = 500_000


@pytest.fixture
def county() -> County:
    return County()


@pytest.fixture
def leader(county: County) -> Leader:
    return Leader(county)


def headlines(page: str) -> dict[str, tuple[str, str]]:
    """Title → (figure with its unit, what stands beside it)."""
    found = {}
    for card in re.findall(r'<li class="card">(.*?)</li>', page, re.DOTALL):
        title = re.search(r"<h3><a [^>]*>(.*?)</a>", card, re.DOTALL)
        figure = re.search(r'class="figure">(.*?)</p>', card, re.DOTALL)
        beside = re.search(r'class="beside">(.*?)</p>', card, re.DOTALL)
        assert title
        assert figure
        found[title[1]] = (words(figure[1]), words(beside[1]) if beside else "")
    return found


def words(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html)).strip()


def chart(page: str, name: str) -> str:
    found = re.search(rf'<svg[^>]*aria-labelledby="{name}-title".*?</desc>(.*?)</section>', page, re.DOTALL)
    assert found
    return found[1]


def total(county: County, service: str, name: str, **asked: Any) -> dict[str, Any]:
    answer: dict[str, Any] = county.figures(service, name, **asked)["total"]
    return answer


def test_headlines_are_the_statistics_own_figures(county: County, leader: Leader) -> None:
    shown = headlines(leader.get("/board").text)
    categories, coverage = total(county, "registry", "categories"), total(county, "registry", "coverage")
    ledger, funnel = total(county, "registry", "ledger"), total(county, "matcher", "funnel")
    assert shown["低收入人口"][0] == f"{categories['persons']:,} 人"
    assert shown["在保"] == (f"{coverage['persons']:,} 人", f"{coverage['households']:,} 户")
    assert shown["台账在办"][1] == f"开立 {ledger['opened']:,} ＝ 办结 {ledger['closed']:,} ＋ 在办 {ledger['open']:,}"
    assert shown["风险人员未在保"][0] == f"{funnel['uncovered_now'] / funnel['at_risk'] * 100:.1f}%"
    assert shown["按期率"][0] == "25.0%"
    assert shown["已核查"][0] == f"{funnel['verified'] / funnel['uncovered'] * 100:.1f}%"


def test_what_moved_is_reckoned_from_the_end_of_the_month_before(county: County, leader: Leader) -> None:
    now = total(county, "registry", "coverage")["persons"]
    before = total(county, "registry", "coverage", as_of="2021-06-30")["persons"]
    assert f"▼ 减少 {before - now:,} 人（比2021年6月30日）" in leader.get("/board").text
    earlier = total(county, "registry", "coverage", as_of="2021-05-31")["persons"]
    page = leader.get("/board", month="2021-06").text
    assert f"▲ 增加 {before - earlier:,} 人（比2021年5月31日）" in page
    assert "现时数" in page


def test_every_figure_names_its_definition_and_its_day(county: County, leader: Leader) -> None:
    page = leader.get("/board").text
    for card in re.findall(r'<li class="card">(.*?)</li>', page, re.DOTALL):
        assert "<summary>口径 2021-07-01" in card
    for service, name in (("registry", "timeliness"), ("matcher", "links"), ("matcher", "runs")):
        assert county.figures(service, name)["definition"] in unescape(page)


def test_townships_are_bars_tiles_and_rows_with_a_way_to_their_own_board(county: County, leader: Leader) -> None:
    page = leader.get("/board").text
    told = {row["area_name"]: row["people"] for row in county.figures("matcher", "coverage-gap")["rows"]}
    for name in ("coverage-gap-bars", "coverage-gap-tiles"):
        drawn = unescape(chart(page, name))
        for code, town in TOWNS.items():
            assert f"/board?area={code}" in drawn
            assert f"{told[town]:,}" in drawn
    bars = unescape(chart(page, "coverage-gap-bars"))
    assert sorted(told, key=bars.index) == sorted(told, key=lambda town: -told[town])
    town = leader.get("/board", area=TOWN).text
    assert "石窑村" in town
    assert 'href="/board?area=640499000000"' in town  # the way back


def test_the_funnel_says_every_step_and_its_share(county: County, leader: Leader) -> None:
    drawn, funnel = chart(leader.get("/board").text, "funnel"), total(county, "matcher", "funnel")
    for name, first in (("linked", "at_risk"), ("verified", "uncovered"), ("covered", "uncovered")):
        assert f"{funnel[name]:,}　{funnel[name] / funnel[first] * 100:.1f}%" in drawn


def test_one_service_away_leaves_the_other_panels(county: County, leader: Leader) -> None:
    county.away = {"matcher"}
    answer = leader.get("/board")
    assert answer.status_code == 200
    assert "比对服务没有应答，这一栏暂缺" in answer.text
    assert headlines(answer.text)["疑似漏保"][0] == "—"
    assert headlines(answer.text)["在保"][0] == f"{total(county, 'registry', 'coverage')['persons']:,} 人"
    county.away = {"registry"}
    answer = leader.get("/board")
    assert answer.status_code == 200
    assert "登记台账服务没有应答，这一栏暂缺" in answer.text
    assert 'aria-labelledby="funnel-title"' in answer.text


def test_both_services_away_is_said_as_such(county: County, leader: Leader) -> None:
    county.away = {"matcher", "registry"}
    answer = leader.get("/board")
    assert answer.status_code == 503
    assert "没有应答" in answer.text


def test_what_is_withheld_is_a_dot_and_reckoned_into_nothing(county: County, leader: Leader) -> None:
    county.withheld = {TOWN}
    page = leader.get("/board").text
    assert 'class="tile tile-unknown"' in page
    hidden = re.findall(r"<tr>(?:(?!</tr>).)*青石嘴镇.*?</tr>", page, re.DOTALL)
    assert hidden
    assert all(re.findall(r"<td[^>]*>(.*?)</td>", row) == ["·"] * 5 for row in hidden)
    drawn = chart(page, "categories-bars")
    assert ">·</text>" in drawn  # a sum with a part withheld is withheld
    assert "part-0" not in drawn


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"area": "640499999000"}, 400, "没有区划 640499999000"),
        ({"area": "110000000000"}, 403, "不在您的管辖范围内"),
        ({"area": "不是区划"}, 400, "12 位数字"),
        ({"area": "６４０４９９１０００００"}, 400, "12 位数字"),
        ({"month": "2021-07"}, 400, "已结束的月份"),
        ({"month": "x"}, 400, "已结束的月份"),
    ],
)
def test_areas_and_months_that_are_none_are_refused(
    leader: Leader, asked: dict[str, str], status: int, said: str
) -> None:
    answer = leader.get("/board", **asked)
    assert answer.status_code == status
    assert said in answer.text


def test_a_township_sees_its_own_board_and_no_other(county: County) -> None:
    leader = Leader(county, area=TOWN)
    assert "石窑村" in leader.get("/board").text
    assert {url.params["area"] for url in county.asked if "area" in url.params} == {TOWN}
    assert leader.get("/board", area=COUNTY).status_code == 403


def test_the_list_is_offered_to_those_who_may_read_it(county: County) -> None:
    assert "/cases?area=" not in Leader(county).get("/board").text
    assert "/cases?area=" in Leader(county, "statistics:read cases:read").get("/board").text


def test_the_page_is_light_and_bears_no_style_of_its_own(leader: Leader) -> None:
    answer = leader.get("/board")
    assert len(answer.content) < MOST_BYTES
    assert not re.search(r"<[^>]* style=|<style", answer.text)
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_the_board_is_in_the_menu_of_whoever_may_see_figures(county: County) -> None:
    assert [one.path for one in SECTIONS if one.scopes == ("statistics:read",)] == ["/board"]
    assert 'href="/board"' in Leader(county).get("/board").text


def test_without_a_session_the_board_asks_to_sign_in(leader: Leader) -> None:
    leader.cookies = {}
    answer = leader.get("/board")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fboard"


def test_ends_of_months_are_asked_once_and_of_each_area_for_itself(county: County, leader: Leader) -> None:
    leader.get("/board")
    first = [url for url in county.asked if "as_of" in url.params]
    assert len(first) == 12 + 1  # a dozen months of coverage, and the categories of the last
    leader.get("/board")
    assert [url for url in county.asked if "as_of" in url.params] == first
    leader.get("/board", area=TOWN)
    assert {url.params["area"] for url in county.asked if "as_of" in url.params} == {COUNTY, TOWN}


def test_what_agencies_deliver_is_the_countys_in_every_township(county: County, leader: Leader) -> None:
    page = leader.get("/board", area=TOWN).text
    assert {url.params["area"] for url in county.asked if url.path.endswith(("/feeds", "/links"))} == {COUNTY}
    assert "部门数据是否新鲜（云泉县）" in page
    assert f"/board/matcher/feeds?area={COUNTY}" in page
    county.asked.clear()
    assert "部门数据是否新鲜" not in Leader(county, area=TOWN).get("/board").text
    assert not [url for url in county.asked if url.path.endswith(("/feeds", "/links"))]


def test_a_village_has_no_map_and_says_what_it_has_not(leader: Leader) -> None:
    page = leader.get("/board", area="640499100200").text
    assert "coverage-gap-tiles" not in page
    assert 'aria-labelledby="timeliness-title"' not in page
    assert 'aria-labelledby="coverage-gap-reasons-title"' in page
