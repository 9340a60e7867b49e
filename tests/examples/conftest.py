"""What stands in for public PyPI where the examples run."""

from __future__ import annotations

import pytest

from tests.kit import StaticIndex
from tests.kit.factories import StaticIndexFactory, UniverseFactory


@pytest.fixture
def public(universe: UniverseFactory, static_index: StaticIndexFactory) -> StaticIndex:
    """A public index on loopback: what hello-driver wants of it, and a greater hello-greeter as a trap."""
    content = {"projects": {"humanize": ["4.12.0", "5.0"], "hello-greeter": ["1.9.0"]}}
    return static_index(universe({"public": content}))
