"""What sealing costs: import into the registry and intake of a delivery, with both suites beside one that does nothing.

The null suite exists here only: it puts a tag of noughts behind the text in the clear and makes indexes by Python's own
hash. The goal is that the real suites take at most 30 % longer. Nothing is asserted about time: the table is there to
be read (docs/measurements/sealing.md).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest
from anyio.from_thread import start_blocking_portal
from argon2 import PasswordHasher

from kit.crypto import KeyRing
from kit.database import Database
from kit.keys_file import fresh_keys
from kit.migrations import upgrade
from kit.suites import SUITES, Lock
from matcher.flows.read_batch import read_next_batch
from matcher.flows.shipped_model import install_default
from matcher.settings import MatcherSettings
from registry.access import hashes
from tests.asgi import client_of
from tests.conftest import fresh_database
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.fake_registry import FakeRegistry
from tests.registry.house import House, build, id_number, person_row, workbook

ORDER = ("null", "international", "guomi")


class Null:
    """Seals nothing."""

    name, code = "null", 0

    def derive(self, master: bytes, _purpose: str) -> bytes:
        return master

    def lock(self, _key: bytes) -> Lock:
        return _Open()

    def mac(self, _key: bytes, data: bytes) -> bytes:
        return hash(data).to_bytes(32, "big", signed=True)


class _Open:
    def encrypt(self, _nonce: bytes, data: bytes, _associated: bytes) -> bytes:
        return data + b"\0" * 16

    def decrypt(self, _nonce: bytes, data: bytes, _associated: bytes) -> bytes:
        return data[:-16]


@contextmanager
def a_house(folder: Path, suite: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    folder.mkdir()
    monkeypatch.setattr(KeyRing, "ephemeral", lambda: KeyRing(fresh_keys(suite)))
    monkeypatch.setattr(hashes, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    with fresh_database(folder) as url:
        database = Database.open(url)
        app, ring = build(database, folder)
        with client_of(app) as client:
            yield House(app, database, ring, client)
        database.dispose()


@contextmanager
def a_matcher(folder: Path, suite: str) -> Iterator[Matcher]:
    folder.mkdir()
    with fresh_database(folder) as url, start_blocking_portal() as portal:
        database = Database.open(url)
        upgrade(database, "matcher:migrations")
        install_default(database)
        database.dispose()
        told = MatcherSettings(database_url=url, data_dir=folder / "data", registry_url="http://registry.test")
        made = Matcher(told, KeyRing(fresh_keys(suite)), FakeRegistry(), portal)
        yield made
        made.close()


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock and of the processor."""
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - cpu


def take_in(matcher: Matcher, delivery: bytes) -> None:
    """Spooled at the door, read and kept by the worker."""
    assert matcher.push("health-illness", delivery).status_code == 202
    while read_next_batch(matcher.worker.desk, matcher.worker.name):
        pass


def table(what: str, rows: int, took: dict[str, list[tuple[float, float]]]) -> None:
    clock, cpu = ({suite: median(one[at] for one in took[suite]) for suite in ORDER} for at in (0, 1))
    print(f"\n{what}: {rows} rows, median of {len(took['null'])}")
    for suite in ORDER:
        ratios = f"clock x {clock[suite] / clock['null']:.2f}   processor x {cpu[suite] / cpu['null']:.2f}"
        print(f"  {suite:14} {clock[suite]:7.2f} s   {cpu[suite]:7.2f} s   {ratios}")


@pytest.mark.bench
def test_what_sealing_costs(
    databases: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    monkeypatch.setitem(SUITES, "null", Null())
    soak = pytestconfig.getoption("--soak")
    people, records, rounds = (50_000, 200_000, 5) if soak else (4_000, 20_000, 3)
    file = workbook([_member(number) for number in range(people)])
    delivery = county.csv(county.ILLNESS, [_case(number) for number in range(records)])
    imports: dict[str, list[tuple[float, float]]] = {suite: [] for suite in ORDER}
    intakes: dict[str, list[tuple[float, float]]] = {suite: [] for suite in ORDER}
    for number in range(rounds + 1):  # the first warms up: compiled loops, caches
        for suite in ORDER:
            with a_house(tmp_path / f"house-{number}-{suite}", suite, monkeypatch) as house:
                took = timed(lambda house=house: house.take(file))
                assert len(house.export()[1]) == people
            with a_matcher(tmp_path / f"matcher-{number}-{suite}", suite) as matcher:
                read = timed(lambda matcher=matcher: take_in(matcher, delivery))
            if number:
                imports[suite].append(took)
                intakes[suite].append(read)
    table("import into the registry", people, imports)
    table("intake of a delivery", records, intakes)


def _number(place: int) -> str:
    block, sequence = divmod(place, 900)
    return id_number(f"{1930 + block // 336}{block // 28 % 12 + 1:02d}{block % 28 + 1:02d}", sequence + 1)


def _member(place: int) -> dict[str, object]:
    name, house = f"马{chr(0x4E00 + place % 3000)}{chr(0x4E00 + place // 3000)}", f"JY{place // 3:07d}"
    changes = {"户号": house, "姓名": name, "身份证号": _number(place), "银行账号": f"62290000{place // 3:08d}"}
    return person_row(
        **changes, 联系电话=f"138{place:08d}", 与户主关系="户主" if place % 3 == 0 else "其他", 出生日期=None
    )


def _case(place: int) -> list[str]:
    name = f"马{chr(0x4E00 + place % 3000)}{chr(0x4E00 + place // 3000)}"
    said = [name, county.number("19620506", place % 900 + 1), "男", "19620506", "青石镇柳树村3组8号", f"138{place:08d}"]
    return [*said, "上呼吸道感染", "J06.9", "2020-05-15", "80", "20"]
