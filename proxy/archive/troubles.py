"""What could not be stored: told once while it lasts, counted always, never raised."""

import errno
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

_ADVICE: Final = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room within the quota",
    errno.EFBIG: "raise the limit for the size of files",
    errno.EACCES: "let this user write there",
    errno.EPERM: "let this user own the file",
    errno.EROFS: "name a folder that can be written",
    errno.ELOOP: "a symbolic link is in its place: take it away",
    errno.EWOULDBLOCK: "another process writes it: give each process a folder of its own",
    errno.EINVAL: "something that is no file is in its place: take it away",
    errno.EISDIR: "a folder is in its place: take it away",
    errno.ENXIO: "something that is no file is in its place: take it away",
    errno.ENOTDIR: "a file is in the place of its folder: take it away",
}


class Troubles:
    """Counts what each file has lost; `say` is told once when a file begins to lose, and once when it goes on."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.lost: Counter[str] = Counter()
        self._say = say
        self._lasting: dict[str, tuple[str, int]] = {}
        self._over: list[str] = []

    def failed(self, path: Path, error: Exception) -> None:
        """One line or entry of that file is lost."""
        self.lost[path.name] += 1
        known, before = self._lasting.get(path.name, ("", 0))
        reason = _reason(error)
        self._lasting[path.name] = (reason, before + 1)
        if reason != known:
            self._say(f"{path}: {reason}; what should be stored there is lost until then, and counted")

    def went_well(self, path: Path) -> None:
        """A line or entry of that file was stored."""
        if not self._lasting:
            return
        reason, lost = self._lasting.pop(path.name, ("", 0))
        if lost:
            text = f"{path.name} goes on; {lost} {'line was' if lost == 1 else 'lines were'} lost: {reason}"
            self._say(text)
            self._over.append(text)

    def lasting(self) -> tuple[str, ...]:
        """What cannot be stored just now, and why."""
        return tuple(f"{name}: {reason}" for name, (reason, _) in self._lasting.items())

    def over(self) -> tuple[str, ...]:
        """What has ended since this was asked last, as notes."""
        if not self._over:
            return ()
        notes, self._over = tuple(self._over), []
        return notes


def _reason(error: Exception) -> str:
    if not isinstance(error, OSError):
        return f"{type(error).__name__} while a line was made"  # its text may hold what was sent
    advice = _ADVICE.get(error.errno or 0)
    text = error.strerror or type(error).__name__
    return f"{text}: {advice}" if advice else text
