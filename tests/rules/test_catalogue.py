"""The catalogue is complete, and every example is a litmus case that shows its rule."""

from __future__ import annotations

import pytest

from modelcheck.diagnostics import InputError
from modelcheck.resolve import load_text
from modelcheck.rules import Rule, all_rules, rule
from modelcheck.rules.catalogue import SECTIONS, read_rule
from tests.oracle import explore
from tests.oracle.configurations import condition_holds, instances

RULES = all_rules()
TEXT = "# OV999 a title\n" + "".join(
    f"\n## {name}\n\n" + ("```litmus\nx;\n```\n" if name == "Example" else "a text\n") for name in SECTIONS
)


def test_the_catalogue_is_in_order_of_ids() -> None:
    assert [r.id for r in RULES] == [*(f"OV{n}" for n in range(101, 112)), "OV401"]
    assert len({r.title for r in RULES}) == len(RULES)


@pytest.mark.parametrize("each", RULES, ids=lambda r: r.id)
def test_a_rule_says_everything(each: Rule) -> None:
    for text in (each.meaning, each.why, each.avoided):
        assert text.endswith(".")
        assert "#" not in text
    assert not each.title.endswith(".")
    assert all(line.startswith(("* ", "  ")) for line in each.history.splitlines())


@pytest.mark.parametrize("each", [r for r in RULES if r.example_is_litmus], ids=lambda r: r.id)
def test_the_example_shows_the_rule(each: Rule) -> None:
    unit = load_text(each.example, f"{each.id}.litmus")
    (expectation,), (lifecycle,) = unit.expectations, unit.lifecycles
    assert expectation.rules == (each.id,)
    for instance in instances(unit, lifecycle):
        configuration = instance.configuration
        outcome = explore(lifecycle, configuration, configuration.layout, instance.tables, instance.constants)
        assert outcome.complete
        assert bool(outcome.hazards) == condition_holds(expectation.condition, instance)
        if outcome.hazards:
            assert each.id in outcome.rules


def test_only_drift_is_not_about_a_life_cycle() -> None:
    assert [r.id for r in RULES if not r.example_is_litmus] == ["OV401"]


def test_letters_of_an_id_may_be_small() -> None:
    assert rule("ov103") is rule("OV103")


def test_an_unknown_rule_is_answered_with_a_suggestion() -> None:
    with pytest.raises(InputError) as caught:
        rule("OV1O3")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "CA901"
    assert diagnostic.help == "did you mean `OV103`?"


def test_a_rule_file_is_read() -> None:
    read = read_rule(TEXT)
    assert (read.id, read.title, read.meaning, read.example) == ("OV999", "a title", "a text", "x;")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("# OV999 a title", "# a title", "begins with"),
        ("## Why it is bad", "## Why", "the sections are"),
        ("```litmus\nx;\n```", "x;", "one fenced block"),
    ],
)
def test_a_faulty_rule_file_is_refused(old: str, new: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_rule(TEXT.replace(old, new))
