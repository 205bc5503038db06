"""Text as the agency sent it → values that can be compared. Nothing is lost: what cannot be read becomes missing.

An empty string never becomes a value: every cell that is not plainly clean passes china's rules for what it is and for
"nothing given" (无, 0, -, NULL …); the plainly clean ones are read from their bytes (see `cells`), equal cells once.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from china import dates, id_numbers, phones
from china.addresses import address_parts
from china.text import plain, plain_column
from matcher.frames import IDENTITY, conform
from matcher.linkage import cells
from matcher.linkage.cells import ASK, FEW, NONE, Distinct, Hashes, distinct
from matcher.linkage.places import Places, places_of

Parts: TypeAlias = Any  # a structured array: its items have the names of its columns
WORKERS: Final = 2  # columns cleaned at a time
_SEXES: Final = {"男": 1, "1": 1, "男性": 1, "M": 1, "女": 2, "2": 2, "女性": 2, "F": 2}


@dataclass(frozen=True)
class Cleaned:
    """One side, row for row. Hashes stand for words: −1 = nothing given; dates YYYYMMDD and sexes 0 = none."""

    ids: pl.Series
    names: Distinct  # cells as sent; their letters are laid out once per distinct cell
    numbers: Parts  # cells.NUMBER_PARTS
    upgraded: NDArray[np.bool_]  # the agency sent fifteen digits, so no check digit vouches for them
    birth_stated: NDArray[np.int32]
    sex_stated: NDArray[np.int8]
    ethnic: Hashes
    township: Hashes
    village: Hashes  # its name: rarely the same in two townships, and addresses often leave the township out
    group: Hashes
    house: Hashes
    phone: Hashes
    household: Hashes

    def __len__(self) -> int:
        return len(self.ids)


def clean(frame: pl.DataFrame, areas: pl.DataFrame | None = None) -> Cleaned:
    """An IDENTITY frame, row for row. `areas` (code, name): names of townships and villages by code."""
    raw = conform(frame, IDENTITY)
    found = _each(
        {
            "numbers": lambda: _numbers(raw["id_number"]),
            "names": lambda: distinct(raw["name"]),
            "places": lambda: _places(raw["address"], raw["division"], areas),
            "birth_stated": lambda: _dates(raw["birth_date"]),
            "sex_stated": lambda: _sexes(raw["sex"]),
            "ethnic": lambda: _ethnics(raw["ethnic"]),
            "phone": lambda: _phones(raw["phone"]),
            "household": lambda: _words(raw["household"]),
        },
        len(raw),
    )
    numbers, upgraded = found.pop("numbers")
    places = found.pop("places")._asdict()
    return Cleaned(ids=raw["id"], numbers=numbers, upgraded=upgraded, **places, **found)


def _each(columns: dict[str, Callable[[], Any]], rows: int) -> dict[str, Any]:
    """Every column cleaned, several at a time where that is worth a thread."""
    if rows <= FEW:
        return {name: read() for name, read in columns.items()}
    with ThreadPoolExecutor(WORKERS) as pool:
        running = {name: pool.submit(read) for name, read in columns.items()}
        return {name: one.result() for name, one in running.items()}


def _numbers(column: pl.Series) -> tuple[Parts, NDArray[np.bool_]]:
    found = cells.plain_numbers(column)
    upgraded = np.zeros(len(column), dtype=np.bool_)
    rows = np.flatnonzero(found["ask"])
    if len(rows):
        read = id_numbers.clean_column(column.gather(rows))
        found[rows] = cells.plain_numbers(id_numbers.upgrade_column(read))
        upgraded[rows] = read.str.contains(r"^[0-9]{15}$").fill_null(False).to_numpy()
    found["ask"] = False  # what has another shape even so is no number
    return found, upgraded


def _dates(column: pl.Series) -> NDArray[np.int32]:
    found = cells.plain_dates(column)
    rows = np.flatnonzero(found == ASK)
    if len(rows):
        day = dates.read_column(column.gather(rows))["date"]
        whole = day.dt.year() * 10000 + day.dt.month().cast(pl.Int32) * 100 + day.dt.day()
        found[rows] = whole.fill_null(0).to_numpy()
    return np.maximum(found, 0).astype(np.int32)


def _phones(column: pl.Series) -> Hashes:
    found = cells.plain_phones(column)
    rows = np.flatnonzero(found == ASK)
    if len(rows):
        # A 1 before it, so that the nought of a landline's area code counts.
        read = phones.clean_column(column.gather(rows))
        lead = pl.select(pl.when(read.str.starts_with("0")).then("1" + read).otherwise(read)).to_series()
        found[rows] = lead.cast(pl.Int64).fill_null(NONE).to_numpy()
    return found


def _sexes(column: pl.Series) -> NDArray[np.int8]:
    told = distinct(column)
    if len(told.values) <= FEW:
        known = [_SEXES.get(plain(value) or "", 0) for value in told.values.to_list()]
        return told.spread(np.array(known, dtype=np.int8), 0)
    values = plain_column(told.values).replace_strict(_SEXES, default=0, return_dtype=pl.Int8)
    return told.spread(values.fill_null(0).to_numpy(), 0)


def _ethnics(column: pl.Series) -> Hashes:
    told = distinct(column)
    return told.spread(cells.hashes(cells.plain_values(told.values).str.replace("族$", "")), NONE)


def _words(column: pl.Series) -> Hashes:
    """Hashes of cells that are compared for being equal and nothing else."""
    found = cells.plain_hashes(column)
    rows = np.flatnonzero(found == ASK)
    if len(rows):
        told = distinct(column.gather(rows))
        found[rows] = told.spread(cells.hashes(cells.plain_values(told.values)), NONE)
    return found


def _places(addresses: pl.Series, divisions: pl.Series, areas: pl.DataFrame | None) -> Places:
    """Places out of the address text; what it leaves out, out of the division code."""
    found = places_of(addresses)
    if areas is None:
        return found
    division = distinct(divisions)
    town, village = (division.spread(of_code, NONE) for of_code in _named(division.values, areas))
    return found._replace(
        township=np.where(found.township == NONE, town, found.township),
        village=np.where(found.village == NONE, village, found.village),
    )


def _named(codes: pl.Series, areas: pl.DataFrame) -> tuple[Hashes, Hashes]:
    """Hashes of the names of each code's township and village."""
    names = areas.select("code", address_parts(areas["name"]).select("township", "village").to_struct("named"))
    names = names.unnest("named").unique("code", keep="first")
    asked = pl.DataFrame({"code": codes.cast(pl.String).str.pad_end(12, "0")})
    asked = asked.with_columns(town=pl.col("code").str.slice(0, 9) + "000")
    village = asked.join(names, on="code", how="left", maintain_order="left")["village"]
    town = asked.join(names, left_on="town", right_on="code", how="left", maintain_order="left")["township"]
    return cells.hashes(town), cells.hashes(village)
