"""What can be handed to a kernel tree: pure writers, from results to text.

`asserts` - `static_assert` lines about fields that must share no byte, `ctext` - conditions and comments in C.
`interleaving` - a counterexample as a litmus test of the Linux kernel's memory model, with `vocabulary` (variables),
`drafts` (processes) and `witness` (why a test goes as it does); `memory_model` - such a test, and its text.
"""
