"""Repeated petitions as clusters: one matter of one person, as often as it was brought (A11)."""

import polars as pl

from registry.facts.entries import Said, live
from registry.facts.ground import Ground, facts
from registry.registers.petitions import DENY, clusters, found


def petition(ground: Ground) -> pl.DataFrame:
    """The petitioner of each cluster with its last petition: pairs a human confirmed, and likely ones nobody denied. It
    is told of whom any of the petitions is known to be by; else the register opens a case (registers/repeated)."""
    pairs, _ = found(ground.clerk)
    said = {one.row.entry_id: one for one in live(ground, "petition")}
    rows = []
    for cluster in clusters([one for one in pairs if one.decision != DENY]):
        ones = sorted((said[one] for one in cluster), key=lambda one: (one.values["received_on"], one.row.entry_id))
        known = [one.subject_id for one in ones if one.subject_id is not None]
        if known:
            rows.append({**_fact(ground, ones[-1], sorted(cluster)), "subject_id": known[-1]})
    return facts("petition", rows)


def _fact(ground: Ground, last: Said, cluster: list[str]) -> dict[str, object]:
    return last.fact(
        text=last.values["matter"],
        code="repeat",
        count=len(cluster),
        about=ground.token("petition", cluster[0]),
        valid_from=last.day("received_on"),
    )
