"""What every command's own options are built from: a parser that explains itself, and how output is asked for.

Every command has a parser of its own, so that names and options may be mixed in any order.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn

from modelcheck.diagnostics import Diagnostic, InputError, did_you_mean

Colour = Literal["auto", "always", "never"]
FORMATS = ("text", "json")


class UsageError(InputError):
    """The command line cannot be understood."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__([Diagnostic("CA601", message, help=help)])


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are diagnostics, with a suggestion where one is near."""

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError`; argparse calls this where it would print and exit."""
        words = message.split(": ", 1)[1].split() if message.startswith("unrecognized arguments: ") else []
        if words:
            option = next((word for word in words if word.startswith("-")), words[0]).split("=", 1)[0]
            known = [name for action in self._actions for name in action.option_strings]
            near = did_you_mean(option, known)
            raise UsageError(f"there is no option `{option}`", near or f"`{self.prog} --help` lists them")
        raise UsageError(message[:1].lower() + message[1:], f"see `{self.prog} --help`")


@dataclass(frozen=True)
class Output:
    """How results are shown: formats with their file ("" for standard output), colour, how much."""

    formats: tuple[tuple[str, str], ...]
    colour: Colour
    quiet: bool
    verbose: bool


def parser_for(command: str, description: str, epilog: str = "") -> Parser:
    """The parser of one command; `epilog` ends its help."""
    return Parser(prog=f"check-arch {command}", description=description, epilog=epilog or None, allow_abbrev=False)


def add_output(
    parser: Parser,
    formats: Sequence[str] = FORMATS,
    verbose: str = "every counterexample, every clause of a proof",
) -> None:
    """Add the options that say in which formats, how much and in which colours results are shown."""
    shown = parser.add_argument_group("what is shown")
    listed = f"{', '.join(formats[:-1])} or {formats[-1]}, to standard output or to a file; may be repeated"
    shown.add_argument("--format", action="append", metavar="NAME[:FILE]", help=listed)
    amount = shown.add_mutually_exclusive_group()
    amount.add_argument("-q", "--quiet", action="store_true", help="one line for each answer")
    amount.add_argument("-v", "--verbose", action="store_true", help=verbose)
    colour = "auto, always or never (default: auto, which also heeds NO_COLOR)"
    shown.add_argument("--color", choices=("auto", "always", "never"), default="auto", metavar="WHEN", help=colour)


def add_tree(parser: Parser | argparse._ArgumentGroup) -> None:
    """Add the option that says which kernel's headers the structs are read from."""
    text = "take the structs from the headers of this kernel tree, not from the models"
    parser.add_argument("--tree", default="", metavar="DIR", help=text)


def output_of(found: argparse.Namespace, known: Sequence[str] = FORMATS) -> Output:
    """What the options of `add_output` ask for. Raises `UsageError` for a format that is not `known`."""
    formats = []
    for text in found.format or ["text"]:
        name, _, file = text.partition(":")
        if name not in known:
            hint = did_you_mean(name, known) or f"there are: {', '.join(known)}"
            raise UsageError(f"there is no format `{name}` here", hint)
        formats.append((name, file))
    if len([file for _, file in formats if not file]) > 1:
        hint = "send one of them to a file: `--format json:FILE`"
        raise UsageError("two formats would both go to standard output", hint)
    return Output(tuple(formats), found.color, found.quiet, found.verbose)


def listed(values: Sequence[str] | None) -> tuple[str, ...]:
    """The words of a list that may be given in parts, by repetition or by commas; each once."""
    words = [word.strip() for value in values or () for word in value.split(",")]
    return tuple(dict.fromkeys(word for word in words if word))


def positive(text: str) -> int:
    """A whole number from 1 on. Raises `argparse.ArgumentTypeError`."""
    number = natural(text)
    if number == 0:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def natural(text: str) -> int:
    """A whole number from 0 on. Raises `argparse.ArgumentTypeError`."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"`{text}` is not a number")
    return int(text)
