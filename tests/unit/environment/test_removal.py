from __future__ import annotations

from pathlib import Path

from driverenv import environment, warm
from driverenv.environment.naming import COMPLETE
from driverenv.store import sharing, stamps
from driverenv.warm import SHIPPED
from tests.unit.environment.conftest import Site


def test_gone_and_written_down(site: Site) -> None:
    stored = site.add("alpha")
    environment.compile_for([stored.root], site.interpreter, wait=True)
    made = site.create()
    folder = Path(made.prefix).parent
    source = stored.files / "purelib" / "alpha" / "__init__.py"
    assert source.stat().st_nlink == 2
    environment.remove(folder, made.name, site.store)
    assert not folder.exists()
    assert source.stat().st_nlink == 1
    compiled = stored.bytecode(site.interpreter.cache_tag or "")
    assert compiled is not None
    for part in (stamps.of_files(str(stored.root), stored.entries), stamps.of_byte_code(compiled)):
        now = part.now()
        assert now is not None
        assert Path(part.record).read_bytes() == stamps.render(now)


def test_gone_in_any_case(site: Site) -> None:
    stored = site.add("alpha")
    first = site.create()
    site.name = "Other"
    second = site.create()
    source = stored.files / "purelib" / "alpha" / "__init__.py"
    source.chmod(0o644)
    source.write_text("edited")
    environment.remove(Path(first.prefix).parent, first.name, site.store)
    assert not Path(first.prefix).parent.exists()
    # what was edited is not taken for good because something was removed
    parts = [stamps.of_files(str(stored.root), stored.entries)]
    assert not warm.intact(str(site.store.home), second.prefix)
    found = "nothing"
    try:
        sharing.check(str(stored.root), parts)
    except Exception as error:  # noqa: BLE001 (any word of it)
        found = str(error)
    assert "__init__.py" in found


def test_whatever_lies_there(site: Site) -> None:
    site.add("alpha")
    made = site.create()
    folder = Path(made.prefix).parent
    (folder / SHIPPED).write_text("torn")
    (folder / COMPLETE).unlink()
    environment.remove(folder, made.name, site.store)
    assert not folder.exists()
    environment.remove(folder, made.name, site.store)  # and it may be gone already
