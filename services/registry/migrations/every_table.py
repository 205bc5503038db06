"""Every table of the registry in one place, so that migrations and tests see them all."""

from sqlalchemy import MetaData

from registry.access import account_tables as _accounts
from registry.access import agreement_tables as _agreements
from registry.access import tables as _access
from registry.areas import tables as _areas
from registry.audit import tables as _audit
from registry.campaigns import tables as _campaigns
from registry.categories import tables as _categories
from registry.changes import tables as _changes
from registry.coverage import tables as _coverage
from registry.facts import tables as _facts
from registry.households import tables as _households
from registry.imports import tables as _imports
from registry.ledger import tables as _ledger
from registry.oversight import tables as _oversight
from registry.payments import tables as _payments
from registry.persons import protection_tables as _protections
from registry.persons import tables as _persons
from registry.provincial import tables as _provincial
from registry.registers import petition_tables as _petitions
from registry.registers import tables as _registers
from registry.samples import tables as _samples
from registry.slips import tables as _slips
from registry.snapshots import tables as _snapshots
from registry.standards import tables as _standards
from registry.subscriptions import tables as _subscriptions
from registry.table import Table

NOUNS = (
    _access, _accounts, _agreements, _areas, _audit, _campaigns, _categories, _changes, _coverage, _facts,
    _households, _imports, _ledger, _oversight, _payments, _persons, _petitions, _protections, _provincial, _registers,
    _samples, _slips, _snapshots, _standards, _subscriptions,
)  # fmt: skip
METADATA: MetaData = Table.metadata
