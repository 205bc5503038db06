"""A register of the real registry becomes a fact of the real matcher, and is none any more once the entry ended."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from matcher.flows import screen_people
from matcher.screens import again
from tests.conftest import fresh_database
from tests.journeys.stage import COUNTY, XLSX, Stage, raised
from tests.registry.house import id_number, workbook
from tests.registry.payouts import HEAD, WIFE, payout, payouts
from tests.registry.register_cases import RIGHT

PATH = "/registry/v1"
ME = {"name": HEAD["姓名"], "id_number": HEAD["身份证号"]}
KEEPER = {"name": "王五", "id_number": id_number("19800101", 71)}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Both services, with one household and its payouts."""
    with (
        fresh_database(tmp_path) as registry,
        fresh_database(tmp_path) as matcher,
        raised(tmp_path, registry, matcher) as made,
    ):
        desk = made.worker.desk  # which asks whether anything changed at every turn
        object.__setattr__(desk, "settings", desk.settings.model_copy(update={"worker_poll_seconds": 0.001}))
        headers = {"Content-Type": XLSX}
        says(made, "POST", "/imports", "imports:write", content=workbook([HEAD, WIFE]), headers=headers)
        says(
            made, "POST", "/payments/imports", "payments:write", content=payouts([payout(), payout(发放年月="202103")])
        )
        yield made


def says(stage: Stage, method: str, path: str, *scopes: str, **more: Any) -> dict[str, Any]:
    token = stage.token("civil-affairs", *scopes)
    answer = stage.call(method, f"{PATH}{path}", token, **more)
    assert answer.status_code < 300, answer.text
    found: dict[str, Any] = answer.json()
    return found


def known(stage: Stage) -> pl.DataFrame:
    """The registry's facts as the screens get them."""
    stage.work()
    desk, found = stage.worker.desk, list[pl.DataFrame]()
    scene_of = again.scene_of
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(again, "scene_of", lambda *args: (found.append(args[2]), scene_of(*args))[1])
        screen_people.seen_in(desk, screen_people.view_of(desk), desk.today())
    return found[0].filter(pl.col("feed") == "registry")


def custodians(stage: Stage) -> pl.DataFrame:
    return known(stage).filter(pl.col("kind") == "custodian")


def test_an_entry_is_a_fact_until_it_ends(stage: Stage) -> None:
    assert custodians(stage).is_empty()
    body = {"values": {**RIGHT["custodian"], "beneficiary": ME, "custodian": KEEPER}, "area": COUNTY}
    made = says(stage, "POST", "/registers/custodian/entries", "registers:read", "registers:write", json=body)
    (row,) = custodians(stage).iter_rows(named=True)
    assert (row["subject_id"], row["text"], row["code"]) == (made["person_id"], "王五", "relative")
    assert (row["batch_id"], row["line"], row["grade"]) == (made["entry_id"], 0, "certain")
    says(
        stage, "POST", f"/registers/custodian/entries/{made['entry_id']}/end", "registers:read", "registers:write",
        json={"on": "2021-05-01", "reason": "取回"}, headers={"If-Match": f'"{made["version"]}"'},
    )  # fmt: skip
    assert custodians(stage).is_empty()


def test_payouts_are_facts_of_the_people_the_screens_look_at(stage: Stage) -> None:
    facts = known(stage)
    subject = says(stage, "POST", "/persons/lookup", "registry:read", json={"id_number": ME["id_number"]})["person_id"]
    rows = (
        facts.filter(pl.col("kind") == "payout").select("subject_id", "code", "number", "valid_from").sort("valid_from")
    )
    assert rows.rows() == [
        (subject, "same", 319.0, date(2021, 1, 1)), (subject, "same", 319.0, date(2021, 3, 1)),
    ]  # fmt: skip
    assert ME["id_number"] not in str(facts.to_dicts())
    assert "6229000000000001" not in str(facts.to_dicts())
    # A list more, and they are told anew.
    says(stage, "POST", "/payments/imports", "payments:write", content=payouts([payout(发放年月="202102")]))
    (row,) = known(stage).filter(pl.col("kind") == "payout").iter_rows(named=True)
    assert (row["number"], row["count"], row["valid_to"]) == (957.0, 3, date(2021, 3, 31))
