from __future__ import annotations

import pytest
from packaging.requirements import InvalidRequirement
from packaging.utils import NormalizedName

from driverenv.archive.requires import read_requirement, what_is_wrong
from driverenv.model.amended import AS_IT_IS, Amended

URL = {"requires-dist": ["Evil @ https://evil.example/e.zip"]}


@pytest.mark.parametrize(
    "line", ["six", "six>=1", "a[b] (>=1) ;\n python_version<'3'", "six" + " " * 10_000 + ">=1"]
)
def test_read(line: str) -> None:
    assert read_requirement(line).name in ("six", "a")


@pytest.mark.parametrize("line", ["", "six>dev", "six>=" + "9" * 5000, "s\udcffx", "six" + " " * 20_000])
def test_not_read(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (whatever it says)
        read_requirement(line)


def test_a_reason_is_kept() -> None:
    with pytest.raises(InvalidRequirement, match="dev"):
        read_requirement("pytz>dev")


@pytest.mark.parametrize("python", ["", ">=3.6", ">=3.6.*", ">= 3.6, <4,", "!=3.0.*", "==3.7"])
def test_pythons(python: str) -> None:
    assert what_is_wrong({"requires-python": [python]}, AS_IT_IS) == ""


@pytest.mark.parametrize("python", ["3.6", "three", ">=3.6;<4", ">=" + "9" * 5000])
def test_pythons_that_are_none(python: str) -> None:
    assert "Requires-Python" in what_is_wrong({"requires-python": [python]}, AS_IT_IS)


def test_what_the_site_says_counts_instead() -> None:
    assert what_is_wrong(URL, AS_IT_IS) == "it requires Evil from a URL"
    assert what_is_wrong(URL, Amended(requires=True)) == ""
    assert what_is_wrong(URL, Amended(projects=frozenset({NormalizedName("evil")}))) == ""
    assert what_is_wrong(URL, Amended(projects=frozenset({NormalizedName("other")}))) != ""


def test_too_many_are_too_many_whatever_the_site_says() -> None:
    fields = {"requires-dist": ["six"] * 5001}
    assert what_is_wrong(fields, Amended(requires=True)) != ""
