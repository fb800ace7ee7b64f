"""Reads the layouts of a kernel from its sources, for all configurations at once.

`files` - where the files of a tree come from;
`folders` - which folder of `arch/` a model is about;
`headers` - one header: its text without comments, and the `#if`s around each place;
`closure` - the headers that are read, in the order in which a compiler reads them;
`formulas` - conditions put together;
`ctokens`, `definitions`, `expressions`, `macros` - what a macro stands for, and where an `#if` holds;
`attributes`, `expansion` - a declaration without its macros;
`search` - where a type is declared;
`csyntax` - what tree-sitter makes of a declaration;
`structs` - some structs, and every type that they need;
`units` - a model with these structs in place of its own;
`faults` - the ways in which a tree can be unusable.

Everything that is wrong with an input is an `InputError` with one of these codes:

| code | means |
|---|---|
| CA410 | the folder holds no kernel tree, or a header that is needed is not there |
| CA411 | a file of the tree cannot be read, or is no text |
| CA413 | what reads C is not installed |
| CA414 | the tree has no such struct |
| CA415 | a declaration of the tree is not understood, and it matters |
| CA416 | a life cycle needs a field that the tree's struct does not have |
"""

from __future__ import annotations

from modelcheck.model.unit import Unit
from modelcheck.tree.files import Files
from modelcheck.tree.structs import TreeStructs
from modelcheck.tree.units import tree_structs, tree_unit

__all__ = ["TreeStructs", "tree_structs", "with_tree_layout"]


def with_tree_layout(unit: Unit, files: Files) -> Unit:
    """The unit, with the structs of the tree in place of those that the model declares.

    Symbols of Kconfig that the tree's structs ask for and the model does not know are added, and free. Life cycles that
    need what the tree does not have are `Unit.absent`. Raises InputError (CA410 to CA413, CA415, and those of `layout`
    for declarations that make no sense), and, where no life cycle is left, what is wrong with each of them.
    """
    return tree_unit(unit, files).unit
