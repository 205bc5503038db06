"""Maps are sound, the committed contracts are theirs, and a template goes through the reader it was made for."""

import json
from pathlib import Path

import pytest

from kit.tables_in import read_table
from matcher.feeds.contract import feed_schemas, schema_of, template_xlsx
from matcher.feeds.feed import Feed, FeedUnknown, check, feed_ids, load_feed
from matcher.feeds.read import read

CONTRACTS = Path(__file__).resolve().parents[3] / "contracts" / "feeds"


def test_the_four_feeds_are_there() -> None:
    assert feed_ids() == ("disability-cards", "health-deaths", "health-illness", "rural-monitoring")


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


def change(feed: Feed, **values: object) -> Feed:
    return Feed.model_validate(feed.model_dump() | values)


def test_a_map_that_contradicts_itself_is_refused() -> None:
    feed = load_feed("health-deaths")
    twice = [*feed.columns, feed.columns[0]]
    with pytest.raises(ValueError, match="named twice"):
        check(change(feed, columns=[column.model_dump() for column in twice]))
    with pytest.raises(ValueError, match="no such column: passport"):
        check(change(feed, id_number_from=["passport"]))
    double = [column.model_dump() for column in feed.columns]
    double[1]["headers"] = ("姓 名",)
    with pytest.raises(ValueError, match="means two columns"):
        check(change(feed, columns=double))
