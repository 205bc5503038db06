"""All tables of the matcher in one place: what the migrations compare with."""

from matcher.audit import tables as audit
from matcher.batches import tables as batches
from matcher.certificates import tables as certificates
from matcher.feeds import tables as feeds
from matcher.leads import tables as leads
from matcher.links import tables as links
from matcher.models import tables as models
from matcher.people import tables as people
from matcher.places import tables as places
from matcher.profiles import tables as profiles
from matcher.retention import tables as retention
from matcher.reviews import tables as reviews
from matcher.settlements import tables as settlements
from matcher.subscriptions import tables as subscriptions
from matcher.table import Table

MODULES = (
    audit, batches, certificates, feeds, leads, links, models, people, places, profiles, retention, reviews,
    settlements, subscriptions,
)  # fmt: skip
METADATA = Table.metadata
