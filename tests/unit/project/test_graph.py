"""Components and orders against definitions that are too slow to use."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridize.project.graph import dependencies_first, strongly_connected_components

nodes = st.integers(0, 9)
graphs = st.dictionaries(nodes, st.lists(nodes, max_size=5), max_size=10)


def reachable(graph):
    """Every pair (node, what it reaches in one or more steps), by repeated composition."""
    pairs = {(node, other) for node, others in graph.items() for other in others}
    while True:
        more = {(a, d) for a, b in pairs for c, d in pairs if b == c} - pairs
        if not more:
            return pairs
        pairs |= more


def components_by_definition(graph):
    pairs = reachable(graph)
    every = set(graph) | {other for others in graph.values() for other in others}
    return {frozenset({n} | {m for m in every if (n, m) in pairs and (m, n) in pairs}) for n in every}


def smallest_order_by_definition(graph):
    """Take the smallest of the components whose dependencies are all taken, until none is left."""
    left = components_by_definition(graph)
    order = []
    while left:
        gone = {node for component in order for node in component}
        ready = [c for c in left if all(set(graph.get(node, ())) <= gone | c for node in c)]
        order.append(min(ready, key=min))
        left.remove(order[-1])
    return tuple(tuple(sorted(component)) for component in order)


@given(graphs)
def test_components(graph):
    found = strongly_connected_components(graph, key=int)
    assert {frozenset(component) for component in found} == components_by_definition(graph)
    assert len({node for component in found for node in component}) == sum(map(len, found))
    assert all(list(component) == sorted(component) for component in found)


@given(graphs)
def test_components_have_dependencies_first(graph):
    seen = set()
    for component in strongly_connected_components(graph, key=int):
        seen.update(component)
        for node in component:
            assert seen.issuperset(graph.get(node, ()))


@given(graphs)
def test_order_is_the_smallest(graph):
    assert dependencies_first(graph, key=int) == smallest_order_by_definition(graph)


@given(graphs, st.randoms(use_true_random=False))
def test_the_way_a_graph_is_written_does_not_matter(graph, chance):
    items = [(node, [*others, *others[:1]]) for node, others in graph.items()]
    for _, others in items:
        chance.shuffle(others)
    chance.shuffle(items)
    assert strongly_connected_components(dict(items), key=int) == strongly_connected_components(graph, key=int)
    assert dependencies_first(dict(items), key=int) == dependencies_first(graph, key=int)


def test_the_key_decides():
    graph = {"b": ["a", "c"], "c": ["b"], "a": [], "d": []}
    assert dependencies_first(graph, key=lambda node: node) == (("a",), ("b", "c"), ("d",))
    assert dependencies_first(graph, key=lambda node: -ord(node)) == (("d",), ("a",), ("c", "b"))


def test_no_nodes():
    assert strongly_connected_components({}, key=int) == ()
    assert dependencies_first({}, key=int) == ()


@pytest.mark.parametrize("closed", [False, True])
def test_long_chains_are_no_recursion(closed):
    length = sys.getrecursionlimit() * 20
    graph = {node: [node + 1] for node in range(length)}
    graph[length] = [0] if closed else []
    for function in (strongly_connected_components, dependencies_first):
        found = function(graph, key=int)
        assert len(found) == (1 if closed else length + 1)
        assert found[0][0] == (0 if closed else length)
