"""Who is truly what, as of the reference date: what a list of leads is scored against.

The rules are those of the exports themselves, applied with perfect linkage, so that a perfect linker scores 1.
"""

from collections.abc import Mapping
from datetime import date

import numpy as np
import polars as pl

from doudi.county.circumstances import HIGH_COST, MARGIN, PROGRAMME
from doudi.county.exports import GRADES, Export, Scene
from doudi.county.population import Population
from doudi.county.tables import places

EXPECT_UNCOVERED = "uncovered-at-risk"
EXPECT_DEAD = "covered-but-dead"


def truth_rows(exports: list[Export]) -> pl.DataFrame:
    """file, line, person for every row of every export that names persons."""
    return pl.concat([export.truth() for export in exports])


def truth_people(scene: Scene, exports: dict[str, Export]) -> pl.DataFrame:
    """One row per person who is covered or stands in a list of the disabled, ill, dead or monitored.

    Columns: person, id_number, name, township (9 digits), covered, programme, severe_disability, serious_illness,
    monitored, dead (0 or 1), expected (empty, uncovered-at-risk or covered-but-dead).
    """
    people, life = scene.people, scene.life
    count = len(people)
    rural, health = exports["rural.xlsx"], exports["health.csv"]
    ill = _marked(count, health.person[(health.rows["个人自付"] >= HIGH_COST).to_numpy()])
    watched = (rural.rows["监测对象类别"] != "") & (rural.rows["风险是否消除"] == "否")
    monitored = _marked(count, rural.person[watched.to_numpy()])
    dead = life.died != ""
    listed = life.covered | monitored | dead | (life.card_class > 0) | ~np.isnan(life.cost)
    at_risk = (life.severe | ill | monitored) & ~life.covered & ~dead
    programme = np.where(life.covered, np.array(PROGRAMME)[life.household_kind[people.household]], "")
    return pl.DataFrame(
        {
            "person": np.arange(count) + 1,
            "id_number": people.number,
            "name": people.name,
            "township": places().township_codes[people.village],
            "covered": life.covered.astype(np.int64),
            "programme": programme,
            "severe_disability": life.severe.astype(np.int64),
            "serious_illness": ill.astype(np.int64),
            "monitored": monitored.astype(np.int64),
            "dead": dead.astype(np.int64),
            "expected": np.select([at_risk, life.covered & dead], [EXPECT_UNCOVERED, EXPECT_DEAD], ""),
        }
    ).filter(pl.Series(listed))


IDENTITY = ("person", "id_number", "name", "township")
COVERING = sorted({name for name in PROGRAMME if name} - {PROGRAMME[MARGIN]})


def said_by_rows(files: Mapping[str, Export], as_of: date) -> pl.DataFrame:
    """What the rows of a county say of each person they are about, as of the first day of a month.

    Columns: person (1 …), covered, severe, ill, monitored, dead (booleans), programme (empty where not covered).
    """
    month = as_of.strftime("%Y%m")
    ended = (pl.col("停保年月") != "") & (pl.col("停保年月") < month)
    covered = pl.col("救助类别").is_in(COVERING) & (pl.col("起保年月") <= month) & ~ended
    grade = pl.col("残疾等级").replace_strict(
        {**{name: at + 1 for at, name in enumerate(GRADES)}, **{str(at + 1): at + 1 for at in range(len(GRADES))}},
        default=None,
    )
    grave = (grade <= 2) | ((grade == 3) & pl.col("残疾类别").is_in(["智力", "精神"]))
    says = {
        "registry.xlsx": [covered.alias("covered"), pl.when(covered).then("救助类别").alias("programme")],
        "disability.xlsx": [(grave & (pl.col("状态") == "有效")).alias("severe")],
        "health.csv": [(pl.col("个人自付").cast(pl.Float64) >= HIGH_COST).alias("ill")],
        "deaths.csv": [pl.lit(True).alias("dead")],
        "rural.xlsx": [((pl.col("监测对象类别") != "") & (pl.col("风险是否消除") == "否")).alias("monitored")],
    }
    parts = [
        files[name].rows.select(pl.Series("person", files[name].person + 1), pl.lit(name).alias("file"), *said)
        for name, said in says.items()
    ]
    return (
        pl.concat(parts, how="diagonal")
        .filter((pl.col("file") != "rural.xlsx") | pl.col("monitored"))
        .filter((pl.col("file") != "registry.xlsx") | pl.col("covered"))
        .group_by("person")
        .agg(
            *(pl.col(name).fill_null(False).any() for name in ("covered", "severe", "ill", "monitored", "dead")),
            pl.col("programme").drop_nulls().first().fill_null(""),
        )
        .sort("person")
    )


def truth_from_rows(people: Population, files: Mapping[str, Export], as_of: date, before: pl.DataFrame) -> pl.DataFrame:
    """The table of `truth_people` for another month: who everybody is from the population, what is so from the rows.

    `before` is the month before's, for people somebody put into its files by hand. Raises ValueError for a row of
    a person of whom nobody knows.
    """
    invented = pl.DataFrame(
        {
            "person": np.arange(len(people)) + 1,
            "id_number": people.number,
            "name": people.name,
            "township": places().township_codes[people.village],
        }
    )
    by_hand = before.select(pl.col("person").cast(pl.Int64), *IDENTITY[1:]).filter(pl.col("person") > len(people))
    said = said_by_rows(files, as_of).join(pl.concat([invented, by_hand]), on="person", how="left")
    if said["name"].null_count():
        raise ValueError(f"{said['name'].null_count()} persons of truth_rows.csv are in no truth_people.csv")
    risk = (pl.col("severe") | pl.col("ill") | pl.col("monitored")) & ~pl.col("covered") & ~pl.col("dead")
    expected = (
        pl.when(risk)
        .then(pl.lit(EXPECT_UNCOVERED))
        .when(pl.col("covered") & pl.col("dead"))
        .then(pl.lit(EXPECT_DEAD))
        .otherwise(pl.lit(""))
    )
    flags = {"covered": "covered", "severe": "severe_disability", "ill": "serious_illness", "monitored": "monitored",
             "dead": "dead"}  # fmt: skip
    told = said.select(*IDENTITY, *(pl.col(name).cast(pl.Int64).alias(title) for name, title in flags.items()),
                       "programme", expected=expected)  # fmt: skip
    order = [*IDENTITY, "covered", "programme", *list(flags.values())[1:], "expected"]
    return told.select(order).sort("person")


def _marked(count: int, who: np.ndarray) -> np.ndarray:
    flags = np.zeros(count, dtype=bool)
    flags[who] = True
    return flags
