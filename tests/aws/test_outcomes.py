"""What an error means, where its code alone does not say."""

from typing import Any

import pytest
from botocore import exceptions as botocore_errors

from orgaudit.aws.actions import action_of
from orgaudit.aws.outcomes import CallError, shortened, trouble_of
from orgaudit.model.calls import Outcome

OLD, NEW = action_of("cloudwatch", "DescribeAlarms"), action_of("cloudwatch", "ListAlarmMuteRules")
PAGE = "<!doctype html><title>500 Internal Server Error</title>"


def answer(code: str, status: int, message: str = "", request_id: str = "") -> botocore_errors.ClientError:
    about: dict[str, Any] = {"HTTPStatusCode": status} | ({"RequestId": request_id} if request_id else {})
    said: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": about}
    return botocore_errors.ClientError(said, "Operation")


@pytest.mark.parametrize(
    ("error", "new", "outcome"),
    [
        (answer("500", 500, PAGE), True, Outcome.NOT_OFFERED),
        (answer("500", 500, PAGE), False, Outcome.FAILED),
        (answer("400", 400), True, Outcome.NOT_OFFERED),
        (answer("400", 400), False, Outcome.FAILED),
        (answer("400", 400, request_id="r-1"), True, Outcome.FAILED),
        (answer("ValidationException", 400), True, Outcome.FAILED),
        (answer("500", 500, PAGE, request_id="r-1"), True, Outcome.FAILED),
        (answer("InternalFailure", 500), True, Outcome.FAILED),
        (answer("503", 503, PAGE), True, Outcome.FAILED),
        (answer("404", 404, "Not yet implemented"), True, Outcome.NOT_OFFERED),
        (answer("NotFound", 404), True, Outcome.NOT_FOUND),
        (NotImplementedError("not here"), True, Outcome.NOT_OFFERED),
    ],
)
def test_an_endpoint_that_does_not_know_a_newer_operation(error: Exception, new: bool, outcome: Outcome) -> None:
    """A bare page without AWS's request id says so; anything that AWS itself sent is a fault."""
    assert trouble_of(error, NEW if new else OLD, lambda: True).outcome is outcome


@pytest.mark.parametrize(("listed", "outcome"), [(True, Outcome.FAILED), (False, Outcome.NOT_OFFERED)])
def test_a_region_without_the_service_is_told_from_a_network_that_fails(listed: bool, outcome: Outcome) -> None:
    error = botocore_errors.EndpointConnectionError(endpoint_url="https://oam.eu-nowhere-1.amazonaws.com")
    assert trouble_of(error, NEW, lambda: listed).outcome is outcome


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (botocore_errors.ReadTimeoutError(endpoint_url="https://x"), True),
        (botocore_errors.ConnectTimeoutError(endpoint_url="https://x"), True),
        (botocore_errors.ConnectionClosedError(endpoint_url="https://x"), True),
        (botocore_errors.SSLError(endpoint_url="https://x", error="certificate"), False),
        (botocore_errors.NoCredentialsError(), False),
    ],
)
def test_what_a_retry_may_cure(error: Exception, again: bool) -> None:
    trouble = trouble_of(error, OLD, lambda: True)
    assert (trouble.outcome, trouble.again) == (Outcome.FAILED, again)


def test_a_message_is_one_short_line_without_encoded_blobs_and_web_pages() -> None:
    blob = "x" * 400
    assert shortened(f"not authorized.\n Encoded authorization failure message: {blob}") == (
        "not authorized. Encoded authorization failure message: [...]"
    )
    assert len(shortened("word " * 200)) == 300
    trouble = trouble_of(answer("503", 503, PAGE), OLD, lambda: True)
    assert isinstance(trouble, CallError)
    assert trouble.message == ""
