"""Webhooks: be woken when a delivery has its result, or when the match list has something new.

An agency hears of its own deliveries (`batch.…`, needs `batches:read`), a township or county that its match list has
something new (`leads.changed`, needs `leads:read`). Whoever misses a wake-up misses nothing that `/batches` and
`/leads/changes` do not tell.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Request

from kit.agreements import AgreementInsufficient
from kit.auth import Caller
from kit.problems import ScopeMissing
from kit.subscription_api import SubscriptionDoor, check_address, subscription_router
from kit.subscription_wire import SubscriptionAsked
from kit.webhooks import MEDIA_TYPE
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.schemas_subscriptions import EventOut, SubscriptionIn
from matcher.audit.store import note
from matcher.flows.tell_subscribers import LEADS_CHANGED
from matcher.subscriptions import store


def _check(request: Request, caller: Caller, body: SubscriptionAsked) -> None:
    """Whether the caller may hear of this at all, and there. Raises ScopeMissing, AgreementInsufficient,
    AddressRefused."""
    if LEADS_CHANGED in body.events:
        if "leads:read" not in caller.scopes:
            raise ScopeMissing(scope="leads:read")
        if caller.terms is not None:
            raise AgreementInsufficient
    if set(body.events) - {LEADS_CHANGED} and "batches:read" not in caller.scopes:
        raise ScopeMissing(scope="batches:read")
    check_address(request, body.url)


router = subscription_router(
    SubscriptionDoor(OnceRoute, REFUSALS, SubscriptionIn, store.BOOK, store.find, store.page, note, _check)
)


def wake_up(
    body: Annotated[EventOut, Body(media_type=MEDIA_TYPE)],
    webhook_id: Annotated[str, Header()],
    webhook_timestamp: Annotated[int, Header()],
    webhook_signature: Annotated[str, Header()],
) -> None:
    """What a subscriber's own address is sent. Check the signature over id, timestamp and raw body, refuse what is
    older than five minutes, answer 2xx at once, and take the same `webhook-id` for the same wake-up."""


def describe(webhooks: APIRouter) -> None:
    """Put into the contract what leaves the house."""
    answers: dict[int | str, dict[str, Any]] = {
        200: {"description": "Taken; of a ping, with the challenge in the body"},
        410: {"description": "Send nothing more: the subscription is disabled"},
        "4XX": {"description": "Not taken, like any other status: it is sent again later"},
    }
    webhooks.post("wake-up", operation_id="wake_up", responses=answers, tags=["subscriptions"])(wake_up)
