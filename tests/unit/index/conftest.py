"""A transport that never sleeps, over whatever the test serves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from driverenv._http import HttpTransport, Timeouts, open_transport
from driverenv.model.site import Policy

OpenTransport = Callable[[Policy], HttpTransport]


@pytest.fixture
def transport_for() -> Iterator[OpenTransport]:
    with ExitStack() as stack:

        def make(policy: Policy) -> HttpTransport:
            return stack.enter_context(open_transport(policy, timeouts=Timeouts(sleep=lambda _: None)))

        yield make
