"""The ways in which a kernel tree can be unusable; the codes are listed in `modelcheck.tree`."""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.source import Span


def unreadable(name: str, why: str) -> InputError:
    """A file of the tree cannot be opened or read (CA411)."""
    return InputError([Diagnostic("CA411", f"cannot read `{name}`: {why}")])


def not_text(name: str, line: int) -> InputError:
    """A file of the tree is not UTF-8 (CA411)."""
    return InputError([Diagnostic("CA411", f"`{name}` is no text: line {line} is not UTF-8")])


def no_tree(label: str, missing: str) -> InputError:
    """The files are not those of a kernel, or a header that is needed is not among them (CA410)."""
    help_text = "give the top of a kernel's sources, the folder that holds `include`, `mm` and `arch`"
    return InputError([Diagnostic("CA410", f"`{label}` has no `{missing}`", help=help_text)])


def no_parser() -> InputError:
    """The package that reads C is not installed (CA413)."""
    message = "a kernel tree is read with tree-sitter, which is not installed"
    return InputError([Diagnostic("CA413", message, help="install it: pip install 'check-arch[tree]'")])


def no_struct(label: str, name: str, needed: Sequence[str]) -> Diagnostic:
    """No header declares a struct that life cycles are about (CA414)."""
    who = ", ".join(f"`{each}`" for each in needed)
    message = f"`{label}` declares no `struct {name}`, which {who} {'needs' if len(needed) == 1 else 'need'}"
    help_text = "is this the kernel that the model describes? `--kernel` chooses another one"
    return Diagnostic("CA414", message, help=help_text)


def not_understood(place: Span, what: str, help_text: str = "") -> InputError:
    """A declaration that matters for the layout is not understood (CA415)."""
    return InputError([Diagnostic("CA415", what, place, help=help_text)])
