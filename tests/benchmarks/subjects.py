"""What is measured: safe protocols for several tables on a page, each in one configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from modelcheck.configurations.space import Space
from modelcheck.layout.layouts import Layouts
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_unit
from tests.oracle.configurations import Configured

ROOT = Path(__file__).resolve().parents[2]
CONSTANT = "PTE_FRAG_NR"


@dataclass(frozen=True)
class Subject:
    """A life cycle: in a file, with a proposal from another file (or none), on a target, with symbols that are set.

    All symbols that these leave open are fixed, too, to `n` where that can be.
    """

    name: str
    title: str
    file: str
    proposal_file: str
    proposal: str
    abi: str
    symbols: tuple[str, ...]


SUBJECTS = (
    Subject(
        "last-dropper",
        "the last table of a page queues the page's rcu_head (litmus case)",
        "tests/litmus/last-fragment-queues-flag-before-drop.litmus",
        "",
        "",
        "lp64",
        (),
    ),
    # As it is, `pte_fragment` is UNSAFE at the exit of a process; a search would stop there.
    Subject(
        "powerpc",
        "pte_fragment of PowerPC in Linux 7.2 with its exit path remedied",
        "archs/7.2/powerpc.arch",
        "archs/proposals/frag_destroy_by_rcu.proposal",
        "frag_destroy_by_rcu",
        "ppc64le",
        (
            "PPC_64K_PAGES",
            "PPC_BOOK3S_64",
            "PPC_RADIX_MMU",
            "SMP",
            "SPLIT_PTE_PTLOCKS",
            "TRANSPARENT_HUGEPAGE",
            "radix_enabled",
        ),
    ),
)


def subject(name: str) -> Subject:
    """The subject of that name; KeyError if there is none."""
    return {s.name: s for s in SUBJECTS}[name]


def newest(arch: str) -> Path:
    """The file of an architecture in the newest kernel that has one."""
    found = [path for path in (ROOT / "archs").glob(f"*/{arch}.arch") if path.parent.name[0].isdigit()]
    return max(found, key=lambda path: [int(part) for part in path.parent.name.split(".")])


@dataclass(frozen=True)
class Loaded:
    """A subject, read: its unit, its life cycle, and its configuration."""

    unit: Unit
    lifecycle: Lifecycle
    configuration: Configured

    @property
    def symbols(self) -> Mapping[str, bool]:
        """Every symbol with its value."""
        return dict(self.configuration.symbols)

    def constants(self, tables: int) -> Mapping[str, int]:
        """Every constant: the number of tables, the others as small as can be."""
        return {c.name: tables if c.name == CONSTANT else c.minimum for c in self.unit.constants}


def load(chosen: Subject) -> Loaded:
    """Read a subject. Its number of tables may be anything: what real configurations make it is left out."""
    extra = [ROOT / chosen.proposal_file] if chosen.proposal_file else []
    unit = load_unit(ROOT / chosen.file, extra=extra)
    pool = unit.proposed if chosen.proposal else unit.lifecycles
    lifecycle = next(lc for lc in pool if lc.name == "pte_fragment" and lc.proposal == chosen.proposal)
    space = Space.of(unit)
    target = space.target(chosen.abi)
    found = target.complete(dict.fromkeys(chosen.symbols, True))
    if found is None:
        raise ValueError(f"{chosen.name}: no admitted configuration has these symbols")
    symbols = tuple((name, found.get(name, False)) for name in space.symbols)
    abi = target.layouts.abi
    free = replace(
        unit, abis=(abi,), constants=tuple(replace(c, cases=()) if c.name == CONSTANT else c for c in unit.constants)
    )
    return Loaded(free, lifecycle, Configured(abi, symbols, Layouts(unit.declarations, abi)))
