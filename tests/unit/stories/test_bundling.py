from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from driverenv.errors import DriverEnvError, RepositoryRefused, Unresolvable
from driverenv.events import Warned, Working
from driverenv.model.site import Index
from driverenv.stories import handover
from driverenv.stories.abroad import Aim, Terms
from driverenv.stories.bundling import Created, create
from driverenv.stories.fleet import in_folder
from tests.kit.factories import StaticIndexFactory
from tests.kit.wheels import make_wheel
from tests.unit.stories.bench import RUNNING, Bench

WINDOWS, LINUX = Aim("3.9", "win_amd64"), Aim("3.12", "linux_x86_64")


def packed(
    bench: Bench,
    *aims: Aim,
    name: str = "site.zip",
    changes: Mapping[str, object] | None = None,
    **options: Any,  # noqa: ANN401 (fields have all types)
) -> Created:
    members = in_folder(str(bench.root / "drivers"))
    terms = Terms(bench.policy(**(changes or {})), str(bench.home))
    path = bench.root / name
    return create(members, aims or (Aim(),), terms, path, on_event=bench.events.append, **options)


def names(made: Created) -> list[str]:
    with zipfile.ZipFile(made.path) as archive:
        return sorted(archive.namelist())


def files(made: Created, driver: str, target: str) -> list[str]:
    (share,) = (one for one in made.bundle.shares if (one.driver, one.target) == (driver, target))
    return [use.filename for use in share.uses]


def test_just_what_a_windows_server_needs(bench: Bench, static_index: StaticIndexFactory) -> None:
    public = bench.root / "public"
    for tag in ("cp39-cp39-win_amd64", "cp312-cp312-win_amd64", "cp39-cp39-manylinux_2_17_x86_64"):
        make_wheel(public, "fast", "1.0", tag=tag, requires=['colour; sys_platform == "win32"'])
    make_wheel(public, "colour", "1.0")
    make_wheel(public, "six", "1.0")
    make_wheel(public, "six", "2.0", requires_python=">=3.10")
    bench.wheel("mine", "1.0", requires=["fast"])
    bench.driver("mine\n", "A driver")
    bench.driver("six\n", "B")
    index = Index(static_index(public).simple_url, name="public")
    made = packed(bench, WINDOWS, changes={"mode": "online", "public": index})
    assert names(made) == [
        "files/colour-1.0-py3-none-any.whl",
        "files/fast-1.0-cp39-cp39-win_amd64.whl",
        "files/mine-1.0-py3-none-any.whl",
        "files/six-1.0-py3-none-any.whl",
        "locks/A-driver/3.9-win_amd64/pylock.toml",
        "locks/B/3.9-win_amd64/pylock.toml",
        "manifest.json",
    ]
    assert {one.origin for one in made.bundle.items} == {"local", "public"}
    assert handover.verify(made.path).bundle == made.bundle
    assert str(bench.root).encode() not in Path(made.path).read_bytes()
    again = packed(bench, WINDOWS, name="again.zip", changes={"mode": "online", "public": index})
    assert Path(again.path).read_bytes() == Path(made.path).read_bytes()
    assert [one.what for one in bench.events if isinstance(one, Working)][-3:] == [
        "A driver",
        "B",
        "again.zip",
    ]


def test_what_builds_need_comes_along_and_is_told_beforehand(bench: Bench) -> None:
    bench.sdist("kit", "1.0", build_requires=["tool"], files={"src/speed.c": ""})
    bench.wheel("tool", "1.0")
    bench.driver("kit\n", "A")
    made = packed(bench, WINDOWS)
    (share,) = made.bundle.shares
    assert files(made, "A", "3.9-win_amd64") == ["kit-1.0.tar.gz"]
    assert [use.filename for use in share.builds[0].uses] == ["tool-1.0-py3-none-any.whl"]
    (note,) = made.notes
    assert "kit 1.0 is an sdist only: it will be built on Python 3.9" in note
    assert "compiler" in note
    told = [
        type(one)
        for one in bench.events
        if isinstance(one, Warned) or getattr(one, "verb", "") == "fetching for"
    ]
    assert told == [Warned, Working]
    handover.verify(made.path)


def test_what_a_build_here_asks_for_besides(bench: Bench) -> None:
    bench.sdist("kit", "1.0", hook_requires=["more"])
    bench.wheel("more", "1.0")
    bench.driver("kit\n", "A")
    made = packed(bench)
    assert [one.filename for one in made.bundle.items] == ["kit-1.0.tar.gz", "more-1.0-py3-none-any.whl"]
    assert made.bundle.shares[0].builds[-1].requires == ("more==1.0",)


def test_sdists_become_wheels_where_they_can(bench: Bench) -> None:
    bench.sdist("kit", "1.0", build_requires=["tool"], requires=["six"])
    bench.wheel("tool", "1.0")
    bench.wheel("six", "1.0")
    bench.driver("kit\n", "A")
    made = packed(bench, Aim(), Aim(RUNNING, "win_amd64"), Aim("3.15", "win_amd64"), build=True)
    wheel = "kit-1.0-py3-none-any.whl"
    here = made.bundle.shares[0].target
    assert (
        files(made, "A", here)
        == files(made, "A", f"{RUNNING}-win_amd64")
        == [wheel, "six-1.0-py3-none-any.whl"]
    )
    assert files(made, "A", "3.15-win_amd64") == ["kit-1.0.tar.gz", "six-1.0-py3-none-any.whl"]
    assert made.bundle.item(wheel).origin == "built"
    handover.verify(made.path)


def test_what_the_policy_says_otherwise_is_no_gap(bench: Bench) -> None:
    bench.wheel("lib", "1.0", requires=["six>=2"])
    bench.wheel("six", "1.0")
    bench.driver("lib\n", "A")
    made = packed(bench, WINDOWS, changes={"overrides": ["six<2"]})
    assert made.bundle.shares[0].waived == ("lib-1.0-py3-none-any.whl needs six>=2, and 1.0 is there",)
    handover.verify(made.path)


def test_a_driver_that_brings_a_wheel(bench: Bench) -> None:
    folder = bench.driver("./own-1.0-py3-none-any.whl\n", "A")
    make_wheel(folder, "own", "1.0", requires=["six"])
    bench.wheel("six", "1.0")
    made = packed(bench, WINDOWS, changes={"bundled": "allowed"})
    assert [one.filename for one in made.bundle.items] == ["six-1.0-py3-none-any.whl"]
    assert made.bundle.shares[0].lock == ""
    handover.verify(made.path)


def failing(bench: Bench, *aims: Aim) -> DriverEnvError:
    with pytest.raises(DriverEnvError) as caught:
        packed(bench, *aims)
    assert not (bench.root / "site.zip").exists()
    return caught.value


def test_what_cannot_be_had_is_told_of_all_at_once(bench: Bench) -> None:
    bench.wheel("six", "1.0")
    bench.driver("six>=2\n", "A")
    error = failing(bench, WINDOWS)
    assert (error.code, error.facts[0]) == ("LOCAL_NO_MATCH", ("bundle for", "A on 3.9-win_amd64"))
    bench.driver("nowhere\n", "B")
    bench.driver("six\n", "C")
    error = failing(bench, WINDOWS, LINUX)
    assert error.summary.startswith("4 of 6 combinations of driver and target cannot be had")
    assert "driverenv missing" in error.remedies[0]
    assert len(error.data["problems"]) == 4
    assert not isinstance(error, Unresolvable)


def test_tools_of_a_build_that_cannot_be_had(bench: Bench) -> None:
    bench.sdist("kit", "1.0", build_requires=["nowhere"])
    bench.driver("kit\n", "A")
    assert failing(bench, WINDOWS).code == "ABSENT_OFFLINE"


def test_a_place_that_cannot_be_written_is_found_first(bench: Bench) -> None:
    bench.driver("nowhere\n", "A")
    (bench.root / "site.zip").mkdir()
    with pytest.raises(RepositoryRefused) as caught:
        packed(bench, WINDOWS)
    assert caught.value.code == "BUNDLE_UNWRITABLE"


def drivers(made: Created) -> Sequence[str]:
    return [one.lock for one in made.bundle.shares]


def test_drivers_of_one_name_have_their_own_locks(bench: Bench) -> None:
    bench.wheel("six", "1.0")
    first, second = bench.driver("six\n", "A b"), bench.driver("", "A-b")
    assert first != second
    assert drivers(packed(bench, WINDOWS)) == [
        "locks/A-b/3.9-win_amd64/pylock.toml",
        "locks/A-b-2/3.9-win_amd64/pylock.toml",
    ]
