"""Measures of actors and networks, and the registry in which every measure is declared.

The modules that declare are imported by whoever computes or lists (`compute`, `present.codebook`), not here: a module that
only declares a measure of its own does not rest on all others.
"""
