"""What a life cycle means as a counter system: tables are counted per program point, one reader is followed.

`terms` - linear expressions and formulas; `system` - variables, transitions, hazards; `storage` - which fields share bytes in
one configuration; `locations` - program points; `effects` - what each step does; `build` - the whole system.

Tables are interchangeable, so their number at each point is all that matters. Readers only ever *disable* steps (a
grace period has to wait for them) and never enable one, so a run with a hazard stays a run with that hazard when all readers
but the one involved are taken out: following one arbitrary reader decides for any number of them.
"""
