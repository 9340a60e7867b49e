"""Every check of the house: `nox` runs all of them, `nox -s types` runs one.

Each session installs only what it needs, from the dependency groups of pyproject.toml. `nox -R` keeps the
environments and skips the installs; in an activated environment with the `dev` group installed,
`nox --no-venv --no-install` needs none at all.
"""

import os

import nox

nox.needs_version = ">=2026.2.9"
nox.options.default_venv_backend = "virtualenv"  # pip installs: it knows the machine's mirrors and proxies
nox.options.error_on_missing_interpreters = True
nox.options.sessions = ["lint", "types", "contracts", "deps", "docs", "slow", "tests"]

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
PROJECT = nox.project.load_toml("pyproject.toml")


def groups(*names: str) -> tuple[str, ...]:
    return nox.project.dependency_groups(PROJECT, *names)


@nox.session
def lint(session: nox.Session) -> None:
    session.install(*groups("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    session.install("-e", ".", *groups("types"))
    session.run("mypy", *session.posargs)


@nox.session
def contracts(session: nox.Session) -> None:
    session.install(*groups("lint"))
    session.run("lint-imports", "--no-cache", *session.posargs, env={"PYTHONPATH": "src"})


@nox.session
def deps(session: nox.Session) -> None:
    session.install("-e", ".", *groups("lint"))
    session.run("deptry", "src")


@nox.session
def docs(session: nox.Session) -> None:
    session.install(*groups("docs"))
    quiet = {"NO_MKDOCS_2_WARNING": "1"}  # a notice about what comes after mkdocs 1, at each run
    session.run("mkdocs", "build", "--strict", "--quiet", *session.posargs, env=quiet)


@nox.session
def tests(session: nox.Session) -> None:
    session.install("-e", ".", *groups("test"))
    session.run("pytest", "-n", workers(), *session.posargs)


@nox.session
def slow(session: nox.Session) -> None:
    """What the tests leave out because it takes long."""
    session.install("-e", ".", *groups("test"))
    session.run("pytest", "-n", workers(), "-m", "slow and not online", *session.posargs)


@nox.session(python=PYTHONS, default=False)
def matrix(session: nox.Session) -> None:
    session.install("-e", ".", *groups("test"))
    session.run("pytest", "-n", workers(), *session.posargs)


def workers() -> str:
    return str(max(2, min(8, (os.cpu_count() or 2) + 1)))  # one more than cores: tests wait for processes
