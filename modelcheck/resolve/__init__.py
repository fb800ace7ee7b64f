"""From the tree of a file to the resolved model: includes, names, `like`, proposals, control flow.

`load_unit` reads a file, `load_text` a text. `sources` follows includes, `declare` reads configuration and layouts,
`merge` applies `like`, `lifecycle` resolves one life cycle, `proposal` a what-if.
"""

from modelcheck.resolve.unit import load_text, load_unit

__all__ = ["load_text", "load_unit"]
