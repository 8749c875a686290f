"""Frames, however the bytes come."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.judging.messages import Finish, Frames, Ready, encode, framed, frames, read_from_desk, read_to_desk


@given(st.lists(st.binary(max_size=300), max_size=20), st.lists(st.integers(1, 97), min_size=1, max_size=50))
def test_frames_come_out_as_they_went_in(contents, cuts):
    """In their order, whole, empty ones too, wherever the stream is cut; nothing of them is kept."""
    stream = b"".join(piece for each in contents for piece in framed(each))
    splitter, found, at = Frames(), [], 0
    while at < len(stream):
        size = cuts[at % len(cuts)]
        splitter.feed(stream[at : at + size])
        found += splitter
        at += size
    assert found == contents
    assert splitter.held == 0


def test_messages_come_out_as_they_went_in():
    """Each direction reads what the other one writes."""
    splitter = Frames()
    splitter.feed(frames([Ready(), Ready()]))
    assert [read_from_desk(frame) for frame in splitter] == [Ready(), Ready()]
    assert read_to_desk(encode(Finish(3, {"slow": 1}, {}, 2, 5.0))) == Finish(3, {"slow": 1}, {}, 2, 5.0)
