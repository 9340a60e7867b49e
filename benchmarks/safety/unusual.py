"""Local indexes that a table cannot describe: raw sockets, TLS, other addresses, hand-made pages."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import trustme

from benchmarks.safety.attacker import MARK
from benchmarks.safety.scene import Scene
from tests.kit import Answer, RawServer, make_wheel, refused_port, run_pypiserver, serve, serve_raw
from tests.kit.rawserver import Script, chunked, page, trickle, without_length
from tests.kit.wheels import Wheel, zip_bytes

Served = Callable[[Scene, ExitStack], list[str]]
FILE = "corp_widget-1.0-py3-none-any.whl"
LINK = f'<a href="/packages/{FILE}">{FILE}</a><br>'
HTML = {"Content-Type": "text/html; charset=utf-8"}
LONG = 33 * 1024 * 1024
"""Bytes of a page that is too long to be true."""


def document(*links: str, end: str = "</body></html>") -> bytes:
    """A page of links."""
    body = "\n".join(links)
    return f"<!DOCTYPE html><html><head><title>Links</title></head><body>\n{body}\n{end}".encode()


def raw(script: Callable[[], Script]) -> Served:
    """The widget's page is played by this script; everything else is as it should be."""

    def start(scene: Scene, stack: ExitStack) -> list[str]:
        del scene
        server = stack.enter_context(serve_raw())
        _well(server)
        server.script("/simple/corp-widget/", script())
        return [server.simple_url]

    return start


def _well(server: RawServer) -> None:
    server.script("/simple/", page(document('<a href="corp-widget/">corp-widget</a>')))
    wheel = Wheel(name="corp-widget", version="1.0").archive().data
    server.script(f"/packages/{FILE}", page(wheel, headers={"Content-Type": "application/octet-stream"}))


def one_byte_a_second() -> Script:
    """A page that would be complete in some minutes."""
    return trickle(document(LINK), pause=1.0)


def cut_chunks() -> Script:
    """The stream of chunks ends before its last one."""
    return chunked(document(end=""), ended=False)


def no_length_no_end() -> Script:
    """Nobody can tell whether this page is complete."""
    return without_length(document(end=""))


def too_long() -> Script:
    """The link, and then nothing of use for a very long time."""
    return page(document(LINK, "<!--", " " * LONG, "-->"))


def too_many_links() -> Script:
    """The link, and then those of other projects."""
    return page(document(LINK, *(f'<a href="x{n}">x{n}</a>' for n in range(100_001))))


def refused(scene: Scene, stack: ExitStack) -> list[str]:
    """Nobody listens there."""
    del scene
    return [f"http://127.0.0.1:{stack.enter_context(refused_port())}/simple/"]


def no_such_name(scene: Scene, stack: ExitStack) -> list[str]:
    """A name that never resolves (RFC 6761)."""
    del scene, stack
    return ["http://pypi.invalid:8036/simple/"]


def unknown_authority(scene: Scene, stack: ExitStack) -> list[str]:
    """TLS with a certificate that nobody here trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server = stack.enter_context(serve(scene.universe.local[0], tls=context))
    return [server.simple_url]


def with_password(scene: Scene, stack: ExitStack) -> list[str]:
    """A pypiserver that wants a password, which nobody has."""
    folder = scene.universe.local[0].write_folder(scene.folder / "local-0")
    running = run_pypiserver(folder, logs=scene.folder / "logs", passwords={"lab": "secret"})
    return [stack.enter_context(running).simple_url]


def hand_made(links: str, at: str = "/simple/corp-widget/", root: str = "corp-widget/") -> Served:
    """A page of these links, at this address; other spellings of it are not there."""

    def start(scene: Scene, stack: ExitStack) -> list[str]:
        server = stack.enter_context(serve(scene.universe.local[0]))
        not_there = Answer(404, HTML, b"Not Found")
        server.override("/simple/", Answer(200, HTML, document(f'<a href="/simple/{root}">{root[:-1]}</a>')))
        server.override("/simple/corp-widget/", not_there) if at != "/simple/corp-widget/" else None
        outside = make_wheel(
            scene.folder / "outside", "corp-widget", "2.0", files={f"corp_widget/{MARK}": ""}
        )
        filled = scene.filled(links).replace("<outside>", outside.as_uri())
        server.override(at, Answer(200, HTML, document(filled)))
        scene.servers.append(server)
        return [server.simple_url]

    return start


def other_sidecar(scene: Scene, stack: ExitStack) -> list[str]:
    """The page promises another digest of the metadata than they have."""
    server = stack.enter_context(serve(scene.universe.local[0]))
    other = b"Metadata-Version: 2.1\nName: corp-widget\nVersion: 1.0\n"
    kind = {"Content-Type": "application/octet-stream"}
    server.override(f"/packages/{FILE}.metadata", Answer(200, kind, other))
    return [server.simple_url]


# ------------------------------------------------------------------------------- folders, and changes


def climbing_wheel(folder: Path) -> None:
    """A wheel with a member that would land outside of the environment."""
    make_wheel(folder, "corp-widget", "1.0", files={"../../../../climbed.py": "print('out')\n"})


def bundle(folder: Path) -> None:
    """The files in a zip that nobody extracted."""
    members = {FILE: Wheel(name="corp-widget", version="1.0").archive().data}
    (folder / "OfflinePackageRepository.zip").write_bytes(zip_bytes(members))


def lost(scene: Scene) -> None:
    """Somebody deletes the widget's file."""
    (scene.folders[0] / FILE).unlink()


def emptied(scene: Scene) -> None:
    """Somebody deletes everything."""
    for path in scene.folders[0].iterdir():
        path.unlink()


def unmounted(scene: Scene) -> None:
    """The folder itself is gone."""
    not_there(scene.folders[0])


def replaced(scene: Scene) -> None:
    """Other bytes under the same name."""
    make_wheel(scene.folders[0], "corp-widget", "1.0", files={"corp_widget/newer.py": ""})


def flapping(scene: Scene) -> None:
    """The index forgets the widget, and goes on answering."""
    scene.servers[0].override("/simple/corp-widget/", Answer(404, HTML, b"Not Found"))
    scene.servers[0].override("/simple/", Answer(200, HTML, document('<a href="corp-other/">corp-other</a>')))


def not_there(folder: Path) -> None:
    """The folder of a share that is not mounted."""
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def into_a_folder(folder: Path) -> None:
    """Everything one level deeper."""
    inner = folder / "team"
    inner.mkdir()
    for path in folder.glob("*.whl"):
        path.rename(inner / path.name)
