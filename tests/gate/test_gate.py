"""What the gate makes of changes of models: what it checks, what it says, and its status."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modelcheck.cli import main
from tests.gate.conftest import DEFER, MODEL, OVERLAID, UNMARKED, Gate, Scratch


def test_a_comment_checks_nothing(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=MODEL)
    scratch.write("case.litmus", MODEL.replace("// A comment.", "// Another one.\n"))
    found = gate()
    assert (found.status, found.checked) == (0, {})
    assert "2 life cycles the same as in the base" in found.out


def test_a_guard_that_was_dropped_is_new(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=MODEL)
    scratch.write("case.litmus", UNMARKED)
    found = gate()
    assert found.status == 1
    assert found.checked == {"fragment": ("SAFE", "UNSAFE")}
    assert ("new", "finding", "OV105", "free_defer") in found.alerts
    assert {alert[0] for alert in found.alerts} == {"new"}
    assert found.out.startswith("FAILS  the working tree, compared with HEAD")
    assert "case.litmus:34:" in found.out, "places are those of the head"


def test_what_was_unsafe_before_is_not_reported_again(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=UNMARKED)
    scratch.write("case.litmus", UNMARKED.replace("tables 2;", "tables 3;"))
    found = gate()
    assert (found.status, found.alerts) == (0, [])
    assert found.checked == {"fragment": ("UNSAFE", "UNSAFE")}
    assert "as in the base: " in found.out


def test_what_is_mended_is_fixed(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=UNMARKED)
    scratch.commit(case_litmus=MODEL)
    found = gate("--base", "HEAD^", "--head", "HEAD")
    assert found.status == 0
    assert ("fixed", "finding", "OV105", "free_defer") in found.alerts
    assert {alert[0] for alert in found.alerts} == {"fixed"}


def test_more_configurations_are_worse(scratch: Scratch, gate: Gate) -> None:
    def marked_when(condition: str) -> str:
        return MODEL.replace("set_flag(marked);", f"if ({condition}) set_flag(marked);")

    scratch.commit(case_litmus=marked_when("SMP || MEMCG"))
    scratch.commit(case_litmus=marked_when("SMP && MEMCG"))
    found = gate("--head", "HEAD")
    assert found.status == 1
    assert ("worse", "finding", "OV105", "free_defer") in found.alerts
    assert gate("--base", "HEAD", "--head", "HEAD^").status == 0, "fewer are not"


def test_an_expectation_that_no_longer_holds_fails(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=UNMARKED + "expect fragment UNSAFE OV105;")
    scratch.commit(case_litmus=MODEL + "expect fragment UNSAFE OV105;")
    found = gate()
    assert found.status == 1
    assert ("worse", "expectation", "", "") in found.alerts


def test_what_the_change_states_itself_does_not_fail(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=MODEL)
    scratch.commit(case_litmus=UNMARKED + 'expect fragment UNSAFE OV105 : "known";')
    found = gate()
    assert found.status == 0
    assert "stated by the change itself" in found.out


def test_an_expectation_of_the_base_does_not_excuse_what_is_new(scratch: Scratch, gate: Gate) -> None:
    early = MODEL.replace("path free_tlb [gather] { grace_period; goto", "path free_tlb [gather] { goto")
    stated = "expect fragment UNSAFE OV105;"
    scratch.commit(case_litmus=early + stated)
    scratch.commit(case_litmus=early.replace(DEFER, "path free_defer [defer] { goto release; }") + stated)
    found = gate()
    assert found.status == 1
    assert ("new", "finding", "OV105", "free_defer") in found.alerts


def test_a_waiver_of_the_head_covers_one_finding(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=MODEL)
    scratch.write("case.litmus", UNMARKED)
    prints = [each["fingerprint"] for each in gate().review["alerts"]]
    entry = '[[waiver]]\nfingerprint = "{}"\nreason = "soon"\nowner = "A"\nexpires = {}\n'
    scratch.write("waivers.toml", "".join(entry.format(each, "2999-01-01") for each in prints))
    found = gate()
    assert (found.status, "soon" in found.out) == (0, True)
    scratch.write("waivers.toml", "".join(entry.format(each, "2001-01-01") for each in prints))
    assert gate().status == 1, "an expired waiver covers nothing"


def test_a_field_in_the_second_word_of_rcu_head(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=MODEL)
    scratch.write("case.litmus", OVERLAID)
    found = gate()
    assert found.status == 1
    assert ("new", "finding", "OV101") in {alert[:3] for alert in found.alerts}
    assert ("moved", "page", "count", "", "bytes 24..27", "bytes 16..19") in found.changes
    assert ("new overlap", "page", "count", "page.rcu_head", "", "bytes 16..19") in found.changes
    assert ("grown", "page", "", "", "32 bytes", "40 bytes") not in found.changes


def test_a_struct_that_grows_is_shown_where_every_verdict_holds(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=MODEL)
    grown = MODEL.replace("        atomic_t count;\n    };", "        atomic_t count;\n    #ifdef CONFIG_MEMCG\n"
                          "        unsigned long memcg_data;\n    #endif\n    };")  # fmt: skip
    scratch.write("case.litmus", grown)
    found = gate()
    assert (found.status, found.checked) == (0, {}), "no life cycle can tell"
    assert ("grown", "page", "", "", "32 bytes", "40 bytes") in found.changes
    assert {each["condition"]["text"] for each in found.review["layout_changes"]} == {"MEMCG"}


def test_a_renamed_model_is_what_it_was(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(old_litmus=UNMARKED)
    scratch.git("mv", "old.litmus", "new.litmus")
    found = gate()
    assert (found.status, found.checked) == (0, {})
    assert "new.litmus was old.litmus" in found.out
    scratch.write("new.litmus", UNMARKED.replace("tables 2;", "tables 3;"))
    found = gate()
    assert (found.status, found.alerts) == (0, []), "and keeps its findings"


def test_a_renamed_life_cycle_and_a_renamed_path_are_what_they_were(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=UNMARKED)
    scratch.write("case.litmus", UNMARKED.replace("lifecycle fragment", "lifecycle piece"))
    assert gate().checked == {}
    scratch.write("case.litmus", UNMARKED.replace("free_defer", "deferred"))
    found = gate()
    assert (found.status, found.alerts) == (0, [])


def test_new_and_deleted_models(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=MODEL)
    scratch.commit(bad_litmus=UNMARKED.replace("fragment", "piece"), case_litmus=MODEL)
    found = gate("--head", "HEAD")
    assert found.status == 1
    assert found.checked == {"piece": ("", "UNSAFE"), "plain": ("", "SAFE")}
    assert ("new", "finding", "OV105", "free_defer") in found.alerts
    scratch.git("rm", "-q", "bad.litmus", "case.litmus")
    scratch.commit()
    found = gate("--head", "HEAD")
    assert (found.status, found.checked) == (0, {})
    assert "case.litmus is gone: nothing of it is checked any longer" in found.out


def test_a_change_of_an_included_file_reaches_who_includes_it(scratch: Scratch, gate: Gate) -> None:
    head, body = MODEL.split("layout {", 1)
    layout, rest = body.split("\n}\n", 1)
    model = f'{head}include "page.layout";\n{rest}'
    scratch.commit(models__case_litmus=model, models__page_layout=f"layout {{{layout}\n}}\n", other_litmus=MODEL)
    moved = layout.replace("unsigned long pad_1, pad_2; };", "unsigned long pad_1; atomic_t count; };")
    scratch.write("models/page.layout", f"layout {{{moved.replace('        atomic_t count;', '')}\n}}\n")
    found = gate()
    assert found.status == 1
    assert found.checked == {"fragment": ("SAFE", "UNSAFE")}
    assert "1 model not touched by the change" in found.out


def test_a_model_of_the_head_with_errors(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=MODEL, other_litmus=MODEL)
    scratch.write("case.litmus", MODEL.replace("call_rcu(rcu_head", "call_rcu(rcu_haed"))
    scratch.write("other.litmus", UNMARKED)
    found = gate()
    assert found.status == 2
    assert "case.litmus:30:51" in found.err
    assert "did you mean" in found.err
    assert found.checked == {"fragment": ("SAFE", "UNSAFE")}, "the others are checked all the same"


def test_a_model_of_the_base_with_errors(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=MODEL.replace("call_rcu(rcu_head", "call_rcu(rcu_haed"))
    scratch.commit(case_litmus=UNMARKED)
    found = gate()
    assert found.status == 1
    assert "the base has models with errors" in found.out
    assert found.checked == {"fragment": ("", "UNSAFE"), "plain": ("", "SAFE")}


def test_a_proposal_counts_where_it_was_changed_or_something_is_stated_of_it(scratch: Scratch, gate: Gate) -> None:
    arch = MODEL.replace('litmus "the last table of a page queues the rcu_head of the page";',
                         'arch small "Small"; kernel "7.2";')  # fmt: skip
    proposal = 'proposal each "every table queues" { replace [defer] { call_rcu(rcu_head, [free]); } }'
    scratch.commit(archs__small_arch=arch, each_proposal=proposal)
    scratch.write("archs/small.arch", arch.replace("tables 2;", "tables 3;"))
    assert {each["proposal"] for each in gate().review["lifecycles"]} == {""}
    assert {each["proposal"] for each in gate("--proposal", "each").review["lifecycles"]} == {"", "each"}
    scratch.git("checkout", "-q", ".")
    scratch.write("each.proposal", proposal.replace("call_rcu", "skip; call_rcu"))
    assert {each["proposal"] for each in gate().review["lifecycles"]} == {"each"}


def test_runs_are_saved_and_can_be_replayed(scratch: Scratch, gate: Gate, tmp_path: Path) -> None:
    scratch.commit(case_litmus=MODEL)
    scratch.write("case.litmus", UNMARKED)
    assert gate("--save-traces", str(tmp_path / "runs")).status == 1
    runs = sorted((tmp_path / "runs").iterdir())
    assert runs
    assert {main(["replay", str(each), "-q"]) for each in runs} == {1}


def test_a_page_of_what_is_new(scratch: Scratch, gate: Gate, tmp_path: Path) -> None:
    early = MODEL.replace("path free_tlb [gather] { grace_period; goto", "path free_tlb [gather] { goto")
    scratch.commit(case_litmus=early)
    scratch.commit(case_litmus=early.replace(DEFER, "path free_defer [defer] { goto release; }"))
    scratch.write("case.litmus", "// What lies in the working tree is not what is judged.\n" + MODEL)
    file = tmp_path / "page.html"
    found = gate("--head", "HEAD", "--format", f"html:{file}")
    page = file.read_text(encoding="utf-8")
    articles = re.findall(r'<article class="finding".*?</article>', page, re.DOTALL)
    new = [each["fingerprint"] for each in found.review["alerts"] if each["standing"] == "new"]
    known = [each for each in found.review["alerts"] if each["standing"] == "unchanged"]
    assert (found.status, len(new), len(known)) == (1, len(articles), 1)
    assert all(any(f"<code>{each}</code>; new" in article for article in articles) for each in new)
    assert f"[{known[0]['fingerprint']}]" in page, "what the base had is named, and not drawn"
    assert "case.litmus:34</td><td><code>path free_now [free] {" in page, "lines are those of the head"
    assert "check-arch gate --head HEAD -q --save-traces traces\ncheck-arch replay traces/case-fragment" in page
    assert str(tmp_path) not in page, "it is the same wherever it is made"


def test_a_page_of_what_passes(scratch: Scratch, gate: Gate, tmp_path: Path) -> None:
    scratch.commit(case_litmus=MODEL)
    scratch.write("case.litmus", MODEL.replace("unsigned long flags;", "unsigned long flags, more;"))
    file = tmp_path / "page.html"
    assert gate("--format", f"html:{file}").status == 0
    page = file.read_text(encoding="utf-8")
    assert ">PASSES</span> the working tree, compared with HEAD" in page
    assert "struct page grew from 32 bytes to 40 bytes" in page
    assert "<article" not in page


def test_what_is_asked_for(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(one_litmus=MODEL, models__two_litmus=MODEL)
    scratch.commit(one_litmus=UNMARKED, models__two_litmus=UNMARKED)

    def models(*words: str) -> set[str]:
        return {each["arch"] for each in gate(*words).review["lifecycles"]}

    assert models() == {"one", "two"}
    assert models("two") == models("models/two.litmus") == {"two"}
    assert models("--kernel", "7.2") == models("--lifecycle", "plain") == set()
    assert "did you mean `one`?" in gate("oen").err
    assert "no model that the change touches has a life cycle `frgment`" in gate("--lifecycle", "frgment").out


@pytest.mark.parametrize("words", [("-q",), ("-v",), ("--format", "terse:out.txt"), ("--format", "sarif:out.txt")])
def test_every_amount_and_format(scratch: Scratch, gate: Gate, words: tuple[str, ...]) -> None:
    scratch.commit(case_litmus=MODEL)
    scratch.write("case.litmus", UNMARKED)
    assert gate(*words).status == 1


# ------------------------------------------------------------------------------------------------ a configuration

FOUND = [("new", "finding", "OV105", path) for path in ("free_defer", "free_tlb")]
GUARDED = MODEL.replace(DEFER, "path free_defer [defer] { if (SMP) set_flag(marked); goto release; }")


def test_a_fixed_symbol_is_fixed_on_both_sides(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=f"{MODEL}expect fragment SAFE;\n")
    scratch.commit(case_litmus=f"{GUARDED}expect fragment SAFE;\n")
    found = gate()
    assert (found.status, found.alerts) == (1, [*FOUND, ("worse", "expectation", "", "")])
    assert {each["condition"]["text"] for each in found.review["alerts"] if each["kind"] == "finding"} == {"!SMP"}
    assert (gate("--config", "SMP=y").status, gate("--config", "SMP=y").alerts) == (0, [])
    # What the model states is about all configurations.
    found = gate("--config", "SMP=n")
    assert (found.status, found.alerts) == (1, FOUND)
    assert gate("--config", "MEMCG=y").alerts == FOUND


def test_what_holds_in_all_of_a_part_was_so_in_the_base(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=GUARDED)
    scratch.commit(case_litmus=UNMARKED)
    assert gate().alerts == [("worse", *each[1:]) for each in FOUND]
    assert (gate("--config", "SMP=n").status, gate("--config", "SMP=n").alerts) == (0, [])


def test_a_config_file_and_bad_settings(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=MODEL)
    scratch.commit(case_litmus=GUARDED)
    file = scratch.top.parent / "config"
    file.write_text("CONFIG_SMP=y\n", encoding="utf-8")
    assert gate("--config", str(file)).status == 0
    file.write_text("CONFIG_MEMCG=y\n", encoding="utf-8")
    assert gate("--config", str(file)).status == 1
    found = gate("--config", "SMP=3")
    assert (found.status, "`SMP` is y or n" in found.err) == (2, True)
    assert gate("--config", "SMP=maybe").status == 2
    found = gate("--config", "SNP=y")
    assert (found.status, found.review["notes"][0]) == (1, "no model that the change touches knows the symbol `SNP`")


def test_a_waiver_is_not_unused_where_only_a_part_was_asked_about(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=MODEL)
    scratch.commit(case_litmus=GUARDED)
    prints = [each["fingerprint"] for each in gate().review["alerts"]]
    about = 'about = "case fragment"\n'
    entry = '[[waiver]]\nfingerprint = "{}"\nreason = "soon"\nowner = "A"\nexpires = 2999-01-01\n' + about
    scratch.commit(waivers_toml="".join(map(entry.format, prints)))
    words = ("--base", "HEAD~2", "--head", "HEAD")
    assert (gate(*words).status, gate(*words, "--config", "SMP=y").status) == (0, 0)
