"""Every sealed column of the matcher and what its values are bound to, so that they can be sealed anew.

A test seals a whole county anew and looks for the former key's mark in every column: what lacks its line here is found.
"""

from kit.idempotency import SEALED as ANSWER
from kit.resealing import Cell
from kit.subscriptions import SECRETS, URL
from matcher.audit.tables import Idempotency
from matcher.flows.preview_model import SAMPLE_SEALED
from matcher.flows.queue_reviews import SIDES
from matcher.flows.simulate_profile import SAMPLE_SEALED as SIMULATED
from matcher.leads.store import CANDIDATES, CONTENT, SNAPSHOT
from matcher.leads.tables import Finding, Lead
from matcher.models.tables import ModelJob
from matcher.profiles.tables import ScreenSimulation
from matcher.reviews.readings import COMMENT
from matcher.reviews.tables import Doubt, Reading
from matcher.settlements.store import DIED_ON, STATED
from matcher.settlements.tables import CorrectionWord, Settlement, ToldDeath
from matcher.settlements.words import REASON as CORRECTION_REASON
from matcher.subscriptions.tables import Subscription

CELLS = (
    Cell(Lead, "snapshot", lambda _: SNAPSHOT),
    Cell(Lead, "candidates", lambda _: CANDIDATES),
    Cell(Finding, "content", lambda _: CONTENT),
    Cell(Settlement, "stated", lambda _: STATED),
    Cell(ToldDeath, "died_on", lambda _: DIED_ON),
    Cell(CorrectionWord, "reason", lambda _: CORRECTION_REASON),
    Cell(Doubt, "sides", lambda _: SIDES),
    Cell(Reading, "comment", lambda _: COMMENT),
    Cell(ModelJob, "sample", lambda _: SAMPLE_SEALED),
    Cell(ScreenSimulation, "sample", lambda _: SIMULATED),
    Cell(Subscription, "url", lambda _: URL),
    Cell(Subscription, "secrets", lambda _: SECRETS),
    Cell(Idempotency, "body", lambda row: f"{ANSWER}.{row.key}"),
)
