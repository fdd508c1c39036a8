"""Packages of gumflow; all else that setuptools needs is in pyproject.toml.

In the checkout the schemas, the model and the instruments lie outside the library. Installed, they become part of it.
"""

from setuptools import find_packages, setup

setup(
    package_dir={
        "gumflow": "workflow/gumflow",
        "gumflow.schemas": "workflow/schemas",
        "gumflow.model": "config/model",
        "gumflow.instruments": "config/instruments",
    },
    packages=[
        *find_packages("workflow", include=["gumflow", "gumflow.*"]),
        "gumflow.schemas",
        "gumflow.model",
        "gumflow.instruments",
    ],
)
