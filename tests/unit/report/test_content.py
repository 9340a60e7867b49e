from __future__ import annotations

import json

from tests.unit.report import sample


def test_as_data() -> None:
    data = json.loads(json.dumps(sample.report().as_dict()))
    assert data["format"] == "driverenv-report 1"
    assert [one["shown"] for one in data["drivers"]] == ["Rack Driver", "Firewall"]
    assert data["problems"][0]["weight"] == "bad"
    assert data["drivers"][1]["failures"][0]["sides"][0]["requirement"] == "urllib3<1.26"
    assert data["drivers"][0]["contents"]["requirements"] == [
        {"label": "requirements.txt line 1", "text": "rack-tools>=2"}
    ]


def test_the_current_generation() -> None:
    rows = (sample.generation(1, is_current=False), sample.generation(2))
    assert sample.driver(generations=rows).current == rows[1]
    assert sample.driver(generations=()).current is None
