"""The store: archives and unpacked wheels by sha256, documents and folders by kind and key.

Everything becomes visible by one rename and is never changed afterwards; readers take no locks.

Below home: ``archives/<2>/<sha256>``, ``wheels/<2>/<sha256>/{manifest,files,bytecode}``,
``documents/<kind>/<2>/<key>``, ``folders/<kind>/<key>``, ``locks/``, ``logs/``, ``staging/``.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from packaging.utils import canonicalize_name

from driverenv import _fs, warm
from driverenv.archive import wheel as wheel_archive
from driverenv.archive.headers import same_version
from driverenv.archive.rules import Label
from driverenv.archive.wheel import Unpacked
from driverenv.store import manifest
from driverenv.store.manifest import StoredWheel
from driverenv.store.staging import Staging

_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9a-f]{32,64}")
_KIND = re.compile(r"[a-z][a-z-]{0,40}")
_DIGEST_LENGTH = 40
_CHUNK = 1 << 20


class Store:
    """What is kept below `home`. Safe to share between threads, and between processes on one home.

    Raises `HomeUnusable` where the system refuses what must be done, in every method.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        try:
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise _fs.unusable(home, error) from error
        self._staging = Staging(home / "staging", home / "locks" / "staging")

    # ------------------------------------------------------------------------------------- archives

    def archive(self, sha256: str) -> Path | None:
        """The archive with this digest, or None. It has no suffix: what it is called is not its content."""
        path = self._by_digest("archives", sha256)
        return path if path.is_file() else None

    def admit(self, staged: Path, sha256: str) -> Path:
        """Take the file `staged` (from `staging()`) in as the archive with this digest, which the caller computed."""
        path = self._by_digest("archives", sha256)
        with self._translated():
            _fs.publish_file(staged, path, mode=0o444)
        return path

    # --------------------------------------------------------------------------------------- wheels

    def wheel(self, sha256: str) -> StoredWheel | None:
        """The unpacked wheel whose archive has this digest; None where there is none, or its files are gone."""
        with self._translated():
            found = manifest.load(self._by_digest("wheels", sha256), sha256)
            return found if found is not None and found.is_there() else None

    def ingest(
        self, archive_path: Path, *, project: str, version: str, filename: str, sha256: str, public: bool
    ) -> StoredWheel:
        """Check and unpack the wheel at `archive_path`, whose digest is `sha256`, unless that was done before.

        `project`, `version` and `filename` are what it was offered as; a wheel from a public index
        (or a build) must match its RECORD, one from a local index is noted where it does not.
        Raises `ArchiveRejected`; nothing of a rejected wheel is kept. Raises `IntegrityError` where it
        is the store's own archive, and was damaged there; then it is removed.
        """
        found = self.wheel(sha256)
        if found is None:
            with self.lock("wheel", sha256):
                found = self.wheel(sha256)
                if found is None:
                    self._look_for_damage(archive_path, sha256, filename)
                    found = self._unpack(archive_path, project, version, filename, sha256, public=public)
        _check_offer(found, project, version, filename, public=public)
        return found

    def _look_for_damage(self, archive_path: Path, sha256: str, filename: str) -> None:
        """An archive of the store that was damaged there must not be laid at the index's door."""
        if archive_path != self._by_digest("archives", sha256):
            return
        digest = hashlib.sha256()
        with self._translated():
            with archive_path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
            if digest.hexdigest() != sha256:
                archive_path.chmod(0o600)  # Windows does not delete read-only files
                archive_path.unlink()
                raise manifest.removed(archive_path, filename)

    def _unpack(
        self, archive_path: Path, project: str, version: str, filename: str, sha256: str, *, public: bool
    ) -> StoredWheel:
        root = self._by_digest("wheels", sha256)
        with self._translated(), self.staging() as scratch:
            staged = scratch / "wheel"
            (staged / manifest.FILES).mkdir(parents=True)
            unpacked: Unpacked = wheel_archive.unpack(
                archive_path,
                into=staged / manifest.FILES,
                project=project,
                version=version,
                filename=filename,
                strict=public,
            )
            _fs.write_new(str(staged / manifest.FILE_NAME), [manifest.render(unpacked)], mode=0o444)
            if root.exists():  # it is not whole: a power cut, say
                _fs.remove(root)
            _fs.publish(staged, root)
        found = self.wheel(sha256)
        if found is None:
            raise _fs.unusable(root, OSError(0, "an unpacked wheel vanished", str(root)))
        return found

    # ------------------------------------------------------------------------- documents and folders

    def read(self, kind: str, key: str) -> bytes | None:
        """The document `key` of this kind; None where there is none, or none that is whole."""
        with self._translated():
            try:
                data = self._place("documents", kind, key).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None
        body = data[_DIGEST_LENGTH + 1 :]
        return body if data[:_DIGEST_LENGTH] == warm.key((body,)).encode() else None

    def write(self, kind: str, key: str, data: bytes) -> None:
        """Keep `data` as the document `key` of this kind; readers see the old one or the new one."""
        with self._translated():
            path = self._place("documents", kind, key)
            _fs.write_atomically(path, warm.key((data,)).encode() + b"\n" + data)

    def forget(self, kind: str, key: str) -> None:
        """Drop the document `key` of this kind, if there is one."""
        with self._translated():
            self._place("documents", kind, key).unlink(missing_ok=True)

    def folder(self, kind: str, key: str) -> Path | None:
        """The folder `key` of this kind, an interpreter's image, say; None where there is none."""
        path = self._place("folders", kind, key)
        return path if path.is_dir() else None

    def keep(self, kind: str, key: str, staged: Path) -> Path:
        """Make `staged` (from `staging()`) the folder `key` of this kind; where there is one, that one stands."""
        path = self._place("folders", kind, key)
        with self._translated():
            _fs.publish(staged, path)
        return path

    def discard(self, kind: str, key: str) -> None:
        """Drop whatever lies where the folder `key` of this kind would, if anything does; at once."""
        path = self._place("folders", kind, key)
        with self._translated(), self.staging() as staging, contextlib.suppress(FileNotFoundError):
            path.rename(staging / "discarded")

    @contextlib.contextmanager
    def lock(self, kind: str, key: str) -> Iterator[None]:
        """Hold the lock `key` of this kind, across threads and processes. Not re-entrant."""
        with _fs.lock(self._place("locks", kind, key)):
            yield

    # --------------------------------------------------------------------------------------- staging

    @contextlib.contextmanager
    def staging(self) -> Iterator[Path]:
        """A new, empty, private folder on the store's file system, to make something in that is published then.

        Removed at the end; where this process dies before, the next one that stages finds that out
        and sweeps.
        """
        with self._translated():
            folder = self._staging.folder()
        try:
            yield folder
        finally:
            _fs.remove(folder)

    @property
    def logs(self) -> Path:
        """The folder of the logs of builds; it may not be there yet."""
        return self.home / "logs"

    # --------------------------------------------------------------------------------------- places

    def _by_digest(self, shelf: str, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"not a sha256 in hexadecimal digits: {sha256!r}")
        return self.home / shelf / sha256[:2] / sha256

    def _place(self, shelf: str, kind: str, key: str) -> Path:
        if not _KIND.fullmatch(kind):
            raise ValueError(f"a kind has lower-case letters and hyphens only: {kind!r}")
        name = key if _KEY.fullmatch(key) else warm.key((key.encode("utf-8", "surrogatepass"),))
        return self.home / shelf / kind / name[:2] / name

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _fs.unusable(self.home, error) from error


def _check_offer(found: StoredWheel, project: str, version: str, filename: str, *, public: bool) -> None:
    """The same bytes may be offered again, as something else, or by somebody less trusted."""
    label = Label(filename)
    spelled = (
        found.version if same_version(found.version, wheel_archive.parse_version(version, label)) else ""
    )
    if canonicalize_name(found.project) != canonicalize_name(project) or not spelled:
        label.refuse(
            "dist-info", f"it is {found.project} {found.version}, not {project} {version}", found.dist_info
        )
    if public and found.notes:
        label.refuse("record", found.notes[0])
