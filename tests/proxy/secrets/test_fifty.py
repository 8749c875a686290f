"""Fifty secrets and more are planted in traffic that breaks requirements, and none is in any file that is written."""

OUTPUTS = {"evidence.jsonl", "capture.har", "capture.flows"}
SUMMARY = {"summary.json", "summary.html", "summary.txt"}
TELL = {"findings.jsonl", "live.txt", "answers.txt", "line.bin", *(f"books/{name}" for name in SUMMARY)}
GATEWAY = {*OUTPUTS, *SUMMARY, "findings.jsonl", "stdout", "stderr", "metrics", "header"}


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
    assert set(written) >= OUTPUTS | TELL | {f"gateway/{name}" for name in GATEWAY}


def test_whatever_tells_of_findings_would_show_secrets(planted_rows, leaky):
    """The lines of the terminal, the answers to clients and what the two processes say show some, were they raw."""
    told = {name for row in planted_rows for name in shown(row, leaky)}
    assert told >= {"live.txt", "answers.txt", "line.bin", "findings.jsonl"}


def test_the_gateway_has_judged_what_is_searched(written):
    """Every exchange went through it and was judged, its findings were told on the terminal and to the client."""
    (output,) = (each for each in written["gateway/stdout"] if b"exchanges, " in each and each.endswith(b"\n"))
    passed, judged = (int(part.split()[0]) for part in output.splitlines()[-1].split(b", ")[:2])
    assert passed >= judged >= 60
    assert any(b"last VIM-" in each for each in written["gateway/stderr"])
    assert any(each.count(b"VIM-") >= 60 for each in written["gateway/header"])


def test_there_are_fifty_secrets(planted_rows):
    """As many as were promised, and no two alike."""
    assert len({row.secret for row in planted_rows}) >= 50
