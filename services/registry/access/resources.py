"""What an agreement can speak of: each resource of both services with its fields, as they stand today.

A version of an agreement keeps the fields it named, one by one: a field that comes into this table later is in no
older version. A test compares the table with what the endpoints answer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kit.agreements import DEPARTMENT, THIRD_PARTY

BOTH = (DEPARTMENT, THIRD_PARTY)


@dataclass(frozen=True)
class Resource:
    """What it is called, its fields by dots, those that come with any (nothing could be told without), and which kinds
    of agency it can be agreed with."""

    zh: str
    fields: tuple[str, ...]
    handles: tuple[str, ...] = ()
    kinds: tuple[str, ...] = (DEPARTMENT,)


def _resource(zh: str, fields: str, handles: str = "", kinds: tuple[str, ...] = (DEPARTMENT,)) -> Resource:
    return Resource(zh, tuple(fields.split()), tuple(handles.split()), kinds)


RESOURCES: dict[str, Resource] = {
    "person": _resource(
        "人员",
        "person_id subject_id survivor_id name id_number sex birth_date ethnic division address phone household_id "
        "household_number relation is_head former.name former.id_number coverage.coverage_id coverage.programme "
        "coverage.form coverage.mode coverage.start coverage.end coverage.household_id coverage.household_size "
        "coverage.covered_count coverage.amount_fen coverage.own_amount_fen coverage.uplift_grounds "
        "coverage.uplift_fen coverage.ground coverage.basis coverage.self_care coverage.phase_out_from "
        "coverage.phase_out_until coverage.end_reason coverage.suspensions.start coverage.suspensions.end "
        "coverage.suspensions.reason coverage.source.import_id coverage.source.line source.import_id "
        "source.line died_on version valid_from valid_to recorded_at superseded_at",
        "person_id",
    ),
    "household": _resource(
        "家庭",
        "household_id kind number area monitored_as members.person_id members.name members.relation members.is_head "
        "members.valid_from members.covered support.programme support.form support.household_size "
        "support.covered_count support.since support.covered support.suspended links.household_id links.kind "
        "links.number links.valid_from",
        "household_id",
    ),
    # `registered`: whether somebody who is not covered is in the registry at all; without it both read alike.
    "coverage-check": _resource(
        "保障核对",
        "index status registered person_id holdings.programme holdings.form holdings.start holdings.end "
        "holdings.status holdings.covers",
        "index",
    ),
    "case": _resource(
        "台账事项",
        "case_id origin title household_key area state state_label tier flag word accept_due_on due_on suspended_until "
        "overdue responsible_unit responsible_person assigned_agency assigned_from assigned_until measure opened_at "
        "accepted_at reported_at closed_at closed_reason reopened version items.item_id items.lead_id "
        "items.lead_version items.kind items.kinds items.state items.standing items.standing_label items.code "
        "items.code_title items.outcome_id items.reported_on items.settled_on items.suppress_until items.closed_reason "
        "items.reopened_reason items.revisit_on items.person_id items.subject_id items.candidates.person_id "
        "items.candidates.name items.name items.id_number items.phone items.address items.tier items.screens "
        "items.reasons items.due_on",
        "case_id version state items.item_id items.kind items.kinds items.standing",
        BOTH,
    ),
    "case-history": _resource(
        "台账经过",
        "case_id events.at events.actor events.action events.action_label events.state_before events.state_after "
        "events.lead_id events.item_id events.outcome_id outcomes.outcome_id outcomes.item_id outcomes.code "
        "outcomes.code_title outcomes.how outcomes.visited_on outcomes.form outcomes.reason outcomes.stop_from "
        "outcomes.paid_month outcomes.overpaid_fen outcomes.recovered_fen outcomes.entered_on outcomes.reported_at "
        "outcomes.reported_by",
        "case_id",
        BOTH,
    ),
    "lead": _resource(
        "线索",
        "lead_id version state suppressed_for suppressed_until registered subject_id household_key household area "
        "residence tier urgency colour due_days grade screens sources doubts.reason doubts.record doubts.other "
        "name id_number phone candidates.person_id candidates.name case_id case_state due_on released_on "
        "changed_at findings.screen findings.screen_version findings.title findings.tier findings.reason "
        "findings.inputs findings.records.record findings.records.feed findings.records.grade "
        "findings.records.probability findings.records.pattern findings.records.reason "
        "findings.records.model_version findings.records.levels findings.records.title findings.records.told_on "
        "findings.since_version findings.until_version findings.made_at members.person_id members.name "
        "members.relation members.is_head members.birth_year members.lead_id members.receives.programme "
        "members.receives.title members.receives.form members.receives.since members.receives.until "
        "members.receives.suspended members.receives.amount_fen agency_insists.correction_id agency_insists.feed "
        "agency_insists.record agency_insists.answered_at",
        "lead_id version",
        BOTH,
    ),
    "lead-identity": _resource(
        "线索身份（未遮盖）", "lead_id version name id_number phone address household", "lead_id version", BOTH
    ),
    "statistics": _resource("统计", "figures"),
}


def resolved(resource: str, wanted: Iterable[str]) -> list[str]:
    """The fields these words stand for today, each by its whole name: `coverage.*` is what coverage has now.

    The handles come with them. Raises KeyError for a word that names no field.
    """
    known = RESOURCES[resource]
    found: set[str] = set()
    for word in wanted:
        named = _named(known.fields, word)
        if not named:
            raise KeyError(word)
        found.update(named)
    return sorted(found | set(known.handles)) if found else []


def _named(fields: Sequence[str], word: str) -> list[str]:
    if word == "*":
        return list(fields)
    if word.endswith(".*"):
        return [field for field in fields if field.startswith(word[:-1])]
    return [field for field in fields if field == word]
