"""A register's columns in a sheet: one table for the template, the export and the way back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kit.sheets_out import Column
from registry.intake.headers import Headers
from registry.registers.declaring import Field, Kind, Register
from registry.registers.schemas import ReasonOut, RegisterFieldOut, RegisterOut
from registry.registers.showing import NO, YES

ENTRY, VERSION, AREA, SINCE, ON, DUE = "entry_id", "version", "area", "valid_from", "on", "due_on"


@dataclass(frozen=True)
class Slot:
    """One column: the field (and part of it) it holds, its header and other names of it, how it looks."""

    header: str
    field: str
    part: str | None = None
    also: tuple[str, ...] = ()
    width: float = 14
    choices: tuple[str, ...] = ()
    needed: bool = False
    own: bool = True  # of the register; else of every sheet

    @property
    def column(self) -> Column:
        """As a workbook shows it: text throughout, or Excel would make numbers of numbers and dates of dates."""
        return Column(self.header, self.width, text=True, choices=self.choices, fill=self.needed)


FIRST = (
    Slot("登记编号", ENTRY, also=("登记ID",), width=10, own=False),
    Slot("登记版本", VERSION, width=8, own=False),
    Slot("区划代码", AREA, also=("行政区划代码", "区划"), own=False),
)
LAST = (
    Slot("生效日期", SINCE, also=("登记日期",), width=12, own=False),
    Slot("变更日期", ON, width=12, own=False),
    Slot("应办日期", DUE, width=12, own=False),
)


def slots_of(register: Register) -> list[Slot]:
    """All columns of a register's sheet in their order."""
    return [*FIRST, *(slot for one in register.fields for slot in _slots(one)), *LAST]


def _slots(one: Field) -> Iterator[Slot]:
    also = tuple(one.also)
    if one.kind is Kind.PERSON:
        names = tuple(f"{name}姓名" for name in also)
        numbers = tuple(f"{name}{word}" for name in (one.title, *also) for word in ("身份证号码", "证件号码", "身份证"))
        numbers += tuple(f"{name}身份证号" for name in also)
        yield Slot(f"{one.title}姓名", one.name, "name", (one.title, *also, *names), 12, needed=one.needed)
        yield Slot(f"{one.title}身份证号", one.name, "id_number", numbers, 21, needed=one.needed and one.numbered)
        return
    header = f"{one.title}（元）" if one.kind is Kind.MONEY else one.title
    if one.kind is Kind.MONEY:
        also = (one.title, *also)
    choices = (YES, NO) if one.kind is Kind.YES_NO else tuple(one.choices.values())
    width = 21 if one.kind is Kind.ID_NUMBER else one.width
    yield Slot(header, one.name, None, also, width, choices, one.needed)


def names_of(slots: Sequence[Slot]) -> Headers[Slot]:
    """What the columns are called."""
    return Headers({slot: (slot.header, *slot.also) for slot in slots})


def register_out(register: Register) -> RegisterOut:
    """A register on the wire."""
    headers: dict[str, list[str]] = {}
    for slot in slots_of(register):
        headers.setdefault(slot.field, []).append(slot.header)
    return RegisterOut(
        register_id=register.id,
        title=register.title,
        about=register.about,
        duties=register.duty.split(),
        citation=register.citation,
        fields=[
            RegisterFieldOut(
                name=one.name,
                title=one.title,
                kind=one.kind.value,
                required=one.needed,
                secret=one.secret,
                choices=dict(one.choices),
                headers=headers[one.name],
            )
            for one in register.fields
        ],
        key=list(register.key),
        due_reasons=[ReasonOut(code=one.code, text=one.text) for one in register.due_reasons],
        scope=register.scope,
    )
