from __future__ import annotations

import pytest

from driverenv.index.confusable import Lookalikes, refusal, warning
from driverenv.model.site import Index

LAB = Index("http://lab:8036/simple/", name="lab")


@pytest.mark.parametrize(
    ("asked", "local"),
    [
        ("corp-utils", "corp-util"),
        ("corp-util", "corp-utils"),
        ("corputil", "corp-util"),
        ("corp-util", "corputil"),
        ("my-cool-lib", "mycoollib"),
        ("mycoollib", "my-cool-lib"),
        ("c0rp-utils", "corp-utils"),
        ("c0rp-uti1s", "corp-utils"),
        ("corp-utlis", "corp-utils"),
        ("modern-lib", "modem-lib"),
        ("modem-lib", "modern-lib"),
        ("corp-utiis", "corp-utils"),
        ("widgwet", "widget"),
        ("wodget", "widget"),
        ("a-b", "ab"),
    ],
)
def test_nearly_the_same(asked: str, local: str) -> None:
    assert Lookalikes(["something-else", local]).of(asked) == (local,)


@pytest.mark.parametrize(
    ("asked", "local"),
    [
        ("six", "sox"),
        ("ab", "abc"),
        ("pip", "pipx"),
        ("requests", "numpy"),
        ("corp-utils-two", "corp-utils"),
        ("x" * 100, "x" * 99),
    ],
)
def test_not_the_same(asked: str, local: str) -> None:
    assert Lookalikes([local]).of(asked) == ()


def test_a_name_that_is_known_is_no_slip() -> None:
    assert Lookalikes(["corp-util", "corp-utils"]).of("corp-util") == ()


def test_all_that_are_near() -> None:
    assert Lookalikes(["corp-utils", "corp-utile", "other"]).of("corp-util") == ("corp-utile", "corp-utils")


def test_no_names_at_all() -> None:
    assert Lookalikes([]).of("widget") == ()
    assert Lookalikes(["a\nb", "widgets"]).of("widget") == ("widgets",)


def test_it_says_both_names() -> None:
    text = warning("corp-util", ["corp-utils"], LAB)
    assert "corp-util," in text
    assert "corp-utils" in text
    error = refusal("corp-util", ["corp-utils", "corp-utile", "corp-uti", "corp-ut"], LAB)
    assert error.code == "CONFUSABLE"
    assert error.data["near"] == ["corp-ut", "corp-uti", "corp-utile", "corp-utils"]
    assert "corp-ut, corp-uti, corp-utile, ..." in str(error)
