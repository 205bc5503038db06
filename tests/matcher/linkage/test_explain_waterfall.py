"""The picture of a decision: well-formed, whole by itself, the whole sum in it, nothing of the rows as markup."""

import itertools
import re
import xml.etree.ElementTree as ET

import pytest

from matcher.linkage.known_people import KnownPeople
from matcher.linkage.levels import FIELDS
from matcher.linkage.model import Model
from matcher.linkage.telling import tell
from matcher.linkage.waterfall import LEFT, WIDTH, waterfall
from matcher.linkage.why_not import why
from tests.matcher.linkage.builders import Row, frame, person, record, village

SVG = "{http://www.w3.org/2000/svg}"
EVIL = '马<script href="x">&\x07'
KNOWN = KnownPeople.of(frame(*village(), person(), person("P2", name=EVIL, id_number=None)), Model.default())
CASES: dict[str, Row] = {
    "linked": record(),
    "doubtful": record(id_number=None, birth_date=None, phone=None, address=None),
    "far": record(name="王强", id_number=None, birth_date="19850101", sex="男", phone="13800001111", address="白杨乡"),
}


@pytest.fixture(params=CASES)
def drawn(request: pytest.FixtureRequest) -> ET.Element:
    """Each case's picture, parsed."""
    return ET.fromstring(waterfall(why(KNOWN, frame(CASES[request.param]), "P1")))


def texts(root: ET.Element) -> list[str]:
    return [node.text or "" for node in root.iter(f"{SVG}text")]


def test_it_is_one_document_that_loads_nothing(drawn: ET.Element) -> None:
    text = ET.tostring(drawn, encoding="unicode")
    names = {node.tag.removeprefix(SVG) for node in drawn.iter()}
    assert names == {"svg", "title", "desc", "defs", "pattern", "rect", "line", "text"}
    assert not re.findall(r"href|src=|@import|@font-face|url\((?!#h\))", text)
    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]


def test_every_field_the_prior_the_sum_and_the_thresholds_are_named(drawn: ET.Element) -> None:
    told = texts(drawn)
    assert {field.zh for field in FIELDS} | {"起点", "合计"} <= set(told)
    assert [sum(text.startswith(f"{name}（") for text in told) for name in ("存疑", "较确定", "确定")] == [1, 1, 1]


def test_it_is_told_to_those_who_cannot_see_it() -> None:
    found = why(KNOWN, frame(CASES["doubtful"]), "P1")
    root = ET.fromstring(waterfall(found))
    assert root.get("role") == "img"
    described = {node.get("id"): node.text for node in root if node.tag in (f"{SVG}title", f"{SVG}desc")}
    assert set(str(root.get("aria-labelledby")).split()) == set(described)
    assert described["d"] == " ".join(tell(found))


def test_nothing_leaves_the_page_and_no_label_runs_into_the_plot(drawn: ET.Element) -> None:
    assert drawn.get("width") == "180mm"
    height = float(str(drawn.get("viewBox")).split()[3])
    for node in drawn.iter(f"{SVG}rect"):
        x, width = float(node.get("x", 0)), float(node.get("width", 0))
        assert 0 <= x <= x + width <= WIDTH
    for node in drawn.iter(f"{SVG}text"):
        assert 0 < float(node.get("y", 0)) <= height
        size, said = float(node.get("font-size", 12)), node.text or ""
        width = sum(size if ord(letter) > 0x2E80 else size * 0.6 for letter in said)
        x = float(node.get("x", 0))
        start = {"end": x - width, "middle": x - width / 2}.get(str(node.get("text-anchor")), x)
        assert 0 <= start <= start + width <= WIDTH, said
        if x == 16 and 112 < float(node.get("y", 0)) < height - 20:
            assert start + width <= LEFT, said


def test_bars_begin_where_the_one_before_ended(drawn: ET.Element) -> None:
    bars = [node for node in drawn.iter(f"{SVG}rect") if node.get("stroke") == "#000"]
    assert len(bars) >= len(FIELDS) + 2
    ends = [{float(bar.get("x", 0)), float(bar.get("x", 0)) + float(bar.get("width", 0))} for bar in bars]
    for one, following in itertools.pairwise(ends[:-1]):
        assert min(abs(a - b) for a in one for b in following) <= 1.05


def test_what_a_row_says_is_text_and_never_markup() -> None:
    found = why(KNOWN, frame(record(name=EVIL.replace("马", "冯"), id_number=None)), "P2", masked=False)
    root = ET.fromstring(waterfall(found))
    assert "script" not in {node.tag.removeprefix(SVG) for node in root.iter()}
    assert any("<script" in text for text in texts(root))
