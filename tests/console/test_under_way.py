"""What is said of a delivery under way: rows where they are counted, and no figure where none is known."""

from datetime import timedelta
from typing import Any

import pytest

from console.batch_words import MOVING
from console.under_way import under_way
from kit.columns import now

MINUTE = timedelta(minutes=1)


def moving(state: str, since: timedelta = timedelta(0), **more: Any) -> dict[str, Any]:
    progress = {"rows_total": None, "rows_done": 0, "rate": None, "eta_s": None, **more.pop("progress", {})}
    changed = (now() - since).isoformat()
    return {"state": state, "changed_at": changed, "error": None, "waits_for": None, "progress": progress, **more}


def test_rows_are_told_while_they_are_counted() -> None:
    told = under_way(moving("validating", progress={"rows_total": 60_000, "rows_done": 22_499, "eta_s": 75.4}))
    assert told.text == "正在校验，已读 22,499 行，共 60,000 行，约还要 1 分钟"
    assert (told.done, told.total, told.percent) == (22_499, 60_000, 37)
    almost = under_way(moving("validating", progress={"rows_total": 1000, "rows_done": 999}))
    assert almost.percent == 99, "not all before all is done"


@pytest.mark.parametrize("state", sorted(MOVING))
@pytest.mark.parametrize("total", [None, 60_000])
def test_no_share_is_told_that_is_not_known(state: str, total: int | None) -> None:
    told = under_way(moving(state, progress={"rows_total": total}))
    counted = state == "validating" and total is not None
    assert (told.percent is not None) == counted
    assert told.text
    assert " 0 行，" not in told.text or counted


def test_linking_has_no_rows_as_it_goes() -> None:
    told = under_way(moving("linking", progress={"rows_total": 60_000, "rows_done": 0}))
    assert told.text == "正在与登记库关联，共 60,000 行；各行一起算，算完才有数"
    assert told.percent is None


def test_what_to_do_when_it_stops() -> None:
    fresh = under_way(moving("sealed"))
    assert fresh.notes == ("文件已经收好，不会丢，不用重传，可以关掉本页以后再看。",)
    slow = under_way(moving("linking", 3 * MINUTE, progress={"rows_total": 9}))
    assert slow.notes[0] == "这一步已有 3 分钟。"
    stopped = "".join(under_way(moving("sealed", 200 * MINUTE)).notes)
    assert "这一步已有 3 小时 20 分钟" in stopped
    assert "请告诉系统管理员" in stopped
    queued = "".join(under_way(moving("sealed", 200 * MINUTE, waits_for="another")).notes)
    assert "系统管理员" not in queued, "it waits for the one before it"


def test_a_try_that_failed_is_told() -> None:
    notes = "".join(under_way(moving("validating", error="storage-full")).notes)
    assert "系统会自动再试" in notes
    assert "storage" not in notes
