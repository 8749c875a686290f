"""What the judge's process has to know before it judges: frozen values, sent as the first frame."""

import msgspec


class DeskSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How traffic is judged, and where what is kept is stored.

    `out` is the folder of everything that is stored; `policy` a file, empty for the default; `memory` the bytes that
    the process may have, 0 for no limit; `upstream` is without secrets; `secrets` are values that go wherever they
    stand. `watch` names the maker of the Watch as `module:function`, called with these settings, for tests of what
    befalls a judge; the command line has no word for it.
    """

    out: str
    release: str = "published"
    level: str = "orchestration"
    shared: bool = False
    mode: str = "observe"
    upstream: str = ""
    policy: str = ""
    rotate_bytes: int = 16 << 20
    rotate_files: int = 8
    har: bool = False
    flows: bool = False
    memory: int = 1 << 30
    secrets: tuple[str, ...] = ()
    watch: str = ""
