"""SPIN on a Promela model: generate the verifier, compile it, run it."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.cpu import run

MISSING = next((f"{tool} is not installed" for tool in ("spin", "gcc") if shutil.which(tool) is None), "")

_RULE = re.compile(r"\((\d{3})==0\)")
_STATES = re.compile(r"^\s*(\S+) states, stored", re.MULTILINE)


class SpinError(Exception):
    """SPIN or the compiler rejects the model."""


@dataclass(frozen=True)
class SpinAnswer:
    """What SPIN found.

    `verdict` is `SAFE`, `UNSAFE` or the limit that was hit; `rule` the hazard of the first error. `built` and
    `searched` are CPU seconds for generating and compiling the verifier, and of its run; `memory` is its peak in MiB.
    """

    verdict: str
    rule: str
    states: int
    built: float
    searched: float
    memory: float


def verify(
    model: str,
    folder: Path,
    *,
    optimise: bool = True,
    cpu_limit: int = 60,
    memory_limit: int = 1000,
    depth: int = 1_000_000,
) -> SpinAnswer:
    """Search all states of a model for the first violated assertion.

    Files are written into `folder`. The search ends after `cpu_limit` CPU seconds or `memory_limit` MiB of states, and
    looks at runs of at most `depth` steps. Raises SpinError if there is no verifier.
    """
    (folder / "model.pml").write_text(model)
    made = run(["spin", "-a", "model.pml"], folder, cpu_limit=cpu_limit)
    if made.status or "rror" in made.output:
        raise SpinError(made.output)
    # Safety properties only, states compressed by component: what SPIN's manual advises for such a model.
    options = ["-O2" if optimise else "-O0", "-DSAFETY", "-DCOLLAPSE", f"-DMEMLIM={memory_limit}"]
    compiled = run(["gcc", "-w", *options, "-o", "pan", "pan.c"], folder, cpu_limit=cpu_limit)
    if compiled.status:
        raise SpinError(compiled.output)
    # -E: a table that rests for ever is no error; -n: no list of what was not reached.
    found = run(["./pan", "-E", "-n", f"-m{depth}"], folder, cpu_limit=cpu_limit)
    states = _STATES.search(found.output)
    rule = _RULE.search(found.output) if "assertion violated" in found.output else None
    if "assertion violated" in found.output:
        verdict = "UNSAFE"
    elif found.status < 0:
        verdict = f"more than {cpu_limit} s"
    elif "max search depth too small" in found.output:
        verdict = f"deeper than {depth}"
    elif "errors: 0" in found.output and "out of memory" not in found.output:
        verdict = "SAFE"
    else:
        verdict = f"more than {memory_limit} MiB"
    return SpinAnswer(
        verdict,
        f"OV{rule.group(1)}" if rule else "",
        round(float(states.group(1))) if states else 0,
        made.cpu + compiled.cpu,
        found.cpu,
        found.memory,
    )
