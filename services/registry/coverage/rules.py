"""What covers whom when: the programmes, and the one definition of "covered on a day".

Covered on D: 低保 (urban, rural, whole household or single person) or 特困 with start ≤ D ≤ end, where `end` is
the last day of the month of 停保年月. 低保边缘, 刚性支出 and temporary aid are no coverage; neither is an ended period.
"""

from datetime import date

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


def covers_on(programme: str, start: date, end: date | None, day: date) -> bool:
    """Whether a period of that programme covers its person on `day`."""
    return programme in COVERING and start <= day and (end is None or day <= end)
