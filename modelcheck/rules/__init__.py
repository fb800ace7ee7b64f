"""The rules: what each hazard means, why it is bad, and how it is avoided.

`catalogue` - reads the rule files, one Markdown file a rule, named after its id.
"""

from modelcheck.rules.catalogue import Rule, all_rules, rule

__all__ = ["Rule", "all_rules", "rule"]
