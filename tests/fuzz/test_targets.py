"""A few hundred tries of each target with Hypothesis; `python -m tests.fuzz` goes on for as long as one likes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import SEEDS, TARGETS

FEW = 150


@st.composite
def mutated(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """A real file with pieces of it cut, doubled, or replaced by noise."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 40)))
        noise = draw(st.one_of(st.binary(max_size=12), st.just(data[start:end] * 3), st.just(b"")))
        data = data[:start] + noise + data[end:]
    return data


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_real_files_pass(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_mutated_files(name: str) -> None:
    target: Callable[[bytes], None] = TARGETS[name]

    @settings(max_examples=FEW, deadline=None)
    @given(st.one_of(mutated(SEEDS[name]), st.binary(max_size=300)))
    def attempt(data: bytes) -> None:
        target(data)

    attempt()
