"""One measured run in a process of its own: `python -m tests.benchmarks.one_run WHAT [NAME] [TABLES]`.

Prints a JSON object with the verdict, the number of states, and the CPU seconds of the search itself (`cpu`), without
starting the interpreter, importing modules and reading the model.
"""

from __future__ import annotations

import json
import sys
import time

READERS = 1


def engine(name: str, tables: int) -> dict[str, object]:
    """The project's engine; 0 tables: any number of them."""
    from modelcheck.engine import check
    from tests.benchmarks.subjects import CONSTANT, load, subject

    chosen = subject(name)
    loaded = load(chosen)
    fixed: dict[str, bool | int] = dict(loaded.symbols)
    if tables:
        fixed[CONSTANT] = tables
    start = time.process_time()
    (result,) = check(
        loaded.unit,
        lifecycles=("pte_fragment",),
        proposals=(chosen.proposal,) if chosen.proposal else (),
        fixed=fixed,
    )
    cpu = time.process_time() - start
    return {"verdict": result.verdict.value, "states": result.stats.abstract_states, "cpu": cpu}


def oracle(name: str, tables: int) -> dict[str, object]:
    """The explicit search of the tests, over individual tables."""
    from tests.benchmarks.subjects import load, subject
    from tests.oracle import explore

    loaded = load(subject(name))
    configuration = loaded.configuration
    start = time.process_time()
    outcome = explore(
        loaded.lifecycle, configuration, configuration.layout, tables, loaded.constants(tables), readers=READERS
    )
    cpu = time.process_time() - start
    verdict = "SAFE" if outcome.safe else "UNSAFE" if outcome.hazards else "more states than the limit"
    return {"verdict": verdict, "states": outcome.states, "cpu": cpu}


def deciding(name: str) -> dict[str, object]:
    """All life cycles of a file, or of the newest model of an architecture, as `check-arch NAME` decides them."""
    from modelcheck.engine import check
    from modelcheck.resolve import load_unit
    from tests.benchmarks.subjects import ROOT, newest

    unit = load_unit(ROOT / name if "/" in name else newest(name))
    start = time.process_time()
    results = check(unit)
    cpu = time.process_time() - start
    return {"verdict": ", ".join(result.verdict.value for result in results), "cpu": cpu}


def imports() -> dict[str, object]:
    """Only the libraries that the program stands on."""
    import lark
    import z3

    return {"verdict": f"{lark.__name__}, {z3.__name__}"}


def main() -> None:
    what, *rest = sys.argv[1:]
    match what:
        case "engine":
            answer = engine(rest[0], int(rest[1]))
        case "oracle":
            answer = oracle(rest[0], int(rest[1]))
        case "deciding":
            answer = deciding(rest[0])
        case "imports":
            answer = imports()
        case _:
            raise SystemExit(f"no such run: {what}")
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
