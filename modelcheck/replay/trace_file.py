"""Saved counterexamples: a schedule and what it belongs to, as a versioned JSON text.

```
{"schema": "check-arch/trace", "version": 1,
 "input": "powerpc", "kernel": "6.12", "lifecycle": "pte_fragment", "proposal": "", "rule": "OV105",
 "abi": "ppc64le", "symbols": {"SMP": true}, "constants": {"PTE_FRAG_NR": 2},
 "moves": [{"kind": "start", "actor": "creator", "detail": "create"}, ...]}
```

`detail`, `table` and `choice` of a move are left out where they have their default. Diagnostics:

| code | the file |
|---|---|
| CA501 | is not JSON text, or repeats a key |
| CA502 | is no trace, or one of a version that this program does not know |
| CA503 | misses a key, or has an unknown one |
| CA504 | holds a value of a wrong type or out of range |
| CA505 | holds a move of an unknown kind, or of an actor that cannot make it |
| CA506 | is too large |
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn, get_args

from modelcheck.diagnostics import Diagnostic, InputError, did_you_mean
from modelcheck.source import SourceText, Span
from modelcheck.trace import Move, MoveKind, Schedule

SCHEMA = "check-arch/trace"
VERSION = 1
MOST_CHARACTERS = 4_000_000
MOST_MOVES = 10_000
_MOST = 2**31 - 1

_KINDS: dict[str, MoveKind] = {kind: kind for kind in get_args(MoveKind)}
_ACTORS = {
    "start": r"creator|action:\S+",
    "begin": r"table:\d{1,9}",
    "step": r"creator|action:\S+|table:\d{1,9}",
    "resume": r"creator|action:\S+|table:\d{1,9}",
    "enter": r"reader:\d{1,9}",
    "use": r"reader:\d{1,9}",
    "leave": r"reader:\d{1,9}",
    "neighbour": r"environment",
    "rcu_links": r"environment",
}


@dataclass(frozen=True)
class Identification:
    """What a saved run belongs to.

    `input` is an architecture's name or a file's; `proposal` is empty for today's code; `rule` is the hazard that the
    run must meet.
    """

    input: str
    kernel: str
    lifecycle: str
    proposal: str
    rule: str


_TEXTS = ("input", "kernel", "lifecycle", "proposal", "rule", "abi")
_KEYS = ("schema", "version", *_TEXTS, "symbols", "constants", "moves")
_MOVE_KEYS = ("kind", "actor", "detail", "table", "choice")


def to_json(schedule: Schedule, identification: Identification) -> str:
    """The text of a trace file; equal arguments give equal text."""
    document = {
        "schema": SCHEMA,
        "version": VERSION,
        "input": identification.input,
        "kernel": identification.kernel,
        "lifecycle": identification.lifecycle,
        "proposal": identification.proposal,
        "rule": identification.rule,
        "abi": schedule.abi,
        "symbols": dict(sorted(schedule.symbols)),
        "constants": dict(sorted(schedule.constants)),
    }
    head = json.dumps(document, indent=2, ensure_ascii=False)
    moves = ",\n".join("    " + json.dumps(_move(move), ensure_ascii=False) for move in schedule.moves)
    listed = f"[\n{moves}\n  ]" if moves else "[]"
    return f'{head[:-2]},\n  "moves": {listed}\n}}\n'


def _move(move: Move) -> dict[str, str | int]:
    shown: dict[str, str | int] = {"kind": move.kind, "actor": move.actor}
    if move.detail:
        shown["detail"] = move.detail
    if move.table != -1:
        shown["table"] = move.table
    if move.choice:
        shown["choice"] = move.choice
    return shown


def from_json(text: str, name: str) -> tuple[Schedule, Identification]:
    """Read a trace file's text; `name` is how diagnostics call the file. Symbols and constants come out sorted by name.

    Raises InputError with one diagnostic (CA501 to CA506), whatever the text is.
    """
    return _Reader(SourceText(name, text)).document()


@dataclass(frozen=True)
class _Reader:
    source: SourceText

    def fail(self, code: str, message: str, offset: int | None = None, help: str = "") -> NoReturn:
        length = len(self.source.text)
        at = None if offset is None else Span(self.source, min(offset, length), min(offset + 1, length))
        raise InputError([Diagnostic(code, f"{self.source.name}: {message}", at, help=help)])

    def parse(self) -> object:
        text = self.source.text
        if len(text) > MOST_CHARACTERS:
            self.fail("CA506", f"the file has {len(text)} characters; at most {MOST_CHARACTERS} are read")
        try:
            return json.loads(text, object_pairs_hook=self.unique, parse_constant=self.constant)
        except json.JSONDecodeError as error:
            self.fail("CA501", f"this is not JSON: {error.msg}", error.pos)
        except RecursionError:
            self.fail("CA501", "this is nested too deeply to be a trace")
        except ValueError:
            # Python refuses to convert integers of thousands of digits.
            self.fail("CA504", "a number is too long")

    def unique(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [key for key, _ in pairs]
            self.fail("CA501", f"the key {_quote(next(k for k in names if names.count(k) > 1))} is repeated")
        return found

    def constant(self, word: str) -> NoReturn:
        self.fail("CA501", f"this is not JSON: `{word}` is no number")

    def document(self) -> tuple[Schedule, Identification]:
        document = self.parse()
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            self.fail("CA502", "this is not a trace", help=f"a trace is a JSON object with `schema` {SCHEMA!r}")
        version = document.get("version")
        if isinstance(version, bool) or version != VERSION:
            self.fail("CA502", f"version {_quote(version)} of traces is not known; this program reads {VERSION}")
        self.keys(document, "the trace", _KEYS, _KEYS)
        texts = {key: self.text(document[key], key) for key in _TEXTS}
        symbols = self.table(document["symbols"], "symbols")
        constants = self.table(document["constants"], "constants")
        moves = document["moves"]
        if not isinstance(moves, list):
            self.fail("CA504", f"`moves` must be a list, not {_quote(moves)}")
        if len(moves) > MOST_MOVES:
            self.fail("CA506", f"the run has {len(moves)} moves; at most {MOST_MOVES} are read")
        schedule = Schedule(
            abi=texts.pop("abi"),
            symbols=tuple((key, self.boolean(value, f"symbols.{key}")) for key, value in symbols),
            constants=tuple((key, self.integer(value, f"constants.{key}")) for key, value in constants),
            moves=tuple(self.move(move, f"moves[{i}]") for i, move in enumerate(moves)),
        )
        return schedule, Identification(**texts)

    def move(self, value: object, where: str) -> Move:
        if not isinstance(value, dict):
            self.fail("CA504", f"`{where}` must be an object, not {_quote(value)}")
        self.keys(value, f"`{where}`", _MOVE_KEYS, ("kind", "actor"))
        kind = _KINDS.get(self.text(value["kind"], f"{where}.kind"))
        actor = self.text(value["actor"], f"{where}.actor")
        if kind is None:
            hint = did_you_mean(value["kind"], _KINDS)
            self.fail("CA505", f"`{where}`: there is no kind of move {_quote(value['kind'])}", help=hint)
        if not re.fullmatch(_ACTORS[kind], actor, re.ASCII):
            self.fail("CA505", f"`{where}`: {_quote(actor)} cannot make the move `{kind}`")
        return Move(
            kind,
            actor,
            self.text(value.get("detail", ""), f"{where}.detail"),
            self.integer(value.get("table", -1), f"{where}.table"),
            self.integer(value.get("choice", 0), f"{where}.choice"),
        )

    def keys(self, value: Mapping[str, object], where: str, known: tuple[str, ...], needed: tuple[str, ...]) -> None:
        for key in needed:
            if key not in value:
                self.fail("CA503", f"{where} has no `{key}`")
        for key in value:
            if key not in known:
                self.fail("CA503", f"{where} has an unknown key {_quote(key)}", help=did_you_mean(key, known))

    def table(self, value: object, where: str) -> list[tuple[str, object]]:
        if not isinstance(value, dict):
            self.fail("CA504", f"`{where}` must be an object, not {_quote(value)}")
        return sorted(value.items())

    def text(self, value: object, where: str) -> str:
        if not isinstance(value, str):
            self.fail("CA504", f"`{where}` must be a text, not {_quote(value)}")
        if not value.isprintable():
            self.fail("CA504", f"`{where}` holds characters that cannot be shown: {_quote(value)}")
        return value

    def boolean(self, value: object, where: str) -> bool:
        if not isinstance(value, bool):
            self.fail("CA504", f"`{where}` must be true or false, not {_quote(value)}")
        return value

    def integer(self, value: object, where: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail("CA504", f"`{where}` must be an integer, not {_quote(value)}")
        if not -_MOST <= value <= _MOST:
            self.fail("CA504", f"`{where}` is out of range")
        return value


def _quote(value: object) -> str:
    """A piece of the file, escaped and cut short."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value)
    return f"`{text[:40]}...`" if len(text) > 43 else f"`{text}`"
