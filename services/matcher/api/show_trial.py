"""A trial as its sender sees it."""

from dataclasses import asdict

from matcher.api.schemas_feeds import (
    FeedTrialOut,
    TrialColumnOut,
    TrialMissingOut,
    TrialProposalOut,
    TrialSheetOut,
    TrialWordOut,
)
from matcher.feeds.feed import Feed
from matcher.feeds.trial import ColumnTrial, Trial


def trial_out(feed: Feed, trial: Trial, version: int | None) -> FeedTrialOut:
    """`version`: of the map that was tried; None for a draft."""
    return FeedTrialOut(
        feed=feed.id,
        version=version,
        kind=trial.kind,
        encoding=trial.encoding,
        sheets=[TrialSheetOut(name=one.name, rows=one.rows, **asdict(one.skipped)) for one in trial.sheets],
        sheets_beside=list(trial.beside),
        sheets_hidden=list(trial.hidden),
        columns=[_column(one) for one in trial.columns],
        missing=[
            [TrialMissingOut(column=one.name, title=one.title, headers=list(one.headers)) for one in group]
            for group in trial.missing
        ],
        rows=trial.rows,
        outcomes=None if trial.outcomes is None else dict(trial.outcomes),
        issues=None if trial.issues is None else dict(trial.issues),
    )


def _column(one: ColumnTrial) -> TrialColumnOut:
    agreed = one.column
    return TrialColumnOut(
        sheet=one.sheet,
        header=one.header,
        place=one.place,
        column=agreed.name if agreed else None,
        title=agreed.title if agreed else None,
        kind=agreed.kind if agreed else None,
        unit=one.unit,
        filled=one.seen.filled,
        readable=one.seen.readable if agreed else None,
        unreadable=one.seen.unreadable if agreed else None,
        codes=dict(one.seen.codes),
        unknown_words=[TrialWordOut(text=word.text, cells=word.cells) for word in one.seen.unknown],
        proposals=[
            TrialProposalOut(
                column=like.column.name, title=like.column.title, synonym=like.synonym, likeness=like.likeness
            )
            for like in one.proposals
        ],
    )
