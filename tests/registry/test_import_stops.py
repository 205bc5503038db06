"""An import that stops while the database is away: whoever sends the file again goes on, as soon as it is back."""

import threading
from typing import Any

import pytest
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from registry.imports import take as story
from registry.intake import take as intake
from tests.registry.house import House, workbook
from tests.registry.payouts import HEAD, WIFE

FILE = workbook([HEAD, WIFE])


def test_an_import_whose_stop_could_not_be_noted_is_gone_on_with_once_the_database_is_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database goes away in the middle of it, and is still away when the import is to be called stopped."""
    house.told(import_chunk_rows=4)
    monkeypatch.setattr(intake, "STOP_TRY_SECONDS", 0.01)
    away = threading.Event()
    away.set()
    plain = intake.transaction

    def gone(database: Any) -> Any:
        if away.is_set():
            raise NoConnectionFree
        return plain(database)

    def breaks(*_arguments: Any) -> None:
        monkeypatch.setattr(intake, "transaction", gone)
        raise NoConnectionFree

    monkeypatch.setattr(story, "write_chunk", breaks)
    refused = house.call("POST", "/imports", "imports:write", content=FILE)
    assert (refused.status_code, refused.json()["code"]) == (503, "database-away")
    (noting,) = [one for one in threading.enumerate() if one.name == "import-stopped"]
    assert house.call("GET", "/imports", "imports:write").json()["imports"][0]["state"] == "running"
    away.clear()
    noting.join(timeout=30)
    assert house.call("GET", "/imports", "imports:write").json()["imports"][0]["state"] == "failed"
    monkeypatch.undo()
    assert house.take(FILE)["counts"] == {"created": 2}
