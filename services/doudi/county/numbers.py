"""Resident numbers (GB 11643) of a county that was never issued, and the ways clerks get numbers wrong.

Everything carries 640499, so that no number here can be a living person's.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from china.id_numbers import check_digit_column
from doudi.county.tables import Texts

COUNTY = "640499"
STATION_SLOTS = 50  # serial numbers of one sex a police station can give for one day
X_LIKE = ("x", "Ｘ", "×", "*", "ｘ", "χ")  # what a final X turns into in spreadsheets and by input methods

Ints = NDArray[np.int64]


def with_check(body: Texts) -> Texts:
    """17-digit bodies -> 18-character numbers."""
    return np.char.add(body, check_digit_column(pl.Series(body)).to_numpy().astype("U1"))


def serials(rng: np.random.Generator, birth: Texts, sex: Ints, station: Ints) -> Ints:
    """A three-digit serial per person, unique within day and sex; odd for men, even for women.

    A station (township) gives consecutive numbers to whoever registers together, so twins differ in one digit.
    """
    keys = np.char.add(np.char.add(birth, sex.astype("U1")), station.astype("U2"))
    _, group, size = np.unique(keys, return_inverse=True, return_counts=True)
    if size.max() > STATION_SLOTS:
        raise ValueError("too many births of one sex on one day in one township: use fewer people")
    order = np.argsort(group, kind="stable")
    starts = np.concatenate([[0], np.cumsum(size)[:-1]])
    rank = np.empty(len(birth), dtype=np.int64)
    rank[order] = np.arange(len(birth)) - np.repeat(starts, size)
    offset = rng.integers(0, STATION_SLOTS, len(size))[group]
    slot = (offset + rank) % STATION_SLOTS
    return station * 2 * STATION_SLOTS + 2 * slot + np.where(sex == 1, 1, 2)


def numbers(birth: Texts, serial: Ints) -> Texts:
    """Numbers for birth dates as YYYYMMDD and serials 1 to 999."""
    body = np.char.add(np.char.add(COUNTY, birth), np.char.zfill(serial.astype("U3"), 3))
    return with_check(body)


def one_digit_wrong(rng: np.random.Generator, number: str) -> str:
    """Any of the digits typed as another."""
    at = int(rng.integers(0, 17 if number.endswith("X") else 18))
    wrong = (int(number[at]) + int(rng.integers(1, 10))) % 10
    return f"{number[:at]}{wrong}{number[at + 1 :]}"


def neighbours_swapped(rng: np.random.Generator, number: str) -> str:
    """Two different neighbouring digits in each other's place; unchanged where all are alike."""
    last = 16 if number.endswith("X") else 17
    places = [i for i in range(last) if number[i] != number[i + 1]]
    if not places:
        return number
    at = places[int(rng.integers(0, len(places)))]
    return f"{number[:at]}{number[at + 1]}{number[at]}{number[at + 2 :]}"


def fifteen(number: str) -> str:
    """The form before 1999: two-digit year, no check digit."""
    return number[:6] + number[8:17]


def x_written_otherwise(rng: np.random.Generator, number: str) -> str:
    """A final X as small, full-width, multiplication sign or asterisk."""
    return number[:-1] + X_LIKE[int(rng.integers(0, len(X_LIKE)))]
