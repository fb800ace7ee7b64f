"""Where the fields of a struct lie, as a function of target and configuration.

`placed` - the answer; `records` - a C compiler's rules for one struct; `layouts` - all structs of a model for one
target;
`decisions` - remembers answers by the symbols they depend on; `check` - what is wrong with declarations as a whole;
`exclusion` - which conditions exclude each other; `typenames` - C types as text; `codes` - the diagnostics of all
of this.
"""
