"""The interleaving of a counterexample as a litmus test of the Linux kernel's memory model, where it can be said.

Every actor of the run becomes a process that does its steps in its order, each test taken the way it went; the order
between processes is left to the memory model. What is said otherwise than in the model of the code:

* the creation is over in the beginning, so that what it left are the initial values;
* that readers find a table is a variable of its own; so are "the page was freed" and "the lock does not live";
* a grace period stands where it was over: who called `call_rcu()` goes on in its own process, as the callback.

Bytes that fields share, lists, interrupts and leaks are not things that the memory model speaks of.
"""

from __future__ import annotations

from modelcheck.emit.drafts import ProcessDraft
from modelcheck.emit.memory_model import LitmusTest
from modelcheck.emit.vocabulary import FREED, Vocabulary, dead, identifier
from modelcheck.emit.witness import Literal, witness
from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import InConfiguration
from modelcheck.model.operations import (
    Acquire,
    AddCounter,
    Branch,
    BugOn,
    CallRcu,
    DestroyLock,
    FreePage,
    FreeTable,
    GracePeriod,
    InitLock,
    ListAdd,
    ListDel,
    ListInit,
    Needs,
    Pun,
    Release,
    SetCounter,
    SetFlag,
    SetValue,
    SubAndTest,
    TestClearFlag,
    TestSetFlag,
    UseLock,
    Wait,
)
from modelcheck.model.program import Lifecycle, Node
from modelcheck.model.unit import Unit
from modelcheck.model.variables import Flag
from modelcheck.replay.configured import world_of
from modelcheck.replay.draft import Draft
from modelcheck.replay.evaluate import Evaluation
from modelcheck.replay.moves import Outcome, apply
from modelcheck.replay.state import CREATOR, GONE, UNBORN, State
from modelcheck.replay.world import World
from modelcheck.trace import Counterexample, Hazard, Move

MOST_PROCESSES = 8
MOST_STATEMENTS = 60

_WHY = {
    "OV101": "it is about bytes that two fields share, and the memory model knows only whole variables",
    "OV102": "it is about bytes that two fields share, and the memory model knows only whole variables",
    "OV103": "it is about the links of one rcu_head or list_head, which the memory model does not have",
    "OV108": "it is about something that never happens, and a litmus test is about what can happen",
    "OV110": "it is about the context that code runs in, and the memory model has no interrupts and no sleeping",
}


class UnsayableError(Exception):
    """The run cannot be said in the memory model's terms; the message says why."""


def litmus_test(unit: Unit, lifecycle: Lifecycle, run: Counterexample, name: str, words: tuple[str, ...]) -> LitmusTest:
    """The test; `name` has no blanks, `words` are what it says of itself first.

    Raises:
        UnsayableError: the hazard, or a step that matters, has no counterpart in the memory model.
    """
    reason = _WHY.get(run.hazard.rule)
    if reason is not None:
        raise UnsayableError(f"{run.hazard.rule}: {reason}")
    return _Translation(world_of(unit, lifecycle, run.schedule), run).test(name, words)


class _Translation:
    def __init__(self, world: World, run: Counterexample) -> None:
        self.world = world
        self.run = run
        self.processes: dict[str, ProcessDraft] = {}
        self.exists: list[tuple[str, str, int]] = []
        self.remarks: dict[str, None] = {}
        self.flags: set[str] = set()
        entered = frozenset((move.detail, move.table) for move in run.schedule.moves if move.kind == "enter")
        self.words = Vocabulary(world, entered)

    def test(self, name: str, words: tuple[str, ...]) -> LitmusTest:
        """Walk through the run."""
        moves = self.run.schedule.moves
        state = self.world.initial()
        number = 0
        while number < len(moves) and moves[number].actor == CREATOR:
            outcome = apply(self.world, state, moves[number])
            if outcome.hazard:
                raise UnsayableError("the creation of the page runs into it alone: nothing is concurrent in that")
            state, number = outcome.state, number + 1
        beginning = state
        for move in moves[number:]:
            outcome = apply(self.world, state, move)
            self._move(state, move, outcome)
            state = outcome.state
        if not self.exists:
            raise UnsayableError(f"{self.run.hazard.rule} has no counterpart in the memory model")
        return self._finished(name, words, beginning)

    def _finished(self, name: str, words: tuple[str, ...], beginning: State) -> LitmusTest:
        for process in self.processes.values():
            if process.inside:
                process.do("rcu_read_unlock();", closes=True)
        read = set().union(*(each.loaded for each in self.processes.values()))
        said = {actor: each.said(read) for actor, each in self.processes.items()}
        order = [actor for actor, statements in said.items() if any(not each.is_comment for each in statements)]
        if len(order) < 2:
            raise UnsayableError("one actor does all of it: nothing is concurrent in that")
        length = sum(len(said[actor]) for actor in order)
        if len(order) > MOST_PROCESSES or length > MOST_STATEMENTS:
            raise UnsayableError(f"{len(order)} processes with {length} statements are too many for herd7")
        processes = tuple(self.processes[actor].finished(said[actor]) for actor in order)
        used = dict(variable for each in processes for variable in each.variables)
        if self.flags & used.keys():
            self.remarks["Each flag of the page is a variable of its own, set without any order."] = None
        initial = tuple((each, kind, self.words.initially(each, beginning)) for each, kind in sorted(used.items()))
        return LitmusTest(
            name,
            (*words, *(["What is said otherwise here than in the model:"] if self.remarks else []), *self.remarks),
            initial,
            processes,
            tuple(f"{order.index(actor)}:{register}={value}" for actor, register, value in self.exists),
        )

    # ------------------------------------------------------------------------------------------------- moves

    def _process(self, actor: str) -> ProcessDraft:
        if actor not in self.processes:
            kind, _, name = actor.partition(":")
            who = {"table": f"what becomes of table {name}", "action": f"action {name}", "reader": f"reader {name}"}
            self.processes[actor] = ProcessDraft(who.get(kind, "who created the page"))
        return self.processes[actor]

    def _move(self, before: State, move: Move, outcome: Outcome) -> None:
        process = self._process(move.actor)
        match move.kind:
            case "neighbour" | "rcu_links":
                raise UnsayableError("others reach the page through its links, which the memory model does not have")
            case "enter":
                self._enter(process, move)
            case "use":
                self._use(process, before, move, outcome)
            case "leave":
                process.do("rcu_read_unlock();", closes=True)
                process.inside = False
            case "step":
                position = before.position(move.actor)
                assert position is not None
                self._cite(process, outcome)
                self._step(process, move.actor, self.world.node(position), before, outcome)
            case "resume":
                self._cite(process, outcome)
                process.do("synchronize_rcu();")
                if outcome.hazard:
                    self._hazard(process, move.actor, before, None, outcome.hazard, outcome)
            case _:
                pass
        self._publish(process, before, outcome.state)

    def _cite(self, process: ProcessDraft, outcome: Outcome) -> None:
        """Say in which function of the kernel the process is, where that is another one than before."""
        function = outcome.citation.rpartition(":")[2]
        if function and function != process.function:
            process.function = function
            process.do(f"// {function}()")

    def _publish(self, process: ProcessDraft, before: State, after: State) -> None:
        """Tables that readers could not find and now can, or the other way round."""
        for table in sorted({table for _, table in self.words.entered}):
            was, now = self.words.reachable(before, table), self.words.reachable(after, table)
            if was == now:
                continue
            name = process.uses(f"table{table}", "int")
            process.do(f"smp_store_release({name}, 1);" if now else f"WRITE_ONCE(*{name}, 0);", stores=name)
            if now:
                self.remarks["A table is published with smp_store_release()."] = None

    def _enter(self, process: ProcessDraft, move: Move) -> None:
        reader = self.world.reader(move.detail)
        if reader is not None and reader.mechanism == "irq_off":
            self.remarks[f"{move.detail} runs with interrupts off; RCU waits for that as for rcu_read_lock()."] = None
        process.who = f"reader {move.detail}"
        process.do("rcu_read_lock();")
        process.inside = True
        process.do(f"if ({process.load(f'table{move.table}')})", opens=True)

    def _use(self, process: ProcessDraft, before: State, move: Move, outcome: Outcome) -> None:
        inside = dict(before.readers)[int(move.actor.partition(":")[2])]
        reader = self.world.reader(inside.kind)
        if outcome.hazard is None or reader is None:
            return
        operation = reader.uses[move.choice].operation
        locked = operation.field if isinstance(operation, UseLock) else None
        self._hazard(process, move.actor, before, locked, outcome.hazard, outcome)

    # ------------------------------------------------------------------------------------------------- steps

    def _step(self, process: ProcessDraft, actor: str, node: Node, before: State, outcome: Outcome) -> None:
        operation = node.operation
        if outcome.hazard is not None:
            lock = getattr(operation, "field", None) if isinstance(operation, UseLock | DestroyLock) else None
            lock = operation.lock if isinstance(operation, Acquire | Release) else lock
            if isinstance(operation, BugOn | Needs):
                self._claim(process, actor, before, operation.guard, isinstance(operation, BugOn))
            else:
                self._hazard(process, actor, before, lock, outcome.hazard, outcome, node)
            return
        if node.holds:
            self.remarks["Steps that the kernel does under one lock stand side by side, without that lock."] = None
        evaluation = Evaluation(Draft(self.world, before))
        match operation:
            case Branch(InConfiguration()) | BugOn():
                pass
            case Branch(guard):
                self._only_if(process, before, guard, evaluation.truth(guard))
            case Wait(guard) | Needs(guard):
                self._only_if(process, before, guard, True)
            case SubAndTest(name, value):
                amount = evaluation.number(value)
                variable, kind = self.words.variable(name)
                call = (
                    f"atomic_sub_and_test({amount}, {variable})" if amount != 1 else f"atomic_dec_and_test({variable})"
                )
                left = evaluation.draft.values[self.world.cell_of[name]] != amount
                register = process.change(call, variable, kind)
                process.do(f"if ({'!' if left else ''}{register})", opens=True)
            case AddCounter(name, value, negative):
                variable = process.uses(*self.words.variable(name))
                call = f"atomic_{'sub' if negative else 'add'}({evaluation.number(value)}, {variable});"
                process.do(call, stores=variable)
            case SetCounter(name, value):
                variable = process.uses(*self.words.variable(name))
                process.do(f"atomic_set({variable}, {evaluation.number(value)});", stores=variable)
            case SetFlag(name, value):
                process.store(self.words.variable(name)[0], int(value))
                if isinstance(self.world.variables[name], Flag):
                    self.flags.add(self.words.variable(name)[0])
            case SetValue(name, value):
                cell = self.world.cell_of[name]
                process.store(identifier(cell), self.words.number(cell, value))
            case TestSetFlag(name) | TestClearFlag(name):
                variable, kind = self.words.variable(name)
                after = int(isinstance(operation, TestSetFlag))
                was_set = evaluation.draft.values[self.world.cell_of[name]]
                register = process.change(f"xchg({variable}, {after})", variable, kind)
                process.do(f"if ({'' if was_set else '!'}{register})", opens=True)
            case _:
                self._other_step(process, actor, operation, before)

    def _other_step(self, process: ProcessDraft, actor: str, operation: object, before: State) -> None:
        match operation:
            case FreePage():
                process.store(FREED, 1)
            case FreeTable():
                process.store(f"memory{actor.partition(':')[2]}_freed", 1)
            case InitLock(lock):
                process.store(dead(self.words.lock(lock)), 0)
            case DestroyLock(lock):
                process.store(dead(self.words.lock(lock)), 1)
            case Acquire(lock):
                name = process.uses(identifier(self.words.lock(lock)), "spinlock_t")
                process.do(f"spin_lock({name});")
            case Release(lock):
                name = process.uses(identifier(self.words.lock(lock)), "spinlock_t")
                # What is done under the lock is done whichever way a test in there went.
                process.do(f"spin_unlock({name});")
            case GracePeriod("ipi"):
                raise UnsayableError("it waits for interrupts on all CPUs, which the memory model does not have")
            case ListInit() | ListAdd() | ListDel():
                self.remarks["What is done to lists is left out."] = None
            case Pun():
                self.remarks["What is done to bytes under another name is left out."] = None
            case CallRcu():
                self.remarks["A callback of call_rcu() goes on in the process of its caller."] = None
            case _:
                pass

    def _only_if(self, process: ProcessDraft, before: State, guard: object, truth: bool) -> None:
        """Go on only if a guard is as it was."""
        for literal in self._literals(before, guard, truth):
            name, kind = self.words.variable(literal.variable)
            register = process.load(name, kind)
            process.do(f"if ({literal.test(register)})", opens=True)

    def _literals(self, before: State, guard: object, truth: bool) -> tuple[Literal, ...]:
        found = witness(self.world, before, guard, truth)  # type: ignore[arg-type]
        if found.assumed:
            self.remarks["How many tables are in a state is taken to be as it was in the run."] = None
        return found.literals

    # ----------------------------------------------------------------------------------------------- hazards

    def _claim(self, process: ProcessDraft, actor: str, before: State, guard: object, truth: bool) -> None:
        """At the end a guard is seen to be so."""
        literals = self._literals(before, guard, truth)
        if not literals:
            raise UnsayableError("what is checked is not stored anywhere")
        values = dict(zip(self.world.cells, before.values, strict=True))
        seen = []
        for literal in literals:
            cell = self.world.cell_of[literal.variable]
            value = self.words.number(cell, values[cell])
            self.exists.append((actor, process.load(*self.words.variable(literal.variable)), value))
            seen.append(value)
        if not any(seen):
            # A register that is never written is zero, too: that one was read has to be said.
            self.exists.append((actor, process.into_register("1"), 1))

    def _hazard(
        self,
        process: ProcessDraft,
        actor: str,
        before: State,
        lock: FieldRef | str | None,
        hazard: Hazard,
        outcome: Outcome,
        node: Node | None = None,
    ) -> None:
        match hazard.rule:
            case "OV104" | "OV106" if before.phase == "freed":
                self.exists.append((actor, process.load(FREED), 1))
            case "OV105":
                self._freed_too_early(process, actor, before, node, outcome)
            case "OV107":
                self._rejected(process, actor, before)
            case "OV109" if isinstance(lock, FieldRef):
                self.exists.append((actor, process.load(dead(self.words.lock(lock))), 1))
            case "OV111" if node is not None and isinstance(node.operation, AddCounter | SubAndTest):
                operation = node.operation
                evaluation = Evaluation(Draft(self.world, before))
                amount = evaluation.number(operation.value)
                variable, kind = self.words.variable(operation.name)
                below = int(evaluation.draft.values[self.world.cell_of[operation.name]]) - amount
                register = process.change(f"atomic_sub_return({amount}, {variable})", variable, kind)
                self.exists.append((actor, register, below))
            case _:
                raise UnsayableError(f"{hazard.rule} in this place has no counterpart in the memory model")

    def _freed_too_early(
        self, process: ProcessDraft, actor: str, before: State, node: Node | None, outcome: Outcome
    ) -> None:
        """Somebody else, who is still there, sees that it was freed."""
        whole = node is not None and isinstance(node.operation, FreePage)
        name = FREED if whole else f"memory{actor.partition(':')[2]}_freed"
        process.store(name, 1)
        here = [i for i, inside in before.readers if whole or f"table:{inside.table}" == actor]
        if here:
            other = f"reader:{here[0]}"
            reader = self.processes[other]
        else:
            others = [
                i
                for i, table in enumerate(before.tables)
                if table.state not in (UNBORN, GONE)
                and f"table:{i}" != actor
                and (not outcome.tables or i in outcome.tables)
            ]
            if not others:
                raise UnsayableError("nobody is there who would see that the page was freed")
            other = f"table:{others[0]}"
            reader = self._process(other)
            self.remarks[f"Table {others[0]} is still in use: what uses it next finds the page freed."] = None
        self.exists.append((other, reader.load(name), 1))

    def _rejected(self, process: ProcessDraft, actor: str, before: State) -> None:
        evaluation = Evaluation(Draft(self.world, before))
        for demand in self.world.lifecycle.allocator.demands:
            if not evaluation.truth(demand.guard):
                self._claim(process, actor, before, demand.guard, False)
                return
        raise UnsayableError("a field that the allocator asks for is overwritten, and the memory model has no bytes")
