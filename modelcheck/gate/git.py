"""What is asked of git. Nothing here changes a working tree, an index, a ref or a setting.

All commands are plumbing, whose output is made for programs and which do not write the index on the side.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from modelcheck.diagnostics import Diagnostic, InputError, did_you_mean
from modelcheck.interruption import held, mask

_QUIET = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_LITERAL_PATHSPECS": "1"}


class GitError(InputError):
    """There is no repository, no such commit, or git cannot be asked."""

    def __init__(self, code: str, message: str, help: str = "") -> None:
        super().__init__([Diagnostic(code, message, help=help)])


@dataclass(frozen=True)
class Ran:
    """What a command of git left behind."""

    status: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Its output as text, without blanks around it."""
        return self.out.decode("utf-8", "surrogateescape").strip()

    @property
    def complaint(self) -> str:
        """The first line of what it complained about."""
        lines = [each for each in self.err.splitlines() if each.strip()]
        return lines[0].removeprefix("fatal: ").removeprefix("error: ") if lines else ""


@dataclass(frozen=True)
class Blob:
    """A file in a commit or index: what git calls its content. Only regular files are."""

    path: str
    name: str


@dataclass(frozen=True)
class Repository:
    """A repository: the top of its working tree, or its own folder where it has none (`bare`).

    `environment` is what commands are given in addition to that of the program.
    """

    top: Path
    bare: bool
    environment: tuple[tuple[str, str], ...] = ()

    def ask(self, *words: str, given: bytes = b"") -> Ran:
        """Run a command of git, whatever comes of it. Raises `GitError` where git cannot be run."""
        return _run(["-C", str(self.top), *words], given, dict(self.environment))

    def demand(self, *words: str, given: bytes = b"") -> Ran:
        """Run a command that has no reason to fail. Raises `GitError`."""
        ran = self.ask(*words, given=given)
        if ran.status:
            raise GitError("CA701", f"`git {words[0]}` failed in `{self.top}`: {ran.complaint}")
        return ran

    def within(self, environment: Mapping[str, str]) -> Repository:
        """The same repository, asked with more in the environment."""
        return replace(self, environment=(*self.environment, *environment.items()))

    def commit(self, ref: str) -> str:
        """The full name of a commit. Raises `GitError` (CA702)."""
        ran = self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        if ran.status:
            raise self._unknown(ref)
        return ran.text

    def merge_base(self, one: str, other: str) -> str:
        """The commit at which two histories parted. Raises `GitError` (CA702)."""
        ran = self.ask("merge-base", self.commit(one), self.commit(other))
        if ran.status or not ran.text:
            why = f"`{one}` and `{other}` have no commit in common"
            raise GitError("CA702", f"{why} in this clone", self._deepen() if self.is_shallow else "")
        return ran.text

    @property
    def is_shallow(self) -> bool:
        """Was only a part of the history cloned?"""
        return self.ask("rev-parse", "--is-shallow-repository").text == "true"

    def tree(self, commit: str) -> str:
        """The name of what a commit holds."""
        return self.demand("rev-parse", "--verify", f"{commit}^{{tree}}").text

    def files_of(self, tree: str) -> tuple[Blob, ...]:
        """Every regular file of a commit or tree."""
        out = self.demand("ls-tree", "-r", "-z", "--full-tree", tree).out
        return tuple(_blobs(out, name_at=2))

    def staged(self) -> tuple[Blob, ...]:
        """Every regular file of the index; of one that is in conflict, one version."""
        out = self.demand("ls-files", "--stage", "-z", "--full-name").out
        return tuple({blob.path: blob for blob in _blobs(out, name_at=1)}.values())

    def tracked(self) -> tuple[str, ...]:
        """The paths of the index."""
        return _paths(self.demand("ls-files", "-z", "--full-name").out)

    def untracked(self, globs: Sequence[str]) -> tuple[str, ...]:
        """Files that git does not know and was not told to ignore, with names like these."""
        words = ["ls-files", "-z", "--others", "--exclude-standard", "--full-name", "--", *globs]
        return _paths(self.within({"GIT_LITERAL_PATHSPECS": "0"}).demand(*words).out)

    def differing(self, tree: str) -> tuple[str, ...]:
        """Paths of which the working tree may have something else than `tree`; git looks at times and sizes first."""
        return _paths(self.demand("diff-index", "-z", "--name-only", "--no-renames", tree, "--").out)

    @contextmanager
    def blobs(self) -> Iterator[Callable[[str], bytes]]:
        """One process of git that says what blobs hold, as often as it is asked. Raises `GitError`."""
        try:
            with held():
                process = subprocess.Popen(
                    _command(["-C", str(self.top), "cat-file", "--batch"]),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=_environment(dict(self.environment)),
                )
        except OSError as error:
            raise _no_git(error) from None
        asking, answering = process.stdin, process.stdout
        assert asking is not None
        assert answering is not None

        def ask(name: str) -> bytes:
            asking.write(f"{name}\n".encode())
            asking.flush()
            head = answering.readline().split()
            if len(head) != 3:
                raise GitError("CA701", f"`{self.top}` lacks an object: {b' '.join(head).decode(errors='replace')}")
            return answering.read(int(head[2]) + 1)[:-1]

        try:
            yield ask
        finally:
            # Somebody may have ended it.
            with suppress(OSError):
                asking.close()
            answering.close()
            process.wait()

    def _unknown(self, ref: str) -> GitError:
        known = self.ask("for-each-ref", "--format=%(refname:short)").text.split()
        near = did_you_mean(ref, [*known, "HEAD"])
        if self.ask("rev-parse", "--verify", "--quiet", "HEAD").status:
            near = "the repository has no commit yet"
        elif self.is_shallow:
            near = self._deepen()
        return GitError("CA702", f"there is no commit `{ref}` in `{self.top}`", near)

    def _deepen(self) -> str:
        return (
            "the clone is shallow; `git fetch --unshallow`, or `fetch-depth: 0` where a workflow checks it out, "
            "brings the rest of the history"
        )


def repository_of(folder: Path) -> Repository:
    """The repository that a folder lies in. Raises `GitError` (CA701)."""
    if not folder.is_dir():
        raise GitError("CA701", f"there is no folder `{folder}`")
    bare = _run(["-C", str(folder), "rev-parse", "--is-bare-repository", "--absolute-git-dir"], b"", {})
    if bare.status:
        hint = next((line.strip() for line in bare.err.splitlines() if "safe.directory" in line and "git " in line), "")
        why = bare.complaint if "not a git repository" not in bare.complaint else ""
        raise GitError("CA701", f"`{folder}` is not in a git repository" + (f": {why}" if why else ""), hint)
    is_bare, git_dir = bare.text.split("\n", 1)
    if is_bare == "true":
        return Repository(Path(git_dir), True)
    top = _run(["-C", str(folder), "rev-parse", "--show-toplevel"], b"", {})
    if top.status:
        raise GitError("CA701", f"`{folder}` is not in a working tree: {top.complaint}")
    return Repository(Path(top.text), False)


def run_outside(words: Sequence[str], given: bytes = b"") -> Ran:
    """Run a command of git that needs no repository. Raises `GitError` where git cannot be run."""
    return _run(words, given, {})


def _run(words: Sequence[str], given: bytes, environment: Mapping[str, str]) -> Ran:
    pipe = subprocess.PIPE
    try:
        with (
            held() as before,
            subprocess.Popen(
                _command(words), stdin=pipe, stdout=pipe, stderr=pipe, env=_environment(environment)
            ) as process,
        ):
            try:
                with mask(before):
                    out, err = process.communicate(given)
            except BaseException:
                # What it writes is about to be removed.
                process.kill()
                raise
    except OSError as error:
        raise _no_git(error) from None
    return Ran(process.returncode, out, err.decode("utf-8", "replace"))


def _command(words: Sequence[str]) -> list[str]:
    return ["git", "-c", "core.quotePath=false", *words]


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **_QUIET, **more}


def _no_git(error: OSError) -> GitError:
    return GitError("CA701", f"git cannot be run: {(error.strerror or str(error)).lower()}")


def _blobs(listing: bytes, name_at: int) -> Iterable[Blob]:
    for entry in listing.split(b"\0"):
        head, tab, path = entry.partition(b"\t")
        words = head.decode().split()
        # Neither symbolic links (120000) nor submodules (160000).
        if tab and words[0].startswith("100"):
            yield Blob(path.decode("utf-8", "surrogateescape"), words[name_at])


def _paths(listing: bytes) -> tuple[str, ...]:
    return tuple(each.decode("utf-8", "surrogateescape") for each in listing.split(b"\0") if each)
