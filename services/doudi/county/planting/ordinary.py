"""What the other feeds and registers say of the county's own people: that all is as it should be.

A list that names nobody but planted cases would make a case of everybody else: who is not on it lacks something.
"""

from collections.abc import Iterator
from datetime import date

import numpy as np

from doudi.county.circumstances import SINGLE, TEKUN_HOME, TEKUN_INSTITUTION, WHOLE, Circumstances
from doudi.county.planting.bed import Bed, Sown
from doudi.county.planting.care import agreement, assessment, subsidy
from doudi.county.population import Flags, Population

CARE_GRADE = 2  # 一级、二级: the care subsidy


def plant(bed: Bed, life: Circumstances) -> None:
    """Subsidies to those they are for, agreements and assessments of the 特困, and the police's word on the covered."""
    people = bed.people
    kind = life.household_kind[people.household]
    alive = life.died == ""
    tekun = np.isin(kind, (TEKUN_INSTITUTION, TEKUN_HOME))
    held = alive & (life.card_status == "有效") & ~tekun
    for one in _those(people, held & life.covered & np.isin(kind, (WHOLE, SINGLE))):
        subsidy(bed, one, "困难残疾人生活补贴")
    for one in _those(people, held & (life.card_grade <= CARE_GRADE)):
        subsidy(bed, one, "重度残疾人护理补贴")
    for one in _those(people, alive & tekun):
        assessment(bed, one, "2021-03-01")
    for one in _those(people, alive & (kind == TEKUN_HOME)):
        agreement(bed, one)
    for one in _those(people, alive & life.covered):
        bed.named("police.csv", one, 户籍状态="在册", 查询日期="2021-05-20")


def _those(people: Population, which: Flags) -> Iterator[Sown]:
    """People of the county as the planted are: by their true name and number."""
    for at in np.flatnonzero(which):
        born = str(people.birth[at])
        yield Sown(
            int(at),
            str(people.name[at]),
            str(people.number[at]),
            int(people.sex[at]),
            date(int(born[:4]), int(born[4:6]), int(born[6:])),
            int(people.village[at]),
            0,
        )
