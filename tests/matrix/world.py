"""What the two worlds share: calls, tokens, what is planted, and the state outside that no call may change."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import Select

from kit.database import Database
from tests.matrix.people import NOWHERE, Planted


class World(ABC):
    """A service with things planted in each area."""

    name: str

    def __init__(self, app: FastAPI, http: httpx.Client, planted: dict[str, Planted], gone: Planted) -> None:
        self.app, self.http = app, http
        # The matrix asks more often than anybody may; how often is another test's business.
        # Its people are few: what is withheld of small counts is another test's business too.
        dear = ("dear_calls_per_client", "dear_calls_per_area", "dear_calls_per_client_day", "reveals_per_client")
        unbounded = dict.fromkeys((*dear, "lock_failures", "address_failures", "webhooks_per_client"), 10**9)
        app.state.settings = app.state.settings.model_copy(update={**unbounded, "small_cell": 1})
        # An office in every place, of the house: what it did is counted of it.
        offices = frozenset(f"{one.values['surname']}办" for one in planted.values())
        app.state.policy = replace(app.state.policy, house=app.state.policy.house | offices)
        self.planted, self.gone = planted, gone
        # what belongs to no area: the model in force, a place in a feed, days around today
        today = datetime.now(UTC).date()
        self.common = {"first": str(today - timedelta(days=2)), "last": str(today + timedelta(days=2))}

    def absent(self, name: str) -> str:
        """An id nobody has, for whatever is asked for by `name`."""
        return self.gone.values.get(name, NOWHERE)

    @abstractmethod
    def token(self, scopes: tuple[str, ...], area: str, agency: str = "civil-affairs", **more: str) -> str:
        """A token of these claims."""

    @contextmanager
    def stingy(self) -> Iterator[None]:
        """Meanwhile whoever is told of anybody has spent the budget of the day: an alert."""
        before = self.app.state.settings
        self.app.state.settings = before.model_copy(update={"reveals_per_client": 1})
        yield
        self.app.state.settings = before

    @abstractmethod
    def more(self) -> None:
        """Plant more outside the caller's area."""

    @abstractmethod
    def outside(self) -> Iterator[Select[Any]]:
        """The rows that stand outside the caller's area."""

    def outside_state(self) -> list[Any]:
        """What stands in them, as it lies in the database: what is sealed there has not changed unless its seal has."""
        database: Database = self.app.state.database
        with database.engine.connect() as connection:
            return [connection.exec_driver_sql(query).fetchall() for query in self._questions]

    @cached_property
    def _questions(self) -> list[str]:
        """The same questions are asked around every call: put into words once."""
        dialect = self.app.state.database.engine.dialect
        return [str(rows.compile(dialect=dialect, compile_kwargs={"literal_binds": True})) for rows in self.outside()]

    def call(self, method: str, path: str, token: str | None, **more: Any) -> httpx.Response:
        """One call to the service."""
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **more.pop("headers", {})}
        return self.http.request(method, path, headers=headers, **more)
