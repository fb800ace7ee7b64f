"""Hand-made answers: what renderers are shown in these tests. The runs are plausible, not computed."""

from __future__ import annotations

from dataclasses import replace

from modelcheck.layout.placed import PlacedField, StructLayout
from modelcheck.report.advice import Remedy
from modelcheck.report.verdicts import Reference
from modelcheck.trace import Change, Counterexample, Hazard, Move, Schedule, Step
from modelcheck.verdict import Certificate, Condition, Finding, Law, OpenHazard, PathVerdict, Result, Stats, Verdict

FRAG = "arch/powerpc/mm/pgtable-frag.c"
MODEL = "archs/6.12/powerpc.arch"


def placed(path: str, offset: int, size: int, type_: str = "unsigned long", *, bits: int = 0) -> PlacedField:
    width = bits or size * 8
    return PlacedField(path, type_, type_, offset * 8, width, bool(bits), None)


PTDESC = StructLayout(
    "ptdesc",
    64,
    16,
    (
        placed("__page_flags", 0, 8),
        placed("pt_rcu_head", 8, 16, "struct callback_head"),
        placed("pt_rcu_head.next", 8, 8, "struct callback_head *"),
        placed("pt_rcu_head.func", 16, 8, "void (*)(struct callback_head *)"),
        placed("pt_list", 8, 16, "struct list_head"),
        placed("pt_list.next", 8, 8, "struct list_head *"),
        placed("pt_list.prev", 16, 8, "struct list_head *"),
        placed("pt_frag_refcount", 16, 4, "atomic_t"),
        placed("ptl", 40, 8, "spinlock_t *"),
        placed("__page_type", 48, 4, "unsigned int"),
        placed("__page_refcount", 52, 4, "atomic_t"),
    ),
)


def step(number: int, actor: str, what: str, function: str, *changes: Change, path: str = "pte_free_defer") -> Step:
    move = Move("step", "table:0")
    return Step(number, move, actor, what, path, f"{FRAG}:{function}", f"{MODEL}:{40 + number}:9", changes)


SCHEDULE = Schedule(
    abi="ppc64le",
    symbols=(("PPC_64K_PAGES", True), ("SMP", True)),
    constants=(("PTE_FRAG_NR", 2),),
    moves=(Move("start", "creator", "create"), Move("begin", "table:0", "collapse"), Move("step", "table:0")),
)

QUEUED_TWICE = Counterexample(
    schedule=SCHEDULE,
    steps=(
        step(1, "CPU 0", "call_rcu(pt_rcu_head, release)", "pte_free_defer", Change("pt_rcu_head", "idle", "queued")),
        step(2, "CPU 1", "pt_frag_refcount -= 1", "pte_free_defer", Change("pt_frag_refcount", "2", "1")),
        step(3, "CPU 1", "call_rcu(pt_rcu_head, release)", "pte_free_defer"),
    ),
    hazard=Hazard("OV103", "pt_rcu_head is queued already: RCU's list of callbacks is corrupted", "ptdesc.pt_rcu_head"),
    tables=2,
    cpus=2,
    readers=0,
    path="pte_free_defer",
)

CLOBBERED = Counterexample(
    schedule=replace(SCHEDULE, moves=(*SCHEDULE.moves, Move("enter", "reader:0", "gup_fast", 0))),
    steps=(
        step(1, "CPU 0", "call_rcu(pt_rcu_head, release)", "pte_free_defer", Change("pt_rcu_head", "idle", "queued")),
        step(2, "CPU 1", "pt_frag_refcount = PTE_FRAG_NR", "pte_fragment_alloc", Change("pt_frag_refcount", "", "2")),
        step(3, "RCU", "the next callback is queued behind pt_rcu_head", ""),
        step(4, "reader 0 (gup_fast)", "touch_table", "gup_fast_pte_range"),
    ),
    hazard=Hazard(
        "OV102",
        "writing pt_frag_refcount destroys pt_rcu_head, which RCU still has queued",
        "ptdesc.pt_rcu_head",
        "ptdesc.pt_frag_refcount",
    ),
    tables=2,
    cpus=3,
    readers=1,
    path="pte_fragment_alloc",
)

WHEN = Condition("PTE_FRAG_NR >= 2", ((("PTE_FRAG_NR", ">= 2"),),))

UNSAFE = Result(
    arch="powerpc",
    kernel="6.12",
    lifecycle="pte_fragment",
    title="PTE tables that share a page",
    level="pte",
    proposal="rcu_head_per_table",
    verdict=Verdict.UNSAFE,
    condition=WHEN,
    reason="One page carries several tables but has one rcu_head, and two tables can be freed at the same time.",
    paths=(
        PathVerdict("pte_free_defer", f"{FRAG}:pte_free_defer", Verdict.UNSAFE, ("OV102", "OV103"), WHEN),
        PathVerdict("pte_free_tlb", f"{FRAG}:pte_free_tlb", Verdict.SAFE, (), Condition()),
    ),
    findings=(
        Finding("OV103", "pte_free_defer", WHEN, "one rcu_head, two tables", QUEUED_TWICE),
        Finding("OV102", "pte_fragment_alloc", WHEN, "the count is stored over the queued head", CLOBBERED),
        Finding("OV103", "pte_free_tlb", WHEN, "the same through mmu_gather", QUEUED_TWICE),
    ),
    undecided=(),
    certificates=(),
    unreached=(),
    stats=Stats(3, 12, 0, 118, 9),
    place=f"{MODEL}:20:5",
)

SAFE = replace(
    UNSAFE,
    proposal="",
    verdict=Verdict.SAFE,
    condition=Condition(),
    reason="The page is queued once, by whoever gives back its last table.",
    paths=(PathVerdict("pte_free_defer", f"{FRAG}:pte_free_defer", Verdict.SAFE, (), Condition()),),
    findings=(),
    certificates=(
        Certificate(
            configuration="ppc64le, PPC_64K_PAGES",
            laws=(Law("pt_frag_refcount = cached + fresh + installed", "(= r (+ c f i))"),),
            clauses=("queued -> installed = 0", "!freed || gone = TABLES"),
            method="laws and {0, 1, many} reachability",
            checked_by=("z3 5.4.1", "cvc5 1.4.2"),
            queries=28,
            smtlib="(check-sat)",
        ),
    ),
)

UNKNOWN = replace(
    SAFE,
    lifecycle="pmd_fragment",
    verdict=Verdict.UNKNOWN,
    reason="neither proved nor refuted: OV105 in pmd_free_tlb",
    undecided=(OpenHazard("OV105", "pmd_free_tlb", "the abstraction {0, 1, many} is too coarse"),),
    paths=(),
    certificates=(),
)

VACUOUS = replace(
    UNKNOWN,
    undecided=(),
    verdict=Verdict.VACUOUS,
    reason="The page is never freed.",
    unreached=(f"free_page at {MODEL}:50:9",),
)

TITLES = {"OV102": "bytes of a queued rcu_head are overwritten", "OV103": "one rcu_head is queued twice"}

REMEDY = Remedy("last_one_queues", "the last table queues it", "check-arch powerpc --proposal last_one_queues", True)

REFERENCE = Reference(
    title=lambda rule: TITLES.get(rule, rule),
    avoided=lambda rule: "Let exactly one actor queue: the one that drops the last reference.",
    layout=lambda schedule, struct: PTDESC if struct == "ptdesc" else None,
    replay=lambda result, finding: (f"check-arch replay traces/{result.lifecycle}-{finding.rule}.json",),
    word=lambda abi: 8,
    runtime=frozenset(),
    remedies=lambda result: (REMEDY,),
)
