"""What the variables of a system are called for people."""

from __future__ import annotations

from modelcheck.engine.words import Wording
from modelcheck.semantics.build import whole_system
from modelcheck.semantics.prune import pruned
from modelcheck.semantics.storage import storage_in
from tests.semantics.corners import model
from tests.semantics.models import case_of, unit_of


def test_one_step_in_two_contexts_has_two_names() -> None:
    body = "state a { go -> p; now -> q; } path p { call_rcu(rcu_head, q); } path q { skip; might_sleep; }"
    unit, lifecycle = unit_of(model(body))
    system = pruned(whole_system(unit, lifecycle, storage_in(lifecycle, case_of(unit)), ways_in=False))
    wording = Wording(system)
    assert wording.name("#q.0") == "q at `skip`"
    assert wording.name("#q.0 in softirq") == "q at `skip` in softirq"
