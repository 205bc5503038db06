"""The requests to correct rows (校核申请) as a workbook: what to check, where it stands, and columns to answer in."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from kit.sheets_out import Column, Sheet, write_sheets
from matcher.batches.tables import Batch
from matcher.feeds.places import place_of
from matcher.flows.answer_corrections import ANSWERS_ZH, DONE, MOST_ROWS, NUMBER, REMARK, RESULT
from matcher.flows.ask_corrections import Correction, Office
from matcher.sealed import FileMissing

COLUMNS = (
    Column(NUMBER, 38),
    Column("数据源", 20),
    Column("批次", 38),
    Column("所在行", 16),
    Column("本单位行号", 18),
    Column("问题", 16),
    Column("请核对", 48),
    Column("涉及栏目", 22),
    Column("发现日期", 12),
    Column("答复期限", 12),
    Column("是否超期", 9),
    Column(RESULT, 18, choices=tuple(ANSWERS_ZH.values()), fill=True),
    Column(REMARK, 36, fill=True),
    Column(DONE, 16, choices=("是", "否"), fill=True),
)
NOTES = (
    "校核申请表（政务数据共享条例 第二十六条）：请在答复期限前核实，填写右侧三列后原样发回，勿改“编号”列。",
    "“核实无误”“无法核实”须在说明里写明依据；说明中不要写姓名和号码。",
)


def corrections_workbook(office: Office, found: Sequence[Correction]) -> bytes:
    """The workbook of these requests; nothing in it names a person."""
    out = io.BytesIO()
    notes = [*NOTES, *([f"只列最早的 {MOST_ROWS} 件，答复后再下载其余。"] if len(found) >= MOST_ROWS else [])]
    write_sheets(out, [Sheet("校核申请", COLUMNS, _rows(office, found), notes)])
    return out.getvalue()


def _rows(office: Office, found: Sequence[Correction]) -> Iterator[tuple[str | None, ...]]:
    keys: dict[str, dict[int, str | None]] = {}
    for one in found:
        batch_id, line = one.stands or (one.batch_id, one.line)
        batch = office.session.get_one(Batch, batch_id)
        if batch_id not in keys:
            keys[batch_id] = _keys(office, batch_id)
        understood: dict[str, Any] = batch.reading or {}
        yield (
            one.correction_id,
            one.feed,
            batch_id,
            place_of(line, understood).in_words(),
            keys[batch_id].get(line),
            one.mistake.title,
            one.mistake.request,
            "、".join(one.fields),
            one.found_on.isoformat(),
            one.due_on.isoformat(),
            "超期" if one.overdue else None,
            None,
            None,
            None,
        )


def _keys(office: Office, batch_id: str) -> dict[int, str | None]:
    """Line → the sender's own key of the row, while the rows are kept."""
    try:
        rows = office.files.rows(batch_id)
    except FileMissing:
        return {}
    return dict(rows.filter(pl.col("row_key").is_not_null()).select("line", "row_key").iter_rows())
