"""What an absence is worth once the index had the project: pure, and along the whole walk over folders."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import NormalizedName

from driverenv.errors import DriverEnvError, LocalVersionMismatch, PolicyViolation
from driverenv.events import Asked, Event, Warned
from driverenv.index import Asker, listings
from driverenv.index.vanished import Judged, judge, settle
from driverenv.model.answers import Absent, Found, NotAsked, NowhereFound, ProjectFile
from driverenv.model.site import Exemption, Index, Policy
from driverenv.store.names import Names
from tests.kit import StaticIndex, make_wheel, serve
from tests.kit.universe import Universe

from .conftest import OpenTransport

NOW = 1_790_000_000
WIDGET = NormalizedName("widget")
GADGET = NormalizedName("gadget")
LAB = Index("http://lab:8036/simple/", name="lab")
PUBLIC = Index("https://pypi.org/simple/", name="public PyPI")
A, B = "a" * 64, "b" * 64


def file(name: str, sha256: str | None) -> ProjectFile:
    return ProjectFile(name, f"http://lab/{name}", () if sha256 is None else (("sha256", sha256),))


def found(*files: ProjectFile, index: Index = LAB, public: bool = False) -> Found:
    return Found(WIDGET, index, files, f"{index.location}widget/", public=public)


@pytest.fixture
def names(tmp_path: Path) -> Names:
    return Names(tmp_path / "home", NOW)


def absent(project: NormalizedName = WIDGET, *, lists_nothing: bool = False) -> Absent:
    return Absent(project, LAB, "404, and its root lists 1 project without it", lists_nothing=lists_nothing)


def refused(policy: Policy, names: Names, what: Absent | None = None) -> LocalVersionMismatch:
    with pytest.raises(LocalVersionMismatch) as raised:
        judge(policy, what or absent(), names)
    assert raised.value.code == "LOCAL_VANISHED"
    return raised.value


def test_what_was_never_there_is_absent(names: Names) -> None:
    assert judge(Policy(), absent(), names) == Judged(absent())
    assert judge(Policy(vanished="fail"), absent(lists_nothing=True), names) == Judged(
        absent(lists_nothing=True)
    )


def test_unknown_content_is_refused_at_once(names: Names) -> None:
    names.remember(found(file("widget-1.0.whl", A), file("widget-1.1.whl", None)))
    text = str(refused(Policy(), names))
    assert "the content of widget-1.1.whl was never seen" in text
    assert "widget-1.0.whl, sha256 aaaa" in text
    assert "last on 2026-09-21, at http://lab:8036/simple/widget/" in text
    assert "driverenv release widget" in text


def test_the_policy_may_refuse_without_looking(names: Names) -> None:
    names.remember(found(file("widget-1.0.whl", A)))
    error = refused(Policy(vanished="fail"), names)
    assert 'the policy says vanished = "fail"' in str(error)
    assert (error.data["files"], error.data["last_seen"]) == (["widget-1.0.whl"], "2026-09-21")


def test_the_policy_may_only_warn(names: Names) -> None:
    names.remember(found(file("widget-1.0.whl", None)))
    judged = judge(Policy(vanished="warn"), absent(), names)
    assert judged.past is None
    assert "widget-1.0.whl of widget until 2026-09-21" in judged.warning
    assert judged.absent.proof.endswith("; it had files here until 2026-09-21")
    assert judged.absent.evidence.memory == "it had files here until 2026-09-21"


@pytest.mark.parametrize("pattern", ["widget", "Wid*", "*"])
def test_released_by_the_policy(names: Names, pattern: str) -> None:
    names.remember(found(file("widget-1.0.whl", None)))
    policy = Policy(vanished="fail", released=[pattern])
    judged = judge(policy, absent(), names)
    assert (judged.past, judged.warning) == (None, "")
    assert judged.absent.proof.endswith("; it had files here until 2026-09-21, and was released")
    assert judge(policy, absent(GADGET, lists_nothing=True), names).absent == absent(
        GADGET, lists_nothing=True
    )


def test_offline_nothing_is_raised_and_the_proof_says_it(names: Names) -> None:
    names.remember(found(file("widget-1.0.whl", None)))
    for word in ("auto", "fail"):
        judged = judge(Policy(mode="offline", vanished=word), absent(), names)
        assert judged.absent.proof.endswith("; it had files here until 2026-09-21")
        assert settle(judged, NowhereFound(WIDGET, (judged.absent,), offline=True)) == ""


def test_a_copy_of_what_serves_now(names: Names) -> None:
    names.remember(found(file("widget-1.0.whl", A)))
    judged = judge(Policy(), absent(), names)
    there = found(file("widget-1.0.whl", A), file("widget-2.0.whl", B), index=PUBLIC, public=True)
    assert "public PyPI (https://pypi.org/simple/) has the very same files" in settle(judged, there)


def test_no_copy(names: Names) -> None:
    names.remember(found(file("widget-1.0.whl", A), file("widget-1.1.whl", B)))
    judged = judge(Policy(), absent(), names)
    with pytest.raises(LocalVersionMismatch) as raised:
        settle(judged, found(file("widget-1.0.whl", A), index=PUBLIC, public=True))
    assert "it does not have widget-1.1.whl with the same content" in str(raised.value)


@pytest.mark.parametrize(
    ("end", "says"),
    [
        (
            NowhereFound(WIDGET, (absent(),), (NotAsked(PUBLIC, "private pattern wid*"),)),
            "public PyPI (https://pypi.org/simple/): private pattern wid*",
        ),
        (NowhereFound(WIDGET, (absent(),)), "there is none that may be asked"),
        (
            NowhereFound(WIDGET, (absent(), Absent(WIDGET, PUBLIC, "404", public=True))),
            "public PyPI (https://pypi.org/simple/): absent",
        ),
    ],
)
def test_nobody_else_has_it(names: Names, end: NowhereFound, says: str) -> None:
    names.remember(found(file("widget-1.0.whl", A)))
    judged = judge(Policy(), absent(), names)
    with pytest.raises(LocalVersionMismatch) as raised:
        settle(judged, end)
    assert says in str(raised.value)


def test_moved_to_another_index_whose_files_are_known(names: Names) -> None:
    names.remember(found(file("widget-1.0.whl", A)))
    judged = judge(Policy(mode="offline"), absent(), names)
    other = Index("/srv/other", name="other")
    there = found(file("widget-1.0.whl", None), index=other)
    with pytest.raises(LocalVersionMismatch):
        settle(judged, there)
    names.took(other, WIDGET, file("widget-1.0.whl", None), A, 7, public=False)
    assert "the very same files" in settle(judged, there, names.seen(other, WIDGET))


def test_an_index_that_lost_everything(tmp_path: Path) -> None:
    before = Names(tmp_path, NOW)
    before.note_listing(LAB, ["gadget"])
    before.remember(found(file("widget-1.0.whl", A)))
    names = Names(tmp_path, NOW)
    error = refused(Policy(), names, absent(NormalizedName("other"), lists_nothing=True))
    assert error.data["names"] == ["gadget", "widget"]
    assert "driverenv release --index lab '*'" in str(error)
    judged = judge(Policy(vanished="warn"), absent(lists_nothing=True), names)
    assert "lists no project at all, but it had files of gadget, widget here before" in judged.warning
    judged = judge(Policy(mode="offline"), absent(lists_nothing=True), names)
    assert settle(judged, NowhereFound(WIDGET, (judged.absent,), offline=True)) == ""
    with pytest.raises(LocalVersionMismatch):
        settle(judged, found(file("widget-1.0.whl", A), index=Index("/srv/other")))


# --------------------------------------------------------------------------------------- along the walk


@dataclass
class Site:
    """A folder index with a memory, and what stands in for public PyPI."""

    root: Path
    public: StaticIndex
    transport_for: OpenTransport
    events: list[Event] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.root / "index"

    def policy(self, **changes: Any) -> Policy:  # noqa: ANN401 (fields have all types)
        local = [Index(self.folder, name="lab")]
        return Policy(local=local, public=Index(self.public.simple_url, name="public")).replace(**changes)

    def ask(self, project: str, *, now: int = NOW, **changes: Any) -> Found | NowhereFound:  # noqa: ANN401
        policy = self.policy(**changes)
        transport = self.transport_for(policy)
        asker = Asker(policy, transport=transport, memory=Names(self.root / "home", now))
        self.events.clear()
        name = NormalizedName(project)
        return listings([name], policy, transport=transport, on_event=self.events.append, asker=asker)[name]

    def fails(self, project: str, **changes: Any) -> DriverEnvError:  # noqa: ANN401
        with pytest.raises(DriverEnvError) as raised:
            self.ask(project, **changes)
        return raised.value

    def know(self, path: Path) -> None:
        """As after a launch that fetched the file."""
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        project = NormalizedName(path.name.partition("-")[0])
        told = ProjectFile(path.name, str(path))
        names = Names(self.root / "home", NOW)
        names.took(self.policy().local[0], project, told, sha256, path.stat().st_size, public=False)

    @property
    def warnings(self) -> list[str]:
        return [one.code for one in self.events if isinstance(one, Warned)]


@pytest.fixture
def site(tmp_path: Path, transport_for: OpenTransport) -> Any:  # noqa: ANN401 (a generator)
    make_wheel(tmp_path / "index", "gadget", "1.0")
    universe = Universe.parse(
        {"public": {"projects": {"widget": ["1.0", "9.0"], "gadgets": ["1.0"], "new": ["1.0"]}}}
    )
    with serve(universe) as public:
        yield Site(tmp_path, public, transport_for)


def test_what_vanished_is_not_asked_at_public(site: Site) -> None:
    wheel = make_wheel(site.folder, "widget", "2.0")
    assert isinstance(site.ask("widget"), Found)
    wheel.unlink()
    assert site.fails("widget").code == "LOCAL_VANISHED"
    assert site.public.log.paths() == []
    offline = site.ask("widget", mode="offline")
    assert isinstance(offline, NowhereFound)
    assert "it had files here until" in offline.absents[0].proof


def test_a_copy_that_went_is_public(site: Site) -> None:
    wheel = make_wheel(site.folder, "widget", "1.0")
    site.ask("widget")
    site.know(wheel)
    wheel.unlink()
    answer = site.ask("widget")
    assert isinstance(answer, Found)
    assert answer.public
    assert site.warnings == ["VANISHED"]
    assert [(one.index, one.answer) for one in site.events if isinstance(one, Asked)][1:] == [
        (f"public ({site.public.simple_url})", "found")
    ]
    assert "it had files here until" in answer.before[0].proof
    assert site.fails("widget", private=["widget"]).code == "LOCAL_VANISHED"
    assert site.fails("widget", public=None).code == "LOCAL_VANISHED"


def test_known_content_that_public_does_not_have(site: Site) -> None:
    wheel = make_wheel(site.folder, "widget", "1.0", files={"widget/own.py": "OURS = True\n"})
    site.ask("widget")
    site.know(wheel)
    wheel.unlink()
    error = site.fails("widget")
    assert "does not have widget-1.0-py3-none-any.whl with the same content" in str(error)


def test_each_of_several_indexes_has_its_memory(site: Site) -> None:
    second = site.root / "second"
    wheel = make_wheel(second, "widget", "2.0")
    both = [Index(site.folder, name="lab"), Index(second, name="second")]
    assert isinstance(site.ask("widget", local=both), Found)
    wheel.unlink()
    make_wheel(second, "other", "1.0")
    assert site.fails("widget", local=both).data["index"] == str(second)
    assert isinstance(site.ask("widget", local=both[:1]), Found)  # it never was in the first


def test_an_extra_index_has_a_memory_too(site: Site) -> None:
    extra = site.root / "extra"
    wheel = make_wheel(extra, "widget", "2.0")
    assert isinstance(site.ask("widget", extra=[Index(extra, name="extra")]), Found)
    wheel.unlink()
    make_wheel(extra, "other", "1.0")
    assert site.fails("widget", extra=[Index(extra, name="extra")]).code == "LOCAL_VANISHED"


def test_an_empty_folder_that_had_something_proves_nothing(site: Site) -> None:
    site.ask("gadget")
    shutil.rmtree(site.folder)
    site.folder.mkdir()
    error = site.fails("new")
    assert (error.code, error.data["names"]) == ("LOCAL_VANISHED", ["gadget"])
    assert site.public.log.paths() == []
    assert isinstance(site.ask("new", released=["*"]), Found)


def test_an_index_that_only_listed_names_is_not_new_either(site: Site) -> None:
    assert isinstance(site.ask("new"), Found)
    site.public.log.clear()
    shutil.rmtree(site.folder)
    site.folder.mkdir()
    assert site.fails("new").data["names"] == ["gadget"]
    assert site.public.log.paths() == []


def test_a_new_index_is_empty(site: Site) -> None:
    shutil.rmtree(site.folder)
    site.folder.mkdir()
    assert isinstance(site.ask("new"), Found)
    make_wheel(site.folder, "new", "0.1")
    answer = site.ask("new")
    assert isinstance(answer, Found)
    assert not answer.public


def test_a_slip_of_the_pen(site: Site) -> None:
    answer = site.ask("gadgets")
    assert isinstance(answer, Found)
    assert answer.public
    assert site.warnings == ["CONFUSABLE"]
    site.public.log.clear()
    with pytest.raises(PolicyViolation) as raised:
        site.ask("gadgets", confusable="fail")
    assert raised.value.code == "CONFUSABLE"
    assert site.public.log.paths() == []
    site.ask("gadgets", confusable="off")
    assert site.warnings == []
    site.ask("gadgets", confusable="fail", sources={"gadgets": ["public"]})
    exempt = Exemption("gadgets", allow="public", until="2999-01-01", reason="vendor", owner="ann")
    site.ask("gadgets", confusable="fail", exceptions=[exempt])


def test_a_slip_of_a_name_that_was_there_once(site: Site) -> None:
    site.ask("gadget")
    (site.folder / "gadget-1.0-py3-none-any.whl").unlink()
    make_wheel(site.folder, "other", "1.0")
    site.ask("gadgets")
    assert site.warnings == ["CONFUSABLE"]
