from __future__ import annotations

from packaging.utils import canonicalize_name

from driverenv.model.answers import BUNDLED, URL, Absent, Found
from driverenv.model.site import Index, Policy
from driverenv.resolve.served import served_by

WIDGET = canonicalize_name("widget")
LAB = Index("http://lab.test:8036", name="lab")
POLICY = Policy(local=[LAB], public=Index("https://public.test/simple/", name="public"))
ABSENT = (Absent(WIDGET, LAB, "404"),)


def test_an_index_serves_it_and_nobody_else_is_asked() -> None:
    found = Found(WIDGET, LAB, (), "http://lab.test:8036/simple/widget/")
    assert served_by(found, POLICY) == (
        ("local index", "lab, http://lab.test:8036/simple/widget/"),
        ("not asked", "public (https://public.test/simple/): lab has widget, and so serves it alone"),
    )
    assert len(served_by(found, None)) == 1


def test_a_line_names_its_file() -> None:
    address = Found(
        WIDGET, Index("https://files.test/"), (), "https://files.test/w.whl", True, before=ABSENT, direct=URL
    )
    assert served_by(address, POLICY) == (
        ("address", "https://files.test/w.whl"),
        ("asked first", "lab (http://lab.test:8036): 404"),
        ("not asked", "public (https://public.test/simple/): a line of the driver names the file"),
    )
    wheel = Found(WIDGET, Index("/srv/driver"), (), "/srv/driver/w.whl", before=ABSENT, direct=BUNDLED)
    assert served_by(wheel, POLICY)[0] == ("bundled wheel", "/srv/driver/w.whl")
    assert served_by(wheel, POLICY.replace(mode="offline"))[-1][1].endswith("offline mode")
    assert len(served_by(wheel, None)) == 2
