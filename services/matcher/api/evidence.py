"""How a finding and a link are told to people: levels by name instead of packed numbers."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from matcher.api.schemas import EvidenceOut, FindingOut
from matcher.api.schemas_matching import ChangeOut, ExplanationOut, FieldEvidenceOut, KeyOutcomeOut, RivalOut
from matcher.flows.explain_pair import DESCRIBED
from matcher.flows.name_sources import Origin
from matcher.leads.tables import Finding
from matcher.linkage.explain import FieldEvidence
from matcher.linkage.levels import FIELDS, unpack
from matcher.linkage.telling import tell
from matcher.linkage.why_not import Why
from matcher.screens.catalogue import CATALOGUE

TITLES = {screen.id: screen.title for screen in CATALOGUE}


def levels_out(pattern: int | None) -> dict[str, str] | None:
    """Field → how it agreed, in plain Chinese."""
    if pattern is None:
        return None
    codes = unpack(np.array([pattern], dtype=np.int64))
    return {field.zh: field.levels[int(codes[field.name][0])][1] for field in FIELDS}


def finding_out(finding: Finding, content: Mapping[str, Any], origins: Mapping[str, Origin]) -> FindingOut:
    """One finding with the values it was decided on (`content`, opened) and the rows behind, each with its origin."""
    return FindingOut(
        screen=finding.screen,
        screen_version=finding.screen_version,
        title=TITLES.get(finding.screen),
        tier=finding.tier,
        reason=content["reason"],
        inputs=content["inputs"],
        records=[_row_out(row, origins.get(row["record"].rpartition(":")[0])) for row in content["records"]],
        since_version=finding.since_version,
        until_version=finding.until_version,
        made_at=finding.made_at,
    )


def _row_out(row: Mapping[str, Any], origin: Origin | None) -> EvidenceOut:
    named = {} if origin is None else {"title": origin.title, "told_on": origin.told_on}
    return EvidenceOut(**row, **named, levels=levels_out(row.get("pattern")))


def field_out(part: FieldEvidence) -> FieldEvidenceOut:
    """One field's part of a score."""
    return FieldEvidenceOut.model_validate(part)


def explanation_out(why: Why) -> ExplanationOut:
    """One pair with everything its decision rests on."""
    change = why.change
    return ExplanationOut(
        record=None if why.record_id == DESCRIBED else why.record_id,
        person_id=None if why.person_id == DESCRIBED else why.person_id,
        linked=why.linked,
        compared=why.compared,
        decided=why.decided,
        grade=why.grade,
        probability=why.probability,
        veto=why.veto,
        reason=why.reason,
        prior=why.explanation.prior,
        fields=[field_out(part) for part in why.explanation.fields],
        competition=why.competition,
        total=why.total,
        rivals=[RivalOut.model_validate(rival) for rival in why.rivals],
        nobody=why.nobody,
        keys=[KeyOutcomeOut.model_validate(one) for one in why.keys],
        change=None if change is None else ChangeOut(fields=list(change.fields), text=change.text),
        thresholds=dict(why.thresholds),
        people=why.people,
        model_version=why.explanation.model,
        text=list(tell(why)),
    )
