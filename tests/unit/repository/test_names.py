from __future__ import annotations

import pytest

from driverenv.repository.names import listed_as, readings, why_not


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("six-1.16.0-py2.py3-none-any.whl", [("six", "1.16.0")]),
        ("Ruamel_Yaml-0.15.33-py3-none-any.whl", [("ruamel-yaml", "0.15.33")]),
        ("my-2g-tool-1.0.zip", [("my-2g-tool", "1.0")]),
        ("giturlparse.py-0.0.5.tar.gz", [("giturlparse-py", "0.0.5")]),
        ("widget-1.0-1.tar.gz", [("widget-1-0", "1"), ("widget", "1.0.post1")]),
        ("widget-1!2.0+site.5.tar.gz", [("widget", "1!2.0+site.5")]),
        ("OfflinePackageRepository.zip", []),
        ("widget-latest.tar.gz", []),
        ("six-1.16.0 (1).tar.gz", []),
        ("Copy of six-1.16.0.tar.gz", []),
        ("six-1.16.0.whl", []),
        ("six-1.16.0.egg", []),
        (f"six-{'1' * 5000}.zip", []),
    ],
)
def test_what_a_name_says(filename: str, expected: list[tuple[str, str]]) -> None:
    assert [(one.project, one.version) for one in readings(filename)] == expected
    assert bool(why_not(filename)) is not bool(expected)


def test_the_tags_of_a_wheel() -> None:
    (one,) = readings("six-1.16.0-py2.py3-none-any.whl")
    assert (one.is_wheel, one.tags) == (True, ("py2-none-any", "py3-none-any"))
    (one,) = readings("six-1.16.0.tar.gz")
    assert (one.is_wheel, one.tags) == (False, ())


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("six-1.0-py2.7.egg", "it is an egg; wheels took their place"),
        ("six-1.0.win32.exe", "it is a Windows installer"),
        ("six-1.0.tar.bz2", "it is an sdist that is neither .tar.gz nor .zip"),
        ("six-1.0.tar.gz.asc", "it is a signature"),
        ("six.whl", "its name is none that a wheel can have (PEP 427)"),
        ("bundle.zip", "no project and version can be told from its name"),
        ("readme.txt", "it is neither a wheel nor an sdist"),
    ],
)
def test_why_a_file_is_none(filename: str, expected: str) -> None:
    assert why_not(filename) == expected


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("six-1.16.0-py2.py3-none-any.whl", "six"),
        ("my-2g-tool-1.0.zip", "my"),
        ("my_2g_tool-1.0-py3-none-any.whl", "my-2g-tool"),
        ("cloudshell-orch-core-3.1.zip", "cloudshell-orch-core"),
        ("a-b-1.zip", "a-b"),
        ("bundle.zip", "bundle"),
        ("six-1.0.7z", ""),
        ("six.whl", ""),
    ],
)
def test_where_a_pypiserver_lists_it(filename: str, expected: str) -> None:
    assert listed_as(filename) == expected
