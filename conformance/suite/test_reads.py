"""Requests that are safe on every target."""

import pytest

from conformance.drivers.conversation import Conversation
from conformance.drivers.reads import play_reads


@pytest.mark.level("wire")
def test_documents(conversation: Conversation) -> None:
    """Every document is read, its links are followed, and paths that nobody knows are tried."""
    play_reads(conversation)
