"""What a proof stands on: which facts of the model it uses, and which can be taken away without it.

`relaxed` - steps from which facts can be taken; `creations` - the creation without statements; `questions` - both as
SMT-LIB; `search` - which clauses and facts are enough; `facts` - their names; `requirements` -
which of the configuration are needed; `explain` - all of it for one proof.
"""
