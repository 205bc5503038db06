"""Files no county should send, and some do: bounded time, a warning that says what is odd, and never a crash.

The bound on time is generous on purpose, and counts the processor's time: it tells a search that has lost its bounds
from one that has not, on a busy machine too.
"""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from doudi.county.make import LinkageSet, make_linkage_set
from doudi.link import Options, link_files
from matcher.linkage.chain import Linked, link
from matcher.linkage.model import Model

PEOPLE = 16_000
SEED = 7
MOST_SECONDS = 60.0  # of the processor; a few suffice
MANY = 1_000_000
FEW = 20_000
Damage = Callable[[pl.DataFrame], pl.DataFrame]

DAMAGES: dict[str, tuple[Damage, str]] = {
    "all numbers missing": (lambda frame: frame.with_columns(id_number=pl.lit(None, pl.String)), "numbers-missing"),
    "all names equal": (lambda frame: frame.with_columns(name=pl.lit("马英")), "names-alike"),
    "all names missing": (lambda frame: frame.with_columns(name=pl.lit("")), "names-missing"),
    "one village only": (
        lambda frame: frame.with_columns(division=pl.lit("640499100201"), address=pl.lit("龙泉镇李家湾村1组")),
        "villages-alike",
    ),
    "everybody born on the first of January": (
        lambda frame: frame.with_columns(
            birth_date=pl.coalesce("birth_date", pl.lit("1960")).str.slice(0, 4) + "0101",
            id_number=pl.lit(None, pl.String),
        ),
        "births-default",
    ),
}


@pytest.fixture(scope="module")
def county() -> LinkageSet:
    """A county, linked once: whatever is compiled or read at the first call is not what is bounded here."""
    made = make_linkage_set(PEOPLE, "typical", SEED)
    link(made.people.head(50), made.feed.head(50), Model.default())
    return made


def codes(linked: Linked) -> set[str]:
    """Codes of the report's warnings; every one comes with a sentence for staff."""
    warnings = linked.report["warnings"]
    assert all(warning["message"] for warning in warnings)
    return {warning["code"] for warning in warnings}


def in_time(people: pl.DataFrame, records: pl.DataFrame, most: float = MOST_SECONDS) -> Linked:
    begun = time.process_time()
    linked = link(people, records, Model.default())
    assert time.process_time() - begun < most
    assert linked.links.filter("assigned")["record_id"].is_unique().all()
    return linked


def test_an_ordinary_county_is_nothing_to_warn_of(county: LinkageSet) -> None:
    assert codes(in_time(county.people, county.feed)) == set()


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("side", ["people", "records", "both"])
def test_a_column_gone_wrong_is_said_and_bounded(name: str, side: str, county: LinkageSet) -> None:
    damage, code = DAMAGES[name]
    people = damage(county.people) if side in {"people", "both"} else county.people
    records = damage(county.feed) if side in {"records", "both"} else county.feed
    assert code in codes(in_time(people, records))


@pytest.mark.parametrize("side", ["people", "records", "both"])
def test_an_empty_side_links_nobody_and_says_so(side: str, county: LinkageSet) -> None:
    people = county.people.clear() if side in {"people", "both"} else county.people
    records = county.feed.clear() if side in {"records", "both"} else county.feed
    linked = in_time(people, records)
    assert linked.links.is_empty()
    assert "side-empty" in codes(linked)


def born_on_new_year(count: int) -> pl.DataFrame:
    """Invented people who know no more of their birth than the year; no numbers, common names, few villages."""
    draw = np.random.default_rng(SEED)
    names = [first + last for first in "马王李张杨" for last in ("英", "兰", "军", "秀英", "国强", "小红", "建军")]
    years = draw.integers(1930, 2010, count)
    return pl.DataFrame(
        {
            "id": [f"P{at}" for at in range(count)],
            "name": draw.choice(names, count),
            "sex": draw.choice(["男", "女"], count),
            "birth_date": [f"{year}0101" for year in years.tolist()],
            "address": [f"城关镇东{at}村1组" for at in draw.integers(1, 300, count).tolist()],
        }
    )


@pytest.mark.usefixtures("county")
def test_a_crowd_born_on_the_first_of_january(pytestconfig: pytest.Config) -> None:
    count = MANY if pytestconfig.getoption("--soak") else FEW
    people = born_on_new_year(count)
    records = people.sample(count // 10, seed=SEED).with_columns(id=pl.lit("R") + pl.col("id"))
    linked = in_time(people, records, MOST_SECONDS * (10 if count == MANY else 1))
    assert {"births-default", "numbers-missing"} <= codes(linked)
    assert linked.links.height <= 100 * records.height


def test_mixed_types_are_read_as_text(tmp_path: Path, county: LinkageSet) -> None:
    """Numbers as integers, dates as dates, telephones as floats: what a spreadsheet makes of columns."""
    people, records = county.people.head(2_000), county.feed.head(1_000)
    dates = pl.col("birth_date").str.to_date("%Y%m%d", strict=False)
    people = people.with_columns(birth_date=dates, phone=pl.col("phone").cast(pl.Float64))
    assert people["birth_date"].dtype == pl.Date
    assert isinstance(people["birth_date"][0], date)
    records = records.with_columns(
        id=pl.int_range(pl.len()),
        division=pl.col("division").cast(pl.Int64),
        birth_date=pl.col("birth_date").cast(pl.Int64, strict=False),
        ethnic=pl.col("ethnic").cast(pl.Categorical),
        sex=pl.col("sex") == "男",
    )
    people.write_parquet(tmp_path / "people.parquet")
    records.write_parquet(tmp_path / "feed.parquet")
    Model.default().save(tmp_path / "model.json")
    linked = link_files(
        tmp_path / "people.parquet",
        tmp_path / "feed.parquet",
        tmp_path / "out.parquet",
        Options(tmp_path / "model.json"),
    )
    plain = link(county.people.head(2_000), county.feed.head(1_000), Model.default())
    assert linked.links["assigned"].sum() >= 0.95 * plain.links["assigned"].sum() > 0
