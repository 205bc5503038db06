"""How far a delivery under way is, in words of an office: its step, rows where the matcher counts them, how long it has
been at it, and what to do where that is long."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from console.batch_words import Batch
from kit.columns import now

TOLD_AFTER, LONG_AFTER = timedelta(minutes=1), timedelta(minutes=15)  # of one step
SAFE_HERE = "文件已经收好，不会丢，不用重传，可以关掉本页以后再看。"
_SAID = {
    "sealed": "文件已收到，等待校验",
    "validating": "正在读文件，读完才知道有多少行",
    "committed": "已校验 {total} 行，等待关联",
    "linking": "正在与登记库关联，共 {total} 行；各行一起算，算完才有数",
    "linked": "已关联 {total} 行，等待筛查",
    "screened": "已关联、筛查 {total} 行，等待下发",
}
_COUNTED = "正在校验，已读 {done} 行，共 {total} 行"


@dataclass(frozen=True)
class UnderWay:
    """`done` of `total` rows of the step, where they are counted as it goes (else None); the step in words, how long it
    has been at it, and what is to be known."""

    text: str
    done: int | None
    total: int | None
    notes: tuple[str, ...]

    @property
    def percent(self) -> int | None:
        """Of the step's rows, never rounded up to all of them."""
        return None if self.done is None or not self.total else 100 * self.done // self.total


def under_way(batch: Batch) -> UnderWay:
    """Of a delivery that moves."""
    told, state = batch["progress"], batch["state"]
    total, done = told["rows_total"], told["rows_done"]
    counted = state == "validating" and bool(total)
    said = _COUNTED if counted else _SAID[state] if total or state in ("sealed", "validating") else _SAID["sealed"]
    text = said.format(done=f"{done:,}", total=f"{total or 0:,}")
    if counted and told["eta_s"]:
        text += f"，约还要 {_long(timedelta(seconds=told['eta_s']))}"
    return UnderWay(text, done if counted else None, total if counted else None, tuple(_notes(batch)))


def _notes(batch: Batch) -> list[str]:
    at_it = now() - datetime.fromisoformat(batch["changed_at"])
    notes = [f"这一步已有 {_long(at_it)}。"] if at_it >= TOLD_AFTER else []
    if batch["error"]:
        notes.append("前面有一次没有处理成，系统会自动再试。")
    if at_it >= LONG_AFTER and batch["waits_for"] is None:
        notes.append("比平常久：请告诉系统管理员，看比对服务的后台程序是否在运行。")
    return [*notes, SAFE_HERE]


def _long(time: timedelta) -> str:
    seconds = max(1, round(time.total_seconds()))
    if seconds < 60:
        return f"{seconds} 秒"
    minutes = seconds // 60
    return f"{minutes} 分钟" if minutes < 60 else f"{minutes // 60} 小时 {minutes % 60} 分钟"
