"""Watches to which something happens, made in the judge's process by name; the query of a request says what."""

import hashlib
import os
import time
from pathlib import Path

from proxy.judging import aside
from proxy.telling.coverage import Coverage
from proxy.telling.timelines import Timelines
from proxy.traffic import Direction, Noticed, Situation
from reports.model import Finding, Verdict
from spec.load import load_contract, load_law


class Befallen:
    """Meets with what the query of a request says, and has nothing against anything."""

    def __init__(self, settings):
        self._settings = settings
        self.situation = Situation()
        self.resumed = False
        self.crash = ""
        self.coverage = Coverage(load_contract(), load_law())
        self.timelines = Timelines(load_contract())

    def ask(self, request, *, in_order=True):
        getattr(self, request.query.replace("-", "_") or "nothing")()
        return ()

    def notice(self, passage):
        return self.ask(passage.exchange)

    def gather(self, noticed):
        pass

    def take_notes(self):
        return ()

    def forget(self):
        pass

    def nothing(self):
        pass

    def an_error(self):
        raise ValueError("sesame")

    def an_abort(self):
        os.abort()

    def an_endless_loop(self):
        while True:
            pass

    def no_memory(self):
        bytearray(2 * self._settings.memory)

    def a_wait(self):
        """Until somebody says `go`."""
        while not Path(self._settings.out, "go").exists():
            time.sleep(0.002)


class Forsaken(Befallen):
    """Outlives the gateway for no time, and says when it has begun with what has no end."""

    def __init__(self, settings):
        super().__init__(settings)
        aside.OUTLIVES = 0.0

    def an_endless_loop(self):
        Path(self._settings.out, "begun").touch()
        super().an_endless_loop()


class Mirror(Befallen):
    """Tells of each answer what it was."""

    def notice(self, passage):
        text = hashlib.sha256(passage.exchange.response_body).hexdigest()
        return (Noticed(Direction.RESPONSE, Finding("VIM-MIRROR", Verdict.WARN, text)),)


class Unwhole(Befallen):
    """A watch of which a check crashes at every exchange."""

    def notice(self, passage):
        self.crash = "crashed"
        return ()


class Thorough(Befallen):
    """A watch that takes down what it has seen when somebody says `go`."""

    def gather(self, noticed):
        self.a_wait()
