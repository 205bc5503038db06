"""Webhooks: be woken when a delivery has its result, or when the match list has something new.

A wake-up is no message: it names what to look at, and the look is an ordinary call with a token. Whoever misses one
misses nothing that `/batches` and `/leads/changes` do not tell.
"""

import secrets
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Request, Response

from kit.agreements import AgreementInsufficient
from kit.auth import Caller, requires
from kit.columns import now
from kit.crypto import KeyRing
from kit.outbound import Refused
from kit.paging import Paged
from kit.problems import (
    REPEATS,
    CursorInvalid,
    NotFound,
    ScopeMissing,
    VersionMismatch,
    VersionMissing,
    problems,
)
from kit.web import Reading, Writing
from kit.webhooks import MEDIA_TYPE
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.schemas_subscriptions import (
    DeliveryOut,
    DeliveryPageOut,
    EventOut,
    ReplayIn,
    ReplayOut,
    SubscriptionIn,
    SubscriptionMadeOut,
    SubscriptionOut,
    SubscriptionPageOut,
)
from matcher.audit.store import note
from matcher.flows.send_webhooks import guard_of
from matcher.flows.tell_subscribers import LEADS_CHANGED
from matcher.subscriptions import store
from matcher.subscriptions.problems import AddressRefused, DeliveryBusy, SubscriptionAsleep, SubscriptionsTooMany
from matcher.subscriptions.tables import Delivery, Subscription

router = APIRouter(tags=["subscriptions"], route_class=OnceRoute)
Subscriber = Annotated[Caller, Depends(requires("subscriptions:write"))]
IfMatch = Annotated[str | None, Header()]
UNSAFE = (*REFUSALS, *REPEATS, NotFound)
# Why an address is given up, and the way out.
REASONS = {
    "gone": (
        "接收端回答 410（不再接收）。恢复：修好后 POST …/ping，再按需 replay。",
        "The receiver answered 410 (gone). Once it is back, POST …/ping, then replay what is wanted.",
    ),
    "failing": (
        "连续多日未能送达，见 deliveries 的 status 与 error。恢复：修好后 POST …/ping，再按需 replay。",
        "Nothing arrived for days: see status and error of deliveries. Once it is mended, POST …/ping, then replay.",
    ),
}


@router.post(
    "/subscriptions",
    status_code=201,
    responses=problems(*REFUSALS, *REPEATS, AgreementInsufficient, AddressRefused, SubscriptionsTooMany),
)
def make_subscription(
    request: Request, response: Response, session: Writing, caller: Subscriber, body: SubscriptionIn
) -> SubscriptionMadeOut:
    """Subscribe. The answer alone holds the secret; nothing is sent until the receiver has answered a ping.

    An agency hears of its own deliveries (`batch.…`, needs `batches:read`), a township or county that its match list
    has something new (`leads.changed`, needs `leads:read`). Bodies are CloudEvents 1.0 of ids only, signed as Standard
    Webhooks 1 (`webhook-id`, `webhook-timestamp`, `webhook-signature`), sent at least once: the id tells repetitions.
    """
    _check(request, caller, body)
    most = request.app.state.settings.webhooks_per_client
    if store.count(session, caller.client_id) >= most:
        raise SubscriptionsTooMany(most=most)
    row, secret = store.make(session, request.app.state.ring, caller, body.url, body.events)
    note(session, request.app.state.ring, caller, "subscription.make", row.id, events=row.events)
    response.headers["Location"] = str(request.url_for("get_subscription", subscription_id=row.id).path)
    return _with_secret(request, row, secret)


@router.get("/subscriptions", responses=problems(*REFUSALS, CursorInvalid))
def list_subscriptions(page: Paged, session: Reading, caller: Subscriber) -> SubscriptionPageOut:
    """The subscriptions of the caller's agency in its area."""
    rows = store.page(session, caller, page.after("subscription", ""), page.limit)
    following = page.onwards("subscription", rows and rows[-1].id, full=len(rows) == page.limit)
    return SubscriptionPageOut(subscriptions=[_out(page.request, row) for row in rows], cursor=following)


@router.get("/subscriptions/{subscription_id}", responses=problems(*REFUSALS, NotFound))
def get_subscription(
    request: Request, response: Response, session: Reading, caller: Subscriber, subscription_id: str
) -> SubscriptionOut:
    """One subscription: whether it is active, and if not, why and what to do."""
    row = store.find(session, caller, subscription_id)
    response.headers["ETag"] = f'"{row.version}"'
    return _out(request, row)


@router.put(
    "/subscriptions/{subscription_id}",
    responses=problems(*UNSAFE, AgreementInsufficient, AddressRefused, VersionMissing, VersionMismatch),
)
def alter_subscription(  # noqa: PLR0913, PLR0917 - each is a part of the request FastAPI hands over by itself
    request: Request,
    session: Writing,
    caller: Subscriber,
    subscription_id: str,
    body: SubscriptionIn,
    if_match: IfMatch = None,
) -> SubscriptionOut:
    """Another address or other events. Another address must answer a ping first; its secret stays the same."""
    row = store.find(session, caller, subscription_id, to_write=True)
    if if_match is None:
        raise VersionMissing
    if if_match != f'"{row.version}"':
        raise VersionMismatch
    _check(request, caller, body)
    store.alter(session, request.app.state.ring, row, body.url, body.events)
    note(session, request.app.state.ring, caller, "subscription.alter", row.id, events=row.events)
    return _out(request, row)


@router.delete("/subscriptions/{subscription_id}", status_code=204, responses=problems(*UNSAFE))
def delete_subscription(request: Request, session: Writing, caller: Subscriber, subscription_id: str) -> Response:
    """End it, with all that is still to be sent."""
    row = store.find(session, caller, subscription_id, to_write=True)
    note(session, request.app.state.ring, caller, "subscription.delete", row.id)
    store.remove(session, row)
    return Response(status_code=204)


@router.post("/subscriptions/{subscription_id}/ping", status_code=202, responses=problems(*UNSAFE))
def ping_subscription(request: Request, session: Writing, caller: Subscriber, subscription_id: str) -> DeliveryOut:
    """Have the receiver asked: it is sent `subscription.ping`, once, and must answer 2xx with `data.challenge` in its
    body. That makes an unverified or disabled subscription active. Look at the subscription, or at its deliveries."""
    row = store.find(session, caller, subscription_id, to_write=True)
    waiting = store.unsent(session, row.id, store.PING)
    if waiting is not None:
        return _delivery(waiting)
    news = store.News(store.PING, row.id, {"challenge": secrets.token_urlsafe(24)}, now())
    made = store.put(session, row, news, now())
    row.resting_until = None
    session.add(row)
    note(session, request.app.state.ring, caller, "subscription.ping", row.id)
    return _delivery(made)


@router.post("/subscriptions/{subscription_id}/rotate-secret", responses=problems(*UNSAFE))
def rotate_subscription_secret(
    request: Request, session: Writing, caller: Subscriber, subscription_id: str
) -> SubscriptionMadeOut:
    """A new secret, shown this once. For a day wake-ups bear two signatures, one by each: change it meanwhile."""
    row = store.find(session, caller, subscription_id, to_write=True)
    overlap = timedelta(hours=request.app.state.settings.webhook_rotation_hours)
    secret = store.rotate(session, request.app.state.ring, row, overlap)
    note(session, request.app.state.ring, caller, "subscription.rotate", row.id)
    return _with_secret(request, row, secret)


@router.get("/subscriptions/{subscription_id}/deliveries", responses=problems(*REFUSALS, NotFound, CursorInvalid))
def list_subscription_deliveries(
    page: Paged, session: Reading, caller: Subscriber, subscription_id: str
) -> DeliveryPageOut:
    """Every wake-up and what came of it, the newest first; also what a disabled subscription was not sent."""
    row = store.find(session, caller, subscription_id)
    found = store.deliveries(session, row, page.after("delivery", None), page.limit)
    following = page.onwards("delivery", found and found[-1].id, full=len(found) == page.limit)
    return DeliveryPageOut(deliveries=[_delivery(one) for one in found], cursor=following)


@router.post(
    "/subscriptions/{subscription_id}/deliveries/{delivery_id}/replay",
    status_code=202,
    responses=problems(*UNSAFE, SubscriptionAsleep, DeliveryBusy),
)
def replay_delivery(
    request: Request, session: Writing, caller: Subscriber, subscription_id: str, delivery_id: str
) -> DeliveryOut:
    """Send one once more, under the same `webhook-id`."""
    row = store.find(session, caller, subscription_id, to_write=True)
    one = store.delivery(session, row, delivery_id)
    _check_awake(row)
    if one.due_at is not None or one.type == store.PING:
        raise DeliveryBusy
    store.again(session, [one], now())
    note(session, request.app.state.ring, caller, "subscription.replay", row.id, delivery=one.id)
    return _delivery(one)


@router.post(
    "/subscriptions/{subscription_id}/replay", status_code=202, responses=problems(*UNSAFE, SubscriptionAsleep)
)
def replay_deliveries(
    request: Request, session: Writing, caller: Subscriber, subscription_id: str, body: ReplayIn
) -> ReplayOut:
    """Send again what happened since, each under its own `webhook-id`: what did not arrive, or all of it."""
    row = store.find(session, caller, subscription_id, to_write=True)
    _check_awake(row)
    found = store.since(session, row, body.since, arrived=body.only == "all")
    given = found[: store.MOST_AT_ONCE]
    store.again(session, given, now())
    note(session, request.app.state.ring, caller, "subscription.replay", row.id, deliveries=len(given))
    return ReplayOut(count=len(given), more=len(found) > len(given))


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


def _check(request: Request, caller: Caller, body: SubscriptionIn) -> None:
    """Whether the caller may hear of this at all, and there. Raises ScopeMissing, AgreementInsufficient,
    AddressRefused."""
    if LEADS_CHANGED in body.events:
        if "leads:read" not in caller.scopes:
            raise ScopeMissing(scope="leads:read")
        if caller.terms is not None:
            raise AgreementInsufficient
    if set(body.events) - {LEADS_CHANGED} and "batches:read" not in caller.scopes:
        raise ScopeMissing(scope="batches:read")
    try:
        guard_of(request.app.state.settings).addresses(body.url)
    except Refused as refused:
        raise AddressRefused(reason=str(refused)) from None


def _check_awake(row: Subscription) -> None:
    if row.state != store.ACTIVE:
        raise SubscriptionAsleep(state=row.state)


def _with_secret(request: Request, row: Subscription, secret: str) -> SubscriptionMadeOut:
    return SubscriptionMadeOut(**_out(request, row).model_dump(), secret=secret)


def _out(request: Request, row: Subscription) -> SubscriptionOut:
    ring: KeyRing = request.app.state.ring
    ends = [until for _, until in store.secrets_of(ring, row, now()) if until is not None]
    zh, en = REASONS.get(row.reason or "", (None, None))
    names = ("events", "agency", "area", "state", "reason", "failures", "failing_since", "verified_at")
    told = {name: getattr(row, name) for name in (*names, "disabled_at", "created_at", "version")}
    return SubscriptionOut(
        subscription_id=row.id,
        url=ring.decrypt(row.url, store.URL),
        message=zh,
        message_en=en,
        former_secret_until=max(ends, default=None),
        **told,
    )


def _delivery(one: Delivery) -> DeliveryOut:
    names = ("type", "subject", "data", "state", "happened_at", "attempts", "due_at", "tried_at", "delivered_at")
    told = {name: getattr(one, name) for name in (*names, "status", "error")}
    return DeliveryOut(delivery_id=one.id, **told)
