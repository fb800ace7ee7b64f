"""Reads the layouts of a kernel from its sources.

`files` - where the files of a tree come from: a folder, a commit, or either with changes;
`faults` - the ways in which a tree can be unusable.

Everything that is wrong with an input is an `InputError` with one of these codes:

| code | means |
|---|---|
| CA410 | the folder holds no kernel tree, or a header that is needed is not there |
| CA411 | a file of the tree cannot be read, or is no text |
| CA412 | git does not know the commit, or cannot be asked |
| CA413 | what reads C is not installed |
| CA414 | the tree has no such struct |
| CA415 | a declaration of the tree is not understood, and it matters |
| CA416 | a life cycle needs a field that the tree's struct does not have |
"""

from __future__ import annotations

from modelcheck.model.unit import Unit
from modelcheck.tree.files import Files

__all__ = ["with_tree_layout"]


def with_tree_layout(unit: Unit, files: Files) -> Unit:
    """The unit, with the structs of the tree in place of those that the model declares.

    Raises InputError (CA410 to CA416).
    """
    raise NotImplementedError
