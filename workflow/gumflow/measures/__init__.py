"""Measures of actors and networks. Importing the package declares all of them in `registry`."""

from gumflow.measures import centrality, structure

__all__ = ["centrality", "structure"]
