"""The doors of a service's webhooks: subscribe, prove an address, see every wake-up and what became of it, replay.

A wake-up is no message: it names what to look at, and the look is an ordinary call with a token. What there is to hear
of, who may, and whose a subscription is, the service says.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response

from kit.agreements import AgreementInsufficient
from kit.auth import Caller, requires
from kit.columns import now
from kit.crypto import KeyRing
from kit.outbound import Refused
from kit.paging import Paged
from kit.problems import REPEATS, CursorInvalid, NotFound, Problem, VersionMismatch, VersionMissing, problems
from kit.subscription_problems import AddressRefused, DeliveryBusy, SubscriptionAsleep, SubscriptionsTooMany
from kit.subscription_wire import (
    DeliveryOut,
    DeliveryPageOut,
    ReplayIn,
    ReplayOut,
    SubscriptionAsked,
    SubscriptionMadeOut,
    SubscriptionOut,
    SubscriptionPageOut,
)
from kit.subscriptions import (
    ACTIVE,
    MOST_AT_ONCE,
    PING,
    URL,
    DeliveryRow,
    News,
    SubscriptionRow,
    Subscriptions,
    secrets_of,
)
from kit.web import Reading, Writing
from kit.webhook_sender import guard_of

Subscriber = Annotated[Caller, Depends(requires("subscriptions:write"))]
IfMatch = Annotated[str | None, Header()]
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


@dataclass(frozen=True)
class SubscriptionDoor:
    """What a service brings: its tables, its clause, its journal, and who may hear of what."""

    route: type[Any]
    refusals: Sequence[type[Problem]]
    asked: type[SubscriptionAsked]
    book: Subscriptions
    find: Callable[..., Any]
    page: Callable[..., Sequence[Any]]
    note: Callable[..., None]
    check: Callable[[Request, Caller, SubscriptionAsked], None]
    also: tuple[str, ...] = ()  # scopes every operation needs besides


def subscription_router(door: SubscriptionDoor) -> APIRouter:
    """The operations under `/subscriptions`."""
    needed = [Depends(requires(scope)) for scope in door.also]
    router = APIRouter(tags=["subscriptions"], route_class=door.route, dependencies=needed)
    unsafe = (*door.refusals, *REPEATS, NotFound)
    for add in (_add_making, _add_reading, _add_proving, _add_replaying):
        add(router, door, unsafe)
    return router


def _add_making(router: APIRouter, door: SubscriptionDoor, unsafe: Sequence[type[Problem]]) -> None:
    """Subscribe, and alter what was asked for."""
    asked: Any = door.asked

    @router.post(
        "/subscriptions",
        status_code=201,
        responses=problems(*door.refusals, *REPEATS, AgreementInsufficient, AddressRefused, SubscriptionsTooMany),
    )
    def make_subscription(
        request: Request, response: Response, session: Writing, caller: Subscriber, body: asked
    ) -> SubscriptionMadeOut:
        """Subscribe. The answer alone holds the secret; nothing is sent until the receiver has answered a ping.

        `events` says what may be heard, and each needs the scope of looking at it. Bodies are CloudEvents 1.0 of ids
        only, signed as Standard Webhooks 1 (`webhook-id`, `webhook-timestamp`, `webhook-signature`), sent at least
        once: the id tells repetitions.
        """
        door.check(request, caller, body)
        most = request.app.state.settings.webhooks_per_client
        if door.book.count(session, caller.client_id) >= most:
            raise SubscriptionsTooMany(most=most)
        row, secret = door.book.make(session, request.app.state.ring, caller, body.url, body.events)
        door.note(session, request.app.state.ring, caller, "subscription.make", row.id, events=row.events)
        response.headers["Location"] = str(request.url_for("get_subscription", subscription_id=row.id).path)
        return _with_secret(request, row, secret)

    @router.put(
        "/subscriptions/{subscription_id}",
        responses=problems(*unsafe, AgreementInsufficient, AddressRefused, VersionMissing, VersionMismatch),
    )
    def alter_subscription(  # noqa: PLR0913, PLR0917 - each is a part of the request FastAPI hands over by itself
        request: Request,
        session: Writing,
        caller: Subscriber,
        subscription_id: str,
        body: asked,
        if_match: IfMatch = None,
    ) -> SubscriptionOut:
        """Another address or other events. Another address must answer a ping first; its secret stays the same."""
        row = door.find(session, caller, subscription_id, to_write=True)
        if if_match is None:
            raise VersionMissing
        if if_match != f'"{row.version}"':
            raise VersionMismatch
        door.check(request, caller, body)
        door.book.alter(session, request.app.state.ring, row, body.url, body.events)
        door.note(session, request.app.state.ring, caller, "subscription.alter", row.id, events=row.events)
        return _out(request, row)


def _add_reading(router: APIRouter, door: SubscriptionDoor, unsafe: Sequence[type[Problem]]) -> None:
    """What there is and what became of each wake-up; and its end."""

    @router.get("/subscriptions", responses=problems(*door.refusals, CursorInvalid))
    def list_subscriptions(page: Paged, session: Reading, caller: Subscriber) -> SubscriptionPageOut:
        """The subscriptions of the caller's agency in its area."""
        rows = door.page(session, caller, page.after("subscription", ""), page.limit)
        following = page.onwards("subscription", rows and rows[-1].id, full=len(rows) == page.limit)
        return SubscriptionPageOut(subscriptions=[_out(page.request, row) for row in rows], cursor=following)

    @router.get("/subscriptions/{subscription_id}", responses=problems(*door.refusals, NotFound))
    def get_subscription(
        request: Request, response: Response, session: Reading, caller: Subscriber, subscription_id: str
    ) -> SubscriptionOut:
        """One subscription: whether it is active, and if not, why and what to do."""
        row = door.find(session, caller, subscription_id)
        response.headers["ETag"] = f'"{row.version}"'
        return _out(request, row)

    @router.get(
        "/subscriptions/{subscription_id}/deliveries", responses=problems(*door.refusals, NotFound, CursorInvalid)
    )
    def list_subscription_deliveries(
        page: Paged, session: Reading, caller: Subscriber, subscription_id: str
    ) -> DeliveryPageOut:
        """Every wake-up and what came of it, the newest first; also what a disabled subscription was not sent."""
        row = door.find(session, caller, subscription_id)
        found = door.book.deliveries(session, row, page.after("delivery", None), page.limit)
        following = page.onwards("delivery", found and found[-1].id, full=len(found) == page.limit)
        return DeliveryPageOut(deliveries=[_delivery(one) for one in found], cursor=following)

    @router.delete("/subscriptions/{subscription_id}", status_code=204, responses=problems(*unsafe))
    def delete_subscription(request: Request, session: Writing, caller: Subscriber, subscription_id: str) -> Response:
        """End it, with all that is still to be sent."""
        row = door.find(session, caller, subscription_id, to_write=True)
        door.note(session, request.app.state.ring, caller, "subscription.delete", row.id)
        door.book.remove(session, row)
        return Response(status_code=204)


def _add_proving(router: APIRouter, door: SubscriptionDoor, unsafe: Sequence[type[Problem]]) -> None:
    """Prove an address, change a secret."""

    @router.post("/subscriptions/{subscription_id}/ping", status_code=202, responses=problems(*unsafe))
    def ping_subscription(request: Request, session: Writing, caller: Subscriber, subscription_id: str) -> DeliveryOut:
        """Have the receiver asked: it is sent `subscription.ping`, once, and must answer 2xx with `data.challenge` in
        its body. That makes an unverified or disabled subscription active. Look at the subscription, or at its
        deliveries."""
        row = door.find(session, caller, subscription_id, to_write=True)
        waiting = door.book.unsent(session, row.id, PING)
        if waiting is not None:
            return _delivery(waiting)
        news = News(PING, row.id, {"challenge": secrets.token_urlsafe(24)}, now())
        made = door.book.put(session, row, news, now())
        row.resting_until = None
        session.add(row)
        door.note(session, request.app.state.ring, caller, "subscription.ping", row.id)
        return _delivery(made)

    @router.post("/subscriptions/{subscription_id}/rotate-secret", responses=problems(*unsafe))
    def rotate_subscription_secret(
        request: Request, session: Writing, caller: Subscriber, subscription_id: str
    ) -> SubscriptionMadeOut:
        """A new secret, shown this once. For a day wake-ups bear two signatures, one by each: change it meanwhile."""
        row = door.find(session, caller, subscription_id, to_write=True)
        overlap = timedelta(hours=request.app.state.settings.webhook_rotation_hours)
        secret = door.book.rotate(session, request.app.state.ring, row, overlap)
        door.note(session, request.app.state.ring, caller, "subscription.rotate", row.id)
        return _with_secret(request, row, secret)


def _add_replaying(router: APIRouter, door: SubscriptionDoor, unsafe: Sequence[type[Problem]]) -> None:
    """Send once more what was."""

    @router.post(
        "/subscriptions/{subscription_id}/deliveries/{delivery_id}/replay",
        status_code=202,
        responses=problems(*unsafe, SubscriptionAsleep, DeliveryBusy),
    )
    def replay_delivery(
        request: Request, session: Writing, caller: Subscriber, subscription_id: str, delivery_id: str
    ) -> DeliveryOut:
        """Send one once more, under the same `webhook-id`."""
        row = door.find(session, caller, subscription_id, to_write=True)
        one = door.book.delivery(session, row, delivery_id)
        _check_awake(row)
        if one.due_at is not None or one.type == PING:
            raise DeliveryBusy
        door.book.again(session, [one], now())
        door.note(session, request.app.state.ring, caller, "subscription.replay", row.id, delivery=one.id)
        return _delivery(one)

    @router.post(
        "/subscriptions/{subscription_id}/replay", status_code=202, responses=problems(*unsafe, SubscriptionAsleep)
    )
    def replay_deliveries(
        request: Request, session: Writing, caller: Subscriber, subscription_id: str, body: ReplayIn
    ) -> ReplayOut:
        """Send again what happened since, each under its own `webhook-id`: what did not arrive, or all of it."""
        row = door.find(session, caller, subscription_id, to_write=True)
        _check_awake(row)
        found = door.book.since(session, row, body.since, arrived=body.only == "all")
        given = found[:MOST_AT_ONCE]
        door.book.again(session, given, now())
        door.note(session, request.app.state.ring, caller, "subscription.replay", row.id, deliveries=len(given))
        return ReplayOut(count=len(given), more=len(found) > len(given))


def check_address(request: Request, url: str) -> None:
    """Whether wake-ups may go there. Raises AddressRefused."""
    try:
        guard_of(request.app.state.settings).addresses(url)
    except Refused as refused:
        raise AddressRefused(reason=str(refused)) from None


def _check_awake(row: SubscriptionRow) -> None:
    if row.state != ACTIVE:
        raise SubscriptionAsleep(state=row.state)


def _with_secret(request: Request, row: SubscriptionRow, secret: str) -> SubscriptionMadeOut:
    return SubscriptionMadeOut(**_out(request, row).model_dump(), secret=secret)


def _out(request: Request, row: SubscriptionRow) -> SubscriptionOut:
    ring: KeyRing = request.app.state.ring
    ends = [until for _, until in secrets_of(ring, row, now()) if until is not None]
    zh, en = REASONS.get(row.reason or "", (None, None))
    names = ("events", "agency", "area", "state", "reason", "failures", "failing_since", "verified_at")
    told = {name: getattr(row, name) for name in (*names, "disabled_at", "created_at", "version")}
    return SubscriptionOut(
        subscription_id=row.id,
        url=ring.decrypt(row.url, URL),
        message=zh,
        message_en=en,
        former_secret_until=max(ends, default=None),
        **told,
    )


def _delivery(one: DeliveryRow) -> DeliveryOut:
    names = ("type", "subject", "data", "state", "happened_at", "attempts", "due_at", "tried_at", "delivered_at")
    told = {name: getattr(one, name) for name in (*names, "status", "error")}
    return DeliveryOut(delivery_id=one.id, **told)
