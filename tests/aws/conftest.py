"""The scripted endpoint, for every test that asks for it."""

from collections.abc import Iterator

import pytest

from tests.aws.scripted import Endpoint, served


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    with served(monkeypatch) as endpoint:
        yield endpoint
