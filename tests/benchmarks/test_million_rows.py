"""A delivery of a million rows, the whole way: pushed over HTTP in parts, validated, linked, screened, on the lists.

Both services and the worker run as `./run serve` runs them, on SQLite. The registry holds a tenth as many people; the
rows are those of an agency with twelve columns and typical dirt, and one in two hundred of them had costs that put
whoever bore them on the list. Nothing is asserted about time: the table is there to be read.
"""

import time
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from china.areas import AreaBook
from doudi.agency import Agency
from doudi.embedded import running
from doudi.home import Home
from doudi.progress import steps
from doudi.push import Order, PatientAgency, Pusher
from doudi.serve import free_port
from registry.access.store import Grant
from tests.benchmarks import bench_folder

SEED = 601
COUNTY = "640499000000"
STAFF = ("areas:write", "imports:write", "leads:read")
AGENCY = ("feeds:push", "feeds:read", "batches:read")
PURPOSES = ("dynamic-monitoring",)
LISTED_ONE_IN = 200


def peak_mb(pid: int) -> float:
    """The most memory a process ever held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def kept_mb(home: Home) -> dict[str, float]:
    """By what stands in the data folder: databases, and the files beside them."""
    return {
        place.name: sum(file.stat().st_size for file in ([place] if place.is_file() else place.rglob("*"))) / 1e6
        for place in sorted(home.data.iterdir())
    }


def write_registry(people: pl.DataFrame, file: Path) -> None:
    """Civil affairs' own list of them, everybody in support as the export has it."""
    people.select(
        户号=pl.col("household"),
        救助类别=pl.lit("农村低保"),
        姓名=pl.col("name"),
        身份证号=pl.col("id_number"),
        性别=pl.col("sex").replace({"1": "男", "2": "女"}),
        出生日期=pl.col("birth_date").cast(pl.String),
        区划代码=pl.col("division"),
        户籍地址=pl.col("address"),
        联系电话=pl.col("phone"),
        起保年月=pl.lit("201907"),
    ).write_csv(file)


def write_feed(feed: pl.DataFrame, file: Path) -> None:
    """The agency's export: its own twelve columns."""
    ill = pl.int_range(pl.len()) % LISTED_ONE_IN == 0
    feed.select(
        姓名=pl.col("name"),
        身份证号=pl.col("id_number"),
        性别=pl.col("sex"),
        出生日期=pl.col("birth_date").cast(pl.String),
        联系电话=pl.col("phone"),
        现住址=pl.col("address").str.replace_all(",", "，"),
        诊断名称=pl.when(ill).then(pl.lit("胃癌")).otherwise(pl.lit("上呼吸道感染")),
        **{"ICD-10": pl.when(ill).then(pl.lit("C16.9")).otherwise(pl.lit("J06.9"))},
        确诊日期=pl.lit("2021-03-15"),
        总费用=pl.when(ill).then(pl.lit("90000")).otherwise(pl.lit("80")),
        个人自付=pl.when(ill).then(pl.lit("36000.5")).otherwise(pl.lit("20")),
        备注=pl.lit(""),
    ).write_csv(file)


def phases(agency: Agency, batch_id: str) -> dict[str, float]:
    """When the batch was first seen in each state, until it rests."""
    seen: dict[str, float] = {}
    while True:
        batch: dict[str, Any] = agency.call("GET", f"/matcher/v1/batches/{batch_id}").json()
        seen.setdefault(batch["state"], time.perf_counter())
        if batch["state"] in {"published", "rejected", "failed", "needs_confirmation"}:
            assert batch["state"] == "published", batch
            return seen
        time.sleep(0.1)


def import_people(home: Home, staff: Agency, file: Path) -> float:
    """Divisions and the list of civil affairs; the seconds of the latter."""
    areas = AreaBook.of_county(COUNTY[:6]).frame.select("code", "name", "level", "parent").write_csv().encode()
    staff.call("POST", "/registry/v1/areas/import", content=areas, headers={"Content-Type": "text/csv"})
    begun = time.perf_counter()
    imported = staff.send("/registry/v1/imports", file)
    while imported["state"] not in {"done", "failed"}:
        time.sleep(0.2)
        imported = staff.call("GET", f"/registry/v1/imports/{imported['import_id']}").json()
    assert imported["state"] == "done", imported
    return time.perf_counter() - begun


def push(agency: PatientAgency, file: Path, load: str) -> tuple[float, float, dict[str, Any]]:
    """(when begun, seconds to push and seal, the batch)."""
    begun = time.perf_counter()
    with steps() as shown:
        sent = Pusher(agency, Order("health-illness", file, {"load": load}), shown).deliver()
    return begun, time.perf_counter() - begun, sent


@pytest.mark.bench
def test_a_million_rows(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    rows = 1_000_000 if pytestconfig.getoption("--soak") else 100_000
    folder = bench_folder.county(rows * 6 // 5, "typical", SEED, rows)
    people = pl.read_parquet(folder / "people.parquet").sample(rows // 10, seed=SEED)
    feed = pl.read_parquet(folder / "feed.parquet")
    files = {name: tmp_path / f"{name}.csv" for name in ("registry", "few", "feed")}
    write_registry(people, files["registry"])
    write_feed(feed.head(200), files["few"])
    write_feed(feed, files["feed"])
    home = Home(tmp_path / "home", f"http://127.0.0.1:{free_port()}", date(2021, 6, 1))
    with running(home) as web, ExitStack() as clients:
        staff = Agency(home.url, *home.add_client(Grant("county", "civil-affairs", COUNTY, STAFF, PURPOSES)))
        agency = PatientAgency(home.url, *home.add_client(Grant("health", "health", COUNTY, AGENCY, PURPOSES)))
        for client in (staff, agency):
            clients.callback(client.http.close)
        print(f"\nregistry: {people.height} people imported in {import_people(home, staff, files['registry']):.1f} s")
        phases(agency, push(agency, files["few"], "delta")[2]["batch_id"])  # the worker knows the people from now on
        begun, pushed, sent = push(agency, files["feed"], "snapshot")
        seen = phases(agency, sent["batch_id"])
        done = agency.call("GET", f"/matcher/v1/batches/{sent['batch_id']}").json()
        assert sum(done["outcomes"].values()) == feed.height
        listed = sum(1 for _ in staff.pages("/matcher/v1/leads", "leads", limit="500"))
        assert listed > feed.height // LISTED_ONE_IN // 2
        began = time.perf_counter()
        pl.read_csv(files["feed"], infer_schema=False)
        bare = time.perf_counter() - began
        print(f"{feed.height} rows, {files['feed'].stat().st_size / 1e6:.0f} MB: pushed and sealed {pushed:.1f} s")
        for state, at in seen.items():
            print(f"  {state:<12} {at - begun:7.1f} s after the push began")
        print(f"  {(seen['published'] - begun) / bare:.0f} times what Polars needs to read the file ({bare:.2f} s)")
        worker = int(home.worker_pid.read_text())
        print(f"  peak memory: web {peak_mb(web.pid):.0f} MB, worker {peak_mb(worker):.0f} MB")
        print(f"  {done['outcomes']}; {listed} people on the list")
        print(f"  kept: {', '.join(f'{name} {size:.0f} MB' for name, size in kept_mb(home).items())}")
