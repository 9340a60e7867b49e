from __future__ import annotations

from pathlib import Path

from packaging.utils import NormalizedName

from driverenv._http import open_transport
from driverenv.index import Asker
from driverenv.index.overlay import Overlay, PublicAnswers, Snapshot
from driverenv.model.answers import Absent, Found, ProjectFile
from driverenv.model.site import Index, Policy
from tests.kit.factories import StaticIndexFactory
from tests.kit.wheels import make_wheel

SIX, SEVEN = NormalizedName("six"), NormalizedName("seven")


def names(answer: Found | Absent) -> list[str]:
    assert isinstance(answer, Found)
    return [file.filename for file in answer.files]


def test_files_more_and_files_less(tmp_path: Path) -> None:
    make_wheel(tmp_path, "six", "1.0")
    make_wheel(tmp_path, "seven", "1.0")
    index, elsewhere = Index(tmp_path), Index(tmp_path / "..")
    policy = Policy(local=[index], public=None)
    with open_transport(policy) as transport:
        beneath = Asker(policy, transport=transport)
        new = ProjectFile("six-2.0-py3-none-any.whl", "/elsewhere/six-2.0-py3-none-any.whl")
        added = {SIX: [new], NormalizedName("eight"): [ProjectFile("eight-1.zip", "/x")]}
        over = Overlay(beneath, index=index, added=added, removed=["seven-1.0-py3-none-any.whl"])
        assert names(over.ask(index, SIX, public=False)) == ["six-1.0-py3-none-any.whl", new.filename]
        assert names(over.ask(index, NormalizedName("eight"), public=False)) == ["eight-1.zip"]
        gone = over.ask(index, SEVEN, public=False)
        assert isinstance(gone, Absent)
        assert gone.proof == "all of its files would be taken out"
        assert names(beneath.ask(index, SEVEN, public=False)) == ["seven-1.0-py3-none-any.whl"]
        assert over.touched == {"six", "seven", "eight"}
        nine = NormalizedName("nine")
        assert over.ask(index, nine, public=False) == beneath.ask(index, nine, public=False)
        assert elsewhere.location != index.location


def test_many_resolves_share_what_is_local_and_some_of_what_is_public(
    tmp_path: Path, static_index: StaticIndexFactory
) -> None:
    make_wheel(tmp_path / "public", "six", "1.0")
    (tmp_path / "local").mkdir()
    server = static_index(tmp_path / "public")
    local, public = Index(tmp_path / "local"), Index(server.simple_url)
    policy = Policy(local=[local], public=public)
    with open_transport(policy) as transport:
        first = Asker(policy, transport=transport)
        for limit, expected in ((1 << 20, 1), (10, 2)):
            before, shared = len(server.log), PublicAnswers(limit)
            for _ in range(2):
                one = Snapshot(Asker(policy, transport=transport), first, shared)
                assert names(one.ask(public, SIX, public=True)) == ["six-1.0-py3-none-any.whl"]
                assert isinstance(one.ask(local, SIX, public=False), Absent)
            assert len(server.log) - before == expected
        make_wheel(tmp_path / "local", "six", "2.0")
        late = Snapshot(Asker(policy, transport=transport), first, PublicAnswers())
        assert isinstance(late.ask(local, SIX, public=False), Absent)
