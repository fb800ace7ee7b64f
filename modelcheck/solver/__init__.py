"""The only package that imports a solver. Everything outside speaks in `semantics.terms`.

`encode` - terms to Z3; `certificate` - checks invariants in a fresh context, with Z3 or cvc5; `induction` - finds what an invariant still
lacks; `path` - solves one run for all parameters; `kinduction`, `spacer` - other ways to a proof.
"""
