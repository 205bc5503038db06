"""The registry as an application: its nouns' endpoints, its keys, its database."""

from functools import partial

from fastapi import FastAPI

from kit.agreements import Agreed, Policy, house_of
from kit.auth import Verifier
from kit.crypto import KeyRing
from kit.database import Database, reading
from kit.foreign import ForeignIssuer
from kit.lineages import Lineages
from kit.lookout import Lookout
from kit.web import ServiceInfo, create_service
from registry.access import account_api, agreement_api, agreements, session_api
from registry.access import api as access
from registry.access.keys import published
from registry.access.revocations import is_revoked
from registry.access.roles import second_factor_roles
from registry.areas import api as areas
from registry.areas.lineage import lineage_on
from registry.audit import api as audit
from registry.campaigns import api as campaigns
from registry.categories import api as categories
from registry.coverage import api as coverage
from registry.coverage import entry_api
from registry.facts import api as facts
from registry.households import api as households
from registry.imports import api as imports
from registry.imports import export_api
from registry.ledger import api as ledger
from registry.ledger import authority_api, entries_api, evidence_api, mine_api, sheet_api, steps_api, waiting
from registry.money import (
    clock_api,
    ending_api,
    exit_api,
    flow_api,
    grounds_api,
    recovery_api,
    reserve_api,
    swing_api,
)
from registry.oversight import hold_api, report_api, usage_api
from registry.payments import api as payments
from registry.payments import import_api as payment_imports
from registry.persons import api as persons
from registry.provincial import api as provincial
from registry.provincial import package_api
from registry.provincial.layout import layouts
from registry.registers import api as registers
from registry.registers import due_api, incomes, petition_api
from registry.registers import sheet_api as register_sheet_api
from registry.samples import api as samples
from registry.settings import RegistrySettings, today
from registry.slips import api as slips
from registry.snapshots import api as snapshots
from registry.standards import api as standards
from registry.statistics import api as statistics
from registry.subscriptions import api as subscriptions
from registry.table import CallCount
from registry.telling import TABLE
from registry.views import (
    bulletin_api,
    category_api,
    disclosure_api,
    export,
    follow,
    household_api,
    merge_api,
    person_api,
    protection_api,
    publication_api,
    standing_api,
)

PREFIX = "/registry/v1"
INFO = ServiceInfo(
    title="兜底 · 登记库 (registry)",
    version="1.0.0",
    description="Persons, households, coverage, areas, access and the ledger of cases. "
    "Every call needs a token with a purpose: programs get it at /token, people at /sessions. "
    "Identity is masked unless revealed.",
    prefix=PREFIX,
)
ROUTERS = (
    # What every township asks all day comes first: doors are tried one after the other.
    sheet_api.router,  # before the ledger's: `/cases/export.xlsx` is no case
    sheet_api.as_json,
    mine_api.router,  # nor is `/cases/mine`
    waiting.router,  # nor `/cases/waiting`
    ledger.router,
    access.router,
    access.clients,
    access.well_known,
    session_api.router,
    account_api.router,
    agreement_api.router,
    areas.router,
    standards.router,
    categories.router,
    person_api.router,
    protection_api.router,
    persons.router,
    merge_api.router,
    households.router,
    household_api.router,
    category_api.router,
    standing_api.router,
    export_api.router,  # `/coverage/export.xlsx` is no period
    coverage.router,
    entry_api.router,
    ending_api.router,
    exit_api.router,
    swing_api.router,
    grounds_api.router,
    clock_api.router,
    reserve_api.router,
    flow_api.router,
    recovery_api.router,
    imports.router,
    payment_imports.router,
    payments.router,
    steps_api.router,
    evidence_api.router,
    entries_api.router,
    authority_api.router,
    provincial.router,
    package_api.router,
    snapshots.router,
    slips.router,
    campaigns.router,
    samples.router,
    petition_api.router,  # before the registers': what is of one of them alone
    incomes.router,
    register_sheet_api.router,
    due_api.router,
    registers.router,
    export.router,
    facts.router,
    follow.router,
    disclosure_api.router,
    publication_api.router,
    statistics.router,
    bulletin_api.router,
    audit.router,
    hold_api.router,
    report_api.router,
    usage_api.router,
    subscriptions.router,
)


def create_app(settings: RegistrySettings, database: Database | None = None, ring: KeyRing | None = None) -> FastAPI:
    """The registry over these settings; nothing is connected or read before the first request.

    `database` and `ring` are opened from the settings unless given (an embedded whole shares them).
    """
    database = database or Database.open(settings.database_url)
    ring = ring or (KeyRing.load(settings.keys_file) if settings.keys_file.exists() else _no_ring(settings))
    layouts(settings.provincial_layouts)  # one that does not fit stops the service, not an export on the last day
    second_factor_roles(settings.second_factor_roles)  # a role nobody knows stops the service, not a sign-in
    verifier = Verifier(
        lambda: published(database),
        settings.issuer,
        partial(is_revoked, database, settings),
        ForeignIssuer.told(settings),
    )
    state: dict[str, object] = {"database": database, "ring": ring, "verifier": verifier, "limits": CallCount}
    policy = Policy(
        house_of(settings.house_agencies), TABLE, partial(_in_force, database, ring, settings), partial(today, settings)
    )
    state["lineages"] = Lineages(database, lineage_on, partial(today, settings))
    state["marks"] = Lookout(partial(follow.marks, database), follow.LOOK_SECONDS, database.committed)
    app = create_service(INFO, settings, {**state, "policy": policy}, ROUTERS)
    subscriptions.describe(app.webhooks)
    # Where libraries look for it (RFC 8615), besides under the service's own path.
    app.include_router(access.well_known, include_in_schema=False)
    return app


def _in_force(database: Database, ring: KeyRing, settings: RegistrySettings, agency: str) -> list[Agreed]:
    """What an agency may be told today, as its agreements stand now."""
    with reading(database) as session:
        return agreements.in_force(session, ring, today(settings), agency)


def _no_ring(settings: RegistrySettings) -> KeyRing:
    """Describing the service needs no keys; production refuses to start without."""
    if settings.production:
        return KeyRing.load(settings.keys_file)  # raises, and says how to make one
    return KeyRing.ephemeral()
