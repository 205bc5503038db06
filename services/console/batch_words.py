"""What a delivery's states, guards and refusals are called in an office, and which steps are open to whom."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from console.services import PRECONDITION, Refused
from console.session import Signed
from console.show import day_in_china, day_text

Batch = Mapping[str, Any]
STATES = {
    "open": "上传未完", "sealed": "已收到，等待校验", "validating": "正在校验", "validated": "已校验，未入库",
    "needs_confirmation": "等待确认，暂不入库", "committed": "校验通过，等待关联", "linking": "正在关联",
    "linked": "已关联，等待筛查", "screened": "已筛查，等待下发", "published": "已入库",
    "unchanged": "重复，未再入库", "rejected": "整份退回，未入库", "cancelled": "已撤回", "expired": "上传已过期",
    "failed": "处理失败", "rolled_back": "已回退",
}  # fmt: skip
MOVING = frozenset({"sealed", "validating", "committed", "linking", "linked", "screened"})
COUNTS = frozenset({"linked", "screened", "published"})
STOPPED = frozenset({"rejected", "cancelled", "expired", "failed", "rolled_back", "unchanged"})
TONES = {
    **dict.fromkeys(MOVING, "going"), **dict.fromkeys(STOPPED, "over"), "published": "done",
    "needs_confirmation": "wait", "validated": "wait", "open": "wait", "rejected": "bad", "failed": "bad",
}  # fmt: skip
STEPS = ("收到", "校验", "关联", "完成")
# How many steps are behind it; of those under way one more is going.
_BEHIND = {
    "open": 0, "sealed": 1, "validating": 1, "validated": 2, "needs_confirmation": 2, "committed": 2, "linking": 2,
    "linked": 3, "screened": 3, "published": 4, "unchanged": 1, "rejected": 1, "cancelled": 1, "expired": 0,
    "failed": 1, "rolled_back": 4,
}  # fmt: skip
OUTCOMES = (
    ("accepted", "已接收"), ("accepted_with_warnings", "已接收，有提示"), ("unchanged", "与已有记录相同"),
    ("duplicate_in_batch", "重复，只计一次"), ("superseded", "被后面的行取代"), ("rejected", "未接收"),
)  # fmt: skip
LOADS = {"snapshot": "全量（这份表是全部人员）", "delta": "增量（只报变化）"}
LINKED = (("certain", "确定"), ("probable", "较确定"), ("possible", "存疑"), ("unregistered", "库中无此人"))
_WRONG = {
    "rows-rejected": "有行未接收，而这份文件选了“有一行错就整份退回”，所以整份没有入库。请按下面的清单改正后重新报送。",
    "feed-columns-wrong": "列与约定不符，没有读入任何内容。请用模板或改正表头后重新报送。",
    "file-unreadable": "文件读不出来，没有读入任何内容。",
}
_GUARDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "rows-unexpected": lambda of: f"填报说有 {of['expected']:,} 行，文件里是 {of['rows']:,} 行，可能没有导出完整。",
    "supersedes-outdated": lambda _: "填报时所指的上一批，已经不是现在生效的那一批。",
    "rows-lost": lambda of: (
        f"行数比上一批少得多：上一批 {of['before']:,} 行，这一批 {of['rows']:,} 行。"
        f"入库后，上一批有、这一批没有的 {of['before'] - of['rows']:,} 人不再计入。"
    ),
    "rows-rejected": lambda of: f"未接收的行太多：{of['rows']:,} 行里有 {of['rejected']:,} 行。",
    "extract-older": lambda of: (
        f"数据截止日 {day_text(of['extracted_at'])}，比上一批的 {day_text(of['before'])} 还早，可能拿错了文件。"
    ),
    "identifiers-changed": lambda of: (
        f"与上一批是同一人而证件号码不同的有 {of['changed']:,} 人（比对了 {of['compared']:,} 人），可能是错行或错列。"
    ),
    "columns-emptied": lambda of: "有的列比上一批空得多：" + "、".join(
        f"{one['title']}（空 {one['before'] * 100:.0f}% → {one['empty_share'] * 100:.0f}%）" for one in of["columns"]
    ) + "。",
    "match-rate": lambda of: (
        f"能与登记库对上的人占 {of['share'] * 100:.0f}%，上一批是 {of['before'] * 100:.0f}%，相差太大。"
    ),
}  # fmt: skip


def state_text(state: str) -> str:
    """A state in words."""
    return STATES.get(state, state)


def steps_of(batch: Batch) -> list[tuple[str, str]]:
    """(step, how it stands): done, going, waits (for somebody), stopped or open."""
    state, behind = batch["state"], _BEHIND.get(batch["state"], 0)
    told = []
    for at, title in enumerate(STEPS):
        standing = "done" if at < behind else "open"
        if at == behind:
            standing = "going" if state in MOVING else "stopped" if state in STOPPED else "waits"
        told.append((title, standing))
    return told


def guards_of(batch: Batch, titles: Mapping[str, str]) -> list[str]:
    """Why it is held, a sentence each. `titles`: our column → what the agency calls it."""
    said = []
    for name, figures in batch["held_figures"].items():
        told = dict(figures)
        if "columns" in told:
            told["columns"] = [{**one, "title": titles.get(own, own)} for own, one in told["columns"].items()]
        said.append(_GUARDS[name](told) if name in _GUARDS else f"{name}。")
    return said


def wrong_with(batch: Batch) -> str | None:
    """Why nothing of it is taken."""
    if batch["state"] not in ("rejected", "failed"):
        return None
    if batch["state"] == "failed":
        return "处理时出错，已停下；文件还在，可以“再试一次”。再失败请联系系统管理员。"
    reason = _WRONG.get(batch["error"] or "", "没有读入任何内容，请核对文件后重新报送。")
    return f"{reason}{batch['refusal']['zh']}" if batch["refusal"] else reason


@dataclass(frozen=True)
class Step:
    """Something that can be done with a delivery: its word in the address, on its button, and whether it is asked
    for once more before it is done."""

    name: str
    title: str
    plain: bool = True


LET_COUNT = "commit"  # as the matcher's address has it
COMMIT, CONFIRM = Step(LET_COUNT, "正式入库", plain=False), Step("confirm", "确认入库", plain=False)
CANCEL, RESUME, ROLLBACK = (
    Step("cancel", "撤回这一批"),
    Step("resume", "再试一次", plain=False),
    Step("rollback", "回退…"),
)


def open_steps(batch: Batch, signed: Signed) -> list[Step]:
    """What may be tried; the matcher judges. `confirm` and `rollback` are another's than who sent it."""
    state, sends = batch["state"], signed.may("feeds:push") and signed.agency == batch["agency"]
    decides = not batch["yours"] and (sends or signed.may("batches:decide", "links:read"))
    own = {"validated": (COMMIT, CANCEL), "needs_confirmation": (CANCEL,), "failed": (RESUME, CANCEL),
           "sealed": (CANCEL,), "open": (CANCEL,)}.get(state, ()) if sends else ()  # fmt: skip
    held = (CONFIRM,) if state == "needs_confirmation" and decides else ()
    back = (ROLLBACK,) if state in COUNTS and batch["superseded_by"] is None and decides else ()
    return [*held, *own, *back]


def said_of(refused: Refused, batch: Batch) -> str:
    """A refused step in words of the office."""
    if refused.code == "confirmer-same":
        return "自己报送的不能由自己确认或回退：请本单位另一账号，或县里的比对负责人来办。"
    if refused.status == PRECONDITION or "→" in refused.detail:
        return f"没有办成：这一批已有变化，现在是“{state_text(batch['state'])}”。请看清后再操作。"
    return refused.detail.removeprefix("与当前状态冲突：")


def day_of(batch: Batch) -> date:
    """The day its data are of: as it was told, else that it came."""
    return day_in_china(batch["extracted_at"] or batch["created_at"])


@dataclass(frozen=True)
class Due:
    """When a feed is to come again, and how that stands: never | late | soon | fresh."""

    on: date | None
    standing: str
    text: str


SOON_DAYS = 10


def due_of(days: int, counting: Sequence[Batch], today: date) -> Due:
    """By the newest of the deliveries that count and the days agreed."""
    if not counting:
        return Due(None, "never", "从未送达")
    on = max(map(day_of, counting)) + timedelta(days=days)
    left = (on - today).days
    if left < 0:
        return Due(on, "late", f"已逾期 {-left} 天")
    if left <= SOON_DAYS:
        return Due(on, "soon", f"还有 {left} 天到期" if left else "今天到期")
    return Due(on, "fresh", "按期")
