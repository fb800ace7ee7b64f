"""What a comparison needs to know of a kernel."""

from __future__ import annotations

from dataclasses import dataclass

from modelcheck.kernel.btf import Btf, ByteOrder
from modelcheck.kernel.structs import KernelStruct, read_struct

# Deeper than any struct that page tables use is nested.
_DEPTH = 8


@dataclass(frozen=True)
class KernelTypes:
    """Some structs of a kernel, by name, and its ABI: `word` is the size of a pointer in bytes.

    `unread` says what could not be read, empty if nothing.
    """

    name: str
    word: int
    byte_order: ByteOrder
    structs: tuple[KernelStruct, ...]
    unread: str = ""

    def struct(self, name: str) -> KernelStruct | None:
        """The struct of that name; None if the kernel has none."""
        return next((struct for struct in self.structs if struct.name == name), None)


def kernel_types(btf: Btf, names: tuple[str, ...]) -> KernelTypes:
    """Those of the named structs that the kernel has. Raises InputError (CA404, CA406) as `read_struct` does."""
    found = (read_struct(btf, name, _DEPTH) for name in names)
    return KernelTypes(btf.name, btf.word, btf.byte_order, tuple(s for s in found if s is not None), btf.unread)
