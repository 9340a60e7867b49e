from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from driverenv.archive.rules import Label
from driverenv.archive.tree import Disk, File, Nowhere, Tree
from driverenv.errors import ArchiveRejected

LABEL = Label("p-1.0.tar.gz")


def file(name: str, content: bytes = b"x", *, executable: bool = False) -> File:
    return File(name, "file", len(content), executable, "", iter((content,)))


def link(name: str, target: str) -> File:
    return File(name, "link", 0, False, target, iter(()))


class Notes:
    """A sink that notes what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def folder(self, name: str) -> None:
        self.told.append(f"folder {name}")

    def file(self, name: str, content: Iterator[bytes], *, executable: bool) -> bool:
        self.told.append(f"file {name} {b''.join(content).decode()}{' x' if executable else ''}")
        return "twice" not in name

    def copy(self, name: str, source: str, *, executable: bool) -> bool:
        self.told.append(f"copy {name} {source}{' x' if executable else ''}")
        return True


def test_in_order_and_links_last() -> None:
    sink = Notes()
    members = [link("p/l", "d"), file("p/d/a", b"a", executable=True), link("p/m", "d/a"), file("p/b")]
    assert Tree(sink, LABEL).run(iter(members)) == "p"
    assert sink.told == [
        "folder p",
        "folder p/d",
        "file p/d/a a x",
        "file p/b x",
        "copy p/m p/d/a x",
        "folder p/l",
        "copy p/l/a p/d/a x",
    ]


def test_a_file_system_that_knows_no_case() -> None:
    with pytest.raises(ArchiveRejected) as caught:
        Tree(Notes(), LABEL).run(iter([file("p/twice")]))
    assert caught.value.data["rule"] == "name-unique"


def test_both_sinks_agree(tmp_path: Path) -> None:
    def members() -> Iterator[File]:
        return iter([file("p/a", b"alpha"), link("p/l", "a")])

    assert Tree(Nowhere(), LABEL).run(members()) == Tree(Disk(tmp_path), LABEL).run(members()) == "p"
    assert (tmp_path / "p/l").read_bytes() == b"alpha"
    with pytest.raises(ArchiveRejected):
        Tree(Disk(tmp_path), LABEL).run(members())  # it is there already
