"""What is looked for in traced bodies: functions from a site to what they see there.

`INSTRUCTIONS` are asked for each instruction of an opcode, `BRANCHES` for each block whose end depends on a test.
`EAGER` are asked in bodies that Python runs: what is made or passed for traced functions there.
A new observer goes into the module of its subject and into one of these tables; what it sees is of a kind that
`hybridize.report.OBSERVATIONS` describes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hybridize.analyses.hazards.observers import values
from hybridize.analyses.hazards.site import Seen, Site
from hybridize.syntax import code as ir
from hybridize.syntax.code import Block, Instruction

InstructionObserver = Callable[[Site, int, Instruction], Iterator[Seen]]
"""From (site, number of the block, instruction)."""
BranchObserver = Callable[[Site, int, Block], Iterator[Seen]]

INSTRUCTIONS: dict[int, tuple[InstructionObserver, ...]] = {
    ir.CALL: (values.eager_method, values.truth_in_call, values.iteration_in_call),
    ir.COMPARE: (values.membership,),
    ir.UNARY: (values.negation,),
    ir.UNPACK: (values.unpacking,),
    ir.ITER: (values.comprehension,),
    ir.LIST: (values.star,),
    ir.SET: (values.star,),
}
EAGER: dict[int, tuple[InstructionObserver, ...]] = {}
BRANCHES: tuple[BranchObserver, ...] = (values.test,)
