"""One environment in the making: files laid, scripts written, each distribution described."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from driverenv import _fs
from driverenv.environment import overlay, record, scripts, shipped
from driverenv.environment.bytecode import CACHE
from driverenv.environment.image import lay_image
from driverenv.environment.link import ByteCode, Linker
from driverenv.environment.overlay import Edits
from driverenv.environment.record import INSTALLER, SYMLINK, WRITTEN, Laid, laid
from driverenv.environment.shipped import Section, Shipped
from driverenv.events import Listener
from driverenv.model.plan import BYTE_CODE, CODE, OVERLAY, SCRIPT, PlannedFile, PlannedWheel
from driverenv.model.requirement import Interpreter
from driverenv.store import Store, bytecode, sharing, stamps, tree
from driverenv.store.bytecode import Compiled
from driverenv.store.damage import Damaged
from driverenv.store.manifest import BYTE_CODE as BYTE_CODE_FOLDER
from driverenv.store.manifest import FILES

_EXECUTABLE = 0o755
_PLAIN = 0o644
_TRIES = 3


class Work:
    """An environment in the making.

    Args:
        prefix: where it is made; nothing is there yet.
        python: where its Python will be, once it is published: what scripts name.
        interpreter: its base, whose image is copied at once.
        method: how code is shared, as `clone.method` says.
        store: where the wheels are.
        on_event: told `Warned` (`STORE_DAMAGED`) where a wheel had to be renewed.
    """

    def __init__(
        self,
        prefix: str,
        *,
        python: str,
        interpreter: Interpreter,
        method: str,
        store: Store,
        on_event: Listener,
    ) -> None:
        self.interpreter = interpreter
        self.there: dict[str, Laid] = {}
        """Every file so far, by target."""
        self.boot = store.boot
        self._prefix = prefix
        self._python = python
        self._store = store
        self._home = f"{store.home}{os.sep}"
        self._on_event = on_event
        self._linker = Linker(prefix, method=method)
        self._linked: set[str] = set()
        self._sections: list[Section] = []
        for path, kind, size, sha256 in lay_image(interpreter, store, prefix):
            self.there[path] = Laid(path, size, sha256, WRITTEN if kind == tree.FILE else SYMLINK)

    def lay(self, wheels: Iterable[PlannedWheel]) -> None:
        """Lay the files of all wheels, byte code included, and the scripts they bring along.

        Raises `IntegrityError` where the store is damaged and cannot mend it itself.
        """
        for wheel in wheels:
            for attempt in range(1, _TRIES + 1):
                try:
                    self._lay(wheel)
                    break
                except Damaged as damage:
                    self._store.mend(damage, self._on_event)
                    if attempt == _TRIES:
                        raise damage.as_error() from damage

    def _lay(self, wheel: PlannedWheel) -> None:
        """Whether the store's files are well is known before the first one is laid."""
        compiled = self._compiled(wheel)
        parts = [stamps.of_files(wheel.root, wheel.entries)]
        if compiled is not None:
            parts.append(stamps.of_byte_code(compiled))
        with self._looking(wheel.root, parts):
            files = [file for file in wheel.files if file.kind != SCRIPT]
            self._linked |= self._linker.lay(files, wheel.root)
            self.there |= {
                file.target: Laid(file.target, file.size, file.sha256, file.kind) for file in files
            }
            for file in wheel.files:
                if file.kind == SCRIPT:
                    self._lay_script(f"{wheel.root}/{FILES}/{file.source}", file)
            targets = {file.source: file.target for file in files if file.kind == CODE}
            self._note(parts[0], targets)
            if compiled is not None:
                self._lay_byte_code(wheel, compiled, parts[1], targets)

    def _looking(self, root: str, parts: list[stamps.Part]) -> AbstractContextManager[None]:
        if self._linker.links:
            return sharing.linking(root, parts)
        sharing.check(root, parts)
        return nullcontext()

    def _compiled(self, wheel: PlannedWheel) -> Compiled | None:
        tag = self.interpreter.cache_tag
        return None if tag is None else bytecode.load(Path(wheel.root, BYTE_CODE_FOLDER, tag))

    def _lay_byte_code(
        self, wheel: PlannedWheel, compiled: Compiled, part: stamps.Part, targets: dict[str, str]
    ) -> None:
        found, cached = [], {}
        ending = f".{self.interpreter.cache_tag}.pyc"
        for one in compiled.files:
            folder, _, name = one.path.rpartition("/")
            source = f"{folder[: -len(CACHE)]}{name[: -len(ending)]}.py"
            target = targets.get(source)
            if target is not None:
                target = f"{target.rpartition('/')[0]}/{CACHE}/{name}"
                cached[one.path] = target
                found.append(ByteCode(f"{compiled.folder}/{one.path}", target))
                self.there[target] = Laid(target, one.size, one.sha256, BYTE_CODE)
        self._linked |= self._linker.lay_byte_code(found, wheel.root)
        self._note(part, cached)

    def _note(self, part: stamps.Part, targets: dict[str, str]) -> None:
        """Keep where the shared files of `part` are looked at, if any of them is linked from here."""
        places = [(targets.get(row.path, ""), row.path) for row in part.shared]
        if any(target in self._linked for target, _ in places):
            below = self._below_home(part.folder)
            found = shipped.section(self._below_home(part.record), below, places, self._linked)
            self._sections.append(found)

    def _below_home(self, path: str) -> str:
        return path.removeprefix(self._home).replace(os.sep, "/")

    def _lay_script(self, source: str, file: PlannedFile) -> None:
        with open(source, "rb") as script:
            content = script.read()
        content = scripts.rewritten(content, self._python, windows=self.interpreter.windows)
        self._write(file.target, content, _EXECUTABLE)

    def edit(self, edits: Edits) -> None:
        """Have the files that may be edited be what somebody made of them."""
        library = self.interpreter.site_packages.replace(os.sep, "/")
        overlay.lay(edits, self.there, library, self._overwrite)

    def _overwrite(self, target: str, content: bytes) -> None:
        with open(self._linker.path(target), "wb") as file:
            file.write(content)

    def describe(self, wheel: PlannedWheel) -> None:
        """Write the scripts of entry points, INSTALLER, REQUESTED, its origin and RECORD of `wheel`."""
        for script in wheel.scripts:
            content = scripts.generate(script, self._python, self.interpreter)
            self._write(script.target, content, _EXECUTABLE)
        own = {f"{wheel.dist_info}/INSTALLER": INSTALLER}
        if wheel.requested:
            own[f"{wheel.dist_info}/REQUESTED"] = b""
        if wheel.origin is not None:
            own[f"{wheel.dist_info}/{wheel.origin.name}"] = wheel.origin.content
        for target, content in own.items():
            self._write(target, content, _PLAIN)
        self._write(f"{wheel.dist_info}/RECORD", record.record(wheel, self.there, own), _PLAIN)

    def _write(self, target: str, content: bytes, mode: int) -> None:
        _fs.write_new(self._linker.path(target), [content], mode=mode)
        self.there[target] = laid(target, content)

    def shipped(self) -> bytes:
        """The record of what is there, with stamps; to be taken when everything is laid."""
        library = self.interpreter.site_packages.replace(os.sep, "/")
        overlays = [row.target for row in self.there.values() if row.kind == OVERLAY]
        found = Shipped(
            own=[target for target in self.there if target not in self._linked and target not in overlays],
            overlays=tuple(overlays),
            sections=self._sections,
            library=library,
            hooks=shipped.hooks_in(f"{self._prefix}/{library}"),
        )
        return shipped.render(found, self._prefix)
