"""Child processes with limits, and what they cost."""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """A finished process: CPU seconds (user and system, with its children), peak memory in MiB, what it said.

    `status` is the exit status, or minus the number of the signal that ended it.
    """

    status: int
    cpu: float
    memory: float
    output: str


def run(command: Sequence[str], folder: Path, *, cpu_limit: int, environment: Mapping[str, str] | None = None) -> Run:
    """Run a command in a folder for at most `cpu_limit` CPU seconds; `environment` is added to that of this process."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_limit, cpu_limit + 1))

    with tempfile.TemporaryFile() as output:
        # The child's own usage is asked for at its end, so that nothing else of this process is counted.
        child = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=limit,
            env={**os.environ, **(environment or {})},
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    return Run(child.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)
