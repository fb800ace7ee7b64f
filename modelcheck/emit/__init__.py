"""What can be handed to a kernel tree: pure writers, from results to text.

`asserts` - `static_assert` lines about fields that must share no byte; `memory_model` - the interleaving of a
counterexample as a litmus test of the Linux kernel's memory model; `ctext` - conditions and comments in C.
"""
