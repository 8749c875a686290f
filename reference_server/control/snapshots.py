"""Everything at one moment, and back to it: strategy, world, pending work, faults, journal, clock."""

import json

from flask import Response

from reference_server.control.bodies import only_member
from reference_server.control.standing import begun
from reference_server.forms import JSON
from reference_server.refusals import Refusal
from reference_server.storage.snapshot import Snapshot, SnapshotError, decode, encode
from reference_server.wire import current


def take_snapshot() -> Response:
    """The snapshot of now; its inside is for the same server's PUT alone."""
    try:
        return Response(b'{"snapshot": ' + encode(current().driver.snapshot()) + b"}", content_type=JSON)
    except SnapshotError as error:  # a name with half of a character in it, as JSON can carry
        raise Refusal(409, f"No snapshot can be taken: {error}.") from None


def restore_snapshot() -> Response:
    """Back to the moment of the snapshot, exactly; nothing of what came later is left."""
    snapshot = _sent()
    try:
        current().driver.restore(snapshot)
    except SnapshotError as error:
        raise Refusal(409, f"{error}; start a server with that release.") from None
    return begun()


def _sent() -> Snapshot:
    _, value = only_member('{"snapshot": what GET /_control/snapshot gave}', "snapshot")
    try:
        return decode(json.dumps(value).encode())
    except SnapshotError as error:
        raise Refusal(400, f"{error}; write what GET /_control/snapshot gave.") from None
