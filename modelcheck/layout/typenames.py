"""C types as text, and types from their names."""

from __future__ import annotations

from modelcheck.model.declarations import AggregateType, ArrayType, CType, NamedType, NumberExpr, PointerType
from modelcheck.model.scalars import number_text, scalar_key, spelled_scalar


def type_text(declared: CType) -> str:
    """The type as C writes it, for display: `unsigned long`, `struct list_head *`, `u8 [4]`."""
    match declared:
        case NamedType(name, tag, span):
            if tag:
                return f"{tag} {name}"
            written = spelled_scalar(span) if span is not None and scalar_key(name.split()) is not None else ""
            return written or name
        case PointerType(target):
            return f"{target}*" if target.endswith("*") else f"{target} *"
        case ArrayType():
            element, lengths = declared.element, [declared.length]
            while isinstance(element, ArrayType):
                lengths.append(element.length)
                element = element.element
            return type_text(element) + " " + "".join(f"[{_length(length)}]" for length in lengths)
        case AggregateType(kind, tag):
            return f"{kind} {tag}" if tag else f"{kind} {{ ... }}"


def type_key(declared: CType) -> str:
    """A name that two types share exactly if they are the same: as `type_text`, and one for each struct without a
    tag."""
    match declared:
        case AggregateType(kind, "", _, _, _, span) if span is not None:
            return f"{kind} at {span.place}"
        case ArrayType():
            element: CType = declared
            while isinstance(element, ArrayType):
                element = element.element
            return type_key(element) + type_text(declared).removeprefix(type_text(element))
        case _:
            return type_text(declared)


def named_type(name: str) -> CType:
    """The type that `sizeof(name)` means."""
    words = name.replace("*", " * ").split()
    if "*" in words:
        return PointerType(" ".join(words[: words.index("*")]))
    kept = [word for word in words if word not in ("const", "volatile")]
    if len(kept) == 2 and kept[0] in ("struct", "union", "enum"):
        return NamedType(kept[1], kept[0])  # type: ignore[arg-type]
    return NamedType(scalar_key(kept) or " ".join(kept))


def _length(length: NumberExpr) -> str:
    return "" if length.operator == "number" and length.value == 0 else number_text(length)
