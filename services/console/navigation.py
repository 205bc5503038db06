"""Which pages there are, in order, and who is shown a way to each. The services judge every call; this only spares
people doors that would not open."""

from collections.abc import Sequence
from dataclasses import dataclass

from console.session import Signed

WORK, DATA, RUNNING = "工作", "数据", "管理"


@dataclass(frozen=True)
class Section:
    """One entry of the menu: where to, what it is called, the scopes without which it would be refused, and under which
    word it is found where the menu is long."""

    path: str
    title: str
    scopes: tuple[str, ...]
    group: str = WORK


SECTIONS = (
    Section("/today", "今日", ("cases:read", "cases:write")),
    Section("/approvals", "审核", ("cases:approve",)),  # where whoever approves begins
    Section("/cases", "台账", ("cases:read",)),
    Section("/walk", "走访单", ("cases:write",)),
    Section("/sheets", "表格往返", ("cases:write",)),
    Section("/reviews", "比对复核", ("links:read",)),
    Section("/deliver", "上报", ("feeds:push", "feeds:read", "batches:read")),
    Section("/feeds", "数据源", ("batches:read", "links:read", "statistics:read"), DATA),
    Section("/corrections", "更正要求", ("batches:read",)),
    Section("/board", "看板", ("statistics:read",)),
    Section("/people", "查人查户", ("registry:read",), DATA),
    Section("/screens", "筛查规则", ("screens:read",), DATA),
    Section("/standards", "救助标准", ("registry:read",), DATA),
    Section("/payments/doubts", "资金疑点", ("payments:read",), DATA),
    Section("/province", "省平台", ("imports:write", "cases:read"), DATA),
    Section("/snapshots", "月末台账", ("cases:read",), RUNNING),
    Section("/campaigns", "专项行动", ("cases:read",), RUNNING),
    Section("/slips", "协查函", ("cases:read", "registry:read"), RUNNING),
    Section("/accounts", "账号", ("accounts:write",), RUNNING),
    Section("/audit", "审计", ("audit:read",), RUNNING),
)


def sections_of(signed: Signed) -> Sequence[Section]:
    """What of the menu somebody is shown."""
    return [section for section in SECTIONS if signed.may(*section.scopes)]


def menu_of(signed: Signed) -> Sequence[tuple[str, Sequence[Section]]]:
    """The same in groups: what one works with stands open, each of the others under its word."""
    own = sections_of(signed)
    groups = dict.fromkeys((WORK, *(one.group for one in own)))
    return [(name, found) for name in groups if (found := [one for one in own if one.group == name])]


def place_of(here: str) -> str:
    """The path of the entry a page stands under; empty where it stands under none."""
    return max((one.path for one in SECTIONS if f"{here}/".startswith(f"{one.path}/")), key=len, default="")


def home_of(signed: Signed) -> str:
    """Where somebody begins."""
    return next((section.path for section in sections_of(signed)), SECTIONS[0].path)
