"""What callers say of their subscriptions, and are told of them and of each wake-up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel
from pydantic import Field as Of

from kit.outbound import LONGEST_URL
from kit.problems import Unfit


def event_names(events: Sequence[str]) -> Any:
    """The type of an event's name: one of those."""

    def known(word: str) -> str:
        if word not in events:
            raise Unfit(f"只能是 {', '.join(events)} (one of them)")
        return word

    return Annotated[str, AfterValidator(known), Of(json_schema_extra={"enum": list(events)})]


class SubscriptionAsked(BaseModel):
    """Where to be woken, and by what."""

    url: Annotated[str, Of(min_length=1, max_length=LONGEST_URL, description="https; no user, password or fragment")]
    events: Annotated[list[str], Of(min_length=1, max_length=100)]


class SubscriptionOut(BaseModel):
    """A subscription. `unverified`: ping it; `disabled`: see `reason`, then ping it."""

    subscription_id: str
    url: str
    events: list[str]
    agency: str
    area: str
    state: Literal["unverified", "active", "disabled"]
    reason: str | None
    message: str | None
    message_en: str | None
    failures: int
    failing_since: datetime | None
    verified_at: datetime | None
    disabled_at: datetime | None
    former_secret_until: datetime | None
    created_at: datetime
    version: int


class SubscriptionMadeOut(SubscriptionOut):
    """With its secret, which is shown this once: whsec_ and base64, as Standard Webhooks writes it."""

    secret: str


class SubscriptionPageOut(BaseModel):
    """A page of subscriptions, the oldest first."""

    subscriptions: list[SubscriptionOut]
    cursor: str | None


class DeliveryOut(BaseModel):
    """One wake-up and what came of it. `error`: refused (not a public address), too-slow, no-connection,
    challenge-missing; else `status` is what the receiver answered."""

    delivery_id: str
    type: str
    subject: str
    data: dict[str, Any]
    state: Literal["waiting", "sending", "delivered", "failed", "withheld"]
    happened_at: datetime
    attempts: int
    due_at: datetime | None
    tried_at: datetime | None
    delivered_at: datetime | None
    status: int | None
    error: str | None


class DeliveryPageOut(BaseModel):
    """A page of wake-ups, the newest first."""

    deliveries: list[DeliveryOut]
    cursor: str | None


class ReplayIn(BaseModel):
    """From when on, and whether only what did not arrive."""

    since: AwareDatetime
    only: Literal["undelivered", "all"] = "undelivered"


class ReplayOut(BaseModel):
    """How many are sent once more; `more`: the bound was hit, call again once these arrived."""

    count: int
    more: bool
