"""Fifty secrets and more are planted in traffic that breaks requirements, and none is in any file that is written."""

OUTPUTS = {"evidence.jsonl", "capture.har", "capture.flows"}
TELL = {"findings.jsonl", "summary.json", "summary.html", "summary.txt", "metrics.txt", "live.txt"}


def shown(row, files):
    """The files that show a part of the secret in any reading."""
    return {
        name for name, readings in files.items() for part in row.parts if any(part in reading for reading in readings)
    }


def test_no_file_shows_the_secret(row, written):
    """Neither half of it stands in any file: not plain, not packed, not in base64 or hex, not escaped."""
    assert not shown(row, written)


def test_the_search_finds_it_where_nothing_is_redacted(row, leaky):
    """It was planted, it reaches each kind of file, and whoever looks for it finds it."""
    assert shown(row, leaky) >= OUTPUTS


def test_every_output_is_searched(written):
    """A form of storage that is new is searched too."""
    assert set(written) >= OUTPUTS | TELL


def test_there_are_fifty_secrets(planted_rows):
    """As many as were promised, and no two alike."""
    assert len({row.secret for row in planted_rows}) >= 50
