"""Certificates: two solvers accept each as it is, and neither accepts one that was tampered with.

The script is text, and it is tampered with as text: nothing here knows how it came about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
import z3

from modelcheck.engine import check
from modelcheck.resolve import load_unit
from modelcheck.solver.certificate import check_with_cvc5, check_with_z3
from modelcheck.verdict import Certificate

LITMUS = Path(__file__).parent.parent / "litmus"
SAFE = sorted(
    path.stem
    for path in LITMUS.glob("*.litmus")
    if any(expectation.verdict == "SAFE" for expectation in load_unit(path).expectations)
)
# Small ones, with laws over counts, with clauses over flags, owners and readers, one with several classes.
SMALL = ("count-starts-at-the-number-of-tables", "freed-after-grace-period", "lock-size-decides-where-it-lives")
TAMPERED = (*SMALL, "page-linked-once-for-all-its-tables", "table-memory-reused-after-grace-period")


@cache
def certificates(name: str) -> tuple[Certificate, ...]:
    unit = load_unit(LITMUS / f"{name}.litmus")
    found = []
    for expectation in unit.expectations:
        proposals = (expectation.proposal,) if expectation.proposal else ()
        (result,) = check(unit, lifecycles=[expectation.lifecycle], proposals=proposals)
        found.extend(result.certificates)
    return tuple(found)


_DEFINED = re.compile(r"^(\(define-fun \|.*\| \(.*\) Bool\n)  (.*)\)$", re.M)


@dataclass(frozen=True)
class Script:
    """A certificate's script, cut into its definitions, the facts of the invariant, and the questions.

    `head` has a `{}` where each fact stands, `asked` one where each question stands.
    """

    head: str
    facts: tuple[str, ...]
    asked: str
    questions: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Script:
        head, asked = re.split(r"(?=^\(push 1\))", text, maxsplit=1, flags=re.M)
        facts = tuple(match[2] for match in _DEFINED.finditer(head) if match[2] != "(and true")
        questions = tuple(re.findall(r"^\(push 1\).*\n\(assert .*\)\n\(check-sat\)\n\(pop 1\)\n", asked, re.M))
        for question in questions:
            asked = asked.replace(question, "{}", 1)
        head = _DEFINED.sub(lambda match: match[0] if match[2] == "(and true" else f"{match[1]}  {{}})", head)
        return cls(head, facts, asked, questions)

    @property
    def text(self) -> str:
        return self.head.format(*self.facts) + self.asked.format(*self.questions)

    def with_fact(self, number: int, instead: str = "true") -> Script:
        return replace(self, facts=(*self.facts[:number], instead, *self.facts[number + 1 :]))

    def with_question(self, number: int, instead: str) -> Script:
        return replace(self, questions=(*self.questions[:number], instead, *self.questions[number + 1 :]))

    def bare(self, known: int) -> Script:
        """Of the facts only the first ones, as many as `known`."""
        return replace(self, facts=(*self.facts[:known], *("true" for _ in self.facts[known:])))


def accepted(script: Script, queries: int) -> bool:
    return check_with_z3(script.text, queries).accepted


def _laws(certificate: Certificate, script: Script) -> range:
    """Which facts are laws: the equations between what sorts and constants range over, and the clauses."""
    end = len(script.facts) - len(certificate.clauses)
    start = next((i for i in range(end) if script.facts[i].startswith("(= ")), end)
    assert {law.smtlib for law in certificate.laws} <= set(script.facts[start:end])
    return range(start, end)


def _typing(certificate: Certificate, script: Script) -> int:
    """How many of the facts only say what sorts and constants range over."""
    return _laws(certificate, script).start


# ----------------------------------------------------------------------------------------------- as they are


@pytest.mark.parametrize("name", SAFE)
def test_z3_accepts_every_certificate(name: str) -> None:
    assert certificates(name)
    for certificate in certificates(name):
        outcome = check_with_z3(certificate.smtlib, certificate.queries)
        assert outcome.accepted
        assert outcome.answered == outcome.queries == certificate.queries
        assert outcome.solver in certificate.checked_by


@pytest.mark.parametrize("name", SAFE)
def test_cvc5_accepts_every_certificate(name: str) -> None:
    pytest.importorskip("cvc5", reason="cvc5, the optional second judge, is not installed")
    for certificate in certificates(name):
        outcome = check_with_cvc5(certificate.smtlib, certificate.queries)
        assert outcome.accepted
        assert outcome.answered == certificate.queries


@pytest.mark.parametrize("name", SAFE)
def test_the_number_of_questions_is_what_is_claimed(name: str) -> None:
    for certificate in certificates(name):
        lines = certificate.smtlib.split("\n")
        assert lines.count("(check-sat)") == certificate.queries > 0
        # One more around all the questions about states in the invariant.
        pushed = sum(line.startswith("(push 1)") for line in lines)
        assert pushed == lines.count("(pop 1)") == certificate.queries + 1
        assert sum(line.startswith("(assert ") for line in lines) == certificate.queries + 1
        assert len(Script.of(certificate.smtlib).questions) == certificate.queries


@pytest.mark.parametrize("name", TAMPERED)
def test_the_script_stands_alone(name: str) -> None:
    """Every question on its own, read by Z3's parser into terms of a fresh context: no commands of ours in between."""
    for certificate in certificates(name):
        script = Script.of(certificate.smtlib)
        assert script.text == certificate.smtlib
        prelude = script.head.format(*script.facts)
        assert set(re.findall(r"^\(([a-z-]+)", prelude, re.M)) == {"set-logic", "declare-const", "define-fun"}
        within = script.asked.index("(push 1) ; in the invariant\n")
        (known,) = re.findall(r"^\(assert \(\|invariant\| .*\)$", script.asked, re.M)
        for number, question in enumerate(script.questions):
            (asked,) = re.findall(r"^\(assert .*\)$", question, re.M)
            inside = script.asked[:within].count("{}") <= number
            context = z3.Context()
            solver = z3.Solver(ctx=context)
            solver.add(z3.parse_smt2_string(f"{prelude}{known if inside else ''}\n{asked}\n", ctx=context))
            assert solver.check() == z3.unsat, question


def test_there_is_something_to_tamper_with() -> None:
    found = [c for name in TAMPERED for c in certificates(name)]
    assert sum(len(_laws(c, Script.of(c.smtlib))) for c in found) >= 5
    assert sum(len(c.clauses) for c in found) >= 10


# ----------------------------------------------------------------------------------------------- tampered with


@pytest.mark.parametrize("name", TAMPERED)
def test_a_negated_fact_is_rejected(name: str) -> None:
    for certificate in certificates(name):
        script = Script.of(certificate.smtlib)
        for number in range(_typing(certificate, script), len(script.facts)):
            changed = script.with_fact(number, f"(not {script.facts[number]})")
            assert not accepted(changed, certificate.queries), script.facts[number]


@pytest.mark.parametrize("name", TAMPERED)
def test_without_its_facts_nothing_is_proved(name: str) -> None:
    """Some clause or law matters: with none of them the questions are not all answered `unsat`."""
    for certificate in certificates(name):
        script = Script.of(certificate.smtlib)
        assert not accepted(script.bare(_typing(certificate, script)), certificate.queries)


@pytest.mark.parametrize("name", SMALL)
def test_most_facts_matter(name: str) -> None:
    """Dropped one by one. A few may say what others say too; what is accepted without them is a proof as well."""
    needed = total = 0
    for certificate in certificates(name):
        script = Script.of(certificate.smtlib)
        for number in range(_typing(certificate, script), len(script.facts)):
            total += 1
            needed += not accepted(script.with_fact(number), certificate.queries)
    assert needed * 2 > total


@pytest.mark.parametrize("name", TAMPERED)
def test_a_law_with_another_constant_is_rejected(name: str) -> None:
    seen = 0
    for certificate in certificates(name):
        script = Script.of(certificate.smtlib)
        for number in _laws(certificate, script):
            seen += 1
            law = script.facts[number]
            body = law.removeprefix("(= ").removesuffix(" 0)")
            for fact in (f"(= {body} 1)", f"(>= {body} 1)", f"(<= {body} (- 1))"):
                assert not accepted(script.with_fact(number, fact), certificate.queries)
    assert seen


@pytest.mark.parametrize("name", SMALL)
def test_a_law_with_another_coefficient_is_rejected(name: str) -> None:
    """Each variable of each law in turn counts twice; a variable that stays zero makes no difference, most do."""
    rejected = total = 0
    for certificate in certificates(name):
        script = Script.of(certificate.smtlib)
        for number in _laws(certificate, script):
            law = script.facts[number]
            for variable in re.findall(r"\|[^|]*\|", law):
                fact = law.replace(variable, f"(* 2 {variable})")
                total += 1
                rejected += not accepted(script.with_fact(number, fact), certificate.queries)
    assert rejected * 2 > total


@pytest.mark.parametrize("name", SMALL)
def test_a_question_asked_without_its_premises_is_rejected(name: str) -> None:
    """Where a step is `safe` because of its guard and of the invariant, the same question without either is `sat`."""
    for certificate in certificates(name):
        script = Script.of(certificate.smtlib)
        for number, question in enumerate(script.questions):
            changed = re.sub(r"^\(assert .*\)$", "(assert true)", question, flags=re.M)
            assert not accepted(script.with_question(number, changed), certificate.queries), question


@pytest.mark.parametrize("name", TAMPERED)
def test_safety_asked_without_the_invariant_is_rejected_somewhere(name: str) -> None:
    for certificate in certificates(name):
        script = Script.of(certificate.smtlib)
        weaker = re.sub(r"^\(assert \(\|invariant\| .*\)$", "(assert true)", script.asked, flags=re.M)
        assert weaker != script.asked
        assert not accepted(replace(script, asked=weaker), certificate.queries)


def _one() -> tuple[Script, int]:
    certificate = certificates("freed-after-grace-period")[0]
    return Script.of(certificate.smtlib), certificate.queries


def test_a_question_left_out_is_missed() -> None:
    script, queries = _one()
    for number in range(queries):
        assert not accepted(script.with_question(number, ""), queries)
        unasked = script.questions[number].replace("(check-sat)\n", "")
        assert not accepted(script.with_question(number, unasked), queries)


def test_a_question_too_many_is_noticed() -> None:
    script, queries = _one()
    assert not accepted(script.with_question(0, script.questions[0] * 2), queries)


@pytest.mark.parametrize(
    "text", ["", "(check-sat", "(exit)", "nonsense", "(assert |nowhere|)\n(check-sat)"]
)
def test_what_is_no_script_is_not_accepted(text: str) -> None:
    assert not check_with_z3(text, 1).accepted


def test_words_that_only_look_like_answers_do_not_count_beyond_the_questions() -> None:
    script, queries = _one()
    assert not check_with_z3(f'(echo "unsat")\n{script.text}', queries).accepted
    assert not check_with_z3(script.text, queries + 1).accepted
    assert not check_with_z3(script.text, 0).accepted


def test_what_is_not_decided_within_the_budget_is_not_accepted() -> None:
    certificate = certificates("page-linked-once-for-all-its-tables")[0]
    outcome = check_with_z3(certificate.smtlib, certificate.queries, rlimit=1)
    assert not outcome.accepted
    assert check_with_z3(certificate.smtlib, certificate.queries, rlimit=50_000_000).accepted


@pytest.mark.parametrize("name", SMALL)
def test_cvc5_rejects_too(name: str) -> None:
    pytest.importorskip("cvc5", reason="cvc5, the optional second judge, is not installed")
    for certificate in certificates(name):
        script = Script.of(certificate.smtlib)
        first = _typing(certificate, script)
        for number in range(first, len(script.facts)):
            changed = script.with_fact(number, f"(not {script.facts[number]})")
            assert not check_with_cvc5(changed.text, certificate.queries).accepted
        assert not check_with_cvc5(script.bare(first).text, certificate.queries).accepted
        assert not check_with_cvc5(script.with_question(0, "").text, certificate.queries).accepted
