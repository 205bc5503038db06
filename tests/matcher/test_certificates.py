"""What the county is told of a delivery's links, and the agency is not: made with the links, made anew with them."""

from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from kit.columns import new_id, now
from kit.database import Database, reading, transaction
from matcher.certificates import store as certificates
from matcher.flows.certify_batch import answered
from matcher.linkage.model import Model
from matcher.settlements.tables import Label
from matcher.statistics.certificate import GROUPS, group_title
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.scenes import scene

PEOPLE = county.numbered(40)
FEED = "disability-cards"


def certificate(matcher: Matcher, batch: str) -> dict[str, Any]:
    found: dict[str, Any] = matcher.get(f"/batches/{batch}/certificate")
    return found


@pytest.fixture
@scene
def linked(matcher: Matcher) -> tuple[Matcher, str]:
    """Thirty of forty are registered; all forty have cards."""
    for one in PEOPLE[:30]:
        matcher.registry.put_person(county.person(*one))
    batch = matcher.deliver(FEED, [county.card(*one) for one in PEOPLE])
    matcher.work()
    return matcher, batch


def test_a_linked_batch_has_a_certificate(linked: tuple[Matcher, str]) -> None:
    matcher, batch = linked
    told = certificate(matcher, batch)
    assert (told["batch_id"], told["feed"], told["confidence"], told["labels"]) == (batch, FEED, 0.9, 0)
    assert told["model_version"] == Model.default().version
    whole = told["whole"]
    assert (whole["dimension"], whole["records"], whole["linked"]) == ("all", 40, 30)
    assert 0 <= whole["alone"] <= 10
    for kind in ("false", "missed", "unseen"):
        assert 0 <= whole[kind]["low"] <= whole[kind]["high"] <= 10
        assert whole[kind]["low"] <= whole[kind]["mean"] + 1
    assert len(told["meaning"]) >= 4


def test_every_dimension_counts_every_record_once(linked: tuple[Matcher, str]) -> None:
    groups = certificate(*linked)["groups"]
    assert {one["dimension"] for one in groups} == {"name", "number", "age", "township"}
    assert all(one["title"] and one["dimension_title"] for one in groups)
    for dimension in ("name", "number", "township"):
        mine = [one for one in groups if one["dimension"] == dimension]
        assert sum(one["records"] for one in mine) == 40
        assert sum(one["linked"] for one in mine) == 30
    ages = [one for one in groups if one["dimension"] == "age" and one["group"] != "women 70+"]
    assert sum(one["records"] for one in ages) == 40


def test_the_agency_that_sent_it_is_not_told(linked: tuple[Matcher, str]) -> None:
    matcher, batch = linked
    answer = matcher.http.get(f"/batches/{batch}/certificate", headers=matcher.agency(FEED))
    assert answer.status_code == 403
    quality = matcher.get(f"/batches/{batch}/quality", matcher.agency(FEED))
    assert not {"whole", "groups", "false", "missed"} & set(quality)


def test_before_linking_there_is_none_and_of_others_none_ever(matcher: Matcher) -> None:
    batch = matcher.deliver(FEED, [county.card(*PEOPLE[0])])
    early = matcher.http.get(f"/batches/{batch}/certificate", headers=matcher.headers())
    assert (early.status_code, early.json()["code"]) == (409, "conflict")
    for path, claims in ((new_id(), {}), (batch, {"area": "130000000000"})):
        answer = matcher.http.get(f"/batches/{path}/certificate", headers=matcher.headers(**claims))
        assert answer.status_code == 404


def test_linking_again_makes_it_anew(linked: tuple[Matcher, str]) -> None:
    matcher, batch = linked
    before = certificate(matcher, batch)
    for one in PEOPLE[30:]:
        matcher.registry.put_person(county.person(*one))
    matcher.work()
    after = certificate(matcher, batch)
    assert after["whole"]["linked"] == 40
    assert after["whole"]["alone"] == 0
    assert after["made_at"] > before["made_at"]


def test_it_holds_counts_and_nothing_of_a_person(linked: tuple[Matcher, str]) -> None:
    matcher, batch = linked
    with reading(matcher.database) as session:
        row = certificates.of_batch(session, batch)
        assert row is not None
        text = orjson.dumps(row.document).decode()
    assert not [name for name, number in PEOPLE if name in text or number in text]


def test_the_statistic_sums_the_batches_that_count(linked: tuple[Matcher, str]) -> None:
    matcher, _ = linked
    matcher.deliver("health-illness", [county.illness(*one) for one in PEOPLE[:5]])
    matcher.work()
    found = matcher.get("/statistics/links", matcher.headers("statistics:read"))
    rows = {row["feed"]: row for row in found["rows"]}
    assert rows[FEED]["missed_low"] <= rows[FEED]["missed_high"]
    assert rows["health-illness"]["false_high"] is not None
    assert rows["rural-monitoring"]["false_high"] is None, "nothing delivered, nothing to expect"
    most = max(row["missed_high"] for row in rows.values() if row["missed_high"] is not None)
    assert most <= found["total"]["missed_high"]


def label(matcher: Matcher, batch: str, **changes: Any) -> None:
    """An answer about a line of the batch."""
    said = {
        "id": new_id(), "source": new_id(), "code": "review", "verdict": "match", "lead_id": "", "feed": FEED,
        "batch_id": batch, "line": 3, "record_print": new_id()[:32],
        "person_id": new_id(), "probability": 0.999, "pattern": 1,
        "model_version": Model.default().version, "selection": "sample:certain", "inclusion": 0.02,
        "area": "640499000000", "made_at": now(), **changes,
    }  # fmt: skip
    with transaction(matcher.database) as session:
        session.add(Label(**said))


def test_answers_of_the_sample_are_used_and_others_are_not(linked: tuple[Matcher, str]) -> None:
    matcher, batch = linked
    label(matcher, batch)
    label(matcher, batch, verdict="no-match", selection="queue:0.5", probability=0.5, inclusion=0.7)
    label(matcher, batch, inclusion=None, selection="visit")
    label(matcher, batch, verdict="identity-wrong")
    label(matcher, batch, model_version="another")
    with reading(matcher.database) as session:
        found = answered(session, Model.default()).sort("inclusion")
    assert found.select("assigned", "same", "inclusion").rows() == [(True, True, 0.02), (False, False, 0.7)]
    matcher.registry.put_person(county.person(*PEOPLE[30]))
    matcher.work()
    assert certificate(matcher, batch)["labels"] == 2


def test_titles_are_chinese_and_townships_have_their_names() -> None:
    assert group_title("township", "640499100000", {"640499100000": "青石镇"}) == "青石镇"
    assert group_title("township", "unknown", {}) == "不详"
    assert all(any("一" <= char <= "龥" for char in title) for title in GROUPS.values())


def test_the_migration_goes_there_and_back(database_url: str) -> None:
    config = Config()
    config.set_main_option("script_location", "matcher:migrations")
    config.set_main_option("path_separator", "os")
    database = Database.open(database_url)
    seen = []
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        for step, version in ((command.upgrade, "m0006"), (command.downgrade, "m0005"), (command.upgrade, "m0006")):
            step(config, version)
            connection.commit()
            seen.append(sa.inspect(connection).has_table("batch_certificate"))
    database.dispose()
    assert seen == [True, False, True]
