"""The complete example, and files that belong together."""

import os
from pathlib import Path

import pytest

from modelcheck.diagnostics import InputError
from modelcheck.model import program
from modelcheck.model.program import Lifecycle, Target
from modelcheck.resolve import load_text, load_unit

HERE = Path(__file__).parent
EXAMPLE = HERE / "powerpc.arch"
GOLDEN = HERE / "powerpc.resolved"


def target(to: Target) -> str:
    match to:
        case program.ToNode(index):
            return str(index)
        case program.ToPath(name):
            return f"path {name}"
        case program.ToState(name):
            return f"state {name}"
        case program.End():
            return "end"


def path_lines(path: program.Path) -> list[str]:
    head = f"  {path.name} [{', '.join(sorted(path.tags))}] enters {target(path.entry)}"
    nodes = [
        f"    {i}: {n.text} = {n.operation} -> {', '.join(map(target, n.targets))}"
        f"{' holds' if n.holds else ''} at {n.citation or '-'} ({Path(n.span.place).name})"
        for i, n in enumerate(path.nodes)
    ]
    return [head, *nodes]


def described(cycle: Lifecycle) -> str:
    """A life cycle as text, without spans."""
    lines = [f"{cycle.name} {cycle.title!r} on {cycle.struct} level {cycle.level} proposal {cycle.proposal!r}"]
    lines.append(f"  when {cycle.condition} tables {cycle.tables} same {cycle.same} replaced {cycle.replaced}")
    for variable in cycle.variables:
        values = {k: v for k, v in vars(variable).items() if k != "span"}
        lines.append(f"  {type(variable).__name__} {values}")
    for state in cycle.states:
        lines.append(f"  state {state.name} readers {sorted(state.readers)}")
        moves = ((t.name, target(t.target), t.guard, t.citation or "-") for t in state.transitions)
        lines += ["    {} -> {} when {} at {}".format(*move) for move in moves]
    for create in cycle.creates:
        lines += path_lines(create.path)
    for path in cycle.paths:
        lines += path_lines(path)
    for action in cycle.actions:
        lines.append(f"  action {action.name} once {action.once} environment {action.environment} when {action.guard}")
        lines += path_lines(action.path)
    for reader in cycle.readers:
        uses = [(u.text, u.operation, u.condition) for u in reader.uses]
        lines.append(f"  reader {reader.name} {reader.mechanism} {reader.condition} {uses} at {reader.citation}")
    lines += [f"  leaves {n.operation} -> {', '.join(map(target, n.targets))}" for n in cycle.allocator.leaves]
    lines += [f"  demands {d.text} = {d.guard} at {d.citation}" for d in cycle.allocator.demands]
    return "\n".join(lines)


def test_the_complete_example_resolves_as_recorded() -> None:
    unit = load_unit(EXAMPLE)
    text = "\n\n".join(described(cycle) for cycle in (*unit.lifecycles, *unit.proposed)) + "\n"
    if os.environ.get("CHECK_ARCH_PROMOTE"):
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()


def test_the_complete_example_as_a_unit() -> None:
    unit = load_unit(EXAMPLE)
    assert (unit.name, unit.title, unit.kernel, unit.litmus) == ("powerpc", "PowerPC", "6.12", "")
    assert [a.name for a in unit.abis] == ["ppc64le"]
    assert {s.name: s.kind for s in unit.symbols}["radix_enabled"] == "runtime"
    assert unit.constant("PTE_FRAG_NR").minimum == 1
    assert [c.values for c in unit.constant("PTE_FRAG_NR").cases] == [(16, 256), (1,)]
    assert [(e.lifecycle, e.proposal, e.verdict, e.rules) for e in unit.expectations] == [
        ("pte_fragment", "", "SAFE", ()),
        ("pte_fragment", "direct_rcu_head", "UNSAFE", ("OV103",)),
    ]


def test_the_same_text_gives_the_same_unit() -> None:
    assert load_unit(EXAMPLE) == load_unit(EXAMPLE)


HEAD = """litmus "files"; use abi tiny;
lifecycle one on page {
    create { alloc_page; populate rest -> used; } state used { free -> last; } path last [free] { free_page; }
}
"""
ABI = "abi tiny { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }\n"
LAYOUT = 'include "tiny.abi"; layout { struct page { int a; }; }\n'


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


def test_includes_are_found_beside_and_above(tmp_path: Path) -> None:
    write(tmp_path, tiny_abi=ABI)
    write(tmp_path / "inner", page_layout=LAYOUT, case_litmus='include "page.layout"; include "tiny.abi";' + HEAD)
    unit = load_unit(tmp_path / "inner" / "case.litmus")
    assert unit.name == "case"
    assert [Path(f).name for f in unit.files] == ["case.litmus", "page.layout", "tiny.abi"]


def test_a_cycle_of_includes_is_reported(tmp_path: Path) -> None:
    include = 'include "page.layout";'
    write(tmp_path, tiny_abi=ABI + include, page_layout=LAYOUT, case_litmus=include + HEAD)
    with pytest.raises(InputError) as caught:
        load_unit(tmp_path / "case.litmus")
    assert [d.code for d in caught.value.diagnostics] == ["CA021"]


def test_a_file_that_includes_itself_is_reported(tmp_path: Path) -> None:
    write(tmp_path, case_litmus='include "case.litmus";' + ABI + HEAD)
    with pytest.raises(InputError) as caught:
        load_unit(tmp_path / "case.litmus")
    assert "CA021" in [d.code for d in caught.value.diagnostics]


def test_extra_proposals(tmp_path: Path) -> None:
    write(tmp_path, tiny_abi=ABI, page_layout=LAYOUT, case_litmus='include "page.layout";' + HEAD)
    write(
        tmp_path,
        late_proposal="""
        proposal late "later" { replace [free] { grace_period; free_page; } }
        expect one with late SAFE;
        expect another with late SAFE;
    """,
    )
    unit = load_unit(tmp_path / "case.litmus", extra=[tmp_path / "late.proposal"])
    assert [(c.name, c.proposal, c.replaced) for c in unit.proposed] == [("one", "late", ("last",))]
    assert [e.lifecycle for e in unit.expectations] == ["one"]


BODY = (
    ABI
    + """layout {
    struct list_head { struct list_head *next, *prev; };
    struct page { int a, b; struct list_head lru; };
}
"""
)


def proposed(lifecycle: str, proposal: str) -> tuple[list[Lifecycle], tuple[tuple[str, str], ...]]:
    unit = load_text(f'litmus "proposals"; use abi tiny; {BODY} {lifecycle} {proposal}')
    return list(unit.proposed), unit.proposals[0].not_applicable


CYCLE = """lifecycle one on page {
    counter a;
    create { alloc_page; a = 1; populate rest -> used; }
    state used { free -> drop; }
    path drop [defer] { goto last; }
    path last [free, release] { free_page; }
}"""


def test_a_proposal_that_replaces_nothing_gives_nothing() -> None:
    assert proposed(CYCLE, "proposal p { replace [gather] { goto [release]; } }") == ([], ())


def test_a_proposal_with_a_field_that_is_not_there_says_so() -> None:
    cycles, refused = proposed(CYCLE, "proposal p { replace [defer] { write ptdesc.pt_list; goto last; } }")
    assert not cycles
    assert refused == (("one", "there is no struct `ptdesc`"),)


def test_a_proposal_adds_only_what_is_missing() -> None:
    text = """proposal p {
        add counter page.a; add counter b; after alloc_page { page.a = 5; b = 2; } replace [defer] { goto [release]; }
    }"""
    (cycle,), _ = proposed(CYCLE, text)
    assert [n.text for n in cycle.creates[0].path.nodes] == ["alloc_page", "b = 2", "a = 1", "populate rest -> used"]
    assert [v.name for v in cycle.variables] == ["a", "b"]
    assert cycle.path("drop").entry == program.ToPath("last")
    assert cycle.path("drop").tags == {"defer"}


def test_a_proposal_puts_something_before_a_path() -> None:
    text = 'proposal p { before [defer], path last { grace_period; } at "a.c:f" }'
    (cycle,), refused = proposed(CYCLE.replace("{ goto last; }", '{ a = 2; goto last; } at "b.c:g"'), text)
    assert refused == ()
    assert cycle.replaced == ("drop", "last")
    drop = cycle.path("drop")
    assert [(n.text, n.citation) for n in drop.nodes] == [("grace_period", "a.c:f"), ("a = 2", "b.c:g")]
    assert drop.nodes[-1].targets == (program.ToPath("last"),)
    assert (drop.citation, drop.tags) == ("b.c:g", {"defer"})
    assert [n.text for n in cycle.path("last").nodes] == ["grace_period", "free_page"]


def test_of_what_a_proposal_says_of_a_path_one_item_counts() -> None:
    text = "proposal p { before [defer] { skip; } replace [defer] { goto last; } replace path last { done; } }"
    (cycle,), _ = proposed(CYCLE, text)
    assert [n.text for n in cycle.path("drop").nodes] == ["skip"]
    assert cycle.path("last").nodes == ()


def test_what_stands_before_a_path_does_not_leave_it() -> None:
    with pytest.raises(InputError) as caught:
        proposed(CYCLE, "proposal p { before [defer] { goto last; } }")
    assert {d.code for d in caught.value.diagnostics} == {"CA322"}


def test_like_replaces_drops_and_adds() -> None:
    text = f"""litmus "like"; use abi tiny; {BODY} {CYCLE.replace("lifecycle", "template")}
    lifecycle two "second" like one level pmd {{ drop counter a; create {{ alloc_page; populate rest -> used; }}
        path drop [immediate] {{ write b; goto last; }} ghost flag new; }}"""
    (cycle,) = load_text(text).lifecycles
    assert (cycle.name, cycle.title, cycle.struct, cycle.level) == ("two", "second", "page", "pmd")
    assert [v.name for v in cycle.variables] == ["new"]
    assert cycle.path("drop").tags == {"immediate"}
    assert [p.name for p in cycle.paths] == ["drop", "last"]


def test_the_allocator_is_restricted_to_what_is_declared() -> None:
    text = f"""litmus "allocator"; use abi tiny; {BODY} {CYCLE}
    allocator {{
        leaves {{ page.a = 1; b = 1; write lru; write nothing; set_flag(X); }} demands {{ page.a == 0; b == 0; !X; }}
    }}"""
    allocator = load_text(text).lifecycles[0].allocator
    assert [n.text for n in allocator.leaves] == ["page.a = 1", "write lru"]
    assert [d.text for d in allocator.demands] == ["page.a == 0"]


def test_gaps_come_with_included_files_too(tmp_path: Path) -> None:
    (tmp_path / "more.arch").write_text('gap "hugetlb" : "not read yet";\n', encoding="utf-8")
    file = tmp_path / "a.litmus"
    added = 'include "more.arch"; gap "pmd of \\"32\\" bits" : "folded" at "arch/a/b.c:f"; litmus "x";'
    text = EXAMPLE.read_text(encoding="utf-8")
    file.write_text(text + added, encoding="utf-8")
    shown = [(g.what, g.why, g.citation, Path(g.span.source.name).name) for g in load_unit(file).gaps]
    assert shown == [
        ("hugetlb", "not read yet", "", "more.arch"),
        ('pmd of "32" bits', "folded", "arch/a/b.c:f", "a.litmus"),
    ]


def test_an_expectation_about_a_shipped_proposal_waits_until_that_is_asked_for(tmp_path: Path) -> None:
    text = 'include "page.layout";' + HEAD + "expect one with direct_rcu_head SAFE;"
    write(tmp_path, tiny_abi=ABI, page_layout=LAYOUT, case_litmus=text)
    write(
        tmp_path,
        direct_rcu_head_proposal='proposal direct_rcu_head "x" { replace [free] { grace_period; free_page; } }',
    )
    case = tmp_path / "case.litmus"
    assert load_unit(case).expectations == ()
    asked = load_unit(case, extra=[tmp_path / "direct.rcu.head.proposal"])
    assert [(e.lifecycle, e.proposal, e.verdict) for e in asked.expectations] == [("one", "direct_rcu_head", "SAFE")]


SHARED = """
    expect one UNSAFE : "everywhere";
    expect one in kernel "6.1" UNSAFE OV105 : "there alone";
    expect one in kernel "6.1", "6.12" SAFE : "in two of them";
    expect later in kernel "7.2" SAFE : "a life cycle that the others do not have";
    expect later with nowhere in kernel "7.2" SAVE : "which nobody looks at before";
"""


def reasons(path: Path, kernel: str) -> list[str]:
    case = path / "case.litmus"
    case.write_text(f'kernel "{kernel}"; include "page.layout"; include "shared.arch"; {HEAD}', encoding="utf-8")
    return [each.reason for each in load_unit(case).expectations]


def test_an_expectation_in_a_shared_file_is_about_the_kernels_that_it_names(tmp_path: Path) -> None:
    write(tmp_path, tiny_abi=ABI, page_layout=LAYOUT, shared_arch=SHARED)
    assert reasons(tmp_path, "6.1") == ["everywhere", "there alone", "in two of them"]
    assert reasons(tmp_path, "6.12") == ["everywhere", "in two of them"]
    # No version begins with another one.
    assert reasons(tmp_path, "6") == reasons(tmp_path, "6.1.2") == ["everywhere"]


def test_an_expectation_about_this_kernel_is_looked_at_like_any_other(tmp_path: Path) -> None:
    write(tmp_path, tiny_abi=ABI, page_layout=LAYOUT, shared_arch=SHARED)
    with pytest.raises(InputError) as caught:
        reasons(tmp_path, "7.2")
    assert [d.code for d in caught.value.diagnostics] == ["CA046", "CA046", "CA047", "CA048"]


def test_an_expectation_in_a_proposal_file_is_about_the_kernels_that_it_names(tmp_path: Path) -> None:
    proposal = """
        proposal late "later" { replace [free] { grace_period; free_page; } }
        expect one with late in kernel "6.1" SAFE : "old";
        expect one with late in kernel "6.12", "7.2" UNSAFE OV105 : "new";
        expect another with late in kernel "6.12" SAFE : "not here";
    """
    write(tmp_path, tiny_abi=ABI, page_layout=LAYOUT, late_proposal=proposal)
    case = tmp_path / "case.litmus"
    found = {}
    for kernel in ("6.1", "6.12", "6.13"):
        case.write_text(f'kernel "{kernel}"; include "page.layout"; {HEAD}', encoding="utf-8")
        unit = load_unit(case, extra=[tmp_path / "late.proposal"])
        found[kernel] = [(e.verdict, e.rules, e.reason) for e in unit.expectations]
    assert found == {"6.1": [("SAFE", (), "old")], "6.12": [("UNSAFE", ("OV105",), "new")], "6.13": []}


def test_what_a_file_states_under_a_proposal_takes_the_place_of_what_the_proposal_states(tmp_path: Path) -> None:
    proposal = """
        proposal late "later" { replace [free] { grace_period; free_page; } }
        expect one with late SAFE : "everywhere";
        expect one with late in kernel "6.12" SAFE : "then, too";
        expect one SAFE : "as it is";
    """
    own = 'expect one with late in kernel "6.12" UNSAFE OV105 : "here"; expect one UNSAFE OV108 : "as we see it";'
    write(tmp_path, tiny_abi=ABI, page_layout=LAYOUT, late_proposal=proposal, shared_arch=own)
    case = tmp_path / "case.litmus"
    found = {}
    for kernel in ("6.1", "6.12"):
        case.write_text(f'kernel "{kernel}"; include "page.layout"; include "shared.arch"; {HEAD}', encoding="utf-8")
        unit = load_unit(case, extra=[tmp_path / "late.proposal"])
        found[kernel] = [each.reason for each in unit.expectations]
    assert found == {"6.1": ["as we see it", "everywhere", "as it is"], "6.12": ["here", "as we see it", "as it is"]}
