"""One verdict, whatever the way in: over HTTP, from a folder, as an upload, out of a build."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from driverenv._http import HttpTransport
from driverenv.archive import sdist, upload
from driverenv.archive.rules import Label
from driverenv.archive.wheel import Offer
from driverenv.errors import ArchiveRejected
from driverenv.events import ignore
from driverenv.fetch import Terms, fetch
from driverenv.model.answers import ProjectFile
from driverenv.model.resolution import Candidate
from driverenv.model.site import Index, Policy
from driverenv.store import Store
from tests.kit.forged import BENIGN, HOSTILE, Hostile
from tests.unit.test_build import Bench

Verdict = tuple[str, str]
"""The rule and the member."""
WIDGET, VERSION = NormalizedName("widget"), Version("1.0")
LISTED = [one for one in HOSTILE if one.rule != "file-name"]
"""Those that an index can list as files of widget 1.0."""

BUILT = [one for one in LISTED if one.is_wheel]
A_FEW = list({one.rule: one for one in reversed(BUILT)}.values())
"""One of each rule."""
SOME = list({(one.rule, one.group): one for one in reversed(BUILT)}.values())
"""One of each rule and group: a real build takes its time."""
HAND_OVER = """
import shutil, sys
class Ready:
    def __init__(self, path, *_):
        shutil.copyfile("ready.bin", path)
    def __enter__(self):
        return self
    def __exit__(self, *_):
        pass
    def writestr(self, *_):
        pass
sys.modules["kit_backend"].zipfile.ZipFile = Ready
"""


def verdict(attempt: Callable[[], object]) -> Verdict | None:
    try:
        attempt()
    except ArchiveRejected as error:
        return str(error.data["rule"]), str(error.data["member"])
    return None


def as_upload(one: Hostile, path: Path) -> Verdict | None:
    return verdict(lambda: upload.inspect(path, one.filename))


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The files of a folder over HTTP, by what is before the last slash."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = (folder / self.path.split("/")[-2]).read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (as the base class has it)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def brought(one: Hostile, index: Index, url: str, sha256: str, home: Path) -> Verdict | None:
    """What a launch does with a file that an index lists."""
    file = ProjectFile(one.filename, url, () if index.is_folder else (("sha256", sha256),))
    candidate = Candidate(WIDGET, VERSION, file, index, False, one.is_wheel, 0)
    transport = HttpTransport(Policy(local=[index]))
    try:
        return verdict(
            lambda: fetch(
                [candidate],
                into=Store(home),
                transport=transport,
                on_event=ignore,
                terms={candidate.key: Terms(strict=True)},
                sleep=lambda _: None,
            )
        )
    finally:
        transport.close()


def as_a_build_does(one: Hostile, path: Path, sha256: str, home: Path) -> Verdict | None:
    """What a build calls with the wheel that it made; an sdist is not built, but unpacked."""
    if one.is_wheel:
        return verdict(
            lambda: Store(home).ingest(
                path, project=WIDGET, version="1.0", filename=one.filename, sha256=sha256, public=True
            )
        )
    with Store(home).staging() as into:
        return verdict(
            lambda: sdist.extract(path, into=into, project=WIDGET, version="1.0", filename=one.filename)
        )


def left(home: Path) -> list[str]:
    """What is kept of anything."""
    return [one.name for shelf in ("archives", "wheels", "staging") for one in (home / shelf).glob("*/*/*")]


@pytest.fixture
def put(tmp_path: Path) -> Callable[[int, Hostile], Path]:
    """Write an archive into the folder that is served."""
    (tmp_path / "files").mkdir()

    def write(number: int, one: Hostile) -> Path:
        path = tmp_path / "files" / str(number)
        path.write_bytes(one.content())
        return path

    return write


def compare(
    chosen: list[Hostile], tmp_path: Path, put: Callable[[int, Hostile], Path]
) -> dict[str, list[object]]:
    """Play each over HTTP, from a folder, as an upload and as a build does; those with other verdicts than the upload's."""
    home, folder = tmp_path / "home", tmp_path / "index"
    folder.mkdir()
    wrong: dict[str, list[object]] = {}
    with served(tmp_path / "files") as base:
        for number, one in enumerate(chosen):
            path = put(number, one)
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            (folder / one.filename).write_bytes(path.read_bytes())
            found: list[object] = [
                as_upload(one, path),
                brought(one, Index(base, name="lab"), f"{base}{number}/{one.filename}", sha256, home),
                brought(one, Index(folder), str(folder / one.filename), sha256, home),
                as_a_build_does(one, path, sha256, tmp_path / "another"),
            ]
            if len(set(found)) != 1 or (found[0] or ("",))[0] != one.rule:  # type: ignore[index]
                wrong[one.title] = found
            path.unlink()
    assert not chosen[0].rule or left(home) == []
    return wrong


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_hostile_by_every_way_in(tmp_path: Path, put: Callable[[int, Hostile], Path]) -> None:
    assert compare(LISTED, tmp_path, put) == {}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_benign_by_every_way_in(tmp_path: Path, put: Callable[[int, Hostile], Path]) -> None:
    assert compare(list(BENIGN), tmp_path, put) == {}


def test_one_of_each_rule_by_every_way_in(tmp_path: Path, put: Callable[[int, Hostile], Path]) -> None:
    assert compare(A_FEW, tmp_path, put) == {}


def built(one: Hostile, home: Path) -> Verdict | None:
    """What a build comes to whose backend hands over this wheel."""
    bench = Bench(home)
    files = {"ready.bin": one.content()}
    return verdict(lambda: bench.build(files=files, build_code=HAND_OVER))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform == "win32", reason="the kit's backend writes names of POSIX")
def test_out_of_a_build(tmp_path: Path, put: Callable[[int, Hostile], Path]) -> None:
    wrong = {}
    for number, one in enumerate(SOME):
        found = built(one, tmp_path / "home")
        expected = as_upload(one, put(number, one))
        if found != expected:
            wrong[one.title] = (found, expected)
    assert wrong == {}
    assert not list((tmp_path / "home" / "wheels").rglob("manifest"))
    assert list((tmp_path / "home" / "staging").glob("*/*")) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nothing_is_written_outside_while_it_is_unpacked(
    tmp_path: Path, put: Callable[[int, Hostile], Path]
) -> None:
    """The verdict that nothing was written for is the one of unpacking."""
    for number, one in enumerate(LISTED):
        path = put(number, one)
        into = tmp_path / "deep" / "down" / "below" / str(number)
        into.mkdir(parents=True)
        if one.is_wheel:
            offer = Offer(Label(one.filename), "widget", "1.0")
            found = verdict(lambda offer=offer, path=path, into=into: offer.unpack(path, into))  # type: ignore[misc]
        else:
            found = verdict(
                lambda one=one, path=path, into=into: sdist.extract(  # type: ignore[misc]
                    path, into=into, project="widget", version="1.0", filename=one.filename
                )
            )
        assert found == as_upload(one, path), one.title
        path.unlink()
        assert {entry.name for entry in tmp_path.iterdir()} == {"files", "deep"}
        assert [entry.name for entry in (tmp_path / "deep/down").iterdir()] == ["below"]
        assert {entry.name for entry in (tmp_path / "deep/down/below").iterdir()} <= set(
            map(str, range(number + 1))
        )
