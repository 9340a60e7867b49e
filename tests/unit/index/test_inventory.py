from __future__ import annotations

from pathlib import Path

from packaging.utils import NormalizedName

from driverenv import _http
from driverenv.index.inventory import inventory
from driverenv.model.site import Index, Policy
from tests.kit.factories import StaticIndexFactory
from tests.kit.wheels import make_wheel


def test_everything_that_is_listed(tmp_path: Path, static_index: StaticIndexFactory) -> None:
    for name in ("six", "seven", "eight"):
        make_wheel(tmp_path / "files", name, "1.0")
    index = Index(static_index(tmp_path / "files").simple_url)
    heard: list[tuple[str, int, int]] = []
    with _http.open_transport(Policy(local=[index], public=None)) as transport:
        found = inventory(index, transport=transport, on_page=lambda *one: heard.append(one))
    assert sorted(found.files) == ["eight", "seven", "six"]
    assert [file.filename for file in found.files[NormalizedName("six")]] == ["six-1.0-py3-none-any.whl"]
    assert heard == [("eight", 1, 3), ("seven", 2, 3), ("six", 3, 3)]
    assert found.partial == ""
