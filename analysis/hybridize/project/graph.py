"""Strongly connected components and a topological order, the same for every way to write the same graph.

A *graph* maps each node to the nodes it depends on; one that occurs only as a dependency has none itself. The order
is *dependencies first*: what a node depends on comes before it, except inside a component, where everything depends
on everything. Where that leaves a choice, the smallest key comes first, so the answer depends neither on the order of
a mapping or a set nor on where a search begins.

    >>> dependencies_first({"main": {"util", "log"}, "util": {"log"}, "log": {"util"}, "a": ()}, key=str)
    (('a',), ('log', 'util'), ('main',))

Both algorithms keep their own stack: a call chain in the analyzed program is no recursion here.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from typing import Any, TypeVar

Node = TypeVar("Node", bound=Hashable)


def strongly_connected_components(
    graph: Mapping[Node, Collection[Node]], key: Callable[[Node], Any]
) -> tuple[tuple[Node, ...], ...]:
    """The components, each sorted by ``key``, in an order that has dependencies first (Tarjan's algorithm).

    ``key`` must tell all nodes apart.
    """
    components: list[tuple[Node, ...]] = []
    index: dict[Node, int] = {}  # when a node was first seen
    low: dict[Node, int] = {}  # the earliest node on the path that is known to be reachable
    path: list[Node] = []
    on_path: set[Node] = set()

    def enter(node: Node) -> tuple[Node, Iterator[Node]]:
        index[node] = low[node] = len(index)
        path.append(node)
        on_path.add(node)
        return node, iter(sorted(set(graph.get(node, ())), key=key))

    for start in sorted(graph, key=key):
        if start in index:
            continue
        work = [enter(start)]
        while work:
            node, successors = work[-1]
            for successor in successors:
                if successor not in index:
                    work.append(enter(successor))
                    break
                if successor in on_path:
                    low[node] = min(low[node], index[successor])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    component: list[Node] = []
                    while not component or component[-1] != node:
                        component.append(path.pop())
                    on_path.difference_update(component)
                    components.append(tuple(sorted(component, key=key)))
    return tuple(components)


def dependencies_first(
    graph: Mapping[Node, Collection[Node]], key: Callable[[Node], Any]
) -> tuple[tuple[Node, ...], ...]:
    """The components in the smallest topological order: among those that are ready, the smallest first key is next.

    ``key`` must tell all nodes apart.
    """
    components = strongly_connected_components(graph, key)
    home = {node: number for number, component in enumerate(components) for node in component}
    waits_for: list[int] = []
    dependents: list[list[int]] = [[] for _ in components]
    for number, component in enumerate(components):
        dependencies = {home[other] for node in component for other in graph.get(node, ())} - {number}
        waits_for.append(len(dependencies))
        for dependency in dependencies:
            dependents[dependency].append(number)
    ready = [(key(components[number][0]), number) for number, count in enumerate(waits_for) if count == 0]
    heapq.heapify(ready)
    order: list[tuple[Node, ...]] = []
    while ready:
        _, number = heapq.heappop(ready)
        order.append(components[number])
        for dependent in dependents[number]:
            waits_for[dependent] -= 1
            if waits_for[dependent] == 0:
                heapq.heappush(ready, (key(components[dependent][0]), dependent))
    return tuple(order)
