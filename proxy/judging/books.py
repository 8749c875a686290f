"""What the judge's process keeps of what it judged: the archive, what is counted for the summary, and the summary."""

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import msgspec

from conformance.exchange import Exchange
from proxy.archive import Archive
from proxy.archive.archive import say_on_stderr
from proxy.deciding.policy import Policy
from proxy.deciding.policyfile import default_policy, read_policy
from proxy.judging.counts import Counts
from proxy.judging.messages import Finish
from proxy.judging.settings import DeskSettings
from proxy.telling.coverage import Coverage
from proxy.telling.noted import Noted
from proxy.telling.summary import Facts, summary_of, write_summary
from proxy.telling.timelines import Progress, Timelines
from proxy.traffic import Action, Direction, Mode, Noticed, Passage
from proxy.watch import Watch
from reports.model import Level
from spec.load import load_contract, load_law, load_ledger

_GONE: Final = "The gateway was gone before the end: what it alone had counted is not told."


class Books:
    """What is stored and counted by one process of a gateway; `watch` has gathered the rest."""

    def __init__(self, settings: DeskSettings, watch: Watch) -> None:
        self._settings = settings
        self._watch = watch
        self._mode = Mode(settings.mode)
        self._policy = policy_of(settings)
        self._noted = Noted()
        self._begun = False
        self._earlier: Mapping[str, Any] = {}
        self._shown = Progress(), Progress()
        self._began = time.time()
        self._archive = Archive(
            settings.out,
            most_bytes=settings.rotate_bytes,
            most_files=settings.rotate_files,
            har=settings.har,
            flows=settings.flows,
            secrets=settings.secrets,
            say=self._say,
            about={"release": settings.release, "mode": settings.mode, "upstream": settings.upstream},
        )

        self.trouble = f"{settings.out}: {self._archive.trouble}" if self._archive.trouble else ""
        """Why not everything could be stored at the beginning; empty where it could."""
        self._begun = True

    def keep(self, passage: Passage, noticed: tuple[Noticed, ...]) -> tuple[tuple[Noticed, ...], str]:
        """Store what there is to store.

        Gives what was noticed without secrets, which alone is for others to see, and where the findings log tells of
        it, or nothing.
        """
        action = self._action(passage, noticed)
        reference = self._archive.keep(passage, noticed, action)
        clean = tuple(map(self._archive.without_secrets, noticed))
        if noticed or action is Action.BLOCK:
            self._noted.see(passage, clean, action, reference)
        return clean, reference

    def clean(self, request: Exchange, noticed: tuple[Noticed, ...]) -> tuple[Noticed, ...]:
        """What was noticed about a request that is not kept, without secrets."""
        if not noticed:
            return ()
        self._archive.learn(request)
        return tuple(map(self._archive.without_secrets, noticed))

    def progress(self) -> Progress:
        """Where the strategy stands, without secrets: its words are the server's."""
        progress = self._watch.timelines.progress
        if progress is not self._shown[0]:
            texts = (progress.kind, progress.state, progress.phase, progress.name)
            kind, state, phase, name = map(self._archive.text_without_secrets, texts)
            self._shown = progress, progress._replace(kind=kind, state=state, phase=phase, name=name)
        return self._shown[1]

    def note(self, text: str) -> None:
        """Store a line of its own among the findings."""
        self._archive.note(text)

    def memory(self) -> bytes:
        """What would be lost with this process; of earlier ones too."""
        coverage, timelines, noted = self._gathered()
        told = {"coverage": coverage.to_json(), "timelines": timelines.to_json(), "noted": noted.to_json()}
        return msgspec.json.encode(told)

    def recall(self, memory: bytes) -> None:
        """Go on from what an earlier process has left."""
        self._earlier = msgspec.json.decode(memory)

    def close(self, finish: Finish | None, life: Counts) -> None:
        """Close the files and write the summary; `life` is what this process did. Not `finish`: the gateway is gone."""
        self._archive.close()
        told = finish or Finish(0, {}, {}, 0, self._began)
        unchecked, faults = (
            Counter(told.unchecked) + Counter(life.unchecked),
            Counter(told.faults) + Counter(life.faults),
        )
        judged = told.judged + life.judged
        coverage, timelines, noted = self._gathered()
        facts = Facts(
            release=self._settings.release,
            level=Level(self._settings.level),
            mode=self._settings.mode,
            began=told.began,
            ended=time.time(),
            exchanges=judged + unchecked.total(),
            judged=judged,
            upstream=self._settings.upstream,
            unchecked=unchecked,
            faults=faults,
            restarts=told.restarts,
            resumed=self._watch.resumed,
            contract_digest=load_contract(self._settings.release).digest,
            versions=_versions(),
            notes=finish.notes if finish is not None else (_GONE,),
        )
        report = summary_of(_Gathered(coverage, timelines), noted, facts, load_ledger(self._settings.release))
        write_summary(self._settings.out, report, self._archive.secrets, old=self._settings.rotate_files)

    def _action(self, passage: Passage, noticed: tuple[Noticed, ...]) -> Action:
        """What the gateway does with it: the same policy comes to the same."""
        if passage.blocked:
            return Action.BLOCK
        return Action.PASS if passage.lost else self._policy.decide(self._mode, Direction.RESPONSE, noticed)

    def _say(self, text: str) -> None:
        """What goes wrong at the beginning is told by who begins."""
        if self._begun:
            say_on_stderr(text)

    def _gathered(self) -> tuple[Coverage, Timelines, Noted]:
        """What this process and those before it have gathered."""
        contract, law = load_contract(self._settings.release), load_law(self._settings.release)
        if not self._earlier:
            return self._watch.coverage, self._watch.timelines, self._noted
        coverage = Coverage.from_json(self._earlier["coverage"], contract, law)
        coverage.merge(self._watch.coverage)
        timelines = Timelines.from_json(self._earlier["timelines"], contract)
        timelines.merge(self._watch.timelines)
        noted = Noted.from_json(self._earlier["noted"])
        noted.merge(Noted.from_json(self._noted.to_json()))
        return coverage, timelines, noted


class _Gathered(msgspec.Struct):
    """What a summary is made of."""

    coverage: Coverage
    timelines: Timelines


def policy_of(settings: DeskSettings) -> Policy:
    """The policy that the gateway has. Raises DocumentError."""
    ledger = load_ledger(settings.release)
    return read_policy(Path(settings.policy), ledger) if settings.policy else default_policy(ledger)


def _versions() -> tuple[tuple[str, str], ...]:
    with suppress(PackageNotFoundError):
        return (("vimgate", version("vimgate")),)
    return ()
