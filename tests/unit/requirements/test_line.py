"""One line: a requirement with its hashes, or why not."""

from __future__ import annotations

import pytest

from driverenv.errors import PolicyViolation, RequirementsInvalid
from tests.unit.resolve.worlds import read

A, B = "a" * 64, "B" * 64


@pytest.mark.parametrize(
    "line",
    [
        "six",
        "six == 1.0",
        "Six_x.y[Socks, B]>=1,<2 ; python_version >= '3' and sys_platform == 'linux'",
        "foo (>=1.0)",
        "giturlparse.py",
        "ruamel.yaml~=0.17.0",
        "cloudshell-core>=9.3.0.177156",
        "six===1.0-weird",
        "six>=1,",
    ],
)
def test_requirements(line: str) -> None:
    root = read(line).roots[0]
    assert root.source.text == line
    assert root.hashes == ()


def test_hashes() -> None:
    root = read(f"six==1 \\\n    --hash=sha256:{A} \\\n    --hash SHA256:{B}\n").roots[0]
    assert root.hashes == (("sha256", A), ("sha256", B.lower()))
    assert str(root.source) == "requirements.txt line 1: six==1"


@pytest.mark.parametrize(
    "tail",
    ["--hash=md5:" + "a" * 32, "--hash=sha256:abc", "--hash=sha256", "--pre", "-q", f"--hash=sha256:{A} x"],
)
def test_what_may_not_follow(tail: str) -> None:
    with pytest.raises(RequirementsInvalid):
        read(f"six==1 {tail}")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("x @ https://host.test/x.whl", "POLICY_URL"),
        ("https://host.test/x.whl", "POLICY_URL"),
        ("x@http://host.test/x.zip ; python_version > '3'", "POLICY_URL"),
        ("git+https://host.test/x#egg=x", "POLICY_VCS"),
        ("x @ git+ssh://git@host.test/x", "POLICY_VCS"),
        ("git@host.test:x/y.git", "POLICY_VCS"),
        ("hg+https://host.test/x", "POLICY_VCS"),
        ("file:///srv/x.whl", "POLICY_PATH"),
        ("x @ file:///srv/x.whl", "POLICY_PATH"),
        ("./x", "POLICY_PATH"),
        ("..", "POLICY_PATH"),
        (".[dev]", "POLICY_PATH"),
        ("C:\\wheels\\x.whl", "POLICY_PATH"),
        ("wheels/x-1-py3-none-any.whl", "POLICY_PATH"),
        ("x-1-py3-none-any.whl", "POLICY_PATH"),
        ("x-1.tar.gz", "POLICY_PATH"),
        ("x==1 --global-option=a", "POLICY_OPTION"),
        ("x==1 --config-settings=a=b", "POLICY_OPTION"),
        ("x==${VERSION}", "POLICY_ENV"),
        ("https://${TOKEN}@host.test/x.whl", "POLICY_ENV"),
    ],
)
def test_places_instead_of_projects(line: str, code: str) -> None:
    with pytest.raises(PolicyViolation) as raised:
        read(line)
    assert raised.value.code == code


def test_a_variable_is_named_and_never_read() -> None:
    with pytest.raises(PolicyViolation, match="the variable PATH of this machine"):
        read("six==${PATH}")
    assert read("six  # ${HOME}").roots


def test_at_signs_are_for_urls() -> None:
    with pytest.raises(RequirementsInvalid, match=r"probably meant: six==1\.0"):
        read("six@1.0")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("aaa==" + "1" * 5000, "too many digits"),
        ("aaa; " + "(" * 5000, "nested too deeply"),
        ("aaa" + "a" * 10_000, "10,000 characters"),
        ("aaa \\\n--\x1b", "only --hash"),
    ],
)
def test_hostile_lines_are_problems_like_others(text: str, message: str) -> None:
    with pytest.raises(RequirementsInvalid, match=message) as raised:
        read(text)
    assert "\x1b" not in raised.value.summary
