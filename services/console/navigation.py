"""Which pages there are, in order, and who is shown a way to each. The services judge every call; this only spares
people doors that would not open."""

from collections.abc import Sequence
from dataclasses import dataclass

from console.session import Signed


@dataclass(frozen=True)
class Section:
    """One entry of the menu: where to, what it is called, and the scopes without which it would be refused."""

    path: str
    title: str
    scopes: tuple[str, ...]


SECTIONS = (
    Section("/today", "今日", ("cases:read", "cases:write")),
    Section("/cases", "台账", ("cases:read",)),
    Section("/approvals", "审核", ("cases:approve",)),
    Section("/walk", "走访单", ("cases:write",)),
    Section("/sheets", "表格往返", ("cases:write",)),
    Section("/reviews", "比对复核", ("links:read",)),
    Section("/deliver", "上报", ("feeds:push", "feeds:read", "batches:read")),
    Section("/feeds", "数据源", ("batches:read", "links:read", "statistics:read")),
    Section("/corrections", "更正要求", ("batches:read",)),
    Section("/board", "看板", ("statistics:read",)),
)


def sections_of(signed: Signed) -> Sequence[Section]:
    """What of the menu somebody is shown."""
    return [section for section in SECTIONS if signed.may(*section.scopes)]


def home_of(signed: Signed) -> str:
    """Where somebody begins."""
    return next((section.path for section in sections_of(signed)), "/account")
