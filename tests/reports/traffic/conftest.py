"""A report of traffic with something of everything, written by hand."""

import pytest

from reports.model import GraphEdge, Level, Standing, Strength
from reports.traffic import (
    Act,
    Change,
    Charge,
    Counted,
    Coverage,
    Forgotten,
    Mark,
    MemberCoverage,
    OperationCoverage,
    Part,
    Timeline,
    TrafficReport,
    Watched,
)

T = 1795370645.0

WATCHED = Watched(
    upstream="https://vim.example:4545",
    sources=(),
    release="stx-3.0",
    level=Level.ORCHESTRATION,
    mode="enforce",
    began=T - 60,
    ended=T + 5400,
    exchanges=1234,
    judged=1230,
    unchecked=(Counted("slow", 1), Counted("too large", 3)),
    faults=(Counted("slow", 1),),
    restarts=1,
    blocked=(Counted("request", 1),),
    resumed=True,
    contract_digest="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    versions=(("vimgate", "0.1.0"), ("mitmproxy", "12.2.3")),
    notes=("resuming: sw-patch strategy 6282f049-bb9e-46f0-9ca8-97bf626884e0, state applying",),
)

CHARGES = (
    Charge(
        requirement="VIM-PACT-019",
        direction="request",
        verdict="fail",
        strength=Strength.MUST,
        level=Level.PROTOCOL,
        text="A `stage-id` text that is not made of digits is refused.",
        source="api-reference:1004-1005, operations:37",
        times=1,
        uncertain=0,
        blocked=1,
        first=T + 30,
        last=T + 30,
        number=34,
        message="stage-id is first, not digits",
        expected="a 4xx code",
        hint="refuse it with 400 before anything is done",
        references=("findings.jsonl#2",),
        clients=(Counted("192.0.2.9", 1),),
    ),
    Charge(
        requirement="VIM-LIFE-058",
        direction="request",
        verdict="warn",
        strength=Strength.MUST,
        level=Level.LIFECYCLE,
        text="apply-all is refused before the strategy is ready.",
        source="ENGINE 2.3",
        times=2,
        uncertain=2,
        blocked=0,
        first=T + 5,
        last=T + 8,
        number=30,
        message="apply-all is not lawful for a strategy that is building (as last seen)",
    ),
    Charge(
        requirement="VIM-LIFE-024",
        direction="response",
        verdict="fail",
        strength=Strength.MUST,
        level=Level.WIRE,
        text="A phase in progress shows the finished share of its steps.",
        source="ENGINE 1.4",
        times=101,
        uncertain=0,
        blocked=0,
        first=T + 60,
        last=T + 5000,
        number=37,
        message="the percentage is not the finished share of the steps",
        expected="2",
        actual="20",
        where="/strategy/apply-phase/completion-percentage",
        references=("findings.jsonl#3", "findings.jsonl#4"),
        clients=(Counted("192.0.2.8", 100), Counted("192.0.2.7", 1)),
        deviations=(Counted("D3-03", 99), Counted("D3-36", 1)),
        explained=100,
        recording="captures/capture.har",
    ),
)

TIMELINES = (
    Timeline(
        kind="sw-upgrade",
        uuid="e3e70682-c209-4cac-a29f-6fbed82c07cd",
        first=T - 60,
        last=T - 30,
        looks=3,
        ended="deleted",
        states=(Change(T - 60, "build-failed"),),
        acts=(Act(T - 30, "192.0.2.7", "delete", 204),),
        clients=("192.0.2.7",),
    ),
    Timeline(
        kind="sw-patch",
        uuid="6282f049-bb9e-46f0-9ca8-97bf626884e0",
        first=T,
        last=T + 5400,
        looks=370,
        states=(
            Change(T, "building"),
            Change(T + 20, "ready-to-apply"),
            Change(T + 60, "applying"),
            Change(T + 5000, "applied"),
        ),
        parts=(
            Part(
                "phase",
                "build",
                -1,
                -1,
                "build",
                "success",
                T,
                T + 20,
                start="2026-11-23 18:04:05",
                finish="2026-11-23 18:04:21",
            ),
            Part("phase", "apply", -1, -1, "apply", "success", T + 60, T + 5000),
            Part("stage", "apply", 0, -1, "sw-patch-controllers", "success", T + 60, T + 2500, hosts=("controller-0",)),
            Part("step", "apply", 0, 0, "lock-hosts", "success", T + 60, T + 300, hosts=("controller-0",)),
            Part("step", "apply", 0, 1, "sw-patch-hosts", "success", T + 300, T + 2500, hosts=("controller-0",)),
            Part(
                "stage",
                "apply",
                1,
                -1,
                "sw-patch-worker-hosts",
                "failed",
                T + 2500,
                T + 5000,
                hosts=("compute-0", "compute-1"),
            ),
            Part("step", "apply", 1, 0, "lock-hosts", "timed-out", T + 2500, None, before=True, hosts=("compute-0",)),
        ),
        acts=(
            Act(T, "192.0.2.7", "create", 200),
            Act(T + 5, "192.0.2.9", "apply-all", 409),
            Act(T + 30, "192.0.2.9", "apply-stage (unclear)", 0, blocked=True),
            Act(T + 60, "192.0.2.7", "apply-all", 202),
            Act(T + 70, "", "abort", 0),
        ),
        marks=(
            Mark(T + 5, T + 8, 2, "VIM-LIFE-058", "request", "warn", 30),
            Mark(T + 60, T + 5000, 101, "VIM-LIFE-024", "response", "fail", 37),
        ),
        clients=("192.0.2.7", "192.0.2.9"),
        left_out=4,
    ),
)

COVERAGE = Coverage(
    operations=(
        OperationCoverage("getRoot", "GET", "/", 0, (Counted("200", 0), Counted("404", 0))),
        OperationCoverage(
            "getSwPatchStrategy", "GET", "/api/orchestration/sw-patch/strategy", 371,
            (Counted("200", 370), Counted("404", 1), Counted("503", 0)), (Counted("409", 1),),
        ),
    ),
    members=(
        MemberCoverage(
            "request", "sw-patch", "StrategyAction", "action",
            (Counted("apply-all", 2), Counted("abort", 0)),
        ),
        MemberCoverage(
            "answer", "sw-patch", "Step", "entity-type", (Counted("", 9), Counted("hosts", 9), Counted("instances", 0)),
            (Counted("hypervisors", 1),),
        ),
    ),
    edges=(
        GraphEdge("sw-patch", "absent", "create accepted", "building", "sw-patch absent create", Standing.SEEN, 12),
        GraphEdge("sw-patch", "building", "itself", "build-timeout", "sw-patch building itself", Standing.UNSEEN),
        GraphEdge("sw-patch", "applied", "itself", "ready", "", Standing.UNLAWFUL, 1),
    ),
    strangers=5,
)  # fmt: skip

TRAFFIC = TrafficReport(WATCHED, CHARGES, TIMELINES, (Forgotten("sw-patch", "applied", "deleted", 17),), COVERAGE)


@pytest.fixture
def traffic():
    """The whole of it."""
    return TRAFFIC
