"""What says that fields lie the same says all that their slots depend on."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.layout.placed import PlacedField
from modelcheck.model.declarations import FieldRef
from modelcheck.semantics.slots import seen, slots_of

FIELDS = [FieldRef("page", path) for path in ("lru", "lru.next", "flags", "head", "head.next")]
FIELDS += [FieldRef("ptdesc", path) for path in ("pt_list", "pt_list.next", "index")]
TYPES = ("struct list_head", "struct callback_head", "unsigned long")

places = st.fixed_dictionaries(
    {
        field: st.builds(
            lambda type_, offset, size: PlacedField("", type_, type_, 32 * offset, 32 * size, False, None),
            st.sampled_from(TYPES),
            st.integers(0, 3),
            st.integers(0, 3),
        )
        for field in FIELDS
    }
)
changes = st.tuples(
    st.sampled_from(FIELDS),
    st.one_of(
        st.builds(lambda n: {"offset_bits": 32 * n}, st.integers(0, 3)),
        st.builds(lambda n: {"size_bits": 32 * n}, st.integers(0, 3)),
        st.builds(lambda type_: {"type_key": type_}, st.sampled_from(TYPES)),
    ),
)


@settings(deadline=None, max_examples=400)
@given(places, changes, st.sets(st.sampled_from(FIELDS), min_size=2), st.sets(st.sampled_from(FIELDS), max_size=2))
def test_where_the_slots_differ_something_else_was_seen(
    before: dict[FieldRef, PlacedField],
    change: tuple[FieldRef, dict[str, object]],
    wanted: set[FieldRef],
    joined: set[FieldRef],
) -> None:
    field, values = change
    after = {**before, field: replace(before[field], **values)}  # type: ignore[arg-type]
    same = [tuple(sorted(joined))] if len(joined) == 2 else []
    of = [{each: where[each] for each in sorted(wanted)} for where in (before, after)]
    one = slots_of(of[0], same, before.get)  # type: ignore[arg-type]
    other = slots_of(of[1], same, after.get)  # type: ignore[arg-type]
    if one != other:
        assert seen(of[0], before.get) != seen(of[1], after.get)
