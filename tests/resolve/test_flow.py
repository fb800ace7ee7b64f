"""Statements to graphs: every construct, and what becomes of `atomic`."""

import pytest

from modelcheck.model import operations
from modelcheck.model.guards import FlagIs, GuardNot, InConfiguration
from modelcheck.model.operations import Branch, Choose, Skip, SubAndTest
from modelcheck.model.program import End, Node, Path, Target, ToNode, ToPath, ToState
from modelcheck.resolve import load_text

TEXT = """\
litmus "statements";
abi tiny {{ byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }}
use abi tiny;
config SMP;
layout {{ struct page {{ int refs; int a, b, c; }}; }}
lifecycle one on page {{
    flag X, Y;
    counter refs;
    create {{ alloc_page; populate rest -> used; }}
    state used {{ free -> tried; }}
    path tried {{ {body} }} at "mm/memory.c:tried"
    path last {{ free_page; }}
    action other {{ goto last; }}
}}
"""


def path(body: str) -> Path:
    return load_text(TEXT.format(body=body)).lifecycles[0].path("tried")


def shown(target: Target) -> object:
    match target:
        case ToNode(index):
            return index
        case ToPath(name) | ToState(name):
            return name
        case End():
            return "end"


def edges(body: str) -> list[tuple[object, ...]]:
    return [tuple(shown(t) for t in n.targets) for n in path(body).nodes]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("skip;", [("end",)]),
        ("write a; write b; write c;", [(1,), (2,), ("end",)]),
        ("if (X) write a; write b;", [(1, 2), (2,), ("end",)]),
        ("if (X) write a; else write b; write c;", [(1, 2), (3,), (3,), ("end",)]),
        ("if (X) goto last; write b;", [("last", 1), ("end",)]),
        ("if (X) goto used; else goto last;", [("used", "last")]),
        ("if (X) { } write a;", [(1, 1), ("end",)]),
        ("if (X) done; else if (Y) write a; else write b;", [("end", 1), (2, 3), ("end",), ("end",)]),
        ("choose { write a; } or { } or { goto last; } write b;", [(1, 2, "last"), (2,), ("end",)]),
        ("if (SMP && dec_and_test(refs)) write a; write b;", [(1, 3), (2, 3), (3,), ("end",)]),
        ("if (SMP || !test_clear_flag(X)) write a; write b;", [(2, 1), (3, 2), (3,), ("end",)]),
        ("if (!(SMP || test_clear_flag(X))) write a; write b;", [(3, 1), (3, 2), (3,), ("end",)]),
        ("if (!test_set_flag(X)) write a;", [("end", 1), ("end",)]),
    ],
)
def test_control_flow(body: str, expected: list[tuple[object, ...]]) -> None:
    assert edges(body) == expected


def test_a_path_without_steps_leads_on_at_once() -> None:
    assert path("goto last;").entry == ToPath("last")
    assert path("").entry == End()


def test_conditions_of_the_configuration_stay_branches() -> None:
    (first, *_) = path("if (!CONFIG_SMP) write a;").nodes
    assert isinstance(first.operation, Branch)
    assert isinstance(first.operation.guard, GuardNot)
    assert isinstance(first.operation.guard.operand, InConfiguration)


def test_a_bare_name_is_a_flag_where_there_is_one() -> None:
    assert path("if (X) write a;").nodes[0].operation == Branch(FlagIs("X"))
    assert path("if (test_flag(X)) write a;").nodes[0].operation == Branch(FlagIs("X"))


def test_operations_of_tests() -> None:
    nodes = path("if (dec_and_test(refs) ) { if (test_clear_flag(X)) skip; }").nodes
    assert isinstance(nodes[0].operation, SubAndTest)
    assert nodes[1].operation == operations.TestClearFlag("X")


def test_text_and_citation() -> None:
    nodes = path('write /* a\n b */ a; if (X\n && Y) { skip at "f.c:g"; skip; } at "f.c:h"').nodes
    assert [(n.text, n.citation) for n in nodes] == [
        ("write a", "mm/memory.c:tried"),
        ("if (X && Y)", "f.c:h"),
        ("skip", "f.c:g"),
        ("skip", "f.c:h"),
    ]


def test_parentheses_around_a_condition_stay_in_its_text() -> None:
    assert path("if ((X) && (Y || (SMP))) skip;").nodes[0].text == "if ((X) && (Y || (SMP)))"
    assert path("if (((X))) skip;").nodes[0].text == "if (((X)))"


def ways(nodes: tuple[Node, ...], index: int) -> list[list[int]]:
    """Every way from a node to the end of the path."""
    inner = [t.index for t in nodes[index].targets if isinstance(t, ToNode)]
    outer = [[index]] if len(inner) < len(nodes[index].targets) else []
    return outer + [[index, *rest] for i in inner for rest in ways(nodes, i)]


@pytest.mark.parametrize(
    "body",
    [
        "write a; write b; write c;",
        "write a; if (X) write b;",
        "if (X) { if (Y) write a; } else write b;",
        "write a; if (X) goto last; write b;",
        "choose { write a; write b; } or { write c; }",
        "write a; if (dec_and_test(refs)) write b; else goto used;",
        "write a; atomic { write b; if (X) write c; }",
    ],
)
def test_in_atomic_all_but_the_last_step_of_each_way_hold(body: str) -> None:
    nodes = path(f"atomic {{ {body} }}").nodes
    for way in ways(nodes, 0):
        assert [nodes[i].holds for i in way] == [True] * (len(way) - 1) + [False]


def test_behind_atomic_others_may_step() -> None:
    nodes = path("write a; atomic { write b; if (X) write c; } write a;").nodes
    assert [(n.text, n.holds) for n in nodes] == [
        ("write a", False),
        ("write b", True),
        ("if (X)", True),
        ("write c", False),
        ("skip", False),
        ("write a", False),
    ]
    assert isinstance(nodes[4].operation, Skip)
    assert [t for n in nodes for t in n.targets if t == End()] == [End()]


def test_choose_keeps_the_order_of_its_branches() -> None:
    (first, *others) = path("choose { write a; } or { write b; } or { write c; }").nodes
    assert isinstance(first.operation, Choose)
    texts = [others[t.index - 1].text for t in first.targets if isinstance(t, ToNode)]
    assert texts == ["write a", "write b", "write c"]
