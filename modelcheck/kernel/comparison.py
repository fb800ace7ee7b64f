"""What comparing a model with a kernel answers: everything that a renderer needs."""

from __future__ import annotations

from dataclasses import dataclass

from modelcheck.kernel.btf import ByteOrder
from modelcheck.kernel.differences import Difference
from modelcheck.verdict import Condition


@dataclass(frozen=True)
class Candidate:
    """Settings of the model that have the same differences to the kernel; none at all if they fit.

    `abis` are the targets they are for. `shown` are the symbols that have one and the same value in all of these
    settings, though the model leaves it open: the layout gives them away. `hidden` are those of either value.
    """

    abis: tuple[str, ...]
    condition: Condition
    differences: tuple[Difference, ...]
    shown: tuple[tuple[str, bool], ...]
    hidden: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """A model against one kernel.

    `unit` is the model's name, `described` the kernel version it is about; `kernel` is the file that was compared with,
    `word` its size of a pointer in bytes. `abis` are the targets of the model that have this word size and byte order;
    if there are none, `structs` and `candidates` are empty. `structs` were compared, in this order. `candidates` are
    the settings that fit; if none does, those with the fewest differences. `reason` says the outcome in one or two
    sentences, `notes` what else a reader has to know.
    """

    unit: str
    described: str
    kernel: str
    word: int
    byte_order: ByteOrder
    abis: tuple[str, ...]
    structs: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    reason: str
    notes: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Does some admitted setting describe this kernel exactly?"""
        return any(not candidate.differences for candidate in self.candidates)

    @property
    def exit_status(self) -> int:
        """0 where the model fits, 5 (DRIFT) where it does not."""
        return 0 if self.fits else 5
