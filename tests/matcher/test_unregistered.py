"""People no registry knows stay the same people, whether a worker keeps them in memory between linkings or not."""

import pytest
from sqlmodel import col, select

from kit.database import reading
from matcher.links.tables import Link
from tests.matcher import county
from tests.matcher.conftest import Matcher

PEOPLE = county.numbered(4)
MANY = 400_000


@pytest.mark.parametrize(("most", "kept"), [(MANY, True), (8, True), (7, False), (0, False)])
def test_more_than_are_kept_are_gathered_anew_and_are_whom_they_were(matcher: Matcher, most: int, kept: bool) -> None:
    matcher.settings = matcher.settings.model_copy(update={"keep_unregistered": most})
    worker = matcher.new_worker("of this test")
    matcher.deliver("disability-cards", [county.card(*one) for one in PEOPLE])
    worker.run_until_idle()
    before = {lead["name"]: lead["lead_id"] for lead in matcher.leads()}
    matcher.deliver("health-illness", [county.illness(*one) for one in PEOPLE])
    worker.run_until_idle()
    assert (worker.desk.unregistered.kept is not None) is kept
    assert {lead["name"]: lead["lead_id"] for lead in matcher.leads()} == before
    with reading(matcher.database) as session:
        subjects = session.exec(select(Link.subject_id).order_by(col(Link.line))).all()
    assert len(subjects) == 2 * len(PEOPLE) == 2 * len(set(subjects))
