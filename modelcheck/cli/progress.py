"""What is going on, on standard error, while somebody watches."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from modelcheck.cli.jobs import Listener


@contextmanager
def progress(names: Sequence[str], *, wanted: bool) -> Iterator[Listener]:
    """A listener for `run_jobs` that keeps one line of the terminal up to date; silent where nobody watches."""
    if not wanted or not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True, highlight=False, emoji=False)
    done = 0
    running: dict[int, str] = {}
    with console.status("reading models") as status:

        def tell(index: int, text: str) -> None:
            nonlocal done
            if text:
                running[index] = text
            else:
                running.pop(index, None)
                done += 1
            now = "; ".join(f"{names[i]}: {what}" for i, what in sorted(running.items()))
            status.update(escape(f"{done} of {len(names)} done; {now}"[: max(20, console.width - 4)]))

        yield tell


def _silent(index: int, text: str) -> None:
    pass
