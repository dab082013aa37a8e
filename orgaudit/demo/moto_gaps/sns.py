"""SNS: subscriptions that wait for somebody to confirm them."""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.sns.models import SNSBackend, Subscription, sns_backends
from moto.sns.responses import SNSResponse

from orgaudit.demo.moto_gaps.bridge import Bridge, Shim, replaces

CONFIRMED_BY_A_PERSON = ("email", "email-json", "http", "https")


def confirm_subscription(subscription_arn: str) -> None:
    """Do what the reader of the confirmation mail does. The token of ConfirmSubscription travels by mail alone."""
    region, account_id = subscription_arn.split(":")[3:5]
    sns_backends[account_id][region].subscriptions[subscription_arn].attributes["PendingConfirmation"] = False


def _is_pending(subscription: Subscription) -> bool:
    return bool(subscription.attributes["PendingConfirmation"])


@replaces(SNSBackend, "subscribe")
def subscriptions_start_pending(
    bridge: Bridge, original: Callable[..., Any], backend: SNSBackend, topic_arn: str, endpoint: str, protocol: str
) -> Subscription:
    """Moto confirms every subscription at once; AWS waits for the owner of the mailbox or endpoint."""
    known = set(backend.subscriptions)
    subscription: Subscription = original(backend, topic_arn, endpoint, protocol)
    if subscription.arn not in known and protocol in CONFIRMED_BY_A_PERSON:
        subscription.attributes.update(PendingConfirmation=True, ConfirmationWasAuthenticated=False)
    return subscription


@replaces(SNSResponse, "subscribe")
def pending_subscriptions_have_no_arn(
    bridge: Bridge, original: Callable[..., Any], response: SNSResponse
) -> ActionResult:
    """AWS answers an ARN for a pending subscription only where the caller asks for it."""
    answer: Any = original(response).result
    subscription = response.backend.subscriptions[answer["SubscriptionArn"]]
    if _is_pending(subscription) and not response._get_bool_param("ReturnSubscriptionArn"):
        return ActionResult({"SubscriptionArn": "pending confirmation"})
    return ActionResult(answer)


@replaces(SNSResponse, "list_subscriptions_by_topic")
def pending_subscriptions_are_listed_as_such(
    bridge: Bridge, original: Callable[..., Any], response: SNSResponse
) -> ActionResult:
    """AWS lists `PendingConfirmation` where the ARN would stand. moto's stored ARN stays, it is a key."""
    answer: Any = original(response).result
    return ActionResult({**answer, "Subscriptions": [_listed(item) for item in answer["Subscriptions"]]})


def _listed(subscription: Subscription) -> dict[str, str]:
    return {
        "SubscriptionArn": "PendingConfirmation" if _is_pending(subscription) else subscription.arn,
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "TopicArn": subscription.topic_arn,
    }


@replaces(SNSResponse, "get_topic_attributes")
def topics_count_their_subscriptions(
    bridge: Bridge, original: Callable[..., Any], response: SNSResponse
) -> ActionResult:
    """Moto's counters stay 0."""
    answer: Any = original(response).result
    topic = response.backend.get_topic(response._get_param("TopicArn"))
    pending = [_is_pending(item) for item in response.backend._get_topic_subscriptions(topic)]
    counted = {"SubscriptionsPending": sum(pending), "SubscriptionsConfirmed": len(pending) - sum(pending)}
    return ActionResult({"Attributes": {**answer["Attributes"], **counted}})


SHIMS: tuple[Shim, ...] = (
    subscriptions_start_pending,
    pending_subscriptions_have_no_arn,
    pending_subscriptions_are_listed_as_such,
    topics_count_their_subscriptions,
)
