"""What callers say of their subscriptions, and what a receiver is sent."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel
from pydantic import Field as Of

from kit.subscription_wire import SubscriptionAsked, event_names
from kit.subscriptions import PING
from registry.subscriptions.relay import EVENTS

if TYPE_CHECKING:
    EventName = str
else:
    EventName = event_names(EVENTS)


class SubscriptionIn(SubscriptionAsked):
    """Where to be woken, and by what."""

    events: Annotated[list[EventName], Of(min_length=1, max_length=len(EVENTS))]


class FeedEventOut(BaseModel):
    """What a receiver is sent: a CloudEvent that says where to look and nothing of what is there. `data`: the `area`
    whose changes to follow; of a ping `challenge`, to be repeated in the answer's body."""

    specversion: Literal["1.0"]
    id: str
    type: Annotated[str, Of(json_schema_extra={"enum": [*EVENTS, PING]})]
    source: str
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"]
    data: dict[str, str]
