"""The county leaders' board: what it shows is what the statistics say, it goes on without a service, it stays in one's
own area."""

import re
from datetime import date, timedelta
from html import unescape
from itertools import pairwise
from typing import Any

import pytest

from console.months import TITLES, Kind, month_of, months_over
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


def test_every_way_of_the_row_leads_to_a_part_of_the_page(leader: Leader) -> None:
    page = leader.get("/board").text
    row = re.search(r'<nav class="jump".*?</nav>', page, re.DOTALL)
    assert row
    there = re.findall(r'href="#([^"]*)"', row[0])
    assert there == ["overview", *(f"g{number}" for number in range(1, 11)), "catalogue", "whole"]
    assert [page.count(f'id="{one}"') for one in there] == [1] * len(there)


def test_what_a_leader_is_asked_about_comes_first(leader: Leader) -> None:
    assert list(headlines(leader.get("/board").text))[:4] == ["疑似漏保", "风险人员未在保", "超期", "疑似错保"]


def test_from_a_group_one_comes_to_the_same_group_of_a_township(leader: Leader) -> None:
    page = leader.get("/board").text
    for name, group in (("coverage-gap-bars", 3), ("timeliness", 5), ("petitions", 9)):
        assert f"/board?area={TOWN}#g{group}" in unescape(chart(page, name)), name


def test_the_page_is_light_and_bears_no_style_of_its_own(leader: Leader) -> None:
    answer = leader.get("/board")
    assert len(answer.content) < MOST_BYTES
    assert not re.search(r"<[^>]* style=|<style", answer.text)
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_the_board_is_in_the_menu_of_whoever_may_see_figures(county: County) -> None:
    assert [one.path for one in SECTIONS if one.scopes == ("statistics:read",)] == ["/board"]
    assert 'href="/board"' in Leader(county).get("/board").text


MARK = re.compile(r'<li><a class="name"[^>]*>(.*?)</a>(.*?)</li>', re.DOTALL)


def marks(page: str, number: int) -> dict[str, str]:
    """Of one of the ten groups: title of a figure → what stands there."""
    begun = page.index(f'id="g{number}"')
    return {
        title: " ".join(words(told).split()) for title, told in MARK.findall(page[begun : page.index("</ul>", begun)])
    }


def yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02} 元"


def test_all_ten_groups_show_the_statistics_own_figures(county: County, leader: Leader) -> None:
    page = leader.get("/board").text
    for number in range(1, 11):
        assert f'<a href="#g{number}">' in page
        assert marks(page, number), number
    support, aid = total(county, "registry", "support"), total(county, "registry", "temporary-aid")
    assert marks(page, 1)["占户籍人口"].startswith(f"{total(county, 'registry', 'categories')['per_thousand']:.2f}‰")
    assert marks(page, 2)["应发"] == yuan(support["due_fen"])
    assert marks(page, 2)["本期新增"].startswith(f"{support['new']:,} 人")
    assert marks(page, 4)["在保率"].startswith("25.0%")
    assert marks(page, 6)["线索到首次发放"] == "0.25 天 中位数"
    wrong = total(county, "registry", "wrong-support")
    assert marks(page, 7)["已追回"] == f"{yuan(wrong['recovered_fen'])} 追回率 25.0%"
    assert marks(page, 8)["救助"] == f"{aid['times']:,} 次 {aid['people']:,} 人"
    assert marks(page, 9)["反弹"] == f"{total(county, 'registry', 'petitions')['relapsed']:,} 件"
    assert marks(page, 10)["跨县重复保障"].startswith(
        f"{total(county, 'matcher', 'double-coverage')['two_counties']:,} 人"
    )
    for name in (
        "support",
        "verification",
        "first-pay",
        "wrong-support",
        "temporary-aid",
        "reserve-funds",
        "petitions",
    ):
        assert county.figures("registry", name)["definition"] in unescape(page)


def test_a_month_is_asked_from_its_first_day_and_one_of_business_from_the_sixteenth(
    county: County, leader: Leader
) -> None:
    def days(name: str) -> set[tuple[str | None, str | None]]:
        found = [url.params for url in county.asked if url.path.endswith(f"/{name}")]
        county.asked.clear()
        return {(one.get("since"), one.get("as_of")) for one in found}

    page = leader.get("/board", month="2021-05").text
    assert days("verification") == {("2021-05-01", "2021-05-31")}
    assert "2021年5月1日至2021年5月31日" in page
    assert "未封存" in page
    page = leader.get("/board", month="2021-06", calendar="business").text
    assert days("verification") == {("2021-05-16", "2021-06-15")}
    assert "2021年5月16日至2021年6月15日" in page
    assert 'href="/board?area=640499100000&amp;month=2021-06&amp;calendar=business#g3"' in page
    leader.get("/board")
    assert days("timeliness") == {(None, None)}
    assert leader.get("/board", calendar="lunar").status_code == 400


def test_a_signed_month_is_shown_as_it_was_known_when_it_was_frozen(county: County, leader: Leader) -> None:
    county.signed = {"2021-05"}
    page = leader.get("/board", month="2021-05").text
    assert "已封存（640499000000-202105-1）" in page
    asked = {url.path.rpartition("/")[2]: url.params for url in county.asked if url.params.get("known_at")}
    assert {"support", "coverage", "categories", "ledger"} & set(asked) == {"support", "coverage", "categories"}
    assert {params["known_at"][:10] for params in asked.values()} == {"2021-05-28"}
    assert "按封存时所知" in page
    county.signed = set()
    open_month = leader.get("/board", month="2021-04").text
    assert "已封存（" not in open_month
    ledger = [url for url in county.asked if url.path.endswith("/ledger")][-1]
    assert "as_of" not in ledger.params, "not signed: the present ledger, and the page says so"


@pytest.mark.parametrize(
    ("day", "kind", "since", "until"),
    [
        (date(2021, 6, 15), "business", date(2021, 5, 16), date(2021, 6, 15)),
        (date(2021, 6, 16), "business", date(2021, 6, 16), date(2021, 7, 15)),
        (date(2021, 12, 31), "business", date(2021, 12, 16), date(2022, 1, 15)),
        (date(2021, 1, 1), "business", date(2020, 12, 16), date(2021, 1, 15)),
        (date(2020, 2, 3), "natural", date(2020, 2, 1), date(2020, 2, 29)),
    ],
)
def test_a_day_lies_in_one_month_of_either_kind(day: date, kind: Kind, since: date, until: date) -> None:
    found = month_of(day, kind, 15)
    assert (found.since, found.until) == (since, until)


def test_months_that_are_over_follow_each_other_without_a_gap() -> None:
    for kind in TITLES:
        over = months_over(date(2021, 6, 15), 14, kind)
        assert all(one.until + timedelta(days=1) == other.since for one, other in pairwise(over))
        assert over[-1].until < date(2021, 6, 15) <= over[-1].until + timedelta(days=31)


def test_without_a_session_the_board_asks_to_sign_in(leader: Leader) -> None:
    leader.cookies = {}
    answer = leader.get("/board")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fboard"


def test_ends_of_months_are_asked_once_and_of_each_area_for_itself(county: County, leader: Leader) -> None:
    leader.get("/board")
    first = [url for url in county.asked if "as_of" in url.params]
    assert len(first) == 12 + 3  # a dozen months of coverage; categories, support and groups at risk of the last
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
