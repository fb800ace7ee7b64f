"""What a life cycle means as a counter system: tables are counted per program point, one reader is followed.

| what | modules |
|---|---|
| the values that leave this package | `terms` (expressions, formulas), `system` (variables, transitions), `smtlib` |
| what a configuration decides | `storage` (which fields share bytes), `flow` (which steps exist), `mentions` |
| where actors can be | `points`, `softirq` (contexts and held locks), `whereabouts`, `readers` (groups), `context` |
| what one step does | `effects`, of `ownership`, `linkage`, `locks`, `assignments`, `tables`, `allocator`; `effect` |
| what its numbers and guards mean | `expressions`, over variables called as in `names` |
| what classes of one life cycle have in common | `memory`, `points` |
| the system | `build`, from `variables`, `creation`, `steps`, `visits` and `environment`; `prune` |

Tables are interchangeable, so their number at each point is all that matters. Readers only ever *disable* steps (a
grace period has to wait for them) and never enable one, so a run with a hazard stays a run with that hazard when all
readers but the one involved are taken out: following one arbitrary reader decides for any number of them.
"""
