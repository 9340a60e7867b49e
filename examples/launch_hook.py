"""A launch hook: `python examples/launch_hook.py DRIVER_FOLDER [ARGS]` becomes the driver.

With policy and home in the request, a launch that finds its environment ready reads no settings, asks
nobody and imports next to nothing.
"""

import os
import sys

import driverenv

POLICY = driverenv.Policy(
    local=[driverenv.Index(os.environ.get("SITE_INDEX", "http://pypi.lab.example:8036"))]
)
HOME = os.environ.get("SITE_HOME", "/var/lib/driverenv")


def _usage() -> int:
    print("usage: launch_hook.py DRIVER_FOLDER [ARGS]", file=sys.stderr)
    return 2


def main() -> None:
    """Prepare the driver's environment, then start the driver in place of this process."""
    if len(sys.argv) < 2:  # noqa: PLR2004 (its own name, and the driver)
        sys.exit(_usage())
    driver, *arguments = sys.argv[1:]
    try:
        environment = driverenv.prepare(driverenv.Request(driver, policy=POLICY, home=HOME))
    except driverenv.DriverEnvError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    command = environment.command([os.path.join(driver, "driver.py"), *arguments], environ=os.environ)
    sys.exit(command.become())  # returns on Windows only, where no process becomes another one


if __name__ == "__main__":
    main()
