"""Nouns there and back again."""

from __future__ import annotations

import pickle
from typing import TypeVar

T = TypeVar("T")


def pickled(noun: T, protocol: int = pickle.DEFAULT_PROTOCOL) -> T:
    """What comes out of the pickle of `noun`."""
    again: T = pickle.loads(pickle.dumps(noun, protocol))  # noqa: S301 (our own bytes)
    return again
