from __future__ import annotations

import json
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from driverenv.records import sbom
from driverenv.records.sbom import Told

KEY = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"


def row(name: str, *requested_by: str, location: str = "/srv/pypi", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    file = f"{name}-1.0-py3-none-any.whl"
    return {
        "name": name,
        "version": "1.0",
        "index": {"name": "lab", "location": location, "public": False},
        "rule": "local version wins",
        "file": file,
        "url": f"{location}/{file}",
        "sha256": "ab" * 32,
        "wheel_sha256": "cd" * 32,
        "built": False,
        "requested_by": list(requested_by),
        **more,
    }


def receipt(*rows: dict[str, Any], name: str = "Switch Driver") -> dict[str, Any]:
    return {
        "driverenv": "0.1.0",
        "created": "2026-11-30T00:15:26Z",
        "name": name,
        "key": KEY,
        "python": {"version": "3.11.7"},
        "distributions": list(rows),
    }


def rendered(receipt: dict[str, Any], told: dict[str, Told] | None = None) -> dict[str, Any]:
    """The bill, held against the schema of CycloneDX."""
    text = sbom.render(receipt, told or {})
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert sbom.render(receipt, told or {}) == text
    bill: dict[str, Any] = json.loads(text)
    return bill


def component(told: Told | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    (found,) = rendered(receipt(row("six", "requirements.txt line 1: six", **more)), {"six": told or Told()})[
        "components"
    ]
    return dict(found)


def test_the_whole() -> None:
    bill = rendered(receipt(row("app", "requirements.txt line 1: app"), row("six", "app 1.0: six>=1")))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["timestamp"] == "2026-11-30T00:15:26+00:00"
    assert bill["metadata"]["component"]["name"] == "Switch Driver"
    assert bill["metadata"]["tools"]["components"][0]["name"] == "driverenv"
    assert {"name": "driverenv:python", "value": "3.11.7"} in bill["metadata"]["properties"]
    app, six = (one["bom-ref"] for one in bill["components"])
    graph = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    assert graph == {f"driver-{KEY}": [app], app: [six], six: []}


def test_one_component() -> None:
    found = component()
    assert found["purl"] == "pkg:pypi/six@1.0?file_name=six-1.0-py3-none-any.whl"
    assert found["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    (distribution,) = found["externalReferences"]
    assert distribution["type"] == "distribution"
    assert distribution["url"].endswith("/srv/pypi/six-1.0-py3-none-any.whl")
    said = {one["name"]: one["value"] for one in found["properties"]}
    assert said["driverenv:index:public"] == "false"
    assert said["driverenv:requested-by"] == "requirements.txt line 1: six"
    assert said["driverenv:wheel:sha256"] == "cd" * 32
    assert "licenses" not in found


@pytest.mark.parametrize(
    ("location", "qualifier"),
    [
        ("https://pypi.org/simple/", ""),
        ("http://lab:8036/simple/", "&repository_url=http://lab:8036/simple/"),
        ("/srv/pypi", ""),
        ("", ""),
    ],
)
def test_the_index_is_part_of_the_name(location: str, qualifier: str) -> None:
    assert component(location=location)["purl"].partition(".whl")[2] == qualifier


@pytest.mark.parametrize(
    ("told", "licenses"),
    [
        (Told(expression="MIT"), [{"license": {"id": "MIT", "acknowledgement": "declared"}}]),
        (
            Told(expression="MIT OR Apache-2.0", license="other"),
            [{"expression": "MIT OR Apache-2.0", "acknowledgement": "declared"}],
        ),
        (Told(license="Our own"), [{"license": {"name": "Our own", "acknowledgement": "declared"}}]),
        (
            Told(
                license="Permission is hereby\ngranted",
                classifiers=(
                    "License :: OSI Approved",
                    "License :: OSI Approved :: MIT License",
                    "License :: OSI Approved :: BSD License",
                    "Topic :: Software",
                ),
            ),
            [
                {"license": {"name": "BSD License", "acknowledgement": "declared"}},
                {"license": {"name": "MIT License", "acknowledgement": "declared"}},
            ],
        ),
        (Told(license="UNKNOWN"), None),
    ],
)
def test_licenses(told: Told, licenses: list[dict[str, Any]] | None) -> None:
    assert component(told).get("licenses") == licenses


def test_odd_names_and_texts() -> None:
    found = component(Told(summary="Schält \x00 \u202e alles", license="\x1b[31m"), url="wheels/six.whl")
    assert found["externalReferences"][0]["url"] == "wheels/six.whl"
    assert "components" not in rendered(receipt(name="Schälter Nr. 7"))


@pytest.mark.parametrize("data", [{}, {**receipt(), "distributions": 7}, {**receipt(), "created": "then"}])
def test_no_receipt(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (of any kind)
        sbom.render(data, {})
