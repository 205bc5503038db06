"""Invented Western files: families at addresses, each person written twice, the second time with slips."""

import random
from typing import Any

import polars as pl

GIVEN = [
    "william", "mary", "john", "ann", "james", "ruth", "robert", "alice", "thomas", "clara", "george", "edith",
    "henry", "martha", "joseph", "ellen", "samuel", "grace", "peter", "helen", "david", "irene", "philip", "norah",
    "oscar", "vera", "arthur", "hilda", "walter", "mabel", "ernest", "stella", "hugo", "ivy", "leon", "judith",
    "felix", "greta",
]  # fmt: skip
SURNAMES = [
    "harrow", "pendle", "ashby", "thornley", "crowder", "walden", "fenwick", "aldous", "birtles", "cudmore", "danby",
    "eccles", "fallows", "garland", "hinchcliffe", "ingram", "jessop", "kettle", "lomax", "marsden", "neville",
    "ogden", "pickles", "quinlan", "ramsden", "sowerby", "tattersall", "upton", "vickers", "wragg",
]  # fmt: skip
STREETS = [
    "mill lane", "high street", "church road", "orchard close", "station road", "quarry hill", "elm avenue",
    "canal side",
]  # fmt: skip
TOWNS = [
    "aldford", "birkby", "cottam", "denholme", "elland", "farsley", "gildersome", "horsforth", "ilkley", "kippax",
]  # fmt: skip


def people(count: int, seed: int) -> list[dict[str, str | None]]:
    """Persons in households of one to four, under the shipped model's own column names."""
    draw, found = random.Random(seed), []
    while len(found) < count:
        home = {
            "surname": draw.choice(SURNAMES),
            "street": f"{draw.randrange(1, 120)} {draw.choice(STREETS)}",
            "suburb": draw.choice(TOWNS),
        }
        home["postcode"] = str(3000 + TOWNS.index(home["suburb"]))
        for _ in range(draw.randrange(1, 5)):
            born = f"{draw.randrange(1930, 2010)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}"
            found.append({"given_name": draw.choice(GIVEN), **home, "birth_date": born})
    return found[:count]


def slip(person: dict[str, str | None], draw: random.Random) -> dict[str, str | None]:
    """The same person as another clerk wrote it: now and then a letter wrong, a value missing."""
    told = dict(person)
    for name, value in person.items():
        chance = draw.random()
        if value and chance < 0.06 and name != "birth_date":
            place = draw.randrange(len(value))
            told[name] = value[:place] + draw.choice("aeiorst") + value[place + 1 :]
        elif chance > 0.97:
            told[name] = None
    return told


def frame(rows: list[dict[str, Any]], prefix: str) -> pl.DataFrame:
    """Rows with ids that say who they are: `prefix` and the row's place."""
    return pl.DataFrame([{"id": f"{prefix}{place}", **row} for place, row in enumerate(rows)])


def two_files(count: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The same people in both files, in the same order: p7 is r7."""
    known, draw = people(count, seed), random.Random(seed + 1)
    return frame(known, "p"), frame([slip(person, draw) for person in known], "r")
