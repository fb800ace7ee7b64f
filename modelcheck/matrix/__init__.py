"""Many answers side by side: architecture, level, life cycle and path against kernel and proposal.

`survey` - what was asked, of which models, and everything that was answered: what a matrix is made from;
`plan` - which life cycles are checked, in which order, and which of them belong to a shard;
`merging` - the surveys of all shards as the one survey that they are parts of;
`table` - the matrix: rows, columns, cells;
`gaps` - levels about which a model says nothing;
`overlay` - the short answer: where each proposal works, and what stands in its way elsewhere.

Nothing here checks anything, or knows how an answer looks.
"""
