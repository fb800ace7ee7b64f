"""The shipped architectures are texts without faults: every file, of every kernel, with every proposal.

Nothing is decided here, so that this is quick. What a model says of the kernel's code is for a reader to compare; but
whether a citation can be one, and whether what is expected is there at all, a program can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from modelcheck.data import data_folder
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_unit
from modelcheck.syntax import ast, parse, read

ROOT = data_folder("archs")
FILES = tuple(sorted(ROOT.glob("*/*.arch")))
# A file without `arch` is there to be included.
ARCHS = tuple(path for path in FILES if re.search(r"^arch ", path.read_text(encoding="utf-8"), re.MULTILINE))
PROPOSALS = tuple(sorted((ROOT / "proposals").glob("*.proposal")))

FILE = r"[\w.+-]+(/[\w.+-]+)*/(Kconfig[\w.]*|Makefile|[\w.+-]+\.(c|h|S|rst))"
CITATION = re.compile(rf"{FILE}(:[A-Za-z_]\w*)?")
FUNCTION = re.compile(rf"{FILE}:[A-Za-z_]\w*")


def named(path: Path) -> str:
    return "/".join(path.parts[-2:])


@cache
def unit_of(path: Path) -> Unit:
    return load_unit(path, extra=PROPOSALS)


def cited(unit: Unit) -> Iterator[str]:
    for lifecycle in (*unit.lifecycles, *unit.proposed):
        yield from (t.citation for state in lifecycle.states for t in state.transitions)
        for path in (*lifecycle.paths, *(c.path for c in lifecycle.creates), *(a.path for a in lifecycle.actions)):
            yield path.citation
            yield from (node.citation for node in path.nodes)
        yield from (reader.citation for reader in lifecycle.readers)


@pytest.mark.parametrize("path", ARCHS, ids=named)
def test_an_architecture_has_no_faults_with_any_proposal(path: Path) -> None:
    unit = unit_of(path)
    assert unit.lifecycles
    assert unit.kernel == path.parent.name
    assert unit.name == path.stem


@pytest.mark.parametrize("path", ARCHS, ids=named)
def test_every_verdict_is_stated_by_the_models(path: Path) -> None:
    """Today's and under every proposal: a verdict that changes is noticed, whatever it was."""
    unit = unit_of(path)
    stated = {(each.lifecycle, each.proposal) for each in unit.expectations}
    decided = [(each.name, each.proposal) for each in (*unit.lifecycles, *unit.proposed)]
    assert [each for each in decided if each not in stated] == []


@pytest.mark.parametrize("path", ARCHS, ids=named)
def test_life_cycles_cite_functions(path: Path) -> None:
    assert [c for c in dict.fromkeys(cited(unit_of(path))) if c and not FUNCTION.fullmatch(c)] == []


@pytest.mark.parametrize("path", [*FILES, *sorted(ROOT.glob("*/*.layout")), *PROPOSALS], ids=named)
def test_whatever_is_cited_is_a_file_of_the_kernel(path: Path) -> None:
    found = re.findall(r'\bat\s+"([^"]*)"', path.read_text(encoding="utf-8"))
    assert [c for c in found if not CITATION.fullmatch(c)] == []


@pytest.mark.parametrize("path", PROPOSALS, ids=named)
def test_a_proposal_expects_something_of_life_cycles_that_there_are(path: Path) -> None:
    """Where one is missing its expectation is skipped, so that nobody would notice a wrong name."""
    known = {lifecycle.name for arch in ARCHS for lifecycle in unit_of(arch).lifecycles}
    items = parse(read(path)).items
    (proposal,) = (item for item in items if isinstance(item, ast.ProposalItem))
    expected = [item for item in items if isinstance(item, ast.ExpectItem)]
    assert expected
    assert [e.lifecycle.text for e in expected if e.lifecycle.text not in known] == []
    assert {e.proposal.text for e in expected if e.proposal is not None} == {proposal.name.text}


@pytest.mark.parametrize("path", PROPOSALS, ids=named)
def test_a_proposal_is_applied_to_what_it_expects_something_of(path: Path) -> None:
    items = parse(read(path)).items
    (proposal,) = (item for item in items if isinstance(item, ast.ProposalItem))
    changed = {
        (kernel, c.name)
        for arch in ARCHS
        for c in unit_of(arch).proposed
        if c.proposal == proposal.name.text
        for kernel in ("", arch.parent.name)
    }
    named = {
        (kernel, item.lifecycle.text)
        for item in items
        if isinstance(item, ast.ExpectItem)
        for kernel in ([each.text for each in item.kernels] or [""])
    }
    assert named - changed == set()
