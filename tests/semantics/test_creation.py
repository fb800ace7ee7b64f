"""Creation is run to where others come in; branches on the number of tables split cases."""

from __future__ import annotations

from modelcheck.semantics.build import whole_system
from modelcheck.semantics.prune import pruned
from modelcheck.semantics.storage import storage_in
from modelcheck.semantics.system import System
from modelcheck.semantics.terms import YES
from tests.semantics.corners import model
from tests.semantics.evaluation import creation_hazards, initial_states
from tests.semantics.models import case_of, unit_of

USE = "state a { go -> p; on -> b; } state b { go -> p; } path p { if (dec_and_test(count)) free_page; }"


def system_of(create: str, tables: str = "N") -> System:
    unit, lifecycle = unit_of(model(USE, tables=tables, create=create))
    return whole_system(unit, lifecycle, storage_in(lifecycle, case_of(unit)), ways_in=False)


def start(system: System, n: int) -> dict[str, int]:
    ((_, state),) = initial_states(system, {"N": n})
    return state


def test_tables_are_distributed():
    system = system_of("create { alloc_page; count = TABLES; populate 1 -> a, rest -> b; }")
    for n in (1, 2, 5):
        state = start(system, n)
        assert (state["#a"], state["#b"], state["#unborn"], state["count"]) == (1, n - 1, 0, n)
        assert state["page"] == 1 and state["owned page.count"] == 1
    assert system.initial[0].guard == YES
    assert [point for point, _ in system.initial[0].placement] == ["#a", "#b", "#unborn"]


def test_a_branch_on_the_number_of_tables_splits_cases():
    system = system_of("create { alloc_page; if (N > 2) { count = N; } else { count = 7; } populate rest -> a; }")
    assert [start(system, n)["count"] for n in (1, 2, 3, 4)] == [7, 7, 3, 4]
    assert len(system.initial) == 2


def test_a_branch_that_the_least_value_decides_does_not():
    system = system_of("create { alloc_page; if (N > 0) { count = N; } else { count = 7; } populate rest -> a; }")
    assert len(system.initial) == 1 and start(system, 1)["count"] == 1


def test_creation_waits_for_ever_without_enough_tables():
    system = system_of("create { alloc_page; count = TABLES; populate 2 -> a, rest -> b; }")
    assert list(initial_states(system, {"N": 1})) == []
    assert (start(system, 2)["#a"], start(system, 2)["#b"]) == (2, 0)


def test_a_hazard_in_creation_ends_it_where_it_happens():
    system = system_of("create { alloc_page; if (N == 2) read word0; count = TABLES; populate rest -> a; }")
    (hazard,) = creation_hazards(system, {"N": 2})
    assert (hazard.rule, hazard.field, hazard.name) == ("OV101", "page.word0", "create")
    assert [move.kind for move in hazard.moves] == ["start", "step", "step", "step"]
    assert list(initial_states(system, {"N": 2})) == [] and start(system, 3)["#a"] == 3


def test_a_field_used_before_the_page_is_there():
    system = system_of("create { count = 1; alloc_page; populate rest -> a; }")
    assert {h.rule for h in system.creation_hazards} == {"OV104"} and system.initial == ()


def test_every_choice_is_a_case():
    system = system_of("create { alloc_page; choose { count = 1; } or { count = 2; } populate rest -> a; }")
    assert sorted(state["count"] for _, state in initial_states(system, {"N": 1})) == [1, 2]


def test_the_creator_goes_on_after_populate():
    system = system_of("create { alloc_page; count = TABLES; populate rest -> a; g = true; skip; }")
    assert start(system, 1)["#creator create.3"] == 1 and start(system, 1)["g"] == 0
    assert any(t.label.move.actor == "creator" for t in system.transitions)


def test_pruning_keeps_the_starts():
    unit, lifecycle = unit_of(
        model(USE, tables="N", create="create { alloc_page; count = TABLES; populate rest -> a; }")
    )
    storage = storage_in(lifecycle, case_of(unit))
    whole = whole_system(unit, lifecycle, storage, ways_in=False)
    kept = pruned(whole)
    left = {variable.name for variable in kept.variables}
    assert start(kept, 3).items() == {(n, v) for n, v in start(whole, 3).items() if n in left}
