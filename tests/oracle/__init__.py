"""An explicit-state search over individual tables, readers and CPUs: the second opinion on every verdict.

It shares the resolved model and the placed layout with the program, and nothing else: no counters, no abstraction,
no solver.

`places` - which fields share bytes, and which are one and the same;
`world` - the state of a page with its tables, actors and readers, and the canonical form of it;
`steps` - what each step does to a world;
`search` - every run there is, for one configuration and one number of tables;
`configurations` - every admitted configuration of a small unit.
"""

from tests.oracle.search import Outcome, explore

__all__ = ["Outcome", "explore"]
