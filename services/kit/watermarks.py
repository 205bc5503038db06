"""What every export bears: who took it, when, for which purpose, and an id by which the journal finds it again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from kit.auth import Caller
from kit.columns import new_id, now
from kit.reveals import CHINA, REASONS, Reason
from kit.sights import PURPOSES

Shown = Literal["masked", "full"]
Identity = Literal["masked", "own", "sent", "full"]
IDENTITY = {
    "full": "身份信息未遮盖，请妥善保管，用后删除",
    "own": "仅本人签收的事项显示姓名、电话和证件号后四位",
    "sent": "内容与所报表格一致",
    "masked": "身份信息已遮盖",
}


@dataclass(frozen=True)
class Watermark:
    """The mark of one export; `mark_id` is the subject of its entries in the journal."""

    mark_id: str
    holder: str  # the account or client
    purpose: str
    at: datetime
    identity: Identity
    reason: Reason | None = None

    @classmethod
    def of(cls, caller: Caller, identity: Identity = "masked", reason: Reason | None = None) -> "Watermark":
        """A mark for what this caller takes away now."""
        return cls(new_id(), caller.client_id, caller.purpose, now().astimezone(CHINA), identity, reason)

    @property
    def line(self) -> str:
        """As it stands on paper."""
        why = f"（{REASONS[self.reason]}）" if self.reason else ""
        taken = f"导出 {self.at:%Y-%m-%d %H:%M} {self.holder} 用途 {PURPOSES.get(self.purpose, self.purpose)}{why}"
        return f"水印 {self.mark_id} {taken} {IDENTITY[self.identity]}"

    @property
    def told(self) -> dict[str, Any]:
        """As a program reads it."""
        return {
            "id": self.mark_id,
            "holder": self.holder,
            "purpose": self.purpose,
            "reason": self.reason,
            "at": self.at.isoformat(timespec="seconds"),
            "identity": self.identity,
        }
