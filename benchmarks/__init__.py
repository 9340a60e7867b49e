"""Launches measured against uv and pip: `python -m benchmarks`. See README.md beside this file."""
