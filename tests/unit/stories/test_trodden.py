"""The way from a resolution to the environment that it led to before: shorter, and to the same end."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from driverenv import Environment, Index, prepare
from driverenv.errors import IntegrityError
from driverenv.events import Warned
from driverenv.stories import making
from driverenv.stories.release import release
from tests.kit.factories import StaticIndexFactory
from tests.kit.static_index import StaticIndex
from tests.unit.stories.bench import Bench


@pytest.fixture
def server(bench: Bench, static_index: StaticIndexFactory) -> StaticIndex:
    bench.wheel("a", "1.0", requires=["b"])
    bench.wheel("b", "1.0")
    return static_index(bench.index)


@pytest.fixture
def fetches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of how many files each environment wanted to have the wheels."""
    counted: list[int] = []
    usual = making.fetched

    def fetched(*args: Any, **options: Any) -> Any:  # noqa: ANN401 (whatever `fetched` takes and gives)
        if not options.get("deciding"):
            counted.append(len(args[1]))
        return usual(*args, **options)

    monkeypatch.setattr(making, "fetched", fetched)
    return counted


def again(bench: Bench, server: StaticIndex, requirements: str = "a\n", **changes: Any) -> Environment:  # noqa: ANN401
    """One more launch of the same driver, which asks the index."""
    request = bench.request(requirements, local=[Index(server.simple_url, name="lab")], **changes)
    return bench.prepare(request.replace(refresh=True))


def test_the_files_of_the_store_are_not_gone_through_again(
    bench: Bench, server: StaticIndex, fetches: list[int]
) -> None:
    first = again(bench, server)
    assert fetches == [2]
    assert again(bench, server) == first
    assert fetches == [2]


def test_they_may_be_gone(bench: Bench, server: StaticIndex, fetches: list[int]) -> None:
    """What is linked is whole without the store's own name for it."""
    first = again(bench, server)
    shutil.rmtree(bench.home / "archives")
    assert again(bench, server).prefix == first.prefix
    assert len(fetches) == 1


def test_an_environment_that_is_not_whole_is_made_anew(
    bench: Bench, server: StaticIndex, fetches: list[int]
) -> None:
    first = again(bench, server)
    lost = next(Path(first.site_packages).glob("b*/METADATA"))
    lost.unlink()
    bench.events.clear()
    assert again(bench, server).prefix == first.prefix
    assert lost.is_file()
    assert len(fetches) == 2
    assert "MADE_ANEW" in [one.code for one in bench.told(Warned)]


@pytest.mark.parametrize(
    ("requirements", "changes"),
    [
        ("# a line more\na\n", {}),
        ("a\nb\n", {}),
        ("a>=1\n", {}),
        ("a\n", {"name": "another"}),
        ("a\n", {"sharing": "copy"}),
        ("a\n", {"startup_hooks": "forbid"}),
    ],
)
def test_another_question_goes_the_whole_way(
    bench: Bench, server: StaticIndex, fetches: list[int], requirements: str, changes: dict[str, Any]
) -> None:
    """The receipt of an environment is true of whoever gets it, down to the line that asks."""
    first = again(bench, server)
    other = again(bench, server, requirements, **changes)
    assert other.key != first.key
    assert len(fetches) == 2
    home = Bench(bench.root, bench.root / "another home")
    assert again(home, server, requirements, **changes).key == other.key


def test_other_bytes_under_the_same_name(bench: Bench, server: StaticIndex, fetches: list[int]) -> None:
    first = again(bench, server)
    bench.wheel("b", "1.0", files={"b/more.py": "MORE = 1\n"})
    bench.events.clear()
    other = again(bench, server)
    assert other.key != first.key
    assert len(fetches) == 2
    assert [one.code for one in bench.told(Warned)] == ["REPLACED"]


def test_a_replaced_file_is_refused_all_the_same(bench: Bench, server: StaticIndex) -> None:
    """Back and forth: what was there before is known, and still it is not what was there last."""
    again(bench, server, replaced="fail")
    before = (bench.index / "b-1.0-py3-none-any.whl").read_bytes()
    bench.wheel("b", "1.0", files={"b/more.py": "MORE = 1\n"})
    again(bench, server)
    (bench.index / "b-1.0-py3-none-any.whl").write_bytes(before)
    with pytest.raises(IntegrityError):
        again(bench, server, replaced="fail")


def test_what_is_to_be_told_each_time_is_told(bench: Bench, server: StaticIndex, fetches: list[int]) -> None:
    bench.wheel("b", "2.0", record=lambda rows: [row for row in rows if not row[0].endswith("__init__.py")])
    for launch in (1, 2):
        bench.events.clear()
        again(bench, server)
        assert [one.code for one in bench.told(Warned)] == ["RECORD_MISMATCH"]
        assert len(fetches) == launch


def test_what_is_built_goes_the_whole_way(bench: Bench, server: StaticIndex, fetches: list[int]) -> None:
    bench.sdist("c")
    first = again(bench, server, "c\n")
    so_far = len(fetches)
    assert again(bench, server, "c\n") == first
    assert len(fetches) > so_far


def test_saved_facts_have_the_digests(bench: Bench, server: StaticIndex) -> None:
    request = bench.request("a\n", local=[Index(server.simple_url, name="lab")])
    saved = []
    for name in ("first", "second"):
        prepare(request, save_facts=bench.root / name)
        saved.append((bench.root / name).read_text(encoding="utf-8").count("sha256"))
    assert saved[0] == saved[1] > 0


def test_a_released_name_is_remembered_again(bench: Bench, server: StaticIndex, fetches: list[int]) -> None:
    """What public's file was is known from the next launch on, whichever way that went."""
    changes: dict[str, Any] = {
        "mode": "online",
        "local": [],
        "public": Index(server.simple_url, name="public"),
    }
    request = bench.request("a\n", **changes).replace(refresh=True)
    bench.prepare(request)
    release(bench.home, ["b"])
    bench.prepare(request)
    assert fetches == [2]
    bench.wheel("b", "1.0", files={"b/more.py": "MORE = 1\n"})
    with pytest.raises(IntegrityError, match="not the file"):
        bench.prepare(request)
