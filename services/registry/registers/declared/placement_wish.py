"""集中供养意愿: who was asked, who wants to, who was placed (E15)."""

from datetime import date

from registry.registers.declaring import (
    Due,
    Reason,
    Register,
    Terms,
    Values,
    choice,
    date_of,
    day,
    needed_with,
    not_before,
    person,
    text,
)

WISHES = {"institution": "愿意集中供养", "home": "愿意分散供养", "undecided": "未定"}
WAITING = Reason("placement-waiting", "有集中供养意愿尚未安置", "wants a place and has none")


def _waits(values: Values, _: Terms) -> date | None:
    wants = values.get("wish") == "institution" and values.get("placed_on") is None
    return date_of(values, "asked_on") if wants else None


REGISTER = Register(
    id="placement-wish",
    title="特困人员集中供养意愿登记簿",
    about="person",
    duty="E15",
    citation="民办函〔2020〕21号：“有集中供养需求的…全部安排入住机构”",
    fields=(
        person("beneficiary", "特困人员", needed=True, also=("对象",)),
        choice("wish", "供养意愿", WISHES, needed=True, also=("集中供养意愿", "意愿")),
        day("asked_on", "征询日期", needed=True, also=("询问日期",)),
        text("asked_by", "征询人", needed=True, also=("询问人",)),
        day("placed_on", "入住日期", also=("安置日期",)),
        text("institution", "供养机构", also=("机构名称", "敬老院")),
    ),
    key=("beneficiary",),
    subject="beneficiary",
    begins="asked_on",
    renews=True,
    rules=(
        not_before("placed_on", "asked_on", "入住日期早于征询日期", "placed before being asked"),
        needed_with("institution", "placed_on", "已入住的须写明机构", "where somebody was placed"),
    ),
    due=Due(WAITING, _waits),
)
