"""`check-arch gate`: what a change makes new or worse; nothing else fails."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

from modelcheck.cli.arguments import UsageError, add_output, parser_for
from modelcheck.cli.options import (
    CHECK_FORMATS,
    CheckOptions,
    add_config,
    add_how,
    check_options_of,
    formats_in_words,
)
from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.gate.git import GitError, Repository, repository_of
from modelcheck.gate.models import GLOBS
from modelcheck.gate.series import patched
from modelcheck.gate.sides import Recorded, Sides, WorkingTree, recorded, sides, staged
from modelcheck.interruption import ENDING, Interrupted, temporary_folder

_EXITS = (
    "exit status: 0 nothing new, 1 new UNSAFE or an `expect` that no longer holds, 2 bad usage or a model of the head "
    "with errors, 3 new UNKNOWN or BOUNDED, 4 new VACUOUS, 5 DRIFT: a tree that no model describes, 6 a waiver that is "
    "expired, unused, duplicate, too broad or malformed, 70 internal error; of several the first of 130, 70, 2, 5, 1, "
    "4, 3, 6 counts. What the base had already does not count, nor what is waived, nor what an `expect` states that "
    "came with the change."
)


@dataclass(frozen=True)
class GateOptions:
    """`gate`. `base`, `head` and `patch` are "" where they were not given; `tree` is "" for a repository of models."""

    check: CheckOptions
    base: str
    head: str
    staged: bool
    patch: str
    merge_base: bool
    tree: str


def gate_options(arguments: Sequence[str]) -> GateOptions:
    """Read the arguments of `gate`. Raises `UsageError`."""
    description = (
        "Compare two versions of models, or of a kernel tree, and say what got worse. Without options: the working "
        "tree with HEAD, or, where nothing in it was changed, HEAD with the commit before it."
    )
    parser = parser_for("gate", description, f"{formats_in_words()} {_EXITS}")
    parser.add_argument("names", nargs="*", metavar="ARCH", help="only these architectures (default: all)")
    which = parser.add_argument_group("what is compared")
    base = "the commit to compare with (default: HEAD; with --head, the commit before that)"
    which.add_argument("--base", default="", metavar="REF", help=base)
    heads = which.add_mutually_exclusive_group()
    heads.add_argument("--head", default="", metavar="REF", help="the commit to judge (default: the working tree)")
    heads.add_argument("--staged", action="store_true", help="judge what is staged for the next commit")
    patch = "judge the base with the patches of an mbox as `b4 am` saves it (-: standard input); nothing is touched"
    heads.add_argument("--patch", default="", metavar="MBOX", help=patch)
    merge_base = "compare with the commit where the two histories parted, and not with the base itself"
    which.add_argument("--merge-base", action="store_true", help=merge_base)
    tree = "a kernel tree: its headers are judged by the models that come with the program (default: models, here)"
    which.add_argument("--tree", default="", metavar="DIR", help=tree)
    what = parser.add_argument_group("what to check")
    kernel = "the models of this kernel; may be repeated (default: all; with --tree, those next to the tree's version)"
    what.add_argument("--kernel", action="append", metavar="VERSION", help=kernel)
    what.add_argument("--level", action="append", metavar="LEVELS", help="only these levels: pte,pmd,...")
    what.add_argument("--lifecycle", action="append", metavar="NAME", help="only this life cycle; may be repeated")
    proposal = "also with this what-if, by its name; may be repeated"
    what.add_argument("--proposal", action="append", metavar="NAME", help=proposal)
    add_config(what)
    waivers = "findings to live with for a time (default: waivers.toml at the top of the head, if there is one)"
    what.add_argument("--waivers", default="", metavar="FILE", help=waivers)
    how = add_how(parser)
    traces = "save the counterexample of every finding there, for `check-arch replay`"
    how.add_argument("--save-traces", default="", metavar="DIR", help=traces)
    add_output(parser, CHECK_FORMATS, "every counterexample, and what the base had already")
    found = parser.parse_intermixed_args(list(arguments))
    if found.staged and found.tree:
        raise UsageError("`--staged` is for repositories of models", "name a commit: `--head REF`")
    return GateOptions(
        check=check_options_of(found, CHECK_FORMATS),
        base=found.base,
        head=found.head,
        staged=found.staged,
        patch=found.patch,
        merge_base=found.merge_base,
        tree=found.tree,
    )


def run(words: Sequence[str]) -> int:
    """Run the command; the exit status. Raises InputError where nothing can be compared."""
    options = gate_options(words)
    with ExitStack() as stack:
        stack.enter_context(_leaving_on_signals())
        folder = stack.enter_context(temporary_folder("check-arch-gate-"))
        compared = stack.enter_context(_sides(options))
        from modelcheck.cli import gating

        return gating.judge(compared, options, folder, words)


@contextmanager
def _leaving_on_signals() -> Iterator[None]:
    """Go the same way out on a signal to end as after Ctrl-C, so that nothing is left behind."""

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        raise Interrupted if number == signal.SIGINT else SystemExit(128 + number)

    as_usual = (signal.SIG_DFL, signal.default_int_handler)
    known = [each for each in ENDING if signal.getsignal(each) in as_usual]
    try:
        before = {each: signal.signal(each, leave) for each in known}
    except ValueError:
        before = {}  # Not in the main thread, where signals cannot be caught.
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def _sides(options: GateOptions) -> Iterator[Sides]:
    """The two versions that the options mean. Raises InputError."""
    repository = repository_of(Path(options.tree or "."))
    if repository.bare and not (options.head or options.patch):
        raise GitError("CA701", f"`{repository.top}` has no working tree", "name a commit: `--head REF`")
    base_ref = options.base or (f"{options.head}^" if options.head else "HEAD")
    base_commit = repository.commit(base_ref)
    if options.merge_base:
        base_commit = repository.merge_base(base_commit, options.head or "HEAD")
        base_ref = f"{base_ref}, where it parted"
    base = recorded(repository, _named(base_ref, base_commit), base_commit)
    if options.patch:
        with patched(repository, base, *_series(options.patch)) as head:
            yield sides(base, head)
    elif options.head:
        commit = repository.commit(options.head)
        if commit == base_commit:
            raise _same(f"`{options.head}` and `{base_ref}` are the same commit {commit[:12]}")
        yield sides(base, recorded(repository, _named(options.head, commit), commit))
    elif options.staged:
        yield sides(base, staged(repository))
    else:
        yield _working_tree(repository, base, base_commit, options)


def _series(file: str) -> tuple[str, bytes]:
    """A file of patches, or standard input: its name, and what it holds. Raises InputError."""
    if file == "-":
        return "standard input", sys.stdin.buffer.read()
    try:
        return Path(file).name, Path(file).read_bytes()
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError([Diagnostic("CA602", f"cannot read `{file}`: {why}")]) from None


def _working_tree(repository: Repository, base: Recorded, base_commit: str, options: GateOptions) -> Sides:
    found = sides(base, WorkingTree("the working tree", repository, GLOBS))
    if found.changed:
        return found
    head = repository.commit("HEAD")
    if options.base and base_commit != head:
        return found
    if options.base or repository.ask("rev-parse", "--verify", "--quiet", "HEAD^").status:
        raise _same(f"nothing in the working tree differs from {base.label}")
    before = repository.commit("HEAD^")
    return sides(
        recorded(repository, _named("HEAD^", before), before), recorded(repository, _named("HEAD", head), head)
    )


def _named(ref: str, commit: str) -> str:
    return commit[:12] if commit.startswith(ref) and len(ref) >= 7 else f"{ref} ({commit[:12]})"


def _same(message: str) -> GitError:
    return GitError("CA703", f"there is nothing to compare: {message}", "name what to compare: `--base REF --head REF`")
