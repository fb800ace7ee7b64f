"""What a change does to the answers: two sides of a repository, and what is new, worse, fixed or unchanged.

`git` - what is asked of git, and nowhere else;
`sides` - the two versions that are compared, wherever they come from;
`series` - a version with a series of patches applied, in no place that anybody else sees;
`models` - the models of each side, and which of them belong together;
`alike` - whether two versions of a life cycle are the same question;
`standing` - the alerts of one side against those of the other;
`coverage` - whether one condition admits more configurations than another;
`layouts` - what became of the bytes of structs;
`kernel_tree` - the models with the structs of both sides of a kernel tree;
`functions`, `kconfig` - what a C file or a Kconfig file defines, and `cited` what of that models cite and was changed.

Everything that is wrong with an input is an `InputError` with one of these codes:

| code | means |
|---|---|
| CA701 | there is no git repository, or git cannot be asked |
| CA702 | there is no such commit |
| CA703 | both sides are the same |
| CA704 | a file holds no patches |
| CA705 | a patch does not apply |
"""
