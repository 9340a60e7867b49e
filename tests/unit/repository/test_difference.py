from __future__ import annotations

from driverenv.repository.difference import Versions, difference
from driverenv.repository.manifest import Item, Manifest


def item(path: str, sha256: str | None = "a" * 64, *, size: int | None = 1) -> Item:
    project, _, version = path.rpartition("/")[2].removesuffix(".zip").partition("-")
    return Item(path, project, version, sha256, size, None)


def manifest(*items: Item) -> Manifest:
    return Manifest("/srv", "", items)


def test_the_same() -> None:
    found = difference(manifest(item("six-1.0.zip")), manifest(item("six-1.0.zip")))
    assert found.is_empty
    assert not found.unknown


def test_what_came_and_went() -> None:
    a = manifest(item("six-1.0.zip"), item("old-1.0.zip", "b" * 64))
    b = manifest(item("six-1.0.zip"), item("six-1.10.zip", "c" * 64), item("six-1.9.zip", "d" * 64))
    found = difference(a, b)
    assert [one.path for one in found.added] == ["six-1.10.zip", "six-1.9.zip"]
    assert [one.path for one in found.removed] == ["old-1.0.zip"]
    assert found.versions == (Versions("six", ("1.9", "1.10"), ()),)
    assert (found.owned, found.disowned) == ((), ("old",))
    assert difference(b, a).owned == ("old",)


def test_another_content_and_another_name() -> None:
    a = manifest(
        item("six-1.0.zip", "a" * 64), item("x/seven-1.0.zip", "b" * 64), item("x/y-1.zip", "e" * 64)
    )
    b = manifest(
        item("six-1.0.zip", "c" * 64), item("z/seven-1.0.zip", "b" * 64), item("x/y-1.zip", "e" * 64)
    )
    found = difference(a, b)
    assert [one.after.sha256 for one in found.replaced] == ["c" * 64]
    assert [(one.before.path, one.after.path) for one in found.moved] == [
        ("x/seven-1.0.zip", "z/seven-1.0.zip")
    ]
    assert (found.added, found.removed) == ((), ())


def test_a_server_has_no_folders_and_maybe_no_digests() -> None:
    folder = manifest(item("x/six-1.0.zip"), item("x/seven-1.0.zip"))
    server = manifest(item("six-1.0.zip", None, size=None), item("seven-1.0.zip", None, size=2))
    found = difference(folder, server)
    assert [one.path for one in found.unknown] == ["six-1.0.zip"]
    assert [one.after.path for one in found.replaced] == ["seven-1.0.zip"]
