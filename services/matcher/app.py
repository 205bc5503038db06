"""The matcher's web process: doors over one database, one key ring, and the registry's published keys."""

from functools import partial

import httpx
from fastapi import FastAPI
from joserfc.jwk import KeySetSerialization

from kit.agreements import Policy, house_of
from kit.auth import Verifier
from kit.crypto import KeyRing
from kit.foreign import ForeignIssuer
from kit.learnt import Learnt
from kit.lineages import Lineages
from kit.lookout import Lookout
from kit.problems import UpstreamDown
from kit.revocations import Revocations
from kit.web import ServiceInfo, create_service
from matcher.api import (
    audit,
    batch_proofs,
    batch_steps,
    batches,
    corrections,
    exports,
    feed_maps,
    feeds,
    holds,
    lead_changes,
    lead_comparisons,
    leads,
    links,
    matching,
    model_jobs,
    models,
    pacing,
    pairs,
    quality,
    reports,
    reviews,
    screen_profiles,
    screen_simulations,
    screens,
    statistics,
    subjects,
    subscriptions,
    uploads,
    usage,
)
from matcher.audit.tables import CallCount
from matcher.disclosure import Disclosure
from matcher.flows.open_desk import open_desk
from matcher.flows.warm_people import WarmPeople
from matcher.places.store import lineage
from matcher.registry_client import RegistryClient, RegistryDown, RegistryRefused
from matcher.settings import MatcherSettings
from matcher.telling import TABLE

INFO = ServiceInfo(
    title="Doudi matcher",
    version="1.0.0",
    description="Deliveries of the agencies in, the match list of each township out. 数据推送、比对与线索清单。",
    prefix="/matcher/v1",
)
ROUTERS = [
    door.router
    for door in (
        # What every township asks all day comes first: doors are tried one after the other.
        *(lead_changes, exports, lead_comparisons, leads),  # the lead of any name behind those with one
        *(feeds, feed_maps, batches, uploads, batch_steps, batch_proofs, quality, reports, corrections),
        *(links, matching, reviews, screens, screen_profiles, screen_simulations, pacing, statistics, audit),
        *(holds, subjects, pairs, usage, subscriptions),
        *(model_jobs, models),
    )
]


def published_keys(registry: RegistryClient) -> KeySetSerialization:
    """The registry's keys; a registry that is silent is told to the caller as such."""
    try:
        return registry.jwks()
    except (RegistryDown, RegistryRefused):
        raise UpstreamDown(name="registry") from None


def ended_lately(registry: RegistryClient) -> frozenset[str]:
    """What ended before its tokens did."""
    try:
        return registry.ended()
    except (RegistryDown, RegistryRefused):
        raise UpstreamDown(name="registry") from None


def disclosure(registry: RegistryClient) -> Disclosure:
    """What may be told to whom; nothing of it can be guessed."""
    try:
        return Disclosure.read(registry.disclosure())
    except (RegistryDown, RegistryRefused, KeyError, TypeError):
        raise UpstreamDown(name="registry") from None


def create_app(
    settings: MatcherSettings | None = None,
    ring: KeyRing | None = None,
    transport: httpx.BaseTransport | None = None,
) -> FastAPI:
    """The application. Needs no environment and connects to nothing: a ring of its own and a database in the folder
    do for a contract; `transport` lets one process hold the registry too."""
    chosen = settings or MatcherSettings.model_construct()
    desk = open_desk(chosen, ring or KeyRing.ephemeral(), transport)
    known: Learnt[Disclosure] = Learnt(partial(disclosure, desk.registry), chosen.revocation_seconds)
    revocations = Revocations(partial(ended_lately, desk.registry), chosen.revocation_seconds)
    state = {
        "desk": desk,
        "database": desk.database,
        "ring": desk.ring,
        "files": desk.files,
        "warm": WarmPeople(desk),
        "marks": Lookout(
            partial(lead_changes.marks, desk.database), lead_changes.LOOK_SECONDS, desk.database.committed
        ),
        "limits": CallCount,
        "lineages": Lineages(desk.database, lineage, desk.today),
        "disclosure": known,
        "policy": Policy(house_of(chosen.house_agencies), TABLE, lambda _: known.now().agreements, desk.today),
        "verifier": Verifier(
            partial(published_keys, desk.registry),
            chosen.issuer,
            revocations,
            ForeignIssuer.told(chosen),
            known=revocations.known,
        ),
    }
    app = create_service(INFO, chosen, state, ROUTERS)
    subscriptions.describe(app.webhooks)
    return app
