from __future__ import annotations

import pytest

from driverenv.repository.rules import Seen, Terms, check
from driverenv.repository.targets import Targets

SITE = Terms(Targets(), {})


def codes(*files: Seen, terms: Terms = SITE) -> list[tuple[str, str]]:
    return [(one.code, one.file) for one in check(files, terms)]


def seen(path: str, **more: object) -> Seen:
    return Seen(path, 100, frozenset({"six"}))._replace(**more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (seen("six-1.0-py3-none-any.whl"), ""),
        (seen("all.zip", kind="bundle", inside=("six-1.0.zip",)), "BUNDLE"),
        (seen("shell.zip", kind="shell"), "SHELL"),
        (seen("all.7z", kind="opaque"), "OPAQUE"),
        (seen("six-1.0.zip", kind="link", rejected="it leads nowhere"), "UNREADABLE"),
        (seen("readme.txt", kind="stray", claims=frozenset()), "STRAY"),
        (seen("six-1.0.zip", size=0), "HALF_COPIED"),
        (seen("six-1.0.zip.part"), "HALF_COPIED"),
        (seen("six-1.0.zip", rejected="its end record is missing (zip-end)"), "HALF_COPIED"),
        (seen("six-1.0.zip", rejected="a name has the part '..' (name-path)"), "BROKEN"),
        (seen("six-1.0 (1).zip"), "COPY"),
        (seen("Copy of six-1.0.zip"), "COPY"),
        (seen("six-1.0.zip~"), "COPY"),
        (seen("six-1.0 (1).zip", kind="bundle"), "COPY"),
        (seen("six-latest.zip"), "BAD_NAME"),
        (seen("six-1.0.whl"), "BAD_NAME"),
        (seen("six-1.0.egg"), "OLD_FORMAT"),
        (seen("six-1.0.zip.asc", claims=frozenset()), "STRAY"),
        (seen("my-2g-tool-1.0.zip"), "MISNAMED"),
        (seen("six-1.0.zip", listed="seven"), "MISNAMED"),
        (seen("six-1.0-cp35-cp35m-win32.whl"), "NO_TARGET"),
        (seen("six-1.0.zip", requires_python="<2"), "NO_TARGET"),
        (seen("six-1.0.zip", hashes=("md5",)), "WEAK_HASH"),
        (seen("six-1.0.zip", hashes=("sha256",)), ""),
        (seen("six-1.0.zip", notes=("odd",)), "EDITED"),
    ],
)
def test_one_file(one: Seen, expected: str) -> None:
    found = [code for code, _ in codes(one) if code != "UNUSABLE"]
    assert found == ([expected] if expected else [])


def test_one_name_twice() -> None:
    a, b = seen("six-1.0.zip", sha256="a"), seen("sub/six-1.0.zip", sha256="b")
    assert codes(a, b) == [("TWO_CONTENTS", "six-1.0.zip")]
    assert codes(a, b._replace(sha256="a")) == [("TWICE", "six-1.0.zip")]


def test_a_project_that_nobody_can_use() -> None:
    old, other = seen("six-1.0.egg"), seen("six-1.0-cp35-cp35m-win32.whl")
    assert ("UNUSABLE", "six-1.0.egg") in codes(old, other)
    assert "UNUSABLE" not in [code for code, _ in codes(old, other, seen("six-1.0.zip"))]
    assert "UNUSABLE" not in [code for code, _ in codes(old, seen("six-1.0.zip", size=0))]


def test_what_is_public_nearly_the_same_or_builds() -> None:
    terms = Terms(Targets(), {"a": "public PyPI"}, (("corp-util", "corp-utils"),))
    files = (seen("six-1.0.zip", sha256="a"), seen("setuptools-9.0.zip"), seen("setuptools-10.0.zip"))
    found = {one.code: one for one in check(files, terms)}
    assert found.keys() == {"PUBLIC_COPY", "LOOKALIKE", "BUILD_TOOL"}
    assert "public PyPI has the very same file" in found["PUBLIC_COPY"].why
    assert "the newest setuptools here is 10.0" in found["BUILD_TOOL"].why
