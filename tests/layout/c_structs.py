"""Random structs as C text, and what a compiler says about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st

from modelcheck.layout.layouts import Layouts
from modelcheck.layout.placed import PlacedField, StructLayout
from modelcheck.model.declarations import Declarations
from modelcheck.source import SourceText
from modelcheck.syntax.cdecl import parse_declarations
from tests.layout.targets import compile_c, shipped_abi

SCALARS = ("char", "unsigned char", "short", "int", "unsigned", "long", "unsigned long int", "long long", "_Bool")
WIDTHS = {
    "char": 8,
    "unsigned char": 8,
    "short": 16,
    "int": 32,
    "unsigned": 32,
    "long": 32,
    "long long": 64,
    "_Bool": 1,
}


@dataclass
class _Names:
    count: int = 0

    def new(self) -> str:
        self.count += 1
        return f"m{self.count}"


@dataclass(frozen=True)
class CStruct:
    name: str
    text: str


@st.composite
def c_structs(draw: st.DrawFn, count: int = 12) -> tuple[CStruct, ...]:
    """Several structs; later ones may contain earlier ones."""
    made: list[CStruct] = []
    for index in range(count):
        name = f"s{index}"
        body = _body(draw, _Names(), [s.name for s in made], 0)
        kind = draw(st.sampled_from(("struct", "struct", "struct", "union")))
        made.append(CStruct(f"{kind} {name}", f"{kind} {name} {{\n{body}}}{_attributes(draw, packed=True)};\n"))
    return tuple(made)


def _attributes(draw: st.DrawFn, *, packed: bool) -> str:
    choices = ["", "", "", f" __attribute__((aligned({1 << draw(st.integers(0, 5))})))"]
    if packed:
        choices += [
            " __attribute__((packed))",
            f" __attribute__((packed, aligned({1 << draw(st.integers(0, 3))})))",
        ]
    return draw(st.sampled_from(choices))


def _body(draw: st.DrawFn, names: _Names, known: list[str], depth: int) -> str:
    lines = [_member(draw, names, known, depth) for _ in range(draw(st.integers(0 if depth == 0 else 1, 6)))]
    return "".join(line + "\n" for line in lines)


def _member(draw: st.DrawFn, names: _Names, known: list[str], depth: int) -> str:
    kinds = ["scalar", "scalar", "pointer", "array", "bits", "bits", "bits", "unnamed", "zero", "function"]
    if depth < 3:
        kinds += ["nested", "anonymous"]
    if known:
        kinds.append("known")
    aligned = _attributes(draw, packed=False)
    match draw(st.sampled_from(kinds)):
        case "scalar":
            return f"{draw(st.sampled_from(SCALARS))} {names.new()}{aligned};"
        case "pointer":
            return f"struct x *{names.new()}, *const *{names.new()}{aligned};"
        case "function":
            return f"int (*{names.new()}[{draw(st.integers(1, 3))}])(int, struct x *);"
        case "array":
            dims = "".join(f"[{draw(st.integers(0, 3))}]" for _ in range(draw(st.integers(1, 2))))
            return f"{draw(st.sampled_from(SCALARS))} {names.new()}{dims}{aligned};"
        case "bits":
            scalar = draw(st.sampled_from(sorted(WIDTHS)))
            return f"{scalar} {names.new()} : {draw(st.integers(1, WIDTHS[scalar]))}{aligned};"
        case "unnamed":
            scalar = draw(st.sampled_from(sorted(WIDTHS)))
            return f"{scalar} : {draw(st.integers(1, WIDTHS[scalar]))};"
        case "zero":
            return f"{draw(st.sampled_from(sorted(WIDTHS)))} : 0;"
        case "known":
            return f"{draw(st.sampled_from(known))} {names.new()}{draw(st.sampled_from(('', '[2]')))}{aligned};"
        case "nested":
            kind = draw(st.sampled_from(("struct", "union")))
            body = _body(draw, names, known, depth + 1)
            return f"{kind} {{\n{body}}}{_attributes(draw, packed=True)} {names.new()};"
        case _:
            kind = draw(st.sampled_from(("struct", "union")))
            body = _body(draw, names, known, depth + 1)
            return f"{kind} {{\n{body}}}{_attributes(draw, packed=True)};"


def as_text(structs: tuple[CStruct, ...]) -> str:
    return "".join(s.text for s in structs)


@dataclass
class Answers:
    """What a compiler says: size and alignment of each struct, offset and size of each plain field, bits of each
    bit-field."""

    structs: dict[str, tuple[int, int]] = field(default_factory=dict)
    plain: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    bits: dict[tuple[str, str], bytes] = field(default_factory=dict)


def our_layouts(text: str, target: str, names: list[str]) -> dict[str, StructLayout]:
    read = parse_declarations(SourceText("structs", text), 0, len(text))
    assert read.diagnostics == ()
    layouts = Layouts(Declarations(read.types), shipped_abi(target.split()[0]))
    return {name: layouts.layout(name.split()[1], _no_symbol) for name in names}


def _no_symbol(symbol: str) -> bool:
    raise AssertionError(f"asked for {symbol}")


def ask_compiler(
    target: str, text: str, ours: dict[str, StructLayout], folder: Path, defines: tuple[str, ...] = ()
) -> Answers:
    """One compilation for all structs: sizes and offsets as a table, bit-fields as objects in which all their bits
    are set. `defines` are what the preprocessor has to know."""
    numbers: list[str] = []
    objects: list[str] = []
    for name, layout in ours.items():
        numbers += [f"sizeof({name})", f"_Alignof({name})"]
        for placed in layout.fields:
            if placed.bit_field:
                section = f"bits.{len(objects)}"
                value = "1" if placed.type == "_Bool" else "-1"
                objects.append(
                    f'{name} b{len(objects)} __attribute__((section("{section}"), aligned(1)))'
                    f" = {{ .{placed.path} = {value} }};"
                )
            else:
                numbers += [f"__builtin_offsetof({name}, {placed.path})", f"sizeof((({name} *)0)->{placed.path})"]
    source = (
        "struct x;\n"
        + text
        + 'unsigned int table[] __attribute__((section("probe"))) = {'
        + ",\n".join(numbers)
        + "};\n"
    )
    sections = compile_c(target, source + "\n".join(objects) + "\n", folder, defines)
    words = iter(sections.words("probe"))
    answers = Answers()
    made = 0
    for name, layout in ours.items():
        answers.structs[name] = next(words), next(words)
        for placed in layout.fields:
            if placed.bit_field:
                answers.bits[name, placed.path] = sections.data[f"bits.{made}"]
                made += 1
            else:
                answers.plain[name, placed.path] = next(words), next(words)
    return answers


def bits_set(placed: PlacedField, size: int, byte_order: str) -> bytes:
    """The bytes of an object in which exactly this field's bits are set."""
    out = bytearray(size)
    for bit in range(placed.offset_bits, placed.offset_bits + placed.size_bits):
        out[bit // 8] |= 1 << (bit % 8 if byte_order == "little" else 7 - bit % 8)
    return bytes(out)
