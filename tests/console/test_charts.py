"""Charts: shares of the width, words escaped, and what is not told drawn as nothing."""

from datetime import date
from xml.etree import ElementTree

import pytest

from console.charts.bars import Bar, Words, bars
from console.charts.funnel import Step, funnel
from console.charts.line import Series, line
from console.charts.svg import Picture, percent, tag
from console.charts.tiles import SHADES, Tile, ranges, shade, tiles
from console.charts.timeline import AHEAD, Lane, Span, timeline

WORDS = Words("it", "标题 <b>&", "说明")
SVG = "{http://www.w3.org/2000/svg}"


def drawn(picture: Picture) -> ElementTree.Element:
    root = ElementTree.fromstring(picture.file)
    plot = root.find(f"{SVG}svg")
    assert plot is not None
    return plot


def having(root: ElementTree.Element, word: str) -> list[ElementTree.Element]:
    return [one for one in root.iter() if word in (one.get("class") or "").split()]


def test_text_and_attributes_are_escaped() -> None:
    assert str(tag("text", '<&">', class_='a"b', font_size=1.5, x=None)) == (
        '<text class="a&#34;b" font-size="1.5">&lt;&amp;&#34;&gt;</text>'
    )
    assert ElementTree.fromstring(bars(WORDS, []).inline)[0].text == "标题 <b>&"


def test_bars_are_shares_of_the_longest() -> None:
    plot = drawn(bars(WORDS, [Bar("甲", 10, "10"), Bar("乙", 5, "5"), Bar("丙", None, "·"), Bar("丁", 0, "0")]))
    assert [one.get("width") for one in having(plot, "part")] == ["100%", "50%"]
    assert [one.text for one in having(plot, "value")] == ["10", "5", "·", "0"]


def test_parts_of_a_bar_follow_each_other_and_never_pass_its_end() -> None:
    plot = drawn(bars(WORDS, [Bar("甲", 4, "4", parts=(1, 0, 3, 9))], ("a", "b"), most=4))
    parts = [one for one in having(plot, "part") if one.get("height") == "12"]
    assert [(one.get("x"), one.get("width")) for one in parts] == [("0%", "25%"), ("25%", "75%"), ("100%", "0%")]
    assert [one.get("class") for one in parts] == ["part part-0", "part part-2", "part part-3"]


def test_a_name_too_long_for_its_line_leaves_the_figure_the_next() -> None:
    long, short = Bar("财政供养人员、村干部和经办人员名册", 1, "从未送达"), Bar("乙", 1, "1")
    picture = bars(WORDS, [long, short])
    texts = list(drawn(picture).iter(f"{SVG}text"))
    assert [one.get("y") for one in texts] == ["18", "38", "84", "84"]
    assert picture.height == 46 + 20 + 46


def test_a_chart_with_ways_onwards_is_a_group_and_others_an_image() -> None:
    assert 'role="img"' in bars(WORDS, [Bar("甲", 1, "1")]).inline
    leading = bars(WORDS, [Bar("甲", 1, "1", "/board?area=1&month=2")]).inline
    assert 'role="group"' in leading
    assert 'href="/board?area=1&amp;month=2"' in leading


def test_steps_of_a_funnel_stand_in_the_middle() -> None:
    plot = drawn(funnel(WORDS, [Step("a", 8, "8", "组"), Step("b", 2, "2"), Step("c", None, "·")]))
    assert [(one.get("x"), one.get("width")) for one in having(plot, "part")] == [
        ("0%", "100%"), ("37.5%", "25%"), ("50%", "0%"),
    ]  # fmt: skip


def test_tiles_are_shaded_in_equal_parts_and_the_scale_says_which() -> None:
    assert [shade(value, 17) for value in (None, 0, 1, 4, 5, 17)] == [None, 0, 1, 1, 2, 4]
    assert ranges(17) == ["0", "1–4", "5–8", "9–12", "13–17"]
    assert ranges(2) == ["0", "1", "2"]
    assert ranges(0) == ["0"]


@pytest.mark.parametrize("most", [*range(1, 40), 997, 12_345])
def test_every_number_is_shaded_as_the_scale_says(most: int) -> None:
    bounds = [(int(part.split("–")[0]), int(part.split("–")[-1])) for part in ranges(most)]
    assert bounds[-1][1] == most
    assert len(bounds) <= SHADES + 1
    for value in {0, 1, most, *(low for low, _ in bounds), *(high for _, high in bounds)}:
        step = shade(value, most)
        assert step is not None
        assert bounds[step][0] <= value <= bounds[step][1]


def test_a_long_name_takes_two_lines_of_a_tile() -> None:
    plot = drawn(tiles(WORDS, [Tile("六盘山林业管理局", 30, "30"), Tile("新堡乡", None, "·")]))
    texts = [one.text for one in plot.iter(f"{SVG}text")]
    assert texts[:2] == ["六盘山林业", "管理局"]
    assert [one.get("class") for one in having(plot, "tile")][:2] == ["tile tile-4", "tile tile-unknown"]


def test_a_line_breaks_where_nothing_is_told_and_says_its_ends() -> None:
    plot = drawn(line(WORDS, ["1", "2", "3", "4", "5"], [Series("人数", (4, 2, None, 1, 3))]))
    assert len(having(plot, "stroke")) == 2
    assert [one.text for one in having(plot, "value")] == ["4", "3"]
    assert len(list(plot.iter(f"{SVG}circle"))) == 4


def test_a_single_month_and_none_at_all_are_drawn() -> None:
    assert len(list(drawn(line(WORDS, ["1"], [Series("人数", (7,))])).iter(f"{SVG}circle"))) == 1
    assert not having(drawn(line(WORDS, [], [Series("人数", ())])), "stroke")


def test_shares_are_written_without_needless_noughts() -> None:
    assert [percent(share) for share in (0, 0.5, 1 / 3, 1)] == ["0%", "50%", "33.33%", "100%"]


def test_periods_lie_on_one_scale_and_a_pause_over_its_period() -> None:
    lanes = [
        Lane("低保", "2019 至今", (Span(date(2019, 1, 1), None, 0), Span(date(2020, 1, 1), date(2020, 12, 31), 1))),
        Lane("临时救助", "一天", (Span(date(2021, 1, 1), date(2021, 1, 1), 2),)),
    ]
    plot = drawn(timeline(WORDS, lanes, ("在保", "停发", "其他"), date(2021, 6, 1)))
    keys, spans = having(plot, "part")[:3], having(plot, "part")[3:]
    whole, pause, aid = spans
    assert [one.get("class") for one in spans] == [one.get("class") for one in keys]
    assert (whole.get("x"), whole.get("width")) == ("0%", "100%")
    assert whole.get("y") == pause.get("y") != aid.get("y")
    days = (date(2021, 6, 1) - date(2019, 1, 1)).days + AHEAD.days
    assert float(str(pause.get("x")).rstrip("%")) == pytest.approx(100 * 365 / days, abs=0.01)
    assert float(str(aid.get("width")).rstrip("%")) == 0.4  # a day is still seen
    assert len(having(plot, "now")) == 2
    assert [one.text for one in having(plot, "small") if str(one.text).endswith("年")] == ["2019年", "2020年", "2021年"]


def test_what_begins_today_is_still_a_picture() -> None:
    lanes = [Lane("低保", "今起", (Span(date(2021, 6, 1), None, 0),))]
    assert having(drawn(timeline(WORDS, lanes, ("在保",), date(2021, 6, 1))), "now")
