"""A county tries the system on its own exports before anyone installs anything.

The same services and worker as in production run over HTTP on a temporary database; what is written is the
owner's data on the owner's disk, unmasked, and says so.
"""

import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl

from china.areas import AreaBook, commonest_county
from doudi.defects import Stop
from doudi.embedded import running
from doudi.home import Home
from doudi.main_job import Inputs, deliver
from doudi.progress import steps
from doudi.quality import Judged, write_quality
from doudi.serve import free_port
from doudi.township_lists import Lists, write_lists
from kit.tables_in import TableUnreadable, read_table

AREA_HEADERS = ("区划代码", "行政区划代码", "户籍区划代码")


def run_trial(folder: Path, registry: Path, feeds: Mapping[str, Path], out: Path, as_of: date | None) -> Lists:
    """Do the main job on the files and write leads.csv, the Excel lists and quality.md into `out`."""
    inputs = find_inputs(folder, registry, feeds)
    area = county_of(inputs)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="doudi-trial-") as place, steps() as shown:
        home = Home(Path(place), f"http://127.0.0.1:{free_port()}", as_of)
        home.prepare()
        with running(home):
            shown.end("services started", home.url)
            delivered = deliver(home, inputs, area, shown)
            lists = write_lists(delivered.county, delivered.names, out, shown)
            judged = write_quality(out / "quality.md", delivered, lists, as_of)
    _say(out, judged, lists)
    return lists


def find_inputs(folder: Path, registry: Path, feeds: Mapping[str, Path]) -> Inputs:
    """The files that are there. Raises Stop without the registry or without any feed."""
    if not registry.is_file():
        raise Stop(f"{registry} is not there: name the civil affairs export with --registry")
    present = {feed: path for feed, path in feeds.items() if path.is_file()}
    if not present:
        raise Stop(f"no feed in {folder}: expected {', '.join(path.name for path in feeds.values())}")
    areas = folder / "areas.csv"
    return Inputs(registry, present, areas if areas.is_file() else None)


def county_of(inputs: Inputs) -> str:
    """The county as 12 digits: the commonest 区划代码 of the registry. Raises Stop when there is none."""
    try:
        table = read_table(inputs.registry.read_bytes(), known={*AREA_HEADERS, "姓名", "救助类别", "户号"})
    except TableUnreadable as unreadable:
        raise Stop(f"{inputs.registry.name}: {unreadable.en}") from None
    for header in AREA_HEADERS:
        if header in table.frame.columns:
            county = commonest_county(table.frame[header])
            if county is not None:
                return _known_county(county, inputs)
    raise Stop(f"{inputs.registry.name} has no column {AREA_HEADERS[0]}: add one with the 12-digit codes")


def _known_county(code: str, inputs: Inputs) -> str:
    """Checks that the divisions of that county can be had. Raises Stop with the way out."""
    if inputs.areas is not None:
        listed = pl.read_csv(inputs.areas, schema_overrides={"code": pl.String})["code"]
        if not listed.str.starts_with(code).any():
            raise Stop(f"areas.csv holds no division of {code}, where most of the registry's people live")
    elif AreaBook.of_county(code).frame.is_empty():
        raise Stop(f"{code} is not in the national table of 2023: put areas.csv (code,name,level,parent) beside it")
    return code.ljust(12, "0")


def _say(out: Path, judged: Judged, lists: Lists) -> None:
    print(f"\n{len(lists.rows)} people on the lists of {len(lists.townships)} townships:")
    for screen, count in lists.by_screen().most_common():
        print(f"  {count:6}  {lists.titles[screen]}  {screen}")
    linked = {feed: batch.get("linked") or {} for feed, batch in judged.delivered.batches.items()}
    for feed, grades in linked.items():
        print(f"  {feed}: " + ", ".join(f"{value} {name}" for name, value in grades.items()))
        whole = judged.certificates[feed]["whole"]
        errors = ", ".join(f"{whole[kind]['low']}-{whole[kind]['high']} {kind}" for kind in ("false", "missed"))
        print(f"      to expect, nine times in ten: {errors} links")
    print(f"\nWritten to {out}: leads.csv, one Excel list per township, quality.md")
    print("NOT MASKED: these files hold names and ID numbers. 未脱敏，请按本单位规定保管。")
