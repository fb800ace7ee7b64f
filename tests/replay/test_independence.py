"""The interpreter checks the engine, so it may not lean on it."""

from __future__ import annotations

import subprocess
import sys


def test_replay_imports_nothing_of_the_engine_and_no_solver():
    listed = "import sys, modelcheck.replay; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=True).stdout.split()
    assert "modelcheck.replay" in loaded
    parts = {".".join(name.split(".")[:2]) for name in loaded}
    assert not parts & {"modelcheck.engine", "modelcheck.semantics", "modelcheck.solver", "z3", "cvc5"}
