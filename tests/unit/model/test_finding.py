from __future__ import annotations

import json

from driverenv.model.finding import FAIL, OK, WARN, Finding, Section, worst


def finding(status: str) -> Finding:
    return Finding("x", status, "x", "it is so", data={"n": 1})


def test_the_worst_counts() -> None:
    assert worst([]) == OK
    assert worst([WARN, OK]) == WARN
    assert worst([WARN, FAIL, OK]) == FAIL
    assert Section("a", (finding(OK), finding(WARN))).status == WARN
    assert Section("a", ()).status == OK


def test_as_json() -> None:
    told = json.loads(json.dumps(Section("a", (finding(WARN),)).as_dict()))
    assert told == {
        "name": "a",
        "status": "warn",
        "findings": [
            {
                "code": "x",
                "status": "warn",
                "what": "x",
                "detail": "it is so",
                "remedy": None,
                "data": {"n": 1},
            }
        ],
    }
