"""What is in an environment as a CycloneDX bill of materials (SBOM), from its receipt. Needs the extra ``sbom``."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from cyclonedx.model import Property
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component
    from cyclonedx.model.license import License
    from packageurl import PackageURL

VERSION = "1.6"
_PYPI = "https://pypi.org/simple"
_SHORT = 100
"""A `License` field that is longer, or has several lines, is the text of a licence, and no name of one."""
_LICENSE = "License :: "
_NO_NAMES = frozenset({"OSI Approved", "DFSG approved", "unknown", "UNKNOWN", ""})


class Told(NamedTuple):
    """What a distribution says of itself."""

    summary: str = ""
    expression: str = ""
    """An SPDX expression (PEP 639)."""
    license: str = ""
    classifiers: tuple[str, ...] = ()


def render(receipt: Mapping[str, Any], told: Mapping[str, Told]) -> str:
    """The bill of materials as JSON; `told` by project. The same receipt gives the same text.

    Raises `ValueError` where this is no receipt, and `ImportError` where the extra is not installed.
    """
    from cyclonedx.output.json import JsonV1Dot6  # noqa: PLC0415 (an extra)

    try:
        bom = _bom(receipt, told)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no receipt: {error}") from error
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _bom(receipt: Mapping[str, Any], told: Mapping[str, Told]) -> Bom:
    from cyclonedx.model import Property  # noqa: PLC0415 (an extra)
    from cyclonedx.model.bom import Bom, BomMetaData  # noqa: PLC0415
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415
    from cyclonedx.model.tool import ToolRepository  # noqa: PLC0415

    key = str(receipt["key"])
    driver = Component(name=str(receipt["name"]), type=ComponentType.APPLICATION, bom_ref=f"driver-{key}")
    tool = Component(name="driverenv", type=ComponentType.APPLICATION, version=str(receipt["driverenv"]))
    metadata = BomMetaData(
        component=driver,
        tools=ToolRepository(components=[tool]),
        timestamp=datetime.fromisoformat(str(receipt["created"])),
        properties=[
            Property(name="driverenv:environment", value=key),
            Property(name="driverenv:python", value=str(receipt["python"]["version"])),
        ],
    )
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"urn:driverenv:{key}"), metadata=metadata)
    rows = {str(row["name"]): row for row in receipt["distributions"]}
    components = {name: _component(row, told.get(name, Told())) for name, row in rows.items()}
    for component in components.values():
        bom.components.add(component)
    below = _below(rows)
    for parent, component in {"": driver, **components}.items():
        bom.register_dependency(component, [components[name] for name in sorted(below.get(parent, ()))])
    return bom


def _below(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, set[str]]:
    """Which distributions each one asks for, by name; "" is the driver."""
    labels = {f"{row['name']} {row['version']}": name for name, row in rows.items()}
    below: dict[str, set[str]] = {}
    for name, row in rows.items():
        for text in row["requested_by"]:
            below.setdefault(labels.get(str(text).partition(": ")[0], ""), set()).add(name)
    return below


def _component(row: Mapping[str, Any], told: Told) -> Component:
    from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri  # noqa: PLC0415
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415

    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=str(row["sha256"]))]
    url = str(row["url"])
    address = url if "://" in url else Path(url).as_uri() if Path(url).is_absolute() else url
    came_from = ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=XsUri(address), hashes=hashes)
    purl = _purl(row)
    return Component(
        name=str(row["name"]),
        version=str(row["version"]),
        type=ComponentType.LIBRARY,
        bom_ref=purl.to_string(),
        purl=purl,
        description=told.summary or None,
        hashes=hashes,
        licenses=list(_licenses(told)),
        external_references=[came_from],
        properties=list(_properties(row)),
    )


def _purl(row: Mapping[str, Any]) -> PackageURL:
    """Which index it came from is part of the name, unless it is PyPI: a local project may have a public namesake."""
    from packageurl import PackageURL  # noqa: PLC0415 (an extra)

    location = str(row["index"]["location"])
    where = {"file_name": str(row["file"])}
    if "://" in location and location.rstrip("/") != _PYPI:
        where["repository_url"] = location
    return PackageURL("pypi", None, str(row["name"]), str(row["version"]), where)


def _properties(row: Mapping[str, Any]) -> Iterator[Property]:
    from cyclonedx.model import Property  # noqa: PLC0415 (an extra)

    index = row["index"]
    said = [
        ("index:name", str(index["name"])),
        ("index:location", str(index["location"])),
        ("index:public", "true" if index["public"] else "false"),
        ("index:rule", str(row.get("rule", ""))),
        ("built", "true" if row["built"] else "false"),
        ("wheel:sha256", str(row["wheel_sha256"])),
        *(("requested-by", str(text)) for text in row["requested_by"]),
    ]
    yield from (Property(name=f"driverenv:{name}", value=value) for name, value in said if value)


def _licenses(told: Told) -> Iterator[License]:
    """The licences as far as they are told: an expression, else a short name, else what the classifiers name."""
    from cyclonedx.contrib.license.factories import LicenseFactory  # noqa: PLC0415 (an extra)
    from cyclonedx.model.license import LicenseAcknowledgement  # noqa: PLC0415

    make, declared = LicenseFactory().make_from_string, LicenseAcknowledgement.DECLARED
    name = told.license.strip()
    if told.expression.strip():
        yield make(told.expression.strip(), license_acknowledgement=declared)
    elif name not in _NO_NAMES and len(name) <= _SHORT and "\n" not in name:
        yield make(name, license_acknowledgement=declared)
    else:
        names = [one.rpartition(" :: ")[2] for one in told.classifiers if one.startswith(_LICENSE)]
        yield from (make(one, license_acknowledgement=declared) for one in sorted(set(names) - _NO_NAMES))
