"""What a decision is worth: the queue is ordered by what it changes, and says so. Pure."""

import math
from dataclasses import dataclass
from typing import Any

LIST_POINTS = 100.0  # it decides whether somebody is on a list: before everything else
SAMPLE_POINTS = 60.0  # what measures all the others must not wait for ever behind them
RECORD_POINTS, MOST_RECORD_POINTS = 10.0, 40.0
NEAR_POINTS = 20.0
BANDS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)


@dataclass(frozen=True)
class Stake:
    """What hangs on one doubt."""

    leads: int  # open leads of its subject and of its candidates
    records: int  # of the subject it is taken for
    probability: float  # of the likeliest candidate
    threshold: float  # from which a pair would be linked without a human


def value_of(stake: Stake) -> tuple[float, list[dict[str, Any]]]:
    """Points, and why: [{code, points, text}], the weightiest first."""
    parts = []
    if stake.leads:
        text = f"决定{stake.leads}条线索上的人是否在名单上"
        parts.append(("list", LIST_POINTS + RECORD_POINTS * math.log2(stake.leads), text))
    records = min(MOST_RECORD_POINTS, RECORD_POINTS * math.log2(1 + stake.records))
    parts.append(("records", records, f"此人名下有{stake.records}条记录"))
    away = abs(_logit(stake.probability) - _logit(stake.threshold))
    near = f"最可能的候选人概率{stake.probability:.0%}，自动关联的界限是{stake.threshold:.0%}"
    parts.append(("near", NEAR_POINTS / (1 + away), near))
    return _told(parts)


def value_of_sample(grade: str, share: float) -> tuple[float, list[dict[str, Any]]]:
    """A sample's, the same for all: which of them is read first must not hang on what it says."""
    name = {"certain": "确定", "probable": "较确定"}.get(grade, grade)
    return _told([("sample", SAMPLE_POINTS, f"抽查：“{name}”的关联按{share:.2%}抽取，用于检验准确率")])


def band_of(probability: float) -> str:
    """The band of BANDS a probability lies in, as text: `0.40-0.60`."""
    upper = next((edge for edge in BANDS[1:-1] if probability < edge), BANDS[-1])
    lower = BANDS[BANDS.index(upper) - 1]
    return f"{lower:.2f}-{upper:.2f}"


def _logit(probability: float) -> float:
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))


def _told(parts: list[tuple[str, float, str]]) -> tuple[float, list[dict[str, Any]]]:
    ranked = sorted(parts, key=lambda part: -part[1])
    why = [{"code": code, "points": round(points, 2), "text": text} for code, points, text in ranked]
    return round(sum(points for _, points, _ in parts), 2), why
