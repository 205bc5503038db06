"""A person, a record, a small village: real identity rows with sound never-issued numbers, every value overridable."""

import polars as pl

from china.id_numbers import check_digit
from matcher.frames import IDENTITY, conform

Row = dict[str, str | None]


def number(birth: str, sequence: int) -> str:
    """A sound number of the never-issued area 640499; an odd sequence is a man's."""
    first = f"640499{birth}{sequence:03d}"
    return first + check_digit(first)


def person(row_id: str = "P1", **changes: str | None) -> Row:
    """Somebody in the registry."""
    row: Row = {
        "id": row_id,
        "name": "杨桂芝",
        "id_number": number("19620506", 142),
        "sex": "女",
        "birth_date": "19620506",
        "ethnic": "回族",
        "division": None,
        "address": "龙泉镇赵家庄村3组15号",
        "phone": "15912345601",
        "household": "H1",
    }
    return {**row, **changes}


def record(row_id: str = "R1", **changes: str | None) -> Row:
    """The same person as an agency would send her."""
    return person(row_id, **{"household": None, **changes})


def frame(*rows: Row) -> pl.DataFrame:
    """IDENTITY rows as the chain takes them."""
    return conform(pl.DataFrame(list(rows), schema=dict(IDENTITY)), IDENTITY)


SURNAMES, GIVEN = "马杨李王陈禹冶兰", "国志建文秀玉海明桂春芳英军平红梅"


def village(size: int = 400) -> list[Row]:
    """People whose names, birthdays and households differ and partly repeat, as they do in one township."""
    rows = []
    for n in range(size):
        year, month, day = 1930 + n * 7 % 85, 1 + n * 5 % 12, 1 + n * 11 % 28
        birth = f"{year}{month:02d}{day:02d}"
        name = SURNAMES[n // 4 % 8] + GIVEN[n * 3 % 16] + GIVEN[(n * 5 + n // 16) % 16]
        sex = n % 2
        home = n // 4
        rows.append(
            person(
                f"P{n:04d}",
                name=name,
                id_number=number(birth, 100 + n % 400 * 2 + sex),
                sex="男" if sex else "女",
                birth_date=birth,
                address=f"龙泉镇{('赵家庄', '刘家湾', '北塬')[home % 3]}村{1 + home % 8}组{home}号",
                phone=f"159{home:04d}{1000 + n}",
                household=f"H{home}",
            )
        )
    return rows
