"""Takes from a matrix which test kills which mutant, and how many are killed: kills.json here, rate.json in the wheel.

    vimgate mutants kill --clean-seeds 20 --json matrix.json
    python tests/conformance/mutants/regenerate.py matrix.json

A matrix of some mutants replaces their rows alone; mutants that are no more lose theirs. The row of a mutant that is
missed is null. The rate is of one harness (version, contract, ledger): when that is another than before, or other clean
runs are wanted, only a matrix of all mutants will do.
"""

import json
import sys
from pathlib import Path

from reference_server.mutants import MUTANTS

TABLE = Path(__file__).with_name("kills.json")
RATE = Path(__file__).parents[3] / "vimgate" / "matrix" / "rate.json"
CLEAN = ("clean_runs", "false_alarms")


def row(mutant):
    """The first test that killed a mutant, and the requirement that failed in it: a promised one, if there is one."""
    ours = mutant["ours"]
    if not ours["tests"]:
        return None
    promised = [each for each in ours["by"] if each in mutant["breaks"]]
    return {"test": ours["tests"][0], "requirement": (promised or ours["by"])[0]}


def rate(matrix, kills, before):
    """The rate after a matrix: `kills` is the whole table, `before` the last rate. Raises ValueError when it says none.

    Every mutant counts, those as well that are argued equivalent. A clean run that could not be judged is none.
    """
    if "ledger" not in matrix:
        raise ValueError("the matrix does not say by which contract and ledger; make it anew")
    harness = {"version": matrix["versions"]["vimgate"], "contract": matrix["contract"], "ledger": matrix["ledger"]}
    whole = kills.keys() <= {mutant["name"] for mutant in matrix["mutants"]} and not matrix["not_run"]
    runs = [run for run in matrix["clean"] if not run["why"]]
    clean = {"clean_runs": len(runs), "false_alarms": sum(len(run["alarms"]) for run in runs)}
    if not whole:
        if any(before.get(name) != value for name, value in harness.items()):
            raise ValueError("the harness is another one than before, so a matrix of all mutants is needed")
        if clean["false_alarms"]:
            raise ValueError("the clean server was accused, so a matrix of all mutants is needed")
        clean = {name: before[name] for name in CLEAN}
    elif not runs:
        raise ValueError("there is no clean run in the matrix; ask for some with --clean-seeds")
    return harness | {"mutants": len(kills), "killed": sum(each is not None for each in kills.values())} | clean


def main():
    """Read the matrix, write the table, then the rate."""
    matrix = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    known = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
    new = known | {mutant["name"]: row(mutant) for mutant in matrix["mutants"]}
    kept = {name: new[name] for name in sorted(new) if name in MUTANTS}
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in kept.items())
    TABLE.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")
    try:
        told = rate(matrix, kept, json.loads(RATE.read_text(encoding="utf-8")))
    except ValueError as error:
        sys.exit(f"{RATE.name} stays as it was: {error}")
    RATE.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
