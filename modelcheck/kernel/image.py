"""Find the BTF in a file: raw BTF, an ELF file with a `.BTF` section, or one of them packed with xz or gzip."""

from __future__ import annotations

import lzma
import mmap
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modelcheck.kernel import elf
from modelcheck.kernel.btf import MAGICS, Btf, parse_btf
from modelcheck.kernel.faults import damaged, foreign, too_large, unreadable

RUNNING = Path("/sys/kernel/btf/vmlinux")

# A vmlinux with all its debugging information is about 1 GiB; its BTF, or a packed kernel, is far smaller.
_LIMIT = 512 << 20
_XZ, _GZIP = b"\xfd7zXZ\0", b"\x1f\x8b"


def read_btf(path: Path) -> Btf:
    """The BTF of a kernel.

    Raises InputError (CA401 to CA406) for files that cannot be read, hold no BTF, or are damaged.
    """
    name = str(path)
    try:
        with _bytes_of(path) as data:
            return find_btf(data, name)
    except OSError as error:
        raise unreadable(name, error.strerror or str(error)) from None


def find_btf(data: memoryview, name: str) -> Btf:
    """The BTF in the bytes of a file; `name` is the file, for messages. Raises InputError as `read_btf` does."""
    head = bytes(data[:6])
    if head.startswith((_XZ, _GZIP)):
        data = memoryview(_unpacked(data, name, xz=head.startswith(_XZ)))
        head = bytes(data[:6])
    if head.startswith(elf.MAGIC):
        section = elf.find_section(data, b".BTF", name)
        if section is None:
            raise foreign(name, "is an ELF file without a .BTF section")
        return parse_btf(bytes(data[section.start : section.end]), name, section.word)
    if head[:2] in MAGICS:
        return parse_btf(bytes(data), name)
    raise foreign(name, "is neither BTF nor ELF" if data else "is empty")


@contextmanager
def _bytes_of(path: Path) -> Iterator[memoryview]:
    with path.open("rb") as file:
        magic = file.read(len(elf.MAGIC))
        if magic == elf.MAGIC and os.fstat(file.fileno()).st_size:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
                yield view
            return
        known = magic.startswith((*MAGICS, elf.MAGIC, _XZ[: len(elf.MAGIC)], _GZIP))
        # Of anything else, a beginning is enough to refuse it.
        data = magic + file.read(_LIMIT + 1 - len(magic) if known else len(_XZ))
    if len(data) > _LIMIT:
        raise too_large(str(path), _LIMIT)
    with memoryview(data) as view:
        yield view


def _unpacked(data: memoryview, name: str, *, xz: bool) -> bytes:
    try:
        if xz:
            unxz = lzma.LZMADecompressor()
            unpacked, complete = unxz.decompress(data, _LIMIT), unxz.eof
        else:
            gunzip = zlib.decompressobj(wbits=31)
            unpacked, complete = gunzip.decompress(data, _LIMIT), gunzip.eof
    except (lzma.LZMAError, zlib.error) as error:
        raise damaged(name, f"it cannot be unpacked ({error})") from None
    if not complete:
        raise too_large(name, _LIMIT) if len(unpacked) >= _LIMIT else damaged(name, "the packed data are cut off")
    return unpacked
