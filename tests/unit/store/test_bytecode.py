from __future__ import annotations

from pathlib import Path

from driverenv import warm
from driverenv.store.bytecode import FILE_NAME, CompiledFile, load


def put(folder: Path, body: bytes) -> bytes:
    folder.mkdir(parents=True, exist_ok=True)
    data = b"driverenv-bytecode 1\n" + warm.key((body,)).encode() + b"\n" + body
    (folder / FILE_NAME).write_bytes(data)
    return data


def test_what_the_compiler_wrote(tmp_path: Path) -> None:
    assert load(tmp_path / "nothing") is None
    put(tmp_path, b"3\tabc\tpurelib/a/__pycache__/x.cpython-312.pyc\n4\tdef\tpurelib/a/__pycache__/y z.pyc")
    found = load(tmp_path)
    assert found is not None
    assert found.folder == tmp_path
    assert found.files == (
        CompiledFile("purelib/a/__pycache__/x.cpython-312.pyc", 3, "abc"),
        CompiledFile("purelib/a/__pycache__/y z.pyc", 4, "def"),
    )


def test_a_wheel_without_modules(tmp_path: Path) -> None:
    put(tmp_path, b"")
    found = load(tmp_path)
    assert found is not None
    assert found.files == ()


def test_any_damage_is_seen(tmp_path: Path) -> None:
    good = put(tmp_path, b"3\tabc\tpurelib/x.pyc")
    for position in range(len(good)):
        (tmp_path / FILE_NAME).write_bytes(
            good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :]
        )
        assert load(tmp_path) is None
