"""A `review.Review` in every format that it can be asked for: one module each, a pure function from a review to a text.

`registry` lists them; `saying` holds the words that they share. A format mentions every alert that is to be dealt with,
by its fingerprint, or says how many it left out; it marks what is waived, and never drops it.

Names and sentences come from models, so a format expects anything in them: control characters, quotes, its own markup.
"""
