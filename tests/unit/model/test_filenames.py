from __future__ import annotations

import pytest

from driverenv.model.filenames import passed_by


@pytest.mark.parametrize(
    ("filename", "what"),
    [
        ("six-1.0-py2.7.EGG", "an egg; wheels took their place"),
        ("six-1.0.tar.bz2", "an sdist that is neither .tar.gz nor .zip"),
        ("six-1.0.tar.gz.asc", "a signature"),
        ("six-1.0-py3-none-any.whl.metadata", "a sidecar"),
        ("six-1.0.tar.gz", ""),
        ("six-1.0-py3-none-any.whl", ""),
        ("README", ""),
    ],
)
def test_what_no_launch_takes(filename: str, what: str) -> None:
    assert passed_by(filename) == what
