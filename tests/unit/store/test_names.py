from __future__ import annotations

import threading
from pathlib import Path

import pytest
from packaging.utils import NormalizedName

from driverenv.errors import HomeUnusable
from driverenv.model.answers import Found, ProjectFile
from driverenv.model.site import Index
from driverenv.store.names import DAMAGED, Names, Seen, SeenFile

DAY = 86_400
NOW = 1_790_000_000
WIDGET = NormalizedName("widget")
LAB = Index("http://lab:8036/simple/", name="lab")
A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def file(name: str, sha256: str | None = None, size: int | None = None) -> ProjectFile:
    hashes = () if sha256 is None else (("sha256", sha256),)
    return ProjectFile(name, f"http://lab:8036/packages/{name}", hashes, size=size)


def found(*files: ProjectFile, project: NormalizedName = WIDGET, index: Index = LAB) -> Found:
    return Found(project, index, files, f"{index.location}{project}/")


def known(names: Names, project: NormalizedName = WIDGET, *, public: bool = False) -> Seen:
    seen = names.seen(LAB, project, public=public)
    assert seen is not None
    return seen


def records(home: Path) -> list[Path]:
    return sorted(path for path in home.glob("names/*/*") if not path.name.startswith("."))


def test_what_was_seen_is_known_to_the_next_process(tmp_path: Path) -> None:
    Names(tmp_path, NOW).remember(found(file("widget-1.0.whl", A), file("widget-1.1.whl", B)))
    seen = Names(tmp_path, NOW + 5 * DAY).seen(LAB, WIDGET)
    assert seen is not None
    assert (seen.project, seen.location, seen.name) == ("widget", LAB.location, "lab")
    assert (seen.first, seen.last, seen.whole) == (NOW, NOW, True)
    assert (seen.first_day, seen.page) == ("2026-09-21", "http://lab:8036/simple/widget/")
    assert [one.filename for one in seen.files] == ["widget-1.0.whl", "widget-1.1.whl"]
    assert seen.digests == frozenset({A, B})


def test_a_name_that_nobody_saw(tmp_path: Path) -> None:
    names = Names(tmp_path, NOW)
    assert names.seen(LAB, WIDGET) is None
    assert (Names(tmp_path, NOW).projects(LAB), names.listed(LAB), list(names.everything())) == ((), (), [])
    assert not (tmp_path / "names").exists()


def test_each_index_has_a_memory_of_its_own(tmp_path: Path) -> None:
    names = Names(tmp_path, NOW)
    names.remember(found(file("widget-1.0.whl", A)))
    other = Index("http://other:8036/simple/")
    assert names.seen(other, WIDGET) is None
    assert names.seen(LAB, WIDGET, public=True) is None
    assert (Names(tmp_path, NOW).projects(LAB), Names(tmp_path, NOW).projects(other)) == (("widget",), ())


@pytest.mark.parametrize(
    "location", ["http://lab:8036", "http://lab:8036/", "http://lab:8036/simple", "http://lab:8036/simple//"]
)
def test_an_index_is_the_same_under_each_spelling(tmp_path: Path, location: str) -> None:
    names = Names(tmp_path, NOW)
    names.remember(found(file("widget-1.0.whl", A)))
    assert names.seen(Index(location), WIDGET) is not None


def test_a_folder_called_simple_is_another_folder(tmp_path: Path) -> None:
    names = Names(tmp_path / "home", NOW)
    names.remember(found(file("widget-1.0.whl", A), index=Index(tmp_path / "simple")))
    assert names.seen(Index(tmp_path), WIDGET) is None


def test_files_that_went_stay_known(tmp_path: Path) -> None:
    names = Names(tmp_path, NOW)
    names.remember(found(file("widget-1.0.whl", A)))
    names.remember(found(file("widget-1.1.whl", B)))
    seen = known(names)
    assert seen.digests == frozenset({A, B})


def test_nothing_is_written_within_a_day_unless_something_changed(tmp_path: Path) -> None:
    Names(tmp_path, NOW).remember(found(file("widget-1.0.whl", A)))
    (record,) = records(tmp_path)
    before = record.stat().st_ino
    Names(tmp_path, NOW + DAY - 1).remember(found(file("widget-1.0.whl", A)))
    assert record.stat().st_ino == before
    Names(tmp_path, NOW + DAY).remember(found(file("widget-1.0.whl", A)))
    seen = Names(tmp_path, 0).seen(LAB, WIDGET)
    assert seen is not None
    assert (seen.first, seen.last) == (NOW, NOW + DAY)


def test_a_content_that_nobody_knows_makes_all_unknown(tmp_path: Path) -> None:
    names = Names(tmp_path, NOW)
    names.remember(found(file("widget-1.0.whl", A), file("widget-1.1.whl", size=10)))
    seen = known(names)
    assert seen.digests is None
    names.took(LAB, WIDGET, file("widget-1.1.whl"), B, 10, public=False)
    seen = known(names)
    assert seen.digests == frozenset({A, B})


def test_another_size_of_a_file_without_digest_is_another_content(tmp_path: Path) -> None:
    names = Names(tmp_path, NOW)
    names.remember(found(file("widget-1.0.whl", size=10)))
    names.took(LAB, WIDGET, file("widget-1.0.whl", size=10), A, 10, public=False)
    names.remember(found(file("widget-1.0.whl", size=10)))
    seen = known(names)
    assert seen.digests == frozenset({A})
    names.remember(found(file("widget-1.0.whl", size=11)))
    seen = known(names)
    assert seen.files == (SeenFile("widget-1.0.whl", A, 10, (), True),)
    assert seen.digests is None
    names.took(LAB, WIDGET, file("widget-1.0.whl", size=11), B, 11, public=False)
    seen = known(names)
    assert seen.files == (SeenFile("widget-1.0.whl", B, 11, (A,), False),)


def test_a_replaced_file_is_remembered_with_all_its_contents(tmp_path: Path) -> None:
    names = Names(tmp_path, NOW)
    for sha256 in (A, B, A):
        names.remember(found(file("widget-1.0.whl", sha256)))
    seen = known(names)
    assert seen.files == (SeenFile("widget-1.0.whl", A, None, (B,)),)
    names.took(LAB, WIDGET, file("widget-1.0.whl", B), B, 7, public=False)
    seen = known(names)
    assert seen.files == (SeenFile("widget-1.0.whl", B, 7, (A,)),)
    assert seen.digests == frozenset({A, B})


def test_too_many_contents_and_too_many_files_are_bounded_and_unknown(tmp_path: Path) -> None:
    names = Names(tmp_path, NOW)
    for number in range(12):
        names.remember(found(file("widget-1.0.whl", f"{number:064x}")))
    seen = known(names)
    assert len(seen.files[0].others) == 8
    assert seen.digests is None
    gadget = NormalizedName("gadget")
    many = [file(f"gadget-{number}.whl", f"{number:064x}") for number in range(2001)]
    names.remember(found(*many, project=gadget))
    seen = known(names, gadget)
    assert (len(seen.files), seen.whole, seen.digests) == (2000, False, None)


@pytest.mark.parametrize("damage", [b"", b"\0" * 100, b"half"])
def test_a_damaged_record_was_seen_and_is_unknown(tmp_path: Path, damage: bytes) -> None:
    names = Names(tmp_path, NOW)
    names.remember(found(file("widget-1.0.whl", A)))
    (record,) = records(tmp_path)
    record.write_bytes(damage or record.read_bytes()[:-10])
    seen = known(names)
    assert (seen.project, seen.location, seen.whole, seen.digests) == ("widget", LAB.location, False, None)
    assert Names(tmp_path, NOW).projects(LAB) == ("widget",)
    names.remember(found(file("widget-1.1.whl", B)))
    seen = known(names)
    assert (seen.whole, seen.digests) == (False, None)  # what was there before stays unknown
    names.forget(seen)
    assert names.seen(LAB, WIDGET) is None


def test_a_damaged_record_of_an_unknown_index_can_be_forgotten(tmp_path: Path) -> None:
    names = Names(tmp_path, NOW)
    names.remember(found(file("widget-1.0.whl", A)))
    (record,) = records(tmp_path)
    record.write_bytes(b"?")
    record.with_name(".index").unlink()
    (seen,) = names.everything()
    assert (seen.project, seen.location) == ("widget", "")
    names.forget(seen)
    assert names.seen(LAB, WIDGET) is None


def test_names_that_no_file_system_likes(tmp_path: Path) -> None:
    odd = [NormalizedName(one) for one in ("con", "a" * 300, "x/../../y", "a b", "")]
    names = Names(tmp_path, NOW)
    for one in odd:
        names.remember(found(file("x-1.0.whl", A), project=one))
    assert set(Names(tmp_path, NOW).projects(LAB)) == set(odd)
    assert {seen.project for seen in names.everything()} == set(odd)
    assert len(records(tmp_path)) == len(odd)


def test_what_came_from_public_is_kept_apart(tmp_path: Path) -> None:
    names = Names(tmp_path, NOW)
    names.took(LAB, WIDGET, file("widget-1.0.whl", A), A, 7, public=True)
    assert Names(tmp_path, NOW).projects(LAB) == ()
    assert names.seen(LAB, WIDGET) is None
    seen = known(names, public=True)
    assert (seen.public, seen.files) == (True, (SeenFile("widget-1.0.whl", A, 7),))
    names.forget(seen)
    assert list(names.everything()) == []


def test_a_listing_is_remembered_by_a_few_names(tmp_path: Path) -> None:
    names = Names(tmp_path, NOW)
    names.note_listing(LAB, [])
    assert Names(tmp_path, NOW).listed(LAB) == ()
    names.note_listing(LAB, [f"p{number:02}" for number in range(30)])
    names.note_listing(LAB, ["other"])
    assert Names(tmp_path, NOW).listed(LAB) == tuple(f"p{number:02}" for number in range(20))
    assert list(names.listings()) == [(LAB.location, Names(tmp_path, NOW).listed(LAB))]
    names.forget_listing(LAB.location, Names(tmp_path, NOW).listed(LAB)[1:])
    assert Names(tmp_path, NOW).listed(LAB) == ("p00",)
    names.forget_listing(LAB.location, ["p00"])
    assert list(names.listings()) == []


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    def remember(number: int) -> None:
        Names(tmp_path, NOW).remember(found(file(f"widget-{number}.whl", A)))

    threads = [threading.Thread(target=remember, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen = Names(tmp_path, NOW).seen(LAB, WIDGET)
    assert seen is not None
    assert len(seen.files) == 16


def test_a_home_that_cannot_be_read_is_no_empty_one(tmp_path: Path) -> None:
    names = Names(tmp_path, NOW)
    names.remember(found(file("widget-1.0.whl", A)))
    (record,) = records(tmp_path)
    record.unlink()
    record.mkdir()
    with pytest.raises(HomeUnusable):
        names.seen(LAB, WIDGET)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://lab:8036/simple/", "http://LAB:8036"),
        ("http://lab/simple", "http://lab:80/"),
        ("https://lab/simple", "https://lab:443/simple/"),
        ("http://lab./simple", "http://lab/simple"),
        ("http://lab/simple", "https://lab/simple"),
        ("/srv/packages", "/srv//packages/"),
        ("/srv/packages", "/srv/old/../packages/."),
    ],
)
def test_the_same_index_in_another_spelling_has_the_same_memory(tmp_path: Path, one: str, other: str) -> None:
    names = Names(tmp_path, NOW)
    names.remember(found(file("widget-1.0.whl", A), index=Index(one)))
    names.note_listing(Index(one), ["gadget"])
    assert names.seen(Index(other), WIDGET) is not None
    assert (Names(tmp_path, NOW).projects(Index(other)), Names(tmp_path, NOW).listed(Index(other))) == (
        ("widget",),
        ("gadget",),
    )


def test_other_places_have_other_memories(tmp_path: Path) -> None:
    names = Names(tmp_path, NOW)
    names.remember(found(file("widget-1.0.whl", A), index=Index("http://lab:8036/simple")))
    for other in (
        "http://lab/simple",
        "http://lab:8037/simple",
        "http://lab:8036/Simple",
        "http://lab2:8036/",
    ):
        assert names.seen(Index(other), WIDGET) is None


@pytest.mark.parametrize("damage", [b"", b"gadget", b"\x00" * 60])
def test_a_damaged_sample_says_that_there_was_something(tmp_path: Path, damage: bytes) -> None:
    """An index that lists nothing any more must not count as a new one then."""
    names = Names(tmp_path, NOW)
    names.note_listing(LAB, ["gadget"])
    (place,) = tmp_path.glob("names/*/.listed")
    place.write_bytes(damage)
    assert Names(tmp_path, NOW).listed(LAB) == DAMAGED
    assert list(names.listings()) == [(LAB.location, DAMAGED)]
    names.note_listing(LAB, ["widget"])
    assert Names(tmp_path, NOW).listed(LAB) == ("widget",)
    place.write_bytes(damage)
    names.forget_listing(LAB.location, DAMAGED)
    assert Names(tmp_path, NOW).listed(LAB) == ()


def test_within_one_launch_nothing_seen_meanwhile_counts(tmp_path: Path) -> None:
    names = Names(tmp_path, NOW)
    names.remember(found(file("widget-1.0.whl", A)))
    names.note_listing(LAB, ["gadget"])
    assert (names.projects(LAB), names.listed(LAB)) == ((), ())
    later = Names(tmp_path, NOW)
    assert (later.projects(LAB), later.listed(LAB)) == (("widget",), ("gadget",))


def test_what_another_process_saw_meanwhile_is_known_at_once(tmp_path: Path) -> None:
    names = Names(tmp_path, NOW)
    names.remember(found(file("widget-1.0.whl", A)))
    assert known(names) is known(names)
    Names(tmp_path, NOW).remember(found(file("widget-1.0.whl", B)))
    assert known(names).digests == frozenset({A, B})
