"""Reviews as they are told: ids and levels in lists; both sides, masked or not, to whoever works on one."""

from kit.auth import Caller
from kit.columns import now
from kit.crypto import KeyRing
from matcher.api.evidence import field_out, levels_out
from matcher.api.schemas_reviews import (
    ComparisonOut,
    HousemateOut,
    ReadingOut,
    ReasonOut,
    RevealedComparisonOut,
    ReviewCandidateOut,
    ReviewDetailOut,
    ReviewOut,
    SideDifferenceOut,
)
from matcher.flows.decide_review import OVERSEES
from matcher.flows.show_review import Background, Comparison, comparisons
from matcher.reviews.readings import comment_of
from matcher.reviews.rule import ADJUDICATION
from matcher.reviews.tables import Doubt, Reading

READING = "reading"  # a first reading or a second one: who reads must not know which


def review_out(doubt: Doubt) -> ReviewOut:
    """A review as it is listed."""
    likeliest = doubt.candidates[0]
    return ReviewOut(
        review_id=doubt.id,
        version=doubt.version,
        kind=doubt.kind,
        state=doubt.state,
        stage=ADJUDICATION if doubt.stage == ADJUDICATION else READING,
        closed_reason=doubt.closed_reason,
        record=f"{doubt.batch_id}:{doubt.line}",
        records=doubt.places,
        feed=doubt.feed,
        area=doubt.area,
        subject_id=doubt.subject_id,
        registered=doubt.registered,
        grade=doubt.grade,
        reason=doubt.reason,
        candidate_id=likeliest["person_id"],
        probability=doubt.probability,
        levels=levels_out(likeliest["pattern"]),
        model_version=likeliest["model_version"],
        candidates=[ReviewCandidateOut(**one, levels=levels_out(one["pattern"])) for one in doubt.candidates],
        value=doubt.value,
        why=[ReasonOut(**one) for one in doubt.why],
        claimed=doubt.leased_until is not None and doubt.leased_until >= now(),
        not_before=doubt.not_before,
        made_at=doubt.made_at,
        changed_at=doubt.changed_at,
    )


def detail_out(ring: KeyRing, caller: Caller, doubt: Doubt, said: list[Reading], around: Background) -> ReviewDetailOut:
    """A review with both sides, masked, what is known around them, and the answers that may be shown."""
    overseen = OVERSEES in caller.scopes
    return ReviewDetailOut(
        **review_out(doubt).model_dump(),
        source=around.origin and around.origin.title,
        told_on=around.origin and around.origin.told_on,
        comparisons=[_comparison(doubt, one, around) for one in comparisons(ring, doubt, masked=True)],
        held_until=doubt.leased_until if doubt.leased_by == caller.client_id else None,
        readings=[_reading(ring, caller, one, named=overseen) for one in said],
    )


def revealed_out(doubt: Doubt, comparison: Comparison) -> RevealedComparisonOut:
    """The record beside one candidate in the clear."""
    return RevealedComparisonOut(person_id=comparison.person_id, differences=_differences(doubt, comparison))


def _comparison(doubt: Doubt, comparison: Comparison, around: Background) -> ComparisonOut:
    """The record beside one candidate, with all that speaks for and against."""
    person_id = comparison.person_id
    weighed = around.evidence.get(person_id)
    return ComparisonOut(
        person_id=person_id,
        differences=_differences(doubt, comparison),
        prior=weighed and weighed.prior,
        evidence=[field_out(part) for part in weighed.fields] if weighed else [],
        household=[HousemateOut.model_validate(one) for one in around.households.get(person_id, ())],
    )


def _differences(doubt: Doubt, comparison: Comparison) -> list[SideDifferenceOut]:
    """Each field with how linkage took it."""
    patterns = {one["person_id"]: one["pattern"] for one in doubt.candidates}
    levels = levels_out(patterns[comparison.person_id]) or {}
    return [
        SideDifferenceOut(
            field=one.field,
            title=one.title,
            record=one.record,
            person=one.person,
            same=one.same,
            record_at=list(one.record_at),
            person_at=list(one.person_at),
            record_as=list(one.record_as),
            person_as=list(one.person_as),
            placed=one.placed,
            level=levels.get(one.title),
        )
        for one in comparison.differences
    ]


def _reading(ring: KeyRing, caller: Caller, reading: Reading, *, named: bool) -> ReadingOut:
    mine = reading.reviewer == caller.client_id
    return ReadingOut(
        reading_id=reading.id,
        round=reading.round,
        stage=reading.stage,
        verdict=reading.verdict,
        candidate_id=reading.person_id,
        revokes=reading.revokes,
        comment=comment_of(ring, reading),
        mine=mine,
        reviewer=reading.reviewer if named or mine else None,
        seconds=reading.seconds,
        made_at=reading.made_at,
    )
