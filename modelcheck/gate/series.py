"""A version with a series of patches applied, where nobody else sees it.

What git has to write goes to a folder that is gone afterwards: an index of its own, and a store of objects that knows
that of the repository. Neither the working tree nor anything of the repository is touched.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.gate.git import Repository, run_outside
from modelcheck.gate.sides import Recorded, recorded
from modelcheck.interruption import temporary_folder

_PLAIN = re.compile(rb"(?:diff --git |Index: |--- \S|From [0-9a-f]{40} )")
_HEADER = re.compile(rb"(?:From |[A-Za-z][A-Za-z0-9-]*:)")


@dataclass(frozen=True)
class Patch:
    """One patch: what its mail is called ("" for a plain diff), and what it changes."""

    subject: str
    text: bytes


@contextmanager
def patched(repository: Repository, base: Recorded, name: str, data: bytes) -> Iterator[Recorded]:
    """The base with the patches of a file of that name applied, in their order. Raises InputError (CA704, CA705)."""
    with temporary_folder("check-arch-gate-") as folder:
        patches = read_series(name, data, folder)
        objects = folder / "objects"
        objects.mkdir()
        aside = repository.within(_aside(repository, folder, objects))
        aside.demand("read-tree", base.tree)
        for number, patch in enumerate(patches, start=1):
            ran = aside.ask("apply", "--cached", "--whitespace=nowarn", "-", given=patch.text)
            if ran.status:
                raise _refused(patch, number, len(patches), base, ran.err)
        tree = aside.demand("write-tree").text
        yield recorded(aside, f"{base.label} with {name}", tree)


def read_series(name: str, data: bytes, folder: Path) -> tuple[Patch, ...]:
    """The patches of an mbox, a single mail or a plain diff; `folder` is for what git writes on the way.

    Mails without a patch (cover letters, replies) are left out. Raises InputError (CA704).
    """
    start = data.lstrip()
    if _PLAIN.match(start) and not start.startswith(b"From "):
        return (Patch("", data),)
    if not _HEADER.match(start):
        hint = "`b4 am`, `b4 mbox` and `git format-patch --stdout` write one"
        raise InputError([Diagnostic("CA704", f"`{name}` is neither an mbox nor a patch", help=hint)])
    mails = folder / "mails"
    mails.mkdir()
    given = start if start.startswith(b"From ") else b"From nobody Thu Jan  1 00:00:00 1970\n" + start
    split = run_outside(["mailsplit", "--keep-cr", f"-o{mails}"], given)
    if split.status:
        raise InputError([Diagnostic("CA704", f"`{name}` is not an mbox: {split.complaint}")])
    found = [_patch_in(mail.read_bytes(), folder) for mail in sorted(mails.iterdir())]
    patches = tuple(patch for patch in found if patch is not None)
    if not patches:
        raise InputError([Diagnostic("CA704", f"no mail of `{name}` holds a patch")])
    return patches


def _patch_in(mail: bytes, folder: Path) -> Patch | None:
    message, text = folder / "message", folder / "patch"
    info = run_outside(["mailinfo", "--encoding=UTF-8", str(message), str(text)], mail)
    patch = text.read_bytes() if text.exists() else b""
    if info.status or not re.search(rb"^(?:diff --git |--- )", patch, re.MULTILINE):
        return None
    lines = (each.partition(": ") for each in info.text.splitlines())
    return Patch(next((value for key, _, value in lines if key == "Subject"), ""), patch)


def _aside(repository: Repository, folder: Path, objects: Path) -> Mapping[str, str]:
    theirs = repository.demand("rev-parse", "--git-path", "objects").text
    further = os.environ.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "")
    known = [str((repository.top / theirs).resolve()), *further.split(os.pathsep)]
    return {
        "GIT_INDEX_FILE": str(folder / "index"),
        "GIT_OBJECT_DIRECTORY": str(objects),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.pathsep.join(each for each in known if each),
    }


def _refused(patch: Patch, number: int, of: int, base: Recorded, said: str) -> InputError:
    places = re.findall(r"^error: patch failed: (.+?)$", said, re.MULTILINE)
    places = places or re.findall(r"^error: (.+?)$", said, re.MULTILINE)
    which = f"patch {number} of {of}" if of > 1 else "the patch"
    name = f" (`{patch.subject}`)" if patch.subject else ""
    where = "; ".join(dict.fromkeys(places)) or said.strip()
    help = "name the commit that the series was made for: `--base REF`"
    return InputError([Diagnostic("CA705", f"{which}{name} does not apply to {base.label}: {where}", help=help)])
