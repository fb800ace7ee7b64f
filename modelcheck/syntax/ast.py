"""The tree of a file as it was written: no name is resolved, every part has its place.

An `include` is still a name here, `like` is not applied, a word statement is only a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modelcheck.model.declarations import Scalar
from modelcheck.source import SourceText, Span
from modelcheck.syntax.ast_statements import (
    Argument as Argument,
)
from modelcheck.syntax.ast_statements import (
    Arithmetic as Arithmetic,
)
from modelcheck.syntax.ast_statements import (
    Assignment as Assignment,
)
from modelcheck.syntax.ast_statements import (
    AtomicStatement as AtomicStatement,
)
from modelcheck.syntax.ast_statements import (
    Call as Call,
)
from modelcheck.syntax.ast_statements import (
    CallStatement as CallStatement,
)
from modelcheck.syntax.ast_statements import (
    ChooseStatement as ChooseStatement,
)
from modelcheck.syntax.ast_statements import (
    Comparison as Comparison,
)
from modelcheck.syntax.ast_statements import (
    Expression as Expression,
)
from modelcheck.syntax.ast_statements import (
    IfStatement as IfStatement,
)
from modelcheck.syntax.ast_statements import (
    Logic as Logic,
)
from modelcheck.syntax.ast_statements import (
    MoveStatement as MoveStatement,
)
from modelcheck.syntax.ast_statements import (
    Name as Name,
)
from modelcheck.syntax.ast_statements import (
    Negation as Negation,
)
from modelcheck.syntax.ast_statements import (
    NumberLiteral as NumberLiteral,
)
from modelcheck.syntax.ast_statements import (
    PopulateStatement as PopulateStatement,
)
from modelcheck.syntax.ast_statements import (
    PunStatement as PunStatement,
)
from modelcheck.syntax.ast_statements import (
    Role as Role,
)
from modelcheck.syntax.ast_statements import (
    Statement as Statement,
)
from modelcheck.syntax.ast_statements import (
    WordStatement as WordStatement,
)
from modelcheck.syntax.conditions import ReadCondition

# -------------------------------------------------------------------------------------------- life-cycle items


@dataclass(frozen=True)
class When:
    """`when condition;`."""

    condition: ReadCondition
    span: Span


@dataclass(frozen=True)
class TablesItem:
    """`tables count;`."""

    count: Expression
    span: Span


@dataclass(frozen=True)
class KeepsPage:
    """`keeps_page;`."""

    span: Span


@dataclass(frozen=True)
class VariableItem:
    """`initial` is `true`, `false` or a number for ghosts; `values` are those of a `value`."""

    kind: Literal["flag", "counter", "value", "ghost flag", "ghost counter", "lock"]
    name: Name
    initial: int
    values: tuple[Name, ...]
    span: Span


@dataclass(frozen=True)
class SameItem:
    """`same a.b, c.d;`: two or more names for one field."""

    fields: tuple[Name, ...]
    span: Span


@dataclass(frozen=True)
class GuardedListItem:
    """`list field under lock;`."""

    field: Name
    lock: Name
    span: Span


@dataclass(frozen=True)
class DropItem:
    """`drop kind name;`."""

    kind: Name
    name: Name | None
    span: Span


@dataclass(frozen=True)
class CreateItem:
    """`create name { }`; the unnamed one is called `create`."""

    name: Name
    body: tuple[Statement, ...]
    citation: str
    span: Span


@dataclass(frozen=True)
class TransitionItem:
    """`name -> target when guard;` of a state."""

    name: Name
    target: Name
    guard: Expression | None
    citation: str
    span: Span


@dataclass(frozen=True)
class StateItem:
    """`state name { }`."""

    name: Name
    transitions: tuple[TransitionItem, ...]
    readers: tuple[Name, ...]
    citation: str
    span: Span


@dataclass(frozen=True)
class PathItem:
    """`path name [tags] { }`."""

    name: Name
    tags: tuple[Name, ...]
    body: tuple[Statement, ...]
    citation: str
    span: Span


@dataclass(frozen=True)
class ActionItem:
    """`action name { }` or `environment name { }`."""

    kind: Literal["action", "environment"]
    name: Name
    once: bool
    guard: Expression | None
    body: tuple[Statement, ...]
    citation: str
    span: Span


@dataclass(frozen=True)
class ReaderItem:
    """`reader name mechanism { }`."""

    name: Name
    mechanism: Name
    condition: ReadCondition | None
    body: tuple[Statement, ...]
    citation: str
    span: Span


LifecycleItem = (
    When
    | TablesItem
    | KeepsPage
    | VariableItem
    | SameItem
    | GuardedListItem
    | DropItem
    | CreateItem
    | StateItem
    | PathItem
    | ActionItem
    | ReaderItem
)

# ------------------------------------------------------------------------------------------------- file items


@dataclass(frozen=True)
class KernelItem:
    """`kernel "version";`."""

    version: Name
    span: Span


@dataclass(frozen=True)
class ArchItem:
    """`arch name "title";`."""

    name: Name
    title: str
    span: Span


@dataclass(frozen=True)
class LitmusItem:
    """`litmus "sentence";`."""

    sentence: Name
    span: Span


@dataclass(frozen=True)
class IncludeItem:
    """`include "path";`."""

    path: Name
    span: Span


@dataclass(frozen=True)
class UseAbiItem:
    """`use abi names;`."""

    names: tuple[Name, ...]
    span: Span


@dataclass(frozen=True)
class AbiItem:
    """`abi name { }`."""

    name: Name
    byte_order: Name | None
    bit_fields: Name | None
    scalars: tuple[tuple[Name, Scalar], ...]
    span: Span


@dataclass(frozen=True)
class SymbolItem:
    """`config`, `runtime` or `choice`."""

    kind: Literal["config", "runtime", "choice"]
    names: tuple[Name, ...]
    citation: str
    span: Span


@dataclass(frozen=True)
class RequireItem:
    """`require condition;`."""

    condition: ReadCondition
    citation: str
    span: Span


@dataclass(frozen=True)
class DefineItem:
    """`define name = condition;`."""

    name: Name
    condition: ReadCondition
    citation: str
    span: Span


@dataclass(frozen=True)
class ConstCase:
    """`condition` is None for `otherwise`."""

    condition: ReadCondition | None
    values: tuple[int, ...]
    span: Span


@dataclass(frozen=True)
class ConstItem:
    """`const name >= minimum { };`."""

    name: Name
    relation: Name
    minimum: int
    cases: tuple[ConstCase, ...]
    citation: str
    span: Span


@dataclass(frozen=True)
class LayoutItem:
    """`body` is the range between the braces."""

    body: Span
    span: Span


@dataclass(frozen=True)
class LifecycleDeclaration:
    """`title`, `struct` and `level` are None where they were not written."""

    name: Name
    title: Name | None
    base: Name | None
    struct: Name | None
    level: Name | None
    template: bool
    items: tuple[LifecycleItem, ...]
    span: Span


@dataclass(frozen=True)
class DemandItem:
    """One demand of the allocator."""

    guard: Expression
    citation: str
    span: Span


@dataclass(frozen=True)
class AllocatorItem:
    """`allocator { }`."""

    name: str
    leaves: tuple[Statement, ...]
    demands: tuple[DemandItem, ...]
    span: Span


@dataclass(frozen=True)
class Replacement:
    """`targets` are path names (`Name`) and tags (`Role`). What they had `follows` the body (`before`), or goes."""

    targets: tuple[Name | Role, ...]
    body: tuple[Statement, ...]
    citation: str
    span: Span
    follows: bool = False


@dataclass(frozen=True)
class ProposalItem:
    """`proposal name { }`."""

    name: Name
    title: str
    added: tuple[LifecycleItem, ...]
    after_alloc: tuple[Statement, ...]
    replacements: tuple[Replacement, ...]
    span: Span


@dataclass(frozen=True)
class ExpectItem:
    """`expect lifecycle with proposal in kernel "..." VERDICT ...;`. Without `kernels` it is about every kernel."""

    lifecycle: Name
    proposal: Name | None
    kernels: tuple[Name, ...]
    verdict: Name
    rules: tuple[Name, ...]
    condition: str
    reason: str
    span: Span


@dataclass(frozen=True)
class GapItem:
    """`gap "what" : "why" at "...";`."""

    what: Name
    why: Name
    citation: str
    span: Span


Item = (
    KernelItem
    | ArchItem
    | LitmusItem
    | IncludeItem
    | UseAbiItem
    | AbiItem
    | SymbolItem
    | RequireItem
    | DefineItem
    | ConstItem
    | LayoutItem
    | LifecycleDeclaration
    | AllocatorItem
    | ProposalItem
    | ExpectItem
    | GapItem
)


@dataclass(frozen=True)
class File:
    """What a file says, in its order."""

    source: SourceText
    items: tuple[Item, ...]
