"""A trial of the suite on one server, in this process."""

import time
from dataclasses import replace
from typing import Final

from conformance.runs.killing import Clean, Trial, judged
from conformance.runs.options import Options
from conformance.runs.run import run_suite
from conformance.targets.target import EMBEDDED

_NOTHING_RAN: Final = "no test of the suite ran"


def hunt(options: Options) -> Trial:
    """What the suite comes to on a faulty server."""
    started = time.perf_counter()
    measured = run_suite(options)
    failed, rest = judged(measured.results)
    why = measured.wrong_use or ("" if failed else measured.broken or rest)
    if not measured.tests:
        why = why or _NOTHING_RAN
    return Trial(
        by=failed,
        tests=tuple(test.name for test in measured.tests if test.failed),
        requests=sum(test.exchanges for test in measured.tests),
        seconds=time.perf_counter() - started,
        why=why,
        broken=bool(measured.wrong_use) or not measured.tests,
    )


def look_at_clean(options: Options) -> Clean:
    """What the whole suite comes to on the server that has no fault; whatever else is not green is why it says less."""
    trial = hunt(replace(options, target=EMBEDDED, stop_at_first=False))
    why = trial.why if any(word in trial.why for word in ("harness-error", "untestable")) or trial.broken else ""
    return Clean(options.seed, trial.by, trial.requests, trial.seconds, why)
