"""A registry of a test's own: fresh database, ring, application, and callers of every kind."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from kit.crypto import KeyRing
from kit.database import Database, transaction
from registry.access.roles import GIVES_RIGHTS, READS_JOURNAL
from registry.access.store import SCOPES, Grant, create_client
from registry.app import create_app
from registry.main import MIGRATIONS
from registry.settings import RegistrySettings
from tests.migrated import migrated
from tests.workbooks import Cell
from tests.workbooks import workbook as saved

COUNTY = "640499000000"
TOWN = "640499100000"
VILLAGE = "640499100201"
OTHER_VILLAGE = "640499101203"
OTHER_COUNTY = "640498000000"
PURPOSES = ("dynamic-monitoring", "reveal")
HEADER = (
    "户号", "救助类别", "保障方式", "家庭人口", "保障人数", "户主姓名", "姓名", "身份证号", "性别", "出生日期", "民族",
    "与户主关系", "区划代码", "户籍地址", "联系电话", "起保年月", "停保年月", "月保障金", "开户姓名", "银行账号",
)  # fmt: skip


def id_number(born: str, sequence: int, county: str = "640499") -> str:
    """A sound number of an area never issued."""
    first = f"{county}{born}{sequence:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True)) % 11]


@dataclass
class House:
    """The service, its database and keys, and a client over it."""

    app: FastAPI
    database: Database
    ring: KeyRing
    client: httpx.Client
    tokens: dict[tuple[Any, ...], str] = field(default_factory=dict)

    def grant(self, scopes: Sequence[str], area: str = COUNTY, agency: str = "civil-affairs") -> tuple[str, str]:
        """A client made straight in the database, as `doudi client create` does."""
        with transaction(self.database) as session:
            return create_client(session, Grant("test", agency, area, scopes, PURPOSES))

    def token(self, *scopes: str, area: str = COUNTY, purpose: str = "dynamic-monitoring") -> str:
        """A token with these scopes, through the token endpoint."""
        key = (scopes, area, purpose)
        if key not in self.tokens:
            client_id, secret = self.grant(scopes or sorted(SCOPES - GIVES_RIGHTS - READS_JOURNAL), area)
            answer = self.client.post(
                "/registry/v1/token",
                data={
                    "grant_type": "client_credentials",
                    "client_id": client_id,
                    "client_secret": secret,
                    "purpose": purpose,
                },
            )
            assert answer.status_code == 200, answer.text
            self.tokens[key] = answer.json()["access_token"]
        return self.tokens[key]

    def call(self, method: str, path: str, *scopes: str, **more: Any) -> httpx.Response:
        """Call the registry with these scopes; `area` and `purpose` shape the token, the rest goes to httpx."""
        who = {name: more.pop(name) for name in ("area", "purpose") if name in more}
        headers = {"Authorization": f"Bearer {self.token(*scopes, **who)}", **more.pop("headers", {})}
        return self.client.request(method, f"/registry/v1{path}", headers=headers, timeout=120, **more)

    def told(self, **changes: Any) -> None:
        """Run on with other settings."""
        self.app.state.settings = self.app.state.settings.model_copy(update=changes)

    def take(self, content: bytes, area: str = COUNTY, **parameters: Any) -> dict[str, Any]:
        """Import a file; the answer, which must be a success."""
        answer = self.call("POST", "/imports", "imports:write", area=area, content=content, params=parameters)
        assert answer.status_code == 201, answer.text
        done: dict[str, Any] = answer.json()
        return done

    def rows(self, import_id: str) -> list[dict[str, Any]]:
        """The whole report of an import."""
        answer = self.call("GET", f"/imports/{import_id}/rows", "imports:write", params={"limit": 1000})
        found: list[dict[str, Any]] = answer.json()["rows"]
        return found

    def export(self, area: str = COUNTY) -> tuple[str, list[dict[str, Any]]]:
        """The cursor and the persons of an export that ended well."""
        lines = [line for line in self.call("GET", "/export", "registry:follow", area=area).text.splitlines() if line]
        parsed = [json.loads(line) for line in lines]
        assert parsed[0]["kind"] == "header"
        assert parsed[-1] == {"kind": "end", "count": len(parsed) - 2}
        return parsed[0]["cursor"], [line["person"] for line in parsed[1:-1] if line["kind"] == "person"]


def build(database: Database, folder: Path) -> tuple[FastAPI, KeyRing]:
    """Migrate and build the service."""
    ring = KeyRing.ephemeral()
    migrated(database, MIGRATIONS)
    told = RegistrySettings(
        database_url=database.url, data_dir=folder, keys_file=folder / "keys.json", as_of=date(2021, 6, 1)
    )
    return create_app(told, database, ring), ring


def person_row(**values: Any) -> dict[str, Any]:
    """One row of the civil affairs export: a living member of a supported household unless told otherwise."""
    return {
        "户号": "JY0000001", "救助类别": "农村低保", "保障方式": "整户保", "家庭人口": "2", "保障人数": "2",
        "户主姓名": "马有福", "姓名": "马有福", "身份证号": id_number("19700102", 11), "性别": "男",
        "出生日期": "19700102", "民族": "回族", "与户主关系": "户主", "区划代码": VILLAGE,
        "户籍地址": "某镇某村3组1号", "联系电话": "13800000001", "起保年月": "201907", "停保年月": None,
        "月保障金": 319, "开户姓名": "马有福", "银行账号": "6229000000000001", **values,
    }  # fmt: skip


def workbook(rows: Sequence[Mapping[str, Any]], title: str | None = "某县低收入人口信息表（2021年6月）") -> bytes:
    """The export as it comes: a title, a header, a row per person, a total."""
    lines: list[list[Cell]] = [[title]] if title is not None else []
    lines += [list(HEADER), *([row.get(name) for name in HEADER] for row in rows), [f"合计：{len(rows)}人"]]
    return saved(lines)
