"""`doudi evaluate LINKS TRUTH`: precision, recall and F1 of links, overall and by error channel.

A link to the wrong one of two people is both a false link and a missed one, as in the literature on record linkage.
"""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Score:
    """Counts and what follows from them; a ratio over nothing is 1 (nothing was asked, nothing went wrong)."""

    correct: int
    false: int  # links to somebody the record is not
    missed: int  # records of somebody in the list that were not linked to her

    @property
    def errors(self) -> int:
        """False and missed links together."""
        return self.false + self.missed

    @property
    def precision(self) -> float:
        """Share of links that are right."""
        return _ratio(self.correct, self.correct + self.false)

    @property
    def recall(self) -> float:
        """Share of the links there are that were found."""
        return _ratio(self.correct, self.correct + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return _ratio(2 * self.correct, 2 * self.correct + self.errors)


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


@dataclass(frozen=True)
class Evaluation:
    """Scores of one run. `by_channel` is ordered by the number of errors, most first."""

    records: int
    overall: Score
    by_channel: dict[str, Score]

    def table(self) -> pl.DataFrame:
        """One row per channel and one for `all`: channel, correct, false, missed, precision, recall, f1."""
        rows = [("all", self.overall), *self.by_channel.items()]
        return pl.DataFrame(
            [
                {
                    "channel": name,
                    "correct": score.correct,
                    "false": score.false,
                    "missed": score.missed,
                    "precision": score.precision,
                    "recall": score.recall,
                    "f1": score.f1,
                }
                for name, score in rows
            ]
        )


class TwoPeopleForOneRecord(ValueError):
    """LINKS marks more than one person as `assigned` for a record: the command promises at most one."""


def evaluate(links: pl.DataFrame, truth: pl.DataFrame) -> Evaluation:
    """Score assigned links.

    `links`: feed_id (or record_id), person_id, assigned. `truth`: feed_id (unique), person_id (null or "" = nobody),
    and channel if errors are to be told apart. Raises TwoPeopleForOneRecord, and ValueError where a link speaks of a
    record the truth does not know.
    """
    told = _told(links, truth)
    judged = told.with_columns(
        correct=pl.col("linked") == pl.col("true"),
        has_link=pl.col("linked").is_not_null(),
        has_truth=pl.col("true").is_not_null(),
    ).with_columns(
        correct=pl.col("correct").fill_null(False),
        false=pl.col("has_link") & ~pl.col("correct").fill_null(False),
        missed=pl.col("has_truth") & ~pl.col("correct").fill_null(False),
    )
    channels = judged.group_by("channel").agg(pl.col("correct", "false", "missed").sum())
    ordered = channels.sort([pl.col("false") + pl.col("missed"), "channel"], descending=[True, False])
    return Evaluation(
        records=truth.height,
        overall=_score(judged.select(pl.col("correct", "false", "missed").sum()).row(0)),
        by_channel={row[0]: _score(row[1:]) for row in ordered.iter_rows()},
    )


def _score(counts: tuple[int, ...]) -> Score:
    return Score(correct=counts[0], false=counts[1], missed=counts[2])


def _told(links: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Per record of the truth: channel, `true` and `linked` person (null = nobody)."""
    if "record_id" in links.columns and "feed_id" not in links.columns:
        links = links.rename({"record_id": "feed_id"})
    assigned = links.filter(pl.col("assigned")).select("feed_id", linked="person_id")
    if assigned["feed_id"].is_duplicated().any():
        raise TwoPeopleForOneRecord(f"{assigned['feed_id'].is_duplicated().sum()} links share a record")
    unknown = assigned.join(truth, on="feed_id", how="anti").height
    if unknown:
        raise ValueError(f"{unknown} linked records are not in the truth")
    if truth["feed_id"].is_duplicated().any():
        raise ValueError("the truth names a record twice")
    channel = pl.col("channel") if "channel" in truth.columns else pl.lit("none")
    known = truth.select(
        "feed_id",
        channel.fill_null("none").alias("channel"),
        pl.when(pl.col("person_id") != "").then(pl.col("person_id")).alias("true"),
    )
    return known.join(assigned, on="feed_id", how="left")


def crosscheck(links: pl.DataFrame, truth: pl.DataFrame) -> dict[str, float]:
    """precision, recall and f1 of the same links by the recordlinkage package: a second opinion on `evaluate`."""
    import pandas as pd  # noqa: PLC0415 - only recordlinkage needs it
    import recordlinkage as rl  # noqa: PLC0415 - seconds and 167 MB to import: only where somebody asks

    told = _told(links, truth)

    def pairs(column: str) -> object:
        there = told.filter(pl.col(column).is_not_null())
        return pd.MultiIndex.from_arrays([there["feed_id"].to_list(), there[column].to_list()])

    true, linked = pairs("true"), pairs("linked")
    return {
        "precision": float(rl.precision(true, linked)),
        "recall": float(rl.recall(true, linked)),
        "f1": float(rl.fscore(true, linked)),
    }
