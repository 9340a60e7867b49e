"""What a resolution depends on, as a file: facts in, the same outcome out, at any desk.

`render` and `parse` are the two directions. The document has no secret: neither user nor password of an
index, nor a proxy.
"""

from driverenv.facts.document import (
    check_format,
    data_of,
    error_data,
    error_of,
    invalid,
    laid_out,
    loaded,
    parse,
    record_of,
    render,
)
from driverenv.facts.record import Record, answers

__all__ = [
    "Record",
    "answers",
    "check_format",
    "data_of",
    "error_data",
    "error_of",
    "invalid",
    "laid_out",
    "loaded",
    "parse",
    "record_of",
    "render",
]
