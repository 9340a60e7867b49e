"""One environment in the making: files laid, scripts written, each distribution described."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from driverenv import _fs
from driverenv.environment import record, scripts
from driverenv.environment.bytecode import CACHE
from driverenv.environment.image import copy_image
from driverenv.environment.link import Linker, damaged
from driverenv.environment.record import INSTALLER, Laid, laid
from driverenv.model.plan import CODE, SCRIPT, PlannedFile, PlannedWheel
from driverenv.model.requirement import Interpreter
from driverenv.store.manifest import BYTE_CODE, FILES

_EXECUTABLE = 0o755
_PLAIN = 0o644


class Work:
    """An environment in the making.

    Args:
        prefix: where it is made; nothing is there yet.
        base: the interpreter's image, copied at once.
        python: where its Python will be, once it is published: what scripts name.
        interpreter: its base.
        sharing: "link" or "copy".
    """

    def __init__(
        self, prefix: str, *, base: Path, python: str, interpreter: Interpreter, sharing: str
    ) -> None:
        self.interpreter = interpreter
        self.there: dict[str, Laid] = {}
        """Every file so far but byte code and links to the base interpreter, by target."""
        self._prefix = prefix
        self._python = python
        self._linker = Linker(prefix, sharing=sharing)
        for target in copy_image(base, prefix):
            path = f"{prefix}/{target}"
            if not os.path.islink(path):
                with open(path, "rb") as file:
                    self.there[target] = laid(target, file.read())

    def lay(self, wheels: Iterable[PlannedWheel]) -> None:
        """Lay the files of all wheels, byte code included, and the scripts they bring along."""
        for wheel in wheels:
            root = f"{wheel.root}/{FILES}"
            files = [file for file in wheel.files if file.kind != SCRIPT]
            self._linker.lay(files, root)
            self._linker.lay_byte_code(self._byte_code(wheel))
            self.there |= {
                file.target: Laid(file.target, file.size, file.sha256, file.kind) for file in files
            }
            for file in wheel.files:
                if file.kind == SCRIPT:
                    self._lay_script(f"{root}/{file.source}", file)

    def _byte_code(self, wheel: PlannedWheel) -> Iterator[tuple[str, str, str]]:
        """Folder below the prefix, source and name of each file of byte code that may be there."""
        tag = self.interpreter.cache_tag
        compiled = f"{wheel.root}/{BYTE_CODE}/{tag}"
        if tag is None or not os.path.isdir(compiled):
            return
        for target, source, *_, kind in wheel.files:
            if kind == CODE and target.endswith(".py"):
                folder, _, name = target.rpartition("/")
                name_there = f"{name[:-3]}.{tag}.pyc"
                origin = f"{compiled}/{source[: -len(name)]}{CACHE}/{name_there}"
                yield f"{folder}/{CACHE}", origin, name_there

    def _lay_script(self, source: str, file: PlannedFile) -> None:
        try:
            with open(source, "rb") as script:
                content = script.read()
        except FileNotFoundError:
            raise damaged(source, file, "it is gone") from None
        if len(content) != file.size:
            raise damaged(source, file, f"it has {len(content)} bytes, not {file.size}")
        content = scripts.rewritten(content, self._python, windows=self.interpreter.windows)
        self._write(file.target, content, _EXECUTABLE)

    def describe(self, wheel: PlannedWheel) -> None:
        """Write the scripts of entry points, INSTALLER, REQUESTED and RECORD of `wheel`."""
        for script in wheel.scripts:
            content = scripts.generate(script, self._python, self.interpreter)
            self._write(script.target, content, _EXECUTABLE)
        own = [f"{wheel.dist_info}/INSTALLER"]
        self._write(own[0], INSTALLER, _PLAIN)
        if wheel.requested:
            own.append(f"{wheel.dist_info}/REQUESTED")
            self._write(own[1], b"", _PLAIN)
        self._write(f"{wheel.dist_info}/RECORD", record.record(wheel, self.there, own), _PLAIN)

    def _write(self, target: str, content: bytes, mode: int) -> None:
        _fs.write_new(self._linker.path(target), [content], mode=mode)
        self.there[target] = laid(target, content)
