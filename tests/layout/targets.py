"""Compilers that may be installed, and the ABI each of them must agree with."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from modelcheck.data import data_folder
from modelcheck.model.declarations import Abi, BitFields, Scalar
from modelcheck.source import SourceText, Span

_CLANG = "clang-19"

COMPILERS: dict[str, tuple[str, ...]] = {
    "x86_64": ("gcc", "-m64"),
    "i386": ("gcc", "-m32"),
    "i386 (cross)": ("i686-linux-gnu-gcc",),
    "alpha": ("alpha-linux-gnu-gcc",),
    "arc": ("arc-linux-gnu-gcc",),
    "arceb": ("arc-linux-gnu-gcc", "-mbig-endian"),
    "arm": ("arm-linux-gnueabi-gcc",),
    "armeb": ("arm-linux-gnueabi-gcc", "-mbig-endian"),
    "arm64": ("aarch64-linux-gnu-gcc",),
    "arm64be": ("aarch64-linux-gnu-gcc", "-mbig-endian"),
    "hexagon": (_CLANG, "--target=hexagon-linux-musl"),
    "loongarch32": (_CLANG, "--target=loongarch32-unknown-elf"),
    "loongarch64": (_CLANG, "--target=loongarch64-linux-gnu"),
    "m68k": ("m68k-linux-gnu-gcc",),
    "m68k (coldfire)": ("m68k-linux-gnu-gcc", "-mcpu=5475"),
    "mips32": ("mips-linux-gnu-gcc",),
    "mips32el": ("mipsel-linux-gnu-gcc",),
    "mips64": ("mips64-linux-gnuabi64-gcc",),
    "mips64el": ("mips64el-linux-gnuabi64-gcc",),
    "openrisc": ("or1k-elf-gcc",),
    "parisc32": ("hppa-linux-gnu-gcc",),
    "parisc64": ("hppa64-linux-gnu-gcc",),
    "ppc32": ("powerpc-linux-gnu-gcc",),
    "ppc64": ("powerpc64-linux-gnu-gcc",),
    "ppc64 (other)": ("powerpc64le-linux-gnu-gcc", "-mbig-endian"),
    "ppc64le": ("powerpc64le-linux-gnu-gcc",),
    "riscv32": ("riscv64-linux-gnu-gcc", "-march=rv32imac", "-mabi=ilp32"),
    "riscv64": ("riscv64-linux-gnu-gcc",),
    "s390x": ("s390x-linux-gnu-gcc",),
    "sh": ("sh4-linux-gnu-gcc",),
    "sheb": ("sh4-linux-gnu-gcc", "-mb"),
    "sparc32": ("sparc64-linux-gnu-gcc", "-m32"),
    "sparc64": ("sparc64-linux-gnu-gcc",),
    "xtensa": ("xtensa-lx106-elf-gcc",),
}
"""By the name of the ABI, with a word in brackets for a second compiler. Of csky, microblaze and nios2 Debian has no
compiler that makes an object."""

_ENTRY = re.compile(r"(char|short|int|long_long|long|pointer)\s+(\d+):(\d+)\s*;")


@cache
def shipped_abi(name: str) -> Abi:
    """An ABI of `archs/abi`, read without the program's own parser."""
    path = data_folder("archs") / "abi" / f"{name}.abi"
    text = path.read_text(encoding="utf-8")
    scalars = {key.replace("_", " "): Scalar(int(size), int(align)) for key, size, align in _ENTRY.findall(text)}
    order = re.search(r"byte_order (\w+);", text)
    assert order is not None and len(scalars) == 6
    assert order[1] in ("little", "big")
    byte_order: Literal["little", "big"] = "big" if order[1] == "big" else "little"
    given = re.search(r"bit_fields (\w+);", text)
    bit_fields = next((way for way in get_args(BitFields) if given and way == given[1]), "by_type")
    return Abi(name, byte_order, scalars, Span(SourceText(path.name, text), 0, len(text)), bit_fields)


@dataclass(frozen=True)
class Sections:
    """The sections of an ELF object by name, and its byte order as `struct` writes it."""

    order: str
    data: dict[str, bytes]

    def words(self, name: str) -> tuple[int, ...]:
        found = self.data[name]
        return struct.unpack(f"{self.order}{len(found) // 4}I", found)


def read_object(image: bytes) -> Sections:
    """The sections of a relocatable ELF file of either class and byte order."""
    assert image[:4] == b"\x7fELF"
    order = ">" if image[5] == 2 else "<"
    if image[4] == 2:
        (start,) = struct.unpack_from(order + "Q", image, 40)
        size, count, names_at = struct.unpack_from(order + "HHH", image, 58)
        form = order + "IIQQQQ"
    else:
        (start,) = struct.unpack_from(order + "I", image, 32)
        size, count, names_at = struct.unpack_from(order + "HHH", image, 46)
        form = order + "IIIIII"
    headers = [struct.unpack_from(form, image, start + i * size) for i in range(count)]
    names = image[headers[names_at][4] :]
    nobits = 8
    return Sections(
        order,
        {
            names[h[0] : names.index(b"\0", h[0])].decode(): b"\0" * h[5]
            if h[1] == nobits
            else image[h[4] : h[4] + h[5]]
            for h in headers
        },
    )


def compile_c(target: str, source: str, folder: Path, defines: tuple[str, ...] = ()) -> Sections:
    """Compile without running anything. AssertionError with the compiler's words if it refuses."""
    program = folder / "probe.c"
    program.write_text(source, encoding="utf-8")
    output = folder / "probe.o"
    known = (f"-D{name}" for name in defines)
    command = [*COMPILERS[target], *known, "-w", "-std=gnu11", "-O0", "-c", "-o", str(output), str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + "\n" + source
    return read_object(output.read_bytes())


@cache
def why_not(target: str) -> str:
    """Why this target cannot be tried here, or nothing."""
    compiler = COMPILERS[target]
    if shutil.which(compiler[0]) is None:
        return f"{compiler[0]} is not installed"
    tried = subprocess.run(
        [*compiler, "-x", "c", "-c", "-o", "/dev/null", "-"],
        input="int x;",
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if tried.returncode == 0 else f"{' '.join(compiler)} does not work: {tried.stderr.strip()[:80]}"
