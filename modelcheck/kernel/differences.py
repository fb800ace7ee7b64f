"""One struct of a model against the same struct of a kernel, field by field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modelcheck.kernel.structs import KernelField, KernelStruct
from modelcheck.layout.placed import PlacedField, StructLayout

# `#define rcu_head callback_head` (include/linux/types.h) makes the compiler see, and BTF show, another name, both for
# the struct and for every member that is called like it. A model may use either name; `rcu_head` is the one shown.
_ALIASES = {"callback_head": "rcu_head"}

DifferenceKind = Literal["place", "size", "only in the kernel", "only in the model"]


@dataclass(frozen=True)
class Extent:
    """Where something lies, in bits from the start of the struct, and its C type as text (for display).

    `size_bits` is None where the kernel's type could not be read.
    """

    offset_bits: int
    size_bits: int | None
    type: str

    @property
    def text(self) -> str:
        """`byte 40, 8 bytes`, or `bit 15 of byte 42, 1 bit`."""
        byte, bit = divmod(self.offset_bits, 8)
        where = f"bit {bit} of byte {byte}" if bit else f"byte {byte}"
        if self.size_bits is None:
            return f"{where}, size not known"
        if bit or self.size_bits % 8:
            return f"{where}, {_counted(self.size_bits, 'bit')}"
        return f"{where}, {_counted(self.size_bits // 8, 'byte')}"


@dataclass(frozen=True)
class Difference:
    """One thing in which a model and a kernel disagree.

    `path` is the field, dotted, without anonymous members; empty for the struct as a whole, which differs in size or is
    not there at all. `model` and `kernel` say where it lies there; None where it does not exist.
    """

    struct: str
    path: str
    model: Extent | None
    kernel: Extent | None

    @property
    def kind(self) -> DifferenceKind:
        """What kind of difference it is; `size` is about the struct as a whole."""
        if self.model is None:
            return "only in the kernel"
        if self.kernel is None:
            return "only in the model"
        return "place" if self.path else "size"

    @property
    def text(self) -> str:
        """The difference as one sentence without a full stop."""
        if not self.path:
            name = f"`struct {self.struct}`"
            if self.model is None or self.kernel is None:
                return f"the {'kernel' if self.kernel is None else 'model'} has no {name}"
            return f"{name} has {_size(self.model)} in the model, {_size(self.kernel)} in the kernel"
        name = f"`{self.struct}.{self.path}`"
        if self.model is None and self.kernel is not None:
            return f"the kernel has {name} ({self.kernel.type}: {self.kernel.text}), the model does not"
        if self.kernel is None and self.model is not None:
            return f"the model has {name} ({self.model.type}: {self.model.text}), the kernel does not"
        assert self.model is not None and self.kernel is not None
        return f"{name} is at {self.model.text} in the model, at {self.kernel.text} in the kernel"


def differences(name: str, model: StructLayout | None, kernel: KernelStruct | None) -> tuple[Difference, ...]:
    """Everything in which the two disagree: the whole, fields in the kernel's order, then those of the model alone.

    None stands for a struct that one side does not have. Members of a member count by name only where both sides have
    them (a model may declare an `arch_spinlock_t` by its size), or where they belong to the same tagged struct and the
    kernel's side says what is in it. Below a member that differs nothing is reported.
    """
    if model is None and kernel is None:
        return ()
    if model is None or kernel is None:
        # Without a size: there is nothing to compare it with, and it is not what is wrong.
        there = Extent(0, None, f"struct {name}")
        return (Difference(name, "", None if model is None else there, None if kernel is None else there),)
    found: list[Difference] = []
    if model.size != kernel.size:
        ours_whole, theirs_whole = (Extent(0, 8 * struct.size, f"struct {name}") for struct in (model, kernel))
        found.append(Difference(name, "", ours_whole, theirs_whole))
    ours = {canonical(f.path): f for f in model.fields}
    theirs = {canonical(f.path): f for f in kernel.fields}
    differing: set[str] = set()
    for path in (*theirs, *(p for p in ours if p not in theirs)):
        parent = path.rpartition(".")[0]
        if parent in differing:
            differing.add(path)
        elif _differ(ours.get(path), theirs.get(path)) and _counts(path, ours, theirs):
            differing.add(path)
            found.append(Difference(name, path, _extent(ours.get(path)), _extent(theirs.get(path))))
    return tuple(found)


def canonical(path: str) -> str:
    """A dotted path in the names that are shown: `callback_head.next` is `rcu_head.next`."""
    return ".".join(_ALIASES.get(part, part) for part in path.split("."))


def _differ(model: PlacedField | None, kernel: KernelField | None) -> bool:
    if model is None or kernel is None:
        return True
    if kernel.size_bits is not None and kernel.size_bits != model.size_bits:
        return True
    return kernel.offset_bits != model.offset_bits


def _counts(path: str, ours: dict[str, PlacedField], theirs: dict[str, KernelField]) -> bool:
    """Is a difference at this path one that matters? See `differences`."""
    parent = path.rpartition(".")[0]
    if not parent or (path in ours and path in theirs):
        return True
    if parent not in ours or not any(other.startswith(parent + ".") for other in theirs):
        return False
    key = _tag_key(ours[parent].type_key)
    return key.startswith(("struct ", "union ")) and key == _tag_key(theirs[parent].type_key)


def _tag_key(type_key: str) -> str:
    return " ".join(_ALIASES.get(word, word) for word in type_key.split())


def _extent(placed: PlacedField | KernelField | None) -> Extent | None:
    return None if placed is None else Extent(placed.offset_bits, placed.size_bits, placed.type)


def _size(whole: Extent) -> str:
    return _counted((whole.size_bits or 0) // 8, "byte")


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
