"""Trace files: round trips, and one diagnostic for whatever else a file holds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.diagnostics import InputError
from modelcheck.replay.trace_file import MOST_CHARACTERS, MOST_MOVES, Identification, from_json, to_json
from modelcheck.trace import Move, Schedule

WHAT = Identification("powerpc", "6.12", "pte_fragment", "direct_rcu_head", "OV103")
MOVES = (
    Move("start", "creator", "create"),
    Move("step", "creator"),
    Move("begin", "table:0", "unmap"),
    Move("step", "table:0", choice=1),
    Move("enter", "reader:0", "gup_fast", 1),
    Move("use", "reader:0"),
    Move("leave", "reader:0"),
    Move("resume", "table:0"),
    Move("neighbour", "environment", "page.lru"),
    Move("rcu_links", "environment", "ptdesc.pt_rcu_head"),
)
RUN = Schedule("ppc64le", (("SMP", True), ("THP", False)), (("PTE_FRAG_NR", 2),), MOVES)
TEXT = to_json(RUN, WHAT)


def code(text):
    with pytest.raises(InputError) as caught:
        from_json(text, "run.json")
    (found,) = caught.value.diagnostics
    assert "run.json" in found.message and "\n" not in found.message
    return found.code


def changed(**keys):
    return json.dumps(json.loads(TEXT) | keys)


def with_move(**keys):
    return changed(moves=[{"kind": "step", "actor": "creator"} | keys])


def test_round_trip():
    assert from_json(TEXT, "run.json") == (RUN, WHAT)
    assert to_json(*from_json(TEXT, "run.json")) == TEXT


def test_text_does_not_depend_on_the_order_of_symbols():
    turned = Schedule(RUN.abi, RUN.symbols[::-1], RUN.constants, RUN.moves)
    assert to_json(turned, WHAT) == TEXT
    assert '    {"kind": "step", "actor": "table:0", "choice": 1},\n' in TEXT


def test_a_run_without_moves_round_trips():
    empty = Schedule("m68k", (), (), ())
    assert from_json(to_json(empty, WHAT), "run.json") == (empty, WHAT)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("CA501", ""),
        ("CA501", "{"),
        ("CA501", TEXT + "x"),
        ("CA501", "[" * 100_000),
        ("CA501", "\x00\x01"),
        ("CA501", '{"schema": NaN}'),
        ("CA501", '{"schema": "check-arch/trace", "schema": "check-arch/trace"}'),
        ("CA502", "null"),
        ("CA502", "[]"),
        ("CA502", "{}"),
        ("CA502", '{"schema": "other"}'),
        ("CA502", changed(version=2)),
        ("CA502", changed(version=True)),
        ("CA502", changed(version=[[]])),
        ("CA502", changed(version=10**400)),
        ("CA503", '{"schema": "check-arch/trace", "version": 1}'),
        ("CA503", changed(extra=1)),
        ("CA503", with_move(actr="x")),
        ("CA503", changed(moves=[{"kind": "step"}])),
        ("CA504", changed(abi=None)),
        ("CA504", changed(rule="a\nb")),
        ("CA504", changed(rule="\ud800")),
        ("CA504", changed(symbols=[])),
        ("CA504", changed(symbols={"SMP": 1})),
        ("CA504", changed(constants={"N": True})),
        ("CA504", changed(constants={"N": 1.5})),
        ("CA504", changed(constants={"N": 10**20})),
        ("CA504", TEXT.replace('"PTE_FRAG_NR": 2', '"PTE_FRAG_NR": 1' + "0" * 5000)),
        ("CA504", changed(moves={})),
        ("CA504", changed(moves=["step"])),
        ("CA504", with_move(table="0")),
        ("CA504", with_move(choice=None)),
        ("CA504", with_move(kind=3)),
        ("CA505", with_move(kind="setp")),
        ("CA505", with_move(actor="reader:0")),
        ("CA505", with_move(actor="table:x")),
        ("CA505", with_move(actor="table:٣")),
        ("CA505", with_move(actor="table:1\n")),
        ("CA506", changed(moves=[{}] * (MOST_MOVES + 1))),
        ("CA506", " " * (MOST_CHARACTERS + 1)),
    ],
    ids=lambda value: str(value)[:50],
)
def test_malformed_files(expected, text):
    assert code(text) == ("CA504" if "table:1\\n" in text else expected)


def test_a_misspelt_kind_gets_a_suggestion_and_a_syntax_error_a_place():
    with pytest.raises(InputError) as caught:
        from_json(with_move(kind="setp"), "run.json")
    assert caught.value.diagnostics[0].help == "did you mean `step`?"
    with pytest.raises(InputError) as caught:
        from_json("{\n  x", "run.json")
    assert caught.value.diagnostics[0].span.place == "run.json:2:3"


names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(json.loads(TEXT))), json_values)
def test_any_value_is_read_or_refused(key, value):
    text = changed(**{key: value})
    try:
        schedule, what = from_json(text, "run.json")
    except InputError as error:
        assert len(error.diagnostics) == 1 and error.diagnostics[0].code in {f"CA50{i}" for i in range(1, 7)}
    else:
        assert from_json(to_json(schedule, what), "again.json") == (schedule, what)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60) | st.integers(0, len(TEXT)).map(lambda cut: TEXT[:cut]))
def test_garbage_is_refused(text):
    if text.rstrip() != TEXT.rstrip():
        assert code(text) in ("CA501", "CA502")


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(names, st.booleans(), max_size=4),
    st.dictionaries(names, st.integers(0, 1000), max_size=3),
    st.lists(st.sampled_from(MOVES), max_size=9),
)
def test_schedules_round_trip(symbols, constants, moves):
    run = Schedule("m68k", tuple(sorted(symbols.items())), tuple(sorted(constants.items())), tuple(moves))
    assert from_json(to_json(run, WHAT), "run.json") == (run, WHAT)
