"""Maps are sound, the committed contracts are theirs, and a template goes through the reader it was made for."""

import json
from pathlib import Path
from typing import Any

import pytest

from kit.tables_in import read_table
from matcher.feeds.contract import feed_schemas, schema_of, template_xlsx
from matcher.feeds.feed import FeedUnknown, feed_ids, load_feed
from matcher.feeds.mistakes import FeedMapWrong, read_map
from matcher.feeds.read import read

CONTRACTS = Path(__file__).resolve().parents[3] / "contracts" / "feeds"


def test_the_shipped_feeds_are_there() -> None:
    assert feed_ids() == (
        *("cremations", "disability-cards", "disability-subsidies", "economic-check", "emergencies"),
        *("health-deaths", "health-illness", "left-behind", "medical-settlements", "police-answers"),
        *("rural-monitoring", "staff-roster", "unemployment", "village-slip"),
    )


def test_an_unknown_feed_or_version_names_those_that_are_known() -> None:
    for feed_id, version in (("tax", None), ("health-deaths", 99)):
        with pytest.raises(FeedUnknown) as caught:
            load_feed(feed_id, version)
        assert "health-deaths" in str(caught.value.args_by_name["known"])


def test_the_committed_contracts_are_those_of_the_maps() -> None:
    """On drift: `make contracts`, and review the difference."""
    schemas = feed_schemas()
    assert {f"{name}.json" for name in schemas} == {path.name for path in CONTRACTS.glob("*.json")}
    for name, schema in schemas.items():
        assert json.loads((CONTRACTS / f"{name}.json").read_text("utf-8")) == schema, name


@pytest.mark.parametrize("feed_id", feed_ids())
def test_every_column_of_a_contract_says_its_headers_and_every_feed_its_legal_basis(feed_id: str) -> None:
    feed = load_feed(feed_id)
    schema = schema_of(feed)
    assert json.loads(json.dumps(schema, ensure_ascii=False)) == schema
    assert set(schema["properties"]) == {column.title for column in feed.columns}
    assert all(column.title in column.headers for column in feed.columns)
    assert set(schema["required"]) == {column.title for column in feed.columns if column.required}
    assert feed.legal_basis
    assert feed.purpose
    assert feed.freshness_days > 0


@pytest.mark.parametrize("feed_id", feed_ids())
def test_a_template_passes_its_own_reader_and_its_columns_are_text(feed_id: str) -> None:
    feed = load_feed(feed_id)
    content = template_xlsx(feed)
    reading = read(content, feed, "template.xlsx")
    assert reading.rows.height == 0
    assert set(reading.columns.values()) == {column.name for column in feed.columns}
    assert read_table(content, feed.known_headers).sheet == "数据"


def mistakes(feed_id: str, document: dict[str, Any]) -> set[tuple[str, str]]:
    """(pointer, code) of everything that is wrong with a map."""
    with pytest.raises(FeedMapWrong) as caught:
        read_map(document, feed_id, 2)
    return {(issue.pointer, issue.code) for issue in caught.value.errors}


@pytest.mark.parametrize("feed_id", feed_ids())
def test_a_shipped_map_has_no_mistakes_and_reads_again_as_it_was_written(feed_id: str) -> None:
    feed = load_feed(feed_id)
    assert read_map(feed.model_dump(mode="json"), feed_id, feed.version) == feed


def test_a_map_that_contradicts_itself_is_told_all_of_it_at_once() -> None:
    told = load_feed("health-deaths").model_dump(mode="json")
    told["columns"].append({**told["columns"][0]})
    told["columns"][1]["headers"].append("姓 名")
    told["columns"][2]["headers"] = ["@nothing"]
    told["id_number_from"] = ["passport"]
    told["row_key"] = "phone"
    told["facts"][0]["valid_from"] = "sex"
    told["freshness_days"] = 0
    last = len(told["columns"]) - 1
    assert mistakes("health-deaths", told) == {
        ("/columns/1/headers", "header-ambiguous"),
        ("/columns/2/headers", "value_error"),
        (f"/columns/{last}/name", "named-twice"),
        (f"/columns/{last}/title", "titled-twice"),
        ("/freshness_days", "greater_than_equal"),
        ("/id_number_from/0", "column-unknown"),
        ("/row_key", "row-key-personal"),
    }  # the fact's own mistake rests on the column that is not sound: told once that is mended
    told["columns"][2]["headers"] = ["@sex"]
    assert ("/facts/0/valid_from", "kind-unfit") in mistakes("health-deaths", told)


def column(name: str, kind: str, title: str = "", **more: Any) -> dict[str, Any]:
    title = title or name.upper()
    return {"name": name, "kind": kind, "title": title, "headers": [title], **more}


NUMBER = column("id_number", "id_number")
MINIMAL: dict[str, Any] = {
    "agency": "tax", "agency_zh": "税务局", "title": "某表", "load": "snapshot", "freshness_days": 40,
    "legal_basis": "法", "purpose": "用途", "id_number_from": ["id_number"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            {"columns": [column("id_number", "text")]},
            {("/columns/0/kind", "kind-unfit"), ("/id_number_from/0", "kind-unfit")},
        ),
        ({"columns": [NUMBER, column("line", "text")]}, {("/columns/1/name", "name-reserved")}),
        ({"columns": [column("id_number", "id_number", headers=["别的"])]}, {("/columns/0/title", "title-no-header")}),
        (
            {"columns": [NUMBER, column("a", "code"), column("b", "text", values={"x": ["y"]})]},
            {("/columns/1/values", "values-missing"), ("/columns/2/values", "values-unused")},
        ),
        (
            {"columns": [NUMBER, column("a", "code", values={"x": ["甲"], "y": [" 甲 "]})]},
            {("/columns/1/values/y", "word-ambiguous")},
        ),
        (
            {
                "columns": [NUMBER, column("a", "code", values={"gone": ["注销"]})],
                "facts": [{"kind": "disability-card", "code": "a"}, {"kind": "seen", "number": "id_number"}],
            },
            {("/facts/0/code", "code-unread"), ("/facts/1/number", "kind-unfit")},
        ),
        (
            {"columns": [NUMBER, column("a", "codes", values="@health-state"),
                         column("b", "codes", values="@labour")],
             "facts": [{"kind": "two", "text": "a", "code": "b"}]},
            {("/facts/0", "codes-twice")},
        ),
        ({"columns": [column("town", "text")], "id_number_from": []}, {("/id_number_from", "nobody-named")}),
        (
            {"columns": [NUMBER], "about": "nobody"},
            {("/id_number_from", "about-nobody")},
        ),
        (
            {"columns": [NUMBER, column("name", "name")],
             "people": {"columns": ["id_number", "name"]},
             "positions": [{"name": "A", "id_number": "A"}, {"name": "B"}]},
            {("/people/columns/0", "name-first"), ("/positions/0", "place-twice"), ("/positions/1", "place-of-number")},
        ),
    ],
)  # fmt: skip
def test_each_way_a_map_can_mean_two_things_has_its_code(more: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert mistakes("some-feed", {**MINIMAL, **more}) == expected


def test_a_vocabulary_stands_for_its_words_and_a_stored_map_keeps_those_it_had() -> None:
    columns = [column("id_number", "id_number", headers=["ID_NUMBER", "@id-number"]), column("asked", "yes-no")]
    feed = read_map({**MINIMAL, "columns": columns}, "some-feed", 1)
    assert {"身份证号", "GMSFHM", "SFZH", "AAC002", "ID_CARD"} <= set(feed.columns[0].headers)
    assert set(feed.columns[1].values) == {"yes", "no"}
    stored = feed.model_dump(mode="json")
    stored["columns"][1]["values"] = {"yes": ["对头"], "no": ["没得"]}  # as if the shared words had been others then
    assert read_map(stored, "some-feed", 1).columns[1].values == {"yes": ("对头",), "no": ("没得",)}
    with pytest.raises(FeedMapWrong):
        read_map({**MINIMAL, "columns": [column("id_number", "id_number", values="@yes-no")]}, "some-feed", 1)
