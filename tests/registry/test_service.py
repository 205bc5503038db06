"""The service as a whole: its tables, its contract, and the sample county where it stands beside the clone."""

import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fastapi.routing import APIRoute
from sqlalchemy import inspect

from kit.crypto import KeyProblem
from kit.migrations import current
from registry import migrations
from registry.app import ROUTERS, create_app
from registry.main import main, migrate
from registry.migrations.every_table import METADATA
from registry.settings import RegistrySettings
from tests.conftest import shared_county
from tests.registry.house import House

OPEN = {
    "list_audit_keys", "issue_token", "published_keys", "live", "ready", "docs", "activate_account", "begin_session",
    "give_second_factor", "offer_second_factor", "renew_password", "refresh_session",
}  # what stands before the door  # fmt: skip


def test_the_migrations_make_exactly_the_tables_the_code_uses(house: House) -> None:
    with house.database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)
        tables = set(inspect(connection).get_table_names())
    assert differences == []
    assert tables == {*METADATA.tables, "alembic_version"}


def test_migrating_again_changes_nothing(house: House) -> None:
    before = current(house.database)
    migrate(house.database)
    versions = sorted(path.name[1:5] for path in Path(migrations.__file__).parent.glob("versions/v*.py"))
    assert (current(house.database), before) == (versions[-1], versions[-1])


def operations(house: House) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation of the contract."""
    paths: dict[str, dict[str, Any]] = house.client.get("/registry/v1/openapi.json").json()["paths"]
    found = [(method, path, call) for path, calls in paths.items() for method, call in calls.items()]
    assert len(found) > 25
    return found


def test_every_operation_is_named_as_its_function_and_names_its_problems(house: House) -> None:
    described = operations(house)
    names = Counter(call["operationId"] for _, _, call in described)
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    # A sheet for an address that takes JSON has an endpoint of its own; the contract tells both bodies with the JSON.
    functions = {route.endpoint.__name__ for route in routes if route.include_in_schema}
    assert max(names.values()) == 1
    assert set(names) - OPEN == functions - OPEN
    for _, _, call in described:
        if call["operationId"] not in OPEN:
            assert {"401", "403"} <= set(call["responses"]), call["operationId"]


def test_no_endpoint_behind_a_token_answers_without_one(house: House) -> None:
    for method, path, call in operations(house):
        if call["operationId"] not in OPEN:
            answer = house.client.request(method, re.sub(r"{\w+}", "640499000000", path))
            assert (answer.status_code, answer.json()["code"]) == (401, "token-missing"), call["operationId"]


def test_a_service_can_be_described_without_any_environment(tmp_path: Path) -> None:
    app = create_app(RegistrySettings(database_url=f"sqlite:///{tmp_path}/x.db", keys_file=tmp_path / "none.json"))
    assert "/registry/v1/export" in app.openapi()["paths"]


def test_production_refuses_to_start_without_its_keys(tmp_path: Path) -> None:
    settings = RegistrySettings(
        database_url=f"sqlite:///{tmp_path}/x.db", keys_file=tmp_path / "none.json", production=True
    )
    with pytest.raises(KeyProblem):
        create_app(settings)


def test_the_command_line_migrates_an_empty_database(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOUDI_REGISTRY_DATABASE_URL", database_url)
    monkeypatch.setenv("DOUDI_REGISTRY_KEYS_FILE", str(tmp_path / "keys.json"))
    main(["migrate"])
    with pytest.raises(SystemExit):
        main(["dance"])


def test_the_sample_county_comes_in_whole_and_a_second_time_unchanged(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shared_county()
    with capsys.disabled():
        print(f" [sample county: {'found' if folder else 'not beside this clone, nothing tested'}] ", end="")  # noqa: T201 - an extra test says whether it ran
    if folder is None:
        return
    content, area = (folder / "registry.xlsx").read_bytes(), "640424000000"
    start = time.monotonic()
    done = house.take(content, area=area)
    seconds = time.monotonic() - start
    _, people = house.export(area=area)
    again = house.take(content, area=area)
    assert done["progress"]["rows_total"] == sum(done["counts"].values()) == 3243
    assert len(people) == done["counts"]["created"] == 3243
    assert again["counts"] == {"unchanged": 3243}
    covered = [one for one in people if any(_covers(period) for period in one["coverage"])]
    assert len(covered) == 3243 - 592 - 841  # those ended and those at the margin are not covered
    assert seconds < 60


def _covers(period: dict[str, Any]) -> bool:
    return period["programme"] in ("dibao-rural", "tekun-home", "tekun-institution") and period["end"] is None
