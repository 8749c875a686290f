"""Takes from a matrix which test kills which mutant, and writes it to kills.json beside this file.

    vimgate mutants kill --json matrix.json
    python tests/conformance/mutants/regenerate.py matrix.json

A matrix of some mutants replaces their rows alone; mutants that are no more lose theirs. The row of a mutant that is
missed is null.
"""

import json
import sys
from pathlib import Path

from reference_server.mutants import MUTANTS

TABLE = Path(__file__).with_name("kills.json")


def row(mutant):
    """The first test that killed a mutant, and the requirement that failed in it: a promised one, if there is one."""
    ours = mutant["ours"]
    if not ours["tests"]:
        return None
    promised = [each for each in ours["by"] if each in mutant["breaks"]]
    return {"test": ours["tests"][0], "requirement": (promised or ours["by"])[0]}


def main():
    """Read the matrix, write the table."""
    matrix = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    known = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
    new = known | {mutant["name"]: row(mutant) for mutant in matrix["mutants"]}
    kept = {name: new[name] for name in sorted(new) if name in MUTANTS}
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in kept.items())
    TABLE.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
