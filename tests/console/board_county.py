"""Two services that answer statistics alone, made from the services' own catalogues: their columns, invented figures.

What they answer is held to the services' own models, so a page that reads a column which is not there fails here.
"""

import base64
import time
from collections.abc import Mapping
from datetime import date
from typing import Any

import httpx
import orjson
from anyio.from_thread import start_blocking_portal

from console import session
from console.app import create_app
from console.session import Signed
from console.settings import ConsoleSettings
from kit.crypto import KeyRing
from matcher.api.schemas_figures import FiguresOut
from matcher.api.statistics import STATISTICS as OF_MATCHER
from registry.statistics.api import STATISTICS as OF_REGISTRY
from registry.statistics.schemas import StatisticOut
from tests.asgi import AsgiBridge

COUNTY, DAY = "640499000000", date(2021, 7, 1)
TOWNS = {"640499100000": "青石嘴镇", "640499101000": "六盘山林业管理局", "640499102000": "三河&<镇>"}
VILLAGES = {"640499100200": "石窑村"}
NAMES = {COUNTY: "云泉县", **TOWNS, **VILLAGES}
HERE = "http://console.test"
KEYS = {
    "outcomes": [("02", "符合低保"), ("13", "外出，未见到本人")],
    "coverage": [("dibao-rural", "农村低保"), ("tekun-home", "特困分散供养")],
    "categories": [("1", "最低生活保障对象"), ("2", "特困人员")],
    "support": [("dibao-rural", "农村低保"), ("tekun-home", "特困分散供养")],
    "first-pay": [("02", "符合低保"), ("03", "符合特困")],
    "risk-groups": [("severe", "重度残疾人"), ("any", "以上合计（去重）")],
}
FEEDS = [("disability-cards", "残疾人证持证人员", 3, "否"), ("health-deaths", "居民死亡医学证明", None, "是")]
Row = dict[str, Any]


class County(httpx.AsyncBaseTransport):
    """Answers as the services would. `away`: which does not; `withheld`: divisions whose figures are left out."""

    def __init__(self) -> None:
        self.signed: set[str] = set()  # months (YYYY-MM) whose ledger is signed
        self.away: set[str] = set()
        self.withheld: set[str] = set()
        self.asked: list[httpx.URL] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        service, _, what = request.url.path.removeprefix("/").partition("/v1/")
        if service in self.away:
            raise httpx.ConnectError("away", request=request)
        area = request.url.params.get("area", COUNTY)
        if what == "areas":
            return _answer({"areas": [{"code": code, "name": name} for code, name in NAMES.items()], "cursor": None})
        if what == "statistics":
            return _answer({"statistics": [_described(one) for one in _of(service).values()]})
        if service == "registry" and area not in NAMES:
            return _answer({"code": "area-unknown", "detail": f"没有区划 {area}。"}, 400)
        return self._statistic(service, what.removeprefix("statistics/"), area, request.url.params)

    def _statistic(self, service: str, name: str, area: str, asked: httpx.QueryParams) -> httpx.Response:
        if name not in _of(service):
            return _answer({"code": "not-found", "detail": "没有找到。"}, 404)
        one = _of(service)[name]
        if any(asked.get(key) and key not in one.asks for key in ("as_of", "since", "known_at")):
            return _answer({"code": "statistic-of-now", "detail": "这项统计不能这样查。"}, 422)
        if name == "ledger" and asked.get("as_of", f"{DAY}") < f"{DAY}" and asked["as_of"][:7] not in self.signed:
            return _answer({"code": "ledger-not-frozen", "detail": "台账没有已签发的月度快照。"}, 422)
        return _answer(self.figures(service, name, area, asked.get("as_of"), asked.get("since")))

    def figures(
        self, service: str, name: str, area: str = COUNTY, as_of: str | None = None, since: str | None = None
    ) -> Row:
        """The answer, as JSON would bring it."""
        one = _of(service)[name]
        frozen = as_of is not None and name == "ledger" and as_of[:7] in self.signed
        rows = [self._told(row) for row in _rows(one, area, as_of)]
        told = {
            **_described(one), "area": area, "as_of": as_of or DAY, "known_at": None, "rows": rows,
            "total": None if name in ("runs", "feeds") else _total(one, _rows(one, area, as_of)),
            "withheld": bool(self.withheld), "since": since if "since" in one.asks else None,
        }  # fmt: skip
        if service == "registry":
            told["frozen"] = _frozen(str(as_of)) if frozen else None
        model = StatisticOut if service == "registry" else FiguresOut
        answer: Row = orjson.loads(model.model_validate(told).model_dump_json())
        return answer

    def _told(self, row: Row) -> Row:
        if row.get("area") not in self.withheld:
            return row
        return {name: value if name in ("area", "area_name") else None for name, value in row.items()}


def _of(service: str) -> Mapping[str, Any]:
    return OF_REGISTRY if service == "registry" else OF_MATCHER


def _described(one: Any) -> Row:
    columns = [{"name": column.name, "title": column.title, "kind": column.kind} for column in one.columns]
    told = {"name": one.name, "title": one.title, "definition": one.definition, "columns": columns}
    return {**told, "asks": list(one.asks)}


def _frozen(as_of: str) -> Row:
    at = f"{as_of[:7]}-28T08:00:00+08:00"
    number = f"{COUNTY}-{as_of[:7].replace('-', '')}-1"
    return {"numbers": [number], "month": as_of[:7], "frozen_at": at, "signed_at": at, "digests": ["ab" * 32]}


def _rows(one: Any, area: str, as_of: str | None) -> list[Row]:
    """Figures that differ by row and column, and by month where a day was asked for."""
    more = 0 if as_of is None else int(as_of[5:7])
    below = TOWNS if area == COUNTY else {code: name for code, name in VILLAGES.items() if code.startswith(area[:9])}
    if one.name == "runs":
        heads: list[Row] = [{"as_of": day, "made_at": f"{day}T08:00:00+08:00"} for day in ("2021-07-01", "2021-06-01")]
    elif one.name in ("feeds", "links", "supply"):
        heads = [dict(zip(("feed", "title", "age", "stale"), one, strict=True)) for one in FEEDS]
    elif one.name == "disability-coverage":
        heads = [{"class": of, "grade": grade} for of in ("肢体", "精神") for grade in ("一级", "二级")]
    else:
        heads = [{"area": code, "area_name": name} for code, name in below.items()]
    words = KEYS.get(one.name)
    if words:
        key, title = ("code", "code_title") if one.name == "outcomes" else _key_columns(one)
        heads = [{**head, key: code, title: text} for head in heads for code, text in words]
    places = list(enumerate(one.columns))
    return [
        {column.name: head.get(column.name, _figure(column, at, place, more)) for place, column in places}
        for at, head in enumerate(heads)
    ]


def _key_columns(one: Any) -> tuple[str, str]:
    key, title = (column.name for column in one.columns if column.kind == "text" and not column.name.startswith("area"))
    return key, title


def _figure(column: Any, at: int, place: int, more: int) -> Any:
    if column.kind == "share":
        return round(0.1 + 0.2 * at, 4)
    if column.kind in ("count", "money", "number", "permille"):
        return 1000 * at + 10 * place + more
    return float(at + place) if column.kind == "days" else None


def _total(one: Any, rows: list[Row]) -> Row:
    counted = [column for column in one.columns if column.kind not in ("text", "date")]
    return {
        column.name: 0.25 if column.kind in ("share", "days") else sum(row[column.name] for row in rows)
        for column in counted
    }  # fmt: skip


def _answer(body: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=orjson.dumps(body), headers={"Content-Type": "application/json"})


class Leader:
    """Somebody who looks at the board: a browser that is signed in."""

    def __init__(self, county: County, scopes: str = "statistics:read", area: str = COUNTY) -> None:
        self.county = county
        ring = KeyRing.ephemeral()
        settings = ConsoleSettings(
            registry_url="http://127.0.0.1:1", matcher_url="http://127.0.0.1:1", public_url=HERE, as_of=DAY
        )
        self.app = create_app(settings, ring, county)
        signed = Signed(
            _token(scopes, area), "handle", time.time() + 3600, "kanban", "word", frozenset(scopes.split()), (), area,
            "civil-affairs", "dynamic-monitoring",
        )  # fmt: skip
        self.cookies = {session.COOKIE: session.sealed(ring, signed)}

    def get(self, path: str, **query: str) -> httpx.Response:
        """A page."""
        with start_blocking_portal() as portal:
            browser = httpx.Client(transport=AsgiBridge(self.app, portal), base_url=HERE, cookies=self.cookies)
            return browser.get(path, params=query)


def _token(scopes: str, area: str) -> str:
    told = {"scope": scopes, "role": "dashboard-reader", "area": area, "agency": "civil-affairs",
            "purpose": "dynamic-monitoring"}  # fmt: skip
    return f"e30.{base64.urlsafe_b64encode(orjson.dumps(told)).decode().rstrip('=')}.x"
