"""What covers whom when: the programmes, and the one definition of "covered on a day".

Covered on D: 低保 (urban, rural, whole household or single person) or 特困 with start ≤ D ≤ end, where `end` is
the last day of the month of 停保年月. 低保边缘, 刚性支出 and temporary aid are no coverage; neither is an ended period,
nor a day on which payment is suspended (停发): the period goes on and is told, and nobody lives on it.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

# 救助类别 as civil affairs writes it → programme code (layers of 国办发〔2023〕39号;
# forms of 特困 by 社会救助暂行办法 art. 19).
PROGRAMMES = {
    "农村低保": "dibao-rural",
    "农村最低生活保障": "dibao-rural",
    "农低保": "dibao-rural",
    "城市低保": "dibao-urban",
    "城镇低保": "dibao-urban",
    "城市最低生活保障": "dibao-urban",
    "集中供养": "tekun-institution",
    "特困集中供养": "tekun-institution",
    "集中供养特困": "tekun-institution",
    "特困人员集中供养": "tekun-institution",
    "分散供养": "tekun-home",
    "特困分散供养": "tekun-home",
    "分散供养特困": "tekun-home",
    "特困人员分散供养": "tekun-home",
    "低保边缘": "dibao-margin",
    "低保边缘家庭": "dibao-margin",
    "最低生活保障边缘家庭": "dibao-margin",
    "刚性支出": "rigid-expenditure",
    "刚性支出困难家庭": "rigid-expenditure",
    "支出型困难家庭": "rigid-expenditure",
    "临时救助": "temporary-aid",
}
FORMS = {"整户保": "household", "整户": "household", "单人保": "single", "单人": "single", "单人户": "single"}
COVERING = frozenset({"dibao-rural", "dibao-urban", "tekun-institution", "tekun-home"})
# A person holds at most one of these at a time; a later one replaces an earlier one.
EXCLUSIVE = COVERING | {"dibao-margin"}


TITLES = {
    "dibao-rural": "农村低保",
    "dibao-urban": "城市低保",
    "tekun-institution": "特困集中供养",
    "tekun-home": "特困分散供养",
    "dibao-margin": "低保边缘家庭",
    "rigid-expenditure": "刚性支出困难家庭",
    "temporary-aid": "临时救助",
}
# 特困 by itself is told apart by 供养方式; without it people live at home.
TEKUN = ("特困", "特困人员", "特困供养", "特困人员供养", "农村特困", "城市特困")
DIBAO = frozenset({"dibao-rural", "dibao-urban"})
MODES = {"tekun-institution": "institution", "tekun-home": "home"}
Status = Literal["planned", "running", "suspended", "phasing-out", "phase-out-over", "ended"]
Days = tuple[date, date | None]  # both inclusive; None = without end


def covers_on(programme: str, start: date, end: date | None, day: date, paused: Sequence[Days] = ()) -> bool:
    """Whether a period of that programme covers its person on `day`; `paused` are its suspensions."""
    return programme in COVERING and holds((start, end), day) and not any(holds(one, day) for one in paused)


def status_on(days: Days, phasing: Days | None, paused: Sequence[Days], day: date) -> Status:
    """What a period is on a day; `phase-out-over` until somebody ends it."""
    if day < days[0]:
        return "planned"
    if not holds(days, day):
        return "ended"
    if any(holds(one, day) for one in paused):
        return "suspended"
    if phasing is None or day < phasing[0]:
        return "running"
    return "phasing-out" if holds(phasing, day) else "phase-out-over"


def holds(days: Days, day: date) -> bool:
    """Whether the day is one of these."""
    return days[0] <= day and (days[1] is None or day <= days[1])


def meet(one: Days, other: Days) -> bool:
    """Whether two stretches share a day."""
    return one[0] <= (other[1] or date.max) and other[0] <= (one[1] or date.max)
