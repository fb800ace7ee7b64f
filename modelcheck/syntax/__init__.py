"""From text to tree: `read` a file, `parse` its text. Only this package imports Lark.

`ast` (with `ast_statements`) is the tree of a file, `conditions` and `cdecl` (with `cparts`) read conditions and C
declarations, `scan` looks a text over before the parser does, `build` and `build_statements` make the tree, `errors`
words what is wrong.
"""

from modelcheck.syntax.parser import parse
from modelcheck.syntax.text import read

__all__ = ["parse", "read"]
