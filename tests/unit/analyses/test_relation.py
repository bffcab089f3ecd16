"""How two signatures compare."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridize.analyses.relation import compare
from hybridize.report import Spec

axes = st.one_of(st.none(), st.integers(1, 3))
specs = st.builds(
    Spec,
    st.sampled_from(["TensorSpec", "RaggedTensorSpec"]),
    st.sampled_from(["float32", "int32"]),
    st.one_of(st.none(), st.lists(axes, max_size=2).map(tuple)),
)
signatures = st.lists(st.one_of(specs, st.lists(specs, max_size=2)), max_size=3)
OPPOSITE = {"agreement": "agreement", "broader": "tighter", "tighter": "broader", "incomparable": "incomparable"}


def spec(*shape: int | None) -> Spec:
    return Spec("TensorSpec", "float32", shape)


@given(signatures)
def test_a_signature_agrees_with_itself(signature) -> None:
    assert compare(signature, signature) == "agreement"


@given(signatures, signatures)
def test_seen_from_the_other_side_it_is_the_opposite(left, right) -> None:
    assert compare(left, right) == OPPOSITE[compare(right, left)]
    assert (compare(left, right) == "agreement") is (left == right)


@pytest.mark.parametrize(
    ("supplied", "inferred", "relation"),
    [
        ([spec(None, 2)], [spec(3, 2)], "broader"),
        ([spec(3, 2)], [spec(None, 2)], "tighter"),
        ([Spec("TensorSpec", "float32", None)], [spec(2)], "broader"),
        ([spec(None, 2)], [spec(3, None)], "incomparable"),
        ([spec(None), spec(2)], [spec(3), spec(None)], "incomparable"),
        ([spec(2)], [spec(2, 2)], "incomparable"),
        ([[spec(None), spec(2)]], [[spec(3), spec(2)]], "broader"),
        ([[spec(2)]], [spec(2)], "incomparable"),
        ([spec(2)], [spec(2), spec(2)], "incomparable"),
    ],
)
def test_examples(supplied, inferred, relation) -> None:
    assert compare(supplied, inferred) == relation
