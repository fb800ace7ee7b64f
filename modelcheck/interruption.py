"""Signals that end the program, and work that must not be cut in two by them.

Python answers a signal between any two instructions: a process that was just started is then known to nobody and
writes on, and a folder that was just made is removed by nobody. A signal that is held comes where the block ends. Only
the thread that asks for it holds signals: there must be no other.
"""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """Ctrl-C where it was caught by this program.

    Of an exact `KeyboardInterrupt` that passed through code which was made at run time, as that of dataclasses is,
    Python remembers that nobody caught it, and in the end dies of the signal.
    """


@contextmanager
def held() -> Iterator[set[int]]:
    """Hold signals that end the program back until the block is left; gives those that were held before, for `mask`.

    Processes that are started in the block never get them: Ctrl-C reaches every process of a terminal, and whether
    they or this program ended first would be a matter of luck. Whoever starts one ends it.
    """
    before = _mask()
    with mask(before | {*ENDING}):
        yield before


@contextmanager
def mask(signals: Iterable[int]) -> Iterator[None]:
    """Hold back just these signals in the block."""
    before = _mask()
    try:
        # What was held back and is no longer is answered here: in the block, so that it is undone.
        signal.pthread_sigmask(signal.SIG_SETMASK, signals)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """A folder that is gone afterwards, also where a signal comes while it is made or removed."""
    with held() as before:
        folder = TemporaryDirectory(prefix=prefix)
        try:
            with mask(before):
                yield Path(folder.name)
        finally:
            folder.cleanup()


def _mask() -> set[int]:
    return {*signal.pthread_sigmask(signal.SIG_BLOCK, ())}
