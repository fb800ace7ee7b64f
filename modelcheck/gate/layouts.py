"""What became of the bytes of structs: fields that moved, grew or came, overlaps and holes that are new.

Each change is said with the shortest condition for the configurations of the head in which it is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from modelcheck.configurations.decide import decide
from modelcheck.configurations.joining import joined
from modelcheck.configurations.minimal import minimal_condition
from modelcheck.configurations.space import Setting, Space
from modelcheck.diagnostics import InputError
from modelcheck.kernel.used import used_by
from modelcheck.layout.decisions import Ask
from modelcheck.layout.layouts import Layouts
from modelcheck.layout.placed import PlacedField, StructLayout
from modelcheck.model.conditions import symbols_in
from modelcheck.model.declarations import Abi, FieldRef
from modelcheck.model.essence import essence
from modelcheck.model.unit import Unit
from modelcheck.report.byte_map import holes, span_text
from modelcheck.report.wording import count
from modelcheck.review.review import Change, LayoutChange
from modelcheck.verdict import Condition


@dataclass(frozen=True)
class _Step:
    """A change in one configuration; see `LayoutChange`."""

    change: Change
    struct: str
    field: str
    other: str
    before: str
    after: str


_Both = dict[str, tuple[StructLayout | None, StructLayout | None]]
_Together = frozenset[tuple[FieldRef, FieldRef]]
"""Fields of which some life cycle uses both, and that are not one and the same to it."""


@dataclass(frozen=True)
class _Question:
    """What is asked of every configuration: structs, fields that life cycles use, and which of them together."""

    structs: tuple[str, ...]
    used: tuple[FieldRef, ...]
    together: _Together

    @classmethod
    def of(cls, base: Unit, head: Unit) -> _Question:
        used: set[FieldRef] = set()
        together: set[tuple[FieldRef, FieldRef]] = set()
        for lifecycle in (*base.lifecycles, *head.lifecycles):
            fields = sorted(set(used_by(lifecycle)))
            same = {frozenset(pair) for pair in lifecycle.same}
            used.update(fields)
            together.update(pair for pair in combinations(fields, 2) if frozenset(pair) not in same)
        return cls(tuple(sorted({field.struct for field in used})), tuple(sorted(used)), frozenset(together))


def layout_changes(pairs: Iterable[tuple[Unit, Unit]]) -> tuple[LayoutChange, ...]:
    """What became of the structs that the life cycles of units are about, of each of which the base and the head is
    given. The same change of several architectures or targets is one.

    Raises InputError as `Layouts`.
    """
    found: dict[tuple[str, _Step, Condition], list[tuple[Unit, Abi, bool]]] = {}
    for base, head in pairs:
        if essence(base.declarations) == essence(head.declarations) and essence(base.abis) == essence(head.abis):
            continue
        asked = _Question.of(base, head)
        space = _joint(base, head)
        for abi in space.abis:
            for step, condition, matters in _on_target(base, replace(space, abis=(abi,)), asked):
                found.setdefault((head.kernel, step, condition), []).append((head, abi, matters))
    changes = [
        LayoutChange(
            change=step.change,
            arch=_architectures(where),
            kernel=kernel,
            struct=step.struct,
            field=step.field,
            other=step.other,
            before=step.before,
            after=step.after,
            condition=condition,
            matters=any(matters for _, _, matters in where),
        )
        for (kernel, step, condition), where in found.items()
    ]
    return tuple(sorted(changes, key=_order))


def _on_target(base: Unit, space: Space, asked: _Question) -> Iterator[tuple[_Step, Condition, bool]]:
    """The changes on one target, with the condition for each, and whether life cycles use the bytes."""
    (target,) = space.targets
    abi = target.layouts.abi
    earlier = Layouts(base.declarations, next(each for each in base.abis if each.name == abi.name))

    def question(ask: Ask) -> frozenset[tuple[_Step, bool]]:
        both = {name: (_layout(earlier, name, ask), _layout(target.layouts, name, ask)) for name in asked.structs}
        return frozenset(_steps(both, asked))

    everywhere = [
        (Setting(abi.name, tuple(sorted(path))), dict(steps)) for path, steps in decide(question, target.complete)
    ]
    for step in dict.fromkeys(step for _, steps in everywhere for step in steps):
        where = [setting for setting, steps in everywhere if step in steps]
        elsewhere = [setting for setting, steps in everywhere if step not in steps]
        matters = any(steps.get(step, False) for _, steps in everywhere)
        yield step, minimal_condition(space, joined(where), joined(elsewhere)), matters


def _architectures(where: Sequence[tuple[Unit, Abi, bool]]) -> str:
    """`arm64, powerpc (ppc64, ppc64le)`: targets are named where an architecture has others, too."""
    targets: dict[str, list[str]] = {}
    all_targets: dict[str, set[str]] = {}
    for unit, abi, _ in where:
        targets.setdefault(unit.name, []).append(abi.name)
        all_targets[unit.name] = {each.name for each in unit.abis}
    return ", ".join(
        name if all_targets[name] == set(abis) else f"{name} ({', '.join(sorted(abis))})"
        for name, abis in sorted(targets.items())
    )


def _order(change: LayoutChange) -> tuple[object, ...]:
    """What life cycles use comes first, then whole structs before their fields."""
    key = change.kernel, change.struct, bool(change.field), _rank(change), change.field, change.other
    return (not change.matters, *key, change.before, change.after, change.condition.text)


def _rank(change: LayoutChange) -> int:
    kinds: tuple[Change, ...] = ("moved", "grown", "shrunk", "added", "removed", "new overlap", "lost overlap")
    return kinds.index(change.change) if change.change in kinds else len(kinds)


def _joint(base: Unit, head: Unit) -> Space:
    """The configurations of the head. Symbols that only the base has are bound as they were there."""
    space = Space.of(head)
    gone = [symbol.name for symbol in base.symbols if symbol.name not in space.known]
    kept = [each for each in base.requirements if set(symbols_in(each.condition)).intersection(gone)]
    names = {abi.name for abi in base.abis}
    return replace(
        space,
        abis=tuple(abi for abi in space.abis if abi.name in names),
        symbols=(*space.symbols, *gone),
        requirements=(*space.requirements, *kept),
    )


def _layout(layouts: Layouts, struct: str, ask: Ask) -> StructLayout | None:
    try:
        return layouts.layout(struct, ask)
    except InputError:
        # It is not declared in this configuration, or not at all.
        return None


def _steps(both: _Both, asked: _Question) -> Iterator[tuple[_Step, bool]]:
    used = tuple(place for side in (0, 1) for _, place in _used(both, asked.used, side))
    for name, (before, after) in both.items():
        if before is None or after is None:
            if before is not after:
                yield _whole(name, before, after), True
            continue
        if before.size != after.size:
            change: Change = "grown" if after.size > before.size else "shrunk"
            yield _Step(change, name, "", "", count(before.size, "byte"), count(after.size, "byte")), True
        for step, places in _fields(name, before, after):
            yield step, any(place.overlaps(each) for place in places for each in used)
        yield from ((step, False) for step in _opened(name, before, after))
    yield from ((step, True) for step in _overlaps(both, asked))


def _whole(name: str, before: StructLayout | None, after: StructLayout | None) -> _Step:
    sizes = ["" if each is None else count(each.size, "byte") for each in (before, after)]
    return _Step("removed" if after is None else "added", name, "", "", sizes[0], sizes[1])


def _fields(
    name: str, before: StructLayout, after: StructLayout
) -> Iterator[tuple[_Step, tuple[PlacedField, ...]]]:
    """What became of each field, and where it is and was. What happened to a part is not said besides."""
    old, new = ({field.path: field for field in each.fields} for each in (before, after))
    shifts: dict[str, int | None] = {}
    for path in dict.fromkeys((*old, *new)):
        was, now = old.get(path), new.get(path)
        places = tuple(each for each in (was, now) if each is not None)
        shift = None if was is None or now is None else now.offset_bits - was.offset_bits
        shifts[path] = shift
        parent = path.rpartition(".")[0]
        if parent not in shifts or shifts[parent] != shift:
            if was is None or now is None:
                change: Change = "added" if was is None else "removed"
                yield _Step(change, name, path, "", _span(was), _span(now)), places
            elif shift:
                yield _Step("moved", name, path, "", _span(was), _span(now)), places
        if was is not None and now is not None and not shift and was.size_bits != now.size_bits:
            change = "grown" if now.size_bits > was.size_bits else "shrunk"
            yield _Step(change, name, path, "", _span(was), _span(now)), places


def _opened(name: str, before: StructLayout, after: StructLayout) -> Iterator[_Step]:
    known = holes(before)
    for start, end in holes(after):
        if not any(first <= start and end <= last for first, last in known):
            where = f"byte {start}" if end == start + 1 else f"bytes {start}..{end - 1}"
            yield _Step("new hole", name, "", "", "", where)


def _overlaps(both: _Both, asked: _Question) -> Iterator[_Step]:
    """Overlaps, on one side only, of fields that a life cycle uses together."""
    sides = []
    for side in (0, 1):
        places = dict(_used(both, asked.used, side))
        sides.append(
            {
                (one, two): _common(places[one], places[two])
                for one, two in sorted(asked.together)
                if one in places and two in places and _share(one, places[one], two, places[two])
            }
        )
    before, after = sides
    for (one, two), where in after.items():
        if (one, two) not in before:
            yield _Step("new overlap", one.struct, one.path, str(two), "", where)
    for (one, two), where in before.items():
        if (one, two) not in after:
            yield _Step("lost overlap", one.struct, one.path, str(two), where, "")


def _share(one: FieldRef, here: PlacedField, two: FieldRef, there: PlacedField) -> bool:
    """Do they share bytes, and are neither one and the same nor one a part of the other?"""
    if one.struct == two.struct:
        first, second = f"{one.path}.", f"{two.path}."
        if first.startswith(second) or second.startswith(first):
            return False
    alike = here.offset_bits == there.offset_bits and here.type_key == there.type_key
    return here.overlaps(there) and not alike


def _used(both: _Both, used: Sequence[FieldRef], side: int) -> Iterator[tuple[FieldRef, PlacedField]]:
    for field in used:
        layout = both[field.struct][side]
        if layout is None:
            continue
        for each in layout.fields:
            if each.path == field.path:
                yield field, each


def _span(place: PlacedField | None) -> str:
    return "" if place is None else span_text(place)


def _common(one: PlacedField, other: PlacedField) -> str:
    start = max(one.offset_bits, other.offset_bits) // 8
    end = -(-min(one.offset_bits + one.size_bits, other.offset_bits + other.size_bits) // 8) - 1
    return f"byte {start}" if start == end else f"bytes {start}..{end}"
