"""In which context steps run, and where that and held locks matter."""

from __future__ import annotations

import pytest

from modelcheck.semantics.softirq import Softirq, lock_key, locks_guarding
from tests.semantics.corners import model
from tests.semantics.models import context_of, page

TWO_WAYS_IN = "state a {{ go -> p; now -> q; }} path p {{ call_rcu(rcu_head, q); }} path q {{ {} }}"


def softirq(body: str, *symbols: str) -> Softirq:
    return context_of(model(body), *symbols).softirq


def q(found) -> set[int]:
    """The steps of path `q` among some."""
    return {index for path, index in found if path == "q"}


@pytest.mark.parametrize(
    ("steps", "in_softirq"),
    [
        ("skip; skip;", {0, 1}),
        ("skip; queue_work; skip;", {0, 1}),
        ("queue_work; skip; grace_period deferred; skip;", {0, 3}),
        ("skip; grace_period; skip;", {0, 1, 2}),
    ],
)
def test_contexts_are_followed(steps, in_softirq):
    reached = softirq(TWO_WAYS_IN.format(steps)).reached
    assert q(key for key, context in reached if context) == in_softirq
    assert q(key for key, context in reached if not context) >= {0}


def test_the_configuration_decides_who_comes_by():
    body = "state a { go -> p; } path p { if (A) grace_period deferred; might_sleep; }"
    reached = {symbols: softirq(body, *symbols).reached for symbols in ((), ("A",))}
    assert (("p", 2), True) in reached["A",]
    assert (("p", 2), True) not in reached[()]
    assert (("p", 2), False) in reached[()]


@pytest.mark.parametrize(
    ("in_callback", "elsewhere", "contested"),
    [
        ("lock(outside);", "lock(outside);", {"outside"}),
        ("lock_bh(outside);", "lock(outside);", {"outside"}),
        ("lock(outside);", "lock_bh(outside);", set()),
        ("lock(outside);", "lock_irq(outside);", set()),
        ("queue_work; lock(outside);", "lock(outside);", set()),
        ("use_lock(ptl);", "lock(ptl);", {page("ptl")}),
        ("lock(ptl);", "use_lock(ptl);", set()),
    ],
)
def test_a_lock_is_contested_if_softirq_wants_it_and_process_context_leaves_softirqs_on(
    in_callback, elsewhere, contested
):
    body = f"state a {{ go -> p; }} path p {{ {elsewhere} call_rcu(rcu_head, q); }} path q {{ {in_callback} }}"
    assert softirq(body).contested == contested


@pytest.mark.parametrize(
    ("steps", "heeded"),
    [
        ("skip; might_sleep; skip;", {0, 1}),
        ("skip; choose { skip; } or { ipi_sync; } skip;", {0, 1, 3}),
        ("grace_period deferred; might_sleep;", {1}),
        ("queue_work; might_sleep;", set()),
        ("lock(outside); unlock(outside);", {0}),
        ("lock_bh(outside); unlock(outside);", set()),
        ("list_add(other);", set()),
    ],
)
def test_softirq_is_heeded_up_to_what_depends_on_it(steps, heeded):
    assert q(softirq(TWO_WAYS_IN.format(steps)).heeded) == heeded


def test_nothing_is_heeded_that_runs_in_process_context_only():
    body = "state a { go -> p; } path p { might_sleep; grace_period; call_rcu(rcu_head, q); } path q { skip; }"
    found = softirq(body)
    assert not found.heeded
    assert not found.holding


def test_a_lock_is_followed_from_where_it_is_taken_to_the_last_use_of_its_list():
    body = "list alias under outside; state a {{ go -> p; now -> q; }} path p {{ skip; }} path q {{ {} }}"
    steps = "skip; lock(outside); skip; list_add(lru); skip; unlock(outside); skip;"
    found = softirq(body.format(steps))
    assert q(key for key, _ in found.holding) == {2, 3}
    assert {lock for _, lock in found.holding} == {"outside"}


def test_names_of_one_field_are_one():
    context = context_of(model("list alias under outside; state a { go -> p; } path p { list_add(lru); lock(ptl); }"))
    lifecycle, storage = context.lifecycle, context.storage
    assert locks_guarding(lifecycle, storage, page("lru")) == ("outside",)
    assert lock_key(storage, "outside") == "outside"
    assert lock_key(storage, page("ptl")) == storage.slot(page("ptl"))
