"""The columns of the list a township fills in and sends back: one table for both directions.

Headers are found by name, in any order; what stands between the numbers on the left and the yellow columns is for the
eye only and never read back.
"""

from dataclasses import dataclass

from kit.sheets_out import Column
from registry.intake.headers import Headers
from registry.ledger.outcome_codes import OUTCOMES

MOST_ROWS = 5_000
TITLE = "核查清单"

RESULTS = tuple(f"{one.code} {one.title}" for one in OUTCOMES.values())
HOW = {"入户": "visit", "电话": "phone", "村级": "village", "比对": "comparison"}
FORMS = {"整户保": "household", "单人保": "single", "集中供养": "institution", "分散供养": "home"}
REASONS = {"收入": "income", "财产": "property", "赡养人": "supporters", "其他": "other"}


@dataclass(frozen=True)
class ListColumn:
    """A column: what it is called, which field it is, and how it looks."""

    header: str
    field: str
    width: float = 12
    text: bool = True  # also where Excel would make a number or a date of what somebody types
    choices: tuple[str, ...] = ()
    also: tuple[str, ...] = ()  # other names townships give it


KEYS = (
    ListColumn("事项编号", "case_id", 10),
    ListColumn("线索编号", "lead_id", 10),
    ListColumn("对象编号", "item_id", 10),
)
SHOWN = (
    ListColumn("村（社区）", "village", 14),
    ListColumn("类别", "kind", 10),
    ListColumn("状态", "state", 9),
    ListColumn("等级", "tier", 9),
    ListColumn("户主", "head", 10),
    ListColumn("姓名", "shown_name", 10),
    ListColumn("身份证号", "shown_number", 21),
    ListColumn("电话", "phone", 14),
    ListColumn("住址", "address", 24),
    ListColumn("原因", "reasons", 50),
    ListColumn("办理期限", "due", 11, text=False),
    ListColumn("是否逾期", "overdue", 9),
    ListColumn("候选人员", "candidates", 18),
    ListColumn("已报结果", "reported", 16),
)
ACCEPTANCE = (
    ListColumn("责任单位", "responsible_unit", 16),
    ListColumn("责任人", "responsible_person", 10),
    ListColumn("措施", "measure", 16, also=("整改措施", "核查措施")),
)
RESULT = (
    ListColumn("核查结果", "code", 18, choices=RESULTS, also=("结果代码",)),
    ListColumn("核查方式", "how", 10, choices=tuple(HOW)),
    ListColumn("核查日期", "visited_on", 12, text=False, also=("入户日期",)),
    ListColumn("核查人", "visited_by", 10, also=("核查员",)),
    ListColumn("保障方式", "form", 10, choices=tuple(FORMS)),
    ListColumn("不符合原因", "reason", 11, choices=tuple(REASONS)),
    ListColumn("转介单位", "refer_to", 14),
    ListColumn("死亡日期", "died_on", 12, text=False),
    ListColumn("重复线索编号", "duplicate_of", 14),
    ListColumn("是哪一位(候选)", "person_id", 14, also=("是哪一位",)),
    ListColumn("补充姓名", "name", 10),
    ListColumn("补充身份证号", "id_number", 21),
    ListColumn("停发年月", "stop_from", 10),
    ListColumn("涉及年月", "paid_month", 10, also=("发放年月",)),
    ListColumn("多发金额(元)", "overpaid_fen", 12, text=False, also=("多发金额", "涉及金额")),
    ListColumn("追回金额(元)", "recovered_fen", 12, text=False, also=("追回金额",)),
    ListColumn("再访日期", "revisit_on", 12, text=False),
    ListColumn("录入日期", "entered_on", 12, text=False),
    ListColumn("录入编号", "entry_number", 16),
    ListColumn("备注", "note", 24),
)
COLUMNS = (*KEYS, *SHOWN, *ACCEPTANCE, *RESULT)
READ = (*KEYS, *ACCEPTANCE, *RESULT)
HEADER_OF = {one.field: one.header for one in READ}
NAMES = Headers({one.field: (one.header, *one.also) for one in READ})  # of the columns that are read


def sheet_columns() -> tuple[Column, ...]:
    """The columns as a workbook shows them; those to be filled in are marked."""
    return tuple(
        Column(one.header, one.width, one.text, one.choices, fill=one in ACCEPTANCE or one in RESULT) for one in COLUMNS
    )
