from __future__ import annotations

import pytest

from driverenv.model.plan import CODE, DATA, OVERLAY, SCRIPT
from driverenv.plan.copied import kinds, matcher
from tests.unit.plan.worlds import LIB, Row, dist, plan, targets


def test_without_patterns_nobody_is_asked() -> None:
    assert matcher(()) is None


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("config.py", "acme/config.py", True),
        ("config.py", "config.py", True),
        ("config.py", "acme/config.pyc", False),
        ("*_config.py", "acme/deep/qs_config.py", True),
        ("CONFIG.PY", "acme/Config.py", True),
        ("acme/config.py", "acme/config.py", True),
        ("acme/config.py", "other/acme/config.py", False),
        ("acme/*/settings.py", "acme/a/b/settings.py", True),
        ("acme/*", "acme/x.py", True),
        ("acme/*", "acmes/x.py", False),
        ("acme.py", "acmeXpy", False),
        ("*", "anything/at all", True),
    ],
)
def test_patterns(pattern: str, path: str, expected: bool) -> None:
    matches = matcher([pattern, "none/of/these"])
    assert matches is not None
    assert matches(path) is expected


def test_what_is_meant_is_no_code_any_more() -> None:
    rows = [Row("purelib", "acme/config.py"), Row("platlib", "acme/fast.so"), Row("scripts", "config.py")]
    made = targets(plan(dist("acme", *rows), copied=("config.py",)))
    assert made[f"{LIB}/acme/config.py"] == ("acme", DATA)
    assert made[f"{LIB}/acme/fast.so"] == ("acme", CODE)
    assert made["bin/config.py"] == ("acme", SCRIPT)


@pytest.mark.parametrize(
    ("path", "usual", "expected"),
    [
        ("acme/qs_config.ini", DATA, OVERLAY),
        ("acme/config.py", CODE, OVERLAY),
        ("acme/other.py", CODE, DATA),
        ("acme/other.ini", DATA, DATA),
        ("acme-1.0.dist-info/METADATA", CODE, CODE),
        ("acme.pth", DATA, DATA),
        ("sitecustomize.py", CODE, CODE),
        ("sitecustomize/config.py", CODE, CODE),
    ],
)
def test_what_may_be_edited(path: str, usual: str, expected: str) -> None:
    kind = kinds(["other.*"], ["qs_config.ini", "config.py", "METADATA", "*.pth", "sitecustomize*"])
    assert kind is not None
    assert kind(path, usual) == expected


def test_without_patterns_everything_is_what_it_is() -> None:
    assert kinds((), ()) is None
    kind = kinds((), ["config.ini"])
    assert kind is not None
    assert kind("a/b.py", CODE) == CODE
