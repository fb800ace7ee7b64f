"""Renderers: from answers to what a person or a program reads. They decide nothing.

`page` - lines of styled text, and how they become plain text or reach a terminal;
`columns` - widths, wrapping, cutting;
`wording` - numbers, plurals and sentences that several renderers share;
`diagnostic` - what is wrong with an input, with the source marked;
`verdicts` - the answer for a life cycle, for a person;
`counterexample` - a run that ends in a hazard, one lane for each actor;
`counterexample_html` - the answers as a page on which runs are walked through, byte by byte; `html_run` and `drawing`
make its runs and pictures, `html_frame` what all pages share, `html/` has templates, style sheets and the script;
`advice` - what would make a life cycle safe; `fragment` - a configuration to copy;
`byte_map` - which fields share which bytes, drawn;
`comparison` - a model against a real kernel;
`expectations` - verdicts that a file stands by, against those found;
`formats` - what there is to say to a maintainer, in every format it can be asked for;
`json_report` - all of it for a program, by the schema in `schema/`.
"""
