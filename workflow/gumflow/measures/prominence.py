"""Standing that comes from the standing of one's partners: eigenvector centrality, hubs and authorities.

Every function takes a `Network` and returns one float64 for each actor (or one float), NaN where no unique solution exists.
Leading vectors are found by Lanczos iteration from a fixed start, and are not negative; strength is not read.
"""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gumflow.measures.cohesion import single_giant
from gumflow.measures.registry import COMPLETE, SHARE, Values, measure
from gumflow.networks.graph import Network, adjacency, once_per_network

if TYPE_CHECKING:
    from scipy import sparse

DENSE_SIZE = 64
"""Side of a matrix up to which all its eigenvectors are computed: faster, and Lanczos needs some room."""
LANCZOS = 32
"""Vectors that Lanczos iteration keeps: more than usual, which chains of many actors need."""
TIE = 1e-9
"""Two leading values are equal if they differ by less than this share of the larger."""
_NO_UNIQUE = "there are no ties, or two separate parts of the network have the same leading value, so that no solution is the only one"


@measure(
    name="eigenvector_collapsed",
    level="actor",
    bounds=SHARE,
    label_en="Eigenvector centrality, largest component, directions collapsed",
    label_zh="特征向量中心度（最大分量，不分方向）",
    definition=(
        "Standing that is proportional to the summed standing of the actor's partners, within the largest component, "
        "directions collapsed and strength not read; the highest is 1, as in igraph (UCINET scales the squares to sum "
        "to 1). On directed or disconnected networks the classic definition has no or no single solution, so it is not "
        "given outside the largest component: read it with the share of actors that have a value."
    ),
    formula="v(i) = (1/lambda) sum_j B[i,j] v(j), B = A or A', lambda its largest eigenvalue, max v = 1",
    source="Bonacich 1972; Bonacich 1987",
    boundaries=COMPLETE,
    undefined="the actor is not in the largest component, or no component is larger than all others",
    cost="linear",
)
@once_per_network
def eigenvector_collapsed(network: Network) -> Values:
    """Compute Bonacich's (1972) eigenvector centrality of the collapsed giant component, maximum 1; NaN elsewhere."""
    values = np.full(network.size, np.nan)
    members = single_giant(network)
    if len(members):
        matrix = adjacency(network)[members][:, members]
        values[members] = _scaled(_leading(matrix.maximum(matrix.T))[1])
    values.setflags(write=False)
    return values


@measure(
    name="eigenvector_coverage",
    level="network",
    bounds=SHARE,
    label_en="Share of actors with an eigenvector centrality",
    label_zh="特征向量中心度的覆盖率",
    definition=(
        "Share of the actors that have an eigenvector centrality: those of the largest component, and nobody if two "
        "components are equally large. If it is low, the eigenvector centrality speaks of a part of the network only."
    ),
    formula="#{i: eigenvector_collapsed(i) defined} / n",
    source="Bonacich 1972; Wasserman and Faust 1994, ch. 4",
    boundaries=COMPLETE,
    undefined="a network without actors has no share of them",
    cost="linear",
)
def eigenvector_coverage(network: Network) -> float:
    """Divide the size of the only largest weak component by n; NaN without actors."""
    return len(single_giant(network)) / network.size if network.size else math.nan


@measure(
    name="hub",
    level="actor",
    bounds=SHARE,
    label_en="Hub score",
    label_zh="枢纽得分",
    definition=(
        "Standing as a source: high if the actor has ties to good authorities, which are those that good hubs turn to. "
        "The highest is 1; strength is not read. It exists for networks without circles, too."
    ),
    formula="h = A a / max, a = A' h / max: leading left singular vector of A",
    source="Kleinberg 1999",
    boundaries=COMPLETE,
    directed_only=True,
    undefined=_NO_UNIQUE,
    cost="linear",
)
def hub(network: Network) -> Values:
    """Compute Kleinberg's (1999) hub scores, maximum 1; NaN if the leading singular value is not unique."""
    return _hubs_and_authorities(network)[0]


@measure(
    name="authority",
    level="actor",
    bounds=SHARE,
    label_en="Authority score",
    label_zh="权威得分",
    definition=(
        "Standing as a target: high if good hubs have ties to the actor, which are those that turn to good authorities; "
        "whom the well-oriented firms of a cluster ask. The highest is 1; strength is not read."
    ),
    formula="a = A' h / max, h = A a / max: leading right singular vector of A",
    source="Kleinberg 1999",
    boundaries=COMPLETE,
    directed_only=True,
    undefined=_NO_UNIQUE,
    cost="linear",
)
def authority(network: Network) -> Values:
    """Compute Kleinberg's (1999) authority scores, maximum 1; NaN if the leading singular value is not unique."""
    return _hubs_and_authorities(network)[1]


@once_per_network
def _hubs_and_authorities(network: Network) -> tuple[Values, Values]:
    """Solve each part in which the solution is unique, and see whether one part leads.

    As a table of sources by targets A falls into blocks. Within a block the leading singular value is simple (Perron
    and Frobenius); overall it is simple if only one block reaches it. An iteration over the whole network would
    return a mixture that depends on its start when two do.
    """
    hubs, authorities = np.full((2, network.size), np.nan)
    best, runner_up = -1.0, -1.0
    for block, rows, columns, most in _blocks(network):
        tied = best > 0 and runner_up >= best * (1 - TIE)
        if most < best * (1 - TIE) or (tied and most <= best):
            break
        value, left, right = _leading_pair(block)
        best, runner_up = max(best, value), max(runner_up, min(best, value))
        if value == best:
            hubs[:], authorities[:] = 0, 0
            hubs[rows], authorities[columns] = _scaled(left), _scaled(right)
    if runner_up >= best * (1 - TIE):
        hubs[:], authorities[:] = np.nan, np.nan
    for values in (hubs, authorities):
        values.setflags(write=False)
    return hubs, authorities


def _blocks(
    network: Network,
) -> Iterator[tuple["sparse.csr_array", NDArray[np.int64], NDArray[np.int64], float]]:
    """Yield the blocks of A (matrix, its rows, its columns, a bound on its leading value), by falling bound."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    if not network.arcs:
        return
    matrix = adjacency(network)
    both = sparse.block_array([[None, matrix], [matrix.T, None]], format="csr")
    labels = connected_components(both, directed=False)[1]
    row_labels, column_labels = labels[: network.size], labels[network.size :]
    widest, tallest = np.zeros((2, labels.max() + 1))
    np.maximum.at(widest, row_labels, matrix.sum(axis=1))
    np.maximum.at(tallest, column_labels, matrix.sum(axis=0))
    # The leading singular value is at most the root of largest row sum times largest column sum.
    bounds = np.sqrt(widest * tallest)
    row_order, column_order = np.argsort(row_labels, kind="stable"), np.argsort(column_labels, kind="stable")
    for label in np.argsort(-bounds, kind="stable")[: int((bounds > 0).sum())]:
        rows = row_order[slice(*np.searchsorted(row_labels[row_order], [label, label + 1]))]
        columns = column_order[slice(*np.searchsorted(column_labels[column_order], [label, label + 1]))]
        yield matrix[rows][:, columns], rows, columns, float(bounds[label])


def _leading_pair(block: "sparse.csr_array") -> tuple[float, Values, Values]:
    """Return the leading singular value of a block with its left and right vectors."""
    from scipy.sparse.linalg import LinearOperator

    if block.shape[0] > block.shape[1]:
        value, right, left = _leading_pair(block.T.tocsr())
        return value, left, right
    rows, back = block.shape[0], block.T.tocsr()
    if rows <= DENSE_SIZE:
        square, left = _leading(block @ back)
    else:
        product = LinearOperator((rows, rows), matvec=lambda v: block @ (back @ v), dtype=np.float64)
        square, left = _leading(product)
    return math.sqrt(square), left, back @ left


def _leading(matrix: Any) -> tuple[float, Values]:
    """Return the largest eigenvalue of a symmetric, not negative, irreducible matrix and its vector."""
    if matrix.shape[0] <= DENSE_SIZE:
        values, vectors = np.linalg.eigh(matrix.toarray())
    else:
        from scipy.sparse.linalg import eigsh

        values, vectors = eigsh(matrix, k=1, which="LA", v0=np.ones(matrix.shape[0]), ncv=LANCZOS)
    return float(values[-1]), vectors[:, -1]


def _scaled(vector: Values) -> Values:
    """Scale a vector of one sign to a maximum of 1."""
    sizes = np.abs(vector)
    return sizes / sizes.max()
