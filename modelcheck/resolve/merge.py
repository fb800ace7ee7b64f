"""`like` and `drop`: the items of a life cycle that starts from another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelcheck.diagnostics import Diagnostic, Diagnostics, Note, did_you_mean
from modelcheck.source import Span
from modelcheck.syntax import ast

# How many life cycles may build on each other.
MAX_CHAIN = 8

ItemKey = tuple[str, str]


@dataclass(frozen=True)
class Expanded:
    """A life cycle with everything it took over. `own` are the keys of what it says itself."""

    declaration: ast.LifecycleDeclaration
    title: str
    struct: ast.Name | None
    level: str
    items: tuple[ast.LifecycleItem, ...]
    own: frozenset[ItemKey]


def key_of(item: ast.LifecycleItem) -> ItemKey | None:
    """Kind and name of an item; None for one that never replaces another."""
    match item:
        case ast.When():
            return "when", ""
        case ast.TablesItem():
            return "tables", ""
        case ast.KeepsPage():
            return "keeps_page", ""
        case ast.VariableItem(kind, name):
            return kind.removeprefix("ghost "), name.text
        case ast.CreateItem(name):
            return "create", name.text
        case ast.StateItem(name):
            return "state", name.text
        case ast.PathItem(name):
            return "path", name.text
        case ast.ActionItem(kind, name):
            return kind, name.text
        case ast.ReaderItem(name):
            return "reader", name.text
        case ast.GuardedListItem(field):
            return "list", field.text
        case ast.SameItem() | ast.DropItem():
            return None


def name_span(item: ast.LifecycleItem) -> Span:
    """Where the item's name stands."""
    name = getattr(item, "name", None)
    return name.span if isinstance(name, ast.Name) else item.span


def expand(declarations: Mapping[str, ast.LifecycleDeclaration], name: str, report: Diagnostics) -> Expanded:
    """The life cycle `name` with what it takes over by `like`."""
    chain = [declarations[name]]
    while (base := chain[-1].base) is not None:
        if base.text not in declarations:
            known = [n for n in declarations if n != name]
            report.add(
                Diagnostic(
                    "CA301", f"there is no life cycle `{base.text}`", base.span, help=did_you_mean(base.text, known)
                )
            )
            break
        if any(d.name.text == base.text for d in chain) or len(chain) >= MAX_CHAIN:
            itself = any(d.name.text == base.text for d in chain)
            message = f"`{base.text}` is like itself" if itself else "too many life cycles are `like` each other"
            notes = tuple(
                Note("which is like", d.base.span) for d in chain if d.base is not None and d.base is not base
            )
            report.add(Diagnostic("CA302", message, base.span, notes=notes))
            break
        chain.append(declarations[base.text])
    chain.reverse()
    items: tuple[ast.LifecycleItem, ...] = ()
    for declaration in chain:
        items = _apply(items, declaration, report)
    last = chain[-1]
    own = frozenset(k for i in last.items if (k := key_of(i)) is not None)
    titles = [d.title.text for d in chain if d.title is not None]
    structs = [d.struct for d in chain if d.struct is not None]
    levels = [d.level.text for d in chain if d.level is not None]
    return Expanded(
        last, titles[-1] if titles else name, structs[-1] if structs else None, levels[-1] if levels else "", items, own
    )


def _apply(
    base: tuple[ast.LifecycleItem, ...], declaration: ast.LifecycleDeclaration, report: Diagnostics
) -> tuple[ast.LifecycleItem, ...]:
    dropped: set[ItemKey] = set()
    keys = [k for i in base if (k := key_of(i)) is not None]
    for item in declaration.items:
        if isinstance(item, ast.DropItem):
            matching = _dropped(item, keys)
            if not matching:
                shown = item.kind.text + (f" {item.name.text}" if item.name is not None else "")
                known = [n for k, n in keys if k == item.kind.text]
                helps = did_you_mean(item.name.text, known) if item.name is not None else ""
                report.add(Diagnostic("CA303", f"there is no `{shown}` to drop", item.span, help=helps))
            dropped |= matching
    own: dict[ItemKey, ast.LifecycleItem] = {}
    for item in declaration.items:
        key = key_of(item)
        if key is not None and key in own:
            shown = " ".join(p for p in key if p)
            note = Note("the first one is here", name_span(own[key]))
            helps = "name them: `create NAME { ... }`" if key == ("create", "create") else ""
            report.add(Diagnostic("CA304", f"`{shown}` is declared twice", name_span(item), notes=(note,), help=helps))
        elif key is not None:
            own[key] = item
    kept = (i for i in base if key_of(i) is None or key_of(i) not in dropped)
    replaced = {k for i in base if (k := key_of(i)) in own and k not in dropped}
    merged = [own[k] if (k := key_of(i)) in own and k is not None else i for i in kept]
    fresh = (i for i in declaration.items if not isinstance(i, ast.DropItem) and key_of(i) not in replaced)
    return (*merged, *fresh)


def _dropped(item: ast.DropItem, keys: list[ItemKey]) -> set[ItemKey]:
    if item.name is not None:
        return {k for k in keys if k == (item.kind.text, item.name.text)}
    # Kinds without names, and the unnamed `create`.
    return {k for k in keys if k in ((item.kind.text, ""), (item.kind.text, item.kind.text))}
