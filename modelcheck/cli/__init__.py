"""The command `check-arch`: words in, a report and an exit status out.

`arguments`, `options` - what can be said; `catalogue` - which files are meant; `configuring` - fixed symbols; `jobs` -
child processes; `reviewing`, `outputs` - what reports are written from, and where they go; `exits` - statuses; and one
module for each command.

Nothing here imports a solver, a parser or a terminal library before it is needed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn, cast

from modelcheck import __version__
from modelcheck.cli import exits
from modelcheck.cli.arguments import UsageError
from modelcheck.cli.commands import COMMANDS
from modelcheck.diagnostics import InputError, did_you_mean

_USAGE = """\
check-arch: may this field of struct page be overlaid here? Proved, or refuted with a counterexample.

usage: check-arch [check] [ARCH|FILE...] [options]
       check-arch COMMAND ...

commands:
{commands}

Without a command, names mean `check`. `check-arch COMMAND --help` lists the options of a command.

exit status: 0 SAFE, 1 UNSAFE, 2 bad usage or model, 3 UNKNOWN, 4 VACUOUS, 5 DRIFT, 6 faulty waiver, 70 internal error
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status. Every error is reported, none is raised but KeyboardInterrupt."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _dispatch(words)
    except InputError as error:
        from modelcheck.cli.outputs import complain

        complain(error.diagnostics)
        return exits.USAGE
    except SystemExit as leave:
        # argparse leaves this way after `--help`.
        return leave.code if isinstance(leave.code, int) else exits.OK
    except BrokenPipeError:
        raise
    except Exception as error:
        if os.environ.get("CHECK_ARCH_DEBUG"):
            raise
        return internal_error(f"{type(error).__name__}: {error}")


def run() -> NoReturn:
    """The entry point of the command: `main`, and the manners that a process owes to its shell."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has left; what is still buffered must not fail once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = exits.CLOSED_PIPE
    except KeyboardInterrupt:
        print("check-arch: interrupted", file=sys.stderr)
        status = exits.INTERRUPTED
    sys.exit(status)


def internal_error(what: str) -> int:
    """Say in one line that the program itself is at fault, and how to report it; the exit status for that."""
    print(
        f"check-arch: internal error: {' '.join(what.split())}\n"
        "  This is a fault of check-arch, not of your input. Please report it with the command line and the output of\n"
        "  the same command with CHECK_ARCH_DEBUG=1 in its environment.",
        file=sys.stderr,
    )
    return exits.INTERNAL


def _dispatch(words: list[str]) -> int:
    if not words:
        sys.stdout.write(_overview())
        return exits.USAGE
    first, names = words[0], [command.name for command in COMMANDS]
    if first in ("-h", "--help", "help"):
        if first == "help" and len(words) > 1:
            return _dispatch([*words[1:2], "--help"])
        sys.stdout.write(_overview())
        return exits.OK
    if first in ("-V", "--version"):
        print(f"check-arch {__version__}")
        return exits.OK
    if first.startswith("--") and (near := did_you_mean(first, ["--version", "--help"])):
        raise UsageError(f"there is no option `{first}`", near)
    command, rest = (first, words[1:]) if first in names else ("check", words)
    module = import_module(f"modelcheck.cli.{command}")
    return cast(int, module.run(rest))


def _overview() -> str:
    width = max(len(f"{c.name} {c.arguments}") for c in COMMANDS) + 2
    lines = [f"  {f'{c.name} {c.arguments}':<{width}}{c.does}" for c in COMMANDS]
    return _USAGE.format(commands="\n".join(lines))
