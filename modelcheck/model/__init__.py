"""The resolved model: frozen values that every later stage reads and none changes.

`conditions` - predicates over the kernel configuration;
`declarations` - ABIs and C declarations whose sizes depend on the configuration;
`program` - life cycles: variables, states, paths of atomic steps, readers, allocator, proposals;
`unit` - one resolved input: everything above for one architecture or file.
"""
