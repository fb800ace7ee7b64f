"""The resolved model: frozen values that every later stage reads and none changes.

`conditions` - predicates over the kernel configuration;
`declarations` - ABIs and C declarations whose sizes depend on the configuration;
`variables`, `guards`, `operations` - what a step reads and writes, tests, and does;
`program` - life cycles: states, paths of atomic steps, readers, the allocator;
`unit` - one resolved input: everything above for one architecture or file.
"""
