"""The program that is the server: pypiserver's own application, over a folder that is not walked for each page.

Run as a process of its own by `server`. What it is to do comes as JSON on its standard input, what became of it
goes as JSON lines to its standard output, and it ends when its standard input does: no server outlives who
started it.

What differs from `pypi-server run`: pages come from what is known while folders and files are what they were
(pypiserver's own cache of folders is invalidated by its own hashing, since watchdog 2.2), and a page costs what its own
project has, not what all have; an upload is read whole and checked, then appears by one rename; one slow client does not keep
all others waiting; and a connection is kept for the next page (RFC 9112, section 9.3).
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import socket
import socketserver
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast
from wsgiref.headers import Headers
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

from driverenv.errors import DriverEnvError
from driverenv.repository.checking import check, digest
from driverenv.repository.folder import Folder
from driverenv.repository.names import why_not

SETTLED_SECONDS = 2.0
"""A folder's time of change is coarse on some file systems: it is walked again until it has been the same so long."""
_IDLE_SECONDS = 30.0
_QUEUE = 128
_LONGEST_LINE = 65_536


class Refused(Exception):
    """It cannot be served; `kind` is "missing", "port", "passwords" or "other"."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


def main() -> int:
    """Serve until standard input ends; gives the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for who started us
    terms = json.loads(sys.stdin.readline())
    try:
        server, version = opened(terms)
    except Refused as refused:
        _say(failed=refused.kind, detail=str(refused))
        return 1
    threading.Thread(target=_end_with_stdin, args=(server,), daemon=True).start()
    _say(listening=server.server_address[1], version=version)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    return 0


def _say(**told: object) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def _end_with_stdin(server: WSGIServer) -> None:
    while sys.stdin.readline():
        pass
    server.shutdown()


def opened(terms: Mapping[str, Any]) -> tuple[WSGIServer, str]:
    """A server that listens, and pypiserver's version. Raises `Refused`.

    Terms: `folder`, `host`, `port` (0 for any that is free), `passwords` (a file, or null), `protect` (the
    actions that need one), `verbose`.
    """
    try:
        import pypiserver  # noqa: PLC0415 (an optional part)
    except ImportError as error:
        raise Refused("missing", f"pypiserver cannot be imported: {error}") from error
    app = _application(terms)
    handler = _Handler if terms["verbose"] else _Quiet
    kind = _Server6 if ":" in terms["host"] else _Server
    try:
        server = kind((terms["host"], terms["port"]), handler)
    except OSError as error:
        kind_of = "port" if error.errno in (errno.EADDRINUSE, errno.EACCES) else "other"
        raise Refused(kind_of, error.strerror or str(error)) from error
    except OverflowError as error:
        raise Refused("port", str(error)) from error
    server.set_app(app)
    return server, pypiserver.__version__


def _application(terms: Mapping[str, Any]) -> Any:  # noqa: ANN401 (a WSGI application of pypiserver)
    import pypiserver  # noqa: PLC0415
    from pypiserver.backend import BackendProxy  # noqa: PLC0415
    from pypiserver.config import Config  # noqa: PLC0415

    config = Config.default_with_overrides(
        roots=[Path(terms["folder"])],
        host=terms["host"],
        port=terms["port"],
        authenticate=list(terms["protect"]),
        disable_fallback=True,
        backend_arg="simple-dir",
        auther=_auther(terms["passwords"]),
    )
    config.backend = BackendProxy(backend(config))
    return pypiserver.setup_routes_from_config(pypiserver.app_from_config(config), config)


def _auther(passwords: str | None) -> Callable[[str, str], bool]:
    """Whether a user's password is right; nobody's is where there are none."""
    if passwords is None:
        return lambda _user, _password: False
    from driverenv.repository.passwords import Unreadable, verifier  # noqa: PLC0415 (only where there are any)

    try:
        return verifier(passwords)
    except ImportError as error:
        raise Refused("missing", f"passlib cannot be imported: {error}") from error
    except Unreadable as error:
        raise Refused("passwords", str(error)) from error


class Kept:
    """What a walk of the folder found, as long as that holds; safe for threads."""

    def __init__(
        self,
        walk: Callable[[], Iterable[Any]],
        clock: Callable[[], float] = time.monotonic,
        project: Callable[[Any], str] = str,
    ) -> None:
        """`project` tells whose a package is."""
        self._walk, self._clock, self._project = walk, clock, project
        self._lock = threading.Lock()
        self._folders: dict[str, int] = {}
        self._since = 0.0
        self._found: dict[str, list[Any]] | None = None
        self._sums: dict[str, tuple[tuple[int, int, int], str]] = {}

    def all(self, roots: Iterable[Path]) -> list[Any]:
        """Every package, walked for anew only where a folder has changed, or did a moment ago."""
        return [package for packages in self._by_project(roots).values() for package in packages]

    def of(self, roots: Iterable[Path], project: str) -> list[Any]:
        """The packages of a project, by the name that `project` gives them; the same way."""
        return self._by_project(roots).get(project, [])

    def projects(self, roots: Iterable[Path]) -> set[str]:
        """Whose packages there are; the same way."""
        return set(self._by_project(roots))

    def _by_project(self, roots: Iterable[Path]) -> dict[str, list[Any]]:
        with self._lock:
            folders = dict(self._times(roots) if self._found is None else self._times_of_known())
            if self._found is None or folders != self._folders:
                folders = dict(self._times(roots))
                if folders != self._folders:
                    self._since = self._clock()
                self._folders, self._found = folders, None
            if self._found is not None:
                return self._found
            found: dict[str, list[Any]] = {}
            for package in self._walk():
                found.setdefault(self._project(package), []).append(package)
            if self._clock() - self._since > SETTLED_SECONDS:
                self._found = found
            return found

    def _times_of_known(self) -> Iterator[tuple[str, int]]:
        for folder in self._folders:
            try:
                yield folder, os.stat(folder).st_mtime_ns
            except OSError:
                yield folder, -1

    def _times(self, roots: Iterable[Path]) -> Iterator[tuple[str, int]]:
        for root in roots:
            for folder, below, _ in os.walk(root):
                below[:] = [name for name in below if not name.startswith(".")]
                yield folder, os.stat(folder).st_mtime_ns

    def sha256(self, path: str) -> str | None:
        """The digest of a file, read again where it changed; None where it is gone."""
        try:
            found = os.stat(path)
            stamp = (found.st_size, found.st_mtime_ns, found.st_ino)
            known = self._sums.get(path)
            if known is None or known[0] != stamp:
                known = self._sums[path] = (stamp, digest(path)[0])
        except OSError:
            self._sums.pop(path, None)
            return None
        return known[1]


def backend(config: Any) -> Any:  # noqa: ANN401 (pypiserver's own types)
    """What pypiserver asks for packages: its own backend, with what is `Kept`, and uploads that are checked."""
    from pypiserver.backend import SimpleFileBackend  # noqa: PLC0415 (an optional part)
    from pypiserver.pkg_helpers import normalize_pkgname  # noqa: PLC0415

    class Backend(SimpleFileBackend):  # type: ignore[misc]
        def __init__(self, config: Any) -> None:  # noqa: ANN401
            super().__init__(config)
            self.kept = Kept(super().get_all_packages, project=_project_of)

        def get_all_packages(self) -> list[Any]:
            return self.kept.all(self.roots)

        def get_projects(self) -> set[str]:
            return self.kept.projects(self.roots)

        def find_project_packages(self, project: str) -> Iterator[Any]:
            for package in self.kept.of(self.roots, normalize_pkgname(project)):
                sha256 = self.kept.sha256(package.fn)
                if sha256 is not None:
                    package.digest = f"sha256={sha256}"
                    yield package

        def add_package(self, filename: str, stream: BinaryIO) -> None:
            take_in(Folder(self.roots[0]), filename, stream)

    return Backend(config)


def _project_of(package: Any) -> str:  # noqa: ANN401 (pypiserver's own type)
    return str(package.pkgname_norm)


def take_in(folder: Folder, filename: str, stream: BinaryIO) -> None:
    """Put an upload into the folder, if it is what it should be. Raises pypiserver's answer 400 where it is not."""
    from pypiserver.bottle_wrapper import HTTPError  # noqa: PLC0415 (an optional part)

    try:
        with folder.staging() as scratch:
            staged = scratch / "upload"
            with staged.open("wb") as out:
                while chunk := stream.read(1 << 20):
                    out.write(chunk)
            if not filename.endswith(".asc") or why_not(filename.removesuffix(".asc")):
                check(staged, filename=filename, shown=filename)
            folder.put(staged, filename, move=True)
    except DriverEnvError as error:
        raise HTTPError(400, f"{error.code}: {error.summary}") from error


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = _QUEUE

    def server_bind(self) -> None:
        """Bind without looking up this machine's name, which may take long where there is no DNS."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """A client that went away is nothing to report."""


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Answer(ServerHandler):
    """Says in time that the connection ends with this answer, and knows afterwards whether it went out whole."""

    http_version = "1.1"
    headers: Headers | None  # what typeshed leaves out
    bytes_sent: int
    request_handler: _Handler
    is_whole = False

    def cleanup_headers(self) -> None:
        super().cleanup_headers()
        if self.headers is not None:
            self.request_handler.judge(self.headers.get("Content-Length"))
            if self.request_handler.close_connection:
                self.headers["Connection"] = "close"

    def close(self) -> None:
        length = self.headers.get("Content-Length") if self.headers is not None else None
        self.is_whole = self.request_handler.command == "HEAD" or str(self.bytes_sent) == length
        super().close()


class _Handler(WSGIRequestHandler):
    """One request after the other on a connection, as long as it is certain where each ends.

    That is where a request has no body, and the answer says how long it is, and is.
    """

    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    wbufsize = -1  # an answer goes out as a whole, not line by line
    disable_nagle_algorithm = True

    def address_string(self) -> str:
        """The address, not a name that would have to be looked up."""
        return str(self.client_address[0])

    def handle(self) -> None:
        """Until the client has had enough, says nothing for a while, or sends what is no plain request."""
        self.close_connection = False
        with contextlib.suppress(TimeoutError):
            while not self.close_connection:
                self._handle_one()

    def judge(self, length: str | None) -> None:
        """Whether the connection ends with an answer of this length."""
        has_body = "content-length" in self.headers or "transfer-encoding" in self.headers
        if length is None or has_body or self.command not in ("GET", "HEAD"):
            self.close_connection = True

    def _handle_one(self) -> None:
        self.raw_requestline = self.rfile.readline(_LONGEST_LINE + 1)
        if not self.raw_requestline:
            self.close_connection = True
            return
        if len(self.raw_requestline) > _LONGEST_LINE:
            self.requestline, self.request_version, self.command = "", "", ""
            self.send_error(414)
            self.close_connection = True
            return
        if not self.parse_request():
            self.close_connection = True
            return
        answer = _Answer(
            cast("Any", self.rfile), cast("Any", self.wfile), self.get_stderr(), self.get_environ()
        )
        answer.request_handler = self
        answer.run(cast("Any", self.server).get_app())
        self.close_connection = self.close_connection or not answer.is_whole
        self.wfile.flush()


class _Quiet(_Handler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 (as the library has it)
        """Say nothing."""


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries, to whom it matters
        sys.exit(main())
