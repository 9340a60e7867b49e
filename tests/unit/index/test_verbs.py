"""`listings` and `dependencies`: the policy walked for many projects at once, with answers that are facts."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from driverenv.errors import DriverEnvError, IndexUnavailable, LocalVersionMismatch
from driverenv.events import Asked, Event, Warned
from driverenv.index import Asker, dependencies, listings
from driverenv.model.answers import Found, NowhereFound, ProjectFile
from driverenv.model.resolution import Candidate, Dependencies, Failed, Unusable
from driverenv.model.site import Index, Policy
from tests.kit import StaticIndex, Universe, pages, rawserver, refused_port
from tests.kit.factories import PypiServerFactory, RawServerFactory, StaticIndexFactory, WheelFactory

from .conftest import OpenTransport


def project(*names: str) -> list[NormalizedName]:
    return [NormalizedName(name) for name in names]


@pytest.fixture
def public(static_index: StaticIndexFactory) -> StaticIndex:
    toml = '[public.projects]\nsix = ["1.17.0"]\nrequests = ["2.0"]\nurllib3 = ["2.0"]\n'
    return static_index(Universe.loads(toml))


def test_local_first_public_for_what_is_absent(
    tmp_path: Path,
    make_wheel: WheelFactory,
    pypiserver: PypiServerFactory,
    public: StaticIndex,
    transport_for: OpenTransport,
) -> None:
    make_wheel("six", "1.16.0", tmp_path / "packages")
    server = pypiserver(tmp_path / "packages", fallback=True)
    policy = Policy(local=[Index(server.url)], public=Index(public.simple_url))
    events = list[Event]()
    found = listings(
        project("urllib3", "six", "nowhere", "requests"),
        policy,
        transport=transport_for(policy),
        on_event=events.append,
    )
    assert list(found) == ["nowhere", "requests", "six", "urllib3"]
    six, requests, nowhere = (found[NormalizedName(name)] for name in ("six", "requests", "nowhere"))
    assert isinstance(six, Found)
    assert (six.public, six.files[0].filename) == (False, "six-1.16.0-py3-none-any.whl")
    assert isinstance(requests, Found)
    assert requests.public
    assert isinstance(nowhere, NowhereFound)
    assert [absent.public for absent in nowhere.absents] == [False, True]
    assert public.log.projects() == {"nowhere", "requests", "urllib3"}
    told = sorted((one.project, one.answer, one.public) for one in events if isinstance(one, Asked))
    assert told == [
        ("nowhere", "absent", False),
        ("nowhere", "absent", True),
        ("requests", "absent", False),
        ("requests", "found", True),
        ("six", "found", False),
        ("urllib3", "absent", False),
        ("urllib3", "found", True),
    ]


def test_offline_public_is_not_asked(
    tmp_path: Path, make_wheel: WheelFactory, public: StaticIndex, transport_for: OpenTransport
) -> None:
    make_wheel("six", "1.16.0", tmp_path)
    policy = Policy(mode="offline", local=[Index(tmp_path)], public=Index(public.simple_url))
    found = listings(project("six", "requests"), policy, transport=transport_for(policy))
    missing = found[NormalizedName("requests")]
    assert isinstance(missing, NowhereFound)
    assert (missing.offline, [one.reason for one in missing.not_asked]) == (True, ["offline mode"])
    assert len(public.log) == 0


def test_a_broken_index_in_front_fails(
    tmp_path: Path, make_wheel: WheelFactory, public: StaticIndex, transport_for: OpenTransport
) -> None:
    make_wheel("six", "1.16.0", tmp_path)
    with refused_port() as port:
        for first in (Index(f"http://127.0.0.1:{port}"), Index(tmp_path / "gone")):
            policy = Policy(local=[first, Index(tmp_path)], public=Index(public.simple_url))
            with pytest.raises(IndexUnavailable) as caught:
                listings(project("six"), policy, transport=transport_for(policy))
            assert caught.value.code == "LOCAL_DOWN"
    policy = Policy(local=[Index(tmp_path), Index(tmp_path / "gone")], public=None)
    assert isinstance(listings(project("six"), policy, transport=transport_for(policy))["six"], Found)  # type: ignore[index]
    assert len(public.log) == 0


def test_errors_do_not_depend_on_order(raw_server: RawServerFactory, transport_for: OpenTransport) -> None:
    server = raw_server()
    server.script("/simple/b/", rawserver.page(b"<html><title>Links for b</title></html>"))
    server.script("/simple/c/", rawserver.page(b"", "403 No"))
    server.script("/simple/d/", rawserver.page(b"", "403 No"))
    server.script("/simple/a/", rawserver.page(b"<html><a href='a-1.0.zip'>x</a></html>"))
    policy = Policy(local=[Index(server.simple_url)], public=None)
    texts = set()
    for seed in range(5):
        names = project("a", "b", "c", "d")
        random.Random(seed).shuffle(names)
        with pytest.raises(LocalVersionMismatch) as caught:
            listings(names, policy, transport=transport_for(policy))
        texts.add(str(caught.value))
        assert caught.value.code == "LOCAL_EMPTY"
        assert caught.value.data["project"] == "b"
        assert caught.value.data["others"] == ["c", "d"]
    assert len(texts) == 1
    assert "also failed   c, d (LOCAL_AUTH)" in texts.pop()


def test_notes_are_told_once(raw_server: RawServerFactory, transport_for: OpenTransport) -> None:
    server = raw_server()
    server.script("/simple/", rawserver.page(pages.root_html([])))
    policy = Policy(local=[Index(server.simple_url)], public=None)
    events = list[Event]()
    asker = Asker(policy, transport=transport_for(policy))
    for names in (project("a", "b"), project("a", "c")):
        listings(names, policy, transport=transport_for(policy), on_event=events.append, asker=asker)
    (note,) = [event for event in events if isinstance(event, Warned)]
    assert note.code == "INDEX_NOTE"


def test_nothing_asked_nothing_found(transport_for: OpenTransport) -> None:
    policy = Policy()
    assert listings([], policy, transport=transport_for(policy)) == {}
    assert listings(project("a"), Policy(public=None), transport=transport_for(policy)) == {
        "a": NowhereFound(NormalizedName("a"), ())
    }


def test_a_listener_that_raises_ends_it(
    tmp_path: Path, transport_for: OpenTransport, public: StaticIndex
) -> None:
    def listener(_event: Event) -> None:
        raise KeyError("mine")

    for policy in (Policy(local=[Index(tmp_path)], public=None), Policy(public=Index(public.simple_url))):
        with pytest.raises(KeyError, match="mine"):
            listings(project("six", "b"), policy, transport=transport_for(policy), on_event=listener)


def wheel(path: Path, *, is_wheel: bool = True) -> Candidate:
    file = ProjectFile(path.name, str(path))
    index = Index(path.parent)
    return Candidate(
        NormalizedName("six"), Version("1.0"), file, index, public=False, is_wheel=is_wheel, tag_rank=0
    )


def test_dependencies(tmp_path: Path, make_wheel: WheelFactory, transport_for: OpenTransport) -> None:
    good = wheel(make_wheel("six", "1.0", tmp_path, requires=["a"]))
    bad = wheel(make_wheel("six", "1.1", tmp_path, requires=["a"], metadata_extra=["Requires-Dist: b=="]))
    built, broken = (wheel(tmp_path / name, is_wheel=False) for name in ("six-1.2.zip", "six-1.3.zip"))
    asked = list[str]()

    def read_file(candidate: Candidate) -> Dependencies | Unusable | Failed:
        asked.append(candidate.file.filename)
        if candidate == broken:
            raise DriverEnvError("no compiler")
        return Dependencies(())

    facts = dependencies(
        [good, bad, built, broken, good], transport=transport_for(Policy()), read_file=read_file
    )
    assert set(facts) == {one.key for one in (good, bad, built, broken)}
    assert sorted(asked) == ["six-1.2.zip", "six-1.3.zip"]
    assert isinstance(facts[good.key], Dependencies)
    assert isinstance(facts[bad.key], Unusable)
    assert facts[built.key] == Dependencies(())
    failed = facts[broken.key]
    assert isinstance(failed, Failed)
    assert str(failed.error) == "ERROR: no compiler"
    assert dependencies([], transport=transport_for(Policy()), read_file=read_file) == {}
    assert list(dependencies([built], transport=transport_for(Policy()), read_file=read_file)) == [built.key]


def test_a_folder_costs_no_http_library(tmp_path: Path) -> None:
    code = (
        "import sys; from driverenv._http import open_transport; from driverenv.index import listings\n"
        "from driverenv.model.site import Index, Policy\n"
        "policy = Policy(local=[Index(sys.argv[1])], mode='offline')\n"
        "with open_transport(policy) as transport: listings(['six'], policy, transport=transport)\n"
        "print(sorted({'httpx', 'truststore', 'ssl', 'concurrent.futures'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
