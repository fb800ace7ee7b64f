"""What was worked out before saves time and changes nothing, whatever became of it since."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from modelcheck.engine import check, portfolio, recall
from modelcheck.engine.budget import Budget
from modelcheck.engine.coding import Decoder, MisfitError, encoded_formula
from modelcheck.engine.fingerprint import Fingerprints
from modelcheck.engine.recall import Recall
from modelcheck.resolve import load_text, load_unit
from modelcheck.semantics.system import Sort, StateVariable
from modelcheck.semantics.terms import Formula, IsSet, IsValue, Linear, conjunction, disjunction, negate, positive, zero
from modelcheck.solver.certificate import CheckOutcome, check_with_z3
from modelcheck.store import Folder, Store
from modelcheck.verdict import Result, Verdict
from tests.engine.systems import system, transition

LITMUS = Path(__file__).parent.parent / "litmus"
# Safe for all numbers of tables, unsafe for some only, several classes of configurations, several ways in, an invariant
# of another engine's.
CASES = (
    "counter-in-second-word-of-rcu-head",
    "last-dropper-frees-at-once-though-earlier-table-did-not-wait",
    "last-fragment-queues-flag-before-drop",
    "lock-size-decides-where-it-lives",
    "table-memory-reused-before-grace-period",
)
UNSAFE = ("last-dropper-frees-at-once-though-earlier-table-did-not-wait", "lock-size-decides-where-it-lives")

Entries = dict[str, Any]


class Kept:
    """A store that says what became of it, and may change what it gives back."""

    def __init__(self, entries: Entries, change: Callable[[Entries], object] = lambda entry: entry) -> None:
        self.entries = dict(entries)
        self.change = change
        self.new: list[str] = []
        self.given = 0
        self.dropped = 0

    def get(self, key: str) -> object | None:
        if key not in self.entries:
            return None
        self.given += 1
        return self.change(json.loads(self.entries[key]))

    def put(self, key: str, entry: object) -> None:
        self.entries[key] = json.dumps(entry)
        self.new.append(key)

    def drop(self, key: str) -> None:
        self.dropped += 1
        self.entries.pop(key, None)


def answer(name: str, store: Store | None = None) -> tuple[Result, ...]:
    return check(load_unit(LITMUS / f"{name}.litmus"), store=store)


@cache
def cold(name: str) -> tuple[tuple[Result, ...], Entries]:
    """What is answered without having been asked before, and what is kept of it."""
    store = Kept({})
    return answer(name, store), store.entries


def shown(results: tuple[Result, ...]) -> str:
    return repr(results) + "".join(c.smtlib for result in results for c in result.certificates)


@pytest.mark.parametrize("name", CASES)
def test_recalled_answers_are_the_same_to_the_byte(name: str) -> None:
    results, entries = cold(name)
    store = Kept(entries)
    assert shown(answer(name, store)) == shown(results) == shown(answer(name))
    assert store.given >= len(entries) > 0
    assert not store.new


def told(results: tuple[Result, ...]) -> list[object]:
    return [(r.verdict, r.condition, r.paths, [(f.rule, f.path, f.condition) for f in r.findings]) for r in results]


def _without_hazards(entry: Entries) -> object:
    changes = {"real": [], "spurious": [], "found": []}
    return {**entry, **{key: value for key, value in changes.items() if key in entry}}


def _false_invariant(entry: Entries) -> object:
    return {"laws": [], "clauses": [["truth", False]]} if "clauses" in entry or "failed" in entry else entry


def _safe(entry: Entries) -> object:
    return _false_invariant(cast("Entries", _without_hazards(entry)))


def _weak_invariant(entry: Entries) -> object:
    return {**entry, "clauses": entry["clauses"][:-1]} if "clauses" in entry else entry


def _other_law(entry: Entries) -> object:
    def wrong(law: list[Any]) -> list[Any]:
        return [law[0], [law[1][0] + 1, *law[1][1:]]]

    return {**entry, "laws": [wrong(law) for law in entry["laws"]]} if "laws" in entry else entry


def _shorter_runs(entry: Entries) -> object:
    def shorter(run: Entries) -> Entries:
        return {**run, "transitions": run["transitions"][:-1]}

    return {**entry, "found": [shorter(run) for run in entry["found"]]} if "found" in entry else entry


def _for_all_numbers(entry: Entries) -> object:
    def always(run: Entries) -> Entries:
        return {**run, "values": [1, None, True, None]}

    return {**entry, "found": [always(run) for run in entry["found"]]} if "found" in entry else entry


def _numbers_out_of_range(entry: Entries) -> object:
    def beyond(run: Entries) -> Entries:
        return {**run, "transitions": [10**9, -1, *run["transitions"]], "hazard": 10**9}

    return {**entry, "found": [beyond(run) for run in entry["found"]]} if "found" in entry else entry


def _everything_real(entry: Entries) -> object:
    return {**entry, "real": entry["real"] + [["OV105", "nowhere", []]]} if "real" in entry else entry


def _one_class(entry: Entries) -> object:
    if "classes" not in entry:
        return entry
    return {**entry, "classes": [[p for points in entry["classes"] for p in points]], "closely": []}


def _gave_up(entry: Entries) -> object:
    return {"failed": "no"} if "clauses" in entry else {**entry, "complete": False} if "complete" in entry else entry


def _tried_in_vain(entry: Entries) -> object:
    return {"efforts": [["houdini", "no", 0, -1, 0]]} if "method" in entry else entry


FORGED = (
    _without_hazards,
    _false_invariant,
    _safe,
    _weak_invariant,
    _other_law,
    _shorter_runs,
    _for_all_numbers,
    _numbers_out_of_range,
    _everything_real,
    _one_class,
    _gave_up,
    _tried_in_vain,
    lambda _: [],
    lambda _: {},
    lambda _: "SAFE",
    lambda entry: dict.fromkeys(entry, None),
    lambda entry: {key: [[[[]]]] for key in entry},
    lambda entry: dict.fromkeys(entry, True),
)
# That classes cannot be answered together may be believed: then each is proved on its own.
DIVIDING = (_without_hazards, _safe, _everything_real, _gave_up)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("number", range(len(FORGED)))
def test_forged_entries_change_nothing(name: str, number: int) -> None:
    results, entries = cold(name)
    store = Kept(entries, FORGED[number])
    again = answer(name, store)
    assert told(again) == told(results)
    if FORGED[number] not in DIVIDING:
        assert shown(again) == shown(results)


@pytest.mark.parametrize("name", UNSAFE)
def test_a_proof_that_nothing_can_happen_is_not_believed(name: str) -> None:
    class Liar(Kept):
        def get(self, key: str) -> object | None:
            self.given += 1
            return {"laws": [], "clauses": [["truth", False]], "real": [], "spurious": [], "classes": [], "closely": []}

    results, _ = cold(name)
    liar = Liar({})
    assert told(answer(name, liar)) == told(results)
    assert liar.given
    assert liar.dropped


@pytest.mark.parametrize("name", CASES)
def test_damaged_files_change_nothing(name: str, tmp_path: Path) -> None:
    first = shown(answer(name, Folder(tmp_path)))
    files = sorted(tmp_path.rglob("*.entry"))
    assert files
    contents = [file.read_bytes() for file in files]
    for number, (file, content) in enumerate(zip(files, contents, strict=True)):
        match number % 4:
            case 0:
                file.write_bytes(content[: len(content) // 2])
            case 1:
                file.write_bytes(content.replace(b"0", b"1", 1) if b"0" in content else b"")
            case 2:
                file.write_bytes(contents[number - 1])
            case _:
                file.write_bytes(b"\xff\x00" * 100)
    assert shown(answer(name, Folder(tmp_path))) == first == shown(cold(name)[0])
    # They were written anew.
    assert [file.read_bytes() for file in files] == contents


TEMPLATE = """
litmus "shared";
abi {abi} {{ byte_order {order}; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }}
use abi {abi};
config {symbols};
const PTE_FRAG_NR >= 1;
layout {{
    struct rcu_head {{ struct rcu_head *next; void (*func)(struct rcu_head *head); }};
    struct page {{ unsigned long flags;{before} struct rcu_head rcu_head; unsigned long refcount; }};
}}
lifecycle fragment on page level pte {{
    tables PTE_FRAG_NR;
    counter refcount;
    create {{ alloc_page; refcount = TABLES; populate rest -> installed; }}
    state installed {{ readers walker; unmap -> free; }}
    path free {{ grace_period; if (dec_and_test(refcount)) goto now; }}
    path now {{ free_page; }}
    reader walker rcu {{ touch_table; }}
}}
"""
ONE = TEMPLATE.format(abi="one", order="little", symbols="SMP", before="")
# Another architecture: other symbols, other offsets, the life cycle somewhere else in its file.
OTHER = "\n\n" + TEMPLATE.format(abi="other", order="big", symbols="NUMA, MMU", before=" unsigned long private;")


def test_two_architectures_that_share_a_system_are_answered_once() -> None:
    store = Kept({})
    (first,) = check(load_text(ONE), store=store)
    assert store.new
    asked = len(store.new)
    (second,) = check(load_text(OTHER), store=store)
    assert len(store.new) == asked
    assert store.given
    assert (first.verdict, first.place) != (second.verdict, second.place)
    assert shown((second,)) == shown(check(load_text(OTHER)))


def test_what_is_only_shown_is_no_part_of_a_question() -> None:
    count = StateVariable("x", Sort.COUNT, "some words")
    same = StateVariable("x", Sort.COUNT, "other words")
    step = transition("step", positive(Linear(0, (("x", 1),))), [("x", Linear(-1, (("x", 1),)))])
    other = transition("step", positive(Linear(-1, (("x", 1),))), [("x", Linear(-1, (("x", 1),)))])
    prints = Fingerprints()
    assert prints.of(system([count], [step])) == prints.of(system([same], [step]))
    assert prints.of(system([count], [step])) != prints.of(system([count], [other]))
    assert prints.of(system([count], [step])) != prints.of(system([count], [step, step]))


def test_formulas_come_back_as_they_were() -> None:
    variables = [
        StateVariable("x", Sort.COUNT, "x"),
        StateVariable("N", Sort.PARAMETER, "N", minimum=1),
        StateVariable("flag", Sort.BOOLEAN, "flag"),
        StateVariable("page", Sort.ENUMERATION, "page", ("a", "b")),
    ]
    sum_ = Linear(-2, (("N", 3), ("x", -1)))
    formula = disjunction(
        conjunction(IsSet("flag"), negate(IsValue("page", 1))), positive(sum_), negate(zero(sum_))
    )
    decoder = Decoder(system(variables, []))
    assert decoder.formula(json.loads(json.dumps(encoded_formula(formula)))) == formula


@pytest.mark.parametrize(
    "formula",
    [
        IsSet("x"),
        IsSet("|) (check-sat"),
        IsValue("flag", 1),
        positive(Linear(0, (("flag", 1),))),
        zero(Linear(0, (("y", 1),))),
    ],
)
def test_names_that_are_no_variables_of_the_system_do_not_come_back(formula: Formula) -> None:
    variables = [StateVariable("x", Sort.COUNT, "x"), StateVariable("flag", Sort.BOOLEAN, "flag")]
    with pytest.raises(MisfitError):
        Decoder(system(variables, [])).formula(encoded_formula(formula))


# ------------------------------------------------------------------------------------------------------- doubts


ENGINES = {"abstraction": Verdict.UNKNOWN, "bounded": Verdict.BOUNDED}


def doubtful(store: Kept, engine: str) -> tuple[Result, ...]:
    # So little that nothing can be proved.
    little = replace(Budget(), abstract_states=3, depth=3)
    unit = load_unit(LITMUS / "last-fragment-queues-flag-before-drop.litmus")
    return check(unit, engine=engine, budget=little, store=store)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_doubt_that_is_known_is_not_worked_out_again(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Kept({})
    first = doubtful(store, engine)
    assert [result.verdict for result in first] == [ENGINES[engine]]
    store.new.clear()
    # Nothing is searched once more.
    monkeypatch.setattr(portfolio, "_WAYS", {})
    assert shown(doubtful(store, engine)) == shown(first)
    # The second run saw that what it had recalled ends in the same doubts.
    assert store.new == []


@pytest.mark.parametrize("engine", ENGINES)
def test_a_doubt_that_nothing_confirms_is_looked_into_anew(engine: str) -> None:
    store = Kept({})
    first = doubtful(store, engine)
    other = Kept(store.entries, lambda entry: ["another doubt"] if isinstance(entry, list) else entry)
    assert shown(doubtful(other, engine)) == shown(first)
    assert other.new != []


def certified(script: str, queries: int, accepted: Store) -> bool:
    return Recall(accepted=accepted).certified(script, queries).accepted


def test_what_was_accepted_in_this_run_is_not_put_to_the_solver_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def solver(script: str, queries: int, rlimit: int) -> CheckOutcome:
        asked.append(script)
        return check_with_z3(script, queries, rlimit)

    monkeypatch.setattr(recall, "check_with_z3", solver)
    good, bad = "(assert false)\n(check-sat)\n", "(assert true)\n(check-sat)\n"
    accepted = Kept({})
    assert certified(good, 1, accepted)
    assert certified(good, 1, accepted)
    assert asked == [good]
    # Neither what was not accepted, nor the same text with other questions, nor what another run accepted.
    assert not certified(bad, 1, accepted)
    assert not certified(bad, 1, accepted)
    assert not certified(good, 2, accepted)
    assert certified(good, 1, Kept({}))
    assert asked == [good, bad, bad, good, good]


def test_accepted_certificates_are_told_as_if_they_had_been_asked(tmp_path: Path) -> None:
    unit = load_unit(LITMUS / "last-fragment-queues-flag-before-drop.litmus")
    results = check(unit, accepted=Folder(tmp_path))
    assert shown(check(unit, accepted=Folder(tmp_path))) == shown(results) == shown(check(unit))
