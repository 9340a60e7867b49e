from __future__ import annotations

import pytest

from driverenv.model.lock import Entry
from driverenv.model.requirement import Source
from driverenv.requirements.embedded import Malformed
from driverenv.requirements.promise import promise
from tests.unit.requirements.test_lockfile import DIGEST, OTHER, SIX, lock, package, wheel
from tests.unit.resolve.worlds import target


def test_what_it_promises() -> None:
    own = '\n[packages.tool.driverenv]\npublic = true\n[tool.driverenv]\nenvironment = "k"'
    found = promise(lock(SIX + own, 'requires-python = ">=3.9"'), "pylock.toml", target())
    digests = frozenset({("sha256", DIGEST), ("sha256", OTHER)})
    entry = Entry("1.16.0", digests, public=True, source=Source("pylock.toml", 5, 'name = "six"'))
    assert dict(found.entries) == {"six": entry}
    assert (found.path, found.requires_python, found.environment) == ("pylock.toml", ">=3.9", "k")


def test_what_other_tools_leave_out() -> None:
    body = f'archive = {{ url = "https://a.test/six.zip", hashes = {{ sha256 = "{DIGEST}" }} }}'
    found = promise(lock(package("six", body), "[tool.driverenv]\nenvironment = 7"), "pylock.toml", target())
    assert (found.entries["six"].version, found.entries["six"].public, found.environment) == ("", None, "7")  # type: ignore[index]


def test_what_is_for_other_platforms_is_no_promise() -> None:
    wheels = f"wheels = [{wheel('six-1.0-py3-none-any.whl', DIGEST)}]"
    both = package("six", f'version = "1.0"\nmarker = "sys_platform == \'win32\'"\n{wheels}') + package(
        "six", f'version = "2.0"\nmarker = "sys_platform == \'linux\'"\n{wheels.replace("1.0", "2.0")}'
    )
    found = promise(lock(both), "pylock.toml", target())
    assert [entry.version for entry in found.entries.values()] == ["2.0"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[", "no TOML"),
        ("a = 1", "no lock file"),
        (lock(SIX + SIX), "two entries of six"),
        (lock(package("six", 'version = "1.0"\nwheels = []')), "no"),
        (
            lock(package("six", '[packages.directory]\npath = "."')),
            "source code",
        ),
        (
            lock(
                package(
                    "six",
                    'version = "1.0"\nsdist = { url = "https://a.test/six-1.0.tar.gz", hashes = { md5 = "00" } }',
                )
            ),
            "no sha256",
        ),
    ],
)
def test_what_is_none(text: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        promise(text, "pylock.toml", target())
