"""The store: archives and unpacked wheels by sha256, documents and folders by kind and key.

Everything becomes visible by one rename and is never changed afterwards; readers take no locks.

Below home: ``archives/<2>/<sha256>``, ``wheels/<2>/<sha256>/{manifest,files,stamps,bytecode}``,
``documents/<kind>/<2>/<key>``, ``folders/<kind>/<key>``, ``quarantine/``, ``locks/``, ``logs/``, ``staging/``.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from packaging.utils import canonicalize_name

from driverenv import _fs, warm
from driverenv.archive import wheel as wheel_archive
from driverenv.archive.headers import same_version, scan
from driverenv.archive.record import encoded
from driverenv.archive.requires import what_is_wrong
from driverenv.archive.rules import Label
from driverenv.errors import IntegrityError
from driverenv.events import Listener, Warned
from driverenv.model.amended import AS_IT_IS, Amended
from driverenv.store import bytecode, manifest, stamps, tree, unpacking
from driverenv.store.damage import Damaged, Finding, by_contents, check_archive
from driverenv.store.manifest import StoredWheel
from driverenv.store.peer import Peer
from driverenv.store.premises import open_home
from driverenv.store.staging import Staging, doubtful
from driverenv.store.stamps import Part
from driverenv.store.tree import Leaf

_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9a-f]{32,64}")
_KIND = re.compile(r"[a-z][a-z-]{0,40}")
_DIGEST_LENGTH = 40
_MOST_IN_QUARANTINE = 8


class Store:
    """What is kept below `home`. Safe to share between threads, and between processes on one home.

    `boot` is which run of the machine this is (`driverenv.boot`): what another one made, and the disk is not known to
    have, is looked at by its contents. Empty: nobody asks.

    Raises `HomeUnusable` where the system refuses what must be done, in every method, and where others could change
    what is below `home` (`STATE_UNSAFE`).
    """

    def __init__(self, home: Path, *, boot: str = "") -> None:
        self.home = home
        self.boot = boot
        open_home(home)
        self._wheels: dict[str, StoredWheel] = {}
        self._peer: Peer | None = None
        self._staging = Staging(home / "staging", home / "locks" / "staging", boot)

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
            found = self._wheels.get(sha256)
            if found is None:
                found = manifest.load(self._by_digest("wheels", sha256), sha256)
            if found is None or not found.is_there():
                return None
            self._wheels[sha256] = found  # a wheel is never another one
            return found

    def place_of_wheel(self, sha256: str) -> Path:
        """Where the unpacked wheel whose archive has this digest is, if it is there."""
        return self._by_digest("wheels", sha256)

    def ingest(
        self,
        archive_path: Path,
        *,
        project: str,
        version: str,
        filename: str,
        sha256: str,
        public: bool,
        amended: Amended = AS_IT_IS,
        deciding: bool = False,
    ) -> StoredWheel:
        """Check and unpack the wheel at `archive_path`, whose digest is `sha256`, unless that was done before.

        `project`, `version` and `filename` are what it was offered as; a wheel from a public index
        (or a build) must match its RECORD, one from a local index is noted where it does not. `amended`:
        what the site's policy says in place of its metadata; `deciding`: whether it is read only to decide
        about what it requires, so that a fault there is kept with it instead of refused.
        Raises `ArchiveRejected`; nothing of a rejected wheel is kept. Raises `IntegrityError` where it
        is the store's own archive, and was damaged there; then it is removed.
        """
        offer = wheel_archive.Offer(Label(filename), project, version, public, amended, deciding)
        found = self.wheel(sha256)
        if found is None:
            with self.lock("wheel", sha256):
                found = self.wheel(sha256)
                if found is None:
                    if archive_path == self._by_digest("archives", sha256):
                        check_archive(archive_path, sha256, filename)
                    found = self._unpack(archive_path, sha256, offer)
        try:
            _check_offer(found, offer)
        except Damaged as damage:
            self.renew(damage)
            raise damage.as_error() from damage
        return found

    def _unpack(self, archive_path: Path, sha256: str, offer: wheel_archive.Offer) -> StoredWheel:
        job = archive_path, self._by_digest("wheels", sha256), sha256, offer
        with self._translated():
            found = None if self._peer is None else self._unpacked_beside(self._peer, *job)
            if found is None:
                with self.staging() as staged:
                    found = self._show(staged, unpacking.unpack(staged, *job))
        return found

    def _unpacked_beside(
        self, peer: Peer, archive_path: Path, root: Path, sha256: str, offer: wheel_archive.Offer
    ) -> StoredWheel | None:
        """The same, done by the process of `reinforced`; None where it is not free, or has not done it."""
        with peer.turn(archive_path) as is_ours:
            if is_ours:
                with self.staging() as staged:
                    wheel = peer.unpack(staged, archive_path, root, sha256, offer)
                    return None if wheel is None else self._show(staged, wheel)
        return None

    def _show(self, staged: Path, wheel: StoredWheel) -> StoredWheel:
        """Make `staged`, into which the wheel was unpacked, the wheel's folder."""
        staged.chmod(0o755)
        if wheel.root.exists():  # it is not whole: a power cut, say
            _fs.remove(wheel.root)
        found = wheel if _fs.publish(staged, wheel.root) else self.wheel(wheel.sha256)
        if found is None:
            raise _fs.unusable(wheel.root, OSError(0, "an unpacked wheel vanished", str(wheel.root)))
        return found

    @contextlib.contextmanager
    def reinforced(self) -> Iterator[None]:
        """Within, a process may unpack wheels beside the threads of this one, once many are expected (`expect`)."""
        if self._peer is not None:
            yield
            return
        peer = self._peer = Peer()
        try:
            yield
        finally:
            self._peer = None
            peer.close()

    def expect(self, count: int) -> None:
        """Tell that `count` more wheels are probably not there yet."""
        if self._peer is not None:
            self._peer.expect(count)

    @staticmethod
    def metadata(wheel: StoredWheel) -> bytes:
        """The content of METADATA, checked. Raises `Damaged`, `HomeUnusable`."""
        path = f"{wheel.dist_info}/METADATA"
        row = next(one for one in wheel.entries if (one.scheme, one.path) == (wheel.root_scheme, path))
        place = wheel.path(row)
        try:
            data = _fs.read(place)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise Damaged(str(wheel.root), [Finding(place, "it is gone")]) from error
        except OSError as error:
            raise _fs.unusable(place, error) from error
        if encoded(hashlib.sha256(data).digest()) != row.sha256:
            raise Damaged(str(wheel.root), [Finding(place, "its content was changed")])
        return data

    # --------------------------------------------------------------------------------------- damage

    def parts(self, record: str) -> tuple[Part, ...]:
        """A wheel's own files, and those that `record` is of where they are its byte code; empty where there are none.

        `record` is the path of a record of stamps, relative to the home folder.
        """
        shelf, _, sha256, *rest = (*record.split("/"), "", "", "")
        rest = [one for one in rest if one]
        meant = shelf == "wheels" and rest[-1:] == [stamps.FILE_NAME] and _SHA256.fullmatch(sha256)
        wheel = self.wheel(sha256) if meant else None
        if wheel is None:
            return ()
        files = stamps.of_files(str(wheel.root), wheel.entries)
        if len(rest) == 1:
            return (files,)
        compiled = wheel.bytecode(rest[1])
        return () if compiled is None else (files, stamps.of_byte_code(compiled))

    def doubt(self, sha256: str) -> None:
        """Have the contents of this wheel's files decide, not their stamps, when it is looked at next."""
        with self._translated():
            stamps.forget(self._by_digest("wheels", sha256))

    def settle(self) -> None:
        """Have contents decide about every wheel, once, where the machine was started anew before the disk had all."""
        with self._translated():
            if self.boot and doubtful(self.home, self.boot):
                with self.lock("boot", self.boot):
                    notes = doubtful(self.home, self.boot)
                    for root in (self.home / "wheels").glob("*/*") if notes else ():
                        stamps.forget(root)
                    for note in notes:
                        note.unlink(missing_ok=True)

    def mend(self, damage: Damaged, on_event: Listener) -> None:
        """`renew`, and tell so (`Warned`, `STORE_DAMAGED`). Raises `IntegrityError` where it has to be fetched."""
        renewed = self.renew(damage)
        on_event(Warned("STORE_DAMAGED", damage.told(renewed=renewed)))
        if not renewed:
            raise damage.as_error() from damage

    def renew(self, damage: Damaged) -> bool:
        """Put aside what `damage` names, and unpack the wheel again from its archive, unless somebody did so before.

        Damaged byte code is only put aside: it is compiled again, some time. False where there is no archive
        that is whole: then the wheel is not there any more, and has to be fetched.
        """
        root = self._by_digest("wheels", damage.sha256)
        self._wheels.pop(damage.sha256, None)
        with self.lock("wheel", damage.sha256), self._translated():
            found = manifest.load(root, damage.sha256)
            if found is not None and self._is_well(found, damage.byte_code):
                return True
            self.put_aside(Path(damage.byte_code or root))
            return bool(damage.byte_code) or (found is not None and self._unpack_again(found))

    @staticmethod
    def _is_well(wheel: StoredWheel, byte_code: str) -> bool:
        """Whether another process has renewed it meanwhile: by contents, since a disk that fails changes no stamp."""
        compiled = bytecode.load(Path(byte_code)) if byte_code else None
        if byte_code and compiled is None:
            return not os.path.lexists(byte_code)
        parts = [stamps.of_files(str(wheel.root), wheel.entries)]
        parts += [stamps.of_byte_code(compiled)] if compiled else []
        return not any(map(by_contents, parts))

    def _unpack_again(self, wheel: StoredWheel) -> bool:
        archive, name = self.archive(wheel.sha256), wheel.dist_info.removesuffix(".dist-info")
        if archive is None:
            return False
        try:
            check_archive(archive, wheel.sha256, name)
        except IntegrityError:
            return False
        strict = not wheel.notes  # as it was taken in, and whoever takes it decides about its metadata
        offer = wheel_archive.Offer(Label(name), wheel.project, wheel.version, strict, deciding=True)
        self._unpack(archive, wheel.sha256, offer)
        return True

    def put_aside(self, path: Path) -> None:
        """Move `path` to the quarantine, where nobody uses it; the newest few are kept for whoever wants to know."""
        folder = self.home / "quarantine"
        folder.mkdir(mode=0o700, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            path.rename(folder / f"{path.name}-{uuid.uuid4().hex[:8]}")
        by_age = sorted(folder.iterdir(), key=lambda one: one.lstat().st_ctime_ns)
        for old in by_age[:-_MOST_IN_QUARANTINE]:
            _fs.remove(old)

    # ------------------------------------------------------------------------- documents and folders

    def read(self, kind: str, key: str) -> bytes | None:
        """The document `key` of this kind; None where there is none, or none that is whole."""
        with self._translated():
            try:
                data = _fs.read(self._place("documents", kind, key))
            except (FileNotFoundError, NotADirectoryError):
                return None
        return data[_DIGEST_LENGTH + 1 :] if is_whole(data) else None

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

    def tree(self, kind: str, key: str) -> tuple[Leaf, ...] | None:
        """What the folder `key` of this kind should consist of; None where that is not known, or damaged."""
        with self._translated():
            try:
                return tree.parse(_fs.read(beside(self._place("folders", kind, key))))
            except (FileNotFoundError, NotADirectoryError):
                return None

    def keep(self, kind: str, key: str, staged: Path) -> Path:
        """Make `staged` (from `staging()`) the folder `key` of this kind; where there is one, that one stands."""
        path = self._place("folders", kind, key)
        if path.is_dir():
            _fs.remove(staged)
            return path
        with self._translated():
            _fs.write_atomically(beside(path), tree.render(tree.leaves(staged)), mode=0o444)
            _fs.publish(staged, path)
        return path

    def discard(self, kind: str, key: str) -> None:
        """Drop whatever lies where the folder `key` of this kind would, if anything does; at once."""
        path = self._place("folders", kind, key)
        with self._translated(), self.staging() as staging:
            _fs.remove(beside(path))
            with contextlib.suppress(FileNotFoundError):
                path.rename(staging / "discarded")

    @contextlib.contextmanager
    def lock(self, kind: str, key: str, *, timeout: float = _fs.LOCK_TIMEOUT_SECONDS) -> Iterator[None]:
        """Hold the lock `key` of this kind, across threads and processes. Not re-entrant.

        Raises `HomeUnusable` (`HOME_BUSY`) where another has it for `timeout` seconds.
        """
        path = self._place("locks", kind, key)
        path = path.parents[1] / path.name  # in one folder: to make one takes as long as to link ten files
        with contextlib.ExitStack() as held:
            with self._translated():
                path.parent.mkdir(parents=True, exist_ok=True)
                held.enter_context(_fs.locked_file(str(path), timeout=timeout))
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

    def close(self) -> None:
        """Let go of the folders of `staging`; nobody is in one."""
        self._staging.close()
        if self._peer:
            self._peer.close()

    @property
    def logs(self) -> Path:
        """The folder of the logs of builds; it may not be there yet."""
        return self.home / "logs"

    # --------------------------------------------------------------------------------------- places

    def _by_digest(self, shelf: str, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"not a sha256 in hexadecimal digits: {sha256!r}")
        return Path(
            f"{self.home}/{shelf}/{sha256[:2]}/{sha256}"
        )  # by far quicker than with slashes of its own

    def _place(self, shelf: str, kind: str, key: str) -> Path:
        if not _KIND.fullmatch(kind):
            raise ValueError(f"a kind has lower-case letters and hyphens only: {kind!r}")
        name = key if _KEY.fullmatch(key) else warm.key((key.encode("utf-8", "surrogatepass"),))
        return Path(f"{self.home}/{shelf}/{kind}/{name[:2]}/{name}")

    def _translated(self) -> AbstractContextManager[None]:
        return _fs.translated(self.home)


def is_sha256(name: str) -> bool:
    """Whether `name` is the digest that an archive or a wheel is kept under."""
    return _SHA256.fullmatch(name) is not None


def is_whole(data: bytes) -> bool:
    """Whether the content of a document's file fits the checksum in front of it."""
    return data[:_DIGEST_LENGTH] == warm.key((data[_DIGEST_LENGTH + 1 :],)).encode()


def beside(folder: Path) -> Path:
    """The manifest of a folder."""
    return folder.with_name(folder.name + tree.SUFFIX)


def _check_offer(found: StoredWheel, offer: wheel_archive.Offer) -> None:
    """The same bytes may be offered again, as something else, or by somebody less trusted."""
    label, project, version = offer.label, offer.project, offer.version
    spelled = same_version(found.version, wheel_archive.parse_version(version, label))
    if canonicalize_name(found.project) != canonicalize_name(project) or not spelled:
        label.refuse(
            "dist-info", f"it is {found.project} {found.version}, not {project} {version}", found.dist_info
        )
    if offer.strict and found.notes:
        label.refuse("record", found.notes[0])
    if found.fault and not offer.deciding:
        fault = what_is_wrong(scan(Store.metadata(found)), offer.amended)
        if fault:
            label.refuse("requires", fault, f"{found.dist_info}/METADATA")
