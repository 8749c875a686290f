"""Recorded files: one JSON value per line, plain or gzipped, read line by line and never as a whole."""

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spec.documents import DocumentError


def read_values(path: Path) -> Iterator[tuple[str, Any]]:
    """The values of a `.jsonl` or `.jsonl.gz` file, each with its place, `file:line`; blank lines are passed over.

    Raises DocumentError naming file and line: cannot be read, broken stream, no JSON, or not a single value in it.
    """
    number = values = 0
    try:
        with _open(path) as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    values += 1
                    place = f"{path}:{number}"
                    yield place, _value(line, place)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DocumentError(f"{path}:{number + 1}: the gzip stream is broken: {error}") from error
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not values:
        raise DocumentError(f"{path}: is empty; name a file with one JSON value per line")


def _open(path: Path) -> gzip.GzipFile | io.BufferedReader:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _value(line: bytes, place: str) -> Any:
    try:
        return json.loads(line)
    except UnicodeDecodeError as error:
        raise DocumentError(f"{place}: byte {error.start} is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise DocumentError(f"{place}: not JSON: {error.msg} (column {error.colno})") from error
    except ValueError as error:  # a number of thousands of digits
        raise DocumentError(f"{place}: {error}") from error
    except RecursionError as error:
        raise DocumentError(f"{place}: nested too deeply to be read") from error
