"""What a gateway rotated is one recording, in the order of time; everything else is recordings of their own."""

import gzip
from contextlib import closing

import pytest

from proxy.archive import Archive
from proxy.audit import Terms, audit
from proxy.recordings.series import series_of
from proxy.traffic import Action, Passage


@pytest.fixture
def rotated(tmp_path, writing):
    """Forty reads as a gateway captured them, in files of few exchanges, and the same in one file."""

    def capture(name, most_bytes, **forms):
        with closing(Archive(tmp_path / name, most_bytes=most_bytes, most_files=30, **forms)) as archive:
            for number in range(1, 41):
                exchange = writing.exchange(number)
                archive.keep(Passage(number, exchange, exchange.at - 0.1, client="192.0.2.9"), (), Action.PASS)
        return sorted((tmp_path / name).glob("capture*"))

    return capture


@pytest.mark.parametrize("form", ["har", "flows"])
def test_rotated_files_are_judged_as_one(rotated, form):
    """However many files there are, what comes of them is what comes of one."""
    files, (one,) = rotated("many", 9_000, **{form: True}), rotated("one", 10_000_000, **{form: True})
    (series,) = series_of(files)
    assert len(files) > 3
    assert [each.name.split(".")[1] for each in series] == [
        *(str(number) for number in range(len(files) - 1, 0, -1)),
        form,
    ]
    assert audit(series, Terms()).to_json() == audit(one, Terms()).to_json()


def test_they_stand_where_the_first_of_them_stands(rotated, recording, writing):
    """What is named before and after them stays there; a file that has been gzipped since belongs to them."""
    files = rotated("many", 9_000, har=True)
    packed = files[0].with_name(files[0].name + ".gz")
    packed.write_bytes(gzip.compress(files[0].read_bytes()))
    before, after = (recording(writing.line(writing.exchange()), name) for name in ("before", "after"))
    found = series_of([before, packed, *files[1:], after])
    assert [len(each) for each in found] == [1, len(files), 1]
    assert packed in found[1]


def test_where_a_file_is_missing_another_recording_begins(rotated):
    """What stood in a file that is not there may have changed anything."""
    files = [each for each in rotated("many", 9_000, har=True) if each.name != "capture.2.har"]
    younger, older = series_of(files)
    assert [each.name for each in younger] == ["capture.1.har", "capture.har"]
    assert older[-1].name == "capture.3.har"


@pytest.mark.parametrize("kind", ["har", "lines"])
def test_what_others_named_alike_is_not_put_together(recording, writing, three, kind):
    """Nobody knows of files of a browser, or of lines, whether one goes on where the other ends."""
    flows = [writing.flow(*each) for each in three]
    data = writing.har(flows) if kind == "har" else writing.line(writing.exchange())
    files = [recording(data, name) for name in ("a.har", "a.1.har")]
    assert series_of(files) == [(file,) for file in files]


def test_damage_tells_its_file(rotated):
    """Of several files it is told which one is broken, and the next one is read."""
    (series,) = series_of(rotated("many", 9_000, har=True))
    series[1].write_bytes(series[1].read_bytes()[:-300])
    found = audit(series, Terms())
    assert [each.where.split(", ")[0] for each in found.damages] == [series[1].name]
    assert found.judged > 30
