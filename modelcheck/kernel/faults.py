"""The ways in which a kernel's type information can be unusable; the codes are listed in `modelcheck.kernel`."""

from __future__ import annotations

from modelcheck.diagnostics import Diagnostic, InputError

MODULE_HELP = "a module's own BTF builds on the kernel's; give the kernel's (/sys/kernel/btf/vmlinux)"


def unreadable(name: str, why: str) -> InputError:
    """The file cannot be opened or read (CA401)."""
    return InputError([Diagnostic("CA401", f"cannot read `{name}`: {why}")])


def foreign(name: str, what: str) -> InputError:
    """The file holds no BTF (CA402)."""
    help_text = "give raw BTF (such as /sys/kernel/btf/vmlinux) or a vmlinux built with CONFIG_DEBUG_INFO_BTF"
    return InputError([Diagnostic("CA402", f"`{name}` {what}", help=help_text)])


def damaged(name: str, what: str) -> InputError:
    """Something in the file points outside it, or is cut off (CA403)."""
    return InputError([Diagnostic("CA403", f"`{name}` is damaged: {what}")])


def contradictory(name: str, what: str, help_text: str = "") -> InputError:
    """The types of the file contradict themselves (CA404)."""
    return InputError([Diagnostic("CA404", f"the types in `{name}` make no sense: {what}", help=help_text)])


def too_large(name: str, limit: int) -> InputError:
    """More bytes than the reader takes (CA405)."""
    message = f"`{name}` holds more than {limit >> 20} MiB"
    return InputError([Diagnostic("CA405", message, help="unpack it, or copy out its .BTF section with objcopy")])


def wordless(name: str) -> InputError:
    """No type tells the size of a pointer (CA406)."""
    message = f"`{name}` has no type `long`, so the size of its pointers is not known"
    return InputError([Diagnostic("CA406", message, help="a kernel's BTF always has it: is this file one?")])
