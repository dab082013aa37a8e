"""Reading what came as an answer: botocore's parsers, which expect AWS, made safe for whatever else may come.

A proxy's page, ``null`` or a text where a list should be make botocore 1.44.5 raise KeyError, AttributeError and the
like (measured); here each is an answer that cannot be read, and is asked for again. What came is never quoted, as
botocore does in its own errors: half an answer to AssumeRole may hold its credentials.

A setting newer than botocore's models is kept as it came, so that nothing is judged as if it were not there.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from botocore.parsers import ResponseParser, ResponseParserError, ResponseParserFactory
from botocore.utils import parse_timestamp

from orgaudit.aws.outcomes import IncompleteAnswerError
from orgaudit.model.calls import rfc3339

_UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    ResponseParserError,
    TypeError,
    ValueError,
)
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class Parsers(ResponseParserFactory):
    """botocore's parsers; times are kept as text, and what cannot be read raises IncompleteAnswerError."""

    def __init__(self) -> None:
        super().__init__()
        self.set_parser_defaults(timestamp_parser=timestamp)

    def create_parser(self, protocol_name: str) -> ResponseParser:
        """A parser of this protocol."""
        parser = super().create_parser(protocol_name)
        parser.parse = _careful(parser.parse, "json" in protocol_name)  # type: ignore[method-assign,assignment]
        return parser


def timestamp(value: Any) -> str:
    """A time as RFC 3339 in UTC; what cannot be read as a time is kept as it came."""
    try:
        return rfc3339(parse_timestamp(value))
    except (TypeError, ValueError, OverflowError, RuntimeError):
        return str(value)


def _careful(parse: Callable[[Any, Any], Any], is_json: bool) -> Callable[[Any, Any], Any]:
    def read(response: Any, shape: Any) -> Any:
        try:
            parsed = parse(response, shape)
            if is_json and shape is not None and response["status_code"] < 300:
                _keep_unknown(parsed, json.loads(response["body"] or b"{}"), shape)
        except _UNREADABLE as error:
            raise IncompleteAnswerError(f"what came cannot be read ({type(error).__name__})") from None
        return _encodable(parsed) if _ESCAPED_SURROGATE.search(response["body"]) else parsed

    return read


def _keep_unknown(parsed: Any, came: Any, shape: Any) -> None:
    """Adds to the structures that an answer lists what botocore's model of them does not name."""
    for name, member in shape.members.items():
        if member.type_name == "list" and member.member.type_name == "structure":
            known = member.member.members.keys()
            for thing, all_of_it in zip(parsed.get(name) or (), came.get(name) or (), strict=False):
                thing.update({key: all_of_it[key] for key in all_of_it.keys() - known})


def _encodable(value: Any) -> Any:
    """JSON can spell halves of characters, which no file can hold: U+FFFD stands for each."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return value
