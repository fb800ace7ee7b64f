"""Decides: conservation laws, reachability in {0, 1, many}, shortest concrete runs, and the answers made from them.

`check` answers for a unit. `grouping` splits its configurations into classes, `classes` answers for one: `refinement`
looks ahead in the abstraction (`merging`, `reduced`, `abstraction`), `refute` finds the shortest concrete runs
(`explicit`), `prove` mines an invariant (`mining`) and has its certificate checked. `assemble` makes a result of all.
"""

from modelcheck.engine.check import check

__all__ = ["check"]
