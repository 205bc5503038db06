"""A register as a workbook: to be filled in, or with its entries, in one layout that is read back as it was written."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from kit.sheets_out import Sheet, Value, book
from registry.registers.declaring import Register, Values
from registry.registers.showing import Eyes, cell, shown
from registry.registers.slots import AREA, DUE, ENTRY, ON, SINCE, VERSION, Slot, slots_of
from registry.registers.store import Content
from registry.registers.tables import RegisterEntry

EMPTY_ROWS = 200  # of a template: so far down the drop-downs reach
NOTES = (
    "黄色列必填。已有登记请保留“登记编号”“登记版本”；改错直接改单元格，情况变化的另填“变更日期”。空单元格不改动原内容；遮盖的内容不改动即保留。",
    "身份证号、电话请保持文本格式；日期填 2021-06-01；金额按元填。应办日期由系统计算。终止登记请在系统中办理。",
)


def template(register: Register) -> bytes:
    """The empty sheet, with drop-downs; every column is text."""
    slots = slots_of(register)
    rows: list[list[Value]] = [[None] * len(slots)] * EMPTY_ROWS
    return _book(register, slots, rows, (f"{register.title}（模板）", *NOTES), None)


def workbook(  # noqa: PLR0913, PLR0917 - the register, what is in it, who looks, what stands above and what is added
    register: Register,
    opened: Sequence[tuple[RegisterEntry, Content]],
    eyes: Eyes,
    head: str,
    mark: str,
    proposed: Sequence[tuple[str, Values]] = (),
) -> bytes:
    """The entries, watermarked; below them rows that are proposed (area and values) and no entries yet."""
    slots = slots_of(register)
    rows = chain(_rows(register, slots, opened, eyes), _proposed(register, slots, proposed, eyes))
    return _book(register, slots, rows, (head, *NOTES), mark)


def _rows(
    register: Register, slots: Sequence[Slot], opened: Iterable[tuple[RegisterEntry, Content]], eyes: Eyes
) -> Iterator[list[Value]]:
    for row, content in opened:
        own: dict[str, Value] = {
            ENTRY: row.entry_id,
            VERSION: row.version,
            AREA: row.area,
            SINCE: row.valid_from,
            DUE: row.due_on,
            ON: None,
        }
        cells = cells_of(register, content.values, eyes)
        yield [cells[slot] if slot.own else own[slot.field] for slot in slots]


def _proposed(
    register: Register, slots: Sequence[Slot], proposed: Iterable[tuple[str, Values]], eyes: Eyes
) -> Iterator[list[Value]]:
    for area, values in proposed:
        cells = cells_of(register, values, eyes)
        yield [cells[slot] if slot.own else area if slot.field == AREA else None for slot in slots]


def cells_of(register: Register, values: Values, eyes: Eyes) -> dict[Slot, Value]:
    """What stands in the register's own columns of an entry for whoever sees with these eyes."""
    told = shown(register, values, eyes)
    fields = {one.name: one for one in register.fields}
    return {slot: cell(fields[slot.field], slot.part, told[slot.field]) for slot in slots_of(register) if slot.own}


def _book(
    register: Register, slots: Sequence[Slot], rows: Iterable[Sequence[Value]], notes: Sequence[str], mark: str | None
) -> bytes:
    sheet = Sheet(register.title, [slot.column for slot in slots], rows, notes)
    return book([sheet], mark)
