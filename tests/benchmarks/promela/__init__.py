"""A life cycle as a model for SPIN: for one configuration, a number of tables, and a few readers.

One process for each table (it is the actor that works on the table), one for the creation, one for each action, one for
each reader, one for the environment. Every step is one `d_step`; a grace period is a bit mask of the readers that were
inside when the waiting began; a hazard is an assertion that names its rule.

`state` - the variables of the model, and expressions over them;
`standing` - in which context actors run, and which locks they hold;
`steps` - what each step does;
`processes` - who does it: the whole model.
"""

from tests.benchmarks.promela.processes import promela

__all__ = ["promela"]
