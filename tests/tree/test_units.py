"""A model with the structs of a tree."""

from __future__ import annotations

import builtins
import pickle
from collections.abc import Mapping
from typing import Any

import pytest

from modelcheck.diagnostics import InputError
from modelcheck.engine import check
from modelcheck.layout.layouts import Layouts
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_text
from modelcheck.tree import tree_structs, with_tree_layout
from modelcheck.tree.structs import HOME
from modelcheck.tree.units import tree_unit
from modelcheck.verdict import Verdict
from tests.tree.trees import Texts, tree

MODEL = """
kernel "7.2";
arch xtensa "toy";
include "abi/xtensa.abi";
use abi xtensa;
config DEBUG;
layout {
    struct callback_head { struct callback_head *next; void (*func)(struct callback_head *); };
    struct page {
        unsigned long flags;
        struct callback_head rcu_head;
        int refs;
    };
}
allocator { leaves { page.refs = 1; write page.gone; } demands { !PG_held; } }
lifecycle table on page level pte {
    flag PG_held;
    counter refs;
    create { alloc_page; refs = 1; populate 1 -> installed; }
    state installed { readers walker; unmap -> free_it; }
    path free_it { call_rcu(rcu_head, release); }
    path release { refs -= 1; free_page; }
    reader walker rcu { touch_table; }
}
"""

HEADER = """
struct callback_head { struct callback_head *next; void (*func)(struct callback_head *); };
#define rcu_head callback_head
typedef struct { int counter; } atomic_t;
struct page {
    unsigned long flags;
    union { struct rcu_head rcu_head; void *mapping; };
#ifdef CONFIG_MORE
    long more;
#endif
    atomic_t refs;
};
"""
ASM: Mapping[str, str] = {"arch/xtensa/include/asm/Kbuild": ""}


OTHERS = """
layout { struct slab { unsigned long flags; void *slab_cache; }; }
lifecycle object on page level pmd {
    create { alloc_page; write slab.slab_cache; populate 1 -> installed; }
    state installed { unmap -> free_it; }
    path free_it { free_page; }
}
lifecycle plain on page level pgd {
    create { alloc_page; populate 1 -> installed; }
    state installed { unmap -> free_it; }
    path free_it { free_page; }
}
proposal count_it "a counter" { replace path free_it { write page.refs; free_page; } }
expect object SAFE;
expect plain SAFE;
"""
WITH_SLAB: Mapping[str, str] = {**ASM, "mm/slab.h": "struct slab { unsigned long flags; void *slab_cache; };"}


def unit() -> Unit:
    return load_text(MODEL, "toy.arch")


def source(header: str = HEADER, headers: Mapping[str, str] = ASM) -> Texts:
    return tree(header, headers)


def codes(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [d.code for d in error.value.diagnostics]


def test_structs_are_the_trees_and_everything_else_is_the_models() -> None:
    before, after = unit(), with_tree_layout(unit(), source())
    layouts = Layouts(after.declarations, after.abis[0])
    offsets = {f.path: f.offset for f in layouts.layout("page", lambda name: name == "MORE").fields}
    assert offsets["more"] == 12 and offsets["refs"] == 16 and offsets["mapping"] == 4
    assert [s.name for s in after.symbols] == ["DEBUG", "MORE"]
    assert after.lifecycles == before.lifecycles
    assert after.requirements == before.requirements
    assert pickle.loads(pickle.dumps(after)) == after


def test_a_verdict_follows_the_tree() -> None:
    safe = check(with_tree_layout(unit(), source()))
    assert [r.verdict for r in safe] == [Verdict.SAFE]
    moved = HEADER.replace("struct rcu_head rcu_head; void *mapping;", "struct rcu_head rcu_head; atomic_t refs;")
    moved = moved.replace("#endif\n    atomic_t refs;", "#endif\n")
    (result,) = check(with_tree_layout(unit(), source(moved)))
    assert result.verdict is Verdict.UNSAFE
    assert {finding.rule for finding in result.findings} == {"OV101"}


def test_a_comment_changes_nothing() -> None:
    commented = HEADER.replace("long more;", "/* a\n comment */ long more; // struct page { }")
    first, second = (check(with_tree_layout(unit(), source(text))) for text in (HEADER, commented))
    assert [_shown(r) for r in first] == [_shown(r) for r in second]


def _shown(result: Any) -> Any:
    return (result.verdict, result.condition, result.reason, result.paths, result.findings, result.stats)


def test_a_field_that_is_missing_names_who_needs_it() -> None:
    with pytest.raises(InputError) as error:
        with_tree_layout(unit(), source(HEADER.replace("atomic_t refs;", "atomic_t refcnt;")))
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "CA416"
    assert "no field `refs`, which `table` needs" in diagnostic.message
    assert diagnostic.span is not None and diagnostic.span.place.startswith(f"{HOME}:5:")
    assert diagnostic.notes[0].span.source.name == "toy.arch"
    assert diagnostic.help == "did you mean `refcnt`?"


def test_a_field_of_another_type_is_refused() -> None:
    with pytest.raises(InputError) as error:
        with_tree_layout(unit(), source(HEADER.replace("struct rcu_head rcu_head;", "void *rcu_head;")))
    assert codes(error) == ["CA334"]


def test_a_field_that_no_configuration_has_is_refused() -> None:
    text = (
        HEADER.replace("CONFIG_MORE", "CONFIG_DEBUG").replace("atomic_t refs;", "").replace("long more;", "int refs;")
    )
    model = MODEL.replace("config DEBUG;", "config DEBUG; require !DEBUG;")
    with pytest.raises(InputError) as error:
        with_tree_layout(load_text(model, "toy.arch"), source(text))
    assert codes(error) == ["CA308"]


def test_a_struct_that_is_missing() -> None:
    with pytest.raises(InputError) as error:
        with_tree_layout(unit(), source("struct folio { int a; };"))
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "CA414"
    assert "`struct page`, which `table` needs" in diagnostic.message


def test_a_private_struct_that_is_missing_is_the_models() -> None:
    model = MODEL.replace("allocator", "layout { struct slab { long a; void *list; }; }\nallocator")
    model = model.replace("populate 1", "write slab.list; populate 1")
    found = tree_unit(load_text(model, "toy.arch"), source())
    assert "`struct slab` was found in no header of the tree" in found.notes
    (slab,) = found.unit.declarations.of("slab", "struct")
    assert slab.span.source.name == "toy.arch"
    # Where its header is there and does not declare it, the kernel has no such struct.
    with pytest.raises(InputError) as error:
        tree_unit(load_text(model, "toy.arch"), source(headers={**ASM, "mm/slab.h": "struct other { int a; };"}))
    assert codes(error) == ["CA414"]


def test_life_cycles_that_the_tree_cannot_have_are_named_and_others_are_checked() -> None:
    model = load_text(MODEL + OTHERS, "toy.arch")
    assert with_tree_layout(model, source(headers=WITH_SLAB)).absent == ()
    found = with_tree_layout(model, source(headers={**ASM, "mm/slab.h": "struct other { int a; };"}))
    assert [each.name for each in found.lifecycles] == ["table", "plain"]
    assert {each.lifecycle.name: each.reason for each in found.absent} == {"object": "this tree has no `struct slab`"}
    assert [each.lifecycle for each in found.expectations] == ["plain"], "nobody stands by what is not there"
    results = {each.lifecycle: each for each in check(found)}
    assert list(results) == ["table", "plain", "object"]
    assert results["table"].verdict is results["plain"].verdict is Verdict.SAFE
    assert results["object"].verdict is Verdict.NOT_APPLICABLE
    assert results["object"].reason == "this tree has no `struct slab`"


@pytest.mark.parametrize(
    ("before", "after", "code", "reason"),
    [
        ("atomic_t refs;", "atomic_t refcnt;", "CA416", "`struct page` of this tree has no field `refs`"),
        ("struct rcu_head rcu_head;", "void *rcu_head;", "CA334", "`page.rcu_head` is not an rcu_head"),
    ],
)
def test_a_field_that_one_life_cycle_needs(before: str, after: str, code: str, reason: str) -> None:
    model = load_text(MODEL + OTHERS, "toy.arch")
    found = with_tree_layout(model, source(HEADER.replace(before, after), WITH_SLAB))
    assert [each.name for each in found.lifecycles] == ["object", "plain"]
    (table,) = (each for each in found.absent if not each.lifecycle.proposal)
    assert table.lifecycle.name == "table"
    assert reason in table.reason
    assert [each.code for each in table.faults] == [code]


def test_a_proposal_that_needs_what_is_not_there() -> None:
    model = load_text(MODEL + OTHERS, "toy.arch")
    found = with_tree_layout(model, source(HEADER.replace("atomic_t refs;", "atomic_t refcnt;"), WITH_SLAB))
    assert {(each.lifecycle.name, each.lifecycle.proposal) for each in found.absent} == {
        ("table", ""), ("table", "count_it"), ("object", "count_it"), ("plain", "count_it")
    }  # fmt: skip
    results = check(found, lifecycles=("plain",), proposals=("count_it",))
    assert [(each.proposal, each.verdict) for each in results] == [("count_it", Verdict.NOT_APPLICABLE)]


def test_no_kernel_tree() -> None:
    with pytest.raises(InputError) as error:
        tree_structs(Texts({}), unit())
    assert codes(error) == ["CA410"]
    with pytest.raises(InputError) as error:
        tree_structs(Texts({HOME: HEADER}), unit())
    assert "arch/xtensa" in error.value.diagnostics[0].message


def test_without_tree_sitter(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *arguments: Any, **named: Any) -> Any:
        if name.startswith("tree_sitter"):
            raise ImportError(name)
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(InputError) as error:
        tree_structs(source(), unit())
    assert codes(error) == ["CA413"]
    assert "check-arch[tree]" in error.value.diagnostics[0].help


def test_what_was_not_read_from_the_tree_is_told() -> None:
    text = HEADER.replace("typedef struct { int counter; } atomic_t;", "")
    model = MODEL.replace("layout {", "layout { typedef struct { int counter; } atomic_t;")
    found = tree_unit(load_text(model, "toy.arch"), source(text))
    assert found.notes == (
        "`atomic_t` was found in no header of the tree: it is as the model declares it",
        "the model does not know `MORE`: the tree asks for it, and it may be set or not",
    )
