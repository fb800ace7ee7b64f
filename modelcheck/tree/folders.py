"""Which folder of `arch/` a model is about."""

from __future__ import annotations

from modelcheck.model.unit import Unit
from modelcheck.tree.faults import no_tree
from modelcheck.tree.files import Files

# A target's name begins with its folder's, but for these.
_FOLDERS = {"i386": "x86", "x86_64": "x86", "ppc": "powerpc"}


def folder_of(unit: Unit, files: Files) -> str:
    """The folder that the model is named after (`sparc` for `sparc32`), or else that of its first target.

    Raises InputError (CA410) where the tree has no such folder.
    """
    found = known_folder(unit, files)
    if not found:
        raise no_tree(files.label, f"arch/{unit.name}/include/asm")
    return found


def known_folder(unit: Unit, files: Files) -> str:
    """As `folder_of`; empty where the tree has no such folder."""
    candidates = [unit.name, unit.name.rstrip("0123456789")]
    for abi in unit.abis[:1]:
        plain = abi.name.rstrip("0123456789")
        candidates += [
            *(folder for name, folder in _FOLDERS.items() if abi.name.startswith(name)),
            abi.name,
            *(abi.name[:length] for length in range(len(abi.name) - 1, 1, -1)),
            plain,
        ]
    for folder in dict.fromkeys(candidates):
        if _exists(folder, files):
            return folder
    return ""


def _exists(folder: str, files: Files) -> bool:
    if not folder or "/" in folder:
        return False
    known = ("include/asm/Kbuild", "include/asm/page.h", "Kconfig")
    return any(files.read(f"arch/{folder}/{path}") is not None for path in known)
