"""The PEP 517 backend inside the kit's sdists: standard library only, Python 3.8 and newer.

Its text is copied into each sdist beside a `kit.json` that says what to build and how to fail.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import sys
import time
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))

with open(os.path.join(HERE, "kit.json"), encoding="utf-8") as _file:
    SPEC = json.load(_file)


def get_requires_for_build_wheel(config_settings=None):  # type: ignore[no-untyped-def]
    """Further build requirements, known only once the backend runs."""
    return SPEC["hook_requires"]


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):  # type: ignore[no-untyped-def]
    """Write the dist-info folder without building."""
    folder = os.path.join(metadata_directory, SPEC["dist_info"])
    os.makedirs(folder)
    for name, text in SPEC["info_files"].items():
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
    return SPEC["dist_info"]


if not SPEC["prepare"]:
    del prepare_metadata_for_build_wheel


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):  # type: ignore[no-untyped-def]
    """Build the wheel from the source tree, after the misbehaviour that was asked for."""
    misbehave()  # type: ignore[no-untyped-call]
    members = {}
    for path in SPEC["members"]:
        with open(path, "rb") as source:  # relative: a build runs in its source root
            members[path] = source.read()
    for name, text in SPEC["info_files"].items():
        members[SPEC["dist_info"] + "/" + name] = text.encode("utf-8")
    members[SPEC["dist_info"] + "/RECORD"] = record(members)  # type: ignore[no-untyped-call]
    with zipfile.ZipFile(os.path.join(wheel_directory, SPEC["filename"]), "w", zipfile.ZIP_DEFLATED) as out:
        for path, data in members.items():
            info = zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            out.writestr(info, data)
    return SPEC["filename"]


def build_sdist(sdist_directory, config_settings=None):  # type: ignore[no-untyped-def]
    """Not needed: the kit's sdists are made by the kit."""
    raise NotImplementedError("the kit's backend builds wheels only")


def misbehave():  # type: ignore[no-untyped-def]
    """Print, run foreign code, hang or fail, as the test wished."""
    for number in range(SPEC["noise"]):
        print("kit backend: noise %d" % number)
    sys.stdout.flush()
    if SPEC["build_code"]:
        exec(compile(SPEC["build_code"], "build_code", "exec"), {"__name__": "build_code"})  # noqa: S102
    while SPEC["hang"]:
        time.sleep(3600)
    if SPEC["fail"] is not None:
        print("kit backend: failing as told", file=sys.stderr)
        raise RuntimeError(SPEC["fail"])


def record(members):  # type: ignore[no-untyped-def]
    """RECORD for these members."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for path, data in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode("ascii")
        writer.writerow((path, "sha256=" + digest, len(data)))
    writer.writerow((SPEC["dist_info"] + "/RECORD", "", ""))
    return out.getvalue().encode("utf-8")
