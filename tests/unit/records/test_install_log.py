from __future__ import annotations

import pytest
from packaging.requirements import Requirement

from driverenv import Exemption, Index, Policy, events
from driverenv.model.requirement import Requirements, Root, Source
from driverenv.records import install_log
from driverenv.records.install_log import InstallLog, line


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (events.Started("x", "3.11.7"), "started for Python 3.11.7"),
        (
            events.Asked("six", "lab (/srv)", "absent", False, "404\x1b, and its root lists 2", 0.25),
            "six: absent at lab (/srv): 404\\x1b, and its root lists 2 (0.250 s)",
        ),
        (events.Asked("six", "lab", "found", public=False), "six: found at lab"),
        (events.Solved(3, 2, 0.5), "resolved 3 distributions, 2 local, 1 public (0.500 s)"),
        (events.Downloaded("a.whl", 12, "ab", 0.1), "a.whl: 12 bytes, sha256 ab (0.100 s)"),
        (events.Building("a.zip"), "building a.zip"),
        (events.Built("a.zip", "a.whl", 2.0), "built a.whl from a.zip (2.000 s)"),
        (
            events.StartupHook("a", "1.0", "lib/a.pth", ("import a", "x\n")),
            "a 1.0 runs at every start, by lib/a.pth: import a; x\\n",
        ),
        (events.Linked(3, 0.02), "linked 3 distributions (0.020 s)"),
        (events.Warned("STALE", "one\ntwo"), "warning[STALE]: one two"),
        (events.Resolving(1, 2), ""),
        (events.Downloading("a.whl", 1, 2), ""),
        (events.Linking(3), ""),
    ],
)
def test_one_line_an_event(event: events.Event, said: str) -> None:
    assert line(event) == said


def test_lines_have_the_time_since_the_begin() -> None:
    log = InstallLog()
    log.note(["driver        /srv/x"])
    log.hear(events.Building("a.zip"), 1.5)
    log.hear(events.Linking(1), 2.0)
    assert (
        log.text(["", "failed"]).decode() == "driver        /srv/x\n    1.500 s  building a.zip\n\nfailed\n"
    )


def test_a_log_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install_log, "MOST_LINES", 3)
    log = InstallLog()
    for number in range(10):
        log.hear(events.Building(f"{number}.zip"), 0.0)
    lines = log.text(["the end"]).decode().splitlines()
    assert len(lines) == 5
    assert lines[-2:] == ["(7 more lines were left out)", "the end"]


def test_names_that_are_no_text() -> None:
    log = InstallLog()
    log.note(install_log.heading("/srv/\udc80", "Gerät", "2026-11-30T00:00:00Z", "1.0"))
    assert "driver        /srv/\\udc80" in log.text().decode()


def test_what_was_read_with_its_places_and_without_secrets() -> None:
    root = Root(
        Requirement("six>=1"), Source("driver/requirements.txt", 3, "six>=1 --index https://me:pw@x/")
    )
    lines = install_log.of_requirements(Requirements((root,), (root,), ("/srv/driver/requirements.txt",)))
    assert lines == [
        "file          /srv/driver/requirements.txt",
        "",
        "requirements  1",
        "  driver/requirements.txt line 3: six>=1 --index https://***@x/",
        "  constraint driver/requirements.txt line 3: six>=1 --index https://***@x/",
        "",
    ]
    assert "requirements  none" in install_log.of_requirements(Requirements())


def test_the_policy_and_its_exceptions() -> None:
    exemption = Exemption("b", allow="public", until="2999-12-01", reason="a fix", owner="ann")
    policy = Policy(
        local=[Index("https://me:s3cret@lab.test/", name="lab")], public=None, exceptions=[exemption]
    )
    assert install_log.of_policy(policy) == [
        "mode          online",
        "local index   lab (https://lab.test/)",
        "exception     allow public b until 2999-12-01: a fix (ann)",
    ]


def test_what_was_chosen() -> None:
    row = {
        "name": "six",
        "version": "1.0",
        "index": {"name": "lab"},
        "file": "six.whl",
        "requested_by": ["x", "y"],
    }
    assert install_log.of_distributions([row]) == ["", "chosen", "  six 1.0 from lab: six.whl; x, y", ""]
    assert install_log.of_distributions([], ("a 1.0",)) == [
        "",
        "chosen for the build of a 1.0",
        "  nothing",
        "",
    ]
