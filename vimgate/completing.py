"""What a shell completes beside commands and options: ids, and names of what is shipped; for `shell_complete=...`.

Whoever presses Tab waits, so that each function imports what it needs when it is asked.
"""

from collections.abc import Iterable
from typing import Final

from click import Context, Parameter
from click.shell_completion import CompletionItem

COMPLETE_VARIABLE: Final = "_VIMGATE_COMPLETE"
"""The environment variable by which the script of a shell asks what may come next."""


def requirements(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001 - click's signature
    """The ids of requirements, in whatever case they are begun, each with its text: those of the release asked for."""
    from spec.load import PUBLISHED, load_ledger  # noqa: PLC0415

    rows = {each.id: each.text for each in load_ledger(context.params.get("release") or PUBLISHED).requirements}
    return _fitting(sorted(rows.items()), incomplete.upper())


def mutants(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001 - click's signature
    """The names of mutants, each with its defect."""
    from reference_server.mutants import MUTANTS  # noqa: PLC0415

    return _fitting(((each.name, each.defect) for each in MUTANTS.values()), incomplete)


def worlds(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001 - click's signature
    """The names of the worlds that are shipped, and the files that may stand in their place."""
    from reference_server.worlds import shipped  # noqa: PLC0415

    return _fitting(((name, "") for name in shipped.world_names()), incomplete) or [
        CompletionItem(incomplete, type="file")
    ]


def operations(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001 - click's signature
    """The operations of the contract, each with its method and path: those of the release asked for."""
    from spec.load import PUBLISHED, load_contract  # noqa: PLC0415

    contract = load_contract(context.params.get("release") or PUBLISHED)
    rows = ((each.operation_id, f"{each.method} {each.path}") for each in contract.operations)
    return _fitting(rows, incomplete)


def _fitting(rows: Iterable[tuple[str, str]], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name, help=text) for name, text in rows if name.startswith(incomplete)]
