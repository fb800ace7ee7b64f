"""The space of configurations: a target (ABI) and Kconfig symbols, within what the requirements admit.

`satisfiable` - completes partial assignments of symbols; `space` - a unit's space, and one configuration in it;
`split` - the cases of a question; `minimal` - a shortest condition for a set of cases.
"""
