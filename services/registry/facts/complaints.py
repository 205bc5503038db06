"""Repeated petitions as clusters: one matter of one person, as often as it was brought (A11)."""

import polars as pl

from registry.facts.entries import Said, live
from registry.facts.ground import Ground, facts
from registry.registers.petitions import DENY, Pair, found


def petition(ground: Ground) -> pl.DataFrame:
    """The petitioner of each cluster with its last petition: pairs a human confirmed, and likely ones nobody denied."""
    pairs, _ = found(ground.clerk)
    said = {one.row.entry_id: one for one in live(ground, "petition")}
    rows = []
    for cluster in clusters([one for one in pairs if one.decision != DENY]):
        last = max((said[one] for one in cluster), key=lambda one: (one.values["received_on"], one.row.entry_id))
        if last.subject_id is not None:
            rows.append(_fact(ground, last, sorted(cluster)))
    return facts("petition", rows)


def clusters(pairs: list[Pair]) -> list[set[str]]:
    """Petitions that hang together by pairs, each cluster once."""
    of: dict[str, set[str]] = {}
    for pair in pairs:
        first, second = pair.first[0].entry_id, pair.second[0].entry_id
        joined = of.get(first, {first}) | of.get(second, {second})
        of.update(dict.fromkeys(joined, joined))
    return list({id(one): one for one in of.values()}.values())


def _fact(ground: Ground, last: Said, cluster: list[str]) -> dict[str, object]:
    return last.fact(
        text=last.values["matter"],
        code="repeat",
        count=len(cluster),
        about=ground.token("petition", cluster[0]),
        valid_from=last.day("received_on"),
    )
