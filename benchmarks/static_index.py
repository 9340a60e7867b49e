"""A fast static simple index on loopback: `python static_index.py FOLDER` prints its port and serves.

Everything about a page is worked out before the first request: JSON (PEP 691) and HTML (PEP 503)
with hashes, sidecars of metadata (PEP 658), ETags. Connections are kept, ranges are answered. As
public PyPI does, it says that pages hold for ten minutes and files for ever, which lets uv and pip
answer from their caches without asking. Files that come into the folder or leave it are noticed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import socketserver
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import NamedTuple, cast

JSON = "application/vnd.pypi.simple.v1+json"
PAGE_HOLDS = "max-age=600, public"
FILE_HOLDS = "max-age=365000000, immutable, public"


class Resource(NamedTuple):
    """What a path has to say; `other` is the HTML of a page whose body is JSON."""

    body: bytes
    kind: str
    cache: str
    other: bytes = b""


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


class Wheel(NamedTuple):
    """A file, its metadata, and what its project's page says of it."""

    body: bytes
    metadata: bytes
    entry: dict[str, object]


class Catalogue:
    """The index of a folder as it is now: a file is read once, all is worked out anew when the folder changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._wheels: dict[str, Wheel] = {}
        self._resources: dict[str, Resource] = {}
        self._trusted = -1

    def resources(self) -> dict[str, Resource]:
        """Every path of the index."""
        changed = os.stat(self._folder).st_mtime_ns
        if changed != self._trusted:
            with self._lock:
                self._look()
                # Two changes may have the same time where it is coarse: a folder is trusted a second later.
                self._trusted = changed if time.time_ns() - changed > 1_000_000_000 else -1
        return self._resources

    def _look(self) -> None:
        names = sorted(name for name in os.listdir(self._folder) if name.endswith(".whl"))
        if names != list(self._wheels):
            known = self._wheels
            self._wheels = {name: known.get(name) or _wheel(self._folder / name) for name in names}
            self._resources = _resources(self._wheels)


def resources(folder: Path) -> dict[str, Resource]:
    """Every path of the index of a folder."""
    return Catalogue(folder).resources()


def _wheel(path: Path) -> Wheel:
    body, metadata = path.read_bytes(), _metadata(path)
    entry: dict[str, object] = {
        "filename": path.name,
        "url": f"/files/{path.name}",
        "hashes": {"sha256": hashlib.sha256(body).hexdigest()},
        "core-metadata": {"sha256": hashlib.sha256(metadata).hexdigest()},
        "size": len(body),
        "requires-python": _requires_python(metadata),
    }
    return Wheel(body, metadata, entry)


def _resources(wheels: dict[str, Wheel]) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    projects: dict[str, list[dict[str, object]]] = {}
    for name, wheel in wheels.items():
        found[f"/files/{name}"] = Resource(wheel.body, "application/octet-stream", FILE_HOLDS)
        found[f"/files/{name}.metadata"] = Resource(wheel.metadata, "application/octet-stream", FILE_HOLDS)
        projects.setdefault(normalized(name.split("-")[0]), []).append(wheel.entry)
    for project, files in projects.items():
        found[f"/simple/{project}/"] = _page(project, files)
    found["/simple/"] = _listing(sorted(projects))
    return found


def _metadata(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        return archive.read(name)


def _requires_python(metadata: bytes) -> str | None:
    found = re.search(rb"^Requires-Python: *(.+?)\r?$", metadata, re.MULTILINE)
    return found.group(1).decode() if found else None


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _page(project: str, files: list[dict[str, object]]) -> Resource:
    body = json.dumps({"meta": {"api-version": "1.1"}, "name": project, "files": files}).encode()
    lines = ["<!DOCTYPE html><html><body>"]
    for one in files:
        digest = cast("dict[str, str]", one["hashes"])["sha256"]
        sidecar = cast("dict[str, str]", one["core-metadata"])["sha256"]
        wanted = one["requires-python"]
        python = f' data-requires-python="{_escaped(str(wanted))}"' if wanted else ""
        lines.append(
            f'<a href="{one["url"]}#sha256={digest}" data-core-metadata="sha256={sidecar}"'
            f' data-dist-info-metadata="sha256={sidecar}"{python}>{one["filename"]}</a><br>'
        )
    return Resource(body, JSON, PAGE_HOLDS, "\n".join([*lines, "</body></html>"]).encode())


def _listing(projects: list[str]) -> Resource:
    body = json.dumps({"meta": {"api-version": "1.1"}, "projects": [{"name": one} for one in projects]})
    links = "\n".join(f'<a href="/simple/{one}/">{one}</a>' for one in projects)
    return Resource(
        body.encode(), JSON, PAGE_HOLDS, f"<!DOCTYPE html><html><body>{links}</body></html>".encode()
    )


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256
    catalogue: Catalogue


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        try:
            while self._one():
                pass
        except (ConnectionError, ValueError):
            return

    def _one(self) -> bool:
        words = self.rfile.readline(65536).decode("latin-1").split()
        if len(words) != 3:
            return False
        headers: dict[str, str] = {}
        while (line := self.rfile.readline(65536).decode("latin-1").strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        self._answer(words[0], words[1].partition("?")[0], headers)
        return headers.get("connection", "").lower() != "close"

    def _answer(self, method: str, path: str, headers: dict[str, str]) -> None:
        index = cast("_Server", self.server).catalogue.resources()
        resource = index.get(path)
        if resource is None and path + "/" in index:
            self._send("301 Moved Permanently", [f"Location: {path}/"], b"", 0)
        elif resource is None or method not in ("GET", "HEAD"):
            self._send("404 Not Found", [], b"", 0)
        else:
            self._resource(method, resource, headers)

    def _resource(self, method: str, resource: Resource, headers: dict[str, str]) -> None:
        plain = resource.other and JSON not in headers.get("accept", "")
        body, kind = (resource.other, "text/html") if plain else (resource.body, resource.kind)
        etag = f'"{hash(body) & 0xFFFFFFFFFFFFFFFF:x}"'
        lines = [f"Content-Type: {kind}", f"Cache-Control: {resource.cache}", f"ETag: {etag}"]
        lines += ["Vary: Accept"] if resource.other else ["Accept-Ranges: bytes"]
        status, full = "200 OK", body
        if headers.get("if-none-match") == etag:
            self._send("304 Not Modified", lines, b"", None)
            return
        span = re.fullmatch(r"bytes=(\d*)-(\d*)", headers.get("range", ""))
        if span and not resource.other and any(span.groups()):
            first, last = span.groups()
            start = int(first) if first else max(0, len(full) - int(last))
            end = min(int(last), len(full) - 1) if first and last else len(full) - 1
            status, body = "206 Partial Content", full[start : end + 1]
            lines.append(f"Content-Range: bytes {start}-{end}/{len(full)}")
        self._send(status, lines, b"" if method == "HEAD" else body, len(body))

    def _send(self, status: str, lines: list[str], body: bytes, length: int | None) -> None:
        sized = [] if length is None else [f"Content-Length: {length}"]
        head = "\r\n".join([f"HTTP/1.1 {status}", *lines, *sized, "", ""]).encode("latin-1")
        if len(body) < 65536:
            self.wfile.write(head + body)
        else:
            self.wfile.write(head)
            self.wfile.write(body)


def main() -> None:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.catalogue = Catalogue(Path(sys.argv[1]))
        server.catalogue.resources()
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
