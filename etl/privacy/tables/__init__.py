"""Protected tables: counts of a register that shows every unit by name, crossed with what it does not show.

The method is TD-CKP, top-down class-keyed perturbation with exact public totals; `docs/methods/protected-tables.md`
gives the model, the proofs and the measured error. Nothing here knows of constructors: names of columns, codes,
trees and variances come in as data. `etl/privacy/api.py` is the way in for other registers.

    families.py    what is declared: levels, families, and which of them may stand side by side
    units.py       the register read once: counts, public memberships, structural zeros
    tree.py        nodes of every level, small ones merged
    gaussian.py    the discrete Gaussian, by integers
    noise.py       keyed hashes and keyed noise streams
    transport.py   the closest table with given margins, many small ones at once
    flow.py        the same by min-cost flow, where structural zeros bind across levels
    protect.py     protect() and measure()
    errors.py      standard errors and quality classes
    measures.py    rates, sums, quantiles and survival curves from protected counts
    summaries.py   declared shares and quantiles in long form, with band and class
"""
