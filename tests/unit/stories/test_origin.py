from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from driverenv import Index
from driverenv.model.answers import ProjectFile
from driverenv.model.resolution import Candidate
from driverenv.stories import origin
from tests.unit.stories.bench import Bench


def told(url: str, index: Index) -> dict[str, Any]:
    file = ProjectFile(url.rpartition("/")[2], url)
    candidate = Candidate(
        canonicalize_name("six"), Version("1.0"), file, index, public=False, is_wheel=True, tag_rank=0
    )
    made = origin.of(candidate, "ab12")
    assert made is not None
    assert made.name == "provenance_url.json"
    data: dict[str, Any] = json.loads(made.content)
    return data


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://lab.test/files/six-1.0.whl", "https://lab.test/files/six-1.0.whl"),
        ("https://lab.test/files/six-1.0.whl?token=s3cret", "https://lab.test/files/six-1.0.whl"),
        ("https://me:s3cret@lab.test/six-1.0.whl", "https://lab.test/six-1.0.whl"),
    ],
)
def test_a_file_of_a_server(url: str, shown: str) -> None:
    index = Index("https://reader:s3cret@lab.test/simple/", name="lab")
    assert told(url, index) == {
        "archive_info": {"hashes": {"sha256": "ab12"}},
        "index_url": "https://lab.test/simple/",
        "url": shown,
    }


def test_a_file_of_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "with blank" / "six-1.0.whl"
    data = told(str(path), Index(path.parent, name="lab"))
    assert data["url"] == path.as_uri()
    assert data["url"].startswith("file:///")
    assert data["index_url"] == path.parent.as_uri()


def test_a_file_that_a_line_names_itself() -> None:
    """Its address stands in PEP 610's file; of one that the driver brings nobody knows where it will be."""
    url, digest = "https://files.test/six-1.0-py3-none-any.whl", "cd" * 64
    file = ProjectFile("six-1.0-py3-none-any.whl", url, (("sha512", digest),))
    six = canonicalize_name("six")
    named = Candidate(six, Version("1.0"), file, Index("https://files.test/"), True, True, 0, direct="url")
    made = origin.of(named, "ab" * 32)
    assert made is not None
    assert made.name == "direct_url.json"
    assert json.loads(made.content) == {
        "url": url,
        "archive_info": {"hashes": {"sha256": "ab" * 32, "sha512": digest}},
    }
    assert origin.of(replace(named, direct="bundled"), "ab" * 32) is None


def test_a_built_wheel_names_its_sdist(bench: Bench) -> None:
    wheel, sdist = bench.wheel("a", requires=["b"]), bench.sdist("b", "2.0")
    library = Path(bench.prepare(bench.request("a\n")).site_packages)
    for name, file in (("a-1.0", wheel), ("b-2.0", sdist)):
        data = json.loads((library / f"{name}.dist-info" / "provenance_url.json").read_bytes())
        assert data["url"] == file.as_uri()
        assert data["archive_info"] == {"hashes": {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}}
