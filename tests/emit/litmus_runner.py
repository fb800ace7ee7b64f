"""Reads litmus tests of the kernel's memory model, and runs them one step at a time, in every order.

That is sequential consistency, with grace periods: less than the memory model allows, so that what can happen here can
happen there. The grammar is the part of herd7's that is needed; anything else is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NAME = r"[A-Za-z_]\w*"
_REGISTER = r"r\d+"
_NUMBER = r"-?\d+"
_STATEMENTS = {
    "load": rf"({_REGISTER}) = READ_ONCE\(\*({_NAME})\);",
    "atomic_read": rf"({_REGISTER}) = atomic_read\(({_NAME})\);",
    "dec_and_test": rf"({_REGISTER}) = atomic_dec_and_test\(({_NAME})\);",
    "sub_and_test": rf"({_REGISTER}) = atomic_sub_and_test\(({_NUMBER}), ({_NAME})\);",
    "sub_return": rf"({_REGISTER}) = atomic_sub_return\(({_NUMBER}), ({_NAME})\);",
    "xchg": rf"({_REGISTER}) = xchg\(({_NAME}), ({_NUMBER})\);",
    "constant": rf"({_REGISTER}) = ({_NUMBER});",
    "store": rf"WRITE_ONCE\(\*({_NAME}), ({_NUMBER})\);",
    "release": rf"smp_store_release\(({_NAME}), ({_NUMBER})\);",
    "atomic_set": rf"atomic_set\(({_NAME}), ({_NUMBER})\);",
    "add": rf"atomic_add\(({_NUMBER}), ({_NAME})\);",
    "sub": rf"atomic_sub\(({_NUMBER}), ({_NAME})\);",
    "lock": rf"spin_lock\(({_NAME})\);",
    "unlock": rf"spin_unlock\(({_NAME})\);",
    "rcu_lock": r"rcu_read_lock\(\);",
    "rcu_unlock": r"rcu_read_unlock\(\);",
    "synchronize": r"synchronize_rcu\(\);",
    "if": rf"if \((!?)({_REGISTER})(?: (==|!=|<|<=|>|>=) ({_NUMBER}))?\) \{{",
    "end": r"\}",
}
_ATOMIC = ("atomic_read", "dec_and_test", "sub_and_test", "sub_return", "atomic_set", "add", "sub")


@dataclass(frozen=True)
class Instruction:
    kind: str
    arguments: tuple[str, ...]
    target: int = -1


@dataclass(frozen=True)
class Test:
    name: str
    initial: dict[str, int]
    processes: tuple[tuple[Instruction, ...], ...]
    exists: tuple[tuple[int, str, int], ...]


def read(text: str) -> Test:
    """The test; AssertionError where the text is not one."""
    head = re.match(r"C (\S+)\n\n\(\*\n(?: \*(?: .*)?\n)+ \*\)\n\n\{\n((?:\t.*;\n)*)\}\n", text)
    assert head, text[:200]
    initial: dict[str, tuple[str, int]] = {}
    for line in head[2].splitlines():
        found = re.fullmatch(
            rf"\t(?:int ({_NAME}) = ({_NUMBER})|atomic_t ({_NAME}) = ATOMIC_INIT\(({_NUMBER})\));", line
        )
        assert found, line
        if found[1]:
            initial[found[1]] = "int", int(found[2])
        else:
            initial[found[3]] = "atomic_t", int(found[4])
    end = re.search(r"\nexists \((.*)\)\n\Z", text)
    assert end, text[-200:]
    processes = []
    body = text[head.end() : end.start()]
    pattern = r"\n// [^\n]+\nP(\d+)\(([^()\n]*)\)\n\{\n(.*?)\n\}\n"
    for number, found in enumerate(re.finditer(pattern, body, re.DOTALL)):
        assert int(found[1]) == number
        processes.append(_process(found[2], found[3], initial))
    assert not re.sub(pattern, "", body, flags=re.DOTALL).strip()
    exists = []
    for part in end[1].split(" /\\ "):
        condition = re.fullmatch(rf"(\d+):({_REGISTER})=({_NUMBER})", part)
        assert condition, part
        assert int(condition[1]) < len(processes)
        exists.append((int(condition[1]), condition[2], int(condition[3])))
    return Test(head[1], {n: v for n, (_, v) in initial.items()}, tuple(processes), tuple(exists))


def _process(parameters: str, body: str, initial: dict[str, tuple[str, int]]) -> tuple[Instruction, ...]:
    types: dict[str, str] = {}
    for parameter in parameters.split(", "):
        found = re.fullmatch(rf"(int|atomic_t|spinlock_t) \*({_NAME})", parameter)
        assert found, parameter
        types[found[2]] = found[1]
        assert found[1] == "spinlock_t" or initial[found[2]][0] == found[1]
    registers = set(re.findall(rf"^\tint ({_REGISTER});$", body, re.MULTILINE))
    program: list[Instruction] = []
    open_ifs: list[int] = []
    for line in body.splitlines():
        text = line.strip()
        if not text or text.startswith("//") or re.fullmatch(rf"int {_REGISTER};", text):
            continue
        assert len(line) - len(line.lstrip("\t")) == len(open_ifs) + 1 - (text == "}"), line
        kind, arguments = _statement(text)
        for argument in arguments:
            if re.fullmatch(_REGISTER, argument):
                assert argument in registers, line
            elif re.fullmatch(_NAME, argument):
                wanted = "spinlock_t" if kind in ("lock", "unlock") else "atomic_t" if kind in _ATOMIC else "int"
                assert types[argument] == wanted, line
        if kind == "if":
            open_ifs.append(len(program))
        elif kind == "end":
            at = open_ifs.pop()
            program[at] = Instruction("if", program[at].arguments, len(program))
            continue
        program.append(Instruction(kind, arguments))
    assert not open_ifs
    return tuple(program)


def _statement(text: str) -> tuple[str, tuple[str, ...]]:
    for kind, pattern in _STATEMENTS.items():
        found = re.fullmatch(pattern, text)
        if found:
            return kind, tuple(group or "" for group in found.groups())
    raise AssertionError(f"no statement of a litmus test: {text}")


@dataclass(frozen=True)
class _State:
    counters: tuple[int, ...]
    memory: tuple[tuple[str, int], ...]
    registers: tuple[tuple[tuple[int, str], int], ...] = ()
    readers: frozenset[int] = frozenset()
    waiting: tuple[tuple[int, frozenset[int]], ...] = ()
    locks: frozenset[str] = field(default_factory=frozenset)


def can_happen(test: Test) -> bool:
    """Is there an order of the steps after which the condition holds?"""
    start = _State(tuple(0 for _ in test.processes), tuple(sorted(test.initial.items())))
    pending, seen = [start], {start}
    while pending:
        state = pending.pop()
        if all(at == len(code) for at, code in zip(state.counters, test.processes, strict=True)):
            registers = dict(state.registers)
            if all(registers.get((process, name), 0) == value for process, name, value in test.exists):
                return True
        for process in range(len(test.processes)):
            following = _step(test, state, process)
            if following is not None and following not in seen:
                seen.add(following)
                pending.append(following)
    return False


def _step(test: Test, state: _State, process: int) -> _State | None:
    at = state.counters[process]
    if at == len(test.processes[process]):
        return None
    instruction = test.processes[process][at]
    memory, registers, waiting = dict(state.memory), dict(state.registers), dict(state.waiting)
    readers, locks, following = state.readers, state.locks, at + 1
    a = instruction.arguments

    def change(name: str, amount: int) -> int:
        memory[name] += amount
        return memory[name]

    match instruction.kind:
        case "load" | "atomic_read":
            registers[process, a[0]] = memory[a[1]]
        case "dec_and_test":
            registers[process, a[0]] = int(change(a[1], -1) == 0)
        case "sub_and_test":
            registers[process, a[0]] = int(change(a[2], -int(a[1])) == 0)
        case "sub_return":
            registers[process, a[0]] = change(a[2], -int(a[1]))
        case "xchg":
            registers[process, a[0]], memory[a[1]] = memory[a[1]], int(a[2])
        case "constant":
            registers[process, a[0]] = int(a[1])
        case "store" | "release" | "atomic_set":
            memory[a[0]] = int(a[1])
        case "add":
            change(a[1], int(a[0]))
        case "sub":
            change(a[1], -int(a[0]))
        case "lock":
            if a[0] in locks:
                return None
            locks |= {a[0]}
        case "unlock":
            assert a[0] in locks
            locks -= {a[0]}
        case "rcu_lock":
            readers |= {process}
        case "rcu_unlock":
            readers -= {process}
            waiting = {who: whom - {process} for who, whom in waiting.items()}
        case "synchronize":
            if process not in waiting:
                waiting[process] = readers
                following = at
            elif waiting[process]:
                return None
            else:
                del waiting[process]
        case "if":
            value = registers.get((process, a[1]), 0)
            if not _holds(value, a):
                following = instruction.target
    counters = tuple(following if i == process else each for i, each in enumerate(state.counters))
    return _State(
        counters,
        tuple(sorted(memory.items())),
        tuple(sorted(registers.items())),
        readers,
        tuple(sorted(waiting.items(), key=lambda item: item[0])),
        locks,
    )


def _holds(value: int, arguments: tuple[str, ...]) -> bool:
    negated, _, relation, number = arguments
    if not relation:
        return (value == 0) if negated else (value != 0)
    other = int(number)
    return {
        "==": value == other,
        "!=": value != other,
        "<": value < other,
        "<=": value <= other,
        ">": value > other,
        ">=": value >= other,
    }[relation]
