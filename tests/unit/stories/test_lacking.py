from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.errors import IndexUnavailable
from driverenv.model.site import Index
from driverenv.stories.abroad import Aim, Terms
from driverenv.stories.fleet import in_folder
from driverenv.stories.lacking import Lacking, lacking
from tests.kit.factories import StaticIndexFactory
from tests.kit.sdists import make_sdist
from tests.kit.wheels import make_wheel
from tests.unit.stories.bench import RUNNING, Bench

TARGETS = (Aim("3.9", "win_amd64"), Aim("3.12", "linux_x86_64"))


def looked(bench: Bench, *aims: Aim, **changes: object) -> Lacking:
    members = in_folder(str(bench.root / "drivers"))
    terms = Terms(bench.policy(**changes), str(bench.home))
    return lacking(members, aims or TARGETS, terms, on_event=bench.events.append)


def rows(found: Lacking) -> set[tuple[str, str, str, str]]:
    return {(one.kind, one.wanted, one.driver.name, one.target.partition("-")[0]) for one in found.lacks}


def test_offline_every_line_has_its_say(bench: Bench) -> None:
    bench.wheel("rack", "1.0", tag="cp39-cp39-win_amd64", requires=["deep>=2"])
    bench.wheel("rack", "0.9")
    bench.wheel("deep", "1.0")
    bench.wheel("old", "1.0")
    bench.driver("rack==1.0\nnowhere\nold>=2\n", "A")
    bench.driver("old\n", "B")
    bench.driver("old>\n", "C")
    found = looked(bench)
    assert rows(found) == {
        ("unfit", "deep>=2", "A", "3.9"),
        ("unfit", "rack==1.0", "A", "3.12"),
        ("absent", "nowhere", "A", "3.9"),
        ("absent", "nowhere", "A", "3.12"),
        ("unfit", "old>=2", "A", "3.9"),
        ("unfit", "old>=2", "A", "3.12"),
        ("failed", "", "C", "3.9"),
        ("failed", "", "C", "3.12"),
    }
    assert not found.is_complete
    assert {one.error.code for one in found.lacks if one.error} == {
        "LOCAL_NO_MATCH",
        "ABSENT_OFFLINE",
        "REQUIREMENTS_SYNTAX",
    }


def test_what_was_hidden_behind_a_bad_line_is_found(bench: Bench) -> None:
    bench.wheel("good", "1.0", requires=["hidden"])
    bench.driver("nowhere\ngood\n", "A")
    assert {one.project for one in looked(bench).lacks} == {"nowhere", "hidden"}


def test_nothing_is_missing(bench: Bench) -> None:
    bench.wheel("six", "1.0")
    bench.driver("six\n", "A")
    found = looked(bench, Aim())
    assert found.is_complete
    assert found.targets[0].startswith(f"{RUNNING}-")


def test_online_the_whole_closure_with_what_builds_need(
    bench: Bench, static_index: StaticIndexFactory
) -> None:
    bench.wheel("mine", "1.0", requires=["kit"])
    make_sdist(bench.root / "public", "kit", "1.0", requires=["deep"], build_requires=["tool", "nowhere"])
    make_sdist(bench.root / "public", "kit", "0.9", requires=["deep"], build_requires=["tool"])
    make_wheel(bench.root / "public", "deep", "1.0")
    make_wheel(bench.root / "public", "tool", "1.0")
    public = Index(static_index(bench.root / "public").simple_url, name="public")
    bench.driver("mine\nkit<1\n", "A")
    bench.driver("kit==1.0\n", "B")
    found = looked(bench, Aim("3.9", "win_amd64"), mode="online", public=public)
    told = {(one.kind, one.wanted, one.project, one.for_build_of, one.driver.name) for one in found.lacks}
    assert told == {
        ("absent", "0.9", "kit", "", "A"),
        ("absent", "1.0", "deep", "", "A"),
        ("absent", "1.0", "tool", "kit 0.9", "A"),
        ("absent", "1.0", "kit", "", "B"),
        ("absent", "1.0", "deep", "", "B"),
        ("absent", "nowhere", "nowhere", "kit 1.0", "B"),
    }
    kit = next(one for one in found.lacks if one.project == "kit")
    assert (kit.filename, kit.is_sdist) == ("kit-0.9.tar.gz", True)


def test_an_sdist_that_cannot_be_built_is_named(bench: Bench) -> None:
    bench.sdist("bare", "1.0", backend="none", metadata_version="2.2")
    bench.driver("bare\n", "A")
    (one,) = looked(bench, TARGETS[0]).lacks
    assert (one.kind, one.project, one.wanted) == ("failed", "bare", "bare 1.0")


def test_a_local_index_that_cannot_answer_is_no_list(bench: Bench, tmp_path: Path) -> None:
    bench.driver("six\n", "A")
    gone = [Index(tmp_path / "gone", name="gone")]
    with pytest.raises(IndexUnavailable):
        looked(bench, local=gone)
