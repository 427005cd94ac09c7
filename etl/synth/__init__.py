"""A believable synthetic register, written as the messy exports that provinces send.

Everything is drawn from `metadata/synth/` (calibration, names, layouts, dirt) and a seed. A register is cut
into chunks of one province; every chunk has its own random numbers for every purpose, so the bytes do not
depend on processes, and chunks need little memory. Three things reach across chunks: the enterprises (past
employers may be anywhere), the serials of registration numbers, and the certificate numbers; the first is
made again in every process, the other two are counted in a light first pass.

No identifier can be a real person's or firm's: ID numbers and project numbers begin with 99, social credit
codes have region 990000, serials of registration numbers count down from 99999, certificate numbers begin
with 9, other numbers with SYN. Check characters are right, except where dirt is planted.
"""

from etl.synth.register import SynthReport, write

__all__ = ["SynthReport", "write"]
