from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from driverenv.stories import chronicle
from driverenv.stories.reporting import drivers
from tests.unit.stories.bench import Bench


def test_a_driver_in_full(bench: Bench) -> None:
    bench.wheel("six", "1.0")
    request = bench.request()
    first = Path(bench.prepare(request).prefix).parent.name
    bench.wheel("six", "2.0")
    bench.prepare(request.replace(refresh=True))
    home = str(bench.home)
    told = chronicle.chronicle(home, "Switch Driver", cwd="/")
    driver = drivers.outline(told, "Switch Driver")
    assert (driver.state, driver.told, driver.contents, driver.is_there) == ("well", 2, None, True)
    assert driver.generations[1].changes == ("six: 1.0 -> 2.0 from lab",)
    full, unread = drivers.in_full(home, driver, told, alone=True)
    assert full.contents is not None
    assert [one.version for one in full.contents.distributions] == ["2.0"]
    assert unread == ()
    older = drivers.outline(told, "Switch Driver", first)
    assert (older.told, drivers.in_full(home, older, told, alone=True)[0].contents is None) == (1, False)
    sized = drivers.measured(driver, {first: 5})
    assert [one.size for one in sized.generations] == [5, None]


def test_a_receipt_that_is_damaged(bench: Bench) -> None:
    bench.wheel("six")
    receipt = Path(bench.prepare(bench.request()).receipt)
    receipt.chmod(0o600)
    receipt.write_text("{", encoding="utf-8")
    contents, unread = drivers.environment(str(bench.home), receipt.parent.name)
    assert contents is None
    assert [one.path for one in unread] == [str(receipt)]


def test_how_it_is_told(bench: Bench) -> None:
    bench.wheel("six")
    shutil.rmtree(Path(bench.prepare(bench.request()).prefix).parent)
    told = chronicle.chronicle(str(bench.home), "Switch Driver", cwd="/")
    driver = drivers.explained(drivers.outline(told, "Switch Driver"))
    assert (driver.state, driver.why) == (
        "removed",
        "its environment was removed; the next launch makes it again",
    )
    assert drivers.in_full(str(bench.home), driver, told, alone=True)[0].contents is None
    assert drivers.explained(replace(driver, state="gone back")).why == "somebody went back to generation 1"
    assert not drivers.without_details(driver).has_details


def test_an_environment_of_nobody(bench: Bench) -> None:
    bench.wheel("six")
    prefix = Path(bench.prepare(bench.request()).prefix)
    driver, unread = drivers.orphan(str(bench.home), prefix.parent.name)
    assert (driver.shown, driver.told, unread) == ("Switch Driver", 1, ())
    assert driver.contents is not None
    assert drivers.orphan(str(bench.home), "ab" * 20)[0].shown == "ab" * 20
