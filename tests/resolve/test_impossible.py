"""What a life cycle took over with `like`, and no admitted configuration has."""

import pytest

from modelcheck.diagnostics import InputError
from modelcheck.model.operations import Skip
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_text

TEMPLATE = """
litmus "a template for architectures with huge pages and without";
abi tiny { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
use abi tiny;
config HUGE, SHARED;
layout {
    struct list_head { struct list_head *next, *prev; };
    struct page { struct list_head lru;
#ifdef CONFIG_SHARED
        int sharers;
#endif
    };
}
template table on page level pte {
    counter sharers;
    create { alloc_page; if (SHARED) sharers = 0; populate 1 -> used; }
    state used { free -> release; keep -> deposit when HUGE; lend -> lend when SHARED && !HUGE; }
    state kept { take -> withdraw; }
    path deposit [defer] { list_add(lru); goto kept; }
    path withdraw { list_del(lru); goto used; }
    path lend { sharers += 1; sharers -= 1; goto used; }
    path release [gather] { if (HUGE) goto last; else free_page; }
    path last { free_page; }
}
proposal later "later" { replace [defer] { skip; } }
"""


def unit(rest: str) -> Unit:
    return load_text(TEMPLATE + rest)


def names(cycle: Lifecycle) -> tuple[list[str], list[str], list[str]]:
    return [s.name for s in cycle.states], [p.name for p in cycle.paths], [v.name for v in cycle.variables]


def test_everything_stays_where_some_configuration_has_it() -> None:
    (cycle,) = unit("lifecycle one like table { }").lifecycles
    assert names(cycle) == (["used", "kept"], ["deposit", "withdraw", "lend", "release", "last"], ["sharers"])


def test_states_paths_and_fields_that_no_configuration_has_are_left_out() -> None:
    (cycle,) = unit("require !HUGE && !SHARED; lifecycle one like table { }").lifecycles
    assert names(cycle) == (["used"], ["release"], [])
    assert [t.name for t in cycle.states[0].transitions] == ["free"]


def test_a_condition_of_the_life_cycle_counts_too() -> None:
    (cycle,) = unit("lifecycle one like table { when HUGE; }").lifecycles
    assert names(cycle) == (["used", "kept"], ["deposit", "withdraw", "release", "last"], ["sharers"])


def test_a_branch_that_is_never_taken_is_a_skip() -> None:
    (cycle,) = unit("require !HUGE && !SHARED; lifecycle one like table { }").lifecycles
    assert [isinstance(n.operation, Skip) for n in cycle.creates[0].path.nodes] == [False, False, True, False]


def test_what_a_life_cycle_says_itself_stays() -> None:
    own = "state kept { take -> withdraw; }"
    (cycle,) = unit(f"require !HUGE && !SHARED; lifecycle one like table {{ {own} }}").lifecycles
    assert names(cycle) == (["used", "kept"], ["withdraw", "release"], [])


def test_without_like_everything_stays() -> None:
    text = TEMPLATE.replace("template table", "lifecycle table") + "require !HUGE;"
    (cycle,) = load_text(text).lifecycles
    assert names(cycle)[0] == ["used", "kept"]


def test_a_proposal_that_replaces_only_what_is_left_out_is_not_applied() -> None:
    assert [c.proposal for c in unit("lifecycle one like table { }").proposed] == ["later"]
    assert unit("require !HUGE && !SHARED; lifecycle one like table { }").proposed == ()


@pytest.mark.parametrize(
    "text",
    [
        # Its own path uses the field, whatever guards the way there.
        "lifecycle one like table { path lend { sharers += 1; goto used; } }",
        # Its own variable.
        "lifecycle one like table { counter sharers; }",
        # An inherited step that does happen.
        "lifecycle one like table { state used { free -> release; lend -> lend; } }",
    ],
)
def test_a_field_that_is_missed_is_still_reported(text: str) -> None:
    with pytest.raises(InputError) as caught:
        unit("require !HUGE && !SHARED;" + text)
    assert {d.code for d in caught.value.diagnostics} == {"CA308"}


LOCKED = """
template locked on page level pte {
    create { alloc_page; populate 1 -> used; }
    state used { free -> release; free_huge -> release_huge when HUGE; }
    path release { free_page; }
    path release_huge { destroy_lock(lru); free_page; }
}
"""


def test_what_was_left_out_is_not_checked() -> None:
    (cycle,) = unit(f"require !HUGE; {LOCKED} lifecycle one like locked {{ }}").lifecycles
    assert names(cycle)[1] == ["release"]


@pytest.mark.parametrize(
    "text",
    [
        # Some configuration has it.
        f"{LOCKED} lifecycle one like locked {{ }}",
        # The life cycle says it itself.
        f"require !HUGE; {LOCKED} lifecycle one like locked {{ path release_huge {{ destroy_lock(lru); }} }}",
    ],
)
def test_what_stays_is_checked(text: str) -> None:
    with pytest.raises(InputError) as caught:
        unit(text)
    assert {d.code for d in caught.value.diagnostics} == {"CA336"}


def test_what_leads_to_an_own_path_may_be_left_out() -> None:
    own = "path withdraw { list_del(lru); goto used; }"
    (cycle,) = unit(f"require !HUGE && !SHARED; lifecycle one like table {{ {own} }}").lifecycles
    assert names(cycle) == (["used"], ["withdraw", "release"], [])
