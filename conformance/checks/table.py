"""CHECKS: which function decides which requirement; parameters, strength and level are in the ledger."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from conformance.checks import (
    actions,
    callers,
    concurrent,
    dates,
    documents,
    echo,
    indices,
    links,
    media,
    methods,
    oracle,
    order,
    percentages,
    plans,
    presence,
    requests,
    results,
    stages,
    states,
    status,
    succession,
    timeouts,
    undo,
    words,
)
from conformance.checks.context import Check, Function, Looks, Scope, Where
from conformance.known import Role
from spec.kinds import made_of

# fmt: off
# Exchanges of the operations that a requirement names; `ASKED` and `NEARBY`: of a poll, the question alone decides.
OPERATION = Where(Scope.OPERATION)
ASKED     = Where(Scope.OPERATION, looks=Looks.ASKED)
NEARBY    = Where(Scope.NEARBY,    looks=Looks.ASKED)
ANYWHERE  = Where(Scope.ANYWHERE,  looks=Looks.ASKED)

# Requests for strategies, and what was known before; `GONE`: of a poll, the question alone decides.
HISTORY = Where(Scope.HISTORY)
CREATE  = Where(Scope.HISTORY, frozenset({Role.CREATE}))
READ    = Where(Scope.HISTORY, frozenset({Role.READ}))
DELETE  = Where(Scope.HISTORY, frozenset({Role.DELETE}))
ACT     = Where(Scope.HISTORY, frozenset({Role.ACT}))
SHOWN   = Where(Scope.HISTORY, frozenset({Role.READ, Role.ACT}))
GONE    = Where(Scope.HISTORY, frozenset({Role.READ, Role.ACT, Role.DELETE}), Looks.ASKED)

# One document; `PLAN`: what is planned, and nothing of its progress.
DOCUMENT = Where(Scope.DOCUMENT)
PLAN     = Where(Scope.DOCUMENT, looks=Looks.PLAN)

CONCURRENT = Where(Scope.CONCURRENT)
PREDICTION = Where(Scope.PREDICTION)
# fmt: on

_ROWS: Final[tuple[tuple[Function, Where, str], ...]] = (
    # --- status
    (
        status.success_status_is_documented_one,
        ASKED,
        (
            "VIM-ROOT-002 VIM-API-002 VIM-ORCH-002 VIM-PATCH-002 VIM-UPGRADE-002 VIM-PGET-002 VIM-PPOST-002 "
            "VIM-PDEL-002 VIM-PACT-002 VIM-UGET-002 VIM-UPOST-002 VIM-UDEL-002 VIM-UACT-002 VIM-CURRENT-002 "
            "VIM-CURRENT-013"
        ),
    ),
    (
        status.error_code_keeps_its_meaning,
        ASKED,
        (
            "VIM-ROOT-003 VIM-ROOT-004 VIM-ROOT-005 VIM-ROOT-006 VIM-ROOT-007 VIM-ROOT-008 VIM-ROOT-009 VIM-API-003 "
            "VIM-API-004 VIM-API-005 VIM-API-006 VIM-API-007 VIM-API-008 VIM-API-009 VIM-ORCH-003 VIM-ORCH-004 "
            "VIM-ORCH-005 VIM-ORCH-006 VIM-ORCH-007 VIM-ORCH-008 VIM-ORCH-009 VIM-PATCH-003 VIM-PATCH-004 "
            "VIM-PATCH-005 VIM-PATCH-006 VIM-PATCH-007 VIM-PATCH-008 VIM-PATCH-009 VIM-UPGRADE-003 VIM-UPGRADE-004 "
            "VIM-UPGRADE-005 VIM-UPGRADE-006 VIM-UPGRADE-007 VIM-UPGRADE-008 VIM-UPGRADE-009 VIM-PGET-003 "
            "VIM-PGET-004 VIM-PGET-005 VIM-PGET-006 VIM-PGET-007 VIM-PGET-008 VIM-PGET-009 VIM-PPOST-003 "
            "VIM-PPOST-004 VIM-PPOST-005 VIM-PPOST-006 VIM-PPOST-007 VIM-PPOST-008 VIM-PACT-003 VIM-PACT-004 "
            "VIM-PACT-005 VIM-PACT-006 VIM-PACT-007 VIM-PACT-008 VIM-UGET-003 VIM-UGET-004 VIM-UGET-005 VIM-UGET-006 "
            "VIM-UGET-007 VIM-UGET-008 VIM-UGET-009 VIM-UPOST-003 VIM-UPOST-004 VIM-UPOST-005 VIM-UPOST-006 "
            "VIM-UPOST-007 VIM-UPOST-008 VIM-UACT-003 VIM-UACT-004 VIM-UACT-005 VIM-UACT-006 VIM-UACT-007 "
            "VIM-UACT-008"
        ),
    ),
    (
        status.status_is_listed,
        ASKED,
        (
            "VIM-ROOT-010 VIM-API-010 VIM-ORCH-010 VIM-PATCH-010 VIM-UPGRADE-010 VIM-PGET-010 VIM-PPOST-009 "
            "VIM-PDEL-003 VIM-PACT-009 VIM-UGET-010 VIM-UPOST-009 VIM-UDEL-003 VIM-UACT-009 VIM-CURRENT-003 "
            "VIM-CURRENT-014"
        ),
    ),
    (
        status.no_server_error,
        NEARBY,
        (
            "VIM-ROOT-011 VIM-API-011 VIM-ORCH-011 VIM-PATCH-011 VIM-UPGRADE-011 VIM-PGET-011 VIM-PPOST-010 "
            "VIM-PDEL-004 VIM-PACT-010 VIM-UGET-011 VIM-UPOST-010 VIM-UDEL-004 VIM-UACT-010 VIM-CURRENT-004 "
            "VIM-CURRENT-015"
        ),
    ),
    # --- methods
    (methods.operation_succeeds, ASKED, "VIM-GEN-002 VIM-GEN-004"),
    (
        methods.documented_method_is_offered,
        ASKED,
        (
            "VIM-ROOT-001 VIM-API-001 VIM-ORCH-001 VIM-PATCH-001 VIM-UPGRADE-001 VIM-PGET-001 VIM-PPOST-001 "
            "VIM-PDEL-001 VIM-PACT-001 VIM-UGET-001 VIM-UPOST-001 VIM-UDEL-001 VIM-UACT-001 VIM-CURRENT-001 "
            "VIM-CURRENT-012"
        ),
    ),
    (
        methods.plain_read_succeeds,
        OPERATION,
        ("VIM-ROOT-012 VIM-API-012 VIM-ORCH-012 VIM-PATCH-012 VIM-UPGRADE-012 VIM-CURRENT-005 VIM-CURRENT-016"),
    ),
    (
        methods.undocumented_method_is_refused,
        NEARBY,
        (
            "VIM-ROOT-013 VIM-API-013 VIM-ORCH-013 VIM-PATCH-013 VIM-UPGRADE-013 VIM-PGET-015 VIM-PACT-011 "
            "VIM-UGET-015 VIM-UACT-011 VIM-CURRENT-006 VIM-CURRENT-017"
        ),
    ),
    (methods.body_is_not_demanded, ASKED, "VIM-PGET-016 VIM-PDEL-005 VIM-UGET-016 VIM-UDEL-005"),
    # --- media
    (media.no_content_is_empty, OPERATION, "VIM-GEN-019 VIM-PDEL-006 VIM-UDEL-006"),
    (
        media.answer_is_json,
        ASKED,
        (
            "VIM-ROOT-015 VIM-API-015 VIM-ORCH-015 VIM-PATCH-015 VIM-UPGRADE-015 VIM-PGET-017 VIM-PPOST-052 "
            "VIM-PACT-026 VIM-UGET-017 VIM-UPOST-037 VIM-UACT-026 VIM-CURRENT-007 VIM-CURRENT-018"
        ),
    ),
    (media.wrong_media_type_is_refused, OPERATION, "VIM-PPOST-050 VIM-PACT-023 VIM-UPOST-035 VIM-UACT-023"),
    # --- documents
    (documents.name_is_the_kind, HISTORY, "VIM-GEN-015"),
    (
        documents.document_matches_schema,
        OPERATION,
        (
            "VIM-ROOT-016 VIM-API-016 VIM-ORCH-016 VIM-PATCH-016 VIM-UPGRADE-016 VIM-PGET-018 VIM-PGET-019 "
            "VIM-PGET-020 VIM-PGET-021 VIM-PGET-022 VIM-PPOST-053 VIM-PPOST-054 VIM-PPOST-055 VIM-PPOST-056 "
            "VIM-PPOST-057 VIM-PACT-027 VIM-PACT-028 VIM-PACT-029 VIM-PACT-030 VIM-PACT-031 VIM-UGET-018 "
            "VIM-UGET-019 VIM-UGET-020 VIM-UGET-021 VIM-UGET-022 VIM-UPOST-038 VIM-UPOST-039 VIM-UPOST-040 "
            "VIM-UPOST-041 VIM-UPOST-042 VIM-UACT-027 VIM-UACT-028 VIM-UACT-029 VIM-UACT-030 VIM-UACT-031 "
            "VIM-CURRENT-008 VIM-CURRENT-019"
        ),
    ),
    (
        documents.member_has_value,
        OPERATION,
        (
            "VIM-ROOT-017 VIM-ORCH-017 VIM-PATCH-017 VIM-UPGRADE-017 VIM-UGET-023 VIM-UPOST-043 VIM-UACT-032 "
            "VIM-CURRENT-009"
        ),
    ),
    (documents.version_is_listed, OPERATION, "VIM-API-017"),
    (documents.upgrade_constants_are_shown, PLAN, "VIM-LIFE-004"),
    # --- requests
    (requests.malformed_body_is_refused, OPERATION, "VIM-PPOST-011 VIM-PACT-012 VIM-UPOST-011 VIM-UACT-012"),
    (
        requests.mandatory_member_is_demanded,
        OPERATION,
        (
            "VIM-PPOST-012 VIM-PPOST-017 VIM-PPOST-022 VIM-PPOST-034 VIM-PPOST-039 VIM-PACT-013 VIM-PACT-020 "
            "VIM-UPOST-012 VIM-UPOST-017 VIM-UACT-013 VIM-UACT-020 VIM-FPOST-045 VIM-FPOST-050 VIM-KPOST-050 "
            "VIM-KPOST-055 VIM-RPOST-050 VIM-CPOST-045 VIM-CPOST-050 VIM-UPOST-045 VIM-UPOST-050 VIM-UPOST-055 "
            "VIM-UPOST-056 VIM-UPOST-057"
        ),
    ),
    (
        requests.wrong_type_is_refused,
        OPERATION,
        (
            "VIM-PPOST-013 VIM-PPOST-018 VIM-PPOST-023 VIM-PPOST-028 VIM-PPOST-035 VIM-PPOST-040 VIM-PPOST-045 "
            "VIM-PACT-014 VIM-PACT-018 VIM-UPOST-013 VIM-UPOST-018 VIM-UPOST-023 VIM-UPOST-030 VIM-UACT-014 "
            "VIM-UACT-018 VIM-FPOST-046 VIM-FPOST-051 VIM-KPOST-051 VIM-RPOST-051 VIM-CPOST-046 VIM-CPOST-051 "
            "VIM-UPOST-046 VIM-UPOST-051"
        ),
    ),
    (
        requests.listed_value_is_accepted,
        OPERATION,
        (
            "VIM-PPOST-014 VIM-PPOST-019 VIM-PPOST-024 VIM-PPOST-029 VIM-PPOST-036 VIM-PPOST-041 VIM-PPOST-046 "
            "VIM-PACT-015 VIM-UPOST-014 VIM-UPOST-019 VIM-UPOST-024 VIM-UPOST-031 VIM-UACT-015 VIM-FPOST-047 "
            "VIM-FPOST-052 VIM-KPOST-052 VIM-RPOST-052 VIM-CPOST-047 VIM-CPOST-052 VIM-UPOST-047 VIM-UPOST-052 "
            "VIM-KPOST-061 VIM-RPOST-061"
        ),
    ),
    (
        requests.unlisted_value_is_refused,
        OPERATION,
        (
            "VIM-PPOST-015 VIM-PPOST-020 VIM-PPOST-025 VIM-PPOST-037 VIM-PPOST-042 VIM-PPOST-047 VIM-PACT-016 "
            "VIM-UPOST-015 VIM-UPOST-020 VIM-UPOST-032 VIM-UACT-016 VIM-FPOST-048 VIM-FPOST-053 VIM-KPOST-053 "
            "VIM-RPOST-053 VIM-CPOST-048 VIM-CPOST-053 VIM-UPOST-048 VIM-UPOST-053 VIM-KPOST-062 VIM-RPOST-062 "
            "VIM-RPOST-064"
        ),
    ),
    (
        requests.optional_member_may_be_left_out,
        OPERATION,
        (
            "VIM-PPOST-027 VIM-PPOST-044 VIM-PPOST-059 VIM-PACT-017 VIM-UPOST-022 VIM-UPOST-029 VIM-UACT-017 "
            "VIM-RPOST-055 VIM-RPOST-056 VIM-RPOST-057 VIM-UPOST-058 VIM-UPOST-059 VIM-UPOST-060 VIM-UPOST-061 "
            "VIM-UPOST-062 VIM-KPOST-060 VIM-RPOST-060 VIM-RPOST-063"
        ),
    ),
    (requests.unknown_member_is_refused, OPERATION, "VIM-PPOST-049 VIM-PACT-022 VIM-UPOST-034 VIM-UACT-022"),
    (requests.example_body_is_accepted, OPERATION, "VIM-PPOST-051 VIM-PACT-024 VIM-UPOST-036 VIM-UACT-024"),
    (requests.stage_id_text_is_digits, OPERATION, "VIM-PACT-019 VIM-UACT-019"),
    # --- links
    (
        links.links_are_listed,
        OPERATION,
        ("VIM-ROOT-018 VIM-API-018 VIM-ORCH-018 VIM-PATCH-018 VIM-UPGRADE-018 VIM-CURRENT-010"),
    ),
    (
        links.links_stay_on_host,
        OPERATION,
        ("VIM-ROOT-019 VIM-API-019 VIM-ORCH-019 VIM-PATCH-019 VIM-UPGRADE-019 VIM-CURRENT-011"),
    ),
    (links.links_can_be_followed, ANYWHERE, "VIM-ROOT-020 VIM-API-020 VIM-ORCH-020 VIM-PATCH-020 VIM-UPGRADE-020"),
    # --- echo
    (
        echo.parameter_is_echoed,
        OPERATION,
        (
            "VIM-PGET-014 VIM-PPOST-016 VIM-PPOST-021 VIM-PPOST-026 VIM-PPOST-031 VIM-PPOST-038 VIM-PPOST-043 "
            "VIM-PPOST-048 VIM-UGET-014 VIM-UPOST-016 VIM-UPOST-021 VIM-UPOST-026 VIM-UPOST-033 VIM-FPOST-049 "
            "VIM-FPOST-054 VIM-KPOST-054 VIM-RPOST-054 VIM-CPOST-049 VIM-CPOST-054 VIM-UPOST-049 VIM-UPOST-054"
        ),
    ),
    (echo.default_is_applied, OPERATION, "VIM-PPOST-032 VIM-PPOST-060 VIM-UPOST-027"),
    # --- presence
    (
        presence.absent_strategy_is_not_found,
        ASKED,
        "VIM-PGET-012 VIM-PDEL-007 VIM-PACT-025 VIM-UGET-012 VIM-UDEL-007 VIM-UACT-025",
    ),
    (presence.existing_strategy_is_shown, ASKED, "VIM-PGET-013 VIM-UGET-013"),
    (presence.current_strategy_is_true, OPERATION, "VIM-CURRENT-020"),
    (presence.uuid_is_new, CREATE, "VIM-LIFE-002"),
    (presence.lawful_delete_is_accepted, DELETE, "VIM-LIFE-077"),
    (presence.delete_refused_when_busy, DELETE, "VIM-LIFE-078"),
    (presence.delete_leaves_nothing, GONE, "VIM-LIFE-080"),
    (presence.create_refused_while_one_exists, CREATE, "VIM-LIFE-081"),
    (presence.singleton_across_kinds, CREATE, "VIM-LIFE-082"),
    (presence.other_kind_is_not_found, GONE, "VIM-LIFE-083"),
    (presence.lawful_create_is_accepted, CREATE, "VIM-LIFE-084"),
    (presence.refused_request_changes_nothing, READ, "VIM-LIFE-085"),
    (presence.reads_change_nothing, READ, "VIM-LIFE-086"),
    # --- actions
    (actions.lawful_apply_is_accepted, ACT, "VIM-LIFE-054 VIM-LIFE-055 VIM-LIFE-056 VIM-LIFE-057"),
    (
        actions.apply_refused_when_not_lawful,
        ACT,
        (
            "VIM-LIFE-058 VIM-LIFE-059 VIM-LIFE-060 VIM-LIFE-061 VIM-LIFE-062 VIM-LIFE-063 VIM-LIFE-064 VIM-LIFE-065 "
            "VIM-LIFE-066"
        ),
    ),
    (actions.lawful_abort_is_accepted, ACT, "VIM-LIFE-067 VIM-LIFE-068 VIM-LIFE-069"),
    (
        actions.abort_refused_when_not_lawful,
        ACT,
        "VIM-LIFE-070 VIM-LIFE-071 VIM-LIFE-072 VIM-LIFE-073 VIM-LIFE-074 VIM-LIFE-075 VIM-LIFE-076",
    ),
    # --- callers
    (callers.stranger_is_turned_away, ASKED, "VIM-AUTH-001 VIM-AUTH-002 VIM-AUTH-003"),
    (callers.refused_caller_changes_nothing, READ, "VIM-AUTH-004"),
    (callers.good_token_is_known_everywhere, ANYWHERE, "VIM-AUTH-005"),
    (callers.ended_token_opens_nothing, ASKED, "VIM-AUTH-006"),
    (callers.reader_is_kept_from_every_change, HISTORY, "VIM-AUTH-007"),
    (callers.reader_is_shown_every_strategy, READ, "VIM-AUTH-008"),
    (callers.role_is_kept_out, ASKED, "VIM-AUTH-009 VIM-AUTH-010 VIM-AUTH-012 VIM-AUTH-016"),
    (callers.role_is_let_in, ASKED, "VIM-AUTH-011 VIM-AUTH-013 VIM-AUTH-014 VIM-AUTH-015 VIM-AUTH-017"),
    # --- states
    (states.create_begins_building, OPERATION, "VIM-PPOST-058 VIM-UPOST-044"),
    (states.apply_begins_applying, OPERATION, "VIM-PACT-032 VIM-UACT-033"),
    (states.new_strategy_has_empty_phases, CREATE, "VIM-LIFE-043"),
    (states.ready_strategy_has_stages, DOCUMENT, "VIM-LIFE-044"),
    (states.state_fits_phase, DOCUMENT, "VIM-LIFE-045"),
    (states.abort_begins_aborting, ACT, "VIM-LIFE-087"),
    (states.failed_apply_aborts, DOCUMENT, "VIM-LIFE-088"),
    # --- succession
    (succession.uuid_is_stable, SHOWN, "VIM-LIFE-001"),
    (succession.parameters_never_change, SHOWN, "VIM-LIFE-003"),
    (succession.progress_never_goes_back, SHOWN, "VIM-LIFE-025"),
    (succession.phase_timeout_never_changes_in_a_run, SHOWN, "VIM-LIFE-030"),
    (succession.dates_never_change, SHOWN, "VIM-LIFE-039"),
    (succession.state_succession, SHOWN, "VIM-LIFE-047"),
    (succession.terminal_states_rest, SHOWN, "VIM-LIFE-048"),
    (succession.phase_succession, SHOWN, "VIM-LIFE-049"),
    (succession.plan_never_changes, SHOWN, "VIM-LIFE-050"),
    (succession.result_succession, SHOWN, "VIM-LIFE-051 VIM-LIFE-052 VIM-LIFE-053"),
    (succession.waiting_strategy_waits, READ, "VIM-LIFE-125"),
    # --- words
    (words.current_phase_is_visible, DOCUMENT, "VIM-LIFE-005"),
    (words.phase_names_are_fixed, PLAN, "VIM-LIFE-007"),
    (words.stage_names_are_known, PLAN, "VIM-LIFE-018"),
    (words.step_names_are_known, PLAN, "VIM-LIFE-019"),
    (words.entity_type_fits_step, PLAN, "VIM-LIFE-020"),
    (words.entities_are_parallel_lists, PLAN, "VIM-LIFE-021"),
    (words.results_use_known_words, DOCUMENT, "VIM-LIFE-032 VIM-LIFE-033 VIM-LIFE-034"),
    (words.state_is_visible, DOCUMENT, "VIM-LIFE-046"),
    # --- indices
    (indices.totals_are_counts, DOCUMENT, "VIM-LIFE-008"),
    (indices.current_indices_in_range, DOCUMENT, "VIM-LIFE-009"),
    (indices.stop_at_stage_in_range, DOCUMENT, "VIM-LIFE-010"),
    (indices.indices_end_past_the_end, DOCUMENT, "VIM-LIFE-012"),
    (indices.stages_beyond_stop_are_untouched, DOCUMENT, "VIM-LIFE-015"),
    (indices.stop_at_stage_follows_request, ACT, "VIM-LIFE-016"),
    (indices.ids_are_positions, PLAN, "VIM-LIFE-017"),
    # --- percentages
    (percentages.strategy_percentage_is_current_phase, DOCUMENT, "VIM-LIFE-006"),
    (percentages.percentage_of_idle_phase_is_100, DOCUMENT, "VIM-LIFE-023"),
    (percentages.percentage_is_floor_of_done_steps, DOCUMENT, "VIM-LIFE-024"),
    # --- timeouts
    (timeouts.stage_timeout_is_sum, PLAN, "VIM-LIFE-027"),
    (timeouts.phase_timeout_is_sum, DOCUMENT, "VIM-LIFE-028"),
    (timeouts.phase_timeout_is_zero_before_start, DOCUMENT, "VIM-LIFE-029"),
    (timeouts.nothing_outlives_its_timeout, HISTORY, "VIM-LIFE-127"),
    # --- dates
    (dates.dates_are_formatted, DOCUMENT, "VIM-LIFE-037"),
    (dates.dates_are_ordered, DOCUMENT, "VIM-LIFE-038"),
    (dates.idle_children_have_no_dates, DOCUMENT, "VIM-LIFE-040"),
    (dates.running_children_have_start_dates, DOCUMENT, "VIM-LIFE-041"),
    (dates.finished_children_have_end_dates, DOCUMENT, "VIM-LIFE-042"),
    # --- results
    (results.reason_only_after_failure, DOCUMENT, "VIM-LIFE-022"),
    (results.results_combine, DOCUMENT, "VIM-LIFE-092 VIM-LIFE-093"),
    (results.nothing_runs_after_failure, DOCUMENT, "VIM-LIFE-094"),
    (results.empty_phase_succeeds, DOCUMENT, "VIM-LIFE-095"),
    # --- order
    (order.children_run_in_order, DOCUMENT, "VIM-LIFE-011"),
    (order.one_child_runs_at_a_time, DOCUMENT, "VIM-LIFE-013"),
    (order.phases_run_in_order, DOCUMENT, "VIM-LIFE-014"),
    # --- undo
    (undo.abort_undoes_in_reverse, DOCUMENT, "VIM-LIFE-098"),
    (undo.abort_stage_keeps_name, DOCUMENT, "VIM-LIFE-099"),
    (undo.abort_waits_for_running_step, DOCUMENT, "VIM-LIFE-100"),
    (undo.nothing_begins_after_abort, READ, "VIM-LIFE-145"),
    (undo.abort_has_a_cause, SHOWN, "VIM-LIFE-146"),
    # --- plans
    (plans.parallel_limit_is_kept, PLAN, "VIM-PPOST-033 VIM-UPOST-028"),
    (plans.build_phase_shape, PLAN, "VIM-LIFE-101 VIM-LIFE-102"),
    (plans.stages_in_lawful_order, PLAN, "VIM-LIFE-104 VIM-LIFE-120"),
    (plans.each_host_is_worked_on_once, PLAN, "VIM-LIFE-105"),
    (plans.query_alarms_comes_first, PLAN, "VIM-LIFE-106"),
    (plans.steps_in_lawful_order, PLAN, "VIM-LIFE-107"),
    (plans.what_is_taken_is_given_back, PLAN, "VIM-LIFE-108"),
    (plans.stage_works_on_its_own_hosts, PLAN, "VIM-LIFE-109"),
    (plans.serial_stages_have_one_host, PLAN, "VIM-LIFE-111"),
    (plans.ignored_hosts_have_no_stage, PLAN, "VIM-LIFE-112"),
    (plans.instance_action_is_kept, PLAN, "VIM-LIFE-117"),
    # --- concurrent
    (concurrent.one_strategy_at_a_time, CONCURRENT, "VIM-LIFE-140"),
    (concurrent.concurrent_calls_have_an_order, CONCURRENT, "VIM-LIFE-141"),
    (concurrent.reads_never_show_the_past, CONCURRENT, "VIM-LIFE-142"),
    # --- stages
    (stages.every_stage_does_its_work, PLAN, "VIM-LIFE-136"),
    (stages.upgraded_hosts_are_out_of_service, PLAN, "VIM-LIFE-137"),
    (stages.controllers_are_swacted_before_they_are_locked, PLAN, "VIM-LIFE-138"),
    (stages.only_own_hosts_are_prepared, PLAN, "VIM-LIFE-139"),
    (stages.an_entity_has_one_uuid, PLAN, "VIM-LIFE-143"),
    (stages.failed_build_says_why, DOCUMENT, "VIM-LIFE-144"),
    # --- the oracle
    (oracle.timeouts_are_the_predicted_ones, PREDICTION, "VIM-LIFE-096"),
    (oracle.build_ends_as_predicted, PREDICTION, "VIM-LIFE-103 VIM-LIFE-119"),
    (
        oracle.hosts_share_stages_as_predicted,
        PREDICTION,
        ("VIM-LIFE-110 VIM-LIFE-113 VIM-LIFE-114 VIM-LIFE-115 VIM-LIFE-121 VIM-LIFE-122 VIM-LIFE-123"),
    ),
    (oracle.steps_are_the_predicted_ones, PREDICTION, "VIM-LIFE-116 VIM-LIFE-128 VIM-LIFE-129"),
    (oracle.all_in_one_stages_are_the_predicted_ones, PREDICTION, "VIM-LIFE-118"),
    (oracle.strategy_is_the_predicted_one, PREDICTION, "VIM-LIFE-130"),
    (oracle.apply_ends_as_predicted, PREDICTION, "VIM-LIFE-131"),
    (oracle.anti_affinity_is_kept, PREDICTION, "VIM-LIFE-132"),
    (oracle.replicas_stay_up, PREDICTION, "VIM-LIFE-133"),
    (oracle.aggregates_stay_up, PREDICTION, "VIM-LIFE-134"),
    (oracle.swacts_are_of_controllers, PREDICTION, "VIM-LIFE-135"),
)

_WRITTEN: Final = {
    requirement: Check(function, *where)
    for function, where, requirements in _ROWS
    for requirement in requirements.split()
}
CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    # What is demanded of a kind that came with a release is tested as what it was made of.
    {made: check for written, check in _WRITTEN.items() for made in made_of(written)} | _WRITTEN
)
