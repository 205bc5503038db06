"""The list of cases as a workbook: households together, a row per person, and the columns a clerk fills in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from china.masks import STAR
from kit.sheets_out import Column, Sheet, Value, book
from kit.tables_in import Table
from registry.ledger.mine import Door
from registry.ledger.outcome_codes import KIND_TITLES, OUTCOMES, OutcomeCode
from registry.ledger.report_sheet import Taken
from registry.ledger.schemas import CaseOut, ItemOut
from registry.ledger.sheet_columns import ACCEPTANCE, COLUMNS, HEADER_OF, MOST_ROWS, NAMES, TITLE, sheet_columns

GUIDE = (
    Column("代码", 8),
    Column("核查结果", 24),
    Column("适用", 18),
    Column("必填列", 30),
    Column("需第二人审核", 14),
    Column("报送之后", 40),
)
AFTER = {
    "settled": "办结",
    "in-progress": "办理中，下次民政数据导入后自动办结",
    "revisit": "待再访",
}
ANSWER = (Column("原行号", 8, text=False), Column("结果", 9), Column("错误", 60))
RESULT_TITLES = {"taken": "已登记", "unchanged": "已登记过", "refused": "未登记"}
# What a column tells, as agreements name it (registry/access/resources.py); one not here is for the house alone.
SAYS = {
    "case_id": "case_id", "lead_id": "items.lead_id", "item_id": "items.item_id", "village": "area",
    "kind": "items.kind", "state": "state_label", "tier": "items.tier", "shown_name": "items.name",
    "shown_number": "items.id_number", "phone": "items.phone", "address": "items.address", "reasons": "items.reasons",
    "due": "due_on", "overdue": "overdue", "candidates": "items.candidates.name", "reported": "items.code",
    "responsible_unit": "responsible_unit", "responsible_person": "responsible_person", "measure": "measure",
}  # fmt: skip
ALWAYS = ("code", "how", "visited_on")
HIDDEN = 14  # characters of a resident number before its last four
EVERY_ROW = "每行必填：核查结果、核查方式、核查日期。"


@dataclass(frozen=True)
class ListHead:
    """What stands above the list: which area, on which day, and its watermark, which says what is to be seen."""

    area_name: str
    day: date
    mark: str

    @property
    def notes(self) -> tuple[str, ...]:
        """The lines above the header: how to fill in, told where it is needed."""
        return (
            f"{self.area_name} 台账核查清单 导出日期 {self.day.isoformat()}",
            f"只填黄色列；只读取填了“核查结果”的行，其余行不作改动。一次最多 {MOST_ROWS} 行。必填列见“填写说明”。",
            "待签收的事项请同时填责任单位、责任人、措施（一户填一行即可），系统先签收再登记结果；已签收的不再改动。",
            "不要改动三个编号列；如需排序，请选中整张表。身份证号请保持文本格式。候选不止一人时，在“是哪一位”填序号或姓名。",
        )


def workbook(
    head: ListHead,
    cases: Iterable[CaseOut],
    villages: Mapping[str, str],
    doors: Mapping[str, Door],
    told: frozenset[str] | None = None,
) -> bytes:
    """The list of these cases (in the order given) with its guide; `villages` names areas by code, `doors` tells of the
    people the caller is to visit, by item.

    `told`: the fields of a case another agency may be told; columns of others stay empty.
    """
    guide = Sheet("填写说明", GUIDE, [_guide(one) for one in OUTCOMES.values()], (EVERY_ROW,))
    columns = frozenset(one.field for one in COLUMNS if told is None or SAYS.get(one.field) in told)
    sheet = Sheet(TITLE, sheet_columns(), _rows(cases, villages, doors, columns), head.notes)
    return _written([sheet, guide], head.mark)


def answer(table: Table, taken: Taken, mark: str) -> bytes:
    """The sender's own rows with what became of each; cells are named as they stood in the file sent.

    It can be corrected and sent back as it is. A number Excel has rounded is left out: as text it would look sound.
    """
    results = {one.line: one for one in taken.results}
    known = {header: name for name, header in NAMES.found(table.headers).items()}
    looks = {one.field: column for one, column in zip(COLUMNS, sheet_columns(), strict=True)}
    columns = [*ANSWER, *(replace(looks[known[h]], header=h) if h in known else Column(h) for h in table.headers)]

    def rows() -> Iterator[list[Value]]:
        for line, *cells in table.frame.iter_rows():
            one = results.get(line)
            lost = {error.cell for error in one.errors if error.code == "number-destroyed"} if one else set()
            kept = [
                None if table.cell(header, line) in lost else cell
                for header, cell in zip(table.headers, cells, strict=True)
            ]
            told = "\n".join(f"{error.cell} {error.detail}" for error in one.errors) if one else None
            yield [line, RESULT_TITLES[one.result] if one else "未填", told, *kept]

    return _written(
        [Sheet(TITLE, columns, rows(), ("错误按所发文件中的单元格列出；改正后可直接用本表重新上报。",))], mark
    )


def _written(sheets: Sequence[Sheet], mark: str) -> bytes:
    return book(sheets, mark)


def _rows(
    cases: Iterable[CaseOut], villages: Mapping[str, str], doors: Mapping[str, Door], columns: frozenset[str]
) -> Iterator[list[Value]]:
    for case in cases:
        village = villages.get(case.area, case.area)
        for item in case.items:
            known = {**_case_values(case), **_item_values(item), **_at_the_door(doors.get(item.item_id))}
            known["village"] = village
            yield [known.get(one.field) if one.field in columns else None for one in COLUMNS]


def _case_values(case: CaseOut) -> dict[str, Value]:
    return {
        "case_id": case.case_id,
        "state": case.state_label,
        "due": case.accept_due_on if case.state == "awaiting-acceptance" else case.due_on,
        "overdue": "是" if case.overdue else "否",
        **{one.field: getattr(case, one.field) for one in ACCEPTANCE},
    }


def _item_values(item: ItemOut) -> dict[str, Value]:
    return {
        "lead_id": item.lead_id,
        "item_id": item.item_id,
        "kind": "、".join(KIND_TITLES[kind] for kind in item.kinds),
        "tier": item.tier,
        "shown_name": item.name,
        "shown_number": item.id_number,
        "phone": item.phone,
        "address": item.address,
        "reasons": "\n".join(item.reasons),
        "candidates": "；".join(f"{number} {one.name or ''}" for number, one in enumerate(item.candidates, start=1)),
        "reported": f"{item.code} {item.code_title}" if item.code else None,
    }


def _at_the_door(door: Door | None) -> dict[str, Value]:
    """Of a person the caller is to visit: in place of what is masked, and only as far."""
    if door is None:
        return {}
    return {
        "shown_name": door.name,
        "shown_number": f"{STAR * HIDDEN}{door.id_last4}" if door.id_last4 else None,
        "phone": door.phone,
        "address": door.group,
        "head": door.head,
    }


def _guide(one: OutcomeCode) -> list[Value]:
    needed = [HEADER_OF[field] for field in one.required if field not in ALWAYS]
    needed += [f"{HEADER_OF[field]}（发放疑点）" for field in one.with_money]
    return [
        one.code,
        one.title,
        "、".join(KIND_TITLES[kind] for kind in one.kinds),
        "、".join(needed) or None,
        "是" if one.second_person else "否",
        AFTER[one.after],
    ]
