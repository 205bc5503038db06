"""The words of deliveries cover what the matcher says; what is due follows what was agreed."""

import re
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from console import batch_words
from console.batch_words import due_of, guards_of, open_steps, said_of, steps_of, wrong_with
from console.layouts import KINDS
from console.services import Refused
from console.session import Signed
from matcher.batches.states import FOLLOWS, LINKED, RESTING
from matcher.feeds.feed import Kind
from matcher.flows import guard_batch
from matcher.flows.report_card import OUTCOMES

FIGURES: dict[str, dict[str, Any]] = {
    "rows-unexpected": {"expected": 1200, "rows": 900},
    "supersedes-outdated": {"stated": "a", "present": None},
    "rows-lost": {"rows": 20, "before": 1040},
    "rows-rejected": {"rejected": 2, "rows": 30},
    "extract-older": {"extracted_at": "2021-04-01", "before": "2021-05-01"},
    "identifiers-changed": {"changed": 3, "compared": 40},
    "columns-emptied": {"columns": {"name": {"empty_share": 0.5, "before": 0.0}, "x": {"empty_share": 1, "before": 0}}},
    "match-rate": {"share": 0.2, "before": 0.9},
}


def batch(state: str, **more: Any) -> dict[str, Any]:
    return {"state": state, "agency": "health", "superseded_by": None, "yours": False, "error": None, "refusal": None,
            "extracted_at": None, "created_at": "2021-05-31T16:30:00Z", "held_figures": {}, **more}  # fmt: skip


def somebody(*scopes: str, agency: str = "health") -> Signed:
    return Signed("t", "h", 0, "a", "w", frozenset(scopes), (), "640499000000", agency, "dynamic-monitoring")


def test_every_state_outcome_and_kind_of_cell_has_its_word() -> None:
    assert set(batch_words.STATES) == set(FOLLOWS)
    assert set(FOLLOWS) - set(RESTING) | {"linked", "screened"} == set(batch_words.MOVING)
    assert set(LINKED) == batch_words.COUNTS
    assert [name for name, _ in batch_words.OUTCOMES] == [name for name, _ in OUTCOMES]
    assert set(KINDS) == set(get_args(Kind))
    assert all(len(steps_of(batch(state))) == len(batch_words.STEPS) for state in FOLLOWS)


def test_every_guard_is_told_with_its_figures() -> None:
    written = Path(guard_batch.__file__).read_text("utf-8")
    assert set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', written)) == set(FIGURES)
    said = guards_of(batch("needs_confirmation", held_figures=FIGURES), {"name": "姓名"})
    assert "不再计入" in said[2]
    assert "1,020 人" in said[2]
    assert "姓名（空 0% → 50%）、x（空 0% → 100%）" in said[6]
    assert not [one for one in said if re.search(r"[a-z]{3}", one)], said
    assert guards_of(batch("needs_confirmation", held_figures={"new-one": {}}), {}) == ["new-one。"]


@pytest.mark.parametrize(
    ("told", "standing", "on"),
    [
        ([], "never", None),
        ([{"extracted_at": "2021-03-01"}], "late", date(2021, 5, 31)),
        ([{"extracted_at": "2021-03-02"}], "soon", date(2021, 6, 1)),
        ([{"extracted_at": "2021-03-12"}], "soon", date(2021, 6, 11)),
        ([{"extracted_at": "2021-03-13"}, {"extracted_at": "2021-01-01"}], "fresh", date(2021, 6, 12)),
        ([{}], "fresh", date(2021, 8, 31)),  # half past midnight of the first of June in China
    ],
)
def test_due_is_the_newest_day_and_what_was_agreed(told: list[dict[str, Any]], standing: str, on: date | None) -> None:
    due = due_of(91, [batch("published", **one) for one in told], date(2021, 6, 1))
    assert (due.standing, due.on) == (standing, on)


def test_who_may_try_which_step() -> None:
    sender, county = somebody("feeds:push"), somebody("batches:decide", "links:read", agency="civil-affairs")
    other, reader = somebody("feeds:push", agency="rural"), somebody("links:read", agency="civil-affairs")

    def names(state: str, who: Signed, **more: Any) -> list[str]:
        return [one.name for one in open_steps(batch(state, **more), who)]

    assert names("validated", sender) == ["commit", "cancel"]
    assert names("needs_confirmation", sender) == ["confirm", "cancel"]
    assert names("needs_confirmation", sender, yours=True) == ["cancel"], "another confirms"
    assert names("published", sender, yours=True) == []
    assert names("needs_confirmation", county) == ["confirm"]
    assert names("published", county) == names("published", sender) == ["rollback"]
    assert names("published", sender, superseded_by="x") == []
    assert names("failed", sender) == ["resume", "cancel"]
    assert all(names(state, one) == [] for state in FOLLOWS for one in (other, reader))


def test_what_went_wrong_is_said_without_the_words_of_programs() -> None:
    assert wrong_with(batch("published")) is None
    refusal = {"reason": "encoding", "zh": "文字编码不对。", "en": "x"}
    told = wrong_with(batch("rejected", error="file-unreadable", refusal=refusal))
    assert told == "文件读不出来，没有读入任何内容。文字编码不对。"
    assert "请核对文件" in (wrong_with(batch("rejected", error="something-new")) or "")
    moved = Refused(409, "conflict", "与当前状态冲突：published → cancelled。已生效：撤销请用 rollback")
    assert said_of(moved, batch("published")) == "没有办成：这一批已有变化，现在是“已入库”。请看清后再操作。"
    assert (
        said_of(Refused(409, "conflict", "与当前状态冲突：没有可恢复的上一快照"), batch("published"))
        == "没有可恢复的上一快照"
    )
