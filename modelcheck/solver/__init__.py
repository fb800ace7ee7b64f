"""The only package that imports a solver. Everything outside speaks in `semantics.terms`.

`encode` - terms to Z3; `certificate` - checks invariants in a fresh context, with Z3 or cvc5; `induction` - finds
what an invariant still lacks; `path` - solves one run for all parameters; `bounded`, `kinduction`, `spacer` - other
ways to an answer, in `isolated` child processes where a solver may hang.
"""
