"""Ties models to real kernels through the type information (BTF) that kernels carry.

`image` - find the BTF in a file: raw, an ELF `vmlinux`, or either of them packed with xz or gzip;
`elf` - one section of an ELF file;
`btf` - the BTF format: header, string table, and an index of the types, decoded only where asked;
`structs` - structs of a kernel with every member in its place;
`faults` - the ways in which a file can be unusable;
`differences` - one struct of a model against one of a kernel, field by field;
`subjects` - which structs of a model are compared;
`types` - what a comparison needs to know of a kernel;
`comparison` - what it answers;
`compare` - a resolved unit against a kernel: which settings fit, or what is different in the closest ones.

Everything that is wrong with an input is an `InputError` with one of these codes:

| code | means |
|---|---|
| CA401 | the file cannot be read |
| CA402 | the file is neither BTF nor an ELF file with BTF |
| CA403 | the file is damaged: something points outside it, or is cut off |
| CA404 | the types contradict themselves: a cycle, a type or name that does not exist, absurd counts |
| CA405 | the file is larger than this reader takes |
| CA406 | the size of a pointer cannot be told from the types |
"""
