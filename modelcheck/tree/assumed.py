"""What symbols and macros mean that a model does not name, because they follow from what the model is about.

A symbol that the model declares means what the model says; these are for all others. Each is read from the Kconfig
files or from what compilers for Linux predefine, and is the same in every kernel from 5.10 on.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelcheck.model.conditions import FALSE, TRUE, Condition, SizeCompare, SizeOf, SymbolSet
from modelcheck.tree.formulas import all_of, negated

WIDE = SizeCompare("==", SizeOf("long"), 8)

_EVERYWHERE: Mapping[str, Condition] = {
    # How wide a word is follows from the target.
    **dict.fromkeys(("64BIT", "X86_64", "PPC64", "SPARC64"), WIDE),
    **{name: negated(WIDE) for name in ("32BIT", "X86_32", "PPC32", "SPARC32")},
    # A model is about page tables, and about SLUB: SLOB is gone since Linux 6.4, SLAB since 6.8.
    "MMU": TRUE,
    "SLUB": TRUE,
    "SLAB": FALSE,
    "SLOB": FALSE,
    # Where the compiler shuffles structs, nothing can be said of any.
    "RANDSTRUCT": FALSE,
    "GCC_PLUGIN_RANDSTRUCT": FALSE,
    # It has no prompt, and whatever selects it selects DEBUG_LOCK_ALLOC, too, or is it (lib/Kconfig.debug).
    "LOCKDEP": SymbolSet("DEBUG_LOCK_ALLOC"),
}
_OF_FOLDERS: Mapping[str, Mapping[str, Condition]] = {
    # SPARC64 selects ARCH_USE_QUEUED_SPINLOCKS (arch/sparc/Kconfig), SPARC32 does not; kernel/Kconfig.locks.
    "sparc": {"QUEUED_SPINLOCKS": all_of(WIDE, SymbolSet("SMP"))},
    # SUN3 alone selects it, and it has no prompt (arch/m68k/Kconfig.machine, Kconfig.cpu).
    "m68k": {"SUN3": SymbolSet("MMU_SUN3")},
}

# What a compiler or the kernel's makefiles define as numbers. Macros of checkers and of other readers of C are not
# among them: what they guard is not what is compiled.
GIVEN: Mapping[str, str] = {
    "__KERNEL__": "1",
    "__GNUC__": "14",
    "__GNUC_MINOR__": "0",
    "__GNUC_PATCHLEVEL__": "0",
    "__OPTIMIZE__": "1",
}
DEFINED_IF_WIDE = frozenset(
    ("__LP64__", "_LP64", "__SIZEOF_INT128__", "__powerpc64__", "__x86_64__", "__s390x__", "__arch64__", "__mips64")
)


def assumed(folder: str) -> Mapping[str, Condition]:
    """What symbols mean, by their names without `CONFIG_`, for an architecture's folder in `arch/`."""
    return {**_EVERYWHERE, **_OF_FOLDERS.get(folder, {})}


def predefined(name: str, folder: str) -> Condition | None:
    """Where a compiler for this architecture defines a macro by itself; None for one that it does not know."""
    if name in GIVEN or name == f"__{folder}__":
        return TRUE
    return WIDE if name in DEFINED_IF_WIDE else None
