from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from driverenv.errors import RepositoryRefused
from driverenv.repository.bundle import Aimed, Build, Bundle, Item, Share, Use, parse, render
from tests.unit.resolve.worlds import check_golden


def item(filename: str = "six-1.0-py3-none-any.whl", **changes: Any) -> Item:  # noqa: ANN401 (fields have all types)
    project, version = filename.split("-")[:2]
    made = Item(filename, project, version.removesuffix(".tar.gz"), "ab" * 32, 10, "public", (), "")
    return made._replace(**changes)


def bundle(*items: Item, uses: tuple[Use, ...] | None = None, **changes: Any) -> Bundle:  # noqa: ANN401 (as above)
    every = items or (item(),)
    target = Aimed("3.9-win32", "3.9.25", {"sys_platform": "win32"}, ("cp39-cp39-win32", "py3-none-any"))
    share = Share("A b", "3.9-win32", ("six",), uses or tuple(Use(one.filename) for one in every))
    return Bundle((target,), every, (share._replace(**changes),), ("00",))


def test_there_and_back() -> None:
    build = Build("kit-1.0.tar.gz", ("tool",), (Use("tool-1.0-py3-none-any.whl", ("x",)),))
    made = bundle(
        item(),
        item("kit-1.0.tar.gz", requires=None),
        item("tool-1.0-py3-none-any.whl", inside=False),
        builds=(build,),
        lock="locks/A-b/3.9-win32/pylock.toml",
        waived=("something",),
    )
    assert parse(render(made), path="x") == made
    assert render(parse(render(made), path="x")) == render(made)
    assert made.item("six-1.0-py3-none-any.whl").path == "files/six-1.0-py3-none-any.whl"
    assert [one.filename for one in made.elsewhere] == ["tool-1.0-py3-none-any.whl"]
    assert made.members == {
        "files/six-1.0-py3-none-any.whl",
        "files/kit-1.0.tar.gz",
        "locks/A-b/3.9-win32/pylock.toml",
    }
    with pytest.raises(KeyError):
        made.item("other")


def broken(change: Callable[[dict[str, Any]], object]) -> bytes:
    data = json.loads(render(bundle()))
    change(data)
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        b'{"format": "driverenv-bundle 9"}',
        broken(lambda data: data.pop("files")),
        broken(lambda data: data["files"][0].update(filename="../x.whl")),
        broken(lambda data: data["files"][0].update(filename=".x.whl")),
        broken(lambda data: data["files"][0].update(size="10")),
        broken(lambda data: data["files"][0].update(inside=1)),
        broken(lambda data: data["files"][0].update(more=1)),
        broken(lambda data: data["files"][0].update(requires="six")),
        broken(lambda data: data["drivers"][0].update(lock="files/x")),
        broken(lambda data: data["drivers"][0].update(driver=5)),
        broken(lambda data: data["drivers"][0].update(uses=["six"])),
        broken(lambda data: data["targets"][0].update(markers=[])),
        broken(lambda data: data["targets"][0].update(tags=[5])),
        broken(lambda data: data["targets"][0].update(python="three")),
        broken(lambda data: data.update(targets=None)),
    ],
)
def test_a_strange_manifest_is_refused(document: bytes) -> None:
    with pytest.raises(RepositoryRefused) as caught:
        parse(document, path="site.zip")
    assert caught.value.code == "BUNDLE_INVALID"


def test_the_text() -> None:
    with pytest.raises(RepositoryRefused) as caught:
        parse(b'{"format": "driverenv-bundle 9"}', path="/mnt/usb/site.zip")
    check_golden(caught.value, "format")
