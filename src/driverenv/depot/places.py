"""Where a fleet store may be: a folder, a server that takes PUT, or an object store. Each has flat names, and bytes."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from driverenv import _fs
from driverenv._http import Body, Response, Sending, Stream, TransportFailure, wish
from driverenv.model.fleet import Fleet
from driverenv.model.index import Index

_CHUNK = 1 << 20
_IN_PARTS = 5 << 20
"""Bytes from which on a bucket is given a file in parts."""
_ABSENT = (404, 410)
_OK = 200
_TAKEN = (200, 201, 202, 204)
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_PATIENCE: dict[str, Any] = {
    "client_options": {"connect_timeout": "3s", "timeout": "30s", "allow_http": True},
    "retry_config": {"max_retries": 1},
}


class Unavailable(Exception):
    """The store does not answer, or not so that it can be used; the text ends a sentence."""


class Place(Protocol):
    """What there is to be done with files of a store; names are plain: letters, digits, dots and hyphens."""

    def reading(self, name: str) -> AbstractContextManager[Iterator[bytes] | None]:
        """Its content as it comes; None where there is none. Raises `Unavailable`."""

    def write(self, name: str, body: Body) -> None:
        """Put it there, whole or not at all, whatever was there. Raises `Unavailable`."""


def place_of(fleet: Fleet, door: Sending) -> Place:
    """Where it is. Raises `Unavailable`: what it takes is not installed."""
    if fleet.index is None:
        return Bucket(str(fleet.store))
    return Folder(Path(fleet.index.location)) if fleet.index.is_folder else Server(fleet.index, door)


class Folder:
    """A folder, on a share as a rule. Others write there: links, pipes and devices are not followed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextlib.contextmanager
    def reading(self, name: str) -> Iterator[Iterator[bytes] | None]:
        """See `Place.reading`."""
        descriptor = self._opened(name)
        if descriptor is None:
            yield None
            return
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Unavailable(f"{name} in it is no file")
            yield self._chunks(descriptor)
        finally:
            os.close(descriptor)

    def _opened(self, name: str) -> int | None:
        try:
            return os.open(self._path / name, _READ)
        except FileNotFoundError as error:
            if self._path.is_dir():
                return None
            raise _no_folder(error) from error
        except OSError as error:
            raise _no_folder(error) from error

    @staticmethod
    def _chunks(descriptor: int) -> Iterator[bytes]:
        try:
            while chunk := os.read(descriptor, _CHUNK):
                yield chunk
        except OSError as error:
            raise _no_folder(error) from error

    def write(self, name: str, body: Body) -> None:
        """See `Place.write`."""
        staged = _fs.temporary_name(self._path / name)
        try:
            _fs.write_new(str(staged), body.chunks())
            staged.replace(self._path / name)
        except OSError as error:
            with contextlib.suppress(OSError):
                staged.unlink(missing_ok=True)
            raise _no_folder(error) from error


def _no_folder(error: OSError) -> Unavailable:
    return Unavailable(error.strerror or str(error))


class Server:
    """A server that takes PUT: nginx or Apache with DAV, say."""

    def __init__(self, index: Index, door: Sending) -> None:
        self._index, self._door = index, door

    def _url(self, name: str) -> str:
        return f"{self._index.location.rstrip('/')}/{name}"

    @contextlib.contextmanager
    def reading(self, name: str) -> Iterator[Iterator[bytes] | None]:
        """See `Place.reading`."""
        try:
            with self._door.stream(self._index, self._url(name), public=False) as answer:
                if answer.status in _ABSENT:
                    yield None
                elif answer.status == _OK:
                    yield self._chunks(answer)
                else:
                    raise _answered(answer)
        except TransportFailure as failure:
            raise Unavailable(failure.detail) from failure

    @staticmethod
    def _chunks(answer: Stream) -> Iterator[bytes]:
        try:
            yield from answer.chunks
        except TransportFailure as failure:
            raise Unavailable(failure.detail) from failure

    def write(self, name: str, body: Body) -> None:
        """See `Place.write`."""
        try:
            answer = self._door.put(self._index, self._url(name), body)
        except TransportFailure as failure:
            raise Unavailable(failure.detail) from failure
        if answer.status not in _TAKEN:
            raise _answered(answer)


def _answered(answer: Response | Stream) -> Unavailable:
    return Unavailable(f"it answered {answer.status}{wish(answer.headers)}")


class Bucket:
    """An object store, by the library obstore, which finds its credentials as the tools of that store do."""

    def __init__(self, url: str) -> None:
        try:
            from obstore import store  # noqa: PLC0415 (an extra)
        except ImportError as error:
            raise Unavailable("that takes the extra fleet: pip install driverenv[fleet]") from error
        with _bucket_errors():
            self._store: Any = store.from_url(url, **_PATIENCE)

    @contextlib.contextmanager
    def reading(self, name: str) -> Iterator[Iterator[bytes] | None]:
        """See `Place.reading`."""
        import obstore  # noqa: PLC0415 (an extra)

        found = None
        with _bucket_errors(), contextlib.suppress(FileNotFoundError):
            found = obstore.get(self._store, name)
        yield None if found is None else self._chunks(found)

    @staticmethod
    def _chunks(found: Any) -> Iterator[bytes]:  # noqa: ANN401 (a foreign noun)
        with _bucket_errors():
            for chunk in found.stream(min_chunk_size=_CHUNK):
                yield bytes(chunk)

    def write(self, name: str, body: Body) -> None:
        """See `Place.write`."""
        import obstore  # noqa: PLC0415 (an extra)

        is_small = body.length < _IN_PARTS
        with _bucket_errors():
            obstore.put(self._store, name, b"".join(body.chunks()) if is_small else body.chunks())


@contextlib.contextmanager
def _bucket_errors() -> Iterator[None]:
    """What the library raises has no base of its own that all of it shares."""
    try:
        yield
    except Unavailable:
        raise
    except Exception as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise Unavailable(f"{type(error).__name__}: {first}") from error
