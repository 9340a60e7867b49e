"""`python -m tests.fuzz TARGET [--seconds N]`: coverage-guided fuzzing with atheris, for as long as one likes.

Ends with status 0 after N seconds without a finding; a finding is a file `crash-*` in the folder
given by ``--findings``. One input may take 10 s and 1 GiB at most.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Fuzz one target."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--findings", type=Path, default=Path.cwd())
    options = parser.parse_args()
    import atheris

    with atheris.instrument_imports(include=["driverenv", "packaging"]):
        from tests.fuzz.targets import SEEDS, TARGETS
    target = TARGETS[options.target]
    corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{options.target}-"))
    for number, seed in enumerate(SEEDS[options.target]):
        (corpus / str(number)).write_bytes(seed)
    limits = ["-timeout=10", "-rss_limit_mb=1024", "-max_len=20000", "-print_final_stats=1"]
    limits += [f"-max_total_time={options.seconds}", f"-artifact_prefix={options.findings}/"]
    atheris.Setup([sys.argv[0], *limits, str(corpus)], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
