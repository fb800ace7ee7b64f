"""A shortest condition for a set of cases: few alternatives, each with few symbols, and only symbols that matter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from modelcheck.configurations.satisfiable import Solver
from modelcheck.configurations.space import Setting, Space
from modelcheck.verdict import Condition

# Up to this many literals every choice is tried; beyond it one that cannot be shortened is good enough.
_EXHAUSTIVE = 2


@dataclass(frozen=True)
class _Cube:
    """An alternative: a target (or any, where empty) and values of symbols."""

    abi: str
    symbols: frozenset[tuple[str, bool]]

    @property
    def size(self) -> int:
        return len(self.symbols) + (self.abi != "")


def minimal_condition(space: Space, true_settings: Iterable[Setting], false_settings: Iterable[Setting]) -> Condition:
    """A condition that holds in every admitted configuration of `true_settings` and in none of `false_settings`.

    Text is a disjunction such as `(abi ppc64 || abi ppc64le) && PPC_64K_PAGES || SMP && !COMPACTION`, empty where
    the condition
    always holds, `0` where it never does. A target is named only where it matters.
    """
    wanted = [s for s in true_settings if space.admits(s)]
    unwanted = [s for s in false_settings if space.admits(s)]
    if not wanted:
        return Condition("0", ())
    if not unwanted:
        return Condition()
    cubes: list[_Cube] = []
    meeting = _Meeting(space, unwanted)
    for setting in wanted:
        cube = _shortest(meeting, setting)
        if cube not in cubes:
            cubes.append(cube)
    cubes = _needed(space, cubes)
    order = {name: index for index, name in enumerate(space.symbols)}
    cubes.sort(key=lambda c: (c.size, _abi_index(space, c.abi), _ordered(c, order)))
    assignments = tuple(
        ((("abi", cube.abi),) if cube.abi else ())
        + tuple((name, "y" if value else "n") for name, value in _in_order(cube, order))
        for cube in cubes
    )
    return Condition(_text(cubes, order), assignments)


def _shortest(meeting: _Meeting, setting: Setting) -> _Cube:
    """A part of the setting's literals that keeps all unwanted settings out, as small as possible."""
    abi_free = _Cube("", frozenset(setting.symbols))
    with_abi = _Cube(setting.abi, frozenset(setting.symbols))
    order = sorted(setting.symbols)
    for size in range(_EXHAUSTIVE + 1):
        # A target counts as a literal, and comes last among those of one size.
        for abi, count in (("", size), (setting.abi, size - 1)):
            if not 0 <= count <= len(order):
                continue
            for chosen in combinations(order, count):
                cube = _Cube(abi, frozenset(chosen))
                if meeting.keeps_out(cube):
                    return cube
    cube = abi_free if meeting.keeps_out(abi_free) else with_abi
    for literal in reversed(order):
        shorter = _Cube(cube.abi, cube.symbols - {literal})
        if meeting.keeps_out(shorter):
            cube = shorter
    return cube


class _Meeting:
    """Which cubes have an admitted configuration in common with an unwanted setting.

    Most do, and with one that was seen before: those are kept, and looked at first.
    """

    def __init__(self, space: Space, unwanted: Sequence[Setting]) -> None:
        self.space = space
        self.unwanted = unwanted
        self.seen: list[tuple[str, dict[str, bool]]] = []
        self.known: dict[_Cube, bool] = {}

    def keeps_out(self, cube: _Cube) -> bool:
        """Does no unwanted setting meet the cube?"""
        if cube not in self.known:
            self.known[cube] = not self._seen(cube) and not any(self._meets(cube, setting) for setting in self.unwanted)
        return self.known[cube]

    def _seen(self, cube: _Cube) -> bool:
        # A symbol that a configuration leaves out may be either.
        return any(
            cube.abi in ("", abi) and all(model.get(name, value) == value for name, value in cube.symbols)
            for abi, model in self.seen
        )

    def _meets(self, cube: _Cube, setting: Setting) -> bool:
        if cube.abi not in ("", setting.abi):
            return False
        assumed = dict(setting.symbols)
        for name, value in cube.symbols:
            if assumed.setdefault(name, value) != value:
                return False
        model = self.space.target(setting.abi).complete(assumed)
        if model is None:
            return False
        self.seen.append((setting.abi, model))
        return True


def _needed(space: Space, cubes: list[_Cube]) -> list[_Cube]:
    """Drop alternatives that the others cover, the longest first."""
    for cube in sorted(cubes, key=lambda c: (-c.size, c.abi, sorted(c.symbols))):
        others = [c for c in cubes if c != cube]
        if _covered(space, cube, others):
            cubes = others
    return cubes


def _covered(space: Space, cube: _Cube, others: Sequence[_Cube]) -> bool:
    for target in space.targets:
        name = target.layouts.abi.name
        if cube.abi not in ("", name):
            continue
        here = [tuple((n, not v) for n, v in sorted(c.symbols)) for c in others if c.abi in ("", name)]
        solver = Solver([*target.solver.clauses, *here])
        assumed = dict(target.fixed)
        if any(assumed.setdefault(n, v) != v for n, v in cube.symbols):
            continue
        if solver.complete(assumed) is not None:
            return False
    return True


def _abi_index(space: Space, abi: str) -> int:
    return next((i for i, known in enumerate(space.abis) if known.name == abi), -1)


def _in_order(cube: _Cube, order: dict[str, int]) -> list[tuple[str, bool]]:
    return sorted(cube.symbols, key=lambda literal: order[literal[0]])


def _ordered(cube: _Cube, order: dict[str, int]) -> list[tuple[int, bool]]:
    return [(order[name], not value) for name, value in _in_order(cube, order)]


def _text(cubes: Sequence[_Cube], order: dict[str, int]) -> str:
    """Alternatives that differ only in the target are written as one."""
    abis: dict[frozenset[tuple[str, bool]], list[str]] = {}
    for cube in cubes:
        abis.setdefault(cube.symbols, []).append(cube.abi)
    parts = []
    for symbols, names in abis.items():
        literals = [name if value else f"!{name}" for name, value in _in_order(_Cube("", symbols), order)]
        targets = [f"abi {name}" for name in names if name]
        if len(targets) > 1 and literals:
            literals.insert(0, f"({' || '.join(targets)})")
        elif targets:
            literals.insert(0, " || ".join(targets))
        parts.append(" && ".join(literals))
    return " || ".join(parts)
