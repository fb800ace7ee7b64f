"""Whether one condition admits more configurations than another.

Conditions come from answers: alternatives (`Condition.assignments`), each of symbols, limits on constants, a target.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product

from modelcheck.configurations.satisfiable import Clause, Solver
from modelcheck.configurations.space import Space
from modelcheck.model.conditions import RELATIONS, Relation
from modelcheck.verdict import Condition

_LIMIT = re.compile(r"(>=|<=|==|!=|<|>)?\s*(\d+)")

_Cube = Mapping[str, str]


def admits_more(space: Space, now: Condition, before: Condition) -> bool:
    """Is there an admitted configuration in which `now` holds and `before` does not?"""
    after, earlier = _alternatives(now), _alternatives(before)
    return any(
        _outside(space, target_name, cube, earlier, constants)
        for target_name in (abi.name for abi in space.abis)
        for cube in after
        if cube.get("abi", target_name) == target_name
        for constants in _valuations((*after, *earlier))
        if _constants_hold(cube, constants)
    )


def _outside(space: Space, abi: str, cube: _Cube, earlier: tuple[_Cube, ...], constants: Mapping[str, int]) -> bool:
    target = space.target(abi)
    barred: list[Clause] = []
    for each in earlier:
        if each.get("abi", abi) == abi and _constants_hold(each, constants):
            barred.append(tuple((name, not value) for name, value in _symbols(each).items()))
    if () in barred:
        return False
    assumed = dict(target.fixed)
    if any(assumed.setdefault(name, value) != value for name, value in _symbols(cube).items()):
        return False
    return Solver([*target.solver.clauses, *barred]).complete(assumed) is not None


def _alternatives(condition: Condition) -> tuple[_Cube, ...]:
    if condition.assignments:
        return tuple(dict(each) for each in condition.assignments)
    return () if condition.text == "0" else ({},)


def _symbols(cube: _Cube) -> dict[str, bool]:
    return {name: value == "y" for name, value in cube.items() if name != "abi" and value in ("y", "n")}


def _limits(cube: _Cube) -> Iterator[tuple[str, str]]:
    for name, value in cube.items():
        if name != "abi" and value not in ("y", "n"):
            yield name, value


def _constants_hold(cube: _Cube, constants: Mapping[str, int]) -> bool:
    return all(_within(value, constants[name]) for name, value in _limits(cube))


def _within(limits: str, number: int) -> bool:
    """Is the number within `>= 2`, `1`, `== 1 || X >= 3` or `>= 2 && X <= 4`?"""
    return any(
        all(RELATIONS[_relation(sign)](number, int(limit)) for sign, limit in _LIMIT.findall(part))
        for part in limits.split("||")
    )


def _relation(sign: str) -> Relation:
    return next((each for each in RELATIONS if each == sign), "==")


def _valuations(cubes: tuple[_Cube, ...]) -> Iterator[Mapping[str, int]]:
    """Values of all constants that are named, on either side of every limit."""
    values: dict[str, set[int]] = {}
    for cube in cubes:
        for name, limits in _limits(cube):
            for _, limit in _LIMIT.findall(limits):
                values.setdefault(name, set()).update({max(0, int(limit) - 1), int(limit), int(limit) + 1})
    names = sorted(values)
    for chosen in product(*(sorted(values[name]) for name in names)):
        yield dict(zip(names, chosen, strict=True))
