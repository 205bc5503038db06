"""Each kind of column made comparable; what says nothing is null."""

import polars as pl
import pytest

from matcher.linkage.general.clean import RULES, clean, plain
from matcher.linkage.general.headers import read
from matcher.linkage.general.model import GeneralModel


@pytest.mark.parametrize(
    ("kind", "sent", "means"),
    [
        ("name", "Dr. O'Brien-Smith", "obrien smith"),
        ("name", "Müller", "muller"),
        ("name", "Sir", "sir"),
        ("name", "-", None),
        ("name", "N/A", None),
        ("full-name", "Smith, John Paul", "john paul smith"),
        ("code", "QQ 12 34 56 C", "qq123456c"),
        ("code", "0800.0", "800"),
        ("code", "999-99-9999", None),
        ("postcode", "27601-1234", "27601"),
        ("postcode", "SW1A 1AA", "sw1a1aa"),
        ("phone", "+61 2 9999 1234", "299991234"),
        ("phone", "(02) 9999-1234", "299991234"),
        ("phone", "0000000000", None),
        ("email", "A@B.com ", "a@b.com"),
        ("email", "none given", None),
        ("street", "12 Main St.", "12 main street"),
        ("sex", "Female", "f"),
        ("number", "007", "7"),
        ("date", "19800102", "19800102"),
        ("date", "1980-01-02 00:00:00.000", "19800102"),
        ("date", "2.1.80", "19800102"),
        ("date", "27-MAR-60", "19600327"),
        ("date", "Mar 27, 1960", "19600327"),
        ("date", "1980", "19800000"),
        ("date", "1980-05", "19800500"),
        ("date", "yesterday", None),
    ],
)
def test_a_value_means(kind: str, sent: str, means: str | None) -> None:
    assert RULES[kind](plain(pl.Series([sent]))).to_list() == [means]


def test_whether_months_come_first_is_what_the_column_allows() -> None:
    told = RULES["date"](plain(pl.Series(["01/02/1980", "12/31/1980", "10/25/1980"])))
    assert told.to_list() == ["19800102", "19801231", "19801025"]
    told = RULES["date"](plain(pl.Series(["01/02/1980", "31/12/1980"])))
    assert told.to_list() == ["19800201", "19801231"]


def test_parts_of_dates_names_and_addresses_are_put_together() -> None:
    model = GeneralModel.shipped("western")
    sent = pl.DataFrame(
        {
            "Unique ID": ["1", "2"],
            "Full Name": ["Lee, Ann Mary", "Kim"],
            "by": ["1980", None],
            "bm": ["3", "4"],
            "bd": ["9", None],
            "Address": ["12a High St", "Rose Cottage"],
        }
    )
    told = clean(read(sent, model, "file").frame, model).row(0, named=True)
    assert (told["given_name"], told["middle_name"], told["surname"]) == ("ann", "mary", "lee")
    assert (told["birth_date"], told["street_number"], told["street"]) == ("19800309", "12", "high street")
    told = clean(read(sent, model, "file").frame, model).row(1, named=True)
    assert (told["given_name"], told["surname"], told["birth_date"]) == (None, "kim", None)
    assert (told["street_number"], told["street"]) == (None, "rose cottage")
