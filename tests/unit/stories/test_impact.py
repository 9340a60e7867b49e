from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from driverenv.errors import RepositoryRefused
from driverenv.events import Event, Working
from driverenv.model.site import Index
from driverenv.repository.checking import Checked, check
from driverenv.stories.fleet import Member, in_folder
from driverenv.stories.impact import Impact, Terms, impact, refuse
from tests.kit.factories import StaticIndexFactory
from tests.kit.sdists import make_sdist
from tests.kit.wheels import make_wheel
from tests.unit.stories.bench import Bench


def offered(bench: Bench, *paths: Path) -> list[Checked]:
    return [check(path, filename=path.name, shown=path.name) for path in paths]


def judged(
    bench: Bench,
    *come: Path,
    go: Sequence[str] = (),
    index: Index | None = None,
    members: Sequence[Member] = (),
    heard: list[Event] | None = None,
    **changes: object,
) -> Impact:
    policy = bench.policy(**changes)
    return impact(
        members or in_folder(str(bench.root / "drivers")),
        Terms(policy, str(bench.home)),
        index=index or policy.local[0],
        come=offered(bench, *come),
        go=go,
        on_event=(heard if heard is not None else []).append,
    )


def statuses(found: Impact) -> dict[str, str]:
    return {one.member.name: one.status for one in found.verdicts}


def test_each_driver_has_its_verdict_and_nothing_is_placed(bench: Bench) -> None:
    bench.wheel("six", "1.0")
    bench.wheel("humanize", "4.9")
    bench.wheel("rack-tools", "1.0", requires=["humanize>=4"])
    for name, text in {
        "A same": "six\n",
        "B better": "humanize\n",
        "C strict": "humanize<4.9,>4\n",
        "D missing": "nothing\n",
        "E deep": "rack-tools\n",
        "F broken": "six>=\n",
    }.items():
        bench.driver(text, name)
    new = make_wheel(bench.root / "new", "humanize", "4.12", requires=["six"])
    heard: list[Event] = []
    found = judged(bench, new, heard=heard)
    assert statuses(found) == {
        "A same": "unchanged",
        "B better": "changes",
        "C strict": "failed-before",
        "D missing": "failed-before",
        "E deep": "changes",
        "F broken": "failed-before",
    }
    by_name = {one.member.name: one for one in found.verdicts}
    assert by_name["B better"].changes == (
        ("humanize", "4.9 (lab)", "4.12 (lab)"),
        ("six", "", "1.0 (lab)"),
    )
    assert sorted(path.name for path in bench.index.iterdir()) == [
        "humanize-4.9-py3-none-any.whl",
        "rack_tools-1.0-py3-none-any.whl",
        "six-1.0-py3-none-any.whl",
    ]
    assert [event for event in heard if isinstance(event, Working)][-1] == Working(
        "judging", "F broken", 6, 6
    )
    refuse(found)


def test_an_old_upload_beside_public(bench: Bench, static_index: StaticIndexFactory) -> None:
    for version in ("2.0", "2.32"):
        make_wheel(bench.root / "public", "requests", version)
    public = Index(static_index(bench.root / "public").simple_url, name="public")
    bench.driver("requests>=2.16\n", "new")
    bench.driver("requests\n", "any")
    old = make_wheel(bench.root / "old", "requests", "2.0")
    found = judged(bench, old, mode="online", public=public)
    assert statuses(found) == {"new": "fails", "any": "changes"}
    (failing,) = (one for one in found.verdicts if one.status == "fails")
    assert failing.error is not None
    assert failing.error.code == "LOCAL_NO_MATCH"
    assert found.verdicts[1].changes == (("requests", "2.32 (public)", "2.0 (lab)"),)
    with pytest.raises(RepositoryRefused) as caught:
        refuse(found)
    assert caught.value.code == "WOULD_FAIL"
    assert "1 of 2 drivers would fail" in str(caught.value)


def test_files_taken_out_and_a_driver_that_works_again(bench: Bench) -> None:
    bench.wheel("six", "1.0")
    bench.wheel("seven", "1.0", requires=["eight"])
    bench.driver("six\n", "A")
    bench.driver("seven\n", "B")
    eight = make_wheel(bench.root / "new", "eight", "1.0")
    found = judged(bench, eight, go=["six-1.0-py3-none-any.whl"])
    assert statuses(found) == {"A": "fails", "B": "mended"}
    assert found.verdicts[0].error is not None
    assert found.verdicts[0].error.code == "ABSENT_OFFLINE"


def test_an_sdist_that_must_be_built_to_know_what_it_needs(bench: Bench) -> None:
    bench.wheel("six", "1.0")
    bench.wheel("seven", "1.0")
    bench.driver("six\n", "A")
    sdist = make_sdist(bench.root / "new", "six", "2.0", requires=["seven"], dynamic=["Requires-Dist"])
    found = judged(bench, sdist)
    assert found.verdicts[0].changes == (("six", "1.0 (lab)", "2.0 (lab)"), ("seven", "", "1.0 (lab)"))


def test_what_was_judged_is_not_remembered(bench: Bench) -> None:
    bench.wheel("six", "1.0")
    bench.driver("six\n", "A")
    judged(bench, make_wheel(bench.root / "new", "six", "2.0"))
    remembered = [path.read_text("utf-8", "replace") for path in bench.home.glob("names/*/n-*")]
    assert remembered
    assert not any("six-2.0" in text for text in remembered)


def test_build_tools_are_noted_and_strange_indexes_refused(bench: Bench) -> None:
    bench.driver("", "A")
    found = judged(bench, make_wheel(bench.root / "new", "setuptools", "44.0"))
    assert statuses(found) == {"A": "unchanged"}
    assert found.notes[0].startswith("setuptools would build the sdists of every driver")
    with pytest.raises(RepositoryRefused) as caught:
        judged(bench, index=Index(bench.root / "elsewhere"))
    assert caught.value.code == "NOT_A_LOCAL_INDEX"


def test_a_driver_that_is_gone_or_has_no_python(bench: Bench) -> None:
    bench.driver("", "A")
    members = [*in_folder(str(bench.root / "drivers")), Member("gone", str(bench.root / "gone"))]
    found = judged(bench, members=[*members, Member("old", members[0].driver, "1.5.2")])
    assert statuses(found) == {"A": "unchanged", "gone": "failed-before", "old": "failed-before"}
