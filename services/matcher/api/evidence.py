"""How a finding and a link are told to people: levels by name instead of packed numbers."""

import numpy as np

from kit.crypto import KeyRing
from matcher.api.schemas import EvidenceOut, FindingOut
from matcher.leads import reading
from matcher.leads.tables import Finding
from matcher.linkage.levels import FIELDS, unpack
from matcher.screens.catalogue import CATALOGUE

TITLES = {screen.id: screen.title for screen in CATALOGUE}


def levels_out(pattern: int | None) -> dict[str, str] | None:
    """Field → how it agreed, in plain Chinese."""
    if pattern is None:
        return None
    codes = unpack(np.array([pattern], dtype=np.int64))
    return {field.zh: field.levels[int(codes[field.name][0])][1] for field in FIELDS}


def finding_out(ring: KeyRing, finding: Finding) -> FindingOut:
    """One finding with the values it was decided on and the rows behind."""
    content = reading.content(ring, finding)
    return FindingOut(
        screen=finding.screen,
        screen_version=finding.screen_version,
        title=TITLES.get(finding.screen),
        tier=finding.tier,
        reason=content["reason"],
        inputs=content["inputs"],
        records=[EvidenceOut(**row, levels=levels_out(row.get("pattern"))) for row in content["records"]],
        since_version=finding.since_version,
        until_version=finding.until_version,
        made_at=finding.made_at,
    )
