from __future__ import annotations

import pytest

from driverenv.requirements.draft import Draft
from driverenv.requirements.embedded import Malformed
from driverenv.requirements.lockfile import Locked, is_lockfile
from driverenv.requirements.lockfile import locked as read_lock

DIGEST = "ab" * 32
OTHER = "cd" * 32


def locked(text: str, shown: str) -> Locked:
    return read_lock(Draft(), text, shown)


def lock(packages: str, head: str = "") -> str:
    return f'lock-version = "1.0"\ncreated-by = "test"\n{head}\n{packages}'


def package(name: str, body: str) -> str:
    return f'[[packages]]\nname = "{name}"\n{body}\n'


def wheel(name: str, digest: str) -> str:
    return f'{{ name = "{name}", url = "https://files.test/{name}", hashes = {{ sha256 = "{digest}" }} }}'


SIX = package(
    "six",
    f"""version = "1.16.0"
marker = "python_version < '4'"
wheels = [{wheel("six-1.16.0-py3-none-any.whl", DIGEST.upper())}]
sdist = {wheel("six-1.16.0.tar.gz", OTHER)}""",
)


def test_names_of_lock_files() -> None:
    assert is_lockfile.__name__ == "is_valid_pylock_path"


def test_a_lock() -> None:
    found = locked(
        lock(SIX, 'requires-python = ">=3.9"\ndefault-groups = ["lab"]\ndependency-groups = ["lab"]'), "p"
    )
    assert found.problems == ()
    assert (found.requires_python, found.groups) == (">=3.9", frozenset({"lab"}))
    (root,) = found.roots
    assert str(root.requirement) == 'six==1.16.0; python_version < "4"'
    assert root.hashes == (("sha256", DIGEST), ("sha256", OTHER))
    assert (root.source.line, root.source.text) == (7, 'name = "six"')


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ('vcs = { type = "git", url = "https://x.test", commit-id = "a" }', "POLICY_VCS", "source code"),
        ('directory = { path = "." }', "POLICY_PATH", "from a folder"),
        (
            f'archive = {{ url = "https://x.test/a.zip", hashes = {{ sha256 = "{DIGEST}" }} }}',
            "POLICY_URL",
            "archive of its own",
        ),
        (f"wheels = [{wheel('six-1-py3-none-any.whl', DIGEST)}]", "REQUIREMENTS_SYNTAX", "no version of six"),
        (
            'version = "1"\nsdist = { name = "six-1.tar.gz", url = "https://x.test/s", hashes = { md5 = "aa" } }',
            "REQUIREMENTS_SYNTAX",
            "no sha256",
        ),
    ],
)
def test_packages_that_are_refused(body: str, code: str, message: str) -> None:
    found = locked(lock(package("six", body)), "pylock.toml")
    (problem,) = found.problems
    assert found.roots == ()
    assert (problem.code, problem.line, problem.raw) == (code, 5, 'name = "six"')
    assert message in problem.message


@pytest.mark.parametrize(
    ("text", "line", "detail"),
    [
        ("x = \n", 1, "no TOML"),
        ("a = " + "[" * 5000, 0, "no TOML"),
        ("x = 1\n", 0, "no lock file as PEP 751"),
        ('lock-version = "2.0"\ncreated-by = "x"\npackages = []\n', 0, "of another version"),
        (lock("packages = 7"), 0, "no lock file as PEP 751"),
    ],
)
def test_what_is_no_lock(text: str, line: int, detail: str) -> None:
    with pytest.raises(Malformed, match=detail) as raised:
        locked(text, "pylock.toml")
    assert raised.value.line == line
