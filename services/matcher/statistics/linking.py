"""How well the agencies' rows were recognised, and what people who looked themselves said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from matcher.statistics.figure import Figures, Measure
from matcher.statistics.quality import share

REASONS = {
    "two-candidates": "两人皆可",
    "sibling": "同户兄弟姐妹",
    "twin": "双胞胎",
    "weak-evidence": "证据不足",
    "borrowed-number": "借用号码",
    "id-name-mismatch": "号码与姓名不符",
    "other-name": "号码相符而姓名不同",
    "possible": "存疑",
}
OTHER = "other"
VERDICTS = ("confirm", "reject")
LABELS = ("match", "no-match")
MEASURES = (
    Measure("feed", "数据源代码", "text"),
    Measure("title", "数据源", "text"),
    Measure("records", "记录数"),
    Measure("certain", "确定"),
    Measure("probable", "较确定"),
    Measure("possible", "存疑未定"),
    Measure("unregistered", "库中无此人"),
    Measure("certain_share", "确定占比", "share"),
    Measure("probable_share", "较确定占比", "share"),
    Measure("possible_share", "存疑未定占比", "share"),
    Measure("unregistered_share", "库中无此人占比", "share"),
    Measure("false_expected", "预计误关联"),
    Measure("false_low", "误关联至少"),
    Measure("false_high", "误关联至多"),
    Measure("missed_expected", "预计漏关联"),
    Measure("missed_low", "漏关联至少"),
    Measure("missed_high", "漏关联至多"),
    Measure("open_reviews", "待复核"),
    *(Measure(f"review_{reason}", f"待复核：{title}") for reason, title in REASONS.items()),
    Measure(f"review_{OTHER}", "待复核：其他"),
    Measure("confirm", "人工确认"),
    Measure("reject", "人工否定"),
    Measure("match", "标签：同一人"),
    Measure("no-match", "标签：不是同一人"),
    Measure("label_other", "标签：其他"),
    Measure("model_versions", "模型版本", "text"),
)
DEFINITION = (
    "现在生效的各批次的全部记录，按数据源。确定、较确定：关联到低收入人口登记库中一人的；"
    "存疑未定：没有关联、但有待复核候选人的；库中无此人：没有关联、也没有候选人的。四项之和等于记录数。"
    "待复核按“记录×候选人”计数。人工确认、否定：核查结果和人工复核对“记录×人员”作出的决定；标签：由此教给模型的例子，不随批次替换而减少。"
    "预计误关联、漏关联：各批次关联时的误差估计，至少和至多为90%区间；合计的区间不是各行之和。"
)
ERRORS = tuple(f"{kind}_{part}" for kind in ("false", "missed") for part in ("expected", "low", "high"))


@dataclass(frozen=True)
class Known:
    """Counts by feed, of batches that count today: nothing about a record."""

    links: pl.DataFrame  # feed, grade, registered, doubted (an open review), model_version, records
    reviews: pl.DataFrame  # feed, reason, reviews
    decisions: pl.DataFrame  # feed, verdict, times
    labels: pl.DataFrame  # feed, verdict, times
    errors: Mapping[str | None, Mapping[str, float]]  # feed (None = all together) → ERRORS of its certificates


def linking(feeds: Mapping[str, str], known: Known) -> Figures:
    """`feeds`: id → title of those with a row each."""
    rows = [_feed(feed, title, known) for feed, title in feeds.items()]
    return Figures(rows, _total(rows, known))


def _feed(feed: str, title: str, known: Known) -> dict[str, Any]:
    links = known.links.filter(pl.col("feed") == feed)
    registered = pl.col("registered")
    kinds = {
        "certain": registered & (pl.col("grade") == "certain"),
        "probable": registered & (pl.col("grade") != "certain"),
        "possible": ~registered & pl.col("doubted"),
        "unregistered": ~registered & ~pl.col("doubted"),
    }
    counts = {name: int(links.filter(chosen)["records"].sum()) for name, chosen in kinds.items()}
    reviews = _counts(known.reviews, feed, "reason", "reviews")
    labels = _counts(known.labels, feed, "verdict", "times")
    decisions = _counts(known.decisions, feed, "verdict", "times")
    return {
        "feed": feed,
        "title": title,
        "records": int(links["records"].sum()),
        **counts,
        **_shares(counts),
        **_errors(known, feed),
        "open_reviews": sum(reviews.values()),
        **{f"review_{reason}": reviews.get(reason, 0) for reason in REASONS},
        f"review_{OTHER}": sum(count for reason, count in reviews.items() if reason not in REASONS),
        **{verdict: decisions.get(verdict, 0) for verdict in VERDICTS},
        **{verdict: labels.get(verdict, 0) for verdict in LABELS},
        "label_other": sum(count for verdict, count in labels.items() if verdict not in LABELS),
        "model_versions": _versions(links),
    }


def _total(rows: Sequence[Mapping[str, Any]], known: Known) -> dict[str, Any]:
    counted = [one.name for one in MEASURES if one.kind == "count" and one.name not in ERRORS]
    total: dict[str, Any] = {name: sum(row[name] for row in rows) for name in counted}
    kinds = {name: total[name] for name in ("certain", "probable", "possible", "unregistered")}
    return {
        **total,
        **_shares(kinds),
        **_errors(known, None),
        "feed": None,
        "title": "合计",
        "model_versions": _versions(known.links),
    }


def _errors(known: Known, feed: str | None) -> dict[str, float | None]:
    told = known.errors.get(feed, {})
    return {name: told.get(name) for name in ERRORS}


def _shares(counts: Mapping[str, int]) -> dict[str, float | None]:
    return {f"{name}_share": share(count, sum(counts.values())) for name, count in counts.items()}


def _counts(frame: pl.DataFrame, feed: str, by: str, of: str) -> dict[str, int]:
    mine = frame.filter(pl.col("feed") == feed).group_by(by).agg(pl.col(of).sum()).sort(by)
    return dict(mine.iter_rows())


def _versions(links: pl.DataFrame) -> str | None:
    return "、".join(links["model_version"].drop_nulls().unique().sort().to_list()) or None
