from __future__ import annotations

import base64
import csv
import hashlib
from pathlib import Path

from driverenv.model.plan import OriginFile
from tests.unit.environment.conftest import Site


def test_every_record_is_true(site: Site) -> None:
    site.add(
        "alpha",
        files={"alpha/data.ini": "x", "tests/x.py": "a"},
        data_files={"scripts/tool": "#!python\nprint(1)\n", "headers/a.h": "//", "data/etc/a.conf": "y"},
        entry_points={"console_scripts": {"run": "alpha:main"}},
        requested=True,
    )
    site.add("beta", files={"tests/x.py": "other"}, entry_points={"console_scripts": {"run": "beta:main"}})
    library = Path(site.create().site_packages)
    for info in library.glob("*.dist-info"):
        rows = list(csv.reader((info / "RECORD").read_text().splitlines()))
        assert len({row[0] for row in rows}) == len(rows)
        assert [f"{info.name}/INSTALLER" in row for row in rows].count(True) == 1
        for path, digest, size in rows:
            content = (library / path).read_bytes()
            if path == f"{info.name}/RECORD":
                assert (digest, size) == ("", "")
                continue
            encoded = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert (digest, size) == (f"sha256={encoded}", str(len(content)))
        assert "tests/x.py" in {row[0] for row in rows}


def test_where_it_came_from_lies_beside_its_metadata(site: Site) -> None:
    site.add("alpha")
    site.origin = OriginFile("provenance_url.json", b'{"url": "x"}\n')
    info = Path(site.create().site_packages, "alpha-1.0.dist-info")
    assert (info / site.origin.name).read_bytes() == site.origin.content
    rows = dict(row[:2] for row in csv.reader((info / "RECORD").read_text().splitlines()))
    digest = base64.urlsafe_b64encode(hashlib.sha256(site.origin.content).digest()).rstrip(b"=").decode()
    assert rows[f"{info.name}/{site.origin.name}"] == f"sha256={digest}"


def test_scripts_name_the_final_python(site: Site) -> None:
    site.add("alpha", data_files={"scripts/tool": "#!python\nprint(1)\n", "scripts/plain.sh": "#!/bin/sh\n"})
    made = site.create()
    assert made.python in Path(made.bin, "tool").read_text()
    assert Path(made.bin, "plain.sh").read_text() == "#!/bin/sh\n"
