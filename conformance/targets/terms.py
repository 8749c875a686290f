"""On what terms a target is talked to: how long, how often, how patiently, and whom to trust."""

from dataclasses import dataclass
from typing import Final

REQUEST_TIMEOUT: Final = 30.0
RECONNECT: Final = 30.0
POLL_INTERVAL: Final = 0.2


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a run; all times are in seconds.

    `request_timeout` is for one whole answer, `reconnect` for how long a target that answered before may be gone,
    `poll_interval` the least time between two looks of a wait, `deadline` the time of the whole run (0: none), which
    is up when the monotonic clock shows `until`, and `requests_per_minute` the most that are sent (0: no limit);
    `most_requests` are as many as the whole run may send before it clears up and ends (0: no limit). `ca` is a file of
    certificates to trust; without one those of the system are.
    """

    request_timeout: float = REQUEST_TIMEOUT
    reconnect: float = RECONNECT
    poll_interval: float = POLL_INTERVAL
    deadline: float = 0.0
    until: float = 0.0
    requests_per_minute: float = 0.0
    most_requests: int = 0
    ca: str = ""
