"""Attacks on what is published, as a person would attack who holds every release and every day's lookup.

    A1   public plane: totals equal the lookup; no sensitive column elsewhere    margins.py, overlap.py
    A2   sums of the tree, whole numbers, structural zeros                       margins.py
    A3   group disclosure: small classes, all alike, zeros                       classes.py
    A4   differencing by known movers: full posterior                            differencing.py, posterior.py
    A5   change oracle: what makes the noise change                              noise.py
    A6   differencing between families: overlaps, nesting                        overlap.py
    A7   averaging over levels and vintages; declared error                      averaging.py, declared.py
    A8   feasibility intervals of cells that suppression alone protects          intervals.py
    A9   reconstruction                                                          reconstruction.py
    A10-A14  microdata: linkage, homogeneity, unicity, intersection, inference   etl/privacy/microdata
    A15  dominance by an employer                                                dominance.py
    A16  the key                                                                 keys.py, noise.py
    A17  scan of all bytes                                                       etl/privacy/leakscan
    A18  mutants of all this, which must be caught                               tests/privacy/mutants
    A19  microdata and tables, or two files of microdata, together               joined.py

Nothing here knows of constructors: families, columns, codes and bounds come in as data (`metadata/rules/attacks.yaml`).
The findings of A10 to A14 and A17 are handed to `attack_gate` as `beside`.
"""

from etl.privacy.attacks.evidence import Evidence
from etl.privacy.attacks.model import Bound, Estimate, Finding, Measured, Rules, Vintage, judge
from etl.privacy.attacks.suite import attack_gate, figures, problems, record

__all__ = [
    "Bound",
    "Estimate",
    "Evidence",
    "Finding",
    "Measured",
    "Rules",
    "Vintage",
    "attack_gate",
    "figures",
    "judge",
    "problems",
    "record",
]
