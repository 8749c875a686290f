"""For every check a playbook that it passes and playbooks that it finds fault with, from the parameters of its requirement.

A recipe gives `(good, bad, …)`: in the good one the check looks and finds nothing, in each bad one it finds something.
"""

# ruff: noqa: D103, E501 - a recipe is named after its check, and a playbook is one line

import json

READ, FULL = "/strategy/apply-phase", "read patch -> 200"
OLD = "26dc4b63-ae5f-48ca-b76e-ec367ef817f6"
BODY = {
    "createSwPatchStrategy": {
        "controller-apply-type": "serial", "default-instance-action": "stop-start", "worker-apply-type": "serial",
        "storage-apply-type": "serial", "swift-apply-type": "ignore", "alarm-restrictions": "strict",
    },
    "createSwUpgradeStrategy": {"worker-apply-type": "serial", "storage-apply-type": "serial", "alarm-restrictions": "relaxed"},
    "actOnSwPatchStrategy": {"action": "apply-stage", "stage-id": "0"},
    "actOnSwUpgradeStrategy": {"action": "apply-stage", "stage-id": "0"},
}  # fmt: skip
PATHS = {
    "getRoot": "/",
    "getApi": "/api",
    "getOrchestration": "/api/orchestration",
    "getSwPatch": "/api/orchestration/sw-patch",
    "getSwUpgrade": "/api/orchestration/sw-upgrade",
}
PATHS |= {
    f"{verb}Sw{kind}Strategy": f"/api/orchestration/sw-{kind.lower()}/strategy"
    for verb in ("get", "create", "delete")
    for kind in ("Patch", "Upgrade")
}
PATHS |= {
    f"actOnSw{kind}Strategy": f"/api/orchestration/sw-{kind.lower()}/strategy/actions" for kind in ("Patch", "Upgrade")
}
DOCUMENTS = {
    "getRoot": "example:00-versions-root",
    "getApi": "example:01-versions-api",
    "getOrchestration": "example:02-orchestration",
    "getSwPatch": "example:03-sw-patch",
    "getSwUpgrade": "example:04-sw-upgrade",
}
SUCCESS = {"get": "200 ready", "create": "200 building 0", "delete": "204", "actOn": "202 running 0 0 to=1"}
METHODS = {"get": "GET", "create": "POST", "delete": "DELETE", "actOn": "POST"}


def verb(operation):
    """get, create, delete or actOn."""
    return next(each for each in METHODS if operation.startswith(each))


def request(operation, body=None):
    """The request of an operation in the words of the playbook."""
    value = BODY.get(operation) if body is None else body
    return f"{METHODS[verb(operation)]} {PATHS[operation]}" + (f" {json.dumps(value)}" if value is not None else "")


def success(operation):
    """Status and document of its success."""
    return f"200 {DOCUMENTS[operation]}" if operation in DOCUMENTS else SUCCESS[verb(operation)]


def kind(operation):
    """The kind in the words of the playbook: `patch` or `upgrade`."""
    return "upgrade" if "Upgrade" in operation else "patch"


def but(value, member, other):
    """The body with another value of a member."""
    return {**value, member: other}


def without(value, member):
    """The body without a member."""
    return {name: each for name, each in value.items() if name != member}


# --- one exchange


def of_status(operation, **_):
    return line(operation), f"{request(operation)} -> 206 {success(operation)[4:]}", f"{request(operation)} -> 302"


def line(operation, answer=None, body=None):
    return f"{request(operation, body)} -> {answer or success(operation)}"


def of_error_code(operation, status):
    asked, document = request(operation), success(operation)[4:]
    excused = asked.replace(PATHS[operation], PATHS[operation] + "?x=1") if status in (400, 404, 405) else asked
    if status == 413:
        excused = f"{METHODS[verb(operation)]} {PATHS[operation]} <{'x' * 2000}>"
    return f"{excused} -> {status}", f"{asked} -> {status} {document}"


def of_listed(operation):
    return line(operation, "403"), line(operation, "199")


def of_server_error(operation):
    return line(operation), line(operation, "500"), line(operation, "501")


def of_offered(operation):
    return line(operation), line(operation, "405"), line(operation, "501")


def of_succeeding(operations):
    create, act, get = operations
    ready = f"read {kind(get)} -> 200 ready\n"
    nothing = "read patch -> 404\nread upgrade -> 404\n"
    return nothing + line(create), nothing + line(create, "400"), ready + line(act, "409"), ready + line(get, "404")


def of_plain_read(operation):
    return line(operation), line(operation, "404"), line(operation, "400")


def of_other_method(operation):
    path = PATHS[operation]
    return f"PUT {path} -> 405", f"PUT {path} -> 200 json:{{}}", f"PATCH {path} -> 500"


def of_bodiless(operation):
    ready = f"read {kind(operation)} -> 200 ready\n" if operation not in DOCUMENTS else ""
    return ready + line(operation), ready + line(operation, "400"), ready + line(operation, "411")


def of_json(operation):
    ok = success(operation)
    return (
        line(operation),
        line(operation, f"{ok[:3]} text:hello"),
        line(operation, f"{ok[:3]} bare:{{}}"),
        line(operation, f"{ok[:3]} json:{{"),
    )


def of_no_content(allowed, operation=None, operations=()):
    bad = [each for each in ("{}", "null", "gone") if each not in allowed]
    asked = [operation] if operation else operations
    return line(asked[0]), *(line(each, f"204 json:{body}") for each in asked for body in bad)


PARTS = {
    "strategy": (
        "/strategy/state = 5",
        "/strategy/uuid -",
        "/strategy/max-parallel-worker-hosts = true",
        '/strategy/worker-apply-type = "none"',
        "/strategy/current-phase-completion-percentage = 12.0",
    ),
    "phase": (
        '/strategy/build-phase/timeout = "1"',
        "/strategy/abort-phase/reason -",
        "/strategy/apply-phase/stages = {}",
        "/strategy/build-phase/completion-percentage = 12.0",
    ),
    "stage": ("/strategy/build-phase/stages/0/total-steps -", "/strategy/build-phase/stages/0/inprogress = 1"),
    "step": (
        "/strategy/build-phase/stages/0/steps/0/result = null",
        "/strategy/build-phase/stages/0/steps/1/entity-names -",
    ),
}


def of_document(operation, part, **_):
    ok = success(operation)
    if part == "document":
        edits = {"getRoot": ("/name -", "/links = 1"), "getApi": ("/versions -", "/versions/0/links/0/href = 1")}
        edits = edits.get(operation, ("/id = 1", "/links/0/rel -"))
        edits = edits if operation in DOCUMENTS else ("/strategy -", "/strategy = 5")
    else:
        edits = PARTS[part]
    return line(operation), *(f"{line(operation, ok)} | {edit}" for edit in edits)


def of_member_value(operation, pointer, **_):
    return line(operation), f'{line(operation)} | {pointer} = "other"'


def of_name(kind):
    ok = f"read {kind[3:]} -> 200 ready"
    return ok, f'{ok} | /strategy/name = "other"', f"{ok} | /strategy/name = null"


def of_version(operation, **_):
    return (
        line(operation),
        f'{line(operation)} | /versions/0/status = "old"',
        f'{line(operation)} | /versions/0/id = "v2"',
    )


def of_links(operation, **_):
    at = "/versions/0/links/0" if operation == "getApi" else "/links/0"
    return (
        line(operation),
        f'{line(operation)} | {at}/rel = "x"',
        f'{line(operation)} | {at}/href = "http://192.168.204.2:4545/x/"',
    )


def of_host(operation):
    ask = f"GET {PATHS[operation]} Host={{}} -> {success(operation)}"
    return ask.format("192.168.204.2:4545"), ask.format("vim.example.com")


def of_following(operation=None, operations=()):
    ask, path = (
        line(operation or operations[0]),
        {"getRoot": "/api/", "getApi": "/api/orchestration/"}.get(operation, "/orchestration/sw-patch/"),
    )
    path = "/orchestration/sw-upgrade/" if operation == "getSwUpgrade" else path
    return f"{ask}\nGET {path} -> 200 json:{{}}", f"{ask}\nGET {path} -> 404"


# --- request bodies


def bodies(operation, good, *bad):
    """A good body that is refused, and bad ones that are not: 4xx passes, a success or a server error does not."""
    accepted = success(operation)
    asked = [each if isinstance(each, str) else request(operation, each) for each in (good, *bad)]
    return f"{asked[0]} -> 400", *(f"{each} -> {answer}" for each in asked[1:] or asked for answer in (accepted, "500"))


def of_malformed(operation):
    raw = f"POST {PATHS[operation]} "
    return bodies(operation, raw + "<{>", raw + "<[]>", raw + "<null>", raw + '<"x">', raw + "<{'a': 1}>", raw + "<>")


def of_mandatory(operation, member, when=None):
    return bodies(operation, without(BODY[operation], member))


def of_type(operation, member, types):
    wrong = [
        each
        for each, name in ((None, ""), (True, ""), ([], ""), ({}, ""), (2.5, ""), ("5", "string"), (5, "integer"))
        if name not in types
    ]
    return bodies(operation, *(but(BODY[operation], member, each) for each in wrong))


def of_digits(operation):
    return bodies(operation, *(but(BODY[operation], "stage-id", text) for text in ("abc", "", "1.0", " 1")))


def of_unlisted(operation, member, **_):
    return bodies(operation, *(but(BODY[operation], member, text) for text in ("", "other", "SERIAL")))


def of_unknown(operation):
    return bodies(operation, but(BODY[operation], "colour", "blue"), but(BODY[operation], "complete-upgrade", True))  # noqa: FBT003 - a JSON value


def of_media_type(operation):
    asked = request(operation) + " Content-Type=text/plain"
    return f"{asked} -> 415", f"{asked} -> {success(operation)}"


def before(operation):
    """What makes a request of the operation lawful."""
    return (
        "read patch -> 404\nread upgrade -> 404\n"
        if verb(operation) == "create"
        else f"read {kind(operation)} -> 200 ready\n"
    )


def accepted(operation, body):
    return before(operation) + line(operation, body=body), before(operation) + line(operation, "400", body=body)


def of_listed_value(operation, member, values):
    if member == "action":
        return accepted(operation, {"action": "apply-all"})
    return accepted(operation, but(BODY[operation], member, values[-1]))


def of_optional(operation, member):
    body = {"action": "apply-all"} if member == "stage-id" else without(BODY[operation], member)
    return accepted(operation, body)


def of_example(operation, example):
    return accepted(operation, {"action": "apply-all"} if verb(operation) == "actOn" else BODY[operation])


ECHOED = {
    "controller-apply-type": '"ignore"', "storage-apply-type": '"parallel"', "swift-apply-type": '"serial"', "worker-apply-type": '"ignore"',
    "max-parallel-worker-hosts": "3", "default-instance-action": '"migrate"', "alarm-restrictions": '"none"',
}  # fmt: skip


def of_echo(operation, members):
    create = f"createSw{kind(operation).title()}Strategy"
    body = but(BODY[create], "max-parallel-worker-hosts", 2)
    made = line(create, body=body)
    shown = made if create == operation else f"{made}\n{line(operation, '200 building 1')}"
    return shown, *(f"{shown} | /strategy/{member} = {ECHOED[member]}" for member in members)


def of_default(operation, member, value):
    ask, other = (
        line(operation, body=without(BODY[operation], member)),
        value + 1 if isinstance(value, int) else "other",
    )
    return ask, f"{ask} | /strategy/{member} = {json.dumps(other)}"


# --- strategies that are there or not


def of_absent(operation, **_):
    gone = "read patch -> 404\nread upgrade -> 404\n"
    return (
        gone + line(operation, "404"),
        gone + line(operation, "409"),
        gone + line(operation),
        line(operation, '200 json:{"strategy": null}'),
    )


def of_existing(operation):
    there = line(operation) + "\n"
    return (
        there + line(operation),
        there + line(operation, "404"),
        there + line(operation, '200 json:{"strategy": null}'),
    )


def of_create(operation):
    edits = (
        '/strategy/state = "ready-to-apply"',
        '/strategy/current-phase = "apply"',
        "/strategy/build-phase/inprogress = false",
    )
    return line(operation), *(f"{line(operation)} | {edit}" for edit in edits)


def of_apply(operation):
    edits = (
        '/strategy/state = "ready-to-apply"',
        '/strategy/current-phase = "build"',
        "/strategy/apply-phase/inprogress = false",
    )
    return line(operation), *(f"{line(operation)} | {edit}" for edit in edits)


# --- one document


def documents(moment, *edits, name="patch"):
    """A document at a moment passes, edited it does not."""
    ok = f"read {name} -> 200 {moment}"
    return ok, *(f"{ok} | {edit}" for edit in edits)


def of_result_words(part):
    pointers = {
        "phase": "/strategy/build-phase",
        "stage": "/strategy/build-phase/stages/0",
        "step": "/strategy/build-phase/stages/0/steps/0",
    }
    return documents("ready", *(f'{pointers[part]}/result = "{word}"' for word in ("degraded", "skipped")))


def of_combination(part):
    stage = f"{READ}/stages/1"
    edits = {
        "stage": (
            f'{stage}/result = "failed"',
            f'{stage}/result = "initial"',
            f'{READ}/stages/0/result = "inprogress"',
            f'{READ}/stages/2/result = "success"',
        ),
        "phase": (
            f'{READ}/result = "failed"',
            f'{READ}/result = "initial"',
            '/strategy/build-phase/result = "aborted"',
            '/strategy/abort-phase/result = "success"',
        ),
    }
    return documents("running 1 2", *edits[part])


def of_build(kind, **_):
    edits = (
        'stages/0/stage-name = "other"',
        'stages/0/steps/0/step-name = "query-upgrade"',
        "stages/0/steps/1 -",
        "stages/0 -",
    )
    return documents("ready", *(f"/strategy/build-phase/{edit}" for edit in edits), name=kind[3:])


def of_stage_order(kind):
    name = {"sw-patch": "sw-patch-worker-hosts", "sw-upgrade": "sw-upgrade-complete"}[kind]
    return documents("ready", f'{READ}/stages/0/stage-name = "{name}"', name=kind[3:])


def of_width(kind):
    stage, step = {"sw-patch": (2, 2), "sw-upgrade": (1, 2)}[kind]
    many = f'/strategy/worker-apply-type = "parallel" ; {READ}/stages/{stage}/steps/{step}/entity-names = '
    ok, bad = documents("ready", many + '["a", "b", "c"]', name=kind[3:])
    return f'{ok} | {many}["a", "b"]', bad


RUNNING, STEP = f"{READ}/stages/1", f"{READ}/stages/1/steps"
ONE_DOCUMENT = {
    "upgrade_constants_are_shown": documents("ready", '/strategy/controller-apply-type = "parallel"', '/strategy/swift-apply-type = "serial"', name="upgrade"),
    "current_phase_is_visible": documents("ready", '/strategy/current-phase = "initial"'),
    "state_is_visible": documents("ready", '/strategy/state = "initial"', '/strategy/state = "apply-failed"', '/strategy/state = "resting"'),
    "strategy_percentage_is_current_phase": documents("running 1 2", "/strategy/current-phase-completion-percentage = 99"),
    "phase_names_are_fixed": documents("ready", '/strategy/build-phase/phase-name = "apply"', '/strategy/abort-phase/phase-name = "abort-phase"'),
    "totals_are_counts": documents("ready", f"{READ}/total-stages + 1", f"{READ}/stages/1/total-steps + -1"),
    "current_indices_in_range": documents("running 1 2", f"{READ}/current-stage = 4", f"{RUNNING}/current-step = 99", f"{RUNNING}/current-step = -1"),
    "stop_at_stage_in_range": documents("running 1 2", f"{READ}/stop-at-stage = 4", f"{READ}/stop-at-stage = 0"),
    "children_run_in_order": documents(
        "running 1 2", f'{STEP}/0/result = "wait"', f'{STEP}/4/result = "success"', f'{READ}/stages/0/result = "failed"', f"{READ}/stages/2/inprogress = true",
        f'{READ}/stages/2/result = "aborted"',
    ),
    "indices_end_past_the_end": documents("applied", f"{READ}/current-stage = 2", f"{READ}/stages/2/current-step = 5", "/strategy/build-phase/current-stage = 0"),
    "one_child_runs_at_a_time": documents(
        "running 1 2", f"{READ}/stages/2/inprogress = true", f'{STEP}/3/result = "wait"', f"{READ}/inprogress = false", f"{RUNNING}/inprogress = false"
    ),
    "phases_run_in_order": documents("running 1 2", "/strategy/build-phase/inprogress = true", '/strategy/abort-phase/start-date-time = "2026-03-03 12:00:00"'),
    "stages_beyond_stop_are_untouched": documents("running 0 2 to=1", f'{READ}/stages/1/result = "success"', f'{READ}/stages/2/steps/0/result = "wait"'),
    "ids_are_positions": documents("ready", f"{READ}/stages/1/stage-id = 0", f"{READ}/stages/1/steps/2/step-id = 7"),
    "stage_names_are_known": documents("ready", f'{READ}/stages/1/stage-name = "sw-upgrade-controllers"', f'{READ}/stages/1/stage-name = "sw-patch-query"'),
    "step_names_are_known": documents("ready", f'{STEP}/1/step-name = "upgrade-hosts"', f'{STEP}/1/step-name = "start-upgrade"'),
    "entity_type_fits_step": documents("ready", f'{STEP}/2/entity-type = "instances"', f'{STEP}/0/entity-type = "hosts"'),
    "entities_are_parallel_lists": documents("ready", f"{STEP}/2/entity-uuids = []", f"{STEP}/2/entity-names = [] ; {STEP}/2/entity-uuids = []", f'{STEP}/0/entity-names = ["x"]',
                                             f'{STEP}/2/entity-names = ["a", "b"] ; {STEP}/2/entity-uuids = ["1", "1"]', f'{STEP}/2/entity-uuids = ["{OLD}"]'),
    "reason_only_after_failure": documents("running 1 2", f'{STEP}/0/reason = "host lock failed"', f'{READ}/reason = "x"', f'{RUNNING}/reason = "x"'),
    "percentage_of_idle_phase_is_100": documents("ready", "/strategy/build-phase/completion-percentage = 99", f"{READ}/completion-percentage = 0"),
    "percentage_is_floor_of_done_steps": documents("running 1 2", f"{READ}/completion-percentage + 1", f"{READ}/completion-percentage = 0"),
    "stage_timeout_is_sum": documents("ready", f"{RUNNING}/timeout + -1", f"{STEP}/1/timeout + 1", "/strategy/build-phase/stages/0/timeout = 0"),
    "phase_timeout_is_sum": documents("running 1 2", f"{READ}/timeout + -1", f"{READ}/timeout = 0", "/strategy/build-phase/timeout = 181"),
    "phase_timeout_is_zero_before_start": documents("ready", f"{READ}/timeout = 5581", "/strategy/abort-phase/timeout = 1"),
    "dates_are_formatted": documents("ready", *(f'/strategy/build-phase/end-date-time = "{text}"' for text in ("2026-03-03T12:00:00Z", "2026-13-03 12:00:00", "2026-02-29 12:00:00", "2026-03-03 24:00:00", "2026-03-03 23:59:60", "now"))),
    "dates_are_ordered": documents(
        "ready", '/strategy/build-phase/end-date-time = "2026-03-03 10:00:00"', '/strategy/build-phase/stages/0/start-date-time = "2026-03-03 10:00:00"',
        '/strategy/build-phase/stages/0/steps/1/end-date-time = "2026-03-03 14:00:00"',
    ),
    "idle_children_have_no_dates": documents("ready", f'{READ}/start-date-time = "2026-03-03 12:00:00"', f'{STEP}/1/end-date-time = "2026-03-03 12:00:00"'),
    "running_children_have_start_dates": documents("running 1 2", f'{READ}/start-date-time = ""', f'{STEP}/2/start-date-time = ""', f'{RUNNING}/end-date-time = "2026-03-03 13:30:00"'),
    "finished_children_have_end_dates": documents("running 1 2", f'{STEP}/1/end-date-time = ""', f'{READ}/stages/0/start-date-time = ""', '/strategy/build-phase/end-date-time = ""'),
    "ready_strategy_has_stages": documents("ready", f"{READ}/stages = [] ; {READ}/total-stages = 0", f'{READ}/stages/0/result = "success"'),
    "state_fits_phase": documents(
        "running 1 2", *(f'/strategy/state = "{word}"' for word in ("building", "ready-to-apply", "applied", "aborted", "build-failed")),
        '/strategy/current-phase = "build"', '/strategy/build-phase/result = "failed"', f"{READ}/stop-at-stage = 1",
    ),
    "failed_apply_aborts": documents("running 1 2", f'{READ}/result = "failed"', f'{READ}/result = "timed-out"'),
    "nothing_runs_after_failure": documents("failed 0 2", f'{READ}/stages/1/result = "inprogress"', f'{READ}/stages/0/steps/3/result = "success"'),
    "empty_phase_succeeds": documents(
        "aborted 0 0", '/strategy/abort-phase/result = "inprogress"', "/strategy/abort-phase/inprogress = true", '/strategy/abort-phase/result = "failed"'
    ),
    "abort_undoes_in_reverse": documents(
        "undoing 0 3 0", '/strategy/abort-phase/stages/0/steps/0/step-name = "lock-hosts"', '/strategy/abort-phase/stages/0/steps/0/entity-names = ["controller-0"]',
        "/strategy/abort-phase/stages = []", f"{READ}/stages/0/current-step = 0",
    ),
    "abort_stage_keeps_name": documents("undoing 0 3 0", '/strategy/abort-phase/stages/0/stage-name = "sw-patch-worker-hosts"'),
    "abort_waits_for_running_step": documents("undoing 0 3 0", f'{READ}/stages/0/steps/3/result = "wait"'),
    "each_host_is_worked_on_once": documents("ready", f'{READ}/stages/1/steps/3/entity-names = ["controller-1"]'),
    "query_alarms_comes_first": documents("ready", f'{STEP}/0/step-name = "system-stabilize"', f"{STEP}/0 -"),
    "steps_in_lawful_order": documents(
        "ready", f'{STEP}/2/step-name = "unlock-hosts" ; {STEP}/5/step-name = "lock-hosts"', f'{STEP}/1/step-name = "unlock-hosts"', f'{STEP}/3/step-name = "query-alarms"'
    ),
    "what_is_taken_is_given_back": documents("ready", f'{STEP}/5/entity-names = ["compute-0"]', f'{STEP}/5/step-name = "reboot-hosts"'),
    "stage_works_on_its_own_hosts": documents("ready", f'{STEP}/2/entity-names = ["compute-9"]', f'{STEP}/5/entity-names = ["controller-0", "compute-9"]'),
    "serial_stages_have_one_host": documents("ready", f'{READ}/stages/2/steps/2/entity-names = ["compute-0", "compute-1"]'),
    "instance_action_is_kept": documents("ready", f'{STEP}/1/step-name = "migrate-instances"'),
}  # fmt: skip
ONE_DOCUMENT |= {
    "every_stage_does_its_work": documents("ready", f"{STEP}/3 -", f'{STEP}/3/step-name = "upgrade-hosts"'),
    "upgraded_hosts_are_out_of_service": documents(
        "ready", f"{STEP}/1 -", f'{STEP}/3/step-name = "reboot-hosts"', f'{STEP}/1/entity-names = ["compute-9"]',
        f'{STEP}/1/step-name = "unlock-hosts" ; {STEP}/3/step-name = "lock-hosts"', name="upgrade",
    ),
    "only_own_hosts_are_prepared": documents(
        "ready", f'{STEP}/1/entity-names = ["controller-1"]', f'{STEP}/1/step-name = "disable-host-services" ; {STEP}/1/entity-names = ["compute-0", "controller-0"]'
    ),
    "an_entity_has_one_uuid": documents("ready", f'{STEP}/2/entity-uuids = ["{OLD}"]', f'{STEP}/2/entity-names = ["compute-9"]'),
    "failed_build_says_why": documents("build-failed", '/strategy/build-phase/reason = ""'),
}  # fmt: skip


def of_swact(stage):
    named = f'{READ}/stages/0/stage-name = "{stage}"'
    ok, *bad = documents("ready", *(f"{named} ; {edit}" for edit in (
        f"{READ}/stages/0/steps/1 -", f'{READ}/stages/0/steps/1/entity-names = ["controller-0"]',
        f'{READ}/stages/0/steps/1/step-name = "lock-hosts" ; {READ}/stages/0/steps/2/step-name = "swact-hosts"',
    )))  # fmt: skip
    return f"{ok} | {named}", *bad


IGNORED = f'{FULL} ready | /strategy/storage-apply-type = "ignore"'
ONE_DOCUMENT["ignored_hosts_have_no_stage"] = (IGNORED, f'{FULL} ready | /strategy/worker-apply-type = "ignore"')

# --- a document after another


def after(first, good, *bad):
    """A first exchange, then one that passes or ones that do not."""
    return f"{first}\n{good}", *(f"{first}\n{each}" for each in bad)


def edits(first, second, *changes):
    """Two reads; the second one edited does not pass."""
    return after(
        f"read patch -> 200 {first}",
        f"+9 read patch -> 200 {second}",
        *(f"+9 read patch -> 200 {second} | {change}" for change in changes),
    )


def of_result_succession(part):
    pointer = {
        "phase": "/strategy/build-phase",
        "stage": "/strategy/build-phase/stages/0",
        "step": "/strategy/build-phase/stages/0/steps/1",
    }[part]
    return edits("ready", "ready", f'{pointer}/result = "failed"', f'{pointer}/result = "initial"')


def of_lawful(action, situations):
    moment = {"ready": "ready", "paused": "paused 1", "running": "running 0 2"}[situations[0]]
    stage = {"ready": 0, "paused": 1, "running": 0}[situations[0]]
    answer = {
        "apply-all": {"ready": "running 0 0", "paused": "running 1 0"},
        "apply-stage": {"ready": "running 0 0 to=1", "paused": "running 1 0 to=2"},
        "abort": {"paused": "given-up 1", "running": "aborting 0 2"},
        "abort-stage": {"running": "aborting 0 2"},
    }[action][situations[0]]
    asked = f"{action} {stage} patch" if action.endswith("stage") else f"{action} patch"
    return after(
        f"begin still\nread patch -> 200 {moment}", f"{asked} -> 202 {answer}", f"{asked} -> 409", f"{asked} -> 500"
    )


MOMENTS = {
    "building": "building 1", "build-failed": "build-failed", "build-timeout": "build-timeout", "ready": "ready", "running": "running 0 2", "paused": "paused 1",
    "applied": "applied", "aborting": "aborting 0 2", "undoing": "undoing 0 2", "given-up": "given-up 1", "aborted": "aborted 0 2", "abort-failed": "abort-failed 0 2",
}  # fmt: skip


def of_unlawful(action, situations, stage=None):
    number = {None: 0, "not-next": 2, "not-current": 2}[stage]
    asked = f"{action} {number} patch" if action.endswith("stage") else f"{action} patch"
    known = [each for each in situations if each in MOMENTS]
    answers = {
        "apply-all": "202 running 0 0",
        "apply-stage": "202 running 0 0 to=1",
        "abort": "202 aborting 0 2",
        "abort-stage": "202 aborting 0 2",
    }
    bad = [
        f"begin still\nread patch -> 200 {MOMENTS[each]}\n{asked} -> {answer}"
        for each in known
        for answer in (answers[action], "500", "404")
    ]
    return f"begin still\nread patch -> 200 {MOMENTS[known[0]]}\n{asked} -> 409", *bad


CREATED = "read patch -> 404\nread upgrade -> 404\ncreate patch -> 200 building 0"
HISTORIES = {
    "uuid_is_stable": after("read patch -> 200 ready", "read patch -> 200 ready", f"read patch -> 200 ready uuid={OLD}", f"apply-all patch -> 202 running 0 0 uuid={OLD}"),
    "uuid_is_new": after(f"{CREATED}\nforce-delete patch -> 204", f"create patch -> 200 building 0 uuid={OLD}", "create patch -> 200 building 0", "create upgrade -> 200 building 0"),
    "parameters_never_change": edits("ready", "ready", '/strategy/alarm-restrictions = "relaxed"', "/strategy/max-parallel-worker-hosts = 3"),
    "plan_never_changes": edits(
        "ready", "ready", f'{READ}/stages/0/steps/2/entity-names = ["other"]', f"{READ}/stages/2 -", f"{READ}/stages/0/steps/0 -", f"{READ}/stages/0/steps/0/timeout = 61",
        f'{READ}/stages/0/stage-name = "sw-patch-worker-hosts"',
    ),
    "progress_never_goes_back": (
        *edits("running 1 2", "running 1 3", f"{READ}/completion-percentage = 5", f"{READ}/current-stage = 0", f"{RUNNING}/current-step = 1"),
        "read patch -> 200 running 1 2\nread patch -> 200 running 0 3",
    ),
    "phase_timeout_never_changes_in_a_run": edits("running 1 2", "running 1 3", f"{READ}/timeout + 1"),
    "nothing_begins_after_abort": after("read patch -> 200 aborting 0 2", "read patch -> 200 undoing 0 2 0", "read patch -> 200 aborting 0 3", "read patch -> 200 undoing 0 3 0"),
    "abort_has_a_cause": after(
        "read patch -> 200 running 0 2", "read patch -> 200 failed 0 3", "read patch -> 200 aborting 0 2", "read patch -> 200 aborted 0 2",
        'read patch -> 200 running 0 2 | /strategy/apply-phase/result = "aborted"',
    ),
    "nothing_outlives_its_timeout": after("begin still\nread patch -> 200 running 0 2", "+60 read patch -> 200 running 0 2", "+9000 read patch -> 200 running 0 2"),
    "dates_never_change": edits("running 1 2", "running 1 3", f'{READ}/start-date-time = "2026-03-03 13:00:01"', '/strategy/build-phase/end-date-time = ""'),
    "state_succession": (
        *edits("ready", "ready", '/strategy/state = "building"', '/strategy/state = "applying"'),
        "read patch -> 200 applied\nread patch -> 200 running 0 1",
        "read patch -> 200 running 1 2\nread patch -> 200 ready",
        "read patch -> 200 aborted 0 2\nread patch -> 200 applied",
        "read patch -> 200 ready\nread patch -> 200 running 0 0",
    ),
    "terminal_states_rest": (*edits("applied", "applied", f"{READ}/completion-percentage = 99", '/strategy/state = "aborted"'), "read patch -> 200 build-failed\nread patch -> 200 ready"),
    "waiting_strategy_waits": (*edits("ready", "ready", f"{READ}/inprogress = true"), "read patch -> 200 paused 1\nread patch -> 200 running 1 1 to=2"),
    "phase_succession": after("read patch -> 200 running 0 1", "read patch -> 200 applied", "read patch -> 200 ready", 'read patch -> 200 running 0 1 | /strategy/current-phase = "build"'),
    "lawful_delete_is_accepted": after("read patch -> 200 applied", "delete patch -> 204", "delete patch -> 409", 'delete patch {"force": false} -> 400', "force-delete patch -> 409"),
    "delete_refused_when_busy": after("begin still\nread patch -> 200 paused 1", "delete patch -> 409", "delete patch -> 204", 'delete patch {"force": false} -> 204', "delete patch -> 500"),
    "delete_leaves_nothing": after("read patch -> 200 ready\ndelete patch -> 204", "read patch -> 404", "read patch -> 200 ready", "apply-all patch -> 202 running 0 0", "delete patch -> 204"),
    "create_refused_while_one_exists": after("read patch -> 200 ready", "create patch -> 409", f"create patch -> 200 building 0 uuid={OLD}", "create patch -> 500", "create patch -> 404"),
    "singleton_across_kinds": after("read patch -> 200 ready", "create upgrade -> 409", f"create upgrade -> 200 building 0 uuid={OLD}", "create upgrade -> 500"),
    "other_kind_is_not_found": after("read patch -> 200 ready", "read upgrade -> 404", "read upgrade -> 200 ready", "apply-all upgrade -> 202 running 0 0", "delete upgrade -> 204"),
    "lawful_create_is_accepted": after("read patch -> 404\nread upgrade -> 404", "create patch -> 200 building 0", "create patch -> 400", "create upgrade -> 409", "create patch -> 500"),
    "refused_request_changes_nothing": (
        *after("read patch -> 200 ready\napply-stage 1 patch -> 409", "read patch -> 200 ready", "read patch -> 404", "read patch -> 200 running 1 0", f"read patch -> 200 ready uuid={OLD}"),
        "read patch -> 200 ready\ncreate upgrade -> 409\nread patch -> 404",
        "read patch -> 200 paused 1\ndelete patch -> 409\nread patch -> 404",
    ),
    "reads_change_nothing": (
        *edits("ready", "ready", '/strategy/state = "applied"'),
        "begin still\nread patch -> 200 running 0 1\nread patch -> 200 running 0 2",
    ),
    "abort_begins_aborting": after("read patch -> 200 running 0 2", "abort patch -> 202 aborting 0 2", "abort patch -> 202 running 0 2", "abort-stage 0 patch -> 202 applied"),
    "new_strategy_has_empty_phases": ("create patch -> 200 building 0", "create patch -> 200 ready", 'create patch -> 200 building 0 | /strategy/abort-phase/result = "success"'),
    "stop_at_stage_follows_request": ("apply-stage 0 patch -> 202 running 0 0 to=1", "apply-stage 0 patch -> 202 running 0 0", "apply-all patch -> 202 running 0 0 to=1"),
}  # fmt: skip

ROOM = f"GET / -> 401\nGET / X-Auth-Token=*** -> 200 {DOCUMENTS['getRoot']}"
READING = "read patch X-Auth-Token=***"
READERS = "X-Auth-Token=***reader***"
KEPT = f"{READING} -> 404\n{READING.replace('patch', 'upgrade')} -> 404\ncreate patch {READERS} -> 403\ncreate patch X-Auth-Token=*** -> 200 building 0"
HISTORIES |= {
    "refused_caller_changes_nothing": (
        f"{READING} -> 404\ncreate patch -> 401\n{READING} -> 404",
        f"{READING} -> 404\ncreate patch -> 401\n{READING} -> 200 building 0",
        f"{READING} -> 200 ready\ndelete patch -> 403\n{READING} -> 404",
        f"{READING} -> 200 ready\napply-all patch -> 401\n{READING} -> 200 running 0 0",
    ),
    "good_token_is_known_everywhere": (
        f"{ROOM}\n{READING} -> 404\n{READING} -> 200 ready",
        f"{ROOM}\n{READING} -> 401\nGET / X-Auth-Token=*** -> 200 {DOCUMENTS['getRoot']}",
    ),
    "reader_is_kept_from_every_change": (
        *after(
            f"{KEPT}\n{READING} -> 200 ready",
            f"read patch {READERS} -> 200 ready",
            f"delete patch {READERS} -> 204",
            f"apply-all patch {READERS} -> 202 running 0 0",
        ),
        f"{READING} -> 200 running 0 0\nabort patch {READERS} -> 202 aborting 0 0\n{READING} -> 404\n{KEPT}\nread patch {READERS} -> 200 ready",
    ),
    "reader_is_shown_every_strategy": after(
        f"read patch {READERS} -> 200 ready",
        f"read patch {READERS} -> 200 ready",
        f"read upgrade {READERS} -> 403\nread patch {READERS} -> 200 ready",
        f"read patch {READERS} -> 401\nread patch {READERS} -> 200 ready",
    ),
}


NOBODYS = "X-Auth-Token=vimgate-token-of-nobody"
OURS = "X-Auth-Token=***"


def of_role_let_in(caller, operations):
    token = f"OIDC-Token=***{caller}***" if caller == "oidc" else f"X-Auth-Token=***{caller}***"
    known = f"GET / {OURS} -> 200 {DOCUMENTS['getRoot']}"
    if any(each.startswith("create") for each in operations):
        asked = f'POST /api/orchestration/sw-upgrade/strategy {{"worker-apply-type":"serial"}} {token}'
        return after(known, f"{asked} -> 200 text:{{}}", f"{asked} -> 403")
    return after(known, f"read upgrade {token} -> 404", f"read upgrade {token} -> 403")


def of_role_kept_out(caller, operations):
    token = f"X-Auth-Token=***{caller}***"
    if "getRoot" in operations:
        known = f"GET / {token} -> 403"
        return after(known, f"GET /api {token} -> 403", f"GET /api {token} -> 200 {DOCUMENTS['getApi']}")
    if "getCurrentStrategyStrategy" in operations:
        asked = f"GET /api/orchestration/current-strategy/strategy {token}"
        return after(f"delete upgrade {token} -> 403", f"{asked} -> 403", f"{asked} -> 200 text:{{}}")
    return after(f"delete upgrade {token} -> 403", f"read upgrade {token} -> 403", f"read upgrade {token} -> 200 ready")


def of_strangers(caller, operations):
    token = {"nameless": "X-Auth-Token=", "unknown": NOBODYS, "expired": "X-Auth-Token=***expired***"}[caller]
    known = f"GET / {OURS} -> 200 {DOCUMENTS['getRoot']}"
    if "getRoot" in operations:
        return after(
            f"{known}\nGET / -> 401", f"GET /api {token} -> 403", f"GET /api {token} -> 200 {DOCUMENTS['getApi']}"
        )
    return after(
        f"{known}\nread patch -> 401",
        f"read upgrade {token} -> 401",
        f"read upgrade {token} -> 404",
        f"delete patch {token} -> 204",
        f"abort upgrade {token} -> 409",
        f"create patch {token} -> 500",
    )


# --- a strategy beside its prediction

BUILT = "expect patch ready\nread patch -> 200 ready"
STAGE = f"{READ}/stages/2"


def predicted(*edits, name="patch", moment="ready", before=""):
    """The document that is predicted passes; edited, as it comes, it does not. `before` edits both."""
    expected = f"expect {name} {moment}" + (f" | {before}" if before else "")
    seen = f"{expected}\nread {name[:7].split()[0]} -> 200 {moment}"
    first = f"{seen} | {before}" if before else seen
    return first, *(f"{seen} | {before} ; {edit}" if before else f"{seen} | {edit}" for edit in edits)


def of_build_end(kind):
    failed = f"expect {kind[3:]} build-failed\nread {kind[3:]} -> 200 build-failed"
    other = '/strategy/build-phase/reason = "active alarms present"'
    return failed, f"{failed} | {other}", f"expect {kind[3:]} build-failed\nread {kind[3:]} -> 200 ready"


def of_grouping(stage):
    """The first stage of a plan, under that name: its host changes, or it is gone."""
    kind = "upgrade" if "upgrade" in stage else "patch"
    work = 2 if kind == "upgrade" else 3
    named = f'{READ}/stages/0/stage-name = "{stage}"'
    return predicted(
        f'{READ}/stages/0/steps/{work}/entity-names = ["other"]', f"{READ}/stages/0 -", name=kind, before=named
    )


def of_steps(stages):
    kind = "upgrade" if "upgrade" in stages[0] else "patch"
    named = f'{READ}/stages/0/stage-name = "{stages[0]}"'
    other = f'{READ}/stages/0/steps/1/step-name = "reboot-hosts"'
    return predicted(
        other, f"{READ}/stages/0/steps/1 -", f'{READ}/stages/0/steps/1/entity-names = ["x"]', name=kind, before=named
    )


def of_down(name, *hosts):
    """A stage of that name that locks the first of the hosts passes; one that locks all of them does not."""
    lock = f'{STAGE}/stage-name = "{name}" ; {STAGE}/steps/1/entity-names = '
    seen = "expect patch ready\nread patch -> 200 ready | "
    return f"{seen}{lock}{json.dumps(hosts[:1])}", f"{seen}{lock}{json.dumps(hosts)}"


AIO = "expect patch ready world=aio\nread patch -> 200 ready"
PARALLEL = '/strategy/worker-apply-type = "parallel" ; '
PREDICTED = {
    "strategy_is_the_predicted_one": predicted(
        f"{STAGE} -", f"{STAGE}/timeout + 1", '/strategy/state = "build-failed"', '/strategy/build-phase/result = "failed"',
        "/strategy/max-parallel-worker-hosts = 7",
    ),
    "timeouts_are_the_predicted_ones": predicted(f"{STAGE}/steps/1/timeout + 1", "/strategy/build-phase/stages/0/steps/0/timeout = 61"),
    "all_in_one_stages_are_the_predicted_ones": (
        AIO, f"{AIO} | {READ}/stages/1/steps/1 -", f'{AIO} | {READ}/stages/0/steps/3/entity-names = ["controller-0", "controller-1"]',
    ),
    "apply_ends_as_predicted": predicted(
        f"{READ}/current-stage = 2", f'{READ}/reason = "x"', f'{STAGE}/result = "aborted"', moment="applied"
    ),
    "anti_affinity_is_kept": of_down("sw-patch-worker-hosts", "compute-0", "compute-1"),
    "replicas_stay_up": of_down("sw-patch-storage-hosts", "storage-0", "storage-1"),
    "aggregates_stay_up": tuple(
        each.replace("200 ready | ", f"200 ready | {PARALLEL}") for each in of_down("sw-patch-worker-hosts", "compute-2", "compute-3")
    ),
    "swacts_are_of_controllers": (BUILT, f'{BUILT} | {READ}/stages/0/steps/1/entity-names = ["compute-0"]'),
}  # fmt: skip


def of_which(operation):
    del operation  # there is one
    asked = "GET /api/orchestration/current-strategy/strategy -> 200 json:"
    there = "read upgrade -> 200 ready"
    return (
        f'{there}\n{asked}{{"strategy": {{"name": "sw-upgrade", "state": "ready-to-apply"}}}}',
        f'{there}\n{asked}{{"strategy": null}}',
        f'{there}\n{asked}{{"strategy": {{"name": "sw-upgrade", "state": "building"}}}}',
    )


RECIPES = {
    "current_strategy_is_true": of_which,
    "role_is_let_in": of_role_let_in,
    "role_is_kept_out": of_role_kept_out,
    "stranger_is_turned_away": of_strangers,
    "ended_token_opens_nothing": lambda operations: of_strangers("expired", operations),
    "operation_succeeds": of_succeeding,
    "name_is_the_kind": of_name,
    "no_content_is_empty": of_no_content,
    "documented_method_is_offered": of_offered,
    "success_status_is_documented_one": of_status,
    "error_code_keeps_its_meaning": of_error_code,
    "status_is_listed": of_listed,
    "no_server_error": of_server_error,
    "plain_read_succeeds": of_plain_read,
    "undocumented_method_is_refused": of_other_method,
    "answer_is_json": of_json,
    "document_matches_schema": of_document,
    "member_has_value": of_member_value,
    "links_are_listed": of_links,
    "links_stay_on_host": of_host,
    "links_can_be_followed": of_following,
    "version_is_listed": of_version,
    "absent_strategy_is_not_found": of_absent,
    "existing_strategy_is_shown": of_existing,
    "parameter_is_echoed": of_echo,
    "body_is_not_demanded": of_bodiless,
    "malformed_body_is_refused": of_malformed,
    "mandatory_member_is_demanded": of_mandatory,
    "wrong_type_is_refused": of_type,
    "listed_value_is_accepted": of_listed_value,
    "unlisted_value_is_refused": of_unlisted,
    "optional_member_may_be_left_out": of_optional,
    "default_is_applied": of_default,
    "parallel_limit_is_kept": of_width,
    "unknown_member_is_refused": of_unknown,
    "wrong_media_type_is_refused": of_media_type,
    "example_body_is_accepted": of_example,
    "create_begins_building": of_create,
    "stage_id_text_is_digits": of_digits,
    "apply_begins_applying": of_apply,
    "results_use_known_words": of_result_words,
    "results_combine": of_combination,
    "result_succession": of_result_succession,
    "lawful_apply_is_accepted": of_lawful,
    "lawful_abort_is_accepted": of_lawful,
    "apply_refused_when_not_lawful": of_unlawful,
    "abort_refused_when_not_lawful": of_unlawful,
    "build_phase_shape": of_build,
    "stages_in_lawful_order": of_stage_order,
    "build_ends_as_predicted": of_build_end,
    "hosts_share_stages_as_predicted": of_grouping,
    "steps_are_the_predicted_ones": of_steps,
    "controllers_are_swacted_before_they_are_locked": of_swact,
}


def playbooks(check, parameters):
    """The good playbook and the bad ones of a check with these parameters; a check without a bad one was never seen failing."""
    found = RECIPES[check](**parameters) if check in RECIPES else (ONE_DOCUMENT | HISTORIES | PREDICTED)[check]
    assert len(found) > 1, f"{check} has no playbook that it finds fault with"
    return found
