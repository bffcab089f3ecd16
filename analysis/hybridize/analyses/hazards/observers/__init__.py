"""What is looked for in traced bodies: functions from a site to what they see there.

`INSTRUCTIONS` are asked for each instruction of an opcode, `BRANCHES` for each block whose end depends on a test.
`BODIES` are asked once for each body: what hangs on its statements as a whole.
`EAGER` are asked in bodies that Python runs: what is made or passed for traced functions there.
A new observer goes into the module of its subject and into one of these tables; what it sees is of a kind that
`hybridize.report.OBSERVATIONS` describes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hybridize.analyses.hazards.observers import (
    arguments,
    bounds,
    branches,
    closures,
    compiled,
    constants,
    creation,
    definers,
    exceptions,
    freezing,
    handlers,
    host,
    keywords,
    loops,
    modes,
    numbers,
    texts,
    values,
)
from hybridize.analyses.hazards.site import Seen, Site
from hybridize.syntax import code as ir
from hybridize.syntax.code import Block, Instruction

InstructionObserver = Callable[[Site, int, Instruction], Iterator[Seen]]
"""From (site, number of the block, instruction)."""
BranchObserver = Callable[[Site, int, Block], Iterator[Seen]]
BodyObserver = Callable[[Site], Iterator[Seen]]

INSTRUCTIONS: dict[int, tuple[InstructionObserver, ...]] = {
    ir.CALL: (
        values.eager_method, values.truth_in_call, values.iteration_in_call, numbers.numpy_call, numbers.python_number,
        numbers.narrowing, texts.formatting_call, creation.creation, host.host_call, host.materialization_in_call,
        host.environment_call, host.unused, loops.growing, loops.forgotten_write, loops.changed_by_call,
        arguments.changed_by_method, arguments.array_test, closures.thread, closures.internals, closures.late_binding,
        compiled.xla_call, compiled.assignment, definers.copied_tensor, constants.embedded_argument, host.kept_by_keras,
    ),
    ir.ATTR: (numbers.array_attribute,),
    ir.BINARY: (texts.percent, constants.embedded_operand),
    ir.COMPARE: (values.membership, constants.embedded_operand),
    ir.FORMAT: (texts.f_string,),
    ir.ITEM: (numbers.index, bounds.out_of_bounds, host.environment_item),
    ir.ITER: (values.comprehension, host.comprehension),
    ir.LIST: (values.star,),
    ir.RAISE: (exceptions.staged,),
    ir.SET: (values.star,),
    ir.DEL_ITEM: (arguments.changed_item,),
    ir.SET_ATTR: (arguments.escaping_tape, creation.lazy_creation),
    ir.SET_ITEM: (arguments.escaping_item, numbers.array_store, arguments.changed_item, loops.changed_entry),
    ir.UNARY: (values.negation, numbers.negation),
    ir.UNPACK: (values.unpacking,),
}  # fmt: skip
EAGER: dict[int, tuple[InstructionObserver, ...]] = {
    ir.CALL: (
        arguments.symbolic_argument, arguments.unhashable_argument, compiled.misplaced, definers.pickled_function,
        definers.symbolic_gradients, definers.without_source,
    ),
    ir.DECORATE: (definers.cached,),
    ir.SET_ATTR: (freezing.frozen_late,),
}  # fmt: skip
BRANCHES: tuple[BranchObserver, ...] = (values.test, numbers.test, modes.probe)
BODIES: tuple[BodyObserver, ...] = (
    branches.conditions,
    loops.loops,
    handlers.late_errors,
    arguments.refused_results,
    arguments.names,
    arguments.returned_variable,
    closures.before_loop,
    keywords.sorted_keywords,
    loops.distributed,
    modes.accumulation,
    modes.equal_seeds,
    values.in_init_scope,
)
