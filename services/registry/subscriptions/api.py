"""Webhooks of the changefeed: be woken when `/changes` has something new for the caller's area.

All of it needs `registry:follow`, as the feed itself does, and is for the house alone. Whoever misses a
wake-up misses nothing that `/changes` does not tell.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Request

from kit.auth import Caller
from kit.problems import REFUSALS
from kit.subscription_api import SubscriptionDoor, check_address, subscription_router
from kit.subscription_wire import SubscriptionAsked
from kit.webhooks import MEDIA_TYPE
from registry.audit.store import note
from registry.subscriptions import store
from registry.subscriptions.schemas import FeedEventOut, SubscriptionIn
from registry.table import IdempotentRoute


def _check(request: Request, _: Caller, body: SubscriptionAsked) -> None:
    """Whether the caller may be woken there. Raises AddressRefused."""
    check_address(request, body.url)


router = subscription_router(
    SubscriptionDoor(
        IdempotentRoute,
        REFUSALS,
        SubscriptionIn,
        store.BOOK,
        store.find,
        store.page,
        note,
        _check,
        ("registry:follow",),
    )
)


def wake_up(
    body: Annotated[FeedEventOut, Body(media_type=MEDIA_TYPE)],
    webhook_id: Annotated[str, Header()],
    webhook_timestamp: Annotated[int, Header()],
    webhook_signature: Annotated[str, Header()],
) -> None:
    """What a subscriber's own address is sent. Check the signature over id, timestamp and raw body, refuse what is
    older than five minutes, answer 2xx at once, then follow `/changes` from your own cursor."""


def describe(webhooks: APIRouter) -> None:
    """Put into the contract what leaves the house."""
    answers: dict[int | str, dict[str, Any]] = {
        200: {"description": "Taken; of a ping, with the challenge in the body"},
        410: {"description": "Send nothing more: the subscription is disabled"},
        "4XX": {"description": "Not taken, like any other status: it is sent again later"},
    }
    webhooks.post("wake-up", operation_id="wake_up", responses=answers, tags=["subscriptions"])(wake_up)
