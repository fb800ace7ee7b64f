"""What there is to say to a maintainer, as one value that every format is written from.

`alert` - one thing to say, and what identifies it from one version of the models to the next;
`alerts` - from answers, expectations and errors to alerts;
`drift` - from a comparison with a real kernel to alerts;
`fingerprint` - what identifies a finding, as sixteen hexadecimal digits;
`waiver` - what somebody has decided to live with until a date, and what can be wrong with that;
`review` - all of it together: alerts, life cycles, changes of layout, faults of waivers.

Nothing here decides how anything looks; `report` does.
"""
