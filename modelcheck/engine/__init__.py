"""Decides: conservation laws, reachability in {0, 1, many}, shortest concrete runs, and the answers made from them.

| what | modules |
|---|---|
| the way through | `check` (a unit), `analysis` (code), `classes`, `assemble` |
| classes of configurations | `grouping`, `groups` (those that are answered together) |
| all classes at once | `family`, with `likeness`: what differs becomes a mark that never changes |
| looking ahead | `refinement`, of `laws`, `merging`, `reduced`, `abstraction`, `codegen` |
| runs | `refute`, of `explicit`; `tidying` (fewer context switches), `individuals` (which table does what) |
| by which path a hazard is come to | `ways_in` |
| proofs | `prove`, of `mining`; `certificate` (the questions to a solver) |
| what can happen at all | `happening`: a walk to every step, or it is excluded |
| where that gives up | `portfolio`, of `houdini` (with `coincidence`), `kinductive` and the ways in `solver` |
| answers from before | `recall`, of `fingerprint` (questions), `coding` (entries), `following` (does it happen) |
| limits, values of constants, words | `budget`, `constants`, `words` |
"""

from modelcheck.engine.check import check

__all__ = ["check"]
