from __future__ import annotations

from driverenv.requirements.limits import FILES, LINES, SIZE, Spent


def test_nothing_is_too_much_before_it_is() -> None:
    spent = Spent()
    assert spent.file(SIZE) == spent.file(0) == spent.text(LINES) == ""
    assert f"{SIZE:,} bytes" in spent.file(1)
    assert f"{LINES:,} lines" in spent.text(1)


def test_files() -> None:
    spent = Spent()
    assert not any(spent.file(0) for _ in range(FILES))
    assert f"at most {FILES} files" in spent.file(0)
