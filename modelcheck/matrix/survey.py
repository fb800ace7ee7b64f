"""What a matrix is made from: the question, the models, and every answer.

A survey is written to JSON and read back without loss, so that shards can be computed on different machines. It holds
no place in memory, no path of one machine, and no time.
"""

from __future__ import annotations

from dataclasses import dataclass

from modelcheck.verdict import Result


@dataclass(frozen=True)
class Place:
    """A range of a file, lines and columns from 1; files that come with the program are named from `archs/` on."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def text(self) -> str:
        """`file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Question:
    """How the answers were asked for; two surveys of different questions are no shards of one.

    `levels` and `lifecycles` are empty where everything was asked for. `scripts`: with the SMT-LIB of every proof.
    `tree` is the kernel tree whose structs were taken, empty for the models' own.
    """

    levels: tuple[str, ...]
    lifecycles: tuple[str, ...]
    engine: str
    budget: int
    scripts: bool
    tree: str


@dataclass(frozen=True)
class Refusal:
    """A proposal that would change a life cycle but cannot, and why."""

    proposal: str
    reason: str


@dataclass(frozen=True)
class LifecycleSubject:
    """A life cycle of a model that was asked about: the proposals that change it, and those that cannot."""

    name: str
    title: str
    level: str
    proposals: tuple[str, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True)
class Subject:
    """A model: an architecture of one kernel. `input` is what to type for it; `digest` is of the files of the model."""

    arch: str
    title: str
    kernel: str
    input: str
    digest: str
    lifecycles: tuple[LifecycleSubject, ...]


@dataclass(frozen=True)
class Proposal:
    """A what-if that was asked about; `input` is what to type for it."""

    name: str
    title: str
    input: str


@dataclass(frozen=True)
class Gap:
    """Something that is known and not modelled; `what` and `why` are empty where there is no model at all."""

    kernel: str
    arch: str
    what: str
    why: str
    citation: str
    place: str

    @property
    def is_whole(self) -> bool:
        """Is the whole architecture missing?"""
        return not self.what


@dataclass(frozen=True)
class Task:
    """One life cycle of one model to decide, as it is (`proposal` empty) or as a proposal changes it."""

    kernel: str
    arch: str
    lifecycle: str
    proposal: str

    @property
    def text(self) -> str:
        """As a person says it: `powerpc 7.2 pte_fragment with direct_rcu_head`."""
        applied = f" with {self.proposal}" if self.proposal else ""
        return " ".join(part for part in (self.arch, self.kernel, self.lifecycle) if part) + applied


@dataclass(frozen=True)
class Undecided:
    """A task without an answer, and why: the user interrupted, the model was rejected, or the program is at fault."""

    task: Task
    why: str
    interrupted: bool
    at_fault: bool


@dataclass(frozen=True)
class Stated:
    """A verdict that a model or proposal stands by, and whether it was found. `message` says it in a sentence."""

    kernel: str
    arch: str
    lifecycle: str
    proposal: str
    verdict: str
    rules: tuple[str, ...]
    condition: str
    met: bool
    message: str
    reason: str
    at: Place

    @property
    def task(self) -> Task:
        """What it is about."""
        return Task(self.kernel, self.arch, self.lifecycle, self.proposal)


@dataclass(frozen=True)
class Waived:
    """Something that is said of a task and that a waiver covers: what in a few words, and until when, by whom and why.

    `settled`: all that is said of the task is waived, so that its verdict does not count.
    """

    task: Task
    fingerprint: str
    what: str
    why: str
    settled: bool


@dataclass(frozen=True)
class Fault:
    """An input that could not be used; `at` is None where the fault has no place, `notes` are second places."""

    code: str
    message: str
    at: Place | None
    label: str
    notes: tuple[tuple[str, Place], ...]
    help: str


@dataclass(frozen=True)
class Shard:
    """Part `index` (from 1) of `of` parts."""

    index: int
    of: int


@dataclass(frozen=True)
class Survey:
    """Everything at once. `tasks` are all that were asked for, also those of other shards.

    `results` and `undecided` are those of this shard, in the order of the tasks.
    """

    question: Question
    subjects: tuple[Subject, ...]
    proposals: tuple[Proposal, ...]
    gaps: tuple[Gap, ...]
    tasks: tuple[Task, ...]
    shard: Shard | None
    results: tuple[Result, ...]
    undecided: tuple[Undecided, ...]
    stated: tuple[Stated, ...]
    faults: tuple[Fault, ...]
    waived: tuple[Waived, ...] = ()

    def news(self) -> tuple[Result, ...]:
        """The answers that no model states and no waiver covers: what somebody stands by is known already."""
        known = {each.task for each in self.stated if each.met} | {each.task for each in self.waived if each.settled}
        return tuple(result for result in self.results if task_of(result) not in known)


def task_of(result: Result) -> Task:
    """What a result answers."""
    return Task(result.kernel, result.arch, result.lifecycle, result.proposal)
