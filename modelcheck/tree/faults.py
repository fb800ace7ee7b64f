"""The ways in which a kernel tree can be unusable; the codes are listed in `modelcheck.tree`."""

from __future__ import annotations

from modelcheck.diagnostics import Diagnostic, InputError


def unreadable(name: str, why: str) -> InputError:
    """A file of the tree cannot be opened or read (CA411)."""
    return InputError([Diagnostic("CA411", f"cannot read `{name}`: {why}")])


def not_text(name: str, line: int) -> InputError:
    """A file of the tree is not UTF-8 (CA411)."""
    return InputError([Diagnostic("CA411", f"`{name}` is no text: line {line} is not UTF-8")])


def unknown_commit(ref: str, repository: str, why: str) -> InputError:
    """Git does not know the commit, or cannot be asked (CA412)."""
    said = why.strip().splitlines()
    detail = f": {said[0].removeprefix('fatal: ')}" if said else ""
    return InputError([Diagnostic("CA412", f"there is no commit `{ref}` in `{repository}`{detail}")])
