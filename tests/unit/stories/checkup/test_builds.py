from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.build.process import UNCONFINED, Held, Report
from driverenv.model.finding import FAIL, OK, WARN, Finding
from driverenv.model.site import Policy
from driverenv.stories.checkup import builds

CUT = Held("cut", "own", "namespace")
HALF = Held("cut", "open", "namespace", "no mounts")
OPEN = Held("open", "open", "reaper", "refused")


def looked(
    monkeypatch: pytest.MonkeyPatch, report: Report | OSError, sandbox: str = "auto", allowed: str = "allowed"
) -> Finding:
    def tried(_policy: Policy, scratch: Path) -> Report:
        assert scratch.is_dir()
        if isinstance(report, OSError):
            raise report
        return report

    monkeypatch.setattr(builds, "tried", tried)
    (found,) = builds.section(Policy(build_sandbox=sandbox, builds=allowed)).findings
    assert found.status == OK or found.remedy
    return found


@pytest.mark.parametrize(
    ("report", "sandbox", "expected"),
    [
        (Report(0, "", "", CUT), "auto", ("builds-sandbox", OK, "no network")),
        (Report(0, "", "", HALF), "auto", ("builds-sandbox", WARN, "the files of this account: no mounts")),
        (Report(0, "", "", OPEN), "auto", ("builds-sandbox", WARN, "the network and the files")),
        (Report(0, "", "", OPEN), "off", ("builds-sandbox", WARN, "build_sandbox is off")),
        (Report(None, UNCONFINED, "", OPEN), "required", ("builds-sandbox", FAIL, "nothing is built here")),
        (Report(1, "", "", CUT), "auto", ("builds-trial", FAIL, "status 1")),
        (Report(None, "", "it was ended", CUT), "auto", ("builds-trial", FAIL, "it was ended")),
        (OSError(13, "not allowed"), "auto", ("builds-trial", FAIL, "not allowed")),
    ],
)
def test_what_is_told(
    monkeypatch: pytest.MonkeyPatch, report: Report | OSError, sandbox: str, expected: tuple[str, str, str]
) -> None:
    found = looked(monkeypatch, report, sandbox)
    assert (found.code, found.status) == expected[:2]
    assert expected[2] in found.detail


def test_where_nothing_may_be_built_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    assert looked(monkeypatch, OSError(), allowed="never").code == "builds-never"
