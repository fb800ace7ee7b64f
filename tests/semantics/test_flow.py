"""Configurations prune branches, transitions, actions and readers; the rest is reached."""

from __future__ import annotations

from modelcheck.model.conditions import holds
from modelcheck.model.guards import decide
from modelcheck.semantics import flow
from tests.semantics.corners import READERS, model
from tests.semantics.models import case_of, storage_of, unit_of

BRANCHED = model(
    "state a { readers walker; go -> p; only -> q when A; } path p { if (A) { goto r; } skip; }"
    " path q { call_rcu(rcu_head, s); } path r { free_page; } path s { skip; goto r; }"
    " action never once when !A { write lru; } reader walker rcu when A { read word1; }",
)


def asked(text: str, *symbols: str):
    unit, lifecycle = unit_of(text)
    case = case_of(unit, symbols)
    return lifecycle, lambda condition: holds(condition, case)


def reached(text: str, *symbols: str) -> set[str]:
    return {f"{path.name}.{index}" for path, index in flow.live_nodes(*asked(text, *symbols))}


def test_the_branch_not_taken_is_not_reached():
    without, with_a = reached(BRANCHED), reached(BRANCHED, "A")
    assert "r.0" not in without and "r.0" in with_a
    assert "q.0" not in without and "q.0" in with_a
    assert "p.1" in without and "p.1" not in with_a
    assert "never.0" in without and "never.0" not in with_a


def test_nodes_are_reached_once_and_in_a_fixed_order():
    lifecycle, decided = asked(BRANCHED, "A")
    nodes = [(path.name, index) for path, index in flow.live_nodes(lifecycle, decided)]
    assert len(nodes) == len(set(nodes))
    assert nodes == [(path.name, index) for path, index in flow.live_nodes(lifecycle, decided)]


def test_paths_are_followed_through_jumps_and_callbacks():
    assert flow.paths_reached(*_with_start("q", "A")) == {"q", "s", "r"}
    assert flow.paths_reached(*_with_start("p", "A")) == {"p", "r"}
    assert flow.paths_reached(*_with_start("p")) == {"p"}


def _with_start(start: str, *symbols: str):
    lifecycle, decided = asked(BRANCHED, *symbols)
    return lifecycle, start, decided


def test_readers_exist_under_their_condition():
    assert [r.name for r in flow.live_readers(*asked(BRANCHED))] == []
    assert [r.name for r in flow.live_readers(*asked(BRANCHED, "A"))] == ["walker"]


def test_fields_are_those_of_live_steps_and_readers():
    def fields(*symbols: str) -> set[str]:
        return {field.path for field, _ in storage_of(BRANCHED, *symbols).placed.of}

    assert fields() >= {"lru"} and "word1" not in fields() and "rcu_head" not in fields()
    assert fields("A") >= {"word1", "rcu_head"} and "lru" not in fields("A")


def test_what_depends_on_the_state_is_not_decided():
    lifecycle, decided = asked(
        model("state a { x -> p when A && g; y -> p when A || g; z -> p when !A; } path p { skip; }"), "A"
    )
    x, y, z = (transition.guard for transition in lifecycle.states[0].transitions)
    assert (decide(x, decided), decide(y, decided), decide(z, decided)) == (None, True, False)


def test_constants_of_guards_count():
    _, lifecycle = unit_of(model("state a { go -> p when count(a) < N; } path p { skip; }"))
    assert flow.constants_of(lifecycle) == ("N",)
    _, lifecycle = unit_of(model("state a { go -> p; } path p { skip; }"))
    assert flow.constants_of(lifecycle) == ()


def test_readers_in_the_frame_are_found():
    lifecycle, decided = asked(model("state a { readers walker, fast; go -> p; } path p { skip; }" + READERS))
    assert [r.name for r in flow.live_readers(lifecycle, decided)] == ["walker", "fast"]
