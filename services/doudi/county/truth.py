"""Who is truly what, as of the reference date: what a list of leads is scored against.

The rules are those of the exports themselves, applied with perfect linkage, so that a perfect linker scores 1.
"""

import numpy as np
import polars as pl

from doudi.county.circumstances import HIGH_COST, PROGRAMME
from doudi.county.exports import Export, Scene
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


def _marked(count: int, who: np.ndarray) -> np.ndarray:
    flags = np.zeros(count, dtype=bool)
    flags[who] = True
    return flags
