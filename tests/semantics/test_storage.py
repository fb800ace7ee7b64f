"""Which fields share bytes is read off the layout of a configuration; what does not exist there is said."""

from __future__ import annotations

import pytest

from modelcheck.diagnostics import InputError
from modelcheck.model.conditions import SymbolSet
from modelcheck.model.declarations import FieldRef
from tests.semantics.corners import model
from tests.semantics.models import page, storage_of

ABI = "abi lp64 { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }"


def overlaid(path: str, *, same: str = "") -> str:
    return f"""arch x "X"; kernel "6.12"; {ABI} use abi lp64; config A;
layout {{
    struct list_head {{ struct list_head *next, *prev; }};
    struct page {{
        unsigned long flags;
        union {{
            struct list_head lru;
            struct {{ unsigned int low; unsigned int high; unsigned long upper; }};
        }};
    #ifdef CONFIG_A
        unsigned long extra;
    #endif
        unsigned long last;
    }};
    struct ptdesc {{
        unsigned long flags;
        struct list_head pt_list;
        unsigned long pt_last;
    }};
}}
lifecycle x on page level pte {{
    tables 1; {same}
    create {{ alloc_page; populate rest -> a; }}
    state a {{ go -> p; }}
    path p {{ {path} }}
}}
"""


def test_overlaps_are_those_of_the_layout():
    storage = storage_of(overlaid("write lru; write low; write high; write upper; write last;"))
    assert storage.overlaps(page("lru")) == (page("high"), page("low"), page("upper"))
    assert storage.overlaps(page("low")) == (page("lru"),)
    assert storage.overlaps(page("last")) == ()


def test_overlaps_depend_on_the_configuration():
    text = overlaid("write page.last; write ptdesc.pt_last;")
    assert storage_of(text).overlaps(page("last")) == (FieldRef("ptdesc", "pt_last"),)
    assert storage_of(text, "A").overlaps(page("last")) == ()


def test_only_fields_that_a_live_step_needs_have_a_slot():
    storage = storage_of(overlaid("write low; if (A) write high;"))
    assert list(storage.slots) == [page("low")]
    with pytest.raises(KeyError):
        storage.slot(page("high"))


def test_a_field_inside_another_does_not_overlap_it():
    storage = storage_of(overlaid("write lru; write lru.next; write low;"))
    assert storage.overlaps(page("lru")) == (page("low"),)
    assert storage.inside(page("lru")) == (page("lru.next"),)
    assert storage.inside(page("lru.next")) == ()
    assert storage.overlaps(page("lru.next")) == (page("low"),)


def test_list_heads_at_one_place_are_one():
    storage = storage_of(overlaid("list_add(lru); list_del(ptdesc.pt_list);"))
    assert storage.slot(page("lru")) == storage.slot(FieldRef("ptdesc", "pt_list"))
    assert storage.placed.overlapping == ()


def test_fields_declared_the_same_are_one():
    text = overlaid("write page.upper; write ptdesc.pt_last; write page.last;")
    declared = overlaid(
        "write page.upper; write ptdesc.pt_last; write page.last;", same="same page.last, ptdesc.pt_last;"
    )
    one, other = page("last"), FieldRef("ptdesc", "pt_last")
    assert storage_of(text).slot(one) != storage_of(text).slot(other)
    assert storage_of(declared).slot(one) == storage_of(declared).slot(other)


def test_fields_are_one_through_a_third_that_no_step_names():
    text = overlaid(
        "write page.last; write page.flags;",
        same="same page.last, ptdesc.pt_last; same ptdesc.pt_last, page.flags;",
    )
    storage = storage_of(text)
    assert storage.slot(page("last")) == storage.slot(page("flags"))


def test_a_part_of_one_is_a_part_of_the_other():
    storage = storage_of(overlaid("list_add(lru); write ptdesc.pt_list.next; write page.lru.next;"))
    assert storage.slot(FieldRef("ptdesc", "pt_list.next")) == storage.slot(page("lru.next"))
    assert storage.inside(page("lru")) == (page("lru.next"),)
    assert storage.placed.overlapping == ()


def test_the_bytes_of_a_whole_are_those_of_its_parts():
    storage = storage_of(overlaid("write lru; write lru.next; write lru.prev; write low; write upper;"))
    assert storage.pieces(page("lru")) == (page("lru.next"), page("lru.prev"))
    assert storage.takes_from(page("low")) == (page("lru.next"),)
    assert storage.takes_from(page("upper")) == (page("lru.prev"),)
    assert storage.takes_from(page("lru")) == (page("low"), page("upper"))


def test_what_only_a_part_loses_the_rest_keeps():
    storage = storage_of(overlaid("write lru; write lru.next; write low; write upper;"))
    assert storage.pieces(page("lru")) == (page("lru"), page("lru.next"))
    assert storage.overlaps(page("low")) == (page("lru"), page("lru.next"))
    assert storage.takes_from(page("low")) == (page("lru.next"),)
    assert storage.takes_from(page("upper")) == (page("lru"),)


def test_a_missing_field_is_an_error_where_the_step_is():
    text = overlaid("write low; write extra;")
    with pytest.raises(InputError) as caught:
        storage_of(text)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "CA324" and "`page.extra`" in diagnostic.message
    assert diagnostic.span is not None and text[diagnostic.span.start :].startswith("write extra")
    assert storage_of(text, "A").slot(page("extra")) == page("extra")


def test_what_the_allocator_writes_need_not_be_there():
    text = overlaid("write low;") + "allocator { leaves { write page.extra; write page.high; } demands { } }"
    assert storage_of(text).slots == (page("high"), page("low"))
    assert storage_of(text, "A").slots == (page("extra"), page("high"), page("low"))


def test_a_guarded_step_may_name_a_missing_field():
    assert storage_of(overlaid("write low; if (A) { write extra; }")).applies


def test_a_list_that_only_a_guard_asks_has_a_slot():
    text = model("state a { go -> p when list_empty(other); } path p { skip; }")
    assert storage_of(text).slot(page("other")) == page("other")


@pytest.mark.parametrize(
    "body",
    [
        "state a { go -> p when A && g; } path p { skip; }",
        "state a { go -> a when A; on -> p; } path p { skip; }",
        "state a { go -> p; } path p { wait(A || g); }",
        "state a { go -> p; } path p { bug_on(A && g); }",
        "state a { go -> p; } path p { if (A && g) skip; }",
        "state a { go -> p; } path p { skip; } action now when A && g { skip; }",
    ],
)
def test_conditions_are_decided_wherever_they_stand(body):
    assert storage_of(model(body), "A").holds(SymbolSet("A"))
    assert not storage_of(model(body)).holds(SymbolSet("A"))


def test_where_the_life_cycle_does_not_exist_nothing_is_asked():
    text = model("when A; state a { go -> p; } path p { skip; }")
    assert not storage_of(text).applies and storage_of(text).slots == ()
    assert storage_of(text, "A").applies
