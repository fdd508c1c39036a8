"""gumflow: networks, mechanisms and upgrading indicators of local industrial clusters, after the GUM model."""
