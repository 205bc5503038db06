"""Slips as a sheet, a line for each side its reader may see."""

from collections.abc import Iterable, Sequence

from kit.sheets_out import Column, Sheet, Value
from registry.slips.schemas import SlipOut

COLUMNS = (
    Column("文号", 18), Column("状态", 16), Column("发出日期", 12), Column("答复期限", 12), Column("超期", 6),
    Column("县（市、区）", 16), Column("姓名", 10), Column("身份证号", 20), Column("救助类别", 14), Column("起保", 12),
    Column("答复", 16), Column("停发起始月", 12), Column("答复日期", 12), Column("办结日期", 12),
    Column("继续保障的县", 16), Column("停发是否落实", 14),
)  # fmt: skip
_DONE = {True: "已落实", False: "尚未落实", None: None}


def sheet(slips: Iterable[SlipOut], area_name: str) -> Sheet:
    """The list as it is taken along."""
    rows = [row for slip in slips for row in _rows(slip)]
    return Sheet(f"{area_name}协查函", COLUMNS, rows)


def _rows(slip: SlipOut) -> Iterable[Sequence[Value]]:
    for side in slip.sides:
        yield (
            slip.number, slip.state_label, slip.issued_on, slip.due_on, "是" if slip.overdue else None,
            side.county_name, side.name, side.id_number, side.programme_label, side.since, side.answer_label,
            side.stop_from, side.answered_on, slip.settled_on, slip.keeps_name, _DONE[slip.fulfilled],
        )  # fmt: skip
