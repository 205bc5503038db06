"""Who is in 低保 by a campaign's rule that waived the check of means, as facts the screens read.

Nothing is stored: the rule stands in an approved profile and what was granted under it in the registry's coverage, so
the fact is what both say together and follows whatever is corrected there.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

from matcher.frames import FACT, conform, empty
from matcher.screens.columns.known import on_day
from matcher.screens.columns.settings import DIBAO_PROGRAMMES, EXEMPT_FORMS
from matcher.screens.in_force import origins
from matcher.screens.parameters import Profile, prefix_of

CAMPAIGN = "campaign"  # stands where a feed would


def exempt_facts(persons: pl.DataFrame, covered: pl.DataFrame, approved: Sequence[Profile], day: date) -> pl.DataFrame:
    """FACT: whose support that runs on the day began on one of a campaign's days, in its area, by its forms.

    `persons` PERSON, `covered` COVERAGE. A support that ended since and was granted anew is another one.
    """
    begun = [one for one in approved if one["exempt"] and one["valid_from"] <= day.isoformat()]
    if not begun:
        return empty(FACT)
    running = on_day(covered, day).join(persons.select("subject_id", "area"), on="subject_id")
    return pl.concat(_under(running, one, approved) for one in begun)


def _under(running: pl.DataFrame, profile: Profile, approved: Iterable[Profile]) -> pl.DataFrame:
    first, last = (date.fromisoformat(profile[name]) for name in ("valid_from", "valid_to"))
    told = origins(profile["area"], last, approved)
    forms, programmes = told[EXEMPT_FORMS.name].value, told[DIBAO_PROGRAMMES.name].value
    granted = running.filter(
        pl.col("area").str.starts_with(prefix_of(profile["area"]))
        & pl.col("start").is_between(first, last)
        & pl.col("programme").is_in(list(programmes))
        & pl.col("form").fill_null("household").is_in(list(forms))
    )
    facts = granted.select(
        "subject_id",
        kind=pl.lit("exempt"),
        text=pl.lit(profile["campaign"]),
        valid_from="start",
        valid_to=pl.lit(last),
        feed=pl.lit(CAMPAIGN),
        batch_id=pl.lit(profile["profile_id"]),
        line=pl.lit(0),
        grade=pl.lit("certain"),
    )
    return conform(facts, FACT)
