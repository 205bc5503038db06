"""Every table of the registry in one place, so that migrations and tests see them all."""

from sqlalchemy import MetaData

from registry.access import account_tables as _accounts
from registry.access import agreement_tables as _agreements
from registry.access import tables as _access
from registry.areas import tables as _areas
from registry.audit import tables as _audit
from registry.changes import tables as _changes
from registry.coverage import tables as _coverage
from registry.households import tables as _households
from registry.imports import tables as _imports
from registry.ledger import tables as _ledger
from registry.persons import protection_tables as _protections
from registry.persons import tables as _persons
from registry.table import Table

NOUNS = (
    _access, _accounts, _agreements, _areas, _audit, _changes, _coverage, _households, _imports, _ledger, _persons,
    _protections,
)  # fmt: skip
METADATA: MetaData = Table.metadata
