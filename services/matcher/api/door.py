"""What every door has: who is refused, which area is asked for, and unsafe calls that are done once."""

from kit.idempotency import idempotent_route
from kit.problems import REFUSALS as TOKEN_REFUSALS
from kit.problems import UpstreamDown
from matcher.audit.tables import Idempotency

# The registry's published keys are asked for over HTTP: it may be down.
REFUSALS = (*TOKEN_REFUSALS, UpstreamDown)
OnceRoute = idempotent_route(Idempotency)
