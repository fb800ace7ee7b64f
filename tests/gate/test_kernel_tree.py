"""The gate in a small kernel tree, judged by the models that come with the program."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelcheck.diagnostics import InputError
from modelcheck.gate.git import repository_of
from modelcheck.gate.kernel_tree import tree_units
from modelcheck.gate.layouts import layout_changes
from modelcheck.gate.plan import plan
from modelcheck.gate.sides import WorkingTree, read, recorded, sides
from modelcheck.gate.spots import with_spots
from modelcheck.resolve import load_text
from modelcheck.review.alert import Alert, Kind, Standing
from modelcheck.review.review import Review
from modelcheck.trace import Counterexample, Hazard, Schedule
from tests.gate.conftest import MODEL, Gate, Scratch

HEADER = """\
#ifndef _LINUX_MM_TYPES_H
#define _LINUX_MM_TYPES_H
typedef struct { int counter; } atomic_t;
struct rcu_head { struct rcu_head *next; void (*func)(struct rcu_head *head); };
struct page {
	unsigned long flags;
	union {
		struct rcu_head rcu_head;
		struct { unsigned long pad_1, pad_2; };
	};
	atomic_t count;
};
#endif
"""
CODE = """\
void free_defer(void)
{
	set_mark();	/* first */
	release();
}

void release(void)
{
}
"""
UNIT = load_text(MODEL, "x86.litmus")


def small_tree(scratch: Scratch) -> str:
    scratch.write("Makefile", "VERSION = 7\nPATCHLEVEL = 2\n")
    scratch.write("include/linux/mm_types.h", HEADER)
    scratch.write("arch/x86/Kconfig", "")
    scratch.write("arch/x86/include/asm/page.h", "")
    scratch.write("mm/frag.c", CODE)
    return scratch.commit()


def compared(scratch: Scratch, base: str, head: str):  # type: ignore[no-untyped-def]
    repository = repository_of(scratch.top)
    return sides(recorded(repository, "base", base), recorded(repository, "head", head))


def test_a_header_that_moves_a_field(scratch: Scratch) -> None:
    base = small_tree(scratch)
    moved = HEADER.replace("unsigned long pad_1, pad_2; };", "unsigned long pad_1; atomic_t count; };")
    scratch.write("include/linux/mm_types.h", moved.replace("\tatomic_t count;\n};", "\tint other;\n};"))
    found = tree_units([UNIT], compared(scratch, base, scratch.commit()))
    assert (found.same, found.drift, found.undescribed) == (0, (), ())
    planned = plan(found.pairs, lambda lifecycle: True)
    assert [step.head.lifecycle.name for step in planned.steps] == ["fragment"]
    changes = {(each.change, each.field, each.after) for each in layout_changes((b, h) for b, h in found.pairs if b)}
    assert ("moved", "count", "bytes 16..19") in changes


def test_a_header_that_no_struct_is_read_from(scratch: Scratch) -> None:
    base = small_tree(scratch)
    scratch.write("include/linux/other.h", "struct other { int x; };\n")
    found = tree_units([UNIT], compared(scratch, base, scratch.commit()))
    assert (found.same, found.pairs) == (1, ())


def test_a_tree_that_the_model_does_not_describe_is_drift(scratch: Scratch) -> None:
    base = small_tree(scratch)
    scratch.write("include/linux/mm_types.h", HEADER.replace("atomic_t count;", "atomic_t renamed;"))
    gone = scratch.commit()
    (alert,) = tree_units([UNIT], compared(scratch, base, gone)).drift
    assert (alert.kind.value, alert.standing, alert.rule) == ("drift", "new", "OV401")
    assert "has no field `count`" in alert.message
    scratch.write("include/linux/mm_types.h", HEADER.replace("atomic_t count;", "atomic_t renamed; /* still */"))
    found = tree_units([UNIT], compared(scratch, gone, scratch.commit()))
    assert [each.standing for each in found.drift] == ["unchanged"]
    scratch.write("include/linux/mm_types.h", HEADER.replace("struct page {", "struct folio {"))
    lost = scratch.commit()
    (first,) = tree_units([UNIT], compared(scratch, gone, lost)).drift
    assert (first.standing, "no `struct page`" in first.message) == ("new", True)
    scratch.write("include/linux/mm_types.h", HEADER.replace("struct page {", "struct another {"))
    (second,) = tree_units([UNIT], compared(scratch, lost, scratch.commit())).drift
    assert (second.standing, second.fingerprint) == ("unchanged", first.fingerprint)


def test_one_life_cycle_that_the_head_cannot_have_is_drift_and_others_are_checked(scratch: Scratch) -> None:
    other = MODEL.replace("    create { alloc_page; populate 1", "    create { alloc_page; write pad_2; populate 1")
    unit = load_text(other, "x86.litmus")
    base = small_tree(scratch)
    scratch.write("include/linux/mm_types.h", HEADER.replace("atomic_t count;", "int more; atomic_t renamed;"))
    gone = scratch.commit()
    found = tree_units([unit], compared(scratch, base, gone))
    (alert,) = found.drift
    assert (alert.standing, "no field `count`, which `fragment` needs" in alert.message) == ("new", True)
    ((before, after),) = found.pairs
    assert before is not None and [each.name for each in after.lifecycles] == ["plain"]
    assert plan(found.pairs, lambda lifecycle: True).gone == (), "more is said of it than that it is gone"
    back = tree_units([unit], compared(scratch, gone, base))
    assert (back.drift, back.undescribed) == ((), ("x86 fragment",))
    assert next(step.head.lifecycle.name for step in plan(back.pairs, lambda lifecycle: True).steps) == "fragment"


MOVED = HEADER.replace("unsigned long pad_1, pad_2; };", "unsigned long pad_1;\n\t\tatomic_t count; };").replace(
    "\tatomic_t count;\n};", "\tint other;\n};"
)


def spots_of(scratch: Scratch, header: str, *alerts: Alert) -> list[str]:
    base = small_tree(scratch)
    scratch.write("include/linux/mm_types.h", header)
    found = compared(scratch, base, scratch.commit())
    review = Review("head", "base", "check-arch gate --tree .", alerts, ())
    heads = [head for _, head in tree_units([UNIT], found).pairs]
    return [alert.spot for alert in with_spots(review, found, heads).alerts]


def finding(field: str, other: str, citation: str, standing: Standing = "new") -> Alert:
    run = Counterexample(Schedule("lp64", (), (), ()), (), Hazard("OV101", "", field, other), 1, 1, 0, "")
    return Alert(
        Kind.FINDING, "1", "a message", "OV101", UNIT.name, UNIT.kernel, "fragment", place="archs/7.2/x86.arch:3:5",
        citation=citation, counterexample=run, standing=standing,
    )  # fmt: skip


def test_a_finding_is_shown_where_the_tree_was_changed_and_never_in_a_model(scratch: Scratch) -> None:
    header = "include/linux/mm_types.h"
    open_ = Alert(Kind.UNKNOWN, "2", "", "OV105", UNIT.name, UNIT.kernel, "fragment", place="archs/x.arch:1:1")
    line = MOVED.splitlines().index("\t\tatomic_t count; };") + 1
    assert spots_of(
        scratch, MOVED,
        finding("page.rcu_head", "page.count", "mm/frag.c:release"),
        finding("page.count", "page.rcu_head", ""),
        finding("page.rcu_head", "page.count", "mm/frag.c:release", "unchanged"),
        finding("page.rcu_head", "page.count", "", "unchanged"),
        finding("page.rcu_head", "page.count", "mm/gone.c:release", "unchanged"),
        replace(open_, standing="worse"),
        replace(open_, standing="unchanged"),
        replace(open_, entry="mm/frag.c:nothing", standing="unchanged"),
    ) == [
        f"{header}:{line}", f"{header}:{line}", "mm/frag.c:7", f"{header}:{line}", f"{header}:{line}",
        f"{header}:{line - 1}", "", "mm/frag.c",
    ]  # fmt: skip


def test_drift_is_shown_where_the_tree_declares_the_struct(scratch: Scratch) -> None:
    base = small_tree(scratch)
    scratch.write("include/linux/mm_types.h", HEADER.replace("atomic_t count;", "atomic_t renamed;"))
    found = compared(scratch, base, scratch.commit())
    review = Review("head", "base", "check-arch gate --tree .", tree_units([UNIT], found).drift, ())
    assert [each.spot for each in with_spots(review, found, ()).alerts] == ["include/linux/mm_types.h:5:1"]


def test_what_the_gate_writes_for_services_names_files_of_the_tree(scratch: Scratch, gate: Gate) -> None:
    small_tree(scratch)
    scratch.write("mm/pgtable-generic.c", "\nvoid pte_free_defer(void)\n{\n\tfirst();\n}\n")
    scratch.commit()
    scratch.write("mm/pgtable-generic.c", "\nvoid pte_free_defer(void)\n{\n\tsecond();\n}\n")
    file = scratch.top.parent / "github"
    words = ("x86", "--tree", str(scratch.top), "--format", f"github:{file}")
    gate(*words)
    assert "::notice file=mm/pgtable-generic.c,line=2," in file.read_text(encoding="utf-8")
    (scratch.top / "mm/pgtable-generic.c").unlink()
    gate(*words)
    told = file.read_text(encoding="utf-8")
    assert "look again" in told and "file=" not in told


def test_architectures_that_a_side_does_not_have(scratch: Scratch) -> None:
    other = load_text(MODEL, "mips.litmus")
    first = small_tree(scratch)
    scratch.write("include/linux/mm_types.h", MOVED)
    moved = scratch.commit()
    found = tree_units([other, UNIT], compared(scratch, first, moved))
    assert (found.missing, found.removed, found.added) == (("mips",), (), ())
    assert [after.name for _, after in found.pairs] == ["x86"]
    scratch.write("arch/mips/include/asm/page.h", "")
    both = scratch.commit()
    found = tree_units([other, UNIT], compared(scratch, moved, both))
    assert (found.missing, found.removed, found.added, found.same) == ((), (), ("mips",), 1)
    assert [(before, after.name) for before, after in found.pairs] == [(None, "mips")]
    found = tree_units([other, UNIT], compared(scratch, both, moved))
    assert (found.missing, found.removed, found.added, found.pairs) == ((), ("mips",), (), ())
    with pytest.raises(InputError, match="no `arch/mips/include/asm`"):
        tree_units([other], compared(scratch, first, moved))


def test_a_tree_with_one_architecture_is_judged_by_all_models(scratch: Scratch, gate: Gate) -> None:
    small_tree(scratch)
    scratch.write("include/linux/mm_types.h", HEADER.replace("unsigned long flags;", "unsigned long flags, more;"))
    found = gate("--tree", str(scratch.top))
    assert "CA410" not in found.err
    (note,) = (each for each in found.review["notes"] if "not in this tree" in each)
    assert note.startswith("not in this tree, and not checked: alpha, arc,") and "x86" not in note


def test_functions_that_models_cite(scratch: Scratch, gate: Gate) -> None:
    small_tree(scratch)
    scratch.write("mm/pgtable-generic.c", "void pte_free_defer(void)\n{\n\tfirst();\n}\n\nvoid other(void)\n{\n}\n")
    scratch.commit()
    words = ("x86", "--tree", str(scratch.top))
    scratch.write("mm/pgtable-generic.c", "void pte_free_defer(void)\n{\n\tfirst(); /* why */\n}\n\nint other;\n")
    assert gate(*words).review["look_again"] == []
    scratch.write("mm/pgtable-generic.c", "void pte_free_defer(void)\n{\n\tsecond();\n}\n")
    found = gate(*words)
    assert found.status == 0, "it is for people to look at"
    (again,) = found.review["look_again"]
    assert (again["source"], again["why"]) == ("mm/pgtable-generic.c:pte_free_defer", "it was changed")
    assert "x86 pte (pte_free_defer)" in again["cited_by"]
    scratch.write("mm/pgtable-generic.c", "")
    assert [each["why"] for each in gate(*words).review["look_again"]] == ["it is gone"]
    assert gate("x68", "--tree", str(scratch.top)).status == 2


def test_a_folder_that_is_no_kernel_tree(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(include__a_h="int a;\n")
    scratch.commit(include__a_h="int b;\n")
    found = gate("x86", "--tree", str(scratch.top))
    assert (found.status, "CA410" in found.err) == (2, True)


@pytest.mark.parametrize("path", ["include/linux/mm_types.h", "mm/frag.c"])
def test_a_file_that_is_no_text(scratch: Scratch, path: str) -> None:
    base = small_tree(scratch)
    (scratch.top / path).write_bytes(b"\xff\xfe\n")
    side = compared(scratch, base, scratch.commit()).head
    with pytest.raises(Exception, match="is not UTF-8"):
        read(side, path)


def test_what_git_lacks_is_no_fault_of_a_model(scratch: Scratch) -> None:
    base = small_tree(scratch)
    scratch.write("include/linux/mm_types.h", HEADER.replace("unsigned long flags;", "unsigned long flags, more;"))
    found = compared(scratch, base, scratch.commit())
    name = scratch.git("rev-parse", "HEAD:include/linux/mm_types.h").strip()
    (scratch.top / ".git/objects" / name[:2] / name[2:]).unlink()
    with pytest.raises(InputError, match="lacks an object"):
        tree_units([UNIT], found)


def test_what_cannot_be_read_is_no_fault_of_a_model(scratch: Scratch) -> None:
    base = small_tree(scratch)
    scratch.write("include/linux/mm_types.h", HEADER.replace("unsigned long flags;", "unsigned long flags, more;"))
    repository = repository_of(scratch.top)
    found = sides(recorded(repository, "base", base), WorkingTree("the working tree", repository))
    assert found.head.paths
    (scratch.top / "include/linux").rename(scratch.top / "include/away")
    (scratch.top / "include/linux").symlink_to("linux")
    with pytest.raises(InputError, match="cannot read"):
        tree_units([UNIT], found)
