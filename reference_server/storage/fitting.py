"""Whether a stored state is the one that a server was asked to go on with."""

import hashlib
from dataclasses import replace

import msgspec

from reference_server.storage.layout import StoreError
from reference_server.storage.parts import loaded_world
from reference_server.storage.snapshot import Snapshot, SnapshotError
from reference_server.worlds.file import World


def check_fit(stored: Snapshot, release: str, world: World | None) -> None:
    """Raise StoreError unless the state is of this release, and was begun with this world, if one was given."""
    if stored.release != release:
        raise StoreError(
            f"the stored state is of release {stored.release}, not {release}; ask for that release, or for another file"
        )
    if world is not None and world_digest(world) != stored.given:
        raise StoreError(
            f"the stored state was begun with another world than {world.name}; "
            "give that world or none to go on with the state, or another file to begin with this world"
        )


def check_release(snapshot: Snapshot, release: str) -> None:
    """Raise SnapshotError for a snapshot of another release."""
    if snapshot.release != release:
        raise SnapshotError(f"the snapshot is of release {snapshot.release}; this server follows {release}")


def world_digest(world: World) -> str:
    """A digest of what is in a world, whatever its name. Raises StoreError for text that cannot be stored."""
    try:
        written = msgspec.json.encode(replace(loaded_world(world), name=""))
    except UnicodeEncodeError:
        raise StoreError(f"the world {world.name} cannot be stored: it has half of a character in a text") from None
    return hashlib.sha256(written).hexdigest()
